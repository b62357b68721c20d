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
    strcpy(key.code.problem, "gemm n=2 k=3");
    strcpy(key.code.options, "x86_64 level=2");
    key.code.contract = 1;
    strcpy(key.regime, "m=1 seqs=1 kv=0 threads=4 cold=0");
    strcpy(key.stack.kernel, "6.1.0");
    strcpy(key.stack.microcode, "0x2b");
    strcpy(key.stack.driver, "550.1");
    strcpy(key.stack.unit, "GPU-1f");
    strcpy(key.info.template_hash, "ff00");
    key.info.date = 5;
    return key;
}

enum { N_CHANGED = 23 };

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
    CHANGED(other.code.problem[6] = 'k', HONE_KEY_MISS, "code.problem");
    CHANGED(strcpy(other.code.options, "x86_64 level=3"), HONE_KEY_MISS, "code.options");
    CHANGED(other.code.contract++, HONE_KEY_MISS, "code.contract");
    CHANGED(other.regime[2] = '2', HONE_KEY_REVERIFY, "regime");
    CHANGED(other.stack.kernel[0] = '5', HONE_KEY_REVERIFY, "stack.kernel");
    CHANGED(other.stack.microcode[3] = 'c', HONE_KEY_REVERIFY, "stack.microcode");
    CHANGED(other.stack.driver[0] = '\0', HONE_KEY_REVERIFY, "stack.driver");
    CHANGED(other.stack.unit[4] = '2', HONE_KEY_REVERIFY, "stack.unit");
    CHANGED(other.info.template_hash[0] = '0', HONE_KEY_MATCH, "none");
    CHANGED(other.info.date++, HONE_KEY_MATCH, "none");
    CHANGED(other.info.hone_version[0] = '9', HONE_KEY_MATCH, "none");
    CHANGED(other.info.host[0] = 'b', HONE_KEY_MATCH, "none");
    size_t n = 0;
    while (hone_key_field_at(n)) n++;
    assert_int_equal(n, N_CHANGED); /* no field without a line above */
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

static void stack_text_comes_back(void **state)
{
    (void)state;
    struct hone_stack_fields stack;
    struct hone_info_fields info;
    hone_stack_parse("kernel=6.1; microcode=0x2b; driver=; host=h; hone=0.1", &stack, &info);
    assert_string_equal(stack.kernel, "6.1");
    assert_string_equal(stack.microcode, "0x2b");
    assert_string_equal(stack.driver, "");
    assert_string_equal(info.host, "h");
    assert_string_equal(info.hone_version, "0.1");
    assert_string_equal(stack.unit, ""); /* as in stores from before devices had names */
    hone_stack_parse("kernel=6.1; driver=cuda 13.0; host=h; hone=0.1; unit=GPU-1f", &stack, &info);
    assert_string_equal(stack.unit, "GPU-1f");
    assert_string_equal(info.hone_version, "0.1");
    hone_stack_parse("", &stack, NULL); /* a store from before there were stacks */
    assert_string_equal(stack.kernel, "");
}

static void stacks_are_told_apart(void **state)
{
    (void)state;
    static const char before[] = "kernel=6.1; microcode=0x2b; driver=550; host=a; hone=0.1";
    char text[HONE_KEY_TEXT_BYTES];
    assert_false(hone_stack_difference(before, before, text));
    assert_string_equal(text, "");
    assert_false(hone_stack_difference(
        before, "kernel=6.1; microcode=0x2b; driver=550; host=b; hone=0.2", text));
    assert_true(hone_stack_difference(before, "kernel=6.8; microcode=0x2c; driver=550", text));
    assert_string_equal(text, "microcode 0x2b -> 0x2c; kernel 6.1 -> 6.8");
    assert_true(hone_stack_difference("", "kernel=6.8; microcode=; driver=560", text));
    assert_string_equal(text, "driver not known -> 560; kernel not known -> 6.8");
}

static void regime_text_holds_all(void **state)
{
    (void)state;
    struct hone_regime regime = {1, 2, 3, 4, 5};
    char text[HONE_KEY_TEXT_BYTES];
    hone_regime_text(&regime, text);
    assert_string_equal(text, "m=1 seqs=2 kv=3 threads=4 cold=5");
    struct hone_regime back;
    assert_int_equal(hone_regime_parse(text, &back, NULL), HONE_OK);
    assert_true(back.m == 1 && back.n_seqs == 2 && back.kv_before == 3 && back.n_threads == 4 &&
                back.cold_bytes == 5);
    assert_int_equal(hone_regime_parse("m=1 seqs=1 kv=0 threads=2 cold=7 mode=hot", &back, NULL),
                     HONE_OK);
    assert_int_equal(back.cold_bytes, 7);
    static const char *const bad[] = {"", "m=1 seqs=1 kv=0 threads=1",
                                      "m=x seqs=1 kv=0 threads=1 cold=0",
                                      "m=4294967296 seqs=1 kv=0 threads=1 cold=0",
                                      "m=1 seqs=1 kv=0 threads=1 cold=99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hone_regime_parse(bad[i], &back, NULL), HONE_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_its_grade), cmocka_unit_test(device_text_comes_back),
        cmocka_unit_test(other_texts_are_refused),   cmocka_unit_test(stack_text_comes_back),
        cmocka_unit_test(stacks_are_told_apart),     cmocka_unit_test(regime_text_holds_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
