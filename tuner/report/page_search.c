/* SPDX-License-Identifier: MIT */
/* How fast the search came to what it found: regret over all problems, a small chart for each. */
#include <math.h>
#include <stdlib.h>

#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/records.h"

enum { SMALL_CHARTS = 24, SMALL_WIDTH = 280, SMALL_HEIGHT = 132, REGRET_POINTS = 64 };

/* ---- regret of all ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

struct quartiles {
    double n, low, middle, high; /* after n trials: regret as part of the best time */
};

static bool counts(const struct page_problem *p)
{
    return p->best_ns > 0 && p->n_search > 1;
}

static size_t longest_search(const struct page *page)
{
    size_t n = 0;
    for (size_t i = 0; i < page->n_problems; i++)
        if (counts(&page->problems[i]) && page->problems[i].n_search > n)
            n = page->problems[i].n_search;
    return n;
}

static void quartiles_after(const struct page *page, size_t n, double *work,
                            struct quartiles *out_at)
{
    size_t count = 0;
    for (size_t i = 0; i < page->n_problems; i++) {
        double part = counts(&page->problems[i]) ? page_best_after(&page->problems[i], n) : 0;
        if (part > 0) work[count++] = part - 1;
    }
    *out_at = (struct quartiles){.n = (double)n};
    if (count == 0) return;
    qsort(work, count, sizeof *work, ascending);
    out_at->low = work[count / 4];
    out_at->middle = work[count / 2];
    out_at->high = work[count * 3 / 4];
}

/* Numbers of trials, closer together at the beginning. */
static size_t points_of(const struct page *page, double *work, struct quartiles *points)
{
    size_t longest = longest_search(page), n = 0;
    for (size_t at = 1; at <= longest && n < REGRET_POINTS; n++) {
        quartiles_after(page, at, work, &points[n]);
        if (at == longest) return n + 1;
        at += at / 8 + 1;
        if (at > longest) at = longest;
    }
    return n;
}

static void draw_regret_axes(FILE *to, const struct svg_axis *x, const struct svg_axis *y)
{
    double ticks[SVG_MAX_TICKS];
    char text[24];
    size_t n = svg_ticks(y, 6, ticks);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%.3g%%", 100 * ticks[i]);
        svg_line(to, "g", x->from, svg_at(y, ticks[i]), x->to, svg_at(y, ticks[i]));
        svg_label(to, "t", SVG_END, x->from - 6, svg_at(y, ticks[i]) + 4, text);
    }
    for (double at = 1; at <= x->high * 1.001; at *= 2) {
        snprintf(text, sizeof text, "%.0f", at);
        svg_label(to, "t", SVG_MIDDLE, svg_at(x, at), y->from + 16, text);
    }
    svg_line(to, "a", x->from, y->from, x->to, y->from);
    svg_label(to, "t", SVG_END, x->to, y->from + 32, "trials of a problem");
}

