/* SPDX-License-Identifier: MIT */
/* Memory running out anywhere between a model file and its tokens: an error, nothing leaked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codegen/model/hparams.h"
#include "codegen/model/tokenizer_section.h"
#include "tests/unit/count_calls.h"
#include "tests/unit/vocab_kit.h"

static const struct vocab_token tokens[] = {
    {"<s>", 3, 0},
    {"he", 1, -1},
    {"hel", 1, -2},
    {"<tool>", 4, -1.5},
};
static const char *const merges[] = {"h e", "he l"};
static const char text[] = "hello <tool> \xff <s> it's 12345";

static enum hone_status tokenize(const void *section, size_t n_bytes, size_t *out_n,
                                 struct hone_error *err)
{
    struct hone_tokenizer *tokenizer;
    const struct hone_tokenize_options options = {true, true};
    HONE_TRY(hone_tokenizer_open(section, n_bytes, &tokenizer, err));
    enum hone_status status =
        hone_tokenize(tokenizer, text, sizeof text - 1, &options, NULL, 0, out_n, err);
    hone_tokenizer_close(tokenizer);
    return status;
}

static enum hone_status whole_road(const struct gguf_kit *kit, size_t *out_n,
                                   struct hone_error *err)
{
    struct hone_gguf *gguf;
    void *section;
    size_t n_bytes;
    HONE_TRY(hone_gguf_open_memory("m", kit->data, kit->n_bytes, &gguf, err));
    enum hone_status status = hone_tokenizer_section_build(gguf, &section, &n_bytes, err);
    hone_gguf_close(gguf);
    if (status != HONE_OK) return status;
    status = tokenize(section, n_bytes, out_n, err);
    free(section);
    return status;
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        struct vocab_plan plan = {kind ? "llama" : "gpt2",
                                  kind ? NULL : "llama-bpe",
                                  tokens,
                                  4,
                                  kind ? NULL : merges,
                                  2,
                                  NULL};
        struct gguf_kit kit = {0};
        struct hone_error err = {HONE_OK, ""};
        size_t n_right, n = 0;
        long failed = 0;
        vocab_kit_write(&kit, &plan);
        assert_int_equal(whole_road(&kit, &n_right, &err), HONE_OK);
        for (bool all_passed = false; !all_passed; failed++) {
            count_calls_fail_after(failed);
            enum hone_status status = whole_road(&kit, &n, &err);
            all_passed = count_calls_fail_after(-1);
            assert_int_equal(status, all_passed ? HONE_OK : HONE_ERR_NO_MEMORY);
        }
        assert_int_equal(n, n_right);
        assert_true(failed > 10);
        print_message("%ld allocations failed in turn\n", failed - 1);
        free(kit.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
