/* SPDX-License-Identifier: MIT */
/* The last final: the tuned package against the default one, as deployed. */
#ifndef HONE_TUNER_FINAL_H
#define HONE_TUNER_FINAL_H

#include "tuner/pack.h"

struct hone_final_options {
    size_t struct_size;
    const char *run; /* the hone-run executable */
    double seconds;  /* that pairs are timed for, six at least; 0 = 3 */
};

struct hone_final {
    bool tuned_won;          /* its interval's lower end is above 1 */
    double ratio, low, high; /* how many times faster than the default the tuned package is */
    uint32_t n_pairs, n_prompt, n_gen;
};

/* hone_pack with a store, and without; the one that wins becomes `pack->out` and is reported. The
 * target must run on this machine. On failure `pack->out` is what it was before. */
enum hone_status hone_pack_final(const struct hone_pack_options *pack,
                                 const struct hone_final_options *options,
                                 struct hone_pack_report *out_report, struct hone_final *out_final,
                                 struct hone_error *err);

#endif
