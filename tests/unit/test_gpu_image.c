/* SPDX-License-Identifier: MIT */
/* Images of GPU kernels: what is read, what is refused and why, and the walk of a section. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/checked.h"
#include "tests/unit/image_kit.h"

#define FIELD(name) offsetof(struct hone_gpu_image, name), sizeof((struct hone_gpu_image *)0)->name

static void reads_what_was_written(void **state)
{
    (void)state;
    struct kit_image made;
    struct hone_gpu_image image;
    struct hone_error err = {0};
    kit_image(".version 8.0", &made);
    /* Another image may follow in the same memory. */
    if (hone_gpu_image_read(made.data, sizeof made.data, &image, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(image.n_bytes, made.n_bytes);
    assert_int_equal(image.block_threads, 128);
    assert_int_equal(image.shared_bytes, 512);
    assert_int_equal(image.cluster_blocks, 1);
    assert_int_equal(image.args_bytes, KIT_ARGS_BYTES);
    assert_string_equal(image.entry, "kernel");
    assert_string_equal(image.arch, "sm_90a");
    assert_int_equal(image.code_offset, 192);
    assert_string_equal((const char *)made.data + image.text_offset, ".version 8.0");
    kit_image(NULL, &made);
    assert_int_equal(hone_gpu_image_read(made.data, made.n_bytes, &image, NULL), HONE_OK);
    assert_int_equal(image.text_bytes, 0);
}

/* A number written over a field of the header; `at` and size as FIELD gives them. */
static const struct {
    size_t at, size;
    uint64_t value;
    const char *message;
} wrong_fields[] = {
    {FIELD(version), 2, "version 2, expected 1"},
    {FIELD(n_header_bytes), 160, "its size is wrong"},
    {FIELD(n_header_bytes), 144, "its size is wrong"},
    {FIELD(n_bytes), 151, "its size is wrong"},
    {FIELD(n_bytes), 1 << 20, "its size is wrong"},
    {FIELD(n_bytes), UINT64_MAX, "its size is wrong"},
    {FIELD(block_threads), 0, "0 threads of a block, expected 1 to 1024"},
    {FIELD(block_threads), 1025, "1025 threads of a block"},
    {FIELD(shared_bytes), (1 << 20) + 1, "bytes of shared memory"},
    {FIELD(cluster_blocks), 0, "blocks of a cluster"},
    {FIELD(cluster_blocks), 17, "blocks of a cluster"},
    {FIELD(args_bytes), 4097, "bytes of arguments"},
    {FIELD(code_offset), 128, "the code does not lie in the image"},
    {FIELD(code_offset), 200, "the code does not lie in the image"},
    {FIELD(code_offset), 1 << 20, "the code does not lie in the image"},
    {FIELD(code_bytes), UINT64_MAX - 100, "the code does not lie in the image"},
    {FIELD(code_bytes), 63, "too short for an ELF file"},
    {FIELD(code_bytes), 0, "too short for an ELF file"},
    {FIELD(text_offset), 100, "the text does not lie in the image"},
    {FIELD(text_offset), UINT64_MAX, "the text does not lie in the image"},
    {FIELD(text_bytes), 5, "the text does not end where it should"},
    {FIELD(text_bytes), 14, "the text does not lie in the image"},
    {FIELD(text_bytes), 0, "a place of a text that is not there"},
    {offsetof(struct hone_gpu_image, magic), 1, 'h', "it does not begin like one"},
    {offsetof(struct hone_gpu_image, entry), 1, 0, "no name of a kernel"},
    {offsetof(struct hone_gpu_image, entry), 1, '/', "no name of a kernel"},
    {offsetof(struct hone_gpu_image, arch), 1, '\n', "no name of an architecture"},
};

static void expect_refused(const struct kit_image *image, const char *message)
{
    struct hone_gpu_image read;
    struct hone_error err = {0};
    uint8_t *copy = malloc(image->n_bytes);
    memcpy(copy, image->data, image->n_bytes);
    enum hone_status status = hone_gpu_image_read(copy, image->n_bytes, &read, &err);
    free(copy);
    if (status == HONE_OK) fail_msg("taken, but: %s", message);
    if (!strstr(err.text, message)) fail_msg("'%s' lacks '%s'", err.text, message);
    assert_int_equal(read.n_bytes, 0);
}

static void refuses_wrong_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_fields / sizeof *wrong_fields; i++) {
        struct kit_image image;
        kit_image(".version 8.0", &image);
        memcpy(image.data + wrong_fields[i].at, &wrong_fields[i].value, wrong_fields[i].size);
        expect_refused(&image, wrong_fields[i].message);
    }
    struct kit_image image;
    kit_image(NULL, &image);
    memset(image.data + offsetof(struct hone_gpu_image, entry), 'k', 64);
    expect_refused(&image, "no name of a kernel");
    kit_image("a\0b", &image);
    image.data[image.n_bytes - 1] = 'x';
    expect_refused(&image, "the text does not end where it should");
}

