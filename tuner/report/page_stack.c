/* SPDX-License-Identifier: MIT */
/* The head of the page, what everything was measured on, and the winners in full. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tuner/report/html.h"
#include "tuner/report/page.h"
#include "tuner/report/records.h"
#include "tuner/report/table.h"

/* ---- head ---- */

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static void when_text(int64_t when, char text[32])
{
    time_t seconds = (time_t)when;
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || strftime(text, 32, "%Y-%m-%d %H:%M UTC", &utc) == 0)
        snprintf(text, 32, "unknown");
}

static void tile(FILE *to, const char *name, const char *value, const char *more)
{
    fputs("<div><dt>", to);
    html_text(to, name);
    fputs("</dt><dd>", to);
    html_text(to, value);
    if (*more) {
        fputs(" <small>", to);
        html_text(to, more);
        fputs("</small>", to);
    }
    fputs("</dd></div>\n", to);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Default over winner, of the problems that have one. */
static enum hone_status gain_tile(FILE *to, const struct page *page, struct hone_error *err)
{
    double *gains = calloc(page->n_problems + 1, sizeof *gains);
    size_t n = 0;
    char value[32] = "-", more[64] = "";
    if (!gains) return hone_fail(err, HONE_ERR_NO_MEMORY, "report: no memory");
    for (size_t i = 0; i < page->n_problems; i++) {
        const struct hone_store_winner *w = page->problems[i].winner;
        if (w && w->ratio > 0 && isfinite(w->ratio)) gains[n++] = 1 / w->ratio;
    }
    if (n) {
        qsort(gains, n, sizeof *gains, ascending);
        snprintf(value, sizeof value, "%.2f\xc3\x97", gains[n / 2]);
        snprintf(more, sizeof more, "largest %.2f\xc3\x97", gains[n - 1]);
    }
    tile(to, "Default to winner, median", value, more);
    free(gains);
    return HONE_OK;
}

static void forward_tiles(FILE *to, const struct page *page)
{
    for (uint32_t p = 0; p < page->model.n_parts; p++) {
        const struct explain_part *part = &page->model.parts[p];
        double all = 0, least = 0;
        char time[32], more[64] = "", name[64];
        for (uint32_t i = 0; i < part->n_rows; i++) {
            const struct explain_row *row = &part->rows[i];
            all += row->seconds;
            least += row->measured && row->least.bound ? row->least.seconds : row->seconds;
        }
        report_time(all * 1e9, time, sizeof time);
        snprintf(name, sizeof name, "%.*s", (int)strcspn(part->title, ","), part->title);
        if (page->has_ceilings && !page->no_ceilings[0] && all > 0)
            snprintf(more, sizeof more, "%.0f %% of what its ceilings allow", 100 * least / all);
        tile(to, name, time, more);
    }
}

static void print_contents(FILE *to)
{
    static const char *const chapters[][2] = {{"roofline", "Roofline"}, {"time", "Time by kernel"},
                                              {"search", "Search"},     {"finals", "Finals"},
                                              {"failures", "Refusals"}, {"winners", "Winners"},
                                              {"stack", "Stack"}};
    fputs("<nav aria-label=\"Chapters\">", to);
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++)
        fprintf(to, "<a href=\"#%s\">%s</a>", chapters[i][0], chapters[i][1]);
    fputs("</nav>\n", to);
}