static void draw_regret(FILE *to, const struct quartiles *points, size_t n, bool narrow)
{
    double width = narrow ? 380 : 1080, height = narrow ? 240 : 260, highest = 0;
    char description[200];
    for (size_t i = 0; i < n; i++) highest = fmax(highest, points[i].high);
    struct svg_axis x = {1, fmax(2, points[n - 1].n), true, narrow ? 46 : 60, width - 12};
    struct svg_axis y = svg_axis(0, fmax(highest, 0.02), false, height - 42, 14);
    snprintf(description, sizeof description,
             "Median over the problems: %.1f %% slower than the best of all trials after one "
             "trial, %.1f %% after %.0f.",
             100 * points[0].middle, 100 * points[n / 2].middle, points[n / 2].n);
    svg_begin(to, width, height, narrow ? "narrow" : "broad", narrow ? "regret-narrow" : "regret",
              "Regret of the search", description);
    draw_regret_axes(to, &x, &y);
    fputs("<polygon class=\"band f0\" points=\"", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%.1f,%.1f ", svg_at(&x, points[i].n), svg_at(&y, points[i].high));
    for (size_t i = n; i-- > 0;)
        fprintf(to, "%.1f,%.1f ", svg_at(&x, points[i].n), svg_at(&y, points[i].low));
    fputs("\"/>\n<polyline class=\"line l0\" points=\"", to);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%.1f,%.1f ", svg_at(&x, points[i].n), svg_at(&y, points[i].middle));
    fputs("\"/>\n", to);
    svg_end(to);
}

static enum hone_status print_regret(FILE *to, const struct page *page, struct hone_error *err)
{
    struct quartiles points[REGRET_POINTS];
    double *work = calloc(page->n_problems + 1, sizeof *work);
    if (!work) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    size_t n = points_of(page, work, points);
    free(work);
    if (n < 2) return HONE_OK;
    fputs("<h3>Regret</h3>\n<p class=\"lead\">How much slower the best kernel so far is than the "
          "best that all trials found: the median over problems, and the middle half of them.</p>"
          "\n<figure>\n",
          to);
    draw_regret(to, points, n, false);
    draw_regret(to, points, n, true);
    fputs("</figure>\n", to);
    return HONE_OK;
}

/* ---- one problem ---- */

static void draw_trials(FILE *to, const struct page_problem *p, const struct svg_axis *x,
                        const struct svg_axis *y)
{
    for (size_t i = 0; i < p->n_search; i++) {
        const struct hone_store_trial *t = p->search[i];
        double at = svg_at(x, (double)i + 1);
        if (t->valid)
            fprintf(to, "<circle class=\"f5\" opacity=\".5\" cx=\"%.1f\" cy=\"%.1f\" r=\"1.7\"/>\n",
                    at, svg_at(y, t->median_ns / p->best_ns));
        else
            svg_line(to, "lb", at, y->from - 7, at, y->from);
    }
    fputs("<polyline class=\"line l0\" points=\"", to);
    double before = 0;
    for (size_t i = 1; i <= p->n_search; i++) {
        double best = page_best_after(p, i);
        if (!(best > 0)) continue;
        if (before > 0 && best != before)
            fprintf(to, "%.1f,%.1f ", svg_at(x, (double)i), svg_at(y, before));
        if (best != before || i == p->n_search)
            fprintf(to, "%.1f,%.1f ", svg_at(x, (double)i), svg_at(y, best));
        before = best;
    }
    fputs("\"/>\n", to);
}

static void draw_small(FILE *to, const struct page_problem *p, unsigned number)
{
    char id[24], text[32], description[160];
    double worst = p->default_ns > 0 ? p->default_ns / p->best_ns : 1;
    struct svg_axis x = {1, fmax(2, (double)p->n_search), false, 38, SMALL_WIDTH - 6};
    struct svg_axis y = {0.97, fmax(1.25, worst * 1.12), false, SMALL_HEIGHT - 20, 8};
    snprintf(id, sizeof id, "search%u", number);
    snprintf(description, sizeof description,
             "%zu trials, %zu refused; the default takes %.3f times the best found.", p->n_search,
             p->n_refused, worst);
    svg_begin(to, SMALL_WIDTH, SMALL_HEIGHT, "small", id, p->label, description);
    double ticks[SVG_MAX_TICKS];
    size_t n = svg_ticks(&y, 4, ticks);
    for (size_t i = 0; i < n; i++) {
        snprintf(text, sizeof text, "%.3g\xc3\x97", ticks[i]);
        svg_line(to, "g", x.from, svg_at(&y, ticks[i]), x.to, svg_at(&y, ticks[i]));
        svg_label(to, "t", SVG_END, x.from - 4, svg_at(&y, ticks[i]) + 4, text);
    }
    svg_line(to, "a", x.from, y.from, x.to, y.from);
    svg_label(to, "t", SVG_START, x.from, y.from + 14, "1");
    snprintf(text, sizeof text, "%zu trials", p->n_search);
    svg_label(to, "t", SVG_END, x.to, y.from + 14, text);
    draw_trials(to, p, &x, &y);
    if (p->default_ns > 0) {
        double at = svg_at(&y, worst);
        svg_line(to, "c2", x.from, at, x.to, at);
        svg_label(to, "t h", SVG_END, x.to, at - 4, "default");
    }
    svg_end(to);
}

static void print_small(FILE *to, const struct page *page)
{
    unsigned n = 0;
    fputs("<h3>Each problem</h3>\n<p class=\"lead\">Times of trials as multiples of the best found "
          "(what is far above is drawn at the edge), the best so far as a line, the default "
          "dashed, refused trials as red ticks. The costliest searches first.</p>\n"
          "<div class=\"grid\">\n",
          to);
    for (size_t i = 0; i < page->n_problems && n < SMALL_CHARTS; i++) {
        const struct page_problem *p = &page->problems[i];
        if (!counts(p)) continue;
        fputs("<figure><figcaption><b>", to);
        html_text(to, p->label);
        fputs("</b></figcaption>\n", to);
        draw_small(to, p, n++);
        fputs("</figure>\n", to);
    }
    fputs("</div>\n", to);
}

/* ---- table ---- */

/* Search trials until the best so far is within a part of the best of all. */
static size_t until(const struct page_problem *p, double part)
{
    for (size_t i = 1; i <= p->n_search; i++) {
        double best = page_best_after(p, i);
        if (best > 0 && best <= 1 + part) return i;
    }
    return 0;
}

static enum hone_status print_table(FILE *to, const struct page *page, struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"problem", "problem", RECORD_TEXT},
        {"trials", "trials", RECORD_INTEGER},
        {"refused", "refused", RECORD_INTEGER},
        {"default_ns", "default", RECORD_NS},
        {"best_ns", "best found", RECORD_NS},
        {"gain", "default/best", RECORD_RATIO},
        {"until_5", "to 5 %", RECORD_INTEGER},
        {"until_1", "to 1 %", RECORD_INTEGER},
        {"seconds", "cost", RECORD_SECONDS},
        {"regime", "regime", RECORD_TEXT},
        {NULL, NULL, RECORD_END},
    };
    struct records records;
    records_begin(&records, columns);
    for (size_t i = 0; i < page->n_problems; i++) {
        const struct page_problem *p = &page->problems[i];
        record_text(&records, p->label);
        record_integer(&records, (int64_t)p->n_search);
        record_integer(&records, (int64_t)p->n_refused);
        record_number(&records, p->default_ns > 0 ? p->default_ns : NAN);
        record_number(&records, p->best_ns > 0 ? p->best_ns : NAN);
        record_number(&records, p->default_ns > 0 ? p->default_ns / p->best_ns : NAN);
        record_number(&records, until(p, 0.05) ? (double)until(p, 0.05) : NAN);
        record_number(&records, until(p, 0.01) ? (double)until(p, 0.01) : NAN);
        record_number(&records, p->seconds);
        record_text(&records, p->regime);
    }
    return records_end(&records, RECORDS_HTML, to, err);
}

enum hone_status page_search(const struct page *page, FILE *to, struct hone_error *err)
{
    html_section(to, "search", "Search", NULL);
    if (longest_search(page) > 1) {
        HONE_TRY(print_regret(to, page, err));
        print_small(to, page);
    } else {
        html_note(to, "No problem was searched: one trial each, or none that was right.");
    }
    html_details(to,
                 "All problems, with the trials it took to come within 5 % and 1 % of the best");
    html_wide(to, "Search by problem");
    HONE_TRY(print_table(to, page, err));
    html_wide_end(to);
    html_details_end(to);
    html_section_end(to);
    return HONE_OK;
}
