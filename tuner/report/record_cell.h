/* SPDX-License-Identifier: MIT */
/* Inside of tables of typed cells: the cell, and how people read it. */
#ifndef HONE_TUNER_RECORD_CELL_H
#define HONE_TUNER_RECORD_CELL_H

#include "tuner/report/records.h"

enum cell_kind { CELL_NONE, CELL_TEXT, CELL_INTEGER, CELL_NUMBER, CELL_FLAG, CELL_LIST };

struct record_cell {
    enum cell_kind kind;
    int64_t integer; /* length of a list */
    union {
        double number;
        const char *text;
        const double *list;
    };
};

/* Columns that have a title, aligned; with markup. */
enum hone_status records_text(const struct records *records, FILE *to, struct hone_error *err);
void records_html(const struct records *records, FILE *to);

#endif
