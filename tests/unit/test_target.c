/* SPDX-License-Identifier: MIT */
/* Target families: the facts and the job that follow from a target text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/target/target.h"

#define AVX2    "cpu:x86_64:avx2+fma+f16c"
#define AVX512  AVX2 "+avx512"
#define RV_BASE "+m,+a,+f,+d,+c"
/* How LLVM writes them. */
#define L_AVX2   "+avx2,+fma,+f16c"
#define L_AVX512 L_AVX2 ",+avx512f,+avx512bw,+avx512dq,+avx512vl"

static const struct hone_machine_facts machine = {
    .n_cpus = 6, .l1_bytes = 49152, .l2_bytes = 1 << 20, .l3_bytes = 32 << 20};

static struct hone_target parse(const char *text)
{
    struct hone_target target;
    assert_int_equal(hone_target_parse(text, &target, NULL), HONE_OK);
    return target;
}

static int64_t number(const struct hone_env *env, const char *name)
{
    struct hone_value value;
    if (!hone_env_get(env, name, &value)) fail_msg("no fact '%s'", name);
    assert_int_equal(value.kind, HONE_VALUE_INT);
    return value.i;
}

static const char *text(const struct hone_env *env, const char *name)
{
    struct hone_value value;
    if (!hone_env_get(env, name, &value)) fail_msg("no fact '%s'", name);
    assert_int_equal(value.kind, HONE_VALUE_TEXT);
    return value.text;
}

static const struct {
    int vl, vregs;
    const char *isa, *cpu, *target, *features, *arch;
} levels[] = {
    {4, 16, "portable", "x86-64", "cpu:x86_64", "", "x86_64"},
    {4, 16, "portable", "x86-64", "cpu:x86_64:avx2", "+avx2", "x86_64"},
    {4, 16, "portable", "x86-64", "cpu:x86_64:avx2+fma", "+avx2,+fma", "x86_64"},
    {8, 16, "avx2", "haswell", AVX2, L_AVX2, "x86_64"},
    {8, 16, "avx2", "haswell", AVX2 "+avxvnni", L_AVX2 ",+avxvnni", "x86_64"},
    {16, 32, "avx512", "sapphirerapids", AVX512, L_AVX512, "x86_64"},
    {16, 32, "avx512", "sapphirerapids", AVX512 "+avx512bf16", L_AVX512 ",+avx512bf16", "x86_64"},
    {4, 32, "neon", "cortex-a72", "cpu:aarch64", "+neon", "aarch64"},
    {4, 32, "neon", "cortex-a72", "cpu:aarch64:i8mm", "+neon,+i8mm", "aarch64"},
    {4, 32, "neon_dotprod", "neoverse-n1", "cpu:aarch64:dotprod", "+neon,+dotprod", "aarch64"},
    {4, 32, "neon_dotprod", "neoverse-n1", "aarch64+dotprod+bf16", "+neon,+dotprod,+bf16",
     "aarch64"},
    {4, 16, "portable", "generic-rv64", "cpu:riscv64", RV_BASE, "riscv64"},
    {4, 32, "rvv", "generic-rv64", "riscv64+v", RV_BASE ",+v", "riscv64"},
    {8, 32, "rvv", "generic-rv64", "cpu:riscv64:v+zvl256b", RV_BASE ",+v,+zvl256b", "riscv64"},
    {16, 32, "rvv", "generic-rv64", "cpu:riscv64:v+zvl256b+zvl512b",
     RV_BASE ",+v,+zvl256b,+zvl512b", "riscv64"},
};
enum { N_LEVELS = sizeof levels / sizeof *levels };

