/* SPDX-License-Identifier: MIT */
/* Searching a recorded space again, and figures over many seeds. */
#include "tuner/replay/replay.h"

#include <stdlib.h>

static enum hone_status fail_config(const struct hone_strategy *strategy, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NOT_FOUND,
                     "replay: strategy '%s' asked for a config that is not in the record",
                     strategy->name);
}

static enum hone_status run(const struct hone_record *record, const struct hone_strategy *strategy,
                            uint64_t seed, size_t n_trials, struct hone_search_trial *trials,
                            double *out_quality, struct hone_error *err)
{
    struct hone_domain domain;
    double found = 0;
    bool more = true;
    hone_record_domain(record, &domain);
    for (size_t t = 0; t < n_trials; t++) {
        struct hone_search search = {&domain, seed, trials, t};
        if (more) HONE_TRY(strategy->propose(&search, &trials[t].config, &more, err));
        if (more) {
            const struct hone_record_point *point = hone_record_find(record, &trials[t].config);
            if (!point) return fail_config(strategy, err);
            trials[t].valid = point->ns > 0;
            trials[t].ns = point->ns;
            if (point->ns > 0 && (found == 0 || point->ns < found)) found = point->ns;
        }
        out_quality[t] = found > 0 ? record->best_ns / found : 0;
    }
    return HONE_OK;
}

enum hone_status hone_replay_run(const struct hone_record *record,
                                 const struct hone_strategy *strategy, uint64_t seed,
                                 size_t n_trials, double *out_quality, struct hone_error *err)
{
    struct hone_search_trial *trials = calloc(n_trials ? n_trials : 1, sizeof *trials);
    if (!trials) return hone_fail(err, HONE_ERR_NO_MEMORY, "replay: no memory");
    enum hone_status status = run(record, strategy, seed, n_trials, trials, out_quality, err);
    free(trials);
    return status;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of curves[seed][trial], the figures after `trial` + 1 trials. */
static void figures_of(const double *curves, size_t most, uint32_t n_seeds, size_t trial,
                       double *column, struct hone_replay_figures *out)
{
    for (uint32_t s = 0; s < n_seeds; s++) column[s] = curves[s * most + trial];
    qsort(column, n_seeds, sizeof *column, by_number);
    out->median = (column[(n_seeds - 1) / 2] + column[n_seeds / 2]) / 2;
    out->tenth = column[(n_seeds - 1) / 10];
}

enum hone_status hone_replay(const struct hone_record *record, const struct hone_strategy *strategy,
                             const uint32_t *trials, size_t n_counts, uint64_t first_seed,
                             uint32_t n_seeds, struct hone_replay_figures *out_figures,
                             double *out_regret, struct hone_error *err)
{
    size_t most = n_counts ? trials[n_counts - 1] : 0;
    if (most == 0 || n_seeds == 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "replay: no trials or no seeds");
    double *curves = calloc(n_seeds, most * sizeof *curves);
    double *column = calloc(n_seeds, sizeof *column);
    enum hone_status status = HONE_OK;
    if (!curves || !column) status = hone_fail(err, HONE_ERR_NO_MEMORY, "replay: no memory");
    for (uint32_t s = 0; status == HONE_OK && s < n_seeds; s++)
        status = hone_replay_run(record, strategy, first_seed + s, most, curves + s * most, err);
    if (status == HONE_OK) {
        double sum = 0;
        for (size_t i = 0; i < n_seeds * most; i++) sum += 1 - curves[i];
        *out_regret = sum / (double)(n_seeds * most);
        for (size_t c = 0; c < n_counts; c++)
            figures_of(curves, most, n_seeds, trials[c] - 1, column, &out_figures[c]);
    }
    free(curves);
    free(column);
    return status;
}
