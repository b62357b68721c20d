/* SPDX-License-Identifier: MIT */
/* Opening a model for a command, feeding it tokens, and the clock. */
#include "runtime/cli/command.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void unload(struct loaded *loaded)
{
    hone_session_close(loaded->session);
    hone_close(loaded->model);
    *loaded = (struct loaded){0};
}

enum hone_status load(const char *path, const struct load_options *options,
                      struct loaded *out_loaded, struct hone_error *err)
{
    *out_loaded = (struct loaded){0};
    const struct hone_open_options open = {.struct_size = sizeof open,
                                           .weights = options->weights,
                                           .weight_threads = options->n_threads};
    const struct hone_session_options session = {.struct_size = sizeof session,
                                                 .n_threads = options->n_threads,
                                                 .n_seqs = options->n_seqs,
                                                 .huge_pages = 1};
    HONE_TRY(hone_open(path, &open, &out_loaded->model, err));
    hone_model_info(out_loaded->model, &out_loaded->info);
    enum hone_status status =
        hone_session_create(out_loaded->model, &session, &out_loaded->session, err);
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

void backend_name(const struct hone_model *model, char *out_text, size_t capacity)
{
    const char *target = hone_model_target(model);
    size_t n = 0;
    for (; target[n] && target[n] != ':' && n + 1 < capacity; n++)
        out_text[n] = (char)toupper((unsigned char)target[n]);
    out_text[n] = '\0';
}

enum hone_status logits_of(const struct loaded *loaded, uint32_t row, const float **out_logits,
                           struct hone_error *err)
{
    *out_logits = hone_logits(loaded->session, row);
    if (*out_logits) return HONE_OK;
    return hone_fail(err, HONE_ERR_DEVICE, "the device does not give its logits");
}

const char *const weights_names[] = {
    [HONE_WEIGHTS_MAPPED] = "mapped",
    [HONE_WEIGHTS_HUGE] = "huge",
};

static bool find_place(const char *name, size_t length, uint32_t *out_place)
{
    for (uint32_t i = 0; i < sizeof weights_names / sizeof *weights_names; i++) {
        *out_place = i;
        if (strlen(weights_names[i]) == length && memcmp(weights_names[i], name, length) == 0)
            return true;
    }
    return false;
}

enum hone_status parse_weights(const char *text, uint32_t capacity, uint32_t *out_places,
                               uint32_t *out_n_places, struct hone_error *err)
{
    *out_n_places = 1;
    out_places[0] = HONE_WEIGHTS_MAPPED;
    if (!text) return HONE_OK;
    const char *at = text;
    for (uint32_t n = 0; n < capacity; n++) {
        size_t length = strcspn(at, ",");
        if (!find_place(at, length, &out_places[n])) break;
        *out_n_places = n + 1;
        if (!at[length]) return HONE_OK;
        at += length + 1;
    }
    return hone_fail(err, HONE_ERR_ARGUMENT, "--weights: '%s' is not mapped, huge%s", text,
                     capacity > 1 ? " or both with a comma between" : "");
}

uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
