/* SPDX-License-Identifier: MIT */
/* Cells, and what programs read of them. */
#include "tuner/report/records.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "tuner/report/record_cell.h"
#include "tuner/report/table.h"

void records_begin(struct records *records, const struct record_column *columns)
{
    *records = (struct records){.columns = columns};
    while (columns[records->n_columns].kind != RECORD_END &&
           records->n_columns < RECORDS_MAX_COLUMNS)
        records->n_columns++;
}

static struct record_cell *next(struct records *records)
{
    if (records->n_cells == records->capacity) {
        size_t capacity = records->capacity ? 2 * records->capacity : 256;
        struct record_cell *cells = hone_arena_array(&records->arena, capacity, sizeof *cells);
        if (!cells) {
            records->no_memory = true;
            return NULL;
        }
        if (records->n_cells) memcpy(cells, records->cells, records->n_cells * sizeof *cells);
        records->cells = cells;
        records->capacity = capacity;
    }
    return &records->cells[records->n_cells++];
}

static void put(struct records *records, struct record_cell cell)
{
    struct record_cell *at = next(records);
    if (at) *at = cell;
}

void record_none(struct records *records)
{
    put(records, (struct record_cell){.kind = CELL_NONE});
}

void record_text(struct records *records, const char *text)
{
    if (!text) {
        record_none(records);
        return;
    }
    const char *copy = hone_arena_text(&records->arena, text, strlen(text));
    if (!copy) records->no_memory = true;
    put(records, (struct record_cell){.kind = CELL_TEXT, .text = copy ? copy : ""});
}

void record_format(struct records *records, const char *format, ...)
{
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    record_text(records, text);
}

void record_integer(struct records *records, int64_t value)
{
    put(records, (struct record_cell){.kind = CELL_INTEGER, .integer = value});
}

void record_number(struct records *records, double value)
{
    if (isfinite(value))
        put(records, (struct record_cell){.kind = CELL_NUMBER, .number = value});
    else
        record_none(records);
}

void record_flag(struct records *records, bool value)
{
    put(records, (struct record_cell){.kind = CELL_FLAG, .integer = value});
}

void record_list(struct records *records, const double *values, size_t n_values)
{
    double *copy = hone_arena_array(&records->arena, n_values ? n_values : 1, sizeof *copy);
    if (!copy) records->no_memory = true;
    if (copy && n_values) memcpy(copy, values, n_values * sizeof *copy);
    put(records, (struct record_cell){
                     .kind = CELL_LIST, .list = copy, .integer = copy ? (int64_t)n_values : 0});
}

size_t records_rows(const struct records *records)
{
    return records->n_columns ? records->n_cells / records->n_columns : 0;
}

void records_drop(struct records *records)
{
    hone_arena_release(&records->arena);
    *records = (struct records){0};
}

enum records_mode records_mode(uint32_t json, uint32_t csv)
{
    return json ? RECORDS_JSON : csv ? RECORDS_CSV : RECORDS_TEXT;
}

/* ---- JSON ---- */

static json_t *json_list(const struct record_cell *cell)
{
    json_t *list = json_array();
    bool whole = true;
    for (int64_t i = 0; i < cell->integer; i++)
        whole = whole && fabs(cell->list[i]) < 1e15 && cell->list[i] == floor(cell->list[i]);
    for (int64_t i = 0; list && i < cell->integer; i++)
        json_array_append_new(list, whole ? json_integer((json_int_t)cell->list[i])
                                    : isfinite(cell->list[i]) ? json_real(cell->list[i])
                                                              : json_null());
    return list;
}

static json_t *json_cell(const struct record_cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT: return report_json_text(cell->text, strlen(cell->text));
    case CELL_INTEGER: return json_integer(cell->integer);
    case CELL_NUMBER: return json_real(cell->number);
    case CELL_FLAG: return json_boolean(cell->integer);
    case CELL_LIST: return json_list(cell);
    case CELL_NONE: break;
    }
    return json_null();
}

static json_t *json_record(const struct records *records, size_t row)
{
    json_t *object = json_object();
    for (uint32_t c = 0; object && c < records->n_columns; c++)
        if (records->columns[c].name &&
            json_object_set_new(object, records->columns[c].name,
                                json_cell(&records->cells[row * records->n_columns + c])) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *json_records(const struct records *records)
{
    json_t *list = records->no_memory ? NULL : json_array();
    for (size_t row = 0; list && row < records_rows(records); row++)
        if (json_array_append_new(list, json_record(records, row)) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *records_end_json(struct records *records)
{
    json_t *list = json_records(records);
    records_drop(records);
    return list;
}

static enum hone_status print_lines(const struct records *records, FILE *to, struct hone_error *err)
{
    for (size_t row = 0; row < records_rows(records); row++) {
        json_t *object = json_record(records, row);
        if (!object) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the report");
        json_dumpf(object, to, JSON_COMPACT | JSON_PRESERVE_ORDER);
        json_decref(object);
        fputc('\n', to);
    }
    return HONE_OK;
}

/* ---- CSV, as RFC 4180 has it ---- */

static void csv_text(const char *text, FILE *to)
{
    if (!strpbrk(text, ",\"\r\n") && *text != ' ' && (!*text || text[strlen(text) - 1] != ' ')) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"') fputc('"', to);
        fputc(*text, to);
    }
    fputc('"', to);
}

static void csv_cell(const struct record_cell *cell, FILE *to)
{
    switch (cell->kind) {
    case CELL_TEXT: csv_text(cell->text, to); break;
    case CELL_INTEGER: fprintf(to, "%" PRId64, cell->integer); break;
    case CELL_NUMBER: fprintf(to, "%.9g", cell->number); break;
    case CELL_FLAG: fputs(cell->integer ? "true" : "false", to); break;
    case CELL_LIST:
        for (int64_t i = 0; i < cell->integer; i++)
            fprintf(to, "%s%.9g", i ? " " : "", cell->list[i]);
        break;
    case CELL_NONE: break;
    }
}

static void print_csv(const struct records *records, FILE *to)
{
    const char *comma = "";
    for (uint32_t c = 0; c < records->n_columns; c++) {
        if (!records->columns[c].name) continue;
        fputs(comma, to);
        csv_text(records->columns[c].name, to);
        comma = ",";
    }
    fputs("\r\n", to);
    for (size_t row = 0; row < records_rows(records); row++) {
        comma = "";
        for (uint32_t c = 0; c < records->n_columns; c++) {
            if (!records->columns[c].name) continue;
            fputs(comma, to);
            csv_cell(&records->cells[row * records->n_columns + c], to);
            comma = ",";
        }
        fputs("\r\n", to);
    }
}

static enum hone_status print(struct records *records, enum records_mode mode, FILE *to,
                              struct hone_error *err)
{
    switch (mode) {
    case RECORDS_JSON: return report_json(json_records(records), to, err);
    case RECORDS_LINES: return print_lines(records, to, err);
    case RECORDS_CSV: print_csv(records, to); return HONE_OK;
    case RECORDS_HTML: records_html(records, to); return HONE_OK;
    case RECORDS_TEXT: break;
    }
    return records_text(records, to, err);
}

enum hone_status records_end(struct records *records, enum records_mode mode, FILE *to,
                             struct hone_error *err)
{
    enum hone_status status =
        records->no_memory ? hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a table") : HONE_OK;
    if (status == HONE_OK) status = print(records, mode, to, err);
    records_drop(records);
    return status;
}