static void facts_follow_from_the_target(void **state)
{
    (void)state;
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    for (size_t i = 0; i < N_LEVELS; i++) {
        struct hone_target target = parse(levels[i].target);
        struct hone_env env;
        hone_env_init(&env, NULL);
        assert_int_equal(cpu->facts(&target, &machine, &env, NULL), HONE_OK);
        assert_string_equal(text(&env, "family"), "cpu");
        assert_string_equal(text(&env, "arch"), levels[i].arch);
        assert_string_equal(text(&env, "isa"), levels[i].isa);
        assert_int_equal(number(&env, "vl"), levels[i].vl);
        assert_int_equal(number(&env, "vregs"), levels[i].vregs);
        assert_int_equal(number(&env, "n_cpus"), 6);
        assert_int_equal(number(&env, "l1_bytes"), 49152);
        assert_int_equal(number(&env, "l2_bytes"), 1 << 20);
        assert_int_equal(number(&env, "l3_bytes"), 32 << 20);
        for (int f = 0; f < HONE_CPU_FEATURES; f++) {
            char name[64];
            enum hone_cpu_feature feature = (enum hone_cpu_feature)f;
            snprintf(name, sizeof name, "has_%s", hone_cpu_feature_name(feature));
            assert_int_equal(number(&env, name), hone_target_has(&target, feature));
        }
        hone_env_release(&env);
    }
}

static void jobs_follow_from_the_target(void **state)
{
    (void)state;
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    for (size_t i = 0; i < N_LEVELS; i++) {
        struct hone_target target = parse(levels[i].target);
        struct hone_compile_job job = {0};
        char features[256];
        assert_int_equal(cpu->job(&target, &job, features, sizeof features, NULL), HONE_OK);
        assert_string_equal(job.compiler, "llvm");
        char triple[64];
        snprintf(triple, sizeof triple, "%s-unknown-linux-gnu", levels[i].arch);
        assert_string_equal(job.arch, triple);
        assert_string_equal(job.cpu, levels[i].cpu);
        assert_string_equal(job.features, levels[i].features);
        assert_int_equal(job.level, 3);
        size_t needed = strlen(levels[i].features) + 1;
        assert_int_equal(cpu->job(&target, &job, features, needed, NULL), HONE_OK);
        if (needed > 1)
            assert_int_equal(cpu->job(&target, &job, features, needed - 1, NULL),
                             HONE_ERR_ARGUMENT);
    }
}

/* All features at once fit the buffer that a caller sizes after HONE_TARGET_TEXT_BYTES. */
static void every_feature_has_a_name(void **state)
{
    (void)state;
    static const char *const archs[] = {"x86_64", "aarch64", "riscv64"};
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    uint32_t seen = 0;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        struct hone_target all = {.family = "cpu", .features = hone_cpu_features_of(archs[i])};
        struct hone_target again;
        struct hone_compile_job job = {0};
        char features[HONE_TARGET_TEXT_BYTES], line[HONE_TARGET_TEXT_BYTES];
        snprintf(all.arch, sizeof all.arch, "%s", archs[i]);
        assert_int_equal(seen & all.features, 0);
        seen |= all.features;
        assert_int_equal(cpu->job(&all, &job, features, sizeof features, NULL), HONE_OK);
        assert_null(strstr(features, "(null)"));
        assert_null(strstr(features, ",,"));
        hone_target_format(&all, line);
        assert_int_equal(hone_target_parse(line, &again, NULL), HONE_OK);
        assert_int_equal(again.features, all.features);
    }
    assert_int_equal(seen, (UINT32_C(1) << HONE_CPU_FEATURES) - 1);
    assert_int_equal(hone_cpu_features_of("pdp11"), 0);
}

