/* SPDX-License-Identifier: MIT */
/* Packages: written, read back by two readers, and refused after every kind of damage. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cache/package_writer.h"
#include "package_fixture.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/hone.h"
#include "runtime/package/package.h"

static struct fixture fixture;
static char *path;

static int make_fixture(void **state)
{
    (void)state;
    path = fixture_path();
    return fixture_init(&fixture) ? 0 : -1;
}

static int remove_fixture(void **state)
{
    (void)state;
    fixture_remove(path);
    return 0;
}

/* ---- whole packages ---- */

static void sections_are_found(void **state)
{
    (void)state;
    struct hone_package package;
    struct hone_error err;
    size_t n_bytes;
    fixture_write(&fixture, path);
    assert_int_equal(hone_package_open(path, &package, &err), HONE_OK);
    assert_memory_equal(package.parts[HONE_SECTION_CODE].data, fixture.code, sizeof fixture.code);
    assert_memory_equal(package.plan.header, &fixture.plan, sizeof fixture.plan);
    assert_memory_equal(package.plan.names, fixture.plan.names, sizeof fixture.plan.names);
    assert_memory_equal(package.parts[HONE_SECTION_WEIGHTS].data + 64, fixture.weights,
                        sizeof fixture.weights);
    for (int kind = 1; kind < HONE_SECTION_KINDS; kind++) {
        assert_int_equal(package.parts[kind].offset % HONE_SECTION_ALIGN, 0);
        assert_true((package.parts[kind].data != NULL) ==
                    (kind != HONE_SECTION_SIGNATURE && kind != HONE_SECTION_WEIGHT_PARTS));
        assert_string_not_equal(hone_section_name((uint32_t)kind), "unknown");
    }
    assert_string_equal(hone_section_name(0), "unknown");
    assert_string_equal(hone_section_name(11), "unknown");
    assert_memory_equal(hone_package_info(&package, "type", &n_bytes), "F32\n", 4);
    assert_int_equal(n_bytes, 3);
    assert_null(hone_package_info(&package, "typ", &n_bytes));
    assert_null(hone_package_info(&package, "types", &n_bytes));
    assert_int_equal(hone_package_check_weights(&package, &err), HONE_OK);
    hone_package_close(&package);
}

/* What the reader in tests/golden, written from FORMAT.md, says; -1 when it cannot be run. */
static int second_reader(char *out_text, size_t capacity)
{
    const char *source = getenv("HONE_SOURCE");
    char command[4096];
    if (!source || system("python3 -c 0 2>/dev/null") != 0) return -1;
    snprintf(command, sizeof command, "python3 '%s/tests/golden/package_dump.py' '%s' 2>&1", source,
             path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t n = fread(out_text, 1, capacity - 1, pipe);
    out_text[n] = '\0';
    return pclose(pipe);
}

static void a_second_reader_agrees(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "section PLAN 1664\n",
        "section WEIGHT_HASHES 96\n",
        "section WEIGHTS 2500108\n",
        "architecture=sums\n",
        "envelope tokens=16 seqs=5 out=8 context=30 page=4 vocab=11\n",
        "memory activations=576 scratch=100\n",
        "region 0 page=40\nregion 1 page=16\n",
        "kernel 2 '1 head' blob=8192+28 entry=8208\n",
        "list 1-1\n  '1 append' kernel=0 grid=1:4,1 schedule=0 bindings=8\n",
        "list 2-16\n",
        "  'n state' kernel=1 grid=1:1,1 schedule=1 bindings=7\n",
        "  'n head' kernel=2 grid=2:1,2 schedule=0 bindings=8\n",
    };
    static char text[16384];
    struct fixture large = fixture;
    large.weight_padding = 2500000;
    fixture_write(&large, path);
    int code = second_reader(text, sizeof text);
    if (code < 0) {
        print_message("skipped: no python3\n");
        skip();
    }
    assert_int_equal(code, 0);
#ifdef __x86_64__
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(text, lines[i])) fail_msg("'%s' is not in:\n%s", lines[i], text);
#endif
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "X", 1, 65536 + 3), 1);
    close(fd);
    assert_int_not_equal(second_reader(text, sizeof text), 0);
    assert_non_null(strstr(text, "TARGET: hash"));
}

/* ---- damage that hashes show ---- */

static uint64_t file_bytes_of(const char *file)
{
    struct stat info;
    assert_int_equal(stat(file, &info), 0);
    return (uint64_t)info.st_size;
}

