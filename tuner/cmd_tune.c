/* SPDX-License-Identifier: MIT */
/* hone tune: a model's problems, tuned into a store within a budget. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codegen/graph/workload.h"
#include "tuner/binaries.h"
#include "tuner/command.h"
#include "tuner/duration.h"
#include "tuner/paths.h"
#include "tuner/memory_size.h"
#include "tuner/progress.h"
#include "tuner/quarantine_text.h"
#include "tuner/session/shard.h"
#include "tuner/split.h"
#include "tuner/stack_note.h"

static const char *out, *target = "native", *activations = "int8", *kv = "f16", *mix = "chat",
                        *budget = "2m", *strategy = "model", *runner_command, *shard, *device,
                        *cold;
static uint32_t context, max_tokens, page_tokens, n_threads, quiet, verbose, json, max_trials,
    alone, hot;
static uint64_t seed = 1, cold_bytes;

static const struct option options[] = {
    {'o', "output", OPTION_TEXT, &out, "FILE", "the store; made if it is not there, else resumed"},
    {0, "budget", OPTION_TEXT, &budget, "TIME", "what trials may cost in all: 90s, 2m, 1h"},
    {'t', "threads", OPTION_U32, &n_threads, "N", "of the runner; one per CPU"},
    {0, "device", OPTION_TEXT, &device, "D", "of the runner's machine: cpu, cuda"},
    {0, "target", OPTION_TEXT, &target, "T", "the device's, or one as hone probe says"},
    {0, "activations", OPTION_TEXT, &activations, "TYPE", "lowest precision: f32, bf16, int8"},
    {0, "kv", OPTION_TEXT, &kv, "TYPE", "of the KV pages: f32, f16, bf16, q8_0"},
    {0, "mix", OPTION_TEXT, &mix, "MIX", "what times are summed over: chat, batch"},
    {0, "context", OPTION_U32, &context, "N", "positions per sequence; the model's, at most 8192"},
    {0, "max-tokens", OPTION_U32, &max_tokens, "N", "rows in one forward; 512"},
    {0, "page-tokens", OPTION_U32, &page_tokens, "N", "positions per KV page; 64"},
    {0, "shard", OPTION_TEXT, &shard, "I/N",
     "only part I of N of the problems: 'hone merge' joins"},
    {0, "strategy", OPTION_TEXT, &strategy, "S", "model, climb, evolve, random, exhaustive"},
    {0, "alone", OPTION_FLAG, &alone, NULL, "no problem starts from what won for its neighbours"},
    {0, "max-trials", OPTION_U32, &max_trials, "N", "per problem; no limit"},
    {0, "seed", OPTION_U64, &seed, "N", "of the search"},
    {0, "cold", OPTION_TEXT, &cold, "SIZE", "what weights rotate through: 512MiB; from the caches"},
    {0, "hot", OPTION_FLAG, &hot, NULL, "time with all in the caches: for weights that stay there"},
    {0, "runner", OPTION_TEXT, &runner_command, "CMD", "a command that speaks the runner protocol"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object per event and one at the end"},
    {'v', "verbose", OPTION_FLAG, &verbose, NULL, "a line for every trial and winner"},
    {'q', "quiet", OPTION_FLAG, &quiet, NULL, "only the last lines"},
};

static const struct command_line line = {
    .usage = "tune MODEL.gguf -o FILE.store [--budget 2m] [options]",
    .purpose = "try kernel variants for a model on this machine and keep the winners in a store",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

enum { REPROS_SHOWN = 5 };

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* The first signal stops after the current trial, the second one at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

struct tuning {
    struct hone_paths paths;
    struct hone_workload workload;
    struct hone_store *store;
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_tune_item *items;
    size_t n_items;
    char *runner_words;
    const char *runner_argv[SPLIT_MAX_WORDS + 1];
    const char *worker_argv[3];
    const char *family; /* of the target */
    struct hone_target target;
    struct hone_machine_facts facts; /* of the runner's machine */
};

