/* SPDX-License-Identifier: MIT */
/* Writes a store that says what a test wants: store_writer FILE TARGET THREADS [PROCESSOR],
 * and on stdin lines of "problem|space|config|nanoseconds[|code key]", equal problems one after the
 * other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/keys.h"
#include "cache/store.h"

enum { LINE_BYTES = 2048, MOST_WINNERS = 8, FIELDS = 4 };

struct writer {
    struct hone_store *store;
    const char *target;
    char device[HONE_KEY_TEXT_BYTES];
    char lines[MOST_WINNERS][LINE_BYTES]; /* of one problem */
    struct hone_store_winner winners[MOST_WINNERS];
    size_t n;
    struct hone_error err;
};

static void check(const struct writer *w, enum hone_status status)
{
    if (status == HONE_OK) return;
    fprintf(stderr, "store_writer: %s\n", w->err.text);
    exit(1);
}

/* All winners of the problem at hand. */
static void put(struct writer *w)
{
    for (size_t i = 0; i < w->n; i++) {
        struct hone_store_trial trial = {.variant = w->winners[i].variant,
                                         .regime = "test",
                                         .device = w->device,
                                         .valid = true,
                                         .reason = "ok",
                                         .samples = &w->winners[i].median_ns,
                                         .n_samples = 1,
                                         .median_ns = w->winners[i].median_ns};
        check(w, hone_store_trial_put(w->store, &trial, NULL, &w->err));
    }
    if (w->n)
        check(w, hone_store_winners_put(w->store, w->winners[0].variant.problem, "test", w->device,
                                        w->target, w->winners, w->n, &w->err));
    w->n = 0;
}

static void take(struct writer *w, const char *line)
{
    char *fields[FIELDS], *rest = w->lines[w->n];
    char copy[LINE_BYTES];
    snprintf(copy, sizeof copy, "%s", line);
    size_t n_problem = strcspn(line, "|");
    if (w->n == MOST_WINNERS ||
        (w->n && (strncmp(w->winners[0].variant.problem, line, n_problem) != 0 ||
                  strlen(w->winners[0].variant.problem) != n_problem)))
        put(w), rest = w->lines[0];
    memcpy(rest, copy, sizeof copy);
    for (int f = 0; f < FIELDS; f++) fields[f] = strtok(f ? NULL : rest, "|\n");
    if (!fields[FIELDS - 1]) {
        fprintf(stderr, "store_writer: '%s' has no four fields\n", copy);
        exit(1);
    }
    const char *code_key = strtok(NULL, "|\n");
    static char op[64];
    snprintf(op, sizeof op, "%.*s", (int)strcspn(fields[0], " "), fields[0]);
    struct hone_store_winner *winner = &w->winners[w->n++];
    *winner = (struct hone_store_winner){.variant = {.problem = fields[0],
                                                     .op = op,
                                                     .space = fields[1],
                                                     .config = fields[2],
                                                     .formats = "",
                                                     .code_key = code_key ? code_key : "",
                                                     .target = w->target},
                                         .proof = "",
                                         .median_ns = strtod(fields[3], NULL)};
}

int main(int argc, char **argv)
{
    static struct writer w;
    char line[LINE_BYTES];
    struct hone_store_options options = {.struct_size = sizeof options};
    struct hone_timing_key_fields key;
    if (argc != 4 && argc != 5) return 2;
    hone_timing_key_here((uint32_t)atoi(argv[3]), &key);
    if (argc == 5) snprintf(key.model, sizeof key.model, "%s", argv[4]);
    hone_timing_key_text(&key, w.device);
    w.target = argv[2];
    check(&w, hone_store_open(argv[1], &options, &w.store, &w.err));
    while (fgets(line, sizeof line, stdin)) take(&w, line);
    put(&w);
    hone_store_close(w.store);
    return 0;
}
