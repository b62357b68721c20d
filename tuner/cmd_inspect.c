/* SPDX-License-Identifier: MIT */
/* hone inspect: what is in a package, for people or as JSON. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/hash.h"
#include "runtime/hone.h"
#include "runtime/package/package.h"
#include "tuner/command.h"
#include "tuner/inspect_steps.h"
#include "tuner/inspect_weights.h"
#include "tuner/report/table.h"

static uint32_t json, steps_of;

static const struct option options[] = {
    {0, "steps", OPTION_U32, &steps_of, "N", "list the steps of a forward of N rows"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
};

static const struct command_line line = {
    .usage = "inspect FILE.hone [--steps N] [--json]",
    .purpose = "contents of a package: sections, envelope, memory, step lists, kernels",
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .n_positionals = 1,
};

struct inspected {
    struct hone_package package;
    char target[HONE_TARGET_TEXT_BYTES], manifest[HONE_HASH_HEX_BYTES];
    bool runs_here;
    uint64_t session_bytes; /* one sequence, a thread per CPU; 0 where it does not run */
};

static enum hone_status open_package(const char *path, struct inspected *in, struct hone_error *err)
{
    struct hone_target machine;
    struct hone_model *model;
    struct hone_session_options session = {.struct_size = sizeof session};
    HONE_TRY(hone_package_open(path, &in->package, err));
    hone_target_detect(&machine);
    hone_target_format(&in->package.target, in->target);
    hone_hash_hex(in->package.header->manifest_hash, in->manifest);
    in->runs_here = hone_target_runs(&machine, &in->package.target);
    if (!in->runs_here) return HONE_OK;
    HONE_TRY(hone_open(path, NULL, &model, err));
    enum hone_status status = hone_session_bytes(model, &session, &in->session_bytes, err);
    hone_close(model);
    return status;
}

/* The next line of INFO; false at the end. Lines were checked when the package was opened. */
static bool next_info(const struct hone_package *package, size_t *at, const char **out_key,
                      size_t *out_key_bytes, const char **out_value, size_t *out_value_bytes)
{
    const struct hone_package_part *part = &package->parts[HONE_SECTION_INFO];
    if (*at >= part->n_bytes) return false;
    const char *text = (const char *)part->data + *at;
    const char *end = memchr(text, '\n', (size_t)part->n_bytes - *at);
    const char *equals = memchr(text, '=', (size_t)(end - text));
    *out_key = text;
    *out_key_bytes = (size_t)(equals - text);
    *out_value = equals + 1;
    *out_value_bytes = (size_t)(end - equals - 1);
    *at += (size_t)(end - text) + 1;
    return true;
}

/* ---- text ---- */

static enum hone_status print_sections(const struct hone_package *p, struct hone_error *err)
{
    static const char *const titles[] = {"section", ">bytes", ">offset", "sha256", NULL};
    struct table table;
    table_begin(&table, titles);
    for (uint32_t i = 0; i < p->header->n_sections; i++) {
        const struct hone_package_section *s = &p->sections[i];
        char hex[HONE_HASH_HEX_BYTES];
        hone_hash_hex(s->hash, hex);
        table_cell(&table, "%s", hone_section_name(s->kind));
        table_cell(&table, "%" PRIu64, s->n_bytes);
        table_cell(&table, "%" PRIu64, s->offset);
        if (s->kind == HONE_SECTION_WEIGHTS)
            table_cell(&table, "by chunk: hone verify");
        else
            table_cell(&table, "%s", s->kind == HONE_SECTION_SIGNATURE ? "signs the others" : hex);
    }
    return table_end(&table, stdout, err);
}

static enum hone_status print_info(const struct hone_package *p, struct hone_error *err)
{
    static const char *const titles[] = {"info", "", NULL};
    const char *key, *value;
    size_t at = 0, n_key, n_value;
    struct table table;
    table_begin(&table, titles);
    while (next_info(p, &at, &key, &n_key, &value, &n_value)) {
        table_cell(&table, "%.*s", (int)(n_key < 60 ? n_key : 60), key);
        table_cell(&table, "%.*s", (int)(n_value < 200 ? n_value : 200), value);
    }
    return table_end(&table, stdout, err);
}

static uint64_t kv_per_token(const struct hone_plan *plan)
{
    return plan->kv_bytes_per_page / plan->header->page_tokens;
}

static void print_memory(const struct inspected *in)
{
    const struct hone_plan_header *h = in->package.plan.header;
    char a[REPORT_SIZE_BYTES], s[REPORT_SIZE_BYTES], k[REPORT_SIZE_BYTES], all[REPORT_SIZE_BYTES];
    printf("envelope   %u positions in pages of %u; %u rows and %u sequences in a forward, %u rows "
           "of logits; vocabulary %u\n",
           h->max_context, h->page_tokens, h->max_tokens, h->max_seqs, h->max_out, h->n_vocab);
    printf("memory     activations %s, scratch %s per thread, KV %s per position\n",
           report_size((double)h->activation_bytes, a), report_size((double)h->scratch_bytes, s),
           report_size((double)kv_per_token(&in->package.plan), k));
    if (in->runs_here)
        printf("           a session of one full sequence on all CPUs here: %s\n",
               report_size((double)in->session_bytes, all));
}

