/* SPDX-License-Identifier: MIT */
/* A table of typed cells that is printed for people, as CSV, as JSON or as HTML: one list of
 * columns, filled once, whatever is asked for. */
#ifndef HONE_TUNER_RECORDS_H
#define HONE_TUNER_RECORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

enum { RECORDS_MAX_COLUMNS = 48 };

/* What a column holds, and how people read it. Programs read plain numbers. */
enum record_kind {
    RECORD_END,
    RECORD_TEXT,
    RECORD_INTEGER,
    RECORD_NUMBER,  /* 3.142 */
    RECORD_FLAG,    /* yes, or nothing */
    RECORD_NS,      /* 12.3 us */
    RECORD_SECONDS, /* the same, of seconds */
    RECORD_SHARE,   /* 12.5% */
    RECORD_RATIO,   /* 0.953 */
    RECORD_BYTES,   /* 1.2 MB */
    RECORD_BILLION, /* 1.5 for 1.5e9 */
    RECORD_WHEN,    /* Unix time; 2026-01-02 03:04 */
    RECORD_LIST,    /* numbers; a JSON array, in CSV with blanks between */
    RECORD_KINDS
};

struct record_column {
    const char *name;  /* JSON member and CSV heading; NULL: for people only */
    const char *title; /* heading for people; NULL: for programs only */
    enum record_kind kind;
};

enum records_mode { RECORDS_TEXT, RECORDS_CSV, RECORDS_JSON, RECORDS_LINES, RECORDS_HTML };

struct record_cell;

struct records {
    struct hone_arena arena;
    const struct record_column *columns; /* ends with RECORD_END; the caller's */
    uint32_t n_columns;
    struct record_cell *cells; /* row by row */
    size_t n_cells, capacity;
    bool no_memory;
};

void records_begin(struct records *records, const struct record_column *columns);
/* The next cell. A value of a kind that its column does not hold is kept as it is. */
void record_text(struct records *records, const char *text); /* NULL: nothing */
void record_format(struct records *records, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void record_integer(struct records *records, int64_t value);
void record_number(struct records *records, double value); /* NaN and infinity: nothing */
void record_flag(struct records *records, bool value);
void record_list(struct records *records, const double *values, size_t n_values);
void record_none(struct records *records);

size_t records_rows(const struct records *records);
/* Prints, and releases; NO_MEMORY also for cells that were lost. LINES: a JSON object per line. */
enum hone_status records_end(struct records *records, enum records_mode mode, FILE *to,
                             struct hone_error *err);
/* The rows as an array of objects, and releases; NULL: no memory. */
json_t *records_end_json(struct records *records);
void records_drop(struct records *records);

/* JSON before CSV, when both were asked for by flags. */
enum records_mode records_mode(uint32_t json, uint32_t csv);

#endif
