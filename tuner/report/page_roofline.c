/* SPDX-License-Identifier: MIT */
/* Winners under the ceilings of the machine: work per byte against rate, both logarithmic. */
#include <math.h>
#include <string.h>

#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/records.h"
#include "tuner/report/table.h"

enum { MAX_BOXES = 4096, MAX_NAMED = 14, CHAR_TENTHS = 74 };

struct box {
    double x, y, width, height;
    bool is_line; /* of a ceiling: numbers may lie on it, names not */
};

struct plot {
    FILE *to;
    const struct page *page;
    bool narrow;
    double width, height, left, right, top, bottom;
    struct svg_axis x, y; /* operations per byte; operations per second */
    struct box boxes[MAX_BOXES];
    size_t n_boxes;
};

static double bytes_of(const struct page_point *point)
{
    return point->of->work.resident_bytes + point->of->work.activation_bytes;
}

static double intensity(const struct page_point *point)
{
    return point->of->work.operations / bytes_of(point);
}

static double rate(const struct page_point *point)
{
    return point->of->work.operations / (point->winner->median_ns * 1e-9);
}

static bool is_drawn(const struct page_point *point)
{
    return point->of->work.operations > 0 && bytes_of(point) > 0;
}

/* ---- labels that do not lie on each other ---- */

static bool is_free(const struct plot *plot, const struct box *box, bool over_lines)
{
    if (box->x < plot->left || box->x + box->width > plot->width - 2 || box->y < plot->top - 4 ||
        box->y + box->height > plot->height - plot->bottom)
        return false;
    for (size_t i = 0; i < plot->n_boxes; i++) {
        const struct box *b = &plot->boxes[i];
        if (b->is_line && over_lines) continue;
        if (box->x < b->x + b->width && b->x < box->x + box->width && box->y < b->y + b->height &&
            b->y < box->y + box->height)
            return false;
    }
    return true;
}

static void take(struct plot *plot, struct box box)
{
    if (plot->n_boxes < MAX_BOXES) plot->boxes[plot->n_boxes++] = box;
}

static size_t columns_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Beside, above or below the point, where there is room; false: nowhere. */
static bool place(struct plot *plot, double x, double y, const char *text, bool over_lines)
{
    static const struct {
        double dx, dy;
        enum svg_anchor anchor;
    } places[] = {{8, 4, SVG_START},  {-8, 4, SVG_END},   {0, -9, SVG_MIDDLE}, {0, 18, SVG_MIDDLE},
                  {8, -7, SVG_START}, {8, 16, SVG_START}, {-8, -7, SVG_END},   {-8, 16, SVG_END}};
    double width = (double)columns_of(text) * CHAR_TENTHS / 10.0;
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        double at_x = x + places[p].dx, at_y = y + places[p].dy;
        double shift = places[p].anchor == SVG_START ? 0 : places[p].anchor == SVG_END ? 1 : 0.5;
        struct box box = {at_x - shift * width, at_y - 10, width, 13, false};
        if (!is_free(plot, &box, over_lines)) continue;
        take(plot, box);
        svg_label(plot->to, "h", places[p].anchor, at_x, at_y, text);
        return true;
    }
    return false;
}

/* ---- axes and ceilings ---- */

static void frame(struct plot *plot, bool narrow)
{
    const struct page *page = plot->page;
    double x_low = INFINITY, x_high = 0, y_low = INFINITY, y_high = 0;
    for (size_t i = 0; i < page->n_points; i++) {
        if (!is_drawn(&page->points[i])) continue;
        x_low = fmin(x_low, intensity(&page->points[i]));
        x_high = fmax(x_high, intensity(&page->points[i]));
        y_low = fmin(y_low, rate(&page->points[i]));
        y_high = fmax(y_high, rate(&page->points[i]));
    }
    for (int a = 0; page->has_ceilings && a < ARITHMETICS; a++)
        y_high = fmax(y_high, page->ceilings.operations[a]);
    plot->narrow = narrow;
    plot->width = narrow ? 380 : 1080, plot->height = narrow ? 460 : 560;
    plot->left = narrow ? 46 : 60, plot->right = 16;
    plot->top = 22, plot->bottom = 46;
    plot->x = svg_axis(x_low / 1.5, x_high * 2.5, true, plot->left, plot->width - plot->right);
    plot->y = svg_axis(y_low / 1.5, y_high * 1.3, true, plot->height - plot->bottom, plot->top);
    plot->n_boxes = 0;
}

static void axis_text(double value, char text[24])
{
    if (value >= 0.01 && value < 1e5)
        snprintf(text, 24, "%g", value);
    else
        snprintf(text, 24, "%.0e", value);
}

