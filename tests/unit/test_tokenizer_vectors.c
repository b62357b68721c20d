/* SPDX-License-Identifier: MIT */
/* Public vocabularies: every text of their files gives exactly the ids that llama.cpp gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/model/tokenizer_section.h"
#include "runtime/base/file.h"
#include "runtime/text/tokenizer.h"

enum { N_TEXTS = 46, MAX_IDS = 4096 };
static const char separator[] = "\n__ggml_vocab_test__\n";
static char folder[3000];

static struct hone_tokenizer *open_vocab(const char *path, void **section)
{
    struct hone_gguf *gguf;
    struct hone_tokenizer *tokenizer;
    struct hone_error err = {HONE_OK, ""};
    size_t n;
    if (hone_gguf_open(path, &gguf, &err) != HONE_OK ||
        hone_tokenizer_section_build(gguf, section, &n, &err) != HONE_OK ||
        hone_tokenizer_open(*section, n, &tokenizer, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_gguf_close(gguf);
    return tokenizer;
}

/* Piece by piece through a stream, as a generation comes. */
static void check_stream(const struct hone_tokenizer *tokenizer, const int32_t *ids, size_t n,
                         const char *text, size_t n_bytes)
{
    struct hone_tokenizer_info info;
    hone_tokenizer_info(tokenizer, &info);
    struct hone_text_stream stream = {.tokenizer = tokenizer,
                                      .drop_first_space = strcmp(info.model, "spm") == 0};
    size_t capacity = hone_text_stream_capacity(tokenizer), used, at = 0;
    char *out = malloc(capacity);
    struct hone_error err;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hone_text_stream_push(&stream, ids[i], out, capacity, &used, &err),
                         HONE_OK);
        assert_true(at + used <= n_bytes);
        assert_memory_equal(out, text + at, used);
        assert_true(used == 0 || at + used == n_bytes || (text[at + used] & 0xc0) != 0x80);
        at += used;
    }
    assert_int_equal(hone_text_stream_flush(&stream, out), 0);
    assert_int_equal(at, n_bytes);
    free(out);
}

static void check_text(const struct hone_tokenizer *tokenizer, const char *text, size_t n_bytes,
                       char **expected, int number)
{
    int32_t ids[MAX_IDS];
    size_t n;
    struct hone_error err;
    assert_int_equal(hone_tokenize(tokenizer, text, n_bytes, NULL, ids, MAX_IDS, &n, &err),
                     HONE_OK);
    char *line_end = strchr(*expected, '\n');
    assert_non_null(line_end);
    for (size_t i = 0; i < n; i++) {
        char *end;
        long id = strtol(*expected, &end, 10);
        if (end > line_end || id != ids[i])
            fail_msg("text %d, token %zu: %d, %ld expected", number, i, ids[i], id);
        *expected = end;
    }
    while (**expected == ' ') ++*expected;
    if (*expected != line_end) fail_msg("text %d: %zu tokens, more expected", number, n);
    *expected = line_end + 1;
    check_stream(tokenizer, ids, n, text, n_bytes);
}

static void vectors(void **state)
{
    const char *name = *state;
    char path[4096], *input, *output;
    size_t n_bytes;
    void *section;
    struct hone_error err;
    int count = 0;
    snprintf(path, sizeof path, "%s/%s.gguf", folder, name);
    struct hone_tokenizer *tokenizer = open_vocab(path, &section);
    snprintf(path, sizeof path, "%s/%s.gguf.out", folder, name);
    assert_int_equal(hone_file_read(path, 1 << 20, &output, &n_bytes, &err), HONE_OK);
    snprintf(path, sizeof path, "%s/%s.gguf.inp", folder, name);
    assert_int_equal(hone_file_read(path, 1 << 20, &input, &n_bytes, &err), HONE_OK);
    char *expected = output;
    for (char *text = input, *end; (end = strstr(text, separator)); text = end + strlen(separator))
        check_text(tokenizer, text, (size_t)(end - text), &expected, count++);
    assert_int_equal(count, N_TEXTS);
    free(input);
    free(output);
    hone_tokenizer_close(tokenizer);
    free(section);
}

int main(void)
{
    const char *shared = getenv("HONE_SHARED"), *source = getenv("HONE_SOURCE");
    if (shared)
        snprintf(folder, sizeof folder, "%s/data/vocab", shared);
    else
        snprintf(folder, sizeof folder, "%s/../shared/data/vocab", source ? source : ".");
    if (access(folder, R_OK) != 0) {
        printf("SKIPPED: no public vocabularies in %s (set HONE_SHARED)\n", folder);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(vectors, "llama-spm"),
        cmocka_unit_test_prestate(vectors, "gpt-2"),
        cmocka_unit_test_prestate(vectors, "starcoder"),
        cmocka_unit_test_prestate(vectors, "deepseek-llm"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
