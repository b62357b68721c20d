/* SPDX-License-Identifier: MIT */
/* Opening a model for a command, feeding it tokens, and the clock. */
#include "runtime/cli/command.h"

#include <stdio.h>
#include <time.h>

void unload(struct loaded *loaded)
{
    hone_session_close(loaded->session);
    hone_close(loaded->model);
    *loaded = (struct loaded){0};
}

enum hone_status load(const char *path, uint32_t n_threads, uint32_t n_seqs,
                      struct loaded *out_loaded, struct hone_error *err)
{
    *out_loaded = (struct loaded){0};
    const struct hone_session_options options = {
        .struct_size = sizeof options, .n_threads = n_threads, .n_seqs = n_seqs, .huge_pages = 1};
    HONE_TRY(hone_open(path, NULL, &out_loaded->model, err));
    hone_model_info(out_loaded->model, &out_loaded->info);
    enum hone_status status =
        hone_session_create(out_loaded->model, &options, &out_loaded->session, err);
    if (status == HONE_OK) return HONE_OK;
    unload(out_loaded);
    return hone_fail_in(err, status, "%s", path);
}

enum hone_status feed(struct loaded *loaded, const int32_t *tokens, uint32_t n_tokens,
                      uint32_t chunk, struct hone_error *err)
{
    for (uint32_t at = 0; at < n_tokens;) {
        uint32_t n = n_tokens - at < chunk ? n_tokens - at : chunk;
        struct hone_batch_entry entry = {
            .n_tokens = n,
            .tokens = tokens + at,
            .logits = at + n == n_tokens ? HONE_LOGITS_LAST : HONE_LOGITS_NONE,
        };
        HONE_TRY(hone_forward(loaded->session, &entry, 1, err));
        at += n;
    }
    return HONE_OK;
}

void info_text(const struct hone_model *model, const char *key, char *out_text, size_t capacity)
{
    if (hone_model_text(model, key, out_text, capacity) != HONE_OK)
        snprintf(out_text, capacity, "?");
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
