/* SPDX-License-Identifier: MIT */
/* Results of a comparison, as a table for people or one object for programs. */
#ifndef HONE_CLI_COMPARE_TABLE_H
#define HONE_CLI_COMPARE_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "runtime/cli/median.h"

enum { COMPARE_MAX_PAIRS = 1000, COMPARE_SIDES = 2 };
enum compare_part { COMPARE_PROMPT, COMPARE_GEN, COMPARE_PARTS };

/* One run of each package, in one or the other order. */
struct compare_pair {
    double ns[COMPARE_SIDES][COMPARE_PARTS];
};

struct comparison {
    const char *paths[COMPARE_SIDES];
    const char *weights[COMPARE_SIDES]; /* where they lie: "mapped" */
    uint32_t n_tokens[COMPARE_PARTS];   /* 0: this part is not run */
    uint32_t n_depth, n_threads;
    uint32_t context; /* that the tokens were cut to; 0: not cut */
    int is_chat;      /* asked for 512 + 128 tokens */
    struct compare_pair pairs[COMPARE_MAX_PAIRS];
    uint32_t n_pairs;
};

void compare_print_table(FILE *out, const struct comparison *comparison);
void compare_print_json(FILE *out, const struct comparison *comparison);

#endif
