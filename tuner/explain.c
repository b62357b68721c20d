/* SPDX-License-Identifier: MIT */
/* Rows of an explanation, as a table and as JSON. */
#include "tuner/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tuner/report/records.h"
#include "tuner/report/table.h"

/* ---- collecting ---- */

enum hone_status explain_add_part(struct explain_report *report, const char *title, double weight,
                                  struct hone_error *err)
{
    size_t n = report->n_parts + 1;
    struct explain_part *grown = realloc(report->parts, n * sizeof *grown);
    if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "explain: no memory");
    report->parts = grown;
    struct explain_part *part = &grown[report->n_parts++];
    *part = (struct explain_part){.weight = weight};
    snprintf(part->title, sizeof part->title, "%s", title);
    return HONE_OK;
}

static void merge(struct explain_row *into, const struct explain_row *row)
{
    into->n += row->n;
    into->seconds += row->seconds;
    into->work.operations += row->work.operations;
    into->work.resident_bytes += row->work.resident_bytes;
    into->work.activation_bytes += row->work.activation_bytes;
}

enum hone_status explain_add_row(struct explain_report *report, const struct explain_row *row,
                                 struct hone_error *err)
{
    struct explain_part *part = &report->parts[report->n_parts - 1];
    for (uint32_t i = 0; i < part->n_rows; i++)
        if (strcmp(part->rows[i].what, row->what) == 0 &&
            strcmp(part->rows[i].kernel, row->kernel) == 0) {
            merge(&part->rows[i], row);
            return HONE_OK;
        }
    if (part->n_rows == part->capacity) {
        uint32_t capacity = part->capacity ? 2 * part->capacity : 32;
        struct explain_row *grown = realloc(part->rows, capacity * sizeof *grown);
        if (!grown) return hone_fail(err, HONE_ERR_NO_MEMORY, "explain: no memory");
        part->rows = grown;
        part->capacity = capacity;
    }
    part->rows[part->n_rows++] = *row;
    return HONE_OK;
}

static int longest_first(const void *a, const void *b)
{
    const struct explain_row *x = a, *y = b;
    if (x->seconds != y->seconds) return x->seconds > y->seconds ? -1 : 1;
    return strcmp(x->what, y->what);
}

/* Steps of a row are alike: the floor of one, times their number. */
static void set_floor(const struct ceilings *ceilings, struct explain_row *row, double resident_set)
{
    struct work one = row->work;
    if (ceilings->n_threads == 0) return; /* nobody has measured them */
    one.operations /= row->n;
    one.resident_bytes /= row->n;
    one.activation_bytes /= row->n;
    ceilings_floor(ceilings, &one, resident_set, &row->least);
    row->least.seconds *= row->n;
}

void explain_end_part(struct explain_report *report, double resident_set)
{
    struct explain_part *part = &report->parts[report->n_parts - 1];
    double all = 0;
    for (uint32_t i = 0; i < part->n_rows; i++) all += part->rows[i].work.resident_bytes;
    for (uint32_t i = 0; i < part->n_rows; i++)
        set_floor(&report->ceilings, &part->rows[i], resident_set > 0 ? resident_set : all);
    if (part->n_rows) qsort(part->rows, part->n_rows, sizeof *part->rows, longest_first);
}

void explain_release(struct explain_report *report)
{
    for (uint32_t p = 0; p < report->n_parts; p++) free(report->parts[p].rows);
    free(report->parts);
    report->parts = NULL;
    report->n_parts = 0;
}

/* ---- sums ---- */

static double seconds_of(const struct explain_part *part)
{
    double sum = 0;
    for (uint32_t i = 0; i < part->n_rows; i++) sum += part->rows[i].seconds;
    return sum;
}

/* What is not measured is taken at its word. */
static double floor_of(const struct explain_part *part)
{
    double sum = 0;
    for (uint32_t i = 0; i < part->n_rows; i++)
        sum += part->rows[i].measured ? part->rows[i].least.seconds : part->rows[i].seconds;
    return sum;
}

static double mix_of(const struct explain_report *report)
{
    double sum = 0;
    for (uint32_t p = 0; p < report->n_parts; p++)
        sum += report->parts[p].weight * seconds_of(&report->parts[p]);
    return sum;
}

