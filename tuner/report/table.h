/* SPDX-License-Identifier: MIT */
/* What verbs print: plain tables with aligned columns, and JSON for programs. */
#ifndef HONE_TUNER_TABLE_H
#define HONE_TUNER_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

enum { TABLE_MAX_COLUMNS = 16 };

struct table {
    struct hone_arena arena;
    const char *titles[TABLE_MAX_COLUMNS];
    bool right[TABLE_MAX_COLUMNS];
    uint32_t n_columns;
    const char **cells;
    size_t n_cells, capacity;
    bool no_memory;
};

/* Titles end with NULL; one that begins with '>' heads a column set to the right. */
void table_begin(struct table *table, const char *const *titles);
/* The next cell, row by row. Control characters are shown as '?'. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints and releases; titles in bold on a terminal unless NO_COLOR is set. */
enum hone_status table_end(struct table *table, FILE *to, struct hone_error *err);
/* Releases without printing. */
void table_drop(struct table *table);

/* Prints `json` (which may be NULL: no memory) with a newline and releases it. */
enum hone_status report_json(json_t *json, FILE *to, struct hone_error *err);
/* A text of foreign bytes: what is not UTF-8 becomes '?'. */
json_t *report_json_text(const char *text, size_t n_bytes);

/* A line of foreign text; control characters are shown as '?'. */
void report_line(FILE *to, const char *text);

/* All that was printed has been written; IO when not. */
enum hone_status report_flush(FILE *to, struct hone_error *err);

/* "512 B", "1.4 KB", "5.2 MB", "3.1 GB": powers of 1,000, three digits or so. */
enum { REPORT_SIZE_BYTES = 24 };
const char *report_size(double n_bytes, char out_text[REPORT_SIZE_BYTES]);
/* "850 ns", "12.3 us", "4.56 ms", "7.8 s": three digits. */
void report_time(double ns, char *out_text, size_t capacity);

#endif
