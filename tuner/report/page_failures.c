/* SPDX-License-Identifier: MIT */
/* What was refused and why, and what is in quarantine. */
#include <stdlib.h>
#include <string.h>

#include "tuner/quarantine_text.h"
#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/records.h"

enum { MAX_REASONS = 64, BAR_WIDTH = 1000, MOST_ROWS = 500 };

struct reason {
    const char *name;
    size_t n;
};

static bool counts(const struct page *page, const struct hone_store_trial *t)
{
    return !t->valid && strcmp(t->device, page->devices[0].text) == 0;
}

static size_t count_reasons(const struct page *page, struct reason reasons[MAX_REASONS])
{
    size_t n = 0;
    for (size_t i = 0; i < page->n_trials; i++) {
        if (!counts(page, &page->trials[i])) continue;
        size_t r = 0;
        while (r < n && strcmp(reasons[r].name, page->trials[i].reason) != 0) r++;
        if (r == n && n == MAX_REASONS) r--; /* what no hone writes: with the last */
        if (r == n) reasons[n++] = (struct reason){page->trials[i].reason, 0};
        reasons[r].n++;
    }
    return n;
}

static int most_first(const void *a, const void *b)
{
    const struct reason *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void print_reasons(FILE *to, const struct reason *reasons, size_t n)
{
    html_wide(to, "Refusals by reason");
    fputs("<table><thead><tr><th scope=\"col\">reason</th><th scope=\"col\"></th>"
          "<th scope=\"col\" class=\"n\">trials</th></tr></thead><tbody>\n",
          to);
    for (size_t r = 0; r < n; r++) {
        fputs("<tr><td class=\"name mono\">", to);
        html_text(to, reasons[r].name);
        fprintf(to,
                "</td><td class=\"bar\"><svg viewBox=\"0 0 %d 16\" preserveAspectRatio=\"none\" "
                "aria-hidden=\"true\">",
                BAR_WIDTH);
        svg_rect(to, "fb", 0, 1, (double)BAR_WIDTH * (double)reasons[r].n / (double)reasons[0].n,
                 14, NULL);
        fprintf(to, "</svg></td><td class=\"n\">%zu</td></tr>\n", reasons[r].n);
    }
    fputs("</tbody></table>\n", to);
    html_wide_end(to);
}

static enum hone_status print_trials(FILE *to, const struct page *page, size_t n_refused,
                                     struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"id", "id", RECORD_INTEGER},      {"reason", "reason", RECORD_TEXT},
        {"detail", "detail", RECORD_TEXT}, {"space", "kernel", RECORD_TEXT},
        {"config", "config", RECORD_TEXT}, {"problem", "problem", RECORD_TEXT},
        {"time", "when", RECORD_WHEN},     {NULL, NULL, RECORD_END},
    };
    struct records records;
    char summary[96];
    snprintf(summary, sizeof summary,
             n_refused > MOST_ROWS ? "The first %d of %zu refused trials" : "All refused trials",
             MOST_ROWS, n_refused);
    records_begin(&records, columns);
    for (size_t i = 0; i < page->n_trials && records_rows(&records) < MOST_ROWS; i++) {
        const struct hone_store_trial *t = &page->trials[i];
        if (!counts(page, t)) continue;
        record_integer(&records, t->id);
        record_text(&records, t->reason);
        record_text(&records, t->detail);
        record_text(&records, t->variant.space);
        record_text(&records, t->variant.config);
        record_text(&records, t->variant.problem);
        record_integer(&records, t->when);
    }
    html_details(to, summary);
    html_wide(to, "Refused trials");
    HONE_TRY(records_end(&records, RECORDS_HTML, to, err));
    html_wide_end(to);
    html_details_end(to);
    return HONE_OK;
}

static enum hone_status print_quarantine(FILE *to, const struct page *page, struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"time", "when", RECORD_WHEN},
        {"reason", "reason", RECORD_TEXT},
        {"detail", "detail", RECORD_TEXT},
        {"space", "kernel", RECORD_TEXT},
        {"config", "config", RECORD_TEXT},
        {"problem", "problem", RECORD_TEXT},
        {"target", "target", RECORD_TEXT},
        {"compiler", "compiler", RECORD_TEXT},
        {"repro", "shown again by", RECORD_TEXT},
        {NULL, NULL, RECORD_END},
    };
    const char *slash = strrchr(page->path, '/');
    struct records records;
    records_begin(&records, columns);
    for (size_t i = 0; i < page->n_quarantine && i < MOST_ROWS; i++) {
        const struct hone_store_quarantine *q = &page->quarantine[i];
        record_integer(&records, q->when);
        record_text(&records, q->reason);
        record_text(&records, q->detail);
        record_text(&records, q->space);
        record_text(&records, q->config);
        record_text(&records, q->problem);
        record_text(&records, q->target);
        record_text(&records, q->compiler);
        record_format(&records, "hone repro %.900s %.*s", slash ? slash + 1 : page->path,
                      QUARANTINE_ID_LETTERS, q->code_key);
    }
    html_wide(to, "Quarantine");
    HONE_TRY(records_end(&records, RECORDS_HTML, to, err));
    html_wide_end(to);
    return HONE_OK;
}

enum hone_status page_failures(const struct page *page, FILE *to, struct hone_error *err)
{
    struct reason reasons[MAX_REASONS];
    size_t n = count_reasons(page, reasons), n_refused = 0;
    for (size_t r = 0; r < n; r++) n_refused += reasons[r].n;
    html_section(to, "failures", "Refusals",
                 "Every variant is proven right before it is timed, and again after. What crashed, "
                 "hung or lied is kept in quarantine and not run again under the same compiler.");
    if (n) {
        qsort(reasons, n, sizeof *reasons, most_first);
        print_reasons(to, reasons, n);
        HONE_TRY(print_trials(to, page, n_refused, err));
    } else {
        html_note(to, "No trial was refused.");
    }
    fputs("<h3>Quarantine</h3>\n", to);
    if (page->n_quarantine)
        HONE_TRY(print_quarantine(to, page, err));
    else
        html_note(to, "Nothing is in quarantine.");
    html_section_end(to);
    return HONE_OK;
}