static void draw_axes(struct plot *plot)
{
    double ticks[SVG_MAX_TICKS], bottom = plot->height - plot->bottom;
    char text[24];
    size_t n = svg_ticks(&plot->x, 12, ticks);
    for (size_t i = 0; i < n; i++) {
        double x = svg_at(&plot->x, ticks[i]);
        axis_text(ticks[i], text);
        svg_line(plot->to, "g", x, plot->top, x, bottom);
        svg_label(plot->to, "t", SVG_MIDDLE, x, bottom + 16, text);
    }
    n = svg_ticks(&plot->y, 12, ticks);
    for (size_t i = 0; i < n; i++) {
        double y = svg_at(&plot->y, ticks[i]);
        axis_text(ticks[i] * 1e-9, text);
        svg_line(plot->to, "g", plot->left, y, plot->width - plot->right, y);
        svg_label(plot->to, "t", SVG_END, plot->left - 6, y + 4, text);
    }
    svg_line(plot->to, "a", plot->left, bottom, plot->width - plot->right, bottom);
    svg_label(plot->to, "t", SVG_MIDDLE, (plot->left + plot->width) / 2, bottom + 36,
              "operations per byte that must move");
    svg_label(plot->to, "t", SVG_START, 2, 12, "Gop/s");
}

static void ceiling(struct plot *plot, const char *css, double x1, double y1, double x2, double y2)
{
    double steps = ceil(hypot(x2 - x1, y2 - y1) / 6);
    svg_line(plot->to, css, x1, y1, x2, y2);
    for (double i = 0; i <= steps; i++)
        take(plot, (struct box){x1 + (x2 - x1) * i / steps - 1, y1 + (y2 - y1) * i / steps - 1, 2,
                                2, true});
}

/* From the left edge up to where the fastest arithmetic cuts it off. */
static void draw_level(struct plot *plot, const char *name, double bytes_per_second, double fastest)
{
    char text[64];
    if (!(bytes_per_second > 0)) return;
    double x1 = fmax(plot->x.low, plot->y.low / bytes_per_second);
    double x2 = fmin(plot->x.high, fastest / bytes_per_second);
    if (x2 <= x1) return;
    ceiling(plot, "c", svg_at(&plot->x, x1), svg_at(&plot->y, x1 * bytes_per_second),
            svg_at(&plot->x, x2), svg_at(&plot->y, x2 * bytes_per_second));
    double run = svg_at(&plot->x, x2) - svg_at(&plot->x, x1);
    double rise = svg_at(&plot->y, x1 * bytes_per_second) - svg_at(&plot->y, x2 * bytes_per_second);
    double x = svg_at(&plot->x, x1), y = svg_at(&plot->y, x1 * bytes_per_second);
    double angle = -atan2(rise, run) * 57.29577951308232;
    snprintf(text, sizeof text, plot->narrow ? "%s %.3g" : "%s %.3g GB/s", name,
             bytes_per_second * 1e-9);
    double along = x1 * bytes_per_second > plot->y.low * 1.001 ? 6 : 14;
    fprintf(plot->to,
            "<text class=\"t h\" transform=\"translate(%.1f %.1f) rotate(%.1f)\" "
            "x=\"%.1f\" y=\"-4\">",
            x, y, angle, along);
    html_text(plot->to, text);
    fputs("</text>\n", plot->to);
}

static void draw_arithmetic(struct plot *plot, const char *name, double rate_of, double fastest)
{
    const struct ceilings *c = &plot->page->ceilings;
    char text[64];
    if (!(rate_of > 0)) return;
    double x1 = fmax(plot->x.low, rate_of / c->read[LEVEL_L1]), y = svg_at(&plot->y, rate_of);
    ceiling(plot, rate_of == fastest ? "c" : "c2", svg_at(&plot->x, x1), y,
            plot->width - plot->right, y);
    snprintf(text, sizeof text, plot->narrow ? "%s %.4g" : "%s %.4g Gop/s", name, rate_of * 1e-9);
    svg_label(plot->to, "t h", SVG_END, plot->width - plot->right - 2, y - 5, text);
    double width = (double)strlen(text) * 6;
    take(plot, (struct box){plot->width - plot->right - width, y - 16, width, 14, false});
}

static void draw_ceilings(struct plot *plot)
{
    static const char *const levels[LEVELS] = {"L1", "L2", "L3", "memory"};
    static const char *const arithmetics[ARITHMETICS] = {"f32", "bf16", "int8"};
    const struct ceilings *c = &plot->page->ceilings;
    double fastest = 0;
    if (!plot->page->has_ceilings) return;
    for (int a = 0; a < ARITHMETICS; a++) fastest = fmax(fastest, c->operations[a]);
    for (int l = 0; l < LEVELS; l++) draw_level(plot, levels[l], c->read[l], fastest);
    for (int a = 0; a < ARITHMETICS; a++)
        draw_arithmetic(plot, arithmetics[a], c->operations[a], fastest);
}

/* ---- points ---- */

static void draw_point(struct plot *plot, const struct page_point *point)
{
    char title[512], time[32];
    report_time(point->winner->median_ns, time, sizeof time);
    snprintf(title, sizeof title, "%u: %s | %.80s %.200s | %s, %.4g Gop/s, %.3g op/byte",
             point->number, point->of->label, point->winner->variant.space,
             point->winner->variant.config, time, rate(point) * 1e-9, intensity(point));
    double x = svg_at(&plot->x, intensity(point)), y = svg_at(&plot->y, rate(point));
    svg_marker(plot->to, point->of->family, !point->is_best, x, y, point->is_best ? 5 : 3.5, title);
    double half = point->is_best ? 5 : 3;
    take(plot, (struct box){x - half, y - half, 2 * half, 2 * half, false});
}

