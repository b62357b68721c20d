/* SPDX-License-Identifier: MIT */
/* hone probe: targets, compilers and devices here, and what the processor can do at most. */
#include <stdio.h>
#include <string.h>

#include "cache/keys.h"
#include "tuner/command.h"
#include "tuner/foreign.h"
#include "tuner/paths.h"
#include "tuner/probe.h"
#include "tuner/probe_gpu.h"
#include "tuner/remote.h"
#include "tuner/report/records.h"
#include "tuner/report/table.h"

static uint32_t json, csv, n_threads, quick;

static const char *runner_command, *target_text, *device;

static const struct option options[] = {
    {0, "device", OPTION_TEXT, &device, "D", "to look at: cpu, cuda"},
    {0, "target", OPTION_TEXT, &target_text, "T", "what is known of it: cuda:sm_90a; no ceilings"},
    {0, "runner", OPTION_TEXT, &runner_command, "CMD", "a command that speaks the runner protocol"},
    {'t', "threads", OPTION_U32, &n_threads, "N", "of the second column; one per CPU"},
    {0, "no-ceilings", OPTION_FLAG, &quick, NULL, "look, but measure nothing"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
    {0, "csv", OPTION_FLAG, &csv, NULL, "the ceilings as comma-separated values"},
};

static const struct command_line line = {
    .usage =
        "probe [--device D] [--runner CMD | --target T] [-t N] [--no-ceilings] [--json | --csv]",
    .purpose = "what is here: target, compilers, drivers, measured ceilings",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static const double NOISY = 0.10;

struct probed {
    struct hone_paths paths;
    struct remote remote;
    struct hone_kernels *kernels;
    char target[HONE_TARGET_TEXT_BYTES], isa[32];
    const char *compiler;      /* NULL: none */
    struct hone_error missing; /* what was looked for */
    struct foreign foreign[FOREIGN_LIBRARIES];
    bool measured;
    struct probe_report ceilings;
};

static enum hone_status look(struct probed *p, struct hone_error *err)
{
    const struct hone_target *target = hone_kernels_target(p->kernels);
    struct hone_env env;
    struct hone_value isa;
    hone_env_init(&env, NULL);
    const struct hone_codegen_target *family = hone_codegen_target_find(target->family);
    enum hone_status status = family->facts(target, hone_kernels_facts(p->kernels), &env, err);
    if (status == HONE_OK && hone_env_get(&env, "isa", &isa))
        snprintf(p->isa, sizeof p->isa, "%s", isa.text);
    hone_env_release(&env);
    HONE_TRY(status);
    hone_target_format(target, p->target);
    if (hone_kernels_compiler(p->kernels, &p->compiler, &p->missing) != HONE_OK) p->compiler = NULL;
    for (size_t i = 0; foreign_look(i, &p->foreign[i]); i++)
        if (i + 1 == FOREIGN_LIBRARIES) break;
    return HONE_OK;
}

static enum hone_status measure(struct probed *p, struct hone_error *err)
{
    if (quick || target_text || !p->compiler) return HONE_OK;
    struct probe_options probe = {
        .kernels = p->kernels, .runner_command = p->remote.argv, .n_threads = n_threads};
    bool is_gpu = hone_kernels_facts(p->kernels)->n_sms > 0;
    HONE_TRY(is_gpu ? probe_gpu_ceilings(&probe, &p->ceilings, err)
                    : probe_ceilings(&probe, &p->ceilings, err));
    p->measured = true;
    return HONE_OK;
}

/* ---- text ---- */

/* Caches come in powers of two. */
static const char *cache_size(uint64_t n_bytes, char out_text[REPORT_SIZE_BYTES])
{
    if (n_bytes == 0)
        snprintf(out_text, REPORT_SIZE_BYTES, "unknown");
    else if (n_bytes < 1 << 20)
        snprintf(out_text, REPORT_SIZE_BYTES, "%.0f KiB", (double)n_bytes / 1024);
    else
        snprintf(out_text, REPORT_SIZE_BYTES, "%.4g MiB", (double)n_bytes / (1 << 20));
    return out_text;
}

static void print_processor(const struct hone_machine_facts *facts)
{
    char l1[REPORT_SIZE_BYTES], l2[REPORT_SIZE_BYTES], l3[REPORT_SIZE_BYTES];
    printf("processor    %s, %u CPUs\n", facts->model[0] ? facts->model : "unknown", facts->n_cpus);
    printf("caches       L1 %s, L2 %s, L3 %s\n", cache_size(facts->l1_bytes, l1),
           cache_size(facts->l2_bytes, l2), cache_size(facts->l3_bytes, l3));
}

static void print_gpu(const struct hone_machine_facts *facts)
{
    char l2[REPORT_SIZE_BYTES], block[REPORT_SIZE_BYTES], sm[REPORT_SIZE_BYTES];
    printf("processor    %s, %u multiprocessors of %u threads and %u registers\n",
           facts->model[0] ? facts->model : "a typical GPU", facts->n_sms, facts->threads_sm,
           facts->regs_sm);
    printf("memory       %u GB/s, L2 %s; shared: %s, %s of a block\n", facts->memory_rate,
           cache_size(facts->l2_bytes, l2), cache_size(facts->shared_sm_bytes, sm),
           cache_size(facts->shared_bytes, block));
}

/* What only a device that is there can say. */
static void print_unit(const struct probed *p)
{
    const struct hone_machine_facts *facts = hone_kernels_facts(p->kernels);
    char driver[64], unit[64], size[REPORT_SIZE_BYTES];
    if (!hone_key_text_field(p->remote.stack, "unit", unit, sizeof unit)) return;
    hone_key_text_field(p->remote.stack, "driver", driver, sizeof driver);
    printf("device       %s, driver %s, %s\n", unit, driver,
           report_size((double)facts->memory_bytes, size));
}

static void print_machine(const struct probed *p)
{
    const struct hone_machine_facts *facts = hone_kernels_facts(p->kernels);
    printf("target       %s\n", p->target);
    printf("kernels      %s\n", p->isa);
    if (facts->n_sms)
        print_gpu(facts);
    else
        print_processor(facts);
    print_unit(p);
    if (p->compiler)
        printf("compiler     %s\n", p->compiler);
    else
        printf("compiler     none: %s\n", p->missing.text);
    for (size_t i = 0; i < FOREIGN_LIBRARIES; i++) {
        const struct foreign *f = &p->foreign[i];
        if (f->found)
            printf("%-12s %s %s (%s%s)\n", f->name, f->library,
                   f->version[0] ? f->version : "of unknown version", f->purpose,
                   f->used ? "" : "; not used yet");
        else
            printf("%-12s not found (%s)\n", f->name, f->purpose);
    }
}

static void rate_cell(struct table *table, const struct probe_rate *rate, const char *unit)
{
    if (rate->measured)
        table_cell(table, rate->value < 10 ? "%.2f %s ±%.0f%%" : "%.1f %s ±%.0f%%", rate->value,
                   unit, 100 * rate->spread);
    else
        table_cell(table, "-");
}

static enum hone_status print_ceilings(const struct probe_report *report, bool is_gpu,
                                       struct hone_error *err)
{
    char all[32], size[REPORT_SIZE_BYTES];
    snprintf(all, sizeof all, ">%u %s", report->n_threads, is_gpu ? "SMs" : "threads");
    const char *const titles[] = {"ceiling", ">1 thread", all, "what was run", NULL};
    const char *const gpu_titles[] = {"ceiling", all, "what was run", NULL};
    struct table table;
    table_begin(&table, is_gpu ? gpu_titles : titles);
    for (uint32_t i = 0; i < report->n_items; i++) {
        const struct probe_ceiling *item = &report->items[i];
        table_cell(&table, "%s", item->name);
        if (!is_gpu) rate_cell(&table, &item->one, item->unit);
        rate_cell(&table, &item->all, item->unit);
        if (item->n_bytes)
            table_cell(&table, "%s (%s)", item->how, cache_size(item->n_bytes, size));
        else
            table_cell(&table, "%s", item->how);
    }
    putchar('\n');
    HONE_TRY(table_end(&table, stdout, err));
    if (report->worst_spread > NOISY)
        printf("\nThis machine is too noisy to trust these numbers: one spreads by %.0f %%.\n",
               100 * report->worst_spread);
    return HONE_OK;
}

/* ---- CSV ---- */

static void add_rate(struct records *records, const struct probe_rate *rate)
{
    if (rate->measured) {
        record_number(records, rate->value);
        record_number(records, rate->spread);
        return;
    }
    record_none(records);
    record_none(records);
}

static enum hone_status print_csv(const struct probe_report *report, struct hone_error *err)
{
    static const struct record_column columns[] = {{"name", NULL, RECORD_TEXT},
                                                   {"unit", NULL, RECORD_TEXT},
                                                   {"bytes_per_thread", NULL, RECORD_INTEGER},
                                                   {"one_thread", NULL, RECORD_NUMBER},
                                                   {"one_thread_spread", NULL, RECORD_NUMBER},
                                                   {"all_threads", NULL, RECORD_NUMBER},
                                                   {"all_threads_spread", NULL, RECORD_NUMBER},
                                                   {"how", NULL, RECORD_TEXT},
                                                   {NULL, NULL, RECORD_END}};
    struct records records;
    records_begin(&records, columns);
    for (uint32_t i = 0; i < report->n_items; i++) {
        const struct probe_ceiling *item = &report->items[i];
        record_text(&records, item->name);
        record_text(&records, item->unit);
        record_integer(&records, (int64_t)item->n_bytes);
        add_rate(&records, &item->one);
        add_rate(&records, &item->all);
        record_text(&records, item->how);
    }
    return records_end(&records, RECORDS_CSV, stdout, err);
}

/* ---- JSON ---- */

static json_t *json_features(const struct hone_target *target)
{
    json_t *list = json_array();
    for (int f = 0; list && f < HONE_CPU_FEATURES; f++)
        if (hone_target_has(target, (enum hone_cpu_feature)f))
            json_array_append_new(list,
                                  json_string(hone_cpu_feature_name((enum hone_cpu_feature)f)));
    return list;
}

static json_t *json_foreign(const struct probed *p)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < FOREIGN_LIBRARIES; i++) {
        const struct foreign *f = &p->foreign[i];
        json_object_set_new(object, f->name,
                            f->found
                                ? json_pack("{s:b, s:s, s:s}", "found", 1, "library", f->library,
                                            "version", f->version)
                                : json_pack("{s:b, s:s}", "found", 0, "looked_for", f->looked_for));
    }
    return object;
}