enum hone_status page_head(const struct page *page, FILE *to, struct hone_error *err)
{
    size_t n_tuned = 0, n_refused = 0, n_trials = 0;
    double seconds = 0;
    char value[64], more[64], from[32];
    for (size_t i = 0; i < page->n_problems; i++) {
        n_tuned += page->problems[i].winner != NULL;
        n_refused += page->problems[i].n_refused;
        n_trials += page->problems[i].n_search;
        seconds += page->problems[i].seconds;
    }
    fputs("<header>\n<p class=\"eyebrow\">hone report</p>\n<h1>", to);
    html_text(to, file_of(page->path));
    fputs("</h1>\n<p class=\"lead\">", to);
    when_text(page->last, from);
    if (page->model_path) html_format(to, "With %s. ", file_of(page->model_path));
    html_format(to, "Last trial %s.", from);
    fputs("</p>\n", to);
    print_contents(to);
    fputs("<dl class=\"tiles\">\n", to);
    forward_tiles(to, page);
    HONE_TRY(gain_tile(to, page, err));
    snprintf(value, sizeof value, "%zu", n_tuned);
    snprintf(more, sizeof more, "of %zu with a trial", page->n_problems);
    tile(to, "Problems tuned", value, more);
    snprintf(value, sizeof value, "%zu", n_trials);
    snprintf(more, sizeof more, "%zu refused", n_refused);
    tile(to, "Trials", value, more);
    report_time(seconds * 1e9, value, sizeof value);
    tile(to, "They took", value, "verifying and finals included");
    fputs("</dl>\n</header>\n\n", to);
    return HONE_OK;
}

/* ---- stack ---- */

static void fact(FILE *to, const char *name, const char *value)
{
    fputs("<dt>", to);
    html_text(to, name);
    fputs("</dt><dd>", to);
    html_text(to, value);
    fputs("</dd>\n", to);
}

/* "model=...; cpus=4; ..." as facts. */
static void device_facts(FILE *to, const char *device)
{
    char part[256], *equals;
    while (*device) {
        size_t n = strcspn(device, ";");
        snprintf(part, sizeof part, "%.*s", (int)(n < 255 ? n : 255), device);
        equals = strchr(part, '=');
        if (equals) *equals = '\0';
        if (!equals || equals[1]) fact(to, equals ? part : "device", equals ? equals + 1 : part);
        device += n + strspn(device + n, "; ");
    }
}

/* Each text once, of the shown device's trials. */
static void distinct(FILE *to, const struct page *page, const char *name, bool compiler)
{
    const char *seen[8];
    size_t n = 0;
    for (size_t i = 0; i < page->n_trials && n < 8; i++) {
        const struct hone_store_trial *t = &page->trials[i];
        const char *text = compiler ? t->variant.compiler : t->variant.target;
        size_t s = 0;
        if (!*text || strcmp(t->device, page->devices[0].text) != 0) continue;
        while (s < n && strcmp(seen[s], text) != 0) s++;
        if (s < n) continue;
        seen[n++] = text;
        fact(to, name, text);
    }
}

/* Of the last trial: what ran below the kernels, and how the device was. */
static void below(FILE *to, const struct page *page)
{
    const struct hone_store_trial *last = NULL;
    for (size_t i = 0; i < page->n_trials; i++)
        if (strcmp(page->trials[i].device, page->devices[0].text) == 0 &&
            (!last || page->trials[i].when >= last->when))
            last = &page->trials[i];
    if (!last) return;
    if (last->stack) device_facts(to, last->stack);
    if (last->state && *last->state) fact(to, "state at the last trial", last->state);
}

static void ceiling_facts(FILE *to, const struct ceilings *c)
{
    char text[256];
    snprintf(text, sizeof text, "f32 %.0f, bf16 %.0f, int8 %.0f Gop/s",
             c->operations[ARITHMETIC_F32] * 1e-9, c->operations[ARITHMETIC_BF16] * 1e-9,
             c->operations[ARITHMETIC_INT8] * 1e-9);
    fact(to, "arithmetic", text);
    snprintf(text, sizeof text, "L1 %.0f, L2 %.0f, L3 %.0f, memory %.1f GB/s",
             c->read[LEVEL_L1] * 1e-9, c->read[LEVEL_L2] * 1e-9, c->read[LEVEL_L3] * 1e-9,
             c->read[LEVEL_MEMORY] * 1e-9);
    fact(to, "reading", text);
    snprintf(text, sizeof text, "%.2f us, with %u thread%s", c->launch_seconds * 1e6, c->n_threads,
             c->n_threads == 1 ? "" : "s");
    fact(to, "a launch", text);
}

