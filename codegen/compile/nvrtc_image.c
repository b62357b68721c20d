/* SPDX-License-Identifier: MIT */
/* Lays out the image of a GPU kernel, and reads the facts of one. */
#include "codegen/compile/nvrtc_image.h"

#include <stdlib.h>
#include <string.h>

#include "codegen/compile/cubin.h"
#include "runtime/device/gpu_image.h"

static void set_facts(const struct cubin_kernel *kernel, uint32_t dynamic_bytes,
                      struct hone_static_facts *out_facts)
{
    *out_facts = (struct hone_static_facts){
        .n_instructions = kernel->n_instructions,
        .n_vector_spills = kernel->n_local,
        .stack_bytes = kernel->frame_bytes,
        .code_bytes = (uint32_t)kernel->n_code_bytes,
        .n_registers = kernel->n_registers,
        .shared_bytes = kernel->shared_bytes + dynamic_bytes,
    };
}

void hone_binary_read_facts(struct hone_binary *binary)
{
    struct hone_gpu_image image;
    struct cubin_kernel kernel;
    if (hone_gpu_image_read(binary->code, binary->n_bytes, &image, NULL) == HONE_OK &&
        cubin_read(binary->code + image.code_offset, image.code_bytes, image.entry, &kernel,
                   NULL) == HONE_OK)
        set_facts(&kernel, image.shared_bytes, &binary->facts);
}

static enum hone_status check_launch(const struct hone_compile_job *job,
                                     const struct cubin_kernel *kernel, struct hone_error *err)
{
    if (kernel->max_threads && job->block_threads > kernel->max_threads)
        return hone_fail(err, HONE_ERR_COMPILE,
                         "%s: blocks of %u threads, but the kernel's launch bounds say %u at most",
                         job->entry, job->block_threads, kernel->max_threads);
    if (kernel->args_bytes > job->args_bytes)
        return hone_fail(err, HONE_ERR_COMPILE,
                         "%s: its parameter takes %u bytes, but arguments have %u", job->entry,
                         kernel->args_bytes, job->args_bytes);
    return HONE_OK;
}

static uint64_t at_boundary(uint64_t offset)
{
    return (offset + HONE_GPU_CODE_ALIGNMENT - 1) / HONE_GPU_CODE_ALIGNMENT *
           HONE_GPU_CODE_ALIGNMENT;
}

/* Sizes come from a compiler that ran in this process: far from the end of 64 bits. */
static struct hone_gpu_image lay_out(const struct hone_compile_job *job,
                                     const struct nvrtc_parts *parts,
                                     const struct cubin_kernel *kernel)
{
    struct hone_gpu_image image = {.magic = HONE_GPU_IMAGE_MAGIC,
                                   .version = HONE_GPU_IMAGE_VERSION,
                                   .n_header_bytes = sizeof image,
                                   .block_threads = job->block_threads,
                                   .shared_bytes = job->shared_bytes,
                                   .cluster_blocks = job->cluster_blocks,
                                   .args_bytes = kernel->args_bytes,
                                   .code_offset = at_boundary(sizeof image),
                                   .code_bytes = parts->n_code_bytes};
    image.n_bytes = at_boundary(image.code_offset + image.code_bytes);
    if (parts->n_text_bytes) {
        image.text_offset = image.n_bytes;
        image.text_bytes = parts->n_text_bytes;
        image.n_bytes = at_boundary(image.text_offset + image.text_bytes);
    }
    return image;
}

static enum hone_status copy_name(const char *name, char *out, size_t capacity,
                                  struct hone_error *err)
{
    if (strlen(name) >= capacity)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "'%.80s': a name of at most %zu bytes was "
                         "expected",
                         name, capacity - 1);
    strcpy(out, name);
    return HONE_OK;
}

enum hone_status nvrtc_image_make(const struct hone_compile_job *job,
                                  const struct nvrtc_parts *parts, struct hone_binary *out_binary,
                                  struct hone_error *err)
{
    struct cubin_kernel kernel;
    HONE_TRY(cubin_read(parts->code, parts->n_code_bytes, job->entry, &kernel, err));
    HONE_TRY(check_launch(job, &kernel, err));
    struct hone_gpu_image image = lay_out(job, parts, &kernel), again;
    HONE_TRY(copy_name(job->entry, image.entry, sizeof image.entry, err));
    HONE_TRY(copy_name(job->arch, image.arch, sizeof image.arch, err));
    uint8_t *bytes = calloc(1, image.n_bytes);
    if (!bytes) return hone_fail(err, HONE_ERR_NO_MEMORY, "nvrtc: no memory for an image");
    memcpy(bytes, &image, sizeof image);
    memcpy(bytes + image.code_offset, parts->code, parts->n_code_bytes);
    if (image.text_bytes) memcpy(bytes + image.text_offset, parts->text, parts->n_text_bytes);
    enum hone_status status = hone_gpu_image_read(bytes, image.n_bytes, &again, err);
    if (status != HONE_OK) {
        free(bytes);
        return hone_fail_in(err, HONE_ERR_COMPILE, "%s", job->entry);
    }
    out_binary->code = bytes;
    out_binary->n_bytes = image.n_bytes;
    out_binary->entry = 0;
    set_facts(&kernel, job->shared_bytes, &out_binary->facts);
    return HONE_OK;
}