static json_t *json_rate(const struct probe_rate *rate)
{
    if (!rate->measured) return json_null();
    return json_pack("{s:f, s:f}", "value", rate->value, "spread", rate->spread);
}

static json_t *json_ceilings(const struct probed *p)
{
    if (!p->measured) return json_null();
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < p->ceilings.n_items; i++) {
        const struct probe_ceiling *item = &p->ceilings.items[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:o, s:o}", "name", item->name, "unit", item->unit,
                            "bytes_per_thread", (json_int_t)item->n_bytes, "one_thread",
                            json_rate(&item->one), "all_threads", json_rate(&item->all)));
    }
    return list;
}

static void add_gpu(json_t *root, const struct hone_machine_facts *facts)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"n_sms", facts->n_sms},
                   {"threads_sm", facts->threads_sm},
                   {"regs_sm", facts->regs_sm},
                   {"shared_sm_bytes", facts->shared_sm_bytes},
                   {"shared_bytes", facts->shared_bytes},
                   {"memory_rate", facts->memory_rate}};
    for (size_t i = 0; root && facts->n_sms && i < sizeof numbers / sizeof *numbers; i++)
        json_object_set_new(root, numbers[i].name, json_integer((json_int_t)numbers[i].value));
}

static enum hone_status print_json(const struct probed *p, struct hone_error *err)
{
    const struct hone_machine_facts *facts = hone_kernels_facts(p->kernels);
    json_t *compiler = p->compiler
                           ? json_pack("{s:b, s:s}", "found", 1, "version", p->compiler)
                           : json_pack("{s:b, s:s}", "found", 0, "message", p->missing.text);
    json_t *root =
        json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o}", "target", p->target, "isa",
                  p->isa, "features", json_features(hone_kernels_target(p->kernels)), "processor",
                  report_json_text(facts->model, strlen(facts->model)), "n_cpus",
                  (json_int_t)facts->n_cpus, "l1_bytes", (json_int_t)facts->l1_bytes, "l2_bytes",
                  (json_int_t)facts->l2_bytes, "l3_bytes", (json_int_t)facts->l3_bytes, "compiler",
                  compiler, "libraries", json_foreign(p));
    add_gpu(root, facts);
    if (root && p->measured) {
        json_object_set_new(root, "n_threads", json_integer(p->ceilings.n_threads));
        json_object_set_new(root, "worst_spread", json_real(p->ceilings.worst_spread));
        json_object_set_new(root, "noisy", json_boolean(p->ceilings.worst_spread > NOISY));
    }
    if (root) json_object_set_new(root, "ceilings", json_ceilings(p));
    return report_json(root, stdout, err);
}

