/* SPDX-License-Identifier: MIT */
/* CUDA text to an image: NVRTC's front end and ptxas, both in this process. */
#include "codegen/compile/nvrtc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codegen/compile/nvrtc_api.h"
#include "codegen/compile/nvrtc_image.h"
#include "codegen/compile/nvrtc_log.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/base/target.h"
#include "runtime/device/gpu_image.h"

/* The text's name in messages; the same for all, so that the same text gives the same bytes. */
static const char program_name[] = "kernel.cu";

struct compilation {
    const struct nvrtc_api *api;
    const struct hone_compile_job *job;
    struct nvrtc_program *program;
    char *source, *log, *cubin, *ptx; /* all but cubin are terminated */
    size_t n_cubin_bytes, n_ptx_bytes;
};

static enum hone_status no_memory(struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "nvrtc: no memory");
}

static enum hone_status check(const struct compilation *c, int result, const char *what,
                              struct hone_error *err)
{
    if (result == NVRTC_OK) return HONE_OK;
    if (result == NVRTC_ERROR_OUT_OF_MEMORY) return no_memory(err);
    return hone_fail(err, HONE_ERR_COMPILE, "nvrtc: %s: %s", what, c->api->GetErrorString(result));
}

static enum hone_status check_arch(const struct compilation *c, struct hone_error *err)
{
    char list[256] = "";
    uint32_t capability = hone_cuda_capability(c->job->arch);
    for (int i = 0; i < c->api->n_archs; i++) {
        size_t used = strlen(list);
        if (capability && (uint32_t)c->api->archs[i] == capability) return HONE_OK;
        snprintf(list + used, sizeof list - used, " %d", c->api->archs[i]);
    }
    return hone_fail(err, HONE_ERR_UNSUPPORTED, "%s does not compile for %.16s, only for%s",
                     c->api->version, c->job->arch, list);
}

static enum hone_status check_job(const struct compilation *c, struct hone_error *err)
{
    const struct hone_compile_job *job = c->job;
    if (job->block_threads < 1 || job->block_threads > HONE_GPU_MAX_THREADS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "nvrtc: blocks of %u threads, expected 1 to %d",
                         job->block_threads, HONE_GPU_MAX_THREADS);
    if (job->cluster_blocks < 1 || job->cluster_blocks > HONE_GPU_MAX_CLUSTER)
        return hone_fail(err, HONE_ERR_ARGUMENT, "nvrtc: clusters of %u blocks, expected 1 to %d",
                         job->cluster_blocks, HONE_GPU_MAX_CLUSTER);
    if (memchr(job->source, '\0', job->n_source_bytes))
        return hone_fail(err, HONE_ERR_ARGUMENT, "nvrtc: the source has a zero byte");
    return check_arch(c, err);
}

static enum hone_status create(struct compilation *c, struct hone_error *err)
{
    c->source = malloc(c->job->n_source_bytes + 1);
    if (!c->source) return no_memory(err);
    memcpy(c->source, c->job->source, c->job->n_source_bytes);
    c->source[c->job->n_source_bytes] = '\0';
    return check(c, c->api->CreateProgram(&c->program, c->source, program_name, 0, NULL, NULL),
                 "creating a program", err);
}

/* One part of the results; `*out_bytes` is what NVRTC says, and a terminator follows. */
static enum hone_status take(const struct compilation *c,
                             int (*size)(struct nvrtc_program *, size_t *),
                             int (*get)(struct nvrtc_program *, char *), const char *what,
                             char **out_data, size_t *out_bytes, struct hone_error *err)
{
    size_t n_bytes = 0;
    HONE_TRY(check(c, size(c->program, &n_bytes), what, err));
    *out_data = calloc(1, n_bytes + 1);
    if (!*out_data) return no_memory(err);
    *out_bytes = n_bytes;
    return n_bytes ? check(c, get(c->program, *out_data), what, err) : HONE_OK;
}

/* The log says why; without it only the result's name is left. */
static enum hone_status refuse(const struct compilation *c, int result, struct hone_error *err)
{
    char text[HONE_ERROR_TEXT_BYTES - 32];
    nvrtc_log_error(c->log, c->source, text, sizeof text);
    if (result == NVRTC_ERROR_BUILTIN_OPERATION) {
        size_t length = strcspn(c->log, "\n");
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: %.*s", c->api->version,
                         length < 300 ? (int)length : 300, c->log);
    }
    if (!text[0]) return check(c, result, "compiling", err);
    return hone_fail(err, HONE_ERR_COMPILE, "%s", text);
}

