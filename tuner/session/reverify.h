/* SPDX-License-Identifier: MIT */
/* A stored winner under the present stack: is it the same code, is it still right, what does it
 * take today. */
#ifndef HONE_TUNE_REVERIFY_H
#define HONE_TUNE_REVERIFY_H

#include "cache/keys.h"
#include "tuner/session/session.h"

struct hone_reverify {
    enum hone_key_match match;
    const char *field; /* first field of the key that differs; NULL on a match */
    bool valid;
    const char *reason; /* "ok", or the reason code of the refusal */
    char detail[HONE_ERROR_TEXT_BYTES], proof[320];
    double ns; /* median now; 0 when it is not valid */
};

/* Uses the kernels, runner and store of `options`. A space or config that is gone is a miss. */
enum hone_status hone_tune_reverify(const struct hone_tune_options *options,
                                    const struct hone_problem *problem,
                                    const struct hone_store_winner *winner,
                                    struct hone_reverify *out_result, struct hone_error *err);

#endif
