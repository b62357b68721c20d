/* SPDX-License-Identifier: MIT */
/* Times every config of a space, or of a part of it, for one problem, each beside the default: what
 * the records of tests/bench/replay are made of.
 *
 *     record_space --space gemm_i8 --problem "gemm n=... m=1-1@1" --store x.store --out x.jsonl
 *                  [--set "R=16 NB=1,2,4"] [--cold MB] [--seconds S] [--near P] [--prepare]
 *
 * --prepare only compiles (into the store, in its own time). Without it, configs that have no line
 * in the file yet are timed until --seconds have passed; the same command goes on. --near P times
 * those within P percent of the best once more, longer: the last line of a config counts.
 * Lines are those of `hone trials --json`, before them one with the facts of problem and target. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tuner/binaries.h"
#include "tuner/problem_text.h"
#include "tuner/session/edges.h"

enum { MAX_CONFIGS = 20000, BATCH = 7, MAX_COPIES = 512, LINE_BYTES = 4096 };

struct point {
    struct hone_config config;
    char text[HONE_CONFIG_TEXT_BYTES];
    double ns; /* 0: not timed, or failed */
    bool done;
};

struct recorder {
    const char *space_name, *problem_text, *store_path, *out, *set;
    double seconds, near;
    uint64_t cold_bytes;
    bool prepare;
    struct hone_kernels *kernels;
    struct hone_runner *runner;
    struct hone_store *store;
    const struct hone_space *space;
    struct hone_problem problem;
    struct hone_env env;
    struct point *points;
    size_t n_points;
    struct hone_config preset;
    double preset_ns; /* the first batch's, by which ratios become times */
    FILE *lines;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void stop_at(const struct hone_error *err)
{
    fprintf(stderr, "record_space: %s\n", err->text);
    exit(1);
}

/* Does `value` stand in the list of `name` in "A=1,2 B=x"? A name that is not there is free. */
static bool allowed(const char *set, const char *name, const struct hone_value *value)
{
    char text[64];
    size_t n_name = strlen(name);
    hone_value_print(value, text, sizeof text);
    for (const char *at = set; at && *at; at += strcspn(at, " "), at += strspn(at, " ")) {
        if (strncmp(at, name, n_name) != 0 || at[n_name] != '=') continue;
        for (const char *v = at + n_name + 1;; v++) {
            size_t n = strcspn(v, ", ");
            if (n == strlen(text) && strncmp(v, text, n) == 0) return true;
            v += n;
            if (*v != ',') return false;
        }
    }
    return true;
}

/* All combinations of the values that are allowed, those that the constraints let through. */
static void list_configs(struct recorder *r, size_t parameter, struct hone_config *config)
{
    const struct hone_space *space = r->space;
    if (parameter == space->n_parameters) {
        const char *broken = NULL;
        struct hone_error err;
        if (hone_space_valid(space, &r->env, config, &broken, &err)) stop_at(&err);
        if (broken) return;
        if (r->n_points == MAX_CONFIGS) {
            fprintf(stderr, "record_space: more than %d configs\n", MAX_CONFIGS);
            exit(1);
        }
        struct point *point = &r->points[r->n_points++];
        point->config = *config;
        if (hone_config_print(space, config, point->text)) exit(1);
        return;
    }
    const struct hone_space_parameter *p = &space->parameters[parameter];
    for (size_t v = 0; v < p->n_values; v++) {
        if (!allowed(r->set, p->name, &p->values[v])) continue;
        config->index[parameter] = (uint8_t)v;
        list_configs(r, parameter + 1, config);
    }
    config->index[parameter] = 0;
}

static struct point *find_point(struct recorder *r, const char *config)
{
    for (size_t i = 0; i < r->n_points; i++)
        if (strcmp(r->points[i].text, config) == 0) return &r->points[i];
    return NULL;
}

/* The text between `before` and the next quote or comma. */
static bool cut(const char *line, const char *before, const char *until, char *out, size_t capacity)
{
    const char *at = strstr(line, before);
    if (!at) return false;
    at += strlen(before);
    size_t n = strcspn(at, until);
    if (n >= capacity) return false;
    memcpy(out, at, n);
    out[n] = '\0';
    return true;
}

static void read_done(struct recorder *r)
{
    static char line[LINE_BYTES];
    char config[HONE_CONFIG_TEXT_BYTES], number[64];
    FILE *f = fopen(r->out, "r");
    while (f && fgets(line, sizeof line, f)) {
        if (cut(line, "\"default_ns\":", ",}", number, sizeof number)) r->preset_ns = atof(number);
        if (!cut(line, "\"config\":\"", "\"", config, sizeof config)) continue;
        struct point *point = find_point(r, config);
        if (!point) continue;
        point->done = true;
        if (cut(line, "\"median_ns\":", ",}", number, sizeof number)) point->ns = atof(number);
    }
    if (f) fclose(f);
}

static void write_facts(struct recorder *r)
{
    fprintf(r->lines, "{\"facts\":{");
    const char *name;
    struct hone_value value;
    for (size_t i = 0; hone_env_at(&r->env, i, &name, &value); i++) {
        char text[256];
        hone_value_print(&value, text, sizeof text);
        const char *quote = value.kind == HONE_VALUE_TEXT ? "\"" : "";
        fprintf(r->lines, "%s\"%s\":%s%s%s", i ? "," : "", name, quote, text, quote);
    }
    fprintf(r->lines, "},\"default_ns\":%.1f}\n", r->preset_ns);
}

static void write_line(struct recorder *r, const struct point *point, const char *reason, double ns,
                       const struct hone_static_facts *f)
{
    fprintf(r->lines,
            "{\"round\":0,\"problem\":\"%s\",\"space\":\"%s\",\"config\":\"%s\",\"valid\":%s,"
            "\"reason\":\"%s\",\"median_ns\":%.1f,\"vector_spills\":%u,\"stack_bytes\":%u,"
            "\"code_bytes\":%u,\"instructions\":%u}\n",
            r->problem_text, r->space_name, point->text, ns > 0 ? "true" : "false", reason, ns,
            f->n_vector_spills, f->stack_bytes, f->code_bytes, f->n_instructions);
    fflush(r->lines);
}

/* Makes a variant runnable under `id`; false with the reason when it is not. */
static bool load(struct recorder *r, const struct hone_config *config, uint32_t id,
                 struct hone_runner_call *out_call, struct hone_static_facts *out_facts,
                 const char **out_reason)
{
    struct hone_error err;
    struct hone_variant variant;
    const struct hone_binary *binary;
    *out_reason = "compile";
    *out_facts = (struct hone_static_facts){0};
    if (hone_kernels_variant(r->kernels, r->space, &r->problem, config, &variant, &err)) {
        *out_reason = "render";
        return false;
    }
    bool loaded = hone_kernels_compile(r->kernels, &variant, &binary, &err) == HONE_OK;
    if (loaded) *out_facts = binary->facts;
    if (loaded && !r->prepare) {
        struct hone_case_spec spec;
        edges_tuned_spec(&r->problem, &spec);
        spec.call = variant.call;
        uint64_t copies = r->cold_bytes / (1 + hone_case_rotating_bytes(&spec));
        spec.n_copies = copies < 1 ? 1 : copies > MAX_COPIES ? MAX_COPIES : (uint32_t)copies;
        *out_call = edges_call(&variant, &spec);
        out_call->kernel = id;
        struct hone_runner_kernel kernel = {binary->code, binary->n_bytes, binary->entry,
                                            variant.launch.scratch_bytes};
        struct hone_case_result result;
        loaded =
            hone_runner_load(r->runner, id, &kernel, &err) == HONE_OK &&
            hone_runner_verify(r->runner, out_call, EDGES_SAMPLES, 20, &result, &err) == HONE_OK;
        *out_reason = hone_runner_reason(r->runner);
    }
    if (!loaded) fprintf(stderr, "%s\n", err.text);
    hone_variant_release(&variant);
    return loaded;
}

/* Times up to BATCH points and the default in rounds. */
static void time_batch(struct recorder *r, struct point *const *points, size_t n, bool is_long)
{
    static struct hone_measurement m[BATCH + 1];
    struct hone_runner_call calls[BATCH + 1];
    struct hone_static_facts facts[BATCH + 1];
    struct point *timed[BATCH + 1];
    struct hone_error err;
    struct hone_measure_plan plan = {.n_rounds_min = is_long ? 25 : 9,
                                     .n_rounds_max = is_long ? 61 : 15,
                                     .limit_ns = is_long ? 800000000 : 150000000,
                                     .precision = 1e-4};
    const char *reason;
    uint32_t n_timed = 1;
    if (!load(r, &r->preset, 0, &calls[0], &facts[0], &reason)) exit(1);
    for (size_t i = 0; i < n; i++) {
        points[i]->done = true;
        if (load(r, &points[i]->config, n_timed, &calls[n_timed], &facts[n_timed], &reason))
            timed[n_timed++] = points[i];
        else
            write_line(r, points[i], reason, 0, &facts[n_timed]);
    }
    if (hone_runner_time(r->runner, calls, n_timed, &plan, 60, m, &err)) stop_at(&err);
    if (r->preset_ns == 0) {
        r->preset_ns = m[0].stats.median;
        write_facts(r);
    }
    for (uint32_t i = 1; i < n_timed; i++) {
        struct hone_stats ratio;
        hone_stats_ratio(m[i].samples, m[0].samples, m[i].n_samples, &ratio);
        timed[i]->ns = ratio.median * r->preset_ns;
        write_line(r, timed[i], "ok", timed[i]->ns, &facts[i]);
    }
}

/* In an order of chance, so that drift is not taken for a parameter's effect. */
static void shuffle(struct recorder *r)
{
    uint64_t state = 1;
    for (size_t i = r->n_points; i > 1; i--) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t j = (state >> 33) % i;
        struct point swap = r->points[i - 1];
        r->points[i - 1] = r->points[j];
        r->points[j] = swap;
    }
}

