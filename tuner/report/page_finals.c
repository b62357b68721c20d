/* SPDX-License-Identifier: MIT */
/* Finals: each finalist's time as a part of the default's, with its interval; the samples' spread.
 */
#include <math.h>
#include <string.h>

#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/table.h"

enum { BAR_WIDTH = 1000, OPEN_PROBLEMS = 12 };

static bool is_final(const struct page_problem *p)
{
    return p->n_finals > 0;
}

/* One scale for all, so that rows can be compared; what is far off ends at the edge. */
static struct svg_axis scale_of(const struct page *page)
{
    double low = 0.95, high = 1.05;
    for (size_t i = 0; i < page->n_problems; i++)
        for (size_t f = 0; f < page->problems[i].n_finals; f++) {
            const struct hone_store_trial *t = page->problems[i].finals[f];
            if (!t->valid || !(t->ratio > 0)) continue;
            low = fmin(low, t->ratio_low);
            high = fmax(high, t->ratio_high);
        }
    return svg_axis(fmax(low, 0), fmin(high, 1.6), false, 0, BAR_WIDTH);
}

/* The default at 1 as a thin line, the interval as a bar, the median as a tick in it. */
static void print_interval(FILE *to, const struct svg_axis *axis, const struct hone_store_trial *t,
                           bool wins)
{
    double one = svg_at(axis, 1), low = svg_at(axis, t->ratio_low),
           high = svg_at(axis, t->ratio_high), middle = svg_at(axis, t->ratio);
    fprintf(to,
            "<td class=\"bar\"><svg viewBox=\"0 0 %d 16\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\">",
            BAR_WIDTH);
    svg_rect(to, "f5", one - 1, 0, 2.5, 16, NULL);
    if (t->valid && t->ratio > 0) {
        fprintf(to, "<g opacity=\".45\">");
        svg_rect(to, wins ? "f2" : "f0", low, 4, fmax(high - low, 3), 8, NULL);
        fputs("</g>", to);
        svg_rect(to, wins ? "f2" : "f0", middle - 2.5, 2, 6, 12, NULL);
    }
    fputs("</svg></td>", to);
}

static bool wins(const struct page_problem *p, const struct hone_store_trial *t)
{
    return p->winner && strcmp(p->winner->variant.space, t->variant.space) == 0 &&
           strcmp(p->winner->variant.config, t->variant.config) == 0 &&
           strcmp(p->winner->variant.formats, t->variant.formats) == 0;
}

static void print_finalist(FILE *to, const struct page_problem *p, const struct svg_axis *axis,
                           const struct hone_store_trial *t)
{
    char time[32];
    bool is_winner = wins(p, t);
    report_time(t->median_ns, time, sizeof time);
    fprintf(to, "<tr%s><td class=\"name mono\">", is_winner ? " class=\"win\"" : "");
    html_text(to, t->variant.space);
    fputc(' ', to);
    html_text(to, t->variant.config);
    fputs("</td>", to);
    print_interval(to, axis, t, is_winner);
    if (!t->valid) {
        fputs("<td class=\"n\">-</td><td>", to);
        html_text(to, t->reason);
        fputs("</td><td class=\"n\">-</td><td></td></tr>\n", to);
        return;
    }
    if (t->ratio > 0)
        fprintf(to, "<td class=\"n\">%.3f</td><td class=\"n\">%.3f..%.3f</td>", t->ratio,
                t->ratio_low, t->ratio_high);
    else
        fputs("<td class=\"n\">-</td><td class=\"n\">-</td>", to);
    fprintf(to, "<td class=\"n\">%s</td><td>%s%s</td></tr>\n", time,
            t->ratio == 1 && t->ratio_low == 1 && t->ratio_high == 1 ? "the default" : "",
            is_winner ? (t->ratio == 1 ? ", winner" : "winner") : "");
}

static void print_problems(FILE *to, const struct page *page, size_t from, size_t until)
{
    struct svg_axis axis = scale_of(page);
    char heading[96];
    size_t number = 0;
    snprintf(heading, sizeof heading, "of the default's time, %.3g to %.3g; the line: 1", axis.low,
             axis.high);
    html_wide(to, "Finals");
    fputs("<table><thead><tr><th scope=\"col\">finalist</th><th scope=\"col\">", to);
    html_text(to, heading);
    fputs("</th><th scope=\"col\" class=\"n\">ratio</th><th scope=\"col\" class=\"n\">95 % interval"
          "</th><th scope=\"col\" class=\"n\">time</th><th scope=\"col\"></th></tr></thead>\n",
          to);
    for (size_t i = 0; i < page->n_problems; i++) {
        const struct page_problem *p = &page->problems[i];
        if (!is_final(p) || number++ < from || number > until) continue;
        fputs("<tbody><tr><th scope=\"rowgroup\" colspan=\"6\">", to);
        html_text(to, p->label);
        fputs("</th></tr>\n", to);
        for (size_t f = 0; f < p->n_finals; f++) print_finalist(to, p, &axis, p->finals[f]);
        fputs("</tbody>\n", to);
    }
    fputs("</table>\n", to);
    html_wide_end(to);
}

enum hone_status page_finals(const struct page *page, FILE *to, struct hone_error *err)
{
    size_t n = 0;
    char summary[64];
    (void)err;
    html_section(to, "finals", "Finals",
                 "Finalists are timed in turns beside the default of their problem. A challenger "
                 "whose interval reaches the line has not shown that it is faster.");
    for (size_t i = 0; i < page->n_problems; i++) n += is_final(&page->problems[i]);
    if (n == 0)
        html_note(to, "There was no final yet.");
    else
        print_problems(to, page, 0, OPEN_PROBLEMS);
    if (n > OPEN_PROBLEMS) {
        snprintf(summary, sizeof summary, "%zu more finals", n - OPEN_PROBLEMS);
        html_details(to, summary);
        print_problems(to, page, OPEN_PROBLEMS, n);
        html_details_end(to);
    }
    html_section_end(to);
    return HONE_OK;
}