static enum hone_status open_model(const char *model, struct tuning *t, struct hone_error *err)
{
    struct hone_workload_options workload = {.struct_size = sizeof workload,
                                             .mix = mix,
                                             .max_context = context,
                                             .page_tokens = page_tokens,
                                             .max_tokens = max_tokens,
                                             .family = t->family};
    HONE_TRY(hone_acts_parse(activations, &workload.acts, err));
    HONE_TRY(hone_kv_type_parse(kv, &workload.kv_type, err));
    HONE_TRY(hone_workload_open(model, &workload, &t->workload, err));
    const struct hone_problems *problems = &t->workload.problems;
    t->items = calloc(problems->n_items + 1, sizeof *t->items);
    if (!t->items) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    for (size_t i = 0; i < problems->n_items; i++)
        t->items[i] = (struct hone_tune_item){.problem = problems->items[i].problem,
                                              .runs = problems->items[i].runs,
                                              .example = problems->items[i].example};
    t->n_items = problems->n_items;
    if (!shard) return HONE_OK;
    struct hone_shard part;
    HONE_TRY(hone_shard_parse(shard, &part, err));
    return hone_shard_take(&part, t->items, t->n_items, &t->n_items, err);
}

static enum hone_status open_kernels(struct tuning *t, struct hone_error *err)
{
    t->worker_argv[0] = t->paths.hone;
    t->worker_argv[1] = "compile-worker";
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = t->paths.data,
                                           .target = &t->target,
                                           .facts = &t->facts,
                                           .compile_command = t->worker_argv,
                                           .cache = hone_store_binaries(t->store)};
    HONE_TRY(hone_store_open(out, NULL, &t->store, err));
    kernels.cache = hone_store_binaries(t->store);
    return hone_kernels_open(&kernels, &t->kernels, err);
}

/* "native" is what the device is; a target names its device. */
static enum hone_status read_target(struct tuning *t, struct hone_error *err)
{
    t->family = device ? device : "cpu";
    if (strcmp(target, "native") == 0) return HONE_OK;
    HONE_TRY(hone_target_parse(target, &t->target, err));
    if (device && strcmp(device, t->target.family) != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--target %s is not one of --device %s", target,
                         device);
    t->family = t->target.family;
    return HONE_OK;
}

static enum hone_status open_runner(struct tuning *t, struct hone_error *err)
{
    t->runner_argv[0] = t->paths.runner;
    if (runner_command)
        HONE_TRY(split_words(runner_command, &t->runner_words, t->runner_argv, err));
    struct hone_runner_options runner = {.struct_size = sizeof runner,
                                         .command = t->runner_argv,
                                         .family = t->family,
                                         .n_threads = n_threads};
    HONE_TRY(hone_runner_open(&runner, &t->runner, err));
    struct hone_runner_info info;
    struct hone_target machine;
    HONE_TRY(hone_runner_info(t->runner, &info, err));
    HONE_TRY(hone_target_parse(info.target, &machine, err));
    t->facts = info.facts;
    if (strcmp(target, "native") == 0) t->target = machine;
    if (!hone_target_runs(&machine, &t->target))
        return hone_fail(err, HONE_ERR_TARGET, "target %s does not run on the runner's %s", target,
                         info.target);
    return HONE_OK;
}

static void close_all(struct tuning *t)
{
    hone_runner_close(t->runner);
    hone_kernels_close(t->kernels);
    hone_store_close(t->store);
    hone_workload_close(&t->workload);
    free(t->items);
    free(t->runner_words);
}

