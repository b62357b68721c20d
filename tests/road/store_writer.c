/* SPDX-License-Identifier: MIT */
/* Writes a store that says what a test wants: store_writer FILE TARGET THREADS [PROCESSOR],
 * and on stdin lines of "problem|space|config|nanoseconds[|code key]", equal problems one after the
 * other. The code key is that of the config today, where none is given; "-" is none. HONE_SOURCE
 * names the templates, HONE_BIN the folder of hone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/keys.h"
#include "cache/store.h"
#include "codegen/kernel.h"
#include "tuner/problem_text.h"

enum { LINE_BYTES = 2048, MOST_WINNERS = 8, FIELDS = 4 };

struct writer {
    struct hone_store *store;
    struct hone_kernels *kernels;
    const char *target;
    char device[HONE_KEY_TEXT_BYTES];
    char lines[MOST_WINNERS][LINE_BYTES]; /* of one problem */
    char code_keys[MOST_WINNERS][HONE_HASH_HEX_BYTES];
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

static void open_kernels(struct writer *w)
{
    static char hone[1024];
    static const char *compile[] = {hone, "compile-worker", NULL};
    struct hone_target target;
    check(w, hone_target_parse(w->target, &target, &w->err));
    snprintf(hone, sizeof hone, "%s/hone", getenv("HONE_BIN"));
    struct hone_kernels_options options = {.struct_size = sizeof options,
                                           .data_dir = getenv("HONE_SOURCE"),
                                           .target = &target,
                                           .compile_command = compile};
    check(w, hone_kernels_open(&options, &w->kernels, &w->err));
}

/* Stays "" where the config has no code. */
static void code_key_today(struct writer *w, char *const fields[FIELDS],
                           char out_key[HONE_HASH_HEX_BYTES])
{
    struct hone_problem problem;
    struct hone_config config;
    struct hone_variant variant;
    const struct hone_space *space =
        hone_space_list_find(hone_kernels_spaces(w->kernels), fields[1]);
    out_key[0] = '\0';
    if (!space || problem_parse(fields[0], &problem, NULL) != HONE_OK ||
        hone_config_parse(space, fields[2], &config, NULL) != HONE_OK ||
        hone_kernels_variant(w->kernels, space, &problem, &config, &variant, NULL) != HONE_OK)
        return;
    memcpy(out_key, variant.code_key, HONE_HASH_HEX_BYTES);
    hone_variant_release(&variant);
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
    const char *given = strtok(NULL, "|\n");
    char *code_key = w->code_keys[w->n];
    if (given)
        snprintf(code_key, HONE_HASH_HEX_BYTES, "%s", strcmp(given, "-") == 0 ? "" : given);
    else
        code_key_today(w, fields, code_key);
    static char op[64];
    snprintf(op, sizeof op, "%.*s", (int)strcspn(fields[0], " "), fields[0]);
    struct hone_store_winner *winner = &w->winners[w->n++];
    *winner = (struct hone_store_winner){.variant = {.problem = fields[0],
                                                     .op = op,
                                                     .space = fields[1],
                                                     .config = fields[2],
                                                     .formats = "",
                                                     .code_key = code_key,
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
    open_kernels(&w);
    check(&w, hone_store_open(argv[1], &options, &w.store, &w.err));
    while (fgets(line, sizeof line, stdin)) take(&w, line);
    put(&w);
    hone_store_close(w.store);
    hone_kernels_close(w.kernels);
    return 0;
}
