/* SPDX-License-Identifier: MIT */
/* Does the work of streams and graphs: copies, fills, kernels in the PTX interpreter. */
#include <stdlib.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

void mock_launch_drop(struct mock_launch *launch)
{
    if (launch == NULL || --launch->refs > 0) return;
    free(launch->pointers);
    free(launch);
}

void mock_plan_drop(struct mock_plan *plan)
{
    if (plan == NULL || --plan->refs > 0) return;
    for (size_t i = 0; i < plan->n; i++) mock_work_free(&plan->work[i]);
    free(plan);
}

void mock_work_free(struct mock_work *work)
{
    mock_launch_drop(work->launch);
    mock_plan_drop(work->plan);
    free(work->staged);
    *work = (struct mock_work){.type = MOCK_EMPTY};
}

struct mock_work mock_work_share(const struct mock_work *work)
{
    struct mock_work copy = *work; /* nodes of graphs never have staged bytes */
    if (copy.launch != NULL) copy.launch->refs++;
    if (copy.plan != NULL) copy.plan->refs++;
    return copy;
}

static int lose(int rc)
{
    mock.sticky = rc;
    return rc;
}

static unsigned char *side(struct mock_context *context, uint64_t address, size_t n_bytes,
                           bool is_host)
{
    if (is_host) return (unsigned char *)(uintptr_t)address;
    return mock_at_or_report(context, address, n_bytes, "a copy that was waiting:");
}

static int run_copy(struct mock_context *context, const struct mock_work *work)
{
    unsigned char *to = side(context, work->to, work->n_bytes, (work->sides & MOCK_TO_HOST) != 0);
    const unsigned char *from = work->staged;
    if (from == NULL)
        from = side(context, work->from, work->n_bytes, (work->sides & MOCK_FROM_HOST) != 0);
    if (to == NULL || from == NULL) return lose(CU_ILLEGAL_ADDRESS);
    memmove(to, from, work->n_bytes);
    return CU_SUCCESS;
}

static int run_set(struct mock_context *context, const struct mock_work *work)
{
    unsigned char *to = side(context, work->to, work->n_bytes, false);
    if (to == NULL) return lose(CU_ILLEGAL_ADDRESS);
    if (work->width == 1) memset(to, (int)work->value, work->n_bytes);
    for (size_t at = 0; work->width > 1 && at < work->n_bytes; at += work->width)
        memcpy(to + at, &work->value, work->width);
    return CU_SUCCESS;
}

/* What a driver would make of it. A kernel that waits for ever is one for the watchdog. */
static int code_of(enum ptx_fault fault)
{
    static const struct {
        enum ptx_fault fault;
        int code;
    } codes[] = {{PTX_FAULT_ADDRESS, CU_ILLEGAL_ADDRESS},
                 {PTX_FAULT_MISALIGNED, CU_MISALIGNED_ADDRESS},
                 {PTX_FAULT_INSTRUCTION, CU_ILLEGAL_INSTRUCTION},
                 {PTX_FAULT_TIMEOUT, CU_LAUNCH_TIMEOUT},
                 {PTX_FAULT_LAUNCH, CU_INVALID_VALUE},
                 {PTX_FAULT_NO_MEMORY, CU_OUT_OF_MEMORY}};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].fault == fault) return codes[i].code;
    return CU_LAUNCH_FAILED;
}

static int run_kernel(struct mock_context *context, const struct mock_work *work)
{
    const struct mock_launch *l = work->launch;
    const int injected = mock_injected("kernel");
    if (injected != 0) return injected;
    if (!l->function->object.live) {
        mock_report("a kernel that was waiting: its module has been unloaded");
        return lose(CU_LAUNCH_FAILED);
    }
    struct ptx_launch launch = {
        .shared_bytes = l->shared_bytes,
        .params = l->params,
        .n_param_bytes = l->n_param_bytes,
        .seed = mock.seed,
        .max_instructions = mock.max_instructions,
        .n_sms = (uint32_t)mock.n_sms,
        .clock_ns = mock.clock_ns,
    };
    memcpy(launch.grid, l->grid, sizeof launch.grid);
    memcpy(launch.block, l->block, sizeof launch.block);
    memcpy(launch.cluster, l->cluster, sizeof launch.cluster);
    launch.ranges = mock_ranges(context, &launch.n_ranges);
    struct ptx_result result = {0};
    struct hone_error err = {0};
    const enum hone_status status = ptx_launch(l->function->kernel, &launch, &result, &err);
    mock.clock_ns += result.n_instructions;
    mock.n_kernels++;
    if (status == HONE_OK) return CU_SUCCESS;
    mock_report("%s", err.text);
    return lose(code_of(result.fault));
}

static int run_plan(struct mock_context *context, const struct mock_work *work)
{
    int rc = CU_SUCCESS;
    for (size_t i = 0; i < work->plan->n && rc == CU_SUCCESS; i++)
        rc = mock_work_run(context, &work->plan->work[i]);
    return rc;
}

int mock_work_run(struct mock_context *context, const struct mock_work *work)
{
    if (work->disabled) return CU_SUCCESS;
    mock.clock_ns++;
    switch (work->type) {
    case MOCK_KERNEL: return run_kernel(context, work);
    case MOCK_COPY: return run_copy(context, work);
    case MOCK_SET: return run_set(context, work);
    case MOCK_PLAN: return run_plan(context, work);
    case MOCK_WAIT: return mock_stream_run(work->stream, work->until);
    case MOCK_HOST: work->call(work->data); return CU_SUCCESS;
    case MOCK_RECORD:
        if (work->generation > work->event->n_recorded) {
            work->event->n_recorded = work->generation;
            work->event->time_ns = mock.clock_ns;
        }
        return CU_SUCCESS;
    case MOCK_EMPTY: break;
    }
    return CU_SUCCESS;
}
