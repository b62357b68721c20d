/* SPDX-License-Identifier: MIT */
/* Texts that people write: durations, amounts of memory and commands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/duration.h"
#include "tuner/memory_size.h"
#include "tuner/split.h"

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double seconds;
    } good[] = {{"90", 90}, {"90s", 90}, {"2m", 120}, {"1.5h", 5400}, {"0", 0}};
    static const char *const bad[] = {"", "m", "-1s", "2 m", "2d", "inf", "nan", "1e999"};
    double seconds;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(duration_parse(good[i].text, &seconds, NULL), HONE_OK);
        assert_true(seconds == good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(duration_parse(bad[i], &seconds, NULL), HONE_ERR_ARGUMENT);
}

static void amounts_of_memory(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t n_bytes;
        double ratio;
    } good[] = {
        {"4096", 4096, 0},
        {"64B", 64, 0},
        {"2GiB", UINT64_C(1) << 31, 0},
        {"1.5GiB", UINT64_C(3) << 29, 0},
        {"700MB", 700000000, 0},
        {"3KiB", 3072, 0},
        {"1x", 0, 1},
        {"1.25x", 0, 1.25},
    };
    static const char *const bad[] = {"",     "x",    "GiB",  "0",   "-1GB", "1 GB", "2gb", "1.5xx",
                                      "0.9x", "nanx", "infx", "0x1", "1e30", "8EiB", "0.5", "inf"};
    uint64_t n_bytes;
    double ratio;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(memory_size_parse(good[i].text, &n_bytes, &ratio, NULL), HONE_OK);
        assert_int_equal(n_bytes, good[i].n_bytes);
        assert_true(ratio == good[i].ratio);
    }
    struct hone_error err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err.text[0] = 0;
        assert_int_equal(memory_size_parse(bad[i], &n_bytes, &ratio, &err), HONE_ERR_ARGUMENT);
        assert_non_null(strstr(err.text, "2GiB"));
    }
}

static void commands_are_split(void **state)
{
    (void)state;
    const char *words[SPLIT_MAX_WORDS + 1];
    char *memory;
    assert_int_equal(split_words("  ssh  -p 22 'a b'\"c d\" x\"\" ", &memory, words, NULL),
                     HONE_OK);
    static const char *const expected[] = {"ssh", "-p", "22", "a bc d", "x"};
    for (int i = 0; i < 5; i++) assert_string_equal(words[i], expected[i]);
    assert_null(words[5]);
    free(memory);
    static const char *const bad[] = {"", "   ", "a 'b", "\""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(split_words(bad[i], &memory, words, NULL), HONE_ERR_ARGUMENT);
        free(memory);
    }
    char many[4 * SPLIT_MAX_WORDS] = "";
    for (int i = 0; i <= SPLIT_MAX_WORDS; i++) strcat(many, "a ");
    assert_int_equal(split_words(many, &memory, words, NULL), HONE_ERR_ARGUMENT);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(amounts_of_memory),
        cmocka_unit_test(commands_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
