/* SPDX-License-Identifier: MIT */
/* Speeds side by side, and how many times faster the first package is, pair by pair. */
#include "runtime/cli/compare_table.h"

#include <string.h>

#include "runtime/cli/bench_table.h"

enum { COLUMN = 22 };

/* A row: the parts from `first` to `last`, summed within each run. */
struct row {
    char name[64];
    int first, last;
    double n_tokens;
};

static struct row row_of(const struct comparison *c, int first, int last)
{
    static const char *const names[] = {"pp", "tg"};
    struct row row = {.first = first, .last = last};
    int used = 0;
    for (int part = first; part <= last; part++) {
        if (c->n_tokens[part] == 0) continue;
        row.n_tokens += c->n_tokens[part];
        used += snprintf(row.name + used, sizeof row.name - (size_t)used, "%s%s%u",
                         used ? " + " : "", names[part], c->n_tokens[part]);
    }
    if (c->n_depth) snprintf(row.name + used, sizeof row.name - (size_t)used, " @ d%u", c->n_depth);
    return row;
}

static double ns_of(const struct compare_pair *pair, int side, const struct row *row)
{
    double ns = 0;
    for (int part = row->first; part <= row->last; part++) ns += pair->ns[side][part];
    return ns;
}

static struct median rate_of(const struct comparison *c, int side, const struct row *row)
{
    double rates[COMPARE_MAX_PAIRS];
    struct median median;
    for (uint32_t i = 0; i < c->n_pairs; i++)
        rates[i] = row->n_tokens * 1e9 / ns_of(&c->pairs[i], side, row);
    median_of(rates, c->n_pairs, &median);
    return median;
}

static struct median ratio_of(const struct comparison *c, const struct row *row)
{
    double ratios[COMPARE_MAX_PAIRS];
    struct median median;
    for (uint32_t i = 0; i < c->n_pairs; i++)
        ratios[i] = ns_of(&c->pairs[i], 1, row) / ns_of(&c->pairs[i], 0, row);
    median_of(ratios, c->n_pairs, &median);
    return median;
}

/* ---- for people ---- */

/* " huge" behind the name of a package whose weights are not where they are by default. */
static const char *place_of(const struct comparison *c, int side, const char **out_space)
{
    int is_mapped = strcmp(c->weights[side], "mapped") == 0;
    *out_space = is_mapped ? "" : " ";
    return is_mapped ? "" : c->weights[side];
}

static void print_head(FILE *out, const struct comparison *c)
{
    fprintf(out, "| %-15s ", "test");
    for (int side = 0; side < COMPARE_SIDES; side++) {
        const char *slash = strrchr(c->paths[side], '/');
        const char *name = slash && slash[1] ? slash + 1 : c->paths[side];
        const char *space, *place = place_of(c, side, &space);
        int room = COLUMN - 4 - (int)strlen(space) - (int)strlen(place);
        fprintf(out, "| %*.*s%s%s t/s ", room, room, name, space, place);
    }
    fprintf(out, "| %-20s |\n| --------------- ", "ratio");
    for (int side = 0; side < COMPARE_SIDES; side++) fprintf(out, "| ---------------------: ");
    fprintf(out, "| -------------------- |\n");
}

static void print_row(FILE *out, const struct comparison *c, int part)
{
    struct row row = row_of(c, part, part);
    struct median ratio = ratio_of(c, &row);
    char text[64];
    fprintf(out, "| %15s ", row.name);
    for (int side = 0; side < COMPARE_SIDES; side++)
        fprintf(out, "| %*.2f ", COLUMN, rate_of(c, side, &row).value);
    snprintf(text, sizeof text, "%.2fx [%.2f, %.2f]", ratio.value, ratio.low, ratio.high);
    fprintf(out, "| %-20s |\n", text);
}

void compare_print_table(FILE *out, const struct comparison *c)
{
    struct row mix = row_of(c, 0, COMPARE_PARTS - 1);
    struct median ratio = ratio_of(c, &mix);
    if (c->context)
        fprintf(out, "cut to fit the context of %u: prompt of %u, then %u decoded\n", c->context,
                c->n_tokens[COMPARE_PROMPT], c->n_tokens[COMPARE_GEN]);
    print_head(out, c);
    for (int part = 0; part < COMPARE_PARTS; part++)
        if (c->n_tokens[part]) print_row(out, c, part);
    if (c->is_chat && !c->context)
        fprintf(out, "chat mix: ");
    else
        fprintf(out, "%s (%s): ", c->is_chat ? "chat mix" : "mix", mix.name);
    const char *spaces[COMPARE_SIDES], *places[COMPARE_SIDES];
    for (int side = 0; side < COMPARE_SIDES; side++)
        places[side] = place_of(c, side, &spaces[side]);
    fprintf(out, "%s%s%s is %.2fx %s%s%s [%.2f, %.2f], %u pairs\n", c->paths[0], spaces[0],
            places[0], ratio.value, c->paths[1], spaces[1], places[1], ratio.low, ratio.high,
            c->n_pairs);
}

/* ---- for programs ---- */

static void print_side(FILE *out, const struct comparison *c, const char *name, int side,
                       const struct row *row)
{
    fprintf(out, ", \"%s_ts\": %.6f, \"%s_ns\": [", name, rate_of(c, side, row).value, name);
    for (uint32_t i = 0; i < c->n_pairs; i++)
        fprintf(out, "%s%.0f", i ? ", " : "", ns_of(&c->pairs[i], side, row));
    fputs("]", out);
}

static void print_object(FILE *out, const struct comparison *c, const struct row *row)
{
    struct median ratio = ratio_of(c, row);
    fprintf(out, "{\"test\": \"%s\", \"ratio\": %.6f, \"ratio_low\": %.6f, \"ratio_high\": %.6f",
            row->name, ratio.value, ratio.low, ratio.high);
    print_side(out, c, "package", 0, row);
    print_side(out, c, "other", 1, row);
    fputs("}", out);
}

void compare_print_json(FILE *out, const struct comparison *c)
{
    fputs("{\n  \"package\": ", out);
    bench_print_json_text(out, c->paths[0]);
    fputs(",\n  \"other\": ", out);
    bench_print_json_text(out, c->paths[1]);
    fprintf(out, ",\n  \"package_weights\": \"%s\",\n  \"other_weights\": \"%s\"", c->weights[0],
            c->weights[1]);
    fprintf(out, ",\n  \"n_threads\": %u,\n  \"n_depth\": %u,\n", c->n_threads, c->n_depth);
    fprintf(out, "  \"n_prompt\": %u,\n  \"n_gen\": %u,\n  \"cut\": %s,\n  \"n_pairs\": %u,\n",
            c->n_tokens[COMPARE_PROMPT], c->n_tokens[COMPARE_GEN], c->context ? "true" : "false",
            c->n_pairs);
    fputs("  \"tests\": [", out);
    int n = 0;
    for (int part = 0; part < COMPARE_PARTS; part++) {
        if (c->n_tokens[part] == 0) continue;
        struct row row = row_of(c, part, part);
        fputs(n++ ? ",\n    " : "\n    ", out);
        print_object(out, c, &row);
    }
    struct row mix = row_of(c, 0, COMPARE_PARTS - 1);
    fputs("\n  ],\n  \"mix\": ", out);
    print_object(out, c, &mix);
    fputs("\n}\n", out);
}