static enum hone_status run(struct compilation *c, struct hone_error *err)
{
    char arch[48];
    size_t n_log_bytes;
    snprintf(arch, sizeof arch, "--gpu-architecture=%.16s", c->job->arch);
    /* ptxas takes one option at a time; -v writes the resources to the log. */
    const char *const options[] = {arch, "--std=c++17", "--ptxas-options=-v"};
    int result = c->api->CompileProgram(c->program, sizeof options / sizeof *options, options);
    HONE_TRY(take(c, c->api->GetProgramLogSize, c->api->GetProgramLog, "its log", &c->log,
                  &n_log_bytes, err));
    if (result != NVRTC_OK) return refuse(c, result, err);
    HONE_TRY(take(c, c->api->GetCUBINSize, c->api->GetCUBIN, "its cubin", &c->cubin,
                  &c->n_cubin_bytes, err));
    return take(c, c->api->GetPTXSize, c->api->GetPTX, "its PTX", &c->ptx, &c->n_ptx_bytes, err);
}

/* For those who run PTX in place of the cubin: HONE_PTX_DIR names a folder that gets the PTX under
 * the cubin's hash. */
static enum hone_status keep_ptx(const struct compilation *c, struct hone_error *err)
{
    const char *folder = getenv("HONE_PTX_DIR");
    char path[4096], name[HONE_HASH_HEX_BYTES];
    uint8_t digest[HONE_HASH_BYTES];
    if (!folder || !*folder) return HONE_OK;
    hone_sha256_of(c->cubin, c->n_cubin_bytes, digest);
    hone_hash_hex(digest, name);
    if (snprintf(path, sizeof path, "%s/%s.ptx", folder, name) >= (int)sizeof path)
        return hone_fail(err, HONE_ERR_ARGUMENT, "HONE_PTX_DIR: the path is too long");
    return hone_file_replace(path, c->ptx, strlen(c->ptx), err);
}

/* Both tell of registers and local memory; where they differ we do not understand one of them. */
static enum hone_status compare_with_log(const struct compilation *c,
                                         const struct hone_static_facts *facts,
                                         struct hone_error *err)
{
    struct nvrtc_resources said;
    nvrtc_log_resources(c->log, c->job->entry, &said);
    if (said.n_registers == 0 ||
        (said.n_registers == facts->n_registers && said.frame_bytes == facts->stack_bytes))
        return HONE_OK;
    return hone_fail(err, HONE_ERR_COMPILE,
                     "%s: %u registers and %u bytes of local memory by the log, %u and %u by the "
                     "cubin",
                     c->job->entry, said.n_registers, said.frame_bytes, facts->n_registers,
                     facts->stack_bytes);
}

static enum hone_status compile(struct compilation *c, struct hone_binary *out_binary,
                                struct hone_error *err)
{
    HONE_TRY(check_job(c, err));
    HONE_TRY(create(c, err));
    HONE_TRY(run(c, err));
    struct nvrtc_parts parts = {.code = (const uint8_t *)c->cubin,
                                .n_code_bytes = c->n_cubin_bytes,
                                .text = c->ptx,
                                .n_text_bytes = c->job->want_text ? strlen(c->ptx) + 1 : 0};
    HONE_TRY(nvrtc_image_make(c->job, &parts, out_binary, err));
    HONE_TRY(compare_with_log(c, &out_binary->facts, err));
    HONE_TRY(keep_ptx(c, err));
    if (c->job->want_assembly) {
        out_binary->assembly = c->ptx;
        c->ptx = NULL;
    }
    return HONE_OK;
}

enum hone_status nvrtc_compile(const struct hone_compile_job *job, struct hone_binary *out_binary,
                               struct hone_error *err)
{
    struct compilation c = {.job = job};
    HONE_TRY(nvrtc_open(&c.api, err));
    enum hone_status status = compile(&c, out_binary, err);
    if (c.program) c.api->DestroyProgram(&c.program);
    free(c.source);
    free(c.log);
    free(c.cubin);
    free(c.ptx);
    if (status != HONE_OK) hone_binary_release(out_binary);
    return status;
}

enum hone_status nvrtc_version(char *out_text, size_t capacity, struct hone_error *err)
{
    const struct nvrtc_api *api;
    HONE_TRY(nvrtc_open(&api, err));
    if (strlen(api->version) >= capacity)
        return hone_fail(err, HONE_ERR_ARGUMENT, "nvrtc: no room for the version text");
    strcpy(out_text, api->version);
    return HONE_OK;
}