static double reached(const struct explain_row *row)
{
    return row->seconds > 0 ? row->least.seconds / row->seconds : 0;
}

/* ---- text ---- */

static void print_row(struct table *table, const struct explain_part *part,
                      const struct explain_row *row, bool configs)
{
    const struct work *work = &row->work;
    char time[32];
    report_time(row->seconds * 1e9, time, sizeof time);
    if (part->weight > 0)
        table_cell(table, "%.1f%%", 100 * row->seconds / seconds_of(part));
    else
        table_cell(table, "-");
    table_cell(table, "%s", time);
    table_cell(table, "%u", row->n);
    table_cell(table, "%.4g", work->operations * 1e-9);
    table_cell(table, "%.4g", (work->resident_bytes + work->activation_bytes) * 1e-6);
    table_cell(table, "%s", row->measured ? row->least.bound : "not timed");
    if (row->measured)
        table_cell(table, "%.0f%%", 100 * reached(row));
    else
        table_cell(table, "-");
    table_cell(table, "%s", row->what);
    table_cell(table, configs ? "%s %s" : "%s", row->kernel, row->config);
}

static enum hone_status print_part(const struct explain_report *report,
                                   const struct explain_part *part, bool configs,
                                   struct hone_error *err)
{
    static const char *const titles[] = {"share>",   ">time",    ">steps", ">Gop",   ">MB",
                                         "bound by", ">reached", "what",   "kernel", NULL};
    const char *shown[10];
    char all[32], least[32];
    struct table table;
    memcpy(shown, titles, sizeof shown);
    shown[0] = ">share";
    report_time(seconds_of(part) * 1e9, all, sizeof all);
    report_time(floor_of(part) * 1e9, least, sizeof least);
    printf("%s", part->title);
    if (part->weight > 0)
        printf(": %s, %.1f %% of the mix; at its ceilings %s: %.0f %%", all,
               100 * part->weight * seconds_of(part) / mix_of(report), least,
               100 * floor_of(part) / seconds_of(part));
    printf("\n");
    table_begin(&table, shown);
    for (uint32_t i = 0; i < part->n_rows; i++) print_row(&table, part, &part->rows[i], configs);
    return table_end(&table, stdout, err);
}

enum hone_status explain_print(const struct explain_report *report, bool configs,
                               struct hone_error *err)
{
    const struct ceilings *c = &report->ceilings;
    printf("ceilings of %u thread%s: f32 %.0f, bf16 %.0f, int8 %.0f Gop/s; reading L1 %.0f, L2 "
           "%.0f, L3 %.0f, memory %.1f GB/s; launch %.2f us\n",
           c->n_threads, c->n_threads == 1 ? "" : "s", c->operations[ARITHMETIC_F32] * 1e-9,
           c->operations[ARITHMETIC_BF16] * 1e-9, c->operations[ARITHMETIC_INT8] * 1e-9,
           c->read[LEVEL_L1] * 1e-9, c->read[LEVEL_L2] * 1e-9, c->read[LEVEL_L3] * 1e-9,
           c->read[LEVEL_MEMORY] * 1e-9, c->launch_seconds * 1e6);
    for (uint32_t p = 0; p < report->n_parts; p++) {
        putchar('\n');
        HONE_TRY(print_part(report, &report->parts[p], configs, err));
    }
    return HONE_OK;
}

/* ---- JSON ---- */

static json_t *text_of(const char *text)
{
    return report_json_text(text, strlen(text));
}

static json_t *json_row(const struct explain_part *part, const struct explain_row *row)
{
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:o, s:I, s:f, s:f, s:f, s:f, s:b}", "what", text_of(row->what),
                  "problem", text_of(row->problem), "kernel", text_of(row->kernel), "config",
                  text_of(row->config), "n_steps", (json_int_t)row->n, "seconds", row->seconds,
                  "operations", row->work.operations, "resident_bytes", row->work.resident_bytes,
                  "activation_bytes", row->work.activation_bytes, "measured", (int)row->measured);
    if (object && part->weight > 0)
        json_object_set_new(object, "share", json_real(row->seconds / seconds_of(part)));
    if (object && row->measured) {
        json_object_set_new(object, "bound", json_string(row->least.bound));
        json_object_set_new(object, "floor_seconds", json_real(row->least.seconds));
        json_object_set_new(object, "reached", json_real(reached(row)));
    }
    return object;
}

