/* SPDX-License-Identifier: MIT */
/* The GGUF reader: what it must read, and thousands of files that it must refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/model/gguf.h"
#include "tests/fuzz/gguf_exercise.h"
#include "tests/unit/gguf_bad.h"
#include "tests/unit/gguf_kit.h"

/* Every allocation of the code under test is counted (linked with --wrap). */
static size_t allocated;
void *__real_malloc(size_t n_bytes);
void *__real_calloc(size_t count, size_t n_bytes);
void *__wrap_malloc(size_t n_bytes);
void *__wrap_calloc(size_t count, size_t n_bytes);

void *__wrap_malloc(size_t n_bytes)
{
    allocated += n_bytes;
    return __real_malloc(n_bytes);
}

void *__wrap_calloc(size_t count, size_t n_bytes)
{
    allocated += count * n_bytes;
    return __real_calloc(count, n_bytes);
}

/* A copy without slack, so that reading one byte too far is seen by the address sanitizer. */
static enum hone_status open_copy(const void *data, size_t n_bytes, bool use,
                                  struct hone_error *err)
{
    struct hone_gguf *gguf;
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    assert_non_null(copy);
    memcpy(copy, data, n_bytes);
    allocated = 0;
    enum hone_status status = hone_gguf_open_memory("m.gguf", copy, n_bytes, &gguf, err);
    assert_true(allocated <= 2 * n_bytes + (1 << 20));
    if (status == HONE_OK && use) gguf_exercise(gguf);
    if (status != HONE_OK) {
        assert_null(gguf);
        assert_int_equal(err->status, status);
        assert_null(strchr(err->text, '\n'));
        assert_ptr_equal(strstr(err->text, "m.gguf: "), err->text);
    }
    hone_gguf_close(gguf);
    free(copy);
    return status;
}

/* Header and data of a small file that has a value of every type and several tensors. */
static void make_small(struct gguf_kit *kit)
{
    static const uint64_t dims[4] = {32, 2, 1, 1};
    static const char *const keys[] = {"u8",   "i8",  "u16", "i16", "u32", "i32", "f32",
                                       "bool", "str", NULL,  "u64", "i64", "f64"};
    kit_begin(kit);
    kit_text(kit, "general.architecture", "llama");
    for (uint32_t type = 0; type < 13; type++) {
        static const uint8_t n_bytes[13] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
        if (!keys[type]) continue;
        kit_key(kit, keys[type], type);
        if (type == HONE_GGUF_STRING)
            kit_string(kit, "text");
        else
            kit_bytes(kit, "\1\0\0\0\0\0\0\0", n_bytes[type]);
    }
    kit_array(kit, "array.u16", HONE_GGUF_U16, 3);
    kit_bytes(kit, "\1\0\2\0\3\0", 6);
    kit_array(kit, "array.f32", HONE_GGUF_F32, 1);
    kit_bytes(kit, "\0\0\x20\x41", 4);
    kit_array(kit, "tokenizer.ggml.tokens", HONE_GGUF_STRING, 3);
    kit_string(kit, "a");
    kit_string(kit, "");
    kit_string(kit, "ccc");
    kit_tensor(kit, "first", 2, dims, HONE_GGUF_T_F16, 128);
    kit_tensor(kit, "second", 1, dims, HONE_GGUF_T_Q4_0, 18);
    kit_tensor(kit, "third", 4, dims, 39, 34);
    kit_end(kit);
    for (int i = 0; i < 160 + 34; i++) kit_bytes(kit, &(uint8_t){(uint8_t)i}, 1);
}