enum hone_status page_stack(const struct page *page, FILE *to, struct hone_error *err)
{
    char text[64], count[128];
    (void)err;
    html_section(to, "stack", "Stack", "What all of this was measured on.");
    fputs("<dl class=\"facts\">\n", to);
    device_facts(to, page->devices[0].text);
    distinct(to, page, "target", false);
    distinct(to, page, "compiler", true);
    below(to, page);
    when_text(page->first, text);
    fact(to, "first trial", text);
    when_text(page->last, text);
    fact(to, "last trial", text);
    if (page->has_ceilings) ceiling_facts(to, &page->ceilings);
    fputs("</dl>\n", to);
    if (!page->has_ceilings) html_note(to, page->no_ceilings);
    for (size_t d = 1; d < page->n_devices; d++) {
        if (d == 1) fputs("<h3>Other devices of this store, not shown</h3>\n", to);
        snprintf(count, sizeof count, "%zu trials: ", page->devices[d].n_trials);
        fputs("<p class=\"note\">", to);
        html_text(to, count);
        html_text(to, page->devices[d].text);
        fputs("</p>\n", to);
    }
    html_section_end(to);
    return HONE_OK;
}

/* ---- winners ---- */

enum hone_status page_winners(const struct page *page, FILE *to, struct hone_error *err)
{
    static const struct record_column columns[] = {
        {"problem", "problem", RECORD_TEXT},    {"space", "kernel", RECORD_TEXT},
        {"config", "config", RECORD_TEXT},      {"ns", "time", RECORD_NS},
        {"ratio", "of default", RECORD_RATIO},  {"instructions", "instructions", RECORD_INTEGER},
        {"spills", "spills", RECORD_INTEGER},   {"stack", "stack bytes", RECORD_INTEGER},
        {"code", "code bytes", RECORD_INTEGER}, {"formats", "formats", RECORD_TEXT},
        {"proof", "proof", RECORD_TEXT},        {NULL, NULL, RECORD_END},
    };
    struct records records;
    char summary[64];
    html_section(to, "winners", "Winners",
                 "The kernel of each problem and format, with what its code is like and what was "
                 "checked before it was timed.");
    records_begin(&records, columns);
    for (size_t i = 0; i < page->n_winners; i++) {
        const struct hone_store_winner *w = &page->winners[i];
        record_text(&records, w->variant.problem);
        record_text(&records, w->variant.space);
        record_format(&records, "%.1900s%s", w->variant.config, w->is_default ? " (default)" : "");
        record_number(&records, w->median_ns);
        record_number(&records, w->ratio > 0 ? w->ratio : NAN);
        record_integer(&records, w->variant.n_instructions);
        record_integer(&records, w->variant.n_vector_spills);
        record_integer(&records, w->variant.stack_bytes);
        record_integer(&records, w->variant.code_bytes);
        record_text(&records, w->variant.formats);
        record_text(&records, w->proof);
    }
    snprintf(summary, sizeof summary, "%zu winners", page->n_winners);
    html_details(to, summary);
    html_wide(to, "Winners");
    HONE_TRY(records_end(&records, RECORDS_HTML, to, err));
    html_wide_end(to);
    html_details_end(to);
    html_section_end(to);
    return HONE_OK;
}

/* ---- all ---- */

enum hone_status page_print(const struct page *page, FILE *to, struct hone_error *err)
{
    static enum hone_status (*const chapters[])(const struct page *, FILE *,
                                                struct hone_error *) = {
        page_head,   page_roofline, page_time,    page_search,
        page_finals, page_failures, page_winners, page_stack};
    char title[256], made[32];
    snprintf(title, sizeof title, "hone report: %.200s", file_of(page->path));
    html_begin(to, title);
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++)
        HONE_TRY(chapters[i](page, to, err));
    when_text(page->made, made);
    fputs("<footer>Made ", to);
    html_text(to, made);
    fputs(" by hone. Times are medians; intervals are at 95 %.</footer>\n", to);
    html_end(to);
    return HONE_OK;
}