static enum hone_status print_text(const struct inspected *in, struct hone_error *err)
{
    const struct hone_package *p = &in->package;
    char size[REPORT_SIZE_BYTES];
    printf("package    %s, %s, version %u\n", p->path,
           report_size((double)p->header->file_bytes, size), p->header->version);
    printf("manifest   %s\n", in->manifest);
    printf("target     %s (%s)\n", in->target, in->runs_here ? "runs here" : "does not run here");
    print_memory(in);
    putchar('\n');
    HONE_TRY(print_sections(p, err));
    putchar('\n');
    HONE_TRY(print_info(p, err));
    putchar('\n');
    HONE_TRY(inspect_print_lists(&p->plan, err));
    putchar('\n');
    HONE_TRY(inspect_print_kernels(p, err));
    putchar('\n');
    HONE_TRY(inspect_print_weights(p, err));
    if (!steps_of) return HONE_OK;
    putchar('\n');
    return inspect_print_steps(&p->plan, steps_of, err);
}

/* ---- JSON ---- */

static json_t *json_sections(const struct hone_package *p)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < p->header->n_sections; i++) {
        const struct hone_package_section *s = &p->sections[i];
        char hex[HONE_HASH_HEX_BYTES];
        hone_hash_hex(s->hash, hex);
        json_array_append_new(list,
                              json_pack("{s:s, s:I, s:I, s:s}", "name", hone_section_name(s->kind),
                                        "bytes", (json_int_t)s->n_bytes, "offset",
                                        (json_int_t)s->offset, "sha256", hex));
    }
    return list;
}

static json_t *json_info(const struct hone_package *p)
{
    const char *key, *value;
    size_t at = 0, n_key, n_value;
    json_t *object = json_object();
    while (object && next_info(p, &at, &key, &n_key, &value, &n_value)) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(n_key < 60 ? n_key : 60), key);
        if (!json_object_get(object, name)) /* the first line of a key counts */
            json_object_set_new(object, name, report_json_text(value, n_value));
    }
    return object;
}

static enum hone_status add_json(const struct inspected *in, json_t *root, struct hone_error *err)
{
    json_t *steps;
    json_object_set_new(root, "weights", inspect_json_weights(&in->package));
    if (!steps_of) return HONE_OK;
    HONE_TRY(inspect_json_steps(&in->package.plan, steps_of, &steps, err));
    json_object_set_new(root, "steps", steps);
    return HONE_OK;
}

static enum hone_status print_json(const struct inspected *in, struct hone_error *err)
{
    const struct hone_plan *plan = &in->package.plan;
    const struct hone_plan_header *h = plan->header;
    json_t *envelope =
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "max_context", (json_int_t)h->max_context,
                  "page_tokens", (json_int_t)h->page_tokens, "max_tokens",
                  (json_int_t)h->max_tokens, "max_seqs", (json_int_t)h->max_seqs, "max_out",
                  (json_int_t)h->max_out, "n_vocab", (json_int_t)h->n_vocab);
    json_t *memory = json_pack(
        "{s:I, s:I, s:I, s:I}", "activation_bytes", (json_int_t)h->activation_bytes,
        "scratch_bytes_per_thread", (json_int_t)h->scratch_bytes, "kv_bytes_per_page",
        (json_int_t)plan->kv_bytes_per_page, "session_bytes", (json_int_t)in->session_bytes);
    json_t *root =
        json_pack("{s:o, s:I, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "package",
                  report_json_text(in->package.path, strlen(in->package.path)), "bytes",
                  (json_int_t)in->package.header->file_bytes, "manifest", in->manifest, "target",
                  in->target, "runs_here", (int)in->runs_here, "envelope", envelope, "memory",
                  memory, "sections", json_sections(&in->package), "info", json_info(&in->package),
                  "lists", inspect_json_lists(plan), "kernels", inspect_json_kernels(&in->package));
    enum hone_status status = root ? add_json(in, root, err) : HONE_OK;
    if (status == HONE_OK) return report_json(root, stdout, err);
    json_decref(root);
    return status;
}

static enum hone_status run(int argc, char **argv, struct hone_error *err)
{
    const char *path;
    struct inspected in = {.package.fd = -1};
    HONE_TRY(options_parse(&line, argc, argv, &path, err));
    enum hone_status status = open_package(path, &in, err);
    if (status == HONE_OK) status = json ? print_json(&in, err) : print_text(&in, err);
    hone_package_close(&in.package);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

const struct command command_inspect = {"inspect", &line, run};
