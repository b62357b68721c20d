/* SPDX-License-Identifier: MIT */
/* Tables by columns, JSON by Jansson. */
#include "tuner/report/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void table_begin(struct table *table, const char *const *titles)
{
    *table = (struct table){0};
    for (; titles[table->n_columns] && table->n_columns < TABLE_MAX_COLUMNS; table->n_columns++) {
        const char *title = titles[table->n_columns];
        table->right[table->n_columns] = *title == '>';
        table->titles[table->n_columns] = title + (*title == '>');
    }
}

static void clean(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f) *text = '?';
}

void table_cell(struct table *table, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    clean(text);
    if (table->n_cells == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 64;
        const char **cells = hone_arena_array(&table->arena, capacity, sizeof *cells);
        if (cells && table->n_cells) memcpy(cells, table->cells, table->n_cells * sizeof *cells);
        if (!cells) {
            table->no_memory = true;
            return;
        }
        table->cells = cells;
        table->capacity = capacity;
    }
    const char *copy = hone_arena_text(&table->arena, text, strlen(text));
    if (copy)
        table->cells[table->n_cells++] = copy;
    else
        table->no_memory = true;
}

/* Columns on the terminal: code points, which is right for what we print. */
static size_t width_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void print_cell(FILE *to, const char *text, size_t width, bool right, bool is_last)
{
    int pad = (int)(width - width_of(text));
    if (right) fprintf(to, "%*s", pad, "");
    fputs(text, to);
    if (is_last) return;
    fprintf(to, "%*s  ", right ? 0 : pad, "");
}

static bool wants_colour(FILE *to)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if (no_color && *no_color) return false;
    return isatty(fileno(to)) && terminal && strcmp(terminal, "dumb") != 0;
}

static void print_row(const struct table *table, FILE *to, const char *const *cells,
                      const size_t *widths)
{
    for (uint32_t c = 0; c < table->n_columns; c++)
        print_cell(to, cells[c], widths[c], table->right[c], c + 1 == table->n_columns);
}

enum hone_status table_end(struct table *table, FILE *to, struct hone_error *err)
{
    size_t widths[TABLE_MAX_COLUMNS];
    bool colour = wants_colour(to);
    if (table->no_memory) {
        table_drop(table);
        return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a table");
    }
    for (uint32_t c = 0; c < table->n_columns; c++) {
        widths[c] = width_of(table->titles[c]);
        for (size_t i = c; i < table->n_cells; i += table->n_columns)
            if (width_of(table->cells[i]) > widths[c]) widths[c] = width_of(table->cells[i]);
    }
    if (colour) fputs("\033[1m", to);
    print_row(table, to, table->titles, widths);
    fputs(colour ? "\033[0m\n" : "\n", to);
    for (size_t i = 0; i + table->n_columns <= table->n_cells; i += table->n_columns) {
        print_row(table, to, table->cells + i, widths);
        fputc('\n', to);
    }
    table_drop(table);
    return HONE_OK;
}

void table_drop(struct table *table)
{
    hone_arena_release(&table->arena);
    *table = (struct table){0};
}

json_t *report_json_text(const char *text, size_t n_bytes)
{
    json_t *json = json_stringn(text, n_bytes);
    if (json) return json;
    char *copy = malloc(n_bytes + 1);
    if (!copy) return NULL;
    for (size_t i = 0; i < n_bytes; i++) copy[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    json = json_stringn(copy, n_bytes);
    free(copy);
    return json;
}

enum hone_status report_json(json_t *json, FILE *to, struct hone_error *err)
{
    if (!json) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for the report");
    int failed =
        json_dumpf(json, to, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
    json_decref(json);
    if (!failed) fputc('\n', to);
    return report_flush(to, err);
}

void report_line(FILE *to, const char *text)
{
    for (; *text; text++) fputc((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text, to);
    fputc('\n', to);
}

enum hone_status report_flush(FILE *to, struct hone_error *err)
{
    if (fflush(to) == 0 && !ferror(to)) return HONE_OK;
    return hone_fail(err, HONE_ERR_IO, "standard output cannot be written");
}

const char *report_size(double n_bytes, char out_text[REPORT_SIZE_BYTES])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (n_bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        n_bytes /= 1000;
        unit++;
    }
    snprintf(out_text, REPORT_SIZE_BYTES, unit && n_bytes < 99.5 ? "%.1f %s" : "%.0f %s", n_bytes,
             units[unit]);
    return out_text;
}

void report_time(double ns, char *out_text, size_t capacity)
{
    static const struct {
        double below, unit;
        const char *name;
    } units[] = {{999.5, 1, "ns"}, {999.5e3, 1e3, "us"}, {999.5e6, 1e6, "ms"}, {1e18, 1e9, "s"}};
    size_t u = 0;
    while (u < 3 && ns >= units[u].below) u++;
    snprintf(out_text, capacity, "%.3g %s", ns / units[u].unit, units[u].name);
}
