/* SPDX-License-Identifier: MIT */
/* Finals: the best of each format tuple against the default, interleaved in one run. */
#ifndef HONE_TUNE_FINAL_H
#define HONE_TUNE_FINAL_H

#include "tuner/session/trial.h"

/* There are trials that the last final did not see. */
bool final_due(const struct problem_state *problem);
/* About what a final will cost. */
double final_seconds(const struct session *session, const struct problem_state *problem);

struct final_result {
    const char *space;
    char config[HONE_CONFIG_TEXT_BYTES];
    double ns, ratio; /* of the fastest winner, to the default */
    uint32_t n_winners;
};
/* Verifies and times the finalists and commits the winners. */
enum hone_status final_run(struct session *session, struct problem_state *problem,
                           struct final_result *out_result, struct hone_error *err);

#endif
