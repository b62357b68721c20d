/* SPDX-License-Identifier: MIT */
/* Results of a bench, as a table for people or rows for programs. */
#ifndef HONE_CLI_BENCH_TABLE_H
#define HONE_CLI_BENCH_TABLE_H

#include <stdint.h>
#include <stdio.h>

enum { BENCH_MAX_REPEATS = 1000 };

struct bench_model {
    const char *filename;
    char type[256]; /* "llama tiny Q8_0" */
    uint64_t n_bytes, n_params;
    uint32_t n_threads;
    const char *weights; /* where they lie: "mapped" */
    char backend[16];    /* "CPU", "CUDA" */
    uint64_t start_ns;   /* until the first token, opening included */
};

/* One test: n_prompt tokens at once, or n_gen one by one, after n_depth others. */
struct bench_row {
    uint32_t n_prompt, n_gen, n_depth, n_seqs;
    uint32_t n_repeats;
    uint64_t ns[BENCH_MAX_REPEATS];
};

void bench_print_table_head(FILE *out);
void bench_print_table_row(FILE *out, const struct bench_model *model, const struct bench_row *row);

/* How long the start took, in place of a rate. */
void bench_print_table_start(FILE *out, const struct bench_model *model);

/* One object of the array; the caller prints brackets and commas. */
void bench_print_json_row(FILE *out, const struct bench_model *model, const struct bench_row *row);

/* Quoted, with what JSON asks to be escaped. */
void bench_print_json_text(FILE *out, const char *text);

#endif
