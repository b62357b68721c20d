/* SPDX-License-Identifier: MIT */
/* A variant that was refused, tried alone: made, proven and timed as in its trial, but not
 * remembered. */
#ifndef HONE_TUNE_REPRO_H
#define HONE_TUNE_REPRO_H

#include "tuner/session/session.h"

struct hone_repro {
    bool valid;
    const char *reason; /* "ok", or its reason code today */
    char detail[HONE_ERROR_TEXT_BYTES], proof[320];
    char code_key[HONE_HASH_HEX_BYTES]; /* today's: another one is another text or compiler */
    double ns;                          /* median; 0 when it is not valid */
};

/* Uses the kernels and the runner of `options`, and its store to see what else is known of the
 * problem. ARGUMENT, NOT_FOUND when the space or the config is gone. */
enum hone_status hone_tune_repro(const struct hone_tune_options *options,
                                 const struct hone_problem *problem, const char *space,
                                 const char *config, struct hone_repro *out_repro,
                                 struct hone_error *err);

#endif