static size_t select_points(struct recorder *r, struct point **out_points)
{
    size_t n = 0;
    double best = INFINITY;
    for (size_t i = 0; i < r->n_points; i++)
        if (r->points[i].ns > 0 && r->points[i].ns < best) best = r->points[i].ns;
    for (size_t i = 0; i < r->n_points; i++) {
        const struct point *p = &r->points[i];
        bool wanted = r->near > 0 ? p->ns > 0 && p->ns < best * (1 + r->near / 100) : !p->done;
        if (wanted) out_points[n++] = &r->points[i];
    }
    return n;
}

static void record(struct recorder *r)
{
    double end = now() + r->seconds;
    struct point **wanted = calloc(r->n_points + 1, sizeof *wanted);
    if (!wanted) exit(1);
    size_t n = select_points(r, wanted), at = 0;
    while (at < n && now() < end) {
        size_t batch = n - at < BATCH ? n - at : BATCH;
        time_batch(r, wanted + at, batch, r->near > 0);
        at += batch;
    }
    printf("%zu configs, %zu of %zu timed now\n", r->n_points, at, n);
    free(wanted);
}

static void prepare(struct recorder *r)
{
    const char *reason;
    struct hone_static_facts facts;
    size_t n_failed = !load(r, &r->preset, 0, NULL, &facts, &reason);
    for (size_t i = 0; i < r->n_points; i++)
        n_failed += !load(r, &r->points[i].config, 0, NULL, &facts, &reason);
    printf("%zu configs, %zu cannot be compiled\n", r->n_points, n_failed);
}

