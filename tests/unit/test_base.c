/* SPDX-License-Identifier: MIT */
/* The ground floor: hashes with known answers, arithmetic at its limits, replacement of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/base/arena.h"
#include "runtime/base/checked.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/base/status.h"

static void sha256_known_answers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t repeat;
        const char *hex;
    } cases[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_sha256 hash;
        uint8_t digest[HONE_HASH_BYTES];
        char hex[HONE_HASH_HEX_BYTES];
        hone_sha256_init(&hash);
        for (size_t r = 0; r < cases[i].repeat; r++)
            hone_sha256_update(&hash, cases[i].text, strlen(cases[i].text));
        hone_sha256_final(&hash, digest);
        hone_hash_hex(digest, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

/* Long runs of blocks go another way than short ones, where the processor has one. */
static void sha256_of_long_and_short_pieces(void **state)
{
    (void)state;
    static uint8_t data[70000];
    static const size_t sizes[] = {4095, 4096, 4159, 4160, 8192, 65535, 69990};
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * i >> 5 ^ i);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t first = 0; first < 4; first++) {
            struct hone_sha256 hash[2];
            uint8_t digest[2][HONE_HASH_BYTES];
            for (int j = 0; j < 2; j++) hone_sha256_init(&hash[j]);
            hone_sha256_update(&hash[0], data, first);
            hone_sha256_update(&hash[0], data + first, sizes[i]);
            for (size_t at = 0; at < first + sizes[i]; at++)
                hone_sha256_update(&hash[1], data + at, 1);
            for (int j = 0; j < 2; j++) hone_sha256_final(&hash[j], digest[j]);
            assert_memory_equal(digest[0], digest[1], HONE_HASH_BYTES);
        }
}

static void arithmetic_at_the_limit(void **state)
{
    (void)state;
    uint64_t r;
    assert_true(hone_add(UINT64_MAX - 1, 1, &r));
    assert_false(hone_add(UINT64_MAX, 1, &r));
    assert_false(hone_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &r));
    assert_true(hone_round_up(65, 64, &r) && r == 128);
    assert_false(hone_round_up(UINT64_MAX - 3, 64, &r));
    assert_true(hone_in_range(10, 0, 10));
    assert_false(hone_in_range(10, 1, 10));
    assert_false(hone_in_range(UINT64_MAX, 2, 10));
    assert_false(hone_in_range(2, UINT64_MAX, 10));
}

static void arena_hands_out_zeroed_separate_memory(void **state)
{
    (void)state;
    struct hone_arena arena = {0};
    unsigned char *before = NULL;
    for (size_t n = 1; n < 20000; n = n * 3 + 1) {
        unsigned char *p = hone_arena_alloc(&arena, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
        if (before) assert_int_equal(before[0], 0xff);
        before = p;
    }
    assert_null(hone_arena_array(&arena, SIZE_MAX / 2, 3));
    assert_string_equal(hone_arena_printf(&arena, "%s-%d", "k", 7), "k-7");
    hone_arena_release(&arena);
    assert_null(arena.blocks);
}

static void replace_is_all_or_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/hone-base-XXXXXX", path[64], missing[96];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    struct hone_error err = {0};
    assert_int_equal(hone_file_replace(path, "old", 3, &err), HONE_OK);
    assert_int_equal(hone_file_replace(path, "newer", 5, &err), HONE_OK);
    char *text;
    size_t n_bytes;
    assert_int_equal(hone_file_read(path, 100, &text, &n_bytes, &err), HONE_OK);
    assert_string_equal(text, "newer");
    free(text);
    assert_int_equal(hone_file_read(path, 4, &text, &n_bytes, &err), HONE_ERR_FORMAT);
    snprintf(missing, sizeof missing, "%s/none/file", folder);
    assert_int_equal(hone_file_replace(missing, "x", 1, &err), HONE_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, missing));
    struct hone_file_map map;
    assert_int_equal(hone_file_map(folder, &map, &err), HONE_ERR_IO);
    unlink(path);
    rmdir(folder);
}

static void messages_nest(void **state)
{
    (void)state;
    struct hone_error err = {0};
    hone_fail(&err, HONE_ERR_FORMAT, "offset %d", 12);
    assert_int_equal(hone_fail_in(&err, HONE_ERR_FORMAT, "%s", "a.gguf"), HONE_ERR_FORMAT);
    assert_string_equal(err.text, "a.gguf: offset 12");
    for (int s = 0; s < HONE_STATUS_COUNT; s++) assert_non_null(hone_status_name(s));
    assert_int_equal(hone_status_exit_code(HONE_ERR_REFUSED), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_known_answers),
        cmocka_unit_test(sha256_of_long_and_short_pieces),
        cmocka_unit_test(arithmetic_at_the_limit),
        cmocka_unit_test(arena_hands_out_zeroed_separate_memory),
        cmocka_unit_test(replace_is_all_or_nothing),
        cmocka_unit_test(messages_nest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
