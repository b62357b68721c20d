/* SPDX-License-Identifier: MIT */
/* hone replay: how good search strategies are, played on a recorded space. */
#include <string.h>

#include "tuner/command.h"
#include "tuner/paths.h"
#include "tuner/replay/replay.h"
#include "tuner/report/table.h"

static const char *strategy_name;
static struct option_list counts = {{16, 32, 64, 128, 256}, 5};
static uint32_t n_seeds = 20, json, no_prior;
static uint64_t first_seed;

static const struct option options[] = {
    {0, "strategy", OPTION_TEXT, &strategy_name, "S",
     "model, climb, evolve, random, exhaustive; "
     "all of them"},
    {0, "trials", OPTION_LIST, &counts, "N,N,...", "rising counts; 16,32,64,128,256"},
    {0, "seeds", OPTION_U32, &n_seeds, "N", "searches of each strategy; 20"},
    {0, "first-seed", OPTION_U64, &first_seed, "N", "of the seeds; 0"},
    {0, "no-prior", OPTION_FLAG, &no_prior, NULL, "without the cost formula of a space of ours"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
};

static const struct command_line line = {
    .usage = "replay SPACE [--strategy S] [--trials 16,64,...] [--seeds N] [--json] [--no-prior]",
    .purpose = "play search strategies on a recorded space",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

enum { MOST_STRATEGIES = 16, MOST_SEEDS = 100000, MOST_TRIALS = 1 << 20 };

struct played {
    const struct hone_strategy *strategy;
    struct hone_replay_figures figures[OPTION_LIST_MAX];
    double regret;
};

static enum hone_status check_options(struct hone_error *err)
{
    for (uint32_t i = 0; i < counts.n; i++)
        if (counts.values[i] == 0 || counts.values[i] > MOST_TRIALS ||
            (i > 0 && counts.values[i] <= counts.values[i - 1]))
            return hone_fail(err, HONE_ERR_ARGUMENT,
                             "--trials: %u: counts must rise and be at most %d", counts.values[i],
                             MOST_TRIALS);
    if (n_seeds == 0 || n_seeds > MOST_SEEDS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--seeds: %u is not from 1 to %d", n_seeds,
                         MOST_SEEDS);
    if (strategy_name && !hone_strategy_find(strategy_name))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "no strategy '%s': model, climb, evolve, random, exhaustive",
                         strategy_name);
    return HONE_OK;
}

static enum hone_status play(const struct hone_record *record, struct played *played, size_t *out_n,
                             struct hone_error *err)
{
    size_t n_strategies;
    const struct hone_strategy *const *table = hone_strategy_table(&n_strategies);
    for (size_t i = 0; i < n_strategies && *out_n < MOST_STRATEGIES; i++) {
        struct played *p = &played[*out_n];
        if (strategy_name && strcmp(table[i]->name, strategy_name) != 0) continue;
        p->strategy = table[i];
        HONE_TRY(hone_replay(record, table[i], counts.values, counts.n, first_seed, n_seeds,
                             p->figures, &p->regret, err));
        ++*out_n;
    }
    return HONE_OK;
}

/* The place of every config in the prior's order says what it is worth: the best of its first n. */
static double best_of_prior(const struct hone_record *record, uint32_t n)
{
    double best = 0;
    for (size_t i = 0; i < record->n_points; i++) {
        size_t before = 0;
        double ns = record->points[i].ns;
        if (ns == 0 || (best > 0 && ns >= best)) continue;
        for (size_t j = 0; j < record->n_points && before < n; j++)
            before += record->costs[j] < record->costs[i] ||
                      (record->costs[j] == record->costs[i] && j < i);
        if (before < n) best = ns;
    }
    return best > 0 ? record->best_ns / best : 0;
}

static enum hone_status print_table(const struct hone_record *record, const struct played *played,
                                    size_t n, struct hone_error *err)
{
    static const char *const titles[] = {"strategy", ">trials", ">median %",
                                         ">tenth %", ">regret", NULL};
    struct table table;
    printf("%s%s%s: %zu configs, %zu failed, best %.6g us\n\n", record->space,
           record->problem[0] ? " " : "", record->problem[0] ? record->problem : "",
           record->n_points, record->n_failed, record->best_ns / 1e3);
    if (record->costs)
        printf("best of the first that the prior names: %.1f %% of 1, %.1f of 16, %.1f of 64\n\n",
               100 * best_of_prior(record, 1), 100 * best_of_prior(record, 16),
               100 * best_of_prior(record, 64));
    table_begin(&table, titles);
    for (size_t i = 0; i < n; i++)
        for (uint32_t c = 0; c < counts.n; c++) {
            table_cell(&table, "%s", c == 0 ? played[i].strategy->name : "");
            table_cell(&table, "%u", counts.values[c]);
            table_cell(&table, "%.1f", 100 * played[i].figures[c].median);
            table_cell(&table, "%.1f", 100 * played[i].figures[c].tenth);
            if (c == 0)
                table_cell(&table, "%.4f", played[i].regret);
            else
                table_cell(&table, "%s", "");
        }
    return table_end(&table, stdout, err);
}

static enum hone_status print_json(const struct hone_record *record, const struct played *played,
                                   size_t n, struct hone_error *err)
{
    json_t *strategies = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *after = json_array();
        for (uint32_t c = 0; c < counts.n; c++)
            json_array_append_new(
                after, json_pack("{s:i, s:f, s:f}", "trials", (int)counts.values[c], "median",
                                 played[i].figures[c].median, "tenth", played[i].figures[c].tenth));
        json_array_append_new(strategies,
                              json_pack("{s:s, s:f, s:o}", "strategy", played[i].strategy->name,
                                        "regret", played[i].regret, "after", after));
    }
    return report_json(json_pack("{s:s, s:s, s:I, s:I, s:f, s:i, s:o}", "space", record->space,
                                 "problem", record->problem, "configs",
                                 (json_int_t)record->n_points, "failed",
                                 (json_int_t)record->n_failed, "best_ns", record->best_ns, "seeds",
                                 (int)n_seeds, "strategies", strategies),
                       stdout, err);
}

static enum hone_status take_prior(struct hone_record *record, struct hone_error *err)
{
    struct hone_paths paths;
    char folder[PATH_MAX + 16];
    if (no_prior || record->op[0] == '\0') return HONE_OK;
    HONE_TRY(hone_paths_find(&paths, err));
    snprintf(folder, sizeof folder, "%s/search-spaces", paths.data);
    return hone_record_take_prior(record, folder, err);
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct hone_record *record;
    struct played played[MOST_STRATEGIES];
    size_t n = 0;
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    HONE_TRY(check_options(err));
    HONE_TRY(hone_record_read(path, &record, err));
    enum hone_status status = take_prior(record, err);
    if (status == HONE_OK) status = play(record, played, &n, err);
    if (status == HONE_OK)
        status = json ? print_json(record, played, n, err) : print_table(record, played, n, err);
    hone_record_free(record);
    return status;
}

const struct command command_replay = {"replay", &line, run};
