/* SPDX-License-Identifier: MIT */
/* Checks images of GPU kernels before a driver sees them. */
#include "runtime/device/gpu_image.h"

#include <elf.h>
#include <string.h>

#include "runtime/base/checked.h"

_Static_assert(sizeof(struct hone_gpu_image) == 152, "the image's header has a hole");

static enum hone_status bad(struct hone_error *err, const char *what)
{
    return hone_fail(err, HONE_ERR_FORMAT, "gpu image: %s", what);
}

/* A name of letters, digits, '_' and '$' that ends within its field. */
static bool is_name(const char *text, size_t capacity)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
    return text[0] && memchr(text, '\0', capacity) && text[strspn(text, letters)] == '\0';
}

static enum hone_status check_launch(const struct hone_gpu_image *image, struct hone_error *err)
{
    const struct {
        const char *what;
        uint32_t value, least, most;
    } numbers[] = {
        {"threads of a block", image->block_threads, 1, HONE_GPU_MAX_THREADS},
        {"bytes of shared memory", image->shared_bytes, 0, HONE_GPU_MAX_SHARED},
        {"blocks of a cluster", image->cluster_blocks, 1, HONE_GPU_MAX_CLUSTER},
        {"bytes of arguments", image->args_bytes, 0, HONE_GPU_MAX_ARGS},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].value < numbers[i].least || numbers[i].value > numbers[i].most)
            return hone_fail(err, HONE_ERR_FORMAT, "gpu image: %u %s, expected %u to %u",
                             numbers[i].value, numbers[i].what, numbers[i].least, numbers[i].most);
    if (!is_name(image->entry, sizeof image->entry)) return bad(err, "no name of a kernel");
    if (!is_name(image->arch, sizeof image->arch)) return bad(err, "no name of an architecture");
    return HONE_OK;
}

/* Drivers are told where the code begins, and believe its own tables about where it ends. */
static enum hone_status check_code(const uint8_t *code, uint64_t n_bytes, struct hone_error *err)
{
    Elf64_Ehdr header;
    if (n_bytes < sizeof header) return bad(err, "the code is too short for an ELF file");
    memcpy(&header, code, sizeof header);
    if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_ident[EI_DATA] != ELFDATA2LSB)
        return bad(err, "the code is no 64-bit little-endian ELF file");
    bool has_segments = header.e_phnum > 0, has_sections = header.e_shnum > 0;
    if ((has_segments && header.e_phentsize != sizeof(Elf64_Phdr)) ||
        (has_sections && header.e_shentsize != sizeof(Elf64_Shdr)))
        return bad(err, "the code's tables have entries of another size");
    if (!hone_in_range(header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr), n_bytes) ||
        !hone_in_range(header.e_shoff, header.e_shnum * sizeof(Elf64_Shdr), n_bytes))
        return bad(err, "a table of the code ends behind it");
    for (uint32_t i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, code + header.e_phoff + i * sizeof segment, sizeof segment);
        if (!hone_in_range(segment.p_offset, segment.p_filesz, n_bytes))
            return bad(err, "a segment of the code ends behind it");
    }
    for (uint32_t i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr section;
        memcpy(&section, code + header.e_shoff + i * sizeof section, sizeof section);
        if (section.sh_type != SHT_NULL && section.sh_type != SHT_NOBITS &&
            !hone_in_range(section.sh_offset, section.sh_size, n_bytes))
            return bad(err, "a section of the code ends behind it");
    }
    return HONE_OK;
}

static enum hone_status check_parts(const struct hone_gpu_image *image, const uint8_t *data,
                                    struct hone_error *err)
{
    if (image->code_offset < sizeof *image || image->code_offset % HONE_GPU_CODE_ALIGNMENT ||
        !hone_in_range(image->code_offset, image->code_bytes, image->n_bytes))
        return bad(err, "the code does not lie in the image");
    HONE_TRY(check_code(data + image->code_offset, image->code_bytes, err));
    if (image->text_bytes == 0)
        return image->text_offset ? bad(err, "a place of a text that is not there") : HONE_OK;
    if (image->text_offset < sizeof *image ||
        !hone_in_range(image->text_offset, image->text_bytes, image->n_bytes))
        return bad(err, "the text does not lie in the image");
    const uint8_t *text = data + image->text_offset;
    if (memchr(text, '\0', image->text_bytes) != text + image->text_bytes - 1)
        return bad(err, "the text does not end where it should");
    return HONE_OK;
}

enum hone_status hone_gpu_image_read(const void *data, size_t n_bytes,
                                     struct hone_gpu_image *out_image, struct hone_error *err)
{
    struct hone_gpu_image image;
    *out_image = (struct hone_gpu_image){0};
    if (n_bytes < sizeof image) return bad(err, "too short for its header");
    memcpy(&image, data, sizeof image);
    if (memcmp(image.magic, HONE_GPU_IMAGE_MAGIC, sizeof image.magic) != 0)
        return bad(err, "it does not begin like one");
    if (image.version != HONE_GPU_IMAGE_VERSION)
        return hone_fail(err, HONE_ERR_VERSION, "gpu image: version %u, expected %d", image.version,
                         HONE_GPU_IMAGE_VERSION);
    if (image.n_header_bytes != sizeof image || image.n_bytes < sizeof image ||
        image.n_bytes > n_bytes)
        return bad(err, "its size is wrong");
    HONE_TRY(check_launch(&image, err));
    HONE_TRY(check_parts(&image, data, err));
    *out_image = image;
    return HONE_OK;
}

enum hone_status hone_gpu_image_next(const void *section, size_t n_bytes, uint64_t *offset,
                                     struct hone_gpu_image *out_image, bool *out_found,
                                     struct hone_error *err)
{
    const uint8_t *bytes = section;
    uint64_t at;
    *out_found = false;
    *out_image = (struct hone_gpu_image){0};
    if (!hone_round_up(*offset, HONE_GPU_IMAGE_STEP, &at)) at = UINT64_MAX;
    while (at < n_bytes && (n_bytes - at < sizeof out_image->magic ||
                            memcmp(bytes + at, HONE_GPU_IMAGE_MAGIC, sizeof out_image->magic)))
        at += HONE_GPU_IMAGE_STEP;
    if (at >= n_bytes) {
        *offset = n_bytes;
        return HONE_OK;
    }
    *offset = at;
    enum hone_status status = hone_gpu_image_read(bytes + at, n_bytes - at, out_image, err);
    if (status != HONE_OK)
        return hone_fail_in(err, status, "code section, offset %llu", (unsigned long long)at);
    *out_found = true;
    return HONE_OK;
}