/* ---- the verb ---- */

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    static struct probed p; /* large, and zero */
    HONE_TRY(options_parse(&line, argc, argv, NULL, err));
    HONE_TRY(hone_paths_find(&p.paths, err));
    const char *const worker[] = {p.paths.hone, "compile-worker", NULL};
    struct hone_kernels_options kernels = {
        .struct_size = sizeof kernels, .data_dir = p.paths.data, .compile_command = worker};
    struct hone_target wanted;
    if (target_text) {
        if (runner_command || device)
            return hone_fail(err, HONE_ERR_ARGUMENT, "--target and --%s exclude each other",
                             device ? "device" : "runner");
        HONE_TRY(hone_target_parse(target_text, &wanted, err));
        kernels.target = &wanted;
    }
    HONE_TRY(remote_open(runner_command, &p.paths, &p.remote, err));
    if (runner_command || device) {
        HONE_TRY(remote_ask(&p.remote, device, err));
        kernels.target = &p.remote.target;
        kernels.facts = &p.remote.facts;
    }
    HONE_TRY(hone_kernels_open(&kernels, &p.kernels, err));
    enum hone_status status = look(&p, err);
    if (status == HONE_OK && !json && !csv) {
        print_machine(&p);
        fflush(stdout);
    }
    if (status == HONE_OK) status = measure(&p, err);
    if (status == HONE_OK && json) status = print_json(&p, err);
    if (status == HONE_OK && csv && !json) status = print_csv(&p.ceilings, err);
    if (status == HONE_OK && p.measured && !json && !csv)
        status = print_ceilings(&p.ceilings, hone_kernels_facts(p.kernels)->n_sms > 0, err);
    if (status == HONE_OK) status = report_flush(stdout, err);
    hone_kernels_close(p.kernels);
    remote_close(&p.remote);
    return status;
}

const struct command command_probe = {"probe", &line, run};