static void print_summary(const struct hone_tune_summary *s)
{
    double gain = s->best_seconds > 0 ? s->default_seconds / s->best_seconds : 1;
    if (json) {
        printf("{\"event\":\"done\",\"n_trials\":%" PRIu64 ",\"n_new_trials\":%" PRIu64
               ",\"n_failed\":%" PRIu64 ",\"n_problems\":%u,\"n_tuned\":%u,"
               "\"n_without_kernel\":%u,\"spent_seconds\":%.3f,\"default_seconds\":%.9f,"
               "\"best_seconds\":%.9f,\"n_timed\":%" PRIu64 ",\"n_noisy\":%" PRIu64
               ",\"stopped\":%s}\n",
               s->n_trials, s->n_new_trials, s->n_failed, s->n_problems, s->n_tuned,
               s->n_without_kernel, s->spent_seconds, s->default_seconds, s->best_seconds,
               s->n_timed, s->n_noisy, s->stopped ? "true" : "false");
        return;
    }
    printf("%s: %u of %u problems tuned, %" PRIu64 " trials (%" PRIu64 " new, %" PRIu64
           " refused) in %.0f s; kernels x%.2f against the defaults%s\n",
           out, s->n_tuned, s->n_problems, s->n_trials, s->n_new_trials, s->n_failed,
           s->spent_seconds, gain, s->stopped ? "; stopped, the same command resumes" : "");
    if (s->n_noisy)
        printf("noisy: the machine had too much else to do during %" PRIu64 " of %" PRIu64
               " timings; choices are made side by side, times may be too long\n",
               s->n_noisy, s->n_timed);
    if (s->n_without_kernel)
        printf("%u problems have no kernel on this target (other ways to compute them have)\n",
               s->n_without_kernel);
}

/* Less than a page is none of anything: "512" without a unit was meant otherwise. */
static enum hone_status parse_cold(struct hone_error *err)
{
    double ratio;
    HONE_TRY(memory_size_parse(cold, &cold_bytes, &ratio, err));
    if (ratio == 0 && cold_bytes >= 4096) return HONE_OK;
    return hone_fail(err, HONE_ERR_ARGUMENT,
                     "tune: --cold '%s' is no amount of memory such as 512MiB (--hot: none)", cold);
}

static enum hone_status tune(struct tuning *t, double seconds, struct hone_error *err)
{
    struct progress progress;
    struct hone_tune_summary summary;
    struct hone_tune_options tune = {.struct_size = sizeof tune,
                                     .kernels = t->kernels,
                                     .runner = t->runner,
                                     .store = t->store,
                                     .strategy = hone_strategy_find(strategy),
                                     .budget_seconds = seconds,
                                     .seed = seed,
                                     .cold_bytes = cold_bytes,
                                     .hot = hot != 0,
                                     .weight_bytes = t->workload.graph.weight_bytes,
                                     .max_trials = max_trials,
                                     .alone = alone != 0,
                                     .stop = &stop,
                                     .event = progress_event,
                                     .event_context = &progress};
    if (!json) HONE_TRY(stack_note(t->store, out, t->runner, err));
    const struct progress_options show = {json != 0, quiet != 0, verbose != 0};
    progress_init(&progress, stdout, &show);
    catch_signals();
    int64_t began = (int64_t)time(NULL);
    enum hone_status status = hone_tune(&tune, t->items, t->n_items, &summary, err);
    progress_end(&progress);
    if (status != HONE_OK) return status;
    print_summary(&summary);
    if (!json && hone_cpu_emulated(&t->facts))
        printf("the runner's machine is %s: its times say nothing about a processor\n",
               t->facts.model);
    if (!json) HONE_TRY(quarantine_print_since(t->store, out, began, REPROS_SHOWN, stdout, err));
    if (summary.stopped)
        return hone_fail(err, HONE_ERR_INTERRUPTED, "stopped; every finished trial is in %s", out);
    return HONE_OK;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *model = NULL;
    double seconds;
    HONE_TRY(options_parse(&line, argc, argv, &model, err));
    if (!out) return hone_fail(err, HONE_ERR_ARGUMENT, "tune: -o FILE.store is missing");
    HONE_TRY(duration_parse(budget, &seconds, err));
    if (cold) HONE_TRY(parse_cold(err));
    if (!hone_strategy_find(strategy))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "no strategy '%s': model, climb, evolve, random, exhaustive", strategy);
    struct tuning *t = calloc(1, sizeof *t);
    if (!t) return hone_fail(err, HONE_ERR_NO_MEMORY, "tune: no memory");
    enum hone_status status = hone_paths_find(&t->paths, err);
    if (status == HONE_OK) status = read_target(t, err);
    if (status == HONE_OK) status = open_model(model, t, err);
    if (status == HONE_OK) status = open_runner(t, err);
    if (status == HONE_OK) status = open_kernels(t, err);
    if (status == HONE_OK) status = tune(t, seconds, err);
    close_all(t);
    free(t);
    return status;
}

const struct command command_tune = {"tune", &line, run};
