/* SPDX-License-Identifier: MIT */
/* Events of the trace format: metadata ("M") and complete slices ("X"), in microseconds. */
#include "tuner/report/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tuner/report/table.h"

enum { STEPS_ROW = 0, FIRST_THREAD_ROW = 1 };

static enum hone_status add(struct trace *trace, json_t *event, struct hone_error *err)
{
    if (!trace->events) trace->events = json_array();
    if (event && trace->events && json_array_append_new(trace->events, event) == 0) return HONE_OK;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "trace: no memory");
}

static json_t *text_of(const char *text)
{
    return report_json_text(text, strlen(text));
}

static json_t *name_event(const struct trace *trace, const char *kind, uint32_t row,
                          const char *name)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:{s:o}}", "ph", "M", "name", kind, "pid",
                     (int)trace->n_forwards, "tid", (int)row, "args", "name", text_of(name));
}

static json_t *slice(const struct trace *trace, const char *name, uint32_t row, uint64_t begin_ns,
                     uint64_t end_ns, json_t *arguments)
{
    double begin = begin_ns > trace->origin_ns ? (double)(begin_ns - trace->origin_ns) : 0;
    double length = end_ns > begin_ns ? (double)(end_ns - begin_ns) : 0;
    return json_pack("{s:s, s:o, s:s, s:i, s:i, s:f, s:f, s:o}", "ph", "X", "name", text_of(name),
                     "cat", row == STEPS_ROW ? "step" : "thread", "pid", (int)trace->n_forwards,
                     "tid", (int)row, "ts", begin * 1e-3, "dur", length * 1e-3, "args", arguments);
}

enum hone_status trace_forward(struct trace *trace, const char *title, uint64_t begin_ns,
                               uint64_t end_ns, uint32_t n_workers, struct hone_error *err)
{
    char name[32];
    trace->n_forwards++;
    trace->n_workers = n_workers;
    trace->origin_ns = begin_ns;
    HONE_TRY(add(trace, name_event(trace, "process_name", STEPS_ROW, title), err));
    HONE_TRY(add(trace, name_event(trace, "thread_name", STEPS_ROW, "steps"), err));
    for (uint32_t w = 0; w < n_workers; w++) {
        snprintf(name, sizeof name, "thread %u", w);
        HONE_TRY(add(trace, name_event(trace, "thread_name", FIRST_THREAD_ROW + w, name), err));
    }
    return add(trace, slice(trace, title, STEPS_ROW, begin_ns, end_ns, json_object()), err);
}

static json_t *arguments_of(const struct trace_step *step)
{
    return json_pack("{s:o, s:o, s:o, s:f, s:f}", "kernel", text_of(step->kernel), "config",
                     text_of(step->config), "problem", text_of(step->problem), "operations",
                     step->operations, "bytes", step->bytes);
}

enum hone_status trace_step(struct trace *trace, const struct trace_step *step,
                            struct hone_error *err)
{
    uint64_t begin = UINT64_MAX, end = 0;
    for (uint32_t w = 0; w < trace->n_workers; w++) {
        const uint64_t *span = &step->spans[2 * w];
        if (span[1] == 0) continue;
        if (span[0] < begin) begin = span[0];
        if (span[1] > end) end = span[1];
        HONE_TRY(add(
            trace,
            slice(trace, step->name, FIRST_THREAD_ROW + w, span[0], span[1], arguments_of(step)),
            err));
    }
    if (end == 0) return HONE_OK;
    return add(trace, slice(trace, step->name, STEPS_ROW, begin, end, arguments_of(step)), err);
}

enum hone_status trace_write(const struct trace *trace, const char *path, struct hone_error *err)
{
    char beside[4096];
    if ((size_t)snprintf(beside, sizeof beside, "%s.part", path) >= sizeof beside)
        return hone_fail(err, HONE_ERR_ARGUMENT, "--trace: a path of more than %zu bytes",
                         sizeof beside);
    json_t *root = json_pack("{s:s, s:O}", "displayTimeUnit", "ns", "traceEvents", trace->events);
    if (!root) return hone_fail(err, HONE_ERR_NO_MEMORY, "trace: no memory");
    FILE *to = fopen(beside, "we");
    int failed =
        !to ||
        json_dumpf(root, to, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12)) != 0;
    json_decref(root);
    if (to && fclose(to) != 0) failed = 1;
    if (!failed && rename(beside, path) == 0) return HONE_OK;
    int why = errno;
    if (to) unlink(beside);
    return hone_fail(err, HONE_ERR_IO, "%s: cannot be written: %s", path, strerror(why));
}

void trace_release(struct trace *trace)
{
    json_decref(trace->events);
    *trace = (struct trace){0};
}