/* Names for the slowest, numbers for the rest, where there is room. */
static void label_points(struct plot *plot)
{
    const struct page *page = plot->page;
    unsigned n_named = 0, most = plot->narrow ? 0 : MAX_NAMED;
    for (size_t i = 0; i < page->n_points; i++) {
        const struct page_point *point = &page->points[i];
        char text[128];
        if (!is_drawn(point) || !point->is_best) continue;
        double x = svg_at(&plot->x, intensity(point)), y = svg_at(&plot->y, rate(point));
        snprintf(text, sizeof text, "%u %s", point->number, point->of->label);
        if (n_named < most && place(plot, x, y, text, false)) {
            n_named++;
            continue;
        }
        snprintf(text, sizeof text, "%u", point->number);
        place(plot, x, y, text, true);
    }
}

static void draw(FILE *to, const struct page *page, bool narrow)
{
    static const char title[] = "Roofline of the winners";
    struct plot plot = {.to = to, .page = page};
    char description[256];
    snprintf(description, sizeof description,
             "%zu winners by operations per byte and operations per second, both logarithmic%s. "
             "The table below has the same numbers.",
             page->n_points,
             page->has_ceilings ? ", under the measured reading and arithmetic rates" : "");
    frame(&plot, narrow);
    svg_begin(to, plot.width, plot.height, narrow ? "narrow" : "broad",
              narrow ? "roofline-narrow" : "roofline", title, description);
    draw_axes(&plot);
    draw_ceilings(&plot);
    for (int best = 0; best < 2; best++)
        for (size_t i = 0; i < page->n_points; i++)
            if (is_drawn(&page->points[i]) && page->points[i].is_best == best)
                draw_point(&plot, &page->points[i]);
    label_points(&plot);
    svg_end(to);
}

/* ---- table ---- */

static enum hone_status print_table(FILE *to, const struct page *page, struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"number", "no.", RECORD_INTEGER},  {"problem", "problem", RECORD_TEXT},
        {"space", "kernel", RECORD_TEXT},   {"formats", "formats", RECORD_TEXT},
        {"ns", "time", RECORD_NS},          {"operations", "Gop", RECORD_BILLION},
        {"bytes", "bytes", RECORD_BYTES},   {"intensity", "op/byte", RECORD_NUMBER},
        {"rate", "Gop/s", RECORD_BILLION},  {"bandwidth", "GB/s", RECORD_BILLION},
        {"bound", "bound by", RECORD_TEXT}, {"reached", "reached", RECORD_SHARE},
        {NULL, NULL, RECORD_END},
    };
    struct records records;
    records_begin(&records, columns);
    for (size_t i = 0; i < page->n_points; i++) {
        const struct page_point *point = &page->points[i];
        double seconds = point->winner->median_ns * 1e-9;
        record_integer(&records, point->number);
        record_text(&records, point->of->label);
        record_text(&records, point->winner->variant.space);
        record_text(&records, point->winner->variant.formats);
        record_number(&records, point->winner->median_ns);
        record_number(&records, point->of->work.operations);
        record_number(&records, bytes_of(point));
        record_number(&records, intensity(point));
        record_number(&records, rate(point));
        record_number(&records, bytes_of(point) / seconds);
        if (page->has_ceilings) {
            record_text(&records, point->least.bound);
            record_number(&records, point->least.seconds / seconds);
        } else {
            record_none(&records);
            record_none(&records);
        }
    }
    return records_end(&records, RECORDS_HTML, to, err);
}

enum hone_status page_roofline(const struct page *page, FILE *to, struct hone_error *err)
{
    bool used[SVG_FAMILIES] = {false};
    html_section(to, "roofline", "Roofline",
                 "Every winner by the work it does per byte that must move, under what this "
                 "machine reaches with kernels that do nothing else. A point on a line cannot be "
                 "faster; the distance below is what is left. Short calls stay below every line: "
                 "they wait for latency; what finds its bytes in a cache lies above the "
                 "line of the memory. Hollow: a winner for other formats of a problem.");
    if (!page->has_ceilings || page->no_ceilings[0]) html_note(to, page->no_ceilings);
    if (page->n_points == 0) {
        html_note(to, "No problem has a winner yet.");
        html_section_end(to);
        return HONE_OK;
    }
    for (size_t i = 0; i < page->n_points; i++) used[page->points[i].of->family] = true;
    fputs("<figure>\n", to);
    draw(to, page, false);
    draw(to, page, true);
    svg_legend(to, used);
    fputs("</figure>\n", to);
    html_details(to, "The numbers of this chart");
    html_wide(to, "Winners against the ceilings");
    HONE_TRY(print_table(to, page, err));
    html_wide_end(to);
    html_details_end(to);
    html_section_end(to);
    return HONE_OK;
}
