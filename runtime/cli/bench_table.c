/* SPDX-License-Identifier: MIT */
/* Columns and keys are those that users of llama-bench know. */
#include "runtime/cli/bench_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

struct statistics {
    double mean, deviation;
};

static struct statistics statistics_of(const double *samples, uint32_t n)
{
    struct statistics s = {0, 0};
    for (uint32_t i = 0; i < n; i++) s.mean += samples[i] / n;
    for (uint32_t i = 0; i < n; i++)
        s.deviation += (samples[i] - s.mean) * (samples[i] - s.mean) / (n > 1 ? n - 1 : 1);
    s.deviation = sqrt(s.deviation);
    return s;
}

static void find_samples(const struct bench_row *row, double *out_ns, double *out_per_second)
{
    double n_tokens = (double)(row->n_prompt + row->n_gen) * row->n_seqs;
    for (uint32_t i = 0; i < row->n_repeats; i++) {
        out_ns[i] = (double)(row->ns[i] ? row->ns[i] : 1);
        out_per_second[i] = n_tokens * 1e9 / out_ns[i];
    }
}

static void test_name(const struct bench_row *row, char *out_name, size_t capacity)
{
    int used = row->n_prompt ? snprintf(out_name, capacity, "pp%u", row->n_prompt)
                             : snprintf(out_name, capacity, "tg%u", row->n_gen);
    if (row->n_seqs > 1)
        used += snprintf(out_name + used, capacity - (size_t)used, " x%u", row->n_seqs);
    if (row->n_depth) snprintf(out_name + used, capacity - (size_t)used, " @ d%u", row->n_depth);
}

void bench_print_table_head(FILE *out)
{
    fprintf(out, "| %-30s | %10s | %10s | %-10s | %7s | %15s | %20s |\n", "model", "size", "params",
            "backend", "threads", "test", "t/s");
    fprintf(out, "| ------------------------------ | ---------: | ---------: | ---------- | "
                 "------: | --------------: | -------------------: |\n");
}

/* The largest unit of which there is at least one. */
static void scaled(double value, double step, const char *const *units, char *out, size_t capacity)
{
    int unit = 0;
    for (; value >= step && units[unit + 1]; unit++) value /= step;
    snprintf(out, capacity, "%.2f %s", value, units[unit]);
}

static void print_row(FILE *out, const struct bench_model *model, const char *test,
                      const char *value, int width)
{
    static const char *const byte_units[] = {"B", "KiB", "MiB", "GiB", "TiB", NULL};
    static const char *const count_units[] = {"", "K", "M", "B", "T", NULL};
    char size[32], params[32];
    scaled((double)model->n_bytes, 1024, byte_units, size, sizeof size);
    scaled((double)model->n_params, 1000, count_units, params, sizeof params);
    fprintf(out, "| %-30s | %10s | %10s | %-10s | %7u | %15s | %*s |\n", model->type, size, params,
            model->backend, model->n_threads, test, width, value);
    fflush(out);
}

static bool is_mapped(const struct bench_model *model)
{
    return strcmp(model->weights, "mapped") == 0;
}

void bench_print_table_row(FILE *out, const struct bench_model *model, const struct bench_row *row)
{
    static double ns[BENCH_MAX_REPEATS], rates[BENCH_MAX_REPEATS];
    char name[64], test[96], rate[64];
    find_samples(row, ns, rates);
    struct statistics s = statistics_of(rates, row->n_repeats);
    test_name(row, name, sizeof name);
    snprintf(test, sizeof test, "%s%s%s", name, is_mapped(model) ? "" : " ",
             is_mapped(model) ? "" : model->weights);
    snprintf(rate, sizeof rate, "%.2f ± %.2f", s.mean, s.deviation);
    print_row(out, model, test, rate, 21); /* the sign is two bytes and one column wide */
}

void bench_print_table_start(FILE *out, const struct bench_model *model)
{
    char test[64], value[64];
    snprintf(test, sizeof test, "start %s", model->weights);
    snprintf(value, sizeof value, "%.1f ms", (double)model->start_ns / 1e6);
    print_row(out, model, test, value, 20);
}

void bench_print_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_json_samples(FILE *out, const char *key, const char *format,
                               const double *samples, uint32_t n)
{
    fprintf(out, "    \"%s\": [", key);
    for (uint32_t i = 0; i < n; i++) {
        if (i) fputs(", ", out);
        fprintf(out, format, samples[i]);
    }
    fputs("]", out);
}

void bench_print_json_row(FILE *out, const struct bench_model *model, const struct bench_row *row)
{
    static double ns[BENCH_MAX_REPEATS], rates[BENCH_MAX_REPEATS];
    find_samples(row, ns, rates);
    struct statistics of_ns = statistics_of(ns, row->n_repeats);
    struct statistics of_rates = statistics_of(rates, row->n_repeats);
    char when[32];
    time_t now = time(NULL);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    fputs("  {\n    \"model_filename\": ", out);
    bench_print_json_text(out, model->filename);
    fputs(",\n    \"model_type\": ", out);
    bench_print_json_text(out, model->type);
    fprintf(out, ",\n    \"model_size\": %" PRIu64 ",\n    \"model_n_params\": %" PRIu64 ",\n",
            model->n_bytes, model->n_params);
    fprintf(out, "    \"backends\": \"%s\",\n    \"n_threads\": %u,\n", model->backend,
            model->n_threads);
    fprintf(out, "    \"n_prompt\": %u,\n    \"n_gen\": %u,\n    \"n_depth\": %u,\n", row->n_prompt,
            row->n_gen, row->n_depth);
    fprintf(out, "    \"n_seqs\": %u,\n    \"test_time\": \"%s\",\n", row->n_seqs, when);
    fprintf(out, "    \"weights\": \"%s\",\n    \"start_ns\": %" PRIu64 ",\n", model->weights,
            model->start_ns);
    fprintf(out, "    \"avg_ns\": %.0f,\n    \"stddev_ns\": %.0f,\n", of_ns.mean, of_ns.deviation);
    fprintf(out, "    \"avg_ts\": %.6f,\n    \"stddev_ts\": %.6f,\n", of_rates.mean,
            of_rates.deviation);
    print_json_samples(out, "samples_ns", "%.0f", ns, row->n_repeats);
    fputs(",\n", out);
    print_json_samples(out, "samples_ts", "%.6f", rates, row->n_repeats);
    fputs("\n  }", out);
}
