/* SPDX-License-Identifier: MIT */
/* One trial: rendered, compiled, verified, timed, verified again, committed. */
#ifndef HONE_TUNE_TRIAL_H
#define HONE_TUNE_TRIAL_H

#include "tuner/session/state.h"

enum { TRIAL_PROOF_BYTES = 320, TRIAL_DETAIL_BYTES = HONE_ERROR_TEXT_BYTES };

struct verdict {
    bool valid;
    const char *reason; /* static text */
    char detail[TRIAL_DETAIL_BYTES];
    char proof[TRIAL_PROOF_BYTES];
};

/* Runs a trial of round 0 and commits it; *out_trial is also added to the state. An error is one of
 * the store or of a runner that cannot be started. */
enum hone_status trial_run(struct session *session, struct problem_state *problem,
                           struct space_state *space, const struct hone_config *config,
                           bool is_default, struct hone_error *err);

/* ---- parts that finals use too ---- */

/* Fills the tuned case of a variant: its formats and how many copies of its weights are rotated. */
void trial_spec(const struct session *session, const struct problem_state *problem,
                const struct hone_variant *variant, struct hone_case_spec *out_spec);
/* Loads as kernel `id`. */
enum hone_status trial_load(struct session *session, const struct hone_variant *variant,
                            const struct hone_binary *binary, uint32_t id, struct hone_error *err);
/* Runs the checks of `depth` on kernel `id`; false with reason and detail at the first failure. */
bool trial_verify(struct session *session, const struct hone_variant *variant,
                  const struct hone_case_spec *spec, uint32_t id, enum edges_depth depth,
                  struct verdict *verdict);
/* Everything between a variant and its verdict; quarantine is not asked, nothing is remembered.
 * An error is one of the compiler's or the runner's start. */
enum hone_status trial_judge(struct session *session, const struct problem_state *problem,
                             const struct hone_variant *variant, struct verdict *verdict,
                             double *out_ns, struct hone_error *err);
/* *out_found and a verdict when the variant failed before, under this target and compiler. */
enum hone_status trial_in_quarantine(struct session *session, const struct hone_variant *variant,
                                     struct verdict *verdict, bool *out_found,
                                     struct hone_error *err);
/* Why a variant could not be made, as a reason code. */
const char *trial_make_reason(enum hone_status status, const char *text);
/* The device failed, not the variant: nobody's trial, not to be remembered. */
bool trial_is_devices(const struct verdict *verdict);
/* Times of kernels that were timed together, at the level that the machine mostly had: plain
 * medians of contenders that left at different moments are not. */
void trial_free_of_drift(struct hone_measurement *group, uint32_t n, double sigmas);
/* What the runner's machine did during the last timing, as text, and counted. */
void trial_say_state(struct session *session, char out_text[HONE_MACHINE_TEXT_BYTES]);
/* Remembers a variant that crashed, hung or lied. */
enum hone_status trial_quarantine(struct session *session, const struct problem_state *problem,
                                  const struct hone_variant *variant, const struct verdict *verdict,
                                  struct hone_error *err);
/* The store's record of a variant; `config` and `formats` are texts that outlive it. */
void trial_record(const struct session *session, const struct problem_state *problem,
                  const struct hone_variant *variant, const struct hone_static_facts *facts,
                  const char *config, const char *formats, struct hone_store_variant *out_record);
/* Longest a kernel may take before it counts as hung, for `calls` calls of the problem. */
double trial_limit_seconds(const struct problem_state *problem, double calls);

#endif