static json_t *json_part(const struct explain_report *report, const struct explain_part *part)
{
    json_t *rows = json_array();
    for (uint32_t i = 0; rows && i < part->n_rows; i++)
        json_array_append_new(rows, json_row(part, &part->rows[i]));
    double mix = mix_of(report);
    return json_pack("{s:o, s:f, s:f, s:f, s:f, s:o}", "title", text_of(part->title), "weight",
                     part->weight, "seconds", seconds_of(part), "floor_seconds", floor_of(part),
                     "share", mix > 0 ? part->weight * seconds_of(part) / mix : 0, "rows", rows);
}

static json_t *json_ceilings(const struct ceilings *c)
{
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "n_threads",
                     (json_int_t)c->n_threads, "fma_f32", c->operations[ARITHMETIC_F32], "dot_bf16",
                     c->operations[ARITHMETIC_BF16], "dot_int8", c->operations[ARITHMETIC_INT8],
                     "read_l1", c->read[LEVEL_L1], "read_l2", c->read[LEVEL_L2], "read_l3",
                     c->read[LEVEL_L3], "read_memory", c->read[LEVEL_MEMORY], "launch_seconds",
                     c->launch_seconds);
}

enum hone_status explain_print_json(const struct explain_report *report, struct hone_error *err)
{
    json_t *parts = json_array();
    for (uint32_t p = 0; parts && p < report->n_parts; p++)
        json_array_append_new(parts, json_part(report, &report->parts[p]));
    return report_json(
        json_pack("{s:o, s:o}", "ceilings", json_ceilings(&report->ceilings), "parts", parts),
        stdout, err);
}

/* ---- CSV ---- */

static void csv_row(struct records *r, const struct explain_part *part,
                    const struct explain_row *row)
{
    record_text(r, part->title);
    record_number(r, part->weight);
    record_text(r, row->what);
    record_text(r, row->problem);
    record_text(r, row->kernel);
    record_text(r, row->config);
    record_integer(r, row->n);
    record_number(r, row->seconds);
    record_number(r, part->weight > 0 ? row->seconds / seconds_of(part) : NAN);
    record_number(r, row->work.operations);
    record_number(r, row->work.resident_bytes);
    record_number(r, row->work.activation_bytes);
    record_flag(r, row->measured);
    record_text(r, row->measured ? row->least.bound : NULL);
    record_number(r, row->measured ? row->least.seconds : NAN);
    record_number(r, row->measured ? reached(row) : NAN);
}

enum hone_status explain_print_csv(const struct explain_report *report, struct hone_error *err)
{
    static const struct record_column columns[] = {{"part", NULL, RECORD_TEXT},
                                                   {"weight", NULL, RECORD_NUMBER},
                                                   {"what", NULL, RECORD_TEXT},
                                                   {"problem", NULL, RECORD_TEXT},
                                                   {"kernel", NULL, RECORD_TEXT},
                                                   {"config", NULL, RECORD_TEXT},
                                                   {"n_steps", NULL, RECORD_INTEGER},
                                                   {"seconds", NULL, RECORD_NUMBER},
                                                   {"share", NULL, RECORD_NUMBER},
                                                   {"operations", NULL, RECORD_NUMBER},
                                                   {"resident_bytes", NULL, RECORD_NUMBER},
                                                   {"activation_bytes", NULL, RECORD_NUMBER},
                                                   {"measured", NULL, RECORD_FLAG},
                                                   {"bound", NULL, RECORD_TEXT},
                                                   {"floor_seconds", NULL, RECORD_NUMBER},
                                                   {"reached", NULL, RECORD_NUMBER},
                                                   {NULL, NULL, RECORD_END}};
    struct records records;
    records_begin(&records, columns);
    for (uint32_t p = 0; p < report->n_parts; p++)
        for (uint32_t i = 0; i < report->parts[p].n_rows; i++)
            csv_row(&records, &report->parts[p], &report->parts[p].rows[i]);
    return records_end(&records, RECORDS_CSV, stdout, err);
}
