/* SPDX-License-Identifier: MIT */
/* Requests and replies as bytes. Both sides check all that they read. */
#ifndef HONE_RUNNER_PROTOCOL_H
#define HONE_RUNNER_PROTOCOL_H

#include "tuner/runner/runner.h"
#include "tuner/runner/wire.h"

enum {
    RUNNER_HELLO = 1, /* protocol, family, threads, scratch, case bytes -> target, facts, workers */
    RUNNER_LOAD = 2,  /* id, code, entry, scratch -> nothing */
    RUNNER_VERIFY = 3,   /* run seconds, samples, call -> result */
    RUNNER_TIME = 4,     /* run seconds, plan, calls -> measurements, machine */
    RUNNER_PROBE = 5,    /* run seconds, plan, probe -> one measurement */
    RUNNER_DONE = 100,   /* reply */
    RUNNER_FAILED = 101, /* status, defect (0 unless the status is WRONG), message */
};
enum { RUNNER_LIMIT_BYTES = 256 << 20, RUNNER_REPLY_BYTES = 1 << 20 };

struct runner_hello {
    uint32_t protocol, n_threads;
    char family[16];
    uint64_t scratch_bytes, case_bytes;
};
void protocol_put_hello(struct wire_out *out, const struct runner_hello *hello);
void protocol_get_hello(struct wire_in *in, struct runner_hello *out_hello);

void protocol_put_info(struct wire_out *out, const struct hone_runner_info *info);
void protocol_get_info(struct wire_in *in, struct hone_runner_info *out_info);

void protocol_put_call(struct wire_out *out, const struct hone_runner_call *call);
/* Fails when an op, type or format is unknown, or a number has no meaning. */
enum hone_status protocol_get_call(struct wire_in *in, struct hone_runner_call *out_call,
                                   struct hone_error *err);

void protocol_put_plan(struct wire_out *out, const struct hone_measure_plan *plan);
void protocol_get_plan(struct wire_in *in, struct hone_measure_plan *out_plan);

void protocol_put_result(struct wire_out *out, const struct hone_case_result *result);
void protocol_get_result(struct wire_in *in, struct hone_case_result *out_result);

/* The payload of RUNNER_FAILED. */
void protocol_put_failure(struct wire_out *out, enum hone_status status, uint32_t defect,
                          const char *text);
/* Bad when the status is none, or the defect is not known or none of a WRONG kernel. */
void protocol_get_failure(struct wire_in *in, enum hone_status *out_status, uint32_t *out_defect,
                          char *out_text, size_t capacity);

void protocol_put_machine(struct wire_out *out, const struct hone_machine *machine);
void protocol_get_machine(struct wire_in *in, struct hone_machine *out_machine);

void protocol_put_measurement(struct wire_out *out, const struct hone_measurement *measurement);
/* Statistics are made anew from the samples. */
void protocol_get_measurement(struct wire_in *in, struct hone_measurement *out_measurement);

#endif