static void parse_options(struct recorder *r, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(name, "--prepare")) {
            r->prepare = true;
            continue;
        }
        i++;
        if (!strcmp(name, "--space"))
            r->space_name = value;
        else if (!strcmp(name, "--problem"))
            r->problem_text = value;
        else if (!strcmp(name, "--store"))
            r->store_path = value;
        else if (!strcmp(name, "--out"))
            r->out = value;
        else if (!strcmp(name, "--set"))
            r->set = value;
        else if (!strcmp(name, "--cold"))
            r->cold_bytes = strtoull(value, NULL, 10) << 20;
        else if (!strcmp(name, "--seconds"))
            r->seconds = atof(value);
        else if (!strcmp(name, "--near"))
            r->near = atof(value);
        else {
            fprintf(stderr, "record_space: %s?\n", name);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct recorder r = {.out = "space.jsonl",
                         .store_path = "space.store",
                         .seconds = 50,
                         .cold_bytes = UINT64_C(64) << 20,
                         .problem_text = "",
                         .space_name = ""};
    struct hone_error err;
    char bin[4096], hone[4200], runner[4200];
    parse_options(&r, argc, argv);
    const char *source = getenv("HONE_SOURCE"), *folder = getenv("HONE_BIN");
    snprintf(bin, sizeof bin, "%s", folder ? folder : "bin");
    snprintf(hone, sizeof hone, "%s/hone", bin);
    snprintf(runner, sizeof runner, "%s/hone-runner", bin);
    const char *const worker_command[] = {hone, "compile-worker", NULL};
    const char *const runner_command[] = {runner, NULL};
    struct hone_machine_facts facts;
    hone_cpu_facts_read(&facts);
    facts.n_cpus = 1; /* as it is timed */
    if (hone_store_open(r.store_path, NULL, &r.store, &err)) stop_at(&err);
    struct hone_kernels_options kernels = {.struct_size = sizeof kernels,
                                           .data_dir = source ? source : ".",
                                           .facts = &facts,
                                           .compile_command = worker_command,
                                           .cache = hone_store_binaries(r.store)};
    struct hone_runner_options run = {
        .struct_size = sizeof run, .command = runner_command, .n_threads = 1};
    if (hone_kernels_open(&kernels, &r.kernels, &err)) stop_at(&err);
    if (hone_runner_open(&run, &r.runner, &err)) stop_at(&err);
    r.space = hone_space_list_find(hone_kernels_spaces(r.kernels), r.space_name);
    if (!r.space || problem_parse(r.problem_text, &r.problem, &err)) {
        fprintf(stderr, "record_space: no space '%s', or no problem: %s\n", r.space_name, err.text);
        return 1;
    }
    hone_env_init(&r.env, NULL);
    if (hone_kernels_env(r.kernels, &r.problem, &r.env, &err)) stop_at(&err);
    if (hone_space_default(r.space, &r.env, &r.preset, &err)) stop_at(&err);
    r.points = calloc(MAX_CONFIGS, sizeof *r.points);
    if (!r.points) return 1;
    struct hone_config config = {0};
    list_configs(&r, 0, &config);
    shuffle(&r);
    if (r.prepare) {
        prepare(&r);
    } else {
        read_done(&r);
        r.lines = fopen(r.out, "a");
        if (!r.lines) return 1;
        record(&r);
        fclose(r.lines);
    }
    free(r.points);
    hone_env_release(&r.env);
    hone_runner_close(r.runner);
    hone_kernels_close(r.kernels);
    hone_store_close(r.store);
    return 0;
}
