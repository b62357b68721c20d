/* SPDX-License-Identifier: MIT */
/* What a store's verification found, for people and programs. */
#ifndef HONE_TUNER_VERIFY_REPORT_H
#define HONE_TUNER_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "tuner/session/recheck.h"

enum verify_verdict {
    VERIFY_SAME,
    VERIFY_FASTER,
    VERIFY_REGRESSED,
    VERIFY_REFUSED, /* it no longer proves */
    VERIFY_GONE,    /* its space or config is no more */
    VERIFY_VERDICTS
};

struct verify_entry {
    struct hone_recheck found;
    bool is_winner;
    bool elsewhere; /* timed on another processor than this one: only proven here */
    enum verify_verdict verdict;
    double ratio, ratio_low, ratio_high; /* now / then; 0 where it is not known */
    double was_ns;
};

struct verify_problem {
    const char *problem;
    struct verify_entry *entries; /* winners first, by their time then */
    uint32_t n_entries;
    const struct verify_entry *overtaken_by; /* today clearly faster than its tuple's winner */
    bool needs_fix, fixed;
    struct hone_recheck_stack stack;
    struct hone_problem parsed;
    double runs;
};

struct verify_result {
    struct verify_problem *problems;
    size_t n_problems, n_other_targets;
    size_t n_verdicts[VERIFY_VERDICTS]; /* of winners */
    size_t n_winners, n_to_fix, n_fixed;
    size_t n_elsewhere; /* winners of another processor */
    double middle;      /* median ratio over all that is right: what moved everything */
};

/* Verdict and ratio of one entry; the stored interval against today's. */
void verify_judge(struct verify_entry *entry, double tolerance);
/* Winners against runner-ups of their tuple, and whether the problem is to be tuned again. */
void verify_judge_problem(struct verify_problem *problem);
/* Sums over all problems. */
void verify_sum_up(struct verify_result *result);

const char *verify_verdict_name(enum verify_verdict verdict);
enum hone_status verify_report_text(const struct verify_result *result, FILE *to,
                                    struct hone_error *err);
enum hone_status verify_report_json(const struct verify_result *result, FILE *to,
                                    struct hone_error *err);

#endif
