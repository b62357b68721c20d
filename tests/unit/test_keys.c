/* SPDX-License-Identifier: MIT */
/* Keys: every field has its grade, and the device text comes back whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/keys.h"

static struct hone_entry_key example(void)
{
    struct hone_entry_key key;
    memset(&key, 0, sizeof key);
    strcpy(key.code.source_hash, "00ff");
    strcpy(key.code.compiler, "llvm 22.1.8");
    strcpy(key.code.target, "cpu:x86_64:avx2+fma+f16c");
    key.code.engine = 1;
    key.code.abi = 1;
    strcpy(key.timing.model, "Some Processor @ 2 GHz");
    strcpy(key.timing.governor, "performance");
    key.timing.n_cpus = 8;
    key.timing.n_threads = 4;
    key.timing.l2_bytes = 2 << 20;
    key.timing.l3_bytes = 32 << 20;
    strcpy(key.info.hone_version, "0.1");
    strcpy(key.info.host, "a");
    return key;
}

#define CHANGED(statement, grade, name)                                                            \
    do {                                                                                           \
        struct hone_entry_key other = example();                                                   \
        const char *field = NULL;                                                                  \
        statement;                                                                                 \
        assert_int_equal(hone_key_compare(&key, &other, &field), grade);                           \
        assert_string_equal(field ? field : "none", name);                                         \
        assert_int_equal(hone_key_compare(&other, &key, NULL), grade);                             \
    } while (0)

static void every_field_has_its_grade(void **state)
{
    (void)state;
    struct hone_entry_key key = example();
    CHANGED((void)0, HONE_KEY_MATCH, "none");
    CHANGED(other.code.source_hash[0] = '1', HONE_KEY_MISS, "code.source_hash");
    CHANGED(strcpy(other.code.compiler, "llvm 22.1.9"), HONE_KEY_MISS, "code.compiler");
    CHANGED(strcpy(other.code.target, "cpu:x86_64"), HONE_KEY_MISS, "code.target");
    CHANGED(other.code.engine++, HONE_KEY_MISS, "code.engine");
    CHANGED(other.code.abi++, HONE_KEY_MISS, "code.abi");
    CHANGED(other.timing.model[0] = 'X', HONE_KEY_REVERIFY, "timing.model");
    CHANGED(other.timing.governor[0] = '\0', HONE_KEY_REVERIFY, "timing.governor");
    CHANGED(other.timing.n_cpus++, HONE_KEY_REVERIFY, "timing.n_cpus");
    CHANGED(other.timing.n_threads--, HONE_KEY_REVERIFY, "timing.n_threads");
    CHANGED(other.timing.l2_bytes++, HONE_KEY_REVERIFY, "timing.l2_bytes");
    CHANGED(other.timing.l3_bytes++, HONE_KEY_REVERIFY, "timing.l3_bytes");
    CHANGED(other.info.hone_version[0] = '9', HONE_KEY_MATCH, "none");
    CHANGED(other.info.host[0] = 'b', HONE_KEY_MATCH, "none");
    /* both grades differ: the graver one counts */
    CHANGED((other.timing.n_threads--, other.code.abi++), HONE_KEY_MISS, "code.abi");
    /* bytes after the terminator mean nothing */
    CHANGED(other.code.compiler[100] = 'x', HONE_KEY_MATCH, "none");
}

static void device_text_comes_back(void **state)
{
    (void)state;
    struct hone_entry_key key = example(), back = example();
    char text[HONE_KEY_TEXT_BYTES], again[HONE_KEY_TEXT_BYTES];
    memset(&back.timing, 0, sizeof back.timing);
    hone_timing_key_text(&key.timing, text);
    assert_int_equal(hone_timing_key_parse(text, &back.timing, NULL), HONE_OK);
    assert_int_equal(hone_key_compare(&key, &back, NULL), HONE_KEY_MATCH);
    hone_timing_key_text(&back.timing, again);
    assert_string_equal(text, again);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "model=x",
                                      "model=x; cpus=; threads=1; l2=1; l3=1; governor=",
                                      "model=x; cpus=1; threads=1; l2=1; l3=-1; governor=",
                                      "model=x; cpus=1; threads=1; l2=1; l3=1"};
    struct hone_timing_key_fields key;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hone_timing_key_parse(bad[i], &key, NULL), HONE_ERR_FORMAT);
}

static void regime_text_holds_all(void **state)
{
    (void)state;
    struct hone_regime regime = {1, 2, 3, 4, 5};
    char text[HONE_KEY_TEXT_BYTES];
    hone_regime_text(&regime, text);
    assert_string_equal(text, "m=1 seqs=2 kv=3 threads=4 cold=5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_its_grade),
        cmocka_unit_test(device_text_comes_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(regime_text_holds_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
