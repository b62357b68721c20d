/* SPDX-License-Identifier: MIT */
/* Variant -> binary: code keys, the binaries made so far, the compile worker. */
#include "codegen/kernel_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Outcome of one code key; a failure is as final as a binary. */
struct kernel_entry {
    struct kernel_entry *next;
    char code_key[HONE_HASH_HEX_BYTES];
    struct hone_binary binary;
    struct hone_error failure; /* status HONE_OK when the binary is there */
};

void kernel_entries_free(struct kernel_entry *entries)
{
    while (entries) {
        struct kernel_entry *next = entries->next;
        hone_binary_release(&entries->binary);
        free(entries);
        entries = next;
    }
}

enum hone_status hone_kernels_compiler(struct hone_kernels *kernels, const char **out_version,
                                       struct hone_error *err)
{
    const char *name = kernels->codegen->compiler;
    char *text = kernels->compiler;
    size_t capacity = sizeof kernels->compiler;
    enum hone_status status = HONE_OK;
    if (!text[0])
        status = kernels->worker
                     ? hone_compile_worker_version(kernels->worker, name, text, capacity, err)
                     : hone_compiler_version(name, text, capacity, err);
    *out_version = text;
    return status;
}

enum hone_status kernel_job(const struct hone_kernels *kernels, const struct hone_variant *variant,
                            struct hone_compile_job *out_job, char *text, size_t capacity,
                            struct hone_error *err)
{
    memset(out_job, 0, sizeof *out_job);
    out_job->entry = "";
    if (variant) out_job->entry = variant->entry;
    if (variant && kernels->codegen->has_threads) {
        out_job->block_threads = variant->launch.block_threads;
        out_job->shared_bytes = variant->launch.shared_bytes;
        out_job->cluster_blocks = variant->launch.cluster_blocks;
        out_job->args_bytes = variant->args_bytes;
        out_job->want_text = kernels->keep_text;
    }
    return kernels->codegen->job(&kernels->target, out_job, text, capacity, err);
}

enum hone_status hone_kernels_compile_options(const struct hone_kernels *kernels,
                                              char out_text[HONE_COMPILE_OPTIONS_BYTES],
                                              struct hone_error *err)
{
    struct hone_compile_job job;
    char text[1024];
    HONE_TRY(kernel_job(kernels, NULL, &job, text, sizeof text, err));
    int n = snprintf(out_text, HONE_COMPILE_OPTIONS_BYTES, "%s %s %s level=%d",
                     job.arch ? job.arch : "", job.cpu ? job.cpu : "",
                     job.features ? job.features : "", job.level);
    if (n < HONE_COMPILE_OPTIONS_BYTES) return HONE_OK;
    return hone_fail(err, HONE_ERR_LIMIT, "no room for the compiler's options");
}

static void hash_text(struct hone_sha256 *hash, const char *text)
{
    hone_sha256_update(hash, text, strlen(text) + 1); /* the terminator separates fields */
}

/* An image holds how it is launched: no part of what a CPU's key is made of. */
static void hash_image(struct hone_sha256 *hash, const struct hone_compile_job *job)
{
    char numbers[96];
    snprintf(numbers, sizeof numbers, "block %u shared %u cluster %u args %u text %d",
             job->block_threads, job->shared_bytes, job->cluster_blocks, job->args_bytes,
             job->want_text);
    hash_text(hash, numbers);
}

enum hone_status kernel_key(struct hone_kernels *kernels, struct hone_variant *variant,
                            struct hone_error *err)
{
    uint8_t digest[HONE_HASH_BYTES];
    hone_sha256_of(variant->source, variant->n_source_bytes, digest);
    hone_hash_hex(digest, variant->source_hash);

    const char *compiler;
    if (hone_kernels_compiler(kernels, &compiler, NULL) != HONE_OK) return HONE_OK;
    struct hone_compile_job job;
    char text[1024], numbers[96];
    HONE_TRY(kernel_job(kernels, variant, &job, text, sizeof text, err));
    snprintf(numbers, sizeof numbers, "level %d engine %d abi %d contract %d", job.level,
             HONE_TEMPLATE_ENGINE_VERSION, HONE_KERNEL_ABI, HONE_OP_CONTRACT);
    struct hone_sha256 hash;
    hone_sha256_init(&hash);
    hash_text(&hash, variant->source_hash);
    hash_text(&hash, variant->entry);
    hash_text(&hash, compiler);
    hash_text(&hash, kernels->target_text);
    hash_text(&hash, job.arch ? job.arch : "");
    hash_text(&hash, job.cpu ? job.cpu : "");
    hash_text(&hash, job.features ? job.features : "");
    hash_text(&hash, numbers);
    if (kernels->codegen->has_threads) hash_image(&hash, &job);
    hone_sha256_final(&hash, digest);
    hone_hash_hex(digest, variant->code_key);
    return HONE_OK;
}

