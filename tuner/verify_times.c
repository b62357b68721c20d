/* SPDX-License-Identifier: MIT */
/* Times of a package's kernels, then and now. */
#include "tuner/verify_times.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4096, MOST_POSITIONS = 65536, MOST_COPIES = 256 };
static const uint64_t MOST_COLD_BYTES = UINT64_C(1) << 32;
static const double MOST_NS = 1e11;

json_t *timed_json(const struct hone_store_trial *trial)
{
    return json_pack("{s:f, s:f, s:f, s:s, s:s, s:s}", "ns", trial->median_ns, "low_ns",
                     trial->low_ns, "high_ns", trial->high_ns, "regime", trial->regime, "device",
                     trial->device, "stack", trial->stack);
}

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

bool timed_read(const json_t *proof, struct timed *out_timed)
{
    const json_t *object = json_object_get(proof, "timed");
    const char *regime = json_string_value(json_object_get(object, "regime"));
    *out_timed = (struct timed){.ns = number(object, "ns"),
                                .low_ns = number(object, "low_ns"),
                                .high_ns = number(object, "high_ns"),
                                .device = json_string_value(json_object_get(object, "device")),
                                .stack = json_string_value(json_object_get(object, "stack"))};
    if (!(out_timed->low_ns > 0)) out_timed->low_ns = out_timed->ns;
    if (!(out_timed->high_ns > 0)) out_timed->high_ns = out_timed->ns;
    const struct hone_regime *r = &out_timed->regime;
    return regime && out_timed->device && out_timed->stack && out_timed->ns > 0 &&
           out_timed->high_ns < MOST_NS && out_timed->ns < MOST_NS &&
           hone_regime_parse(regime, &out_timed->regime, NULL) == HONE_OK && r->m > 0 &&
           r->m <= MOST_ROWS && r->n_seqs > 0 && r->n_seqs <= r->m &&
           r->kv_before <= MOST_POSITIONS && r->cold_bytes <= MOST_COLD_BYTES;
}

enum hone_status timed_again(struct hone_runner *runner, const struct timed *then,
                             const struct hone_runner_call *call, struct timed_now *out_now,
                             struct hone_error *err)
{
    struct hone_runner_call again = *call;
    struct hone_measure_plan plan = {.n_rounds_max = 21, .limit_ns = 100000000};
    struct hone_runner_info info;
    memset(out_now, 0, sizeof *out_now);
    HONE_TRY(hone_runner_info(runner, &info, err));
    if (info.n_workers != then->regime.n_threads)
        return hone_fail(err, HONE_ERR_LIMIT, "timed with %u threads, here are %u",
                         then->regime.n_threads, info.n_workers);
    again.spec.m = then->regime.m;
    again.spec.n_seqs = then->regime.n_seqs;
    again.spec.kv_before = then->regime.kv_before;
    again.spec.family = HONE_FAMILY_NORMAL;
    again.spec.n_copies = 1;
    again.repeat_us = 0;
    uint64_t one = hone_case_rotating_bytes(&again.spec);
    uint64_t copies = one ? (then->regime.cold_bytes + one - 1) / one : 1;
    again.spec.n_copies = copies < 1 ? 1 : copies > MOST_COPIES ? MOST_COPIES : (uint32_t)copies;
    struct hone_measurement *m = calloc(1, sizeof *m);
    if (!m) return hone_fail(err, HONE_ERR_NO_MEMORY, "verify: no memory");
    enum hone_status status =
        hone_runner_time(runner, &again, 1, &plan, 5 + 1e-6 * then->ns, m, err);
    if (status == HONE_OK)
        *out_now = (struct timed_now){.ns = m->stats.median,
                                      .ratio = m->stats.median / then->ns,
                                      .ratio_low = m->stats.low / then->high_ns,
                                      .ratio_high = m->stats.high / then->low_ns};
    free(m);
    return status;
}
