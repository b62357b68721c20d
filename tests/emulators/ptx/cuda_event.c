/* SPDX-License-Identifier: MIT */
/* Events: marks in streams, and the time of the mock's clock when they were passed. */
#include "tests/emulators/ptx/cuda_mock.h"

int cuEventCreate(struct mock_event **out, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (out == NULL || flags > 3)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) {
        struct mock_event *event = mock_object_new(MOCK_EVENT, sizeof *event);
        event->context = mock_current();
        event->flags = flags;
        *out = event;
    }
    return mock_leave(rc);
}

int cuEventDestroy_v2(struct mock_event *event)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_SURVIVES);
    if (rc == CU_SUCCESS && !mock_alive(event, MOCK_EVENT)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) {
        mock_nodes_free(&event->nodes);
        mock_object_kill(event);
    }
    return mock_leave(rc);
}

int cuEventRecord(struct mock_event *event, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS &&
        (!mock_alive(event, MOCK_EVENT) || (stream = mock_stream_of(stream)) == NULL))
        rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream->capture != NULL) {
        rc = mock_capture_event(event, stream);
    } else if (rc == CU_SUCCESS) {
        event->capture = NULL;
        rc = mock_stream_add(stream, (struct mock_work){.type = MOCK_RECORD,
                                                        .event = event,
                                                        .generation = event->n_asked + 1});
        if (rc == CU_SUCCESS) {
            event->n_asked++;
            event->stream = stream;
            event->until = stream->n_queued;
        }
    }
    return mock_leave(rc);
}

int cuStreamWaitEvent(struct mock_stream *stream, struct mock_event *event, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && flags > 1) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS &&
        (!mock_alive(event, MOCK_EVENT) || (stream = mock_stream_of(stream)) == NULL))
        rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && (event->capture != NULL || stream->capture != NULL))
        rc = mock_capture_wait(stream, event);
    else if (rc == CU_SUCCESS && event->stream != NULL)
        rc = mock_stream_add(
            stream,
            (struct mock_work){.type = MOCK_WAIT, .stream = event->stream, .until = event->until});
    return mock_leave(rc);
}

/* Alive, and not one that only marks a place in a capture. */
static int check(const struct mock_event *event)
{
    if (!mock_alive(event, MOCK_EVENT)) return CU_INVALID_HANDLE;
    if (event->capture == NULL) return CU_SUCCESS;
    mock_report("event %u was recorded in a stream that is being captured", event->object.id);
    return CU_CAPTURED_EVENT;
}

int cuEventSynchronize(struct mock_event *event)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = check(event);
    if (rc == CU_SUCCESS && event->n_recorded < event->n_asked)
        rc = mock_stream_run(event->stream, event->until);
    return mock_leave(rc);
}

int cuEventQuery(struct mock_event *event)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = check(event);
    if (rc == CU_SUCCESS && event->n_recorded < event->n_asked) {
        rc = mock_stream_run(event->stream, event->until);
        if (rc == CU_SUCCESS) rc = CU_NOT_READY; /* the next asker will find it done */
    }
    return mock_leave(rc);
}

static int elapsed(float *out_ms, const struct mock_event *begin, const struct mock_event *end)
{
    if (out_ms == NULL) return CU_INVALID_VALUE;
    const struct mock_event *both[2] = {begin, end};
    for (int i = 0; i < 2; i++) {
        const int rc = check(both[i]);
        if (rc != CU_SUCCESS) return rc;
        if (both[i]->n_asked == 0 || (both[i]->flags & CU_EVENT_DISABLE_TIMING) != 0) {
            mock_report("event %u has %s", both[i]->object.id,
                        both[i]->n_asked == 0 ? "never been recorded" : "no timing");
            return CU_INVALID_HANDLE;
        }
        if (both[i]->n_recorded < both[i]->n_asked) return CU_NOT_READY;
    }
    *out_ms = (float)(((double)end->time_ns - (double)begin->time_ns) / 1e6);
    return CU_SUCCESS;
}

int cuEventElapsedTime(float *out_ms, struct mock_event *begin, struct mock_event *end)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = elapsed(out_ms, begin, end);
    return mock_leave(rc);
}

int cuEventElapsedTime_v2(float *out_ms, struct mock_event *begin, struct mock_event *end)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = elapsed(out_ms, begin, end);
    return mock_leave(rc);
}
