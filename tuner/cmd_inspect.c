/* SPDX-License-Identifier: MIT */
/* hone inspect: what is in a package, for people, as JSON or as CSV. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/hash.h"
#include "runtime/hone.h"
#include "runtime/package/package.h"
#include "tuner/command.h"
#include "tuner/device_here.h"
#include "tuner/inspect_steps.h"
#include "tuner/inspect_weights.h"
#include "tuner/report/table.h"

static uint32_t json, steps_of;
static const char *csv;

static const struct option options[] = {
    {0, "steps", OPTION_U32, &steps_of, "N", "list the steps of a forward of N rows"},
    {0, "json", OPTION_FLAG, &json, NULL, "one JSON object"},
    {0, "csv", OPTION_TEXT, &csv, "TABLE", "sections, info, lists, kernels, weights or steps"},
};

static const struct command_line line = {
    .usage = "inspect FILE.hone [--steps N] [--json | --csv TABLE]",
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
    struct hone_model *model;
    struct hone_session_options session = {.struct_size = sizeof session};
    HONE_TRY(hone_package_open(path, &in->package, err));
    hone_target_format(&in->package.target, in->target);
    hone_hash_hex(in->package.header->manifest_hash, in->manifest);
    in->runs_here = device_runs(&in->package.target);
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

/* ---- tables: filled alike for people, CSV and JSON ---- */

static void fill_sections(const struct hone_package *p, struct records *out_records)
{
    static const struct record_column columns[] = {
        {"name", "section", RECORD_TEXT},     {"bytes", "bytes", RECORD_INTEGER},
        {"offset", "offset", RECORD_INTEGER}, {"sha256", NULL, RECORD_TEXT},
        {NULL, "sha256", RECORD_TEXT},        {NULL, NULL, RECORD_END}};
    records_begin(out_records, columns);
    for (uint32_t i = 0; i < p->header->n_sections; i++) {
        const struct hone_package_section *s = &p->sections[i];
        char hex[HONE_HASH_HEX_BYTES];
        hone_hash_hex(s->hash, hex);
        record_text(out_records, hone_section_name(s->kind));
        record_integer(out_records, (int64_t)s->n_bytes);
        record_integer(out_records, (int64_t)s->offset);
        record_text(out_records, hex);
        record_text(out_records, s->kind == HONE_SECTION_WEIGHTS     ? "by chunk: hone verify"
                                 : s->kind == HONE_SECTION_SIGNATURE ? "signs the others"
                                                                     : hex);
    }
}

static void fill_info(const struct hone_package *p, struct records *out_records)
{
    static const struct record_column columns[] = {
        {"key", "info", RECORD_TEXT}, {"value", "", RECORD_TEXT}, {NULL, NULL, RECORD_END}};
    const char *key, *value;
    size_t at = 0, n_key, n_value;
    records_begin(out_records, columns);
    while (next_info(p, &at, &key, &n_key, &value, &n_value)) {
        record_format(out_records, "%.*s", (int)(n_key < 60 ? n_key : 60), key);
        record_format(out_records, "%.*s", (int)(n_value < 200 ? n_value : 200), value);
    }
}

/* NOT_FOUND: what is not listed in this package. */
static enum hone_status fill(const struct inspected *in, const char *table,
                             struct records *out_records, struct hone_error *err)
{
    const struct hone_package *p = &in->package;
    struct hone_error why = {0};
    if (strcmp(table, "sections") == 0)
        fill_sections(p, out_records);
    else if (strcmp(table, "info") == 0)
        fill_info(p, out_records);
    else if (strcmp(table, "lists") == 0)
        inspect_lists(&p->plan, out_records);
    else if (strcmp(table, "kernels") == 0)
        inspect_kernels(p, out_records);
    else if (strcmp(table, "steps") == 0)
        return inspect_steps(&p->plan, steps_of ? steps_of : 1, out_records, err);
    else if (strcmp(table, "weights") != 0)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "--csv %s: sections, info, lists, kernels, weights or steps", table);
    else if (!inspect_weights(p, out_records, &why)) {
        records_drop(out_records);
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s",
                         why.text[0] ? why.text : "the package has no proofs");
    }
    return HONE_OK;
}

static enum hone_status print_table(const struct inspected *in, const char *table,
                                    enum records_mode mode, struct hone_error *err)
{
    struct records records;
    HONE_TRY(fill(in, table, &records, err));
    return records_end(&records, mode, stdout, err);
}

/* ---- text ---- */

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

static enum hone_status print_weights(const struct inspected *in, struct hone_error *err)
{
    struct hone_error why = {0};
    if (!in->package.parts[HONE_SECTION_PROOFS].data) return HONE_OK;
    putchar('\n');
    enum hone_status status = print_table(in, "weights", RECORDS_TEXT, &why);
    if (status == HONE_OK) return HONE_OK;
    if (status == HONE_ERR_NO_MEMORY || status == HONE_ERR_IO)
        return hone_fail(err, status, "%s", why.text);
    printf("weights    cannot be listed: %s\n", why.text);
    return HONE_OK;
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
    static const char *const tables[] = {"sections", "info", "lists", "kernels"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        putchar('\n');
        HONE_TRY(print_table(in, tables[i], RECORDS_TEXT, err));
    }
    HONE_TRY(print_weights(in, err));
    if (!steps_of) return HONE_OK;
    putchar('\n');
    return print_table(in, "steps", RECORDS_TEXT, err);
}

/* ---- JSON ---- */

/* NULL: no memory, or (weights) nothing to be said. */
static json_t *json_table(const struct inspected *in, const char *table)
{
    struct records records;
    return fill(in, table, &records, NULL) == HONE_OK ? records_end_json(&records) : NULL;
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
    struct records records;
    json_t *weights = json_table(in, "weights");
    json_object_set_new(root, "weights", weights ? weights : json_null());
    if (!steps_of) return HONE_OK;
    HONE_TRY(fill(in, "steps", &records, err));
    json_object_set_new(root, "steps", records_end_json(&records));
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
                  memory, "sections", json_table(in, "sections"), "info", json_info(&in->package),
                  "lists", json_table(in, "lists"), "kernels", json_table(in, "kernels"));
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
    if (status == HONE_OK)
        status = json  ? print_json(&in, err)
                 : csv ? print_table(&in, csv, RECORDS_CSV, err)
                       : print_text(&in, err);
    hone_package_close(&in.package);
    return status == HONE_OK ? report_flush(stdout, err) : status;
}

const struct command command_inspect = {"inspect", &line, run};
