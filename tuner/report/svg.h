/* SPDX-License-Identifier: MIT */
/* What charts are drawn with. Every number written is finite: a value off its axis ends at the
 * axis' end. */
#ifndef HONE_TUNER_SVG_H
#define HONE_TUNER_SVG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { SVG_MAX_TICKS = 32 };

struct svg_axis {
    double low, high; /* low < high; of a logarithmic one 0 < low */
    bool is_log;
    double from, to; /* where low and high are drawn */
};

/* An axis that holds low..high and ends at round values; equal or useless bounds are made wider. */
struct svg_axis svg_axis(double low, double high, bool is_log, double from, double to);
double svg_at(const struct svg_axis *axis, double value);
/* Round values on the axis, at most `wanted` (and SVG_MAX_TICKS). */
size_t svg_ticks(const struct svg_axis *axis, size_t wanted, double out_ticks[SVG_MAX_TICKS]);

/* `id` is unique in the page; title and description are for those who do not see it. */
void svg_begin(FILE *to, double width, double height, const char *css_class, const char *id,
               const char *title, const char *description);
void svg_end(FILE *to);

void svg_line(FILE *to, const char *css_class, double x1, double y1, double x2, double y2);
void svg_rect(FILE *to, const char *css_class, double x, double y, double width, double height,
              const char *title);
enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };
void svg_label(FILE *to, const char *css_class, enum svg_anchor anchor, double x, double y,
               const char *text);

/* Kinds of ops: a colour and a shape for each. */
enum svg_family { SVG_MATRIX, SVG_ATTENTION, SVG_PIECEWISE, SVG_QUANTIZE, SVG_MOVE, SVG_FAMILIES };
enum svg_family svg_family_of(const char *op);
const char *svg_family_name(enum svg_family family);
/* `title` may be NULL. */
void svg_marker(FILE *to, enum svg_family family, bool hollow, double x, double y, double size,
                const char *title);
void svg_legend(FILE *to, const bool used[SVG_FAMILIES]);

#endif
