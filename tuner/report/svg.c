/* SPDX-License-Identifier: MIT */
/* Axes, and elements of a picture. */
#include "tuner/report/svg.h"

#include <math.h>
#include <string.h>

#include "tuner/report/html.h"

/* ---- axes ---- */

static double ordinary(double value, double otherwise)
{
    return isfinite(value) ? value : otherwise;
}

/* 1, 2 or 5 times a power of ten, not below the value. */
static double round_step(double value)
{
    double power = pow(10, floor(log10(value))), part = value / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

static double step_of(double low, double high, size_t wanted)
{
    return round_step((high - low) / (double)(wanted > 1 ? wanted : 2));
}

struct svg_axis svg_axis(double low, double high, bool is_log, double from, double to)
{
    low = ordinary(low, is_log ? 1 : 0);
    high = ordinary(high, low);
    if (is_log) {
        low = low < 1e-30 ? 1e-30 : low > 1e30 ? 1e30 : low;
        high = high < low ? low : high > 1e30 ? 1e30 : high;
        low = pow(10, floor(log10(low) * 2 + 1e-9) / 2);
        high = pow(10, ceil(log10(high) * 2 - 1e-9) / 2);
        if (high <= low * 1.0001) high = low * 10;
        return (struct svg_axis){low, high, is_log, from, to};
    }
    if (fabs(low) > 1e15) low = 0;
    if (!(high > low)) high = low + 1;
    double step = step_of(low, high, 5);
    return (struct svg_axis){floor(low / step) * step, ceil(high / step) * step, is_log, from, to};
}

double svg_at(const struct svg_axis *axis, double value)
{
    value = ordinary(value, axis->low);
    if (value < axis->low) value = axis->low;
    if (value > axis->high) value = axis->high;
    double part = axis->is_log ? log(value / axis->low) / log(axis->high / axis->low)
                               : (value - axis->low) / (axis->high - axis->low);
    return axis->from + ordinary(part, 0) * (axis->to - axis->from);
}

static size_t log_ticks(const struct svg_axis *axis, size_t wanted, double *out_ticks)
{
    int first = (int)ceil(log10(axis->low) - 1e-6), last = (int)floor(log10(axis->high) + 1e-6);
    int each = (int)ceil((last - first + 1) / (double)wanted);
    size_t n = 0;
    for (int p = first; p <= last && n<wanted; p += each> 1 ? each : 1) out_ticks[n++] = pow(10, p);
    return n;
}

size_t svg_ticks(const struct svg_axis *axis, size_t wanted, double out_ticks[SVG_MAX_TICKS])
{
    if (wanted > SVG_MAX_TICKS) wanted = SVG_MAX_TICKS;
    if (wanted < 2) wanted = 2;
    if (axis->is_log) return log_ticks(axis, wanted, out_ticks);
    double step = step_of(axis->low, axis->high, wanted);
    size_t n = 0;
    double first = ceil(axis->low / step - 1e-6);
    for (size_t i = 0; n < wanted && (first + (double)i) * step <= axis->high + step * 1e-6; i++)
        out_ticks[n++] = (first + (double)i) * step;
    return n;
}

/* ---- elements ---- */

void svg_begin(FILE *to, double width, double height, const char *css_class, const char *id,
               const char *title, const char *description)
{
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"%s\" viewBox=\"0 0 %.0f %.0f\" "
            "role=\"img\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">",
            css_class, width, height, id, id, id);
    html_text(to, title);
    fprintf(to, "</title><desc id=\"%s-d\">", id);
    html_text(to, description);
    fputs("</desc>\n", to);
}

void svg_end(FILE *to)
{
    fputs("</svg>\n", to);
}

void svg_line(FILE *to, const char *css_class, double x1, double y1, double x2, double y2)
{
    fprintf(to, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", css_class,
            ordinary(x1, 0), ordinary(y1, 0), ordinary(x2, 0), ordinary(y2, 0));
}