static void reads_what_was_written(void **state)
{
    struct gguf_kit kit = {0};
    struct hone_gguf *gguf;
    struct hone_error err;
    (void)state;
    make_small(&kit);
    assert_int_equal(hone_gguf_open_memory("m", kit.data, kit.n_bytes, &gguf, &err), HONE_OK);
    assert_int_equal(hone_gguf_n_tensors(gguf), 3);
    assert_int_equal(hone_gguf_n_keys(gguf), 16);
    assert_int_equal(hone_gguf_version(gguf), 3);
    assert_int_equal(hone_gguf_alignment(gguf), 32);
    const struct hone_gguf_tensor *tensor = hone_gguf_find_tensor(gguf, "second");
    assert_ptr_equal(tensor, hone_gguf_tensor_at(gguf, 1));
    assert_string_equal(tensor->type->name, "q4_0");
    assert_int_equal(tensor->n_bytes, 18);
    assert_int_equal(tensor->data[0], 128);
    assert_int_equal(tensor->dims[0], 32);
    assert_int_equal(tensor->dims[1], 1);
    assert_int_equal(tensor->offset % 32, 0);
    assert_int_equal(hone_gguf_offset_of(gguf, tensor->data), tensor->offset);
    assert_int_equal(hone_gguf_find_tensor(gguf, "third")->data[33], 193);
    assert_null(hone_gguf_find_tensor(gguf, "secon"));
    assert_null(hone_gguf_find_tensor(gguf, "second2"));
    struct hone_gguf_array array;
    struct hone_gguf_text text;
    uint64_t cursor = 0, value;
    assert_int_equal(
        hone_gguf_get_array(gguf, "tokenizer.ggml.tokens", HONE_GGUF_STRING, &array, &err),
        HONE_OK);
    assert_true(hone_gguf_array_next_text(&array, &cursor, &text));
    assert_true(hone_gguf_text_equals(text, "a"));
    assert_true(hone_gguf_array_next_text(&array, &cursor, &text));
    assert_true(hone_gguf_text_equals(text, ""));
    assert_true(hone_gguf_array_next_text(&array, &cursor, &text));
    assert_true(hone_gguf_text_equals(text, "ccc"));
    assert_false(hone_gguf_array_next_text(&array, &cursor, &text));
    assert_int_equal(hone_gguf_get_any_array(gguf, "array.u16", &array, &err), HONE_OK);
    assert_true(hone_gguf_array_u64(&array, 2, &value));
    assert_int_equal(value, 3);
    assert_int_equal(hone_gguf_get_array(gguf, "array.f32", HONE_GGUF_F32, &array, &err), HONE_OK);
    assert_true(hone_gguf_array_f32(&array, 0) == 10.0f);
    hone_gguf_close(gguf);
    free(kit.data);
}

