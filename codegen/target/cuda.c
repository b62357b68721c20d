/* SPDX-License-Identifier: MIT */
/* The cuda family: NVIDIA's GPUs, by NVRTC. What a kernel may use follows from the target text
 * alone, what it should be sized for from the machine. */
#include <string.h>

#include "codegen/target/cuda_chips.h"
#include "codegen/target/families.h"

/* Instructions by the compute capability they came with and, where they are of one chip only, by
 * its name. */
static const struct {
    const char *fact;
    uint32_t least, most; /* compute capabilities, 0: no end */
    bool needs_form;      /* of names that end in 'a' or 'f' only */
} instructions[] = {
    {"has_dp4a", 61, 0, false},         /* four products of bytes */
    {"has_ldmatrix", 75, 0, false},     /* fragments from shared memory */
    {"has_mma_f16", 75, 0, false},      /* m16n8k8 */
    {"has_mma_s8", 75, 0, false},       /* m8n8k16 */
    {"has_cp_async", 80, 0, false},     /* 16 bytes to shared memory in the background */
    {"has_mma_bf16", 80, 0, false},     /* m16n8k16, f16 and s8 of that size as well */
    {"has_redux", 80, 0, false},        /* integer sums over a warp */
    {"has_mma_fp8", 89, 0, false},      /* slow where it is emulated: 90 to 110 */
    {"has_tma", 90, 0, false},          /* bulk copies, tensor maps, mbarrier waits */
    {"has_cluster", 90, 0, false},      /* blocks that share their memories */
    {"has_stmatrix", 90, 0, false},     /* fragments to shared memory */
    {"has_wgmma", 90, 90, true},        /* and setmaxnreg by warp groups */
    {"has_tcgen05", 100, 110, true},    /* tensor memory */
    {"has_mma_scaled", 120, 121, true}, /* blocks of mxfp8 and nvfp4 */
};

static enum hone_status unknown(const struct hone_target *target, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_UNSUPPORTED,
                     "target cuda:%s: no code generation for this architecture", target->arch);
}

static void machine(const struct hone_target *target, struct hone_machine_facts *out_facts)
{
    cuda_chip_facts(hone_cuda_capability(target->arch), out_facts);
}

static enum hone_status set_instructions(const struct hone_target *target, uint32_t capability,
                                         struct hone_env *env, struct hone_error *err)
{
    const char *arch = target->arch;
    char form = arch[strlen(arch) - 1];
    bool has_form = form == 'a' || form == 'f';
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        bool is_there = capability >= instructions[i].least &&
                        (!instructions[i].most || capability <= instructions[i].most) &&
                        (!instructions[i].needs_form || has_form);
        HONE_TRY(hone_env_set_int(env, instructions[i].fact, is_there, err));
    }
    return HONE_OK;
}

static enum hone_status facts(const struct hone_target *target,
                              const struct hone_machine_facts *gpu, struct hone_env *env,
                              struct hone_error *err)
{
    uint32_t capability = hone_cuda_capability(target->arch);
    if (!capability) return unknown(target, err);
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"sm", capability},
        {"warp", 32},
        {"n_sms", gpu->n_sms},
        {"shared_bytes", gpu->shared_bytes},
        {"shared_sm_bytes", gpu->shared_sm_bytes},
        {"regs_sm", gpu->regs_sm},
        {"threads_sm", gpu->threads_sm},
        {"blocks_sm", gpu->blocks_sm},
        {"l2_bytes", gpu->l2_bytes},
        {"memory_rate", gpu->memory_rate},
    };
    HONE_TRY(hone_env_set_text(env, "family", target->family, err));
    HONE_TRY(hone_env_set_text(env, "arch", target->arch, err));
    HONE_TRY(hone_env_set_text(env, "isa", "cuda", err));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        HONE_TRY(hone_env_set_int(env, numbers[i].name, (int64_t)numbers[i].value, err));
    return set_instructions(target, capability, env, err);
}

static enum hone_status job(const struct hone_target *target, struct hone_compile_job *out_job,
                            char *out_text, size_t capacity, struct hone_error *err)
{
    if (!hone_cuda_capability(target->arch)) return unknown(target, err);
    if (capacity < sizeof target->arch)
        return hone_fail(err, HONE_ERR_ARGUMENT, "target cuda: no room for the architecture");
    strcpy(out_text, target->arch);
    out_job->compiler = "nvrtc";
    out_job->arch = out_text;
    out_job->cpu = "";
    out_job->features = "";
    out_job->level = 3;
    return HONE_OK;
}

const struct hone_codegen_target hone_codegen_target_cuda = {
    .family = "cuda",
    .spaces = "gpu",
    .compiler = "nvrtc",
    .comment = "//",
    .bf16_blocks = true,
    .has_threads = true,
    .machine = machine,
    .facts = facts,
    .job = job,
};