static void close_with(FILE *to, const char *element, const char *title)
{
    if (!title) {
        fputs("/>\n", to);
        return;
    }
    fputs("><title>", to);
    html_text(to, title);
    fprintf(to, "</title></%s>\n", element);
}

void svg_rect(FILE *to, const char *css_class, double x, double y, double width, double height,
              const char *title)
{
    width = ordinary(width, 0);
    fprintf(to, "<rect class=\"%s\" x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"",
            css_class, ordinary(x, 0), ordinary(y, 0), width > 0 ? width : 0, ordinary(height, 0));
    close_with(to, "rect", title);
}

void svg_label(FILE *to, const char *css_class, enum svg_anchor anchor, double x, double y,
               const char *text)
{
    static const char *const anchors[] = {"start", "middle", "end"};
    fprintf(to, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", css_class,
            anchors[anchor], ordinary(x, 0), ordinary(y, 0));
    html_text(to, text);
    fputs("</text>\n", to);
}

/* ---- families ---- */

static const struct {
    const char *name;
    double points[10]; /* of a polygon in -1..1, as x y ...; none: a circle */
    size_t n_points;
} families[SVG_FAMILIES] = {
    [SVG_MATRIX] = {"matrix products", {0}, 0},
    [SVG_ATTENTION] = {"attention", {0, -1.25, 1.15, 0.85, -1.15, 0.85}, 3},
    [SVG_PIECEWISE] = {"norms, element by element", {-.9, -.9, .9, -.9, .9, .9, -.9, .9}, 4},
    [SVG_QUANTIZE] = {"quantization", {0, -1.25, 1.25, 0, 0, 1.25, -1.25, 0}, 4},
    [SVG_MOVE] = {"embedding, rope, gathers", {0, 1.25, 1.15, -0.85, -1.15, -0.85}, 3},
};

enum svg_family svg_family_of(const char *op)
{
    static const struct {
        const char *prefix;
        enum svg_family family;
    } known[] = {{"gemm", SVG_MATRIX},       {"attention", SVG_ATTENTION},
                 {"quantize", SVG_QUANTIZE}, {"dequantize", SVG_QUANTIZE},
                 {"rmsnorm", SVG_PIECEWISE}, {"silu_mul", SVG_PIECEWISE},
                 {"add", SVG_PIECEWISE}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(op, known[i].prefix, strlen(known[i].prefix)) == 0) return known[i].family;
    return SVG_MOVE;
}

const char *svg_family_name(enum svg_family family)
{
    return families[family].name;
}

void svg_marker(FILE *to, enum svg_family family, bool hollow, double x, double y, double size,
                const char *title)
{
    const char *element = families[family].n_points ? "polygon" : "circle";
    x = ordinary(x, 0), y = ordinary(y, 0);
    if (hollow)
        fprintf(to, "<%s class=\"hollow l%d\"", element, (int)family);
    else
        fprintf(to, "<%s class=\"mark f%d\"", element, (int)family);
    if (families[family].n_points == 0)
        fprintf(to, " cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", x, y, size);
    else {
        fputs(" points=\"", to);
        for (size_t p = 0; p < families[family].n_points; p++)
            fprintf(to, "%s%.1f,%.1f", p ? " " : "", x + size * families[family].points[2 * p],
                    y + size * families[family].points[2 * p + 1]);
        fputc('"', to);
    }
    close_with(to, element, title);
}

void svg_legend(FILE *to, const bool used[SVG_FAMILIES])
{
    fputs("<ul class=\"legend\">", to);
    for (int f = 0; f < SVG_FAMILIES; f++) {
        if (!used[f]) continue;
        fputs("<li><svg viewBox=\"0 0 14 14\" aria-hidden=\"true\">", to);
        svg_marker(to, (enum svg_family)f, false, 7, 7, 4.5, NULL);
        fputs("</svg>", to);
        html_text(to, families[f].name);
        fputs("</li>", to);
    }
    fputs("</ul>\n", to);
}