/* What a driver would follow out of the image. */
static void refuses_code_that_points_away(void **state)
{
    (void)state;
    enum { CODE = 192 };
    static const struct {
        size_t at, size;
        uint64_t value;
        const char *message;
    } wrong[] = {
        {0, 1, 'E', "no 64-bit little-endian ELF file"},
        {EI_CLASS, 1, ELFCLASS32, "no 64-bit little-endian ELF file"},
        {EI_DATA, 1, ELFDATA2MSB, "no 64-bit little-endian ELF file"},
        {offsetof(Elf64_Ehdr, e_shoff), 8, UINT64_MAX - 8, "a table of the code ends behind it"},
        {offsetof(Elf64_Ehdr, e_shnum), 2, 200, "a table of the code ends behind it"},
        {offsetof(Elf64_Ehdr, e_shentsize), 2, 128, "entries of another size"},
        {offsetof(Elf64_Ehdr, e_phnum), 2, 200, "a table of the code ends behind it"},
    };
    struct kit_image image;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        kit_image(NULL, &image);
        memcpy(image.data + CODE + wrong[i].at, &wrong[i].value, wrong[i].size);
        expect_refused(&image, wrong[i].message);
    }
    Elf64_Ehdr header;
    kit_image(NULL, &image);
    memcpy(&header, image.data + CODE, sizeof header);
    uint64_t far = 1 << 16;
    size_t first = CODE + header.e_shoff + sizeof(Elf64_Shdr);
    memcpy(image.data + first + offsetof(Elf64_Shdr, sh_size), &far, sizeof far);
    expect_refused(&image, "a section of the code ends behind it");
    /* A segment table laid over the section table: its first row begins far away. */
    kit_image(NULL, &image);
    header.e_phoff = header.e_shoff;
    header.e_phnum = 1;
    memcpy(image.data + CODE, &header, sizeof header);
    memset(image.data + CODE + header.e_phoff + offsetof(Elf64_Phdr, p_filesz), 0x7f, 4);
    expect_refused(&image, "a segment of the code ends behind it");
}

/* Every cut and every byte: read in a block of its own size, for a sanitizer to watch. */
static void damage_never_leads_out(void **state)
{
    (void)state;
    struct kit_image made;
    struct hone_gpu_image image;
    kit_image(".version 8.0", &made);
    for (size_t n = 0; n < made.n_bytes; n++) {
        uint8_t *copy = malloc(n + 1);
        memcpy(copy, made.data, n);
        assert_int_not_equal(hone_gpu_image_read(copy, n, &image, NULL), HONE_OK);
        free(copy);
    }
    uint8_t *copy = malloc(made.n_bytes);
    for (size_t at = 0; at < made.n_bytes; at++)
        for (int bit = 0; bit < 8; bit++) {
            memcpy(copy, made.data, made.n_bytes);
            copy[at] ^= (uint8_t)(1 << bit);
            if (hone_gpu_image_read(copy, made.n_bytes, &image, NULL) != HONE_OK) continue;
            assert_true(hone_in_range(image.code_offset, image.code_bytes, image.n_bytes));
            assert_true(hone_in_range(image.text_offset, image.text_bytes, image.n_bytes));
            assert_true(image.n_bytes <= made.n_bytes && strlen(image.entry) < 64);
        }
    free(copy);
}

enum { STEP = HONE_GPU_IMAGE_STEP, SECTION = 5 * STEP };

/* A CPU's kernel, an image, padding, an image that goes beyond one step, nothing. */
static uint8_t *make_section(void)
{
    struct kit_image small, large;
    uint8_t *section = calloc(1, SECTION);
    kit_image(NULL, &small);
    kit_image(NULL, &large);
    uint64_t n_bytes = STEP + 100;
    memcpy(large.data + offsetof(struct hone_gpu_image, n_bytes), &n_bytes, sizeof n_bytes);
    memset(section, 0xcc, 300);
    memcpy(section + STEP, small.data, small.n_bytes);
    memcpy(section + 2 * STEP, large.data, large.n_bytes);
    /* Within the large one, where no image may begin: */
    memcpy(section + 3 * STEP, HONE_GPU_IMAGE_MAGIC, 8);
    return section;
}

static void walks_a_section(void **state)
{
    (void)state;
    uint8_t *section = make_section();
    struct hone_gpu_image image;
    struct hone_error err = {0};
    uint64_t places[4], n = 0;
    for (uint64_t at = 0;; at += image.n_bytes) {
        bool found;
        if (hone_gpu_image_next(section, SECTION, &at, &image, &found, &err) != HONE_OK)
            fail_msg("%s", err.text);
        if (!found) break;
        assert_true(n < 4);
        places[n++] = at;
    }
    assert_int_equal(n, 2);
    assert_int_equal(places[0], STEP);
    assert_int_equal(places[1], 2 * STEP);
    uint64_t at = 2 * STEP + 1;
    bool found;
    assert_int_equal(hone_gpu_image_next(section, SECTION, &at, &image, &found, &err),
                     HONE_ERR_VERSION);
    assert_false(found);
    assert_non_null(strstr(err.text, "code section, offset 12288: gpu image: version 0"));
    at = UINT64_MAX - 5;
    assert_int_equal(hone_gpu_image_next(section, SECTION, &at, &image, &found, &err), HONE_OK);
    assert_false(found);
    at = 0;
    assert_int_equal(hone_gpu_image_next(NULL, 0, &at, &image, &found, &err), HONE_OK);
    assert_false(found);
    free(section);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(refuses_wrong_headers),
        cmocka_unit_test(refuses_code_that_points_away),
        cmocka_unit_test(damage_never_leads_out),
        cmocka_unit_test(walks_a_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