/* The line of the rendered text that a compiler's message begins with: "line 12: " by NVRTC,
 * "kernel:12:3: " by LLVM, which is told the entry as the text's name. 0: none. */
static uint32_t line_of(const char *message, const char *entry)
{
    size_t length = strlen(entry);
    const char *at = NULL;
    if (strncmp(message, "line ", 5) == 0) at = message + 5;
    if (strncmp(message, entry, length) == 0 && message[length] == ':') at = message + length + 1;
    return at ? (uint32_t)strtoul(at, NULL, 10) : 0;
}

/* Says of which template, its line and its config. */
static enum hone_status fail_in_variant(struct hone_kernels *kernels,
                                        const struct hone_variant *variant, enum hone_status status,
                                        struct hone_error *err)
{
    char config[HONE_CONFIG_TEXT_BYTES], place[HONE_TEMPLATE_PLACE_BYTES] = "";
    if (!err || !variant->space ||
        hone_config_print(variant->space, &variant->config, config) != HONE_OK)
        return status;
    if (status == HONE_ERR_COMPILE)
        kernel_place(kernels, variant, line_of(err->text, variant->entry), place);
    if (place[0]) return hone_fail_in(err, status, "%s [config %s]", place, config);
    return hone_fail_in(err, status, "templates/%s [config %s]", variant->space->template_path,
                        config);
}

static enum hone_status compile(struct hone_kernels *kernels, const struct hone_variant *variant,
                                int want_assembly, struct hone_binary *out_binary,
                                struct hone_error *err)
{
    if (!kernels->worker)
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s: no compiler was set up", variant->entry);
    struct hone_compile_job job;
    char text[1024];
    HONE_TRY(kernel_job(kernels, variant, &job, text, sizeof text, err));
    job.source = variant->source;
    job.n_source_bytes = variant->n_source_bytes;
    job.want_assembly = want_assembly;
    enum hone_status status = hone_compile(kernels->worker, &job, out_binary, err);
    return status == HONE_OK ? HONE_OK : fail_in_variant(kernels, variant, status, err);
}

static enum hone_status find_or_compile(struct hone_kernels *kernels,
                                        const struct hone_variant *variant,
                                        struct kernel_entry *entry, struct hone_error *err)
{
    const struct hone_binary_cache *cache = &kernels->cache;
    if (cache->find) {
        enum hone_status found =
            cache->find(cache->context, variant->code_key, &entry->binary, err);
        if (found == HONE_OK) hone_binary_read_facts(&entry->binary);
        if (found != HONE_ERR_NOT_FOUND) return found;
    }
    enum hone_status status = compile(kernels, variant, 0, &entry->binary, &entry->failure);
    if (status != HONE_OK) return HONE_OK; /* remembered in the entry */
    entry->failure.status = HONE_OK;
    return cache->keep ? cache->keep(cache->context, variant->code_key, &entry->binary, err)
                       : HONE_OK;
}

enum hone_status hone_kernels_compile(struct hone_kernels *kernels,
                                      const struct hone_variant *variant,
                                      const struct hone_binary **out_binary, struct hone_error *err)
{
    *out_binary = NULL;
    struct kernel_entry *entry = kernels->entries;
    while (entry && strcmp(entry->code_key, variant->code_key) != 0) entry = entry->next;
    if (!variant->code_key[0]) {
        const char *compiler;
        return hone_kernels_compiler(kernels, &compiler, err);
    }
    if (!entry) {
        entry = calloc(1, sizeof *entry);
        if (!entry) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a kernel");
        memcpy(entry->code_key, variant->code_key, sizeof entry->code_key);
        enum hone_status status = find_or_compile(kernels, variant, entry, err);
        entry->next = NULL;
        if (status != HONE_OK) {
            kernel_entries_free(entry);
            return status;
        }
        entry->next = kernels->entries;
        kernels->entries = entry;
    }
    if (entry->failure.status != HONE_OK) {
        if (err) *err = entry->failure;
        return entry->failure.status;
    }
    *out_binary = &entry->binary;
    return HONE_OK;
}

enum hone_status hone_kernels_assemble(struct hone_kernels *kernels,
                                       const struct hone_variant *variant,
                                       struct hone_binary *out_binary, struct hone_error *err)
{
    return compile(kernels, variant, 1, out_binary, err);
}