static void getters_check_types(void **state)
{
    struct gguf_kit kit = {0};
    struct hone_gguf *gguf;
    struct hone_error err;
    struct hone_gguf_array array;
    uint64_t wide = 7;
    uint32_t narrow;
    float number;
    bool flag;
    (void)state;
    kit_begin(&kit);
    kit_u64(&kit, "wide", 1ull << 32);
    kit_u32(&kit, "narrow", 5);
    kit_key(&kit, "negative", HONE_GGUF_I32);
    kit_put32(&kit, 0xffffffff);
    kit_f32(&kit, "float", 1.5f);
    kit_key(&kit, "double", HONE_GGUF_F64);
    kit_put64(&kit, 0x3ff8000000000000);
    kit_key(&kit, "huge", HONE_GGUF_F64);
    kit_put64(&kit, 0x7fe0000000000000);
    kit_key(&kit, "nan", HONE_GGUF_F32);
    kit_put32(&kit, 0x7fc00000);
    kit_bool(&kit, "bool", 1);
    kit_array(&kit, "array", HONE_GGUF_U32, 0);
    kit_end(&kit);
    assert_int_equal(hone_gguf_open_memory("m", kit.data, kit.n_bytes, &gguf, &err), HONE_OK);
    assert_int_equal(hone_gguf_get_u64(gguf, "narrow", &wide, &err), HONE_OK);
    assert_int_equal(wide, 5);
    assert_int_equal(hone_gguf_get_u32(gguf, "wide", &narrow, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_u64(gguf, "negative", &wide, &err), HONE_ERR_FORMAT);
    assert_int_equal(wide, 5);
    assert_int_equal(hone_gguf_get_u64(gguf, "bool", &wide, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_u64(gguf, "float", &wide, &err), HONE_ERR_FORMAT);
    assert_non_null(strstr(err.text, "key 'float' is a 32-bit float, an integer"));
    assert_int_equal(hone_gguf_get_f32(gguf, "double", &number, &err), HONE_OK);
    assert_true(number == 1.5f);
    assert_int_equal(hone_gguf_get_f32(gguf, "narrow", &number, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_f32(gguf, "huge", &number, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_f32(gguf, "nan", &number, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_bool(gguf, "narrow", &flag, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_array(gguf, "array", HONE_GGUF_F32, &array, &err),
                     HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_array(gguf, "narrow", HONE_GGUF_U32, &array, &err),
                     HONE_ERR_FORMAT);
    assert_int_equal(hone_gguf_get_u64(gguf, "absent", &wide, &err), HONE_ERR_NOT_FOUND);
    assert_string_equal(err.text, "m: key 'absent' is missing");
    assert_int_equal(hone_gguf_opt_u64(gguf, "absent", &wide, &err), HONE_OK);
    assert_int_equal(wide, 5);
    assert_int_equal(hone_gguf_opt_u64(gguf, "float", &wide, &err), HONE_ERR_FORMAT);
    hone_gguf_close(gguf);
    free(kit.data);
}

static void malformed_files_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; gguf_bad_at(i); i++) {
        const struct gguf_bad *bad = gguf_bad_at(i);
        struct gguf_kit kit = {0};
        struct hone_error err = {HONE_OK, ""};
        bad->make(&kit, bad->value);
        enum hone_status status = open_copy(kit.data, kit.n_bytes, true, &err);
        if (status != bad->status || !strstr(err.text, bad->fragment))
            fail_msg("case %zu: status %d '%s', expected %d '%s'", i, status, err.text, bad->status,
                     bad->fragment);
        free(kit.data);
    }
}

/* Of each accepted file of the table, and of one with everything in it, every prefix. */
static void truncated_anywhere(void **state)
{
    struct gguf_kit kit = {0};
    struct hone_error err;
    (void)state;
    make_small(&kit);
    for (size_t n = 0; n < kit.n_bytes; n++)
        assert_int_not_equal(open_copy(kit.data, n, true, &err), HONE_OK);
    assert_int_equal(open_copy(kit.data, kit.n_bytes, true, &err), HONE_OK);
    free(kit.data);
    for (size_t i = 0; gguf_bad_at(i); i++) {
        struct gguf_kit file = {0};
        if (gguf_bad_at(i)->status != HONE_OK) continue;
        gguf_bad_at(i)->make(&file, gguf_bad_at(i)->value);
        for (size_t n = 0; n < file.n_bytes && n < 2048; n++) open_copy(file.data, n, true, &err);
        free(file.data);
    }
}

static void any_byte_changed(void **state)
{
    struct gguf_kit kit = {0};
    struct hone_error err;
    size_t n_ok = 0, n_refused = 0;
    (void)state;
    make_small(&kit);
    assert_true(kit.n_bytes < 1024);
    for (size_t at = 0; at < kit.n_bytes; at++) {
        uint8_t right = kit.data[at];
        for (int change = 1; change < 256; change++) {
            kit.data[at] = (uint8_t)(right ^ change);
            if (open_copy(kit.data, kit.n_bytes, true, &err) == HONE_OK)
                n_ok++;
            else
                n_refused++;
        }
        kit.data[at] = right;
    }
    print_message("%zu changes accepted, %zu refused\n", n_ok, n_refused);
    assert_true(n_ok > 0 && n_refused > 0);
    free(kit.data);
}

/* The file system's side: a mapped file, an empty one, none, a folder. */
static void opens_paths(void **state)
{
    char path[] = "/tmp/hone-test-XXXXXX";
    struct gguf_kit kit = {0};
    struct hone_gguf *gguf;
    struct hone_error err;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(hone_gguf_open(path, &gguf, &err), HONE_ERR_FORMAT);
    make_small(&kit);
    assert_int_equal(write(fd, kit.data, kit.n_bytes), kit.n_bytes);
    close(fd);
    assert_int_equal(hone_gguf_open(path, &gguf, &err), HONE_OK);
    assert_string_equal(hone_gguf_path(gguf), path);
    assert_int_equal(hone_gguf_file_bytes(gguf), kit.n_bytes);
    gguf_exercise(gguf);
    hone_gguf_close(gguf);
    unlink(path);
    assert_int_equal(hone_gguf_open(path, &gguf, &err), HONE_ERR_NOT_FOUND);
    assert_int_equal(hone_gguf_open("/tmp", &gguf, &err), HONE_ERR_IO);
    free(kit.data);
}

static void type_table_is_consistent(void **state)
{
    (void)state;
    for (uint32_t number = 0; number < 64; number++) {
        const struct hone_gguf_tensor_type *type = hone_gguf_tensor_type(number);
        if (!type) continue;
        assert_int_equal(type->number, number);
        assert_ptr_equal(hone_gguf_tensor_type_named(type->name), type);
    }
    assert_null(hone_gguf_tensor_type(5));
    assert_null(hone_gguf_tensor_type_named("q9_9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(getters_check_types),
        cmocka_unit_test(malformed_files_are_refused),
        cmocka_unit_test(truncated_anywhere),
        cmocka_unit_test(any_byte_changed),
        cmocka_unit_test(opens_paths),
        cmocka_unit_test(type_table_is_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
