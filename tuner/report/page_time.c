/* SPDX-License-Identifier: MIT */
/* Where the time of a forward goes: a stacked bar by kind of op, a row for each kernel. */
#include <string.h>

#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/table.h"

enum { BAR_WIDTH = 1000, MIN_ROWS = 14 };
static const double NAMED_SHARE = 0.004;

static double seconds_of(const struct explain_part *part)
{
    double sum = 0;
    for (uint32_t i = 0; i < part->n_rows; i++) sum += part->rows[i].seconds;
    return sum;
}

static enum svg_family family_of(const struct explain_row *row)
{
    return svg_family_of(row->problem);
}

/* Shares by kind; a blank of one unit tells neighbours apart. */
static void print_stack(FILE *to, const struct explain_part *part, unsigned number)
{
    double by_family[SVG_FAMILIES] = {0}, all = seconds_of(part), at = 0;
    bool used[SVG_FAMILIES] = {false};
    char id[32], text[256], time[32];
    for (uint32_t i = 0; i < part->n_rows; i++) {
        by_family[family_of(&part->rows[i])] += part->rows[i].seconds;
        used[family_of(&part->rows[i])] = true;
    }
    snprintf(id, sizeof id, "stack%u", number);
    fputs("<figure class=\"stack\">\n", to);
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d 32\" "
            "preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
            "<title id=\"%s-t\">Time by kind of op</title><desc id=\"%s-d\">",
            BAR_WIDTH, id, id, id, id);
    for (int f = 0; f < SVG_FAMILIES; f++)
        if (used[f])
            html_format(to, "%s %.1f %%. ", svg_family_name((enum svg_family)f),
                        100 * by_family[f] / all);
    fputs("</desc>\n", to);
    for (int f = 0; f < SVG_FAMILIES; f++) {
        char css[8];
        if (!used[f]) continue;
        double width = BAR_WIDTH * by_family[f] / all;
        snprintf(css, sizeof css, "f%d", f);
        report_time(by_family[f] * 1e9, time, sizeof time);
        snprintf(text, sizeof text, "%s: %s, %.1f %%", svg_family_name((enum svg_family)f), time,
                 100 * by_family[f] / all);
        svg_rect(to, css, at, 0, width > 2 ? width - 1.5 : width, 32, text);
        at += width;
    }
    svg_end(to);
    svg_legend(to, used);
    fputs("</figure>\n", to);
}

static void print_bar(FILE *to, const struct explain_row *row, double longest)
{
    char css[16];
    snprintf(css, sizeof css, "f%d", (int)family_of(row));
    fprintf(to,
            "<td class=\"bar\"><svg viewBox=\"0 0 %d 16\" preserveAspectRatio=\"none\" "
            "aria-hidden=\"true\"><g opacity=\".38\">",
            BAR_WIDTH);
    svg_rect(to, css, 0, 1, BAR_WIDTH * row->seconds / longest, 14, NULL);
    fputs("</g>", to);
    double least = row->least.seconds < row->seconds ? row->least.seconds : row->seconds;
    if (row->measured && row->least.bound)
        svg_rect(to, css, 0, 1, BAR_WIDTH * least / longest, 14, NULL);
    fputs("</svg></td>", to);
}

static void print_row(FILE *to, const struct explain_row *row, double all, double longest)
{
    char time[32];
    report_time(row->seconds * 1e9, time, sizeof time);
    fputs("<tr><td class=\"name\">", to);
    html_text(to, row->what);
    fputs("</td>", to);
    print_bar(to, row, longest);
    fprintf(to, "<td class=\"n\">%s</td><td class=\"n\">%.1f%%</td><td class=\"n\">%u</td>", time,
            100 * row->seconds / all, row->n);
    if (row->measured && row->least.bound) {
        fputs("<td>", to);
        html_text(to, row->least.bound);
        fprintf(to, "</td><td class=\"n\">%.0f%%</td>",
                row->seconds > 0 ? 100 * row->least.seconds / row->seconds : 0);
    } else {
        fprintf(to, "<td>%s</td><td class=\"n\">-</td>", row->measured ? "-" : "an estimate");
    }
    fputs("<td>", to);
    html_text(to, row->kernel);
    fputs("</td></tr>\n", to);
}

static void print_rows(FILE *to, const struct explain_part *part, uint32_t from, uint32_t until)
{
    double all = seconds_of(part), longest = part->n_rows ? part->rows[0].seconds : 0;
    html_wide(to, part->title);
    fputs("<table><thead><tr><th scope=\"col\">what</th><th scope=\"col\">solid: the "
          "least</th><th scope=\"col\" class=\"n\">time</th><th scope=\"col\" class=\"n\">"
          "share</th><th scope=\"col\" class=\"n\">steps</th><th scope=\"col\">bound by</th>"
          "<th scope=\"col\" class=\"n\">reached</th><th scope=\"col\">kernel</th></tr></thead>"
          "<tbody>\n",
          to);
    for (uint32_t i = from; i < until; i++) print_row(to, &part->rows[i], all, longest);
    fputs("</tbody></table>\n", to);
    html_wide_end(to);
}

static void print_part(FILE *to, const struct explain_part *part, unsigned number)
{
    char time[32], summary[64];
    double all = seconds_of(part);
    uint32_t n = part->n_rows;
    report_time(all * 1e9, time, sizeof time);
    fputs("<h3>", to);
    html_format(to, "%s: %s", part->title, time);
    fputs("</h3>\n", to);
    if (n == 0 || !(all > 0)) {
        html_note(to, "No step takes any time.");
        return;
    }
    while (n > MIN_ROWS && part->rows[n - 1].seconds < NAMED_SHARE * all) n--;
    print_stack(to, part, number);
    print_rows(to, part, 0, n);
    if (n == part->n_rows) return;
    snprintf(summary, sizeof summary, "%u more, each below %.1f %%", part->n_rows - n,
             100 * NAMED_SHARE);
    html_details(to, summary);
    print_rows(to, part, n, part->n_rows);
    html_details_end(to);
}

enum hone_status page_time(const struct page *page, FILE *to, struct hone_error *err)
{
    (void)err;
    html_section(to, "time", "Time by kernel",
                 page->is_measured
                     ? "The package's own forwards with a clock at every step. The pale bar is "
                       "what was measured, the solid one the least that its operations, bytes and "
                       "launches can take on this machine."
                     : "Steps of a forward, each at the time that the store has for it; what the "
                       "store has no time of is an estimate, and says so. The solid bar is the "
                       "least that operations, bytes and launches can take on this machine.");
    if (page->model.n_parts == 0)
        html_note(to, "No model was given: hone report STORE MODEL.gguf sums the store's times "
                      "over its steps, hone report STORE PACKAGE runs the package with a clock at "
                      "every step.");
    for (uint32_t p = 0; p < page->model.n_parts; p++) print_part(to, &page->model.parts[p], p);
    html_section_end(to);
    return HONE_OK;
}
