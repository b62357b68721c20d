/* SPDX-License-Identifier: MIT */
/* Runs a packaged model from a program of one's own and streams the text. In the source tree:
 *   cc -O2 -I. -Iruntime -Iruntime/text examples/embed.c -o embed -Lbuild/runtime -lhone_text \
 *      -lhone_runtime -lhone_device -lhone_base -lpcre2-8 -lm -lpthread
 * Installed, with the shared library:
 *   cc -O2 -I/usr/local/include/hone embed.c -o embed -lhone_text -lhone -lhone_base -lpcre2-8
 * Then: ./embed model.hone "ROMEO:" */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hone.h"
#include "tokenizer.h"

enum { MAX_PROMPT = 256, MAX_NEW = 100 };

static void check(enum hone_status status, const struct hone_error *err)
{
    if (status == HONE_OK) return;
    fprintf(stderr, "%s\n", err->text);
    exit(hone_status_exit_code(status));
}

int main(int argc, char **argv)
{
    if (argc != 3) return fprintf(stderr, "usage: embed PACKAGE PROMPT\n"), 2;
    struct hone_error err;
    struct hone_model *model;
    struct hone_session *session;
    struct hone_tokenizer *tokenizer;
    struct hone_model_info info;
    size_t n_bytes, n_prompt;
    int32_t tokens[MAX_PROMPT];
    check(hone_open(argv[1], NULL, &model, &err), &err);
    hone_model_info(model, &info);
    check(hone_session_create(model, NULL, &session, &err), &err);
    const void *section = hone_model_tokenizer(model, &n_bytes);
    check(hone_tokenizer_open(section, n_bytes, &tokenizer, &err), &err);
    struct hone_tokenize_options how = {.add_special = true};
    check(hone_tokenize(tokenizer, argv[2], strlen(argv[2]), &how, tokens, MAX_PROMPT, &n_prompt,
                        &err),
          &err);

    struct hone_sampler sampler = {.temperature = 0.8f, .top_k = 40, .top_p = 0.95f, .state = 1};
    struct hone_text_stream stream = {.tokenizer = tokenizer};
    size_t capacity = hone_text_stream_capacity(tokenizer);
    char *text = malloc(capacity);
    void *work = malloc(hone_sample_work_bytes(info.n_vocab));
    struct hone_batch_entry next = {0, (uint32_t)n_prompt, tokens, HONE_LOGITS_LAST};
    if (!text || !work) return 1;
    for (int i = 0; i < MAX_NEW; i++) {
        check(hone_forward(session, &next, 1, &err), &err);
        tokens[0] = hone_sample(&sampler, hone_logits(session, 0), info.n_vocab, work);
        if (hone_tokenizer_is_stop(tokenizer, tokens[0])) break;
        check(hone_text_stream_push(&stream, tokens[0], text, capacity, &n_bytes, &err), &err);
        fwrite(text, 1, n_bytes, stdout);
        fflush(stdout);
        next.n_tokens = 1;
    }
    fwrite(text, 1, hone_text_stream_flush(&stream, text), stdout);
    puts("");
    free(text);
    free(work);
    hone_tokenizer_close(tokenizer);
    hone_session_close(session);
    hone_close(model);
    return 0;
}