/* Changes the byte at each place of [from, to), opens, and puts it back. */
static void flip_each(uint64_t from, uint64_t to, enum hone_status expected_or_any)
{
    struct hone_error err;
    int fd = open(path, O_RDWR);
    for (uint64_t at = from; at < to; at++) {
        uint8_t byte, changed;
        assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
        changed = byte ^ (uint8_t)(1u << at % 8);
        assert_int_equal(pwrite(fd, &changed, 1, (off_t)at), 1);
        enum hone_status status = fixture_open(path, &err);
        if (status == HONE_OK) fail_msg("byte %llu is not checked", (unsigned long long)at);
        if (expected_or_any != HONE_OK && status != expected_or_any)
            fail_msg("byte %llu: %s", (unsigned long long)at, err.text);
        assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    }
    close(fd);
    assert_int_equal(fixture_open(path, &err), HONE_OK);
}

static void every_byte_is_checked(void **state)
{
    (void)state;
    struct hone_package package;
    struct hone_package_part parts[HONE_SECTION_KINDS];
    struct hone_error err;
    fixture_write(&fixture, path);
    assert_int_equal(hone_package_open(path, &package, &err), HONE_OK);
    memcpy(parts, package.parts, sizeof parts);
    uint64_t table_end = 64 + 56 * package.header->n_sections;
    hone_package_close(&package);
    flip_each(0, 32, HONE_OK);                             /* header: whichever check comes first */
    flip_each(32, table_end, HONE_ERR_REFUSED);            /* manifest hash and table */
    flip_each(table_end, table_end + 50, HONE_ERR_FORMAT); /* unused bytes */
    flip_each(65536 - 50, 65536, HONE_ERR_FORMAT);
    for (int kind = 1; kind < HONE_SECTION_KINDS; kind++) {
        if (!parts[kind].data || kind == HONE_SECTION_WEIGHTS) continue;
        flip_each(parts[kind].offset, parts[kind].offset + parts[kind].n_bytes, HONE_ERR_REFUSED);
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    fixture_write(&fixture, path);
    for (uint64_t n_bytes = file_bytes_of(path); n_bytes > 0; n_bytes--) {
        struct hone_error err;
        assert_int_equal(truncate(path, (off_t)n_bytes - 1), 0);
        assert_int_equal(fixture_open(path, &err), HONE_ERR_FORMAT);
    }
    fixture_write(&fixture, path);
    assert_int_equal(truncate(path, (off_t)file_bytes_of(path) + 1), 0);
    fixture_expect(path, HONE_ERR_FORMAT, "appended");
}

static void weights_are_checked_when_asked(void **state)
{
    (void)state;
    struct fixture large = fixture;
    struct hone_error err;
    large.weight_padding = 2500000;
    fixture_write(&large, path);
    struct hone_package package;
    assert_int_equal(hone_package_open(path, &package, &err), HONE_OK);
    const struct hone_package_part weights = package.parts[HONE_SECTION_WEIGHTS];
    hone_package_close(&package);
    const struct hone_open_options options = {.struct_size = sizeof options, .check_weights = 1};
    const uint64_t places[] = {0, 1048575, 1048576, 2097151, 2097152, weights.n_bytes - 1};
    int fd = open(path, O_RDWR);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct hone_model *model;
        uint8_t byte, changed;
        char chunk[64];
        off_t at = (off_t)(weights.offset + places[i]);
        assert_int_equal(hone_open(path, &options, &model, &err), HONE_OK);
        hone_close(model);
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        changed = byte ^ 0x10;
        assert_int_equal(pwrite(fd, &changed, 1, at), 1);
        assert_int_equal(hone_open(path, NULL, &model, &err), HONE_OK);
        hone_close(model);
        assert_int_equal(hone_open(path, &options, &model, &err), HONE_ERR_REFUSED);
        assert_null(model);
        snprintf(chunk, sizeof chunk, "chunk at %llu ",
                 (unsigned long long)(places[i] / 1048576 * 1048576));
        assert_non_null(strstr(err.text, chunk));
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
}

/* ---- the writer ---- */

static enum hone_status sign(void *context, const uint8_t manifest_hash[32], uint8_t *out_signature,
                             size_t n_bytes, struct hone_error *err)
{
    (void)err;
    assert_int_equal(n_bytes, 64);
    memcpy(out_signature, manifest_hash, 32);
    memset(out_signature + 32, *(int *)context, 32);
    return HONE_OK;
}

static enum hone_status verify(void *context, const uint8_t manifest_hash[32],
                               const void *signature, size_t n_bytes, struct hone_error *err)
{
    uint8_t expected[64];
    int key = *(int *)context;
    if (!signature) return hone_fail(err, HONE_ERR_REFUSED, "unsigned");
    sign(&key, manifest_hash, expected, n_bytes, err);
    return memcmp(signature, expected, 64) == 0
               ? HONE_OK
               : hone_fail(err, HONE_ERR_REFUSED, "signature does not match");
}

static void signatures_reach_the_callback(void **state)
{
    (void)state;
    struct hone_package_writer *writer;
    struct hone_error err;
    struct hone_model *model;
    int key = 7, other_key = 8;
    uint64_t n_bytes;
    struct hone_open_options options = {
        .struct_size = sizeof options, .verify_signature = verify, .verify_context = &key};
    fixture_write(&fixture, path);
    assert_int_equal(hone_open(path, &options, &model, &err), HONE_ERR_REFUSED);
    assert_non_null(strstr(err.text, "unsigned"));

    assert_int_equal(hone_package_writer_open(path, &writer, &err), HONE_OK);
    const struct fixture *f = &fixture;
    hone_package_writer_add(writer, HONE_SECTION_TARGET, f->target, strlen(f->target), &err);
    hone_package_writer_add(writer, HONE_SECTION_INFO, f->info, strlen(f->info), &err);
    hone_package_writer_begin(writer, HONE_SECTION_WEIGHTS, &err);
    for (int i = 0; i < 4; i++) hone_package_writer_write(writer, f->code, 4096, &err);
    hone_package_writer_end(writer, &err);
    hone_package_writer_add(writer, HONE_SECTION_PLAN, &f->plan, sizeof f->plan, &err);
    hone_package_writer_add(writer, HONE_SECTION_CODE, f->code, sizeof f->code, &err);
    hone_package_writer_sign(writer, sign, &key, 64);
    assert_int_equal(hone_package_writer_finish(writer, NULL, &n_bytes, &err), HONE_OK);
    assert_int_equal(n_bytes, file_bytes_of(path));
    assert_int_equal(hone_open(path, &options, &model, &err), HONE_OK);
    hone_close(model);
    options.verify_context = &other_key;
    assert_int_equal(hone_open(path, &options, &model, &err), HONE_ERR_REFUSED);
    assert_int_equal(hone_open(path, NULL, &model, &err), HONE_OK);
    hone_close(model);
}

static void writer_refuses_nonsense(void **state)
{
    (void)state;
    struct hone_package_writer *writer;
    struct hone_error err;
    fixture_write(&fixture, path);
    uint64_t before = file_bytes_of(path);
    assert_int_equal(hone_package_writer_open(path, &writer, &err), HONE_OK);
    assert_int_equal(hone_package_writer_write(writer, "x", 1, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_end(writer, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_begin(writer, 0, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_begin(writer, 11, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_begin(writer, HONE_SECTION_SIGNATURE, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_add(writer, HONE_SECTION_WEIGHT_HASHES, "x", 1, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_add(writer, HONE_SECTION_INFO, "x", 0, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_add(writer, HONE_SECTION_CODE, "x", 1, &err), HONE_OK);
    assert_int_equal(hone_package_writer_add(writer, HONE_SECTION_CODE, "x", 1, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_begin(writer, HONE_SECTION_PLAN, &err), HONE_OK);
    assert_int_equal(hone_package_writer_begin(writer, HONE_SECTION_PROOFS, &err),
                     HONE_ERR_ARGUMENT);
    assert_int_equal(hone_package_writer_finish(writer, NULL, NULL, &err), HONE_ERR_ARGUMENT);
    assert_int_equal(file_bytes_of(path), before); /* and the old file is still there */

    assert_int_equal(hone_package_writer_open(path, &writer, &err), HONE_OK);
    hone_package_writer_abandon(writer);
    hone_package_writer_abandon(NULL);
    assert_int_equal(hone_package_writer_open("/nowhere/m.hone", &writer, &err), HONE_ERR_IO);
    assert_null(writer);
    assert_non_null(strstr(err.text, "/nowhere/m.hone"));
    /* Nothing is left beside the package: remove_fixture would leave the folder. */
    char command[4096];
    snprintf(command, sizeof command, "test $(ls $(dirname '%s') | wc -l) = 1", path);
    assert_int_equal(system(command), 0);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    struct hone_package package;
    struct hone_error err;
    assert_int_equal(hone_package_open("/nowhere/m.hone", &package, &err), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_package_open("/", &package, &err), HONE_ERR_IO);
    assert_int_equal(hone_package_open("/dev/null", &package, &err), HONE_ERR_IO);
    assert_int_equal(hone_file_replace(path, "", 0, &err), HONE_OK);
    fixture_expect(path, HONE_ERR_FORMAT, "0 bytes");
    assert_int_equal(hone_file_replace(path, "HONEPKG", 8, &err), HONE_OK);
    fixture_expect(path, HONE_ERR_FORMAT, "8 bytes");
}

int main(void)
{
    if (!fixture_init(&fixture)) {
        printf("skipped: no jump for this processor\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_found),
        cmocka_unit_test(a_second_reader_agrees),
        cmocka_unit_test(every_byte_is_checked),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(weights_are_checked_when_asked),
        cmocka_unit_test(signatures_reach_the_callback),
        cmocka_unit_test(writer_refuses_nonsense),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, make_fixture, remove_fixture);
}