static void features_belong_to_an_architecture(void **state)
{
    (void)state;
    static const struct {
        const char *target, *message;
    } wrong[] = {
        {"cpu:x86_64:dotprod", "'dotprod' is a feature of aarch64, not of x86_64"},
        {"cpu:aarch64:v", "'v' is a feature of riscv64, not of aarch64"},
        {"cpu:riscv64:zvl256b", "'zvl256b' without a feature it needs"},
        {"cpu:riscv64:v+zvl512b", "'zvl512b' without a feature it needs"},
        {"aarch64+neon", "unknown feature 'neon'"},
        {"+dotprod", "expected"},
        {"", "expected"},
        {"an_architecture_of_a_long_name", "expected"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hone_target target;
        struct hone_error err = {0};
        if (hone_target_parse(wrong[i].target, &target, &err) != HONE_ERR_ARGUMENT)
            fail_msg("'%s' was taken", wrong[i].target);
        if (!strstr(err.text, wrong[i].message))
            fail_msg("'%s' lacks '%s'", err.text, wrong[i].message);
    }
}

static void says_what_a_machine_lacks(void **state)
{
    (void)state;
    static const struct {
        const char *machine, *needed, *lacks;
    } cases[] = {
        {"riscv64+v+zvl256b", "riscv64+v", ""},
        {"riscv64+v", "riscv64+v+zvl256b", "zvl256b (vector registers of 256 bits)"},
        {"riscv64", "riscv64+v", "v (vector registers of 128 bits)"},
        {"aarch64+fp16", "aarch64+dotprod+bf16", "dotprod, bf16"},
        {"x86_64", "aarch64+dotprod", "a cpu of architecture aarch64"},
        {"cpu:x86_64", "cuda:sm_90a", "a cuda of architecture sm_90a"},
        {"cuda:sm_90a", "cpu:x86_64", "a cpu of architecture x86_64"},
        {"cuda:sm_90a", "cuda:sm_90a", ""},
        {"cuda:sm_90a", "cuda:sm_90", ""},
        {"cuda:sm_90", "cuda:sm_90a", ""}, /* one chip, whatever it is called */
        {"cuda:sm_89", "cuda:sm_80", ""},
        {"cuda:sm_80", "cuda:sm_86", "compute capability 8.6 or a later 8.x"},
        {"cuda:sm_90a", "cuda:sm_89", "compute capability 8.9 or a later 8.x"},
        {"cuda:sm_100a", "cuda:sm_90a", "compute capability 9.0, no other"},
        {"cuda:sm_103a", "cuda:sm_100", ""},
        {"cuda:sm_103a", "cuda:sm_100f", ""},
        {"cuda:sm_103a", "cuda:sm_100a", "compute capability 10.0, no other"},
        {"cuda:sm_100a", "cuda:sm_103f", "compute capability 10.3 or a later 10.x"},
        {"cuda:sm_120a", "cuda:sm_100f", "compute capability 10.0 or a later 10.x"},
        {"cuda:sm_87", "cuda:sm_80", "compute capability 8.0 or a later 8.x"},
        {"cuda:sm_89", "cuda:sm_87", "compute capability 8.7, no other"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char lacks[HONE_TARGET_TEXT_BYTES];
        struct hone_target present = parse(cases[i].machine), needed = parse(cases[i].needed);
        hone_target_lacks(&present, &needed, lacks);
        assert_string_equal(lacks, cases[i].lacks);
        assert_int_equal(hone_target_runs(&present, &needed), !*cases[i].lacks);
    }
    /* Found without what it needs, a feature does not count. */
    uint32_t v = UINT32_C(1) << HONE_CPU_V, zvl512b = UINT32_C(1) << HONE_CPU_ZVL512B;
    assert_int_equal(hone_cpu_features_kept(v | zvl512b), v);
}

static const struct {
    const char *target;
    int sm, shared_kib, n_sms;
    const char *has; /* of the facts below, those that are 1 */
} gpus[] = {
    {"cuda:sm_75", 75, 64, 40, "has_dp4a has_ldmatrix "},
    {"cuda:sm_80", 80, 163, 108, "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 "},
    {"cuda:sm_89", 89, 99, 128, "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 has_mma_fp8 "},
    {"cuda:sm_90", 90, 227, 132,
     "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 has_mma_fp8 has_tma "},
    {"sm_90a", 90, 227, 132,
     "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 has_mma_fp8 has_tma has_wgmma "},
    {"cuda:sm_100f", 100, 227, 148,
     "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 has_mma_fp8 has_tma has_tcgen05 "},
    {"cuda:sm_120a", 120, 99, 170,
     "has_dp4a has_ldmatrix has_cp_async has_mma_bf16 has_mma_fp8 has_tma has_mma_scaled "},
};
static const char *const instructions[] = {"has_dp4a",     "has_ldmatrix", "has_cp_async",
                                           "has_mma_bf16", "has_mma_fp8",  "has_tma",
                                           "has_wgmma",    "has_tcgen05",  "has_mma_scaled"};

static void facts_of_gpus(void **state)
{
    (void)state;
    const struct hone_codegen_target *cuda = hone_codegen_target_find("cuda");
    for (size_t i = 0; i < sizeof gpus / sizeof *gpus; i++) {
        struct hone_target target = parse(gpus[i].target);
        struct hone_machine_facts typical;
        struct hone_env env;
        struct hone_value value;
        char has[256] = "";
        hone_env_init(&env, NULL);
        hone_target_facts(&target, &typical);
        assert_int_equal(cuda->facts(&target, &typical, &env, NULL), HONE_OK);
        assert_string_equal(text(&env, "family"), "cuda");
        assert_string_equal(text(&env, "arch"), strstr(gpus[i].target, "sm_"));
        assert_string_equal(text(&env, "isa"), "cuda");
        assert_int_equal(number(&env, "sm"), gpus[i].sm);
        assert_int_equal(number(&env, "warp"), 32);
        assert_int_equal(number(&env, "n_sms"), gpus[i].n_sms);
        assert_int_equal(number(&env, "shared_bytes"), gpus[i].shared_kib << 10);
        assert_int_equal(number(&env, "regs_sm"), 65536);
        assert_true(number(&env, "shared_sm_bytes") >= number(&env, "shared_bytes"));
        assert_true(number(&env, "threads_sm") >= 1024 && number(&env, "blocks_sm") >= 16);
        assert_true(number(&env, "l2_bytes") >= 4 << 20 && number(&env, "memory_rate") >= 200);
        for (size_t f = 0; f < sizeof instructions / sizeof *instructions; f++)
            if (number(&env, instructions[f])) sprintf(has + strlen(has), "%s ", instructions[f]);
        assert_string_equal(has, gpus[i].has);
        assert_false(hone_env_get(&env, "vl", &value) || hone_env_get(&env, "n_cpus", &value));
        hone_env_release(&env);
    }
    /* A device that is there says its own numbers. */
    struct hone_target target = parse("cuda:sm_90a");
    struct hone_env env;
    hone_env_init(&env, NULL);
    const struct hone_machine_facts device = {.n_sms = 114, .shared_bytes = 1, .memory_rate = 3350};
    assert_int_equal(cuda->facts(&target, &device, &env, NULL), HONE_OK);
    assert_int_equal(number(&env, "n_sms"), 114);
    assert_int_equal(number(&env, "memory_rate"), 3350);
    hone_env_release(&env);
}

static void jobs_of_gpus(void **state)
{
    (void)state;
    const struct hone_codegen_target *cuda = hone_codegen_target_find("cuda");
    struct hone_target target = parse("cuda:sm_90a");
    struct hone_compile_job job = {0};
    char room[16];
    assert_string_equal(cuda->spaces, "gpu");
    assert_string_equal(hone_codegen_target_find("cpu")->spaces, "cpu");
    assert_int_equal(cuda->job(&target, &job, room, sizeof room, NULL), HONE_OK);
    assert_string_equal(job.compiler, "nvrtc");
    assert_string_equal(job.arch, "sm_90a");
    assert_string_equal(job.cpu, "");
    assert_string_equal(job.features, "");
    assert_int_equal(cuda->job(&target, &job, room, sizeof room - 1, NULL), HONE_ERR_ARGUMENT);
    strcpy(target.arch, "sm_91");
    assert_int_equal(cuda->job(&target, &job, room, sizeof room, NULL), HONE_ERR_UNSUPPORTED);
}

static void names_of_gpus(void **state)
{
    (void)state;
    static const char *const known[] = {
        "sm_75",   "sm_80",   "sm_86",   "sm_87",   "sm_88",   "sm_89",   "sm_90",  "sm_90a",
        "sm_100",  "sm_100a", "sm_100f", "sm_103",  "sm_103a", "sm_103f", "sm_110", "sm_110a",
        "sm_110f", "sm_120",  "sm_120a", "sm_120f", "sm_121",  "sm_121a"};
    static const char *const wrong[] = {
        "cuda:sm_70",       "cuda:sm_90f", "cuda:sm_121f", "cuda:sm_9", "cuda:sm_90aa", "cuda:90",
        "cuda:sm_90a:avx2", "cuda:",       "cuda",         "sm_91",     "sm_90a+avx2"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char line[HONE_TARGET_TEXT_BYTES], long_form[32];
        struct hone_target target = parse(known[i]);
        hone_target_format(&target, line);
        snprintf(long_form, sizeof long_form, "cuda:%s", known[i]);
        assert_string_equal(line, long_form);
        target = parse(long_form);
        assert_string_equal(target.arch, known[i]);
        assert_string_equal(target.family, "cuda");
        assert_int_equal(hone_cuda_capability(known[i]), atoi(known[i] + 3));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct hone_target target;
        struct hone_error err = {0};
        if (hone_target_parse(wrong[i], &target, &err) != HONE_ERR_ARGUMENT)
            fail_msg("'%s' was taken", wrong[i]);
    }
    struct hone_target target;
    struct hone_error err;
    hone_target_parse("cuda:sm_70", &target, &err);
    assert_non_null(strstr(err.text, "expected one of sm_75 sm_80 sm_86"));
    assert_non_null(strstr(err.text, "sm_121a"));
    char arch[16];
    assert_true(hone_cuda_arch(9, 0, arch));
    assert_string_equal(arch, "sm_90a");
    assert_true(hone_cuda_arch(8, 6, arch));
    assert_string_equal(arch, "sm_86");
    assert_true(hone_cuda_arch(12, 0, arch));
    assert_string_equal(arch, "sm_120a");
    assert_false(hone_cuda_arch(7, 0, arch));
    assert_false(hone_cuda_arch(9, 1, arch));
}

static void other_machines_are_refused(void **state)
{
    (void)state;
    struct hone_target target = parse("cpu:s390x");
    struct hone_compile_job job = {0};
    struct hone_error err = {0};
    struct hone_env env;
    char features[64];
    const struct hone_codegen_target *cpu = hone_codegen_target_find("cpu");
    hone_env_init(&env, NULL);
    assert_int_equal(cpu->facts(&target, &machine, &env, &err), HONE_ERR_UNSUPPORTED);
    assert_int_equal(cpu->job(&target, &job, features, sizeof features, &err),
                     HONE_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "cpu:s390x"));
    hone_env_release(&env);
    assert_null(hone_codegen_target_find("abacus"));
    assert_string_equal(cpu->family, "cpu");
    assert_string_equal(cpu->comment, ";");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_follow_from_the_target),
        cmocka_unit_test(jobs_follow_from_the_target),
        cmocka_unit_test(every_feature_has_a_name),
        cmocka_unit_test(features_belong_to_an_architecture),
        cmocka_unit_test(says_what_a_machine_lacks),
        cmocka_unit_test(other_machines_are_refused),
        cmocka_unit_test(names_of_gpus),
        cmocka_unit_test(facts_of_gpus),
        cmocka_unit_test(jobs_of_gpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
