/* SPDX-License-Identifier: MIT */
/* What the kernels of a package took when they were tuned, against today. */
#ifndef HONE_TUNER_VERIFY_TIMES_H
#define HONE_TUNER_VERIFY_TIMES_H

#include <jansson.h>
#include <stdbool.h>

#include "cache/keys.h"
#include "cache/store.h"
#include "tuner/runner/runner.h"

/* The member "timed" of a kernel's proof: its last trial; NULL when there is no memory. */
json_t *timed_json(const struct hone_store_trial *trial);

struct timed { /* texts borrowed from the JSON */
    double ns, low_ns, high_ns;
    const char *device, *stack;
    struct hone_regime regime;
};
/* False when the kernel was not timed, or what is said of it makes no sense. */
bool timed_read(const json_t *proof, struct timed *out_timed);

struct timed_now {
    double ns;
    double ratio, ratio_low, ratio_high; /* now / then */
};
/* Times a loaded, proven kernel as it was timed then; `call` is one that a step makes of the same
 * problem. LIMIT when the runner has other threads than then. */
enum hone_status timed_again(struct hone_runner *runner, const struct timed *then,
                             const struct hone_runner_call *call, struct timed_now *out_now,
                             struct hone_error *err);

#endif
