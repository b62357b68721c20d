/* SPDX-License-Identifier: MIT */
/* Typed cells as people read them: on a terminal and in a page. */
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "tuner/report/html.h"
#include "tuner/report/record_cell.h"
#include "tuner/report/table.h"

enum { CELL_BYTES = 1024 };
typedef void show_function(double value, char *text, size_t capacity);

static void show_number(double value, char *text, size_t capacity)
{
    snprintf(text, capacity, "%.4g", value);
}

static void show_ns(double value, char *text, size_t capacity)
{
    report_time(value, text, capacity);
}

static void show_seconds(double value, char *text, size_t capacity)
{
    report_time(value * 1e9, text, capacity);
}

static void show_share(double value, char *text, size_t capacity)
{
    snprintf(text, capacity, "%.1f%%", 100 * value);
}

static void show_ratio(double value, char *text, size_t capacity)
{
    snprintf(text, capacity, "%.3f", value);
}

static void show_bytes(double value, char *text, size_t capacity)
{
    char size[REPORT_SIZE_BYTES];
    snprintf(text, capacity, "%s", report_size(value, size));
}

static void show_billion(double value, char *text, size_t capacity)
{
    snprintf(text, capacity, "%.4g", value * 1e-9);
}

static void show_when(double value, char *text, size_t capacity)
{
    struct tm utc;
    time_t when = (time_t)value;
    if (!gmtime_r(&when, &utc) || strftime(text, capacity, "%Y-%m-%d %H:%M", &utc) == 0)
        snprintf(text, capacity, "%.0f", value);
}

static const struct {
    bool right;
    show_function *show;
} kinds[RECORD_KINDS] = {
    [RECORD_TEXT] = {false, show_number},  [RECORD_INTEGER] = {true, NULL},
    [RECORD_NUMBER] = {true, show_number}, [RECORD_FLAG] = {false, NULL},
    [RECORD_NS] = {true, show_ns},         [RECORD_SECONDS] = {true, show_seconds},
    [RECORD_SHARE] = {true, show_share},   [RECORD_RATIO] = {true, show_ratio},
    [RECORD_BYTES] = {true, show_bytes},   [RECORD_BILLION] = {true, show_billion},
    [RECORD_WHEN] = {false, show_when},    [RECORD_LIST] = {false, show_number},
};

static const char *show(const struct record_column *column, const struct record_cell *cell,
                        char text[CELL_BYTES])
{
    show_function *show_value = kinds[column->kind].show;
    double value = cell->kind == CELL_NUMBER ? cell->number : (double)cell->integer;
    if (cell->kind == CELL_TEXT) return cell->text;
    if (cell->kind == CELL_FLAG) return cell->integer ? "yes" : "";
    text[0] = '\0';
    if (cell->kind == CELL_NONE)
        snprintf(text, CELL_BYTES, "-");
    else if (cell->kind == CELL_LIST)
        snprintf(text, CELL_BYTES, "%" PRId64 " values", cell->integer);
    else if (cell->kind == CELL_INTEGER && (!show_value || show_value == show_number))
        snprintf(text, CELL_BYTES, "%" PRId64, cell->integer);
    else
        (show_value ? show_value : show_number)(value, text, CELL_BYTES);
    return text;
}

enum hone_status records_text(const struct records *records, FILE *to, struct hone_error *err)
{
    const char *titles[TABLE_MAX_COLUMNS + 1];
    char headings[TABLE_MAX_COLUMNS][64], text[CELL_BYTES];
    uint32_t of[TABLE_MAX_COLUMNS], n = 0;
    struct table table;
    for (uint32_t c = 0; c < records->n_columns && n < TABLE_MAX_COLUMNS; c++) {
        const struct record_column *column = &records->columns[c];
        if (!column->title) continue;
        snprintf(headings[n], sizeof headings[n], "%s%s", kinds[column->kind].right ? ">" : "",
                 column->title);
        titles[n] = headings[n];
        of[n++] = c;
    }
    titles[n] = NULL;
    table_begin(&table, titles);
    for (size_t row = 0; row < records_rows(records); row++)
        for (uint32_t c = 0; c < n; c++)
            table_cell(&table, "%s",
                       show(&records->columns[of[c]],
                            &records->cells[row * records->n_columns + of[c]], text));
    return table_end(&table, to, err);
}

static void html_heading(const struct record_column *column, FILE *to)
{
    fprintf(to, "<th scope=\"col\"%s>", kinds[column->kind].right ? " class=\"n\"" : "");
    html_text(to, column->title);
    fputs("</th>", to);
}

void records_html(const struct records *records, FILE *to)
{
    char text[CELL_BYTES];
    fputs("<table><thead><tr>", to);
    for (uint32_t c = 0; c < records->n_columns; c++)
        if (records->columns[c].title) html_heading(&records->columns[c], to);
    fputs("</tr></thead>\n<tbody>\n", to);
    for (size_t row = 0; row < records_rows(records); row++) {
        fputs("<tr>", to);
        for (uint32_t c = 0; c < records->n_columns; c++) {
            const struct record_column *column = &records->columns[c];
            if (!column->title) continue;
            fputs(kinds[column->kind].right ? "<td class=\"n\">" : "<td>", to);
            html_text(to, show(column, &records->cells[row * records->n_columns + c], text));
            fputs("</td>", to);
        }
        fputs("</tr>\n", to);
    }
    fputs("</tbody></table>\n", to);
}
