/* SPDX-License-Identifier: MIT */
/* A runner: the process that owns a device and runs kernels, as its client sees it.
 *
 * Any command that speaks the protocol will do: hone-runner here, behind ssh, under an emulator.
 * Inputs travel as (call, family, seed), never as tensors. The runner is started when first
 * needed; a request that crashes, hangs or breaks the protocol ends it, and the next request starts
 * a new one. Kernels loaded before are gone then: see hone_runner_generation. */
#ifndef HONE_RUNNER_H
#define HONE_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include "codegen/ops/case.h"
#include "runtime/base/status.h"
#include "runtime/base/target.h"
#include "tuner/measure/machine.h"
#include "tuner/measure/measure.h"

enum {
    HONE_RUNNER_PROTOCOL = 5,
    HONE_RUNNER_MAX_KERNELS = 64,    /* ids 0..63 */
    HONE_RUNNER_MAX_CONTENDERS = 16, /* in one timing request */
};

struct hone_runner_options {
    size_t struct_size;
    const char *const *command; /* argv; must outlive the runner */
    const char *family;         /* of the target, "cpu" when NULL */
    uint32_t n_threads;         /* 0 = one per CPU */
    uint64_t scratch_bytes;     /* per worker, 0 = 32 MiB; kernels that want more are refused */
    uint64_t case_bytes;        /* of cases kept between requests, 0 = 2 GiB */
    double request_seconds;     /* least time a request may take beside its kernels, 0 = 60 */
};

struct hone_runner_info {
    char target[HONE_TARGET_TEXT_BYTES];
    struct hone_machine_facts facts;
    uint32_t n_workers;
    char stack[384]; /* what runs below the kernels there (cache/keys.h) */
};

struct hone_runner;
enum hone_status hone_runner_open(const struct hone_runner_options *options,
                                  struct hone_runner **out_runner, struct hone_error *err);
void hone_runner_close(struct hone_runner *runner); /* NULL is fine */

/* What the runner said when it started (now, if it has not). */
enum hone_status hone_runner_info(struct hone_runner *runner, struct hone_runner_info *out_info,
                                  struct hone_error *err);
/* Counts starts: kernels loaded under another generation are gone. 0 before the first. */
uint32_t hone_runner_generation(const struct hone_runner *runner);

struct hone_runner_kernel {
    const uint8_t *code;
    size_t n_bytes;
    uint64_t entry, scratch_bytes;
};
/* Replaces what `id` was. */
enum hone_status hone_runner_load(struct hone_runner *runner, uint32_t id,
                                  const struct hone_runner_kernel *kernel, struct hone_error *err);

/* A loaded kernel, called on a case. */
struct hone_runner_call {
    uint32_t kernel;
    uint32_t grid_rule, grid_p0, grid_p1; /* enum hone_grid_rule */
    uint32_t schedule;                    /* enum hone_schedule */
    uint32_t group, stays;                /* in a race: struct hone_contender */
    uint64_t scratch_bytes; /* exactly what it may use here, 0 = what it was loaded with */
    uint32_t repeat_us;     /* to run it again and again while it is verified, 0 = a little */
    struct hone_case_spec spec;
};

/* Runs the kernel on poisoned outputs and judges them: as deployed, then with other bytes in its
 * scratch, other orders and splits of its blocks, and again; each run must write the same bits.
 * `run_seconds` limits the kernel itself. WRONG with the first defect; CRASHED, TIMEOUT with how it
 * ended; LIMIT (scratch, grid). */
enum hone_status hone_runner_verify(struct hone_runner *runner, const struct hone_runner_call *call,
                                    uint32_t n_samples, double run_seconds,
                                    struct hone_case_result *out_result, struct hone_error *err);

/* Times the calls together (tuner/measure). Nothing is checked. */
enum hone_status hone_runner_time(struct hone_runner *runner, const struct hone_runner_call *calls,
                                  uint32_t n_calls, const struct hone_measure_plan *plan,
                                  double run_seconds, struct hone_measurement *out_measurements,
                                  struct hone_error *err);

/* A probe kernel: its arguments are { float *buffer; u64 n_bytes; u64 n_iterations; }; block b of
 * n_blocks has its own buffer of n_bytes at buffer + b * n_bytes. */
struct hone_runner_probe {
    uint32_t kernel, n_blocks;
    uint64_t n_bytes, n_iterations;
};
enum hone_status hone_runner_probe(struct hone_runner *runner,
                                   const struct hone_runner_probe *probe,
                                   const struct hone_measure_plan *plan, double run_seconds,
                                   struct hone_measurement *out_measurement,
                                   struct hone_error *err);

/* What the runner's machine did during the last timing that succeeded. */
const struct hone_machine *hone_runner_machine(const struct hone_runner *runner);

/* Reason code of a failed request, for the trial's record: "wrong", "crash", "hang", "exit",
 * "protocol", "limit", "memory", ... (README.md has all). Static text. */
const char *hone_runner_reason(const struct hone_runner *runner);

#endif
