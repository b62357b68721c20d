/* SPDX-License-Identifier: MIT */
/* Streams: queues of work that nobody does until somebody waits. */
#include <stdlib.h>

#include "tests/emulators/ptx/cuda_mock.h"

struct mock_stream *mock_stream_new(struct mock_context *context, unsigned flags)
{
    struct mock_stream *stream = mock_object_new(MOCK_STREAM, sizeof *stream);
    stream->context = context;
    stream->flags = flags;
    stream->tail = &stream->head;
    stream->next = mock.streams;
    mock.streams = stream;
    return stream;
}

static void drop_queue(struct mock_stream *stream)
{
    while (stream->head != NULL) {
        struct mock_queued *item = stream->head;
        stream->head = item->next;
        mock_work_free(&item->work);
        free(item);
        stream->n_done++;
    }
    stream->tail = &stream->head;
}

void mock_stream_kill(struct mock_stream *stream)
{
    drop_queue(stream);
    mock_nodes_free(&stream->tails);
    for (struct mock_stream **at = &mock.streams; *at != NULL; at = &(*at)->next)
        if (*at == stream) {
            *at = stream->next;
            break;
        }
    mock_object_kill(stream);
}

struct mock_stream *mock_stream_of(struct mock_stream *handle)
{
    if ((uintptr_t)handle <= 1) return mock_current()->legacy;
    return mock_alive(handle, MOCK_STREAM) ? handle : NULL;
}

static void append(struct mock_stream *stream, struct mock_work work)
{
    struct mock_queued *item = mock_calloc(1, sizeof *item);
    item->work = work;
    *stream->tail = item;
    stream->tail = &item->next;
    stream->n_queued++;
}

static void wait_for(struct mock_stream *stream, struct mock_stream *other)
{
    if (other->n_done == other->n_queued) return;
    append(stream,
           (struct mock_work){.type = MOCK_WAIT, .stream = other, .until = other->n_queued});
}

/* Stream 0 and the streams that were not created "non-blocking" go one after the other. */
static int order_with_legacy(struct mock_stream *stream)
{
    struct mock_stream *legacy = stream->context->legacy;
    if (stream != legacy) {
        if ((stream->flags & CU_STREAM_NON_BLOCKING) == 0) wait_for(stream, legacy);
        return CU_SUCCESS;
    }
    for (struct mock_stream *other = mock.streams; other != NULL; other = other->next) {
        if (other == legacy || (other->flags & CU_STREAM_NON_BLOCKING) != 0) continue;
        if (other->capture != NULL) {
            mock_report("the stream 0 would wait for stream %u, which is being captured",
                        other->object.id);
            return mock_capture_spoil(other, CU_CAPTURE_IMPLICIT);
        }
        wait_for(legacy, other);
    }
    return CU_SUCCESS;
}

int mock_stream_add(struct mock_stream *stream, struct mock_work work)
{
    int rc = CU_SUCCESS;
    if (stream->capture != NULL)
        rc = mock_capture_add(stream, work);
    else if ((rc = order_with_legacy(stream)) == CU_SUCCESS)
        append(stream, work);
    if (rc != CU_SUCCESS) mock_work_free(&work);
    return rc;
}

int mock_stream_run(struct mock_stream *stream, uint64_t until)
{
    while (mock.sticky == 0 && stream->n_done < until && stream->head != NULL) {
        struct mock_queued *item = stream->head;
        stream->head = item->next;
        if (stream->head == NULL) stream->tail = &stream->head;
        const int rc = mock_work_run(stream->context, &item->work);
        stream->n_done++;
        mock_work_free(&item->work);
        free(item);
        if (rc != CU_SUCCESS && mock.sticky == 0) return rc;
    }
    return mock.sticky;
}

/* Newest stream first: an order that nothing asked for should not be the one in which things were
 * written down. */
int mock_run_all(struct mock_context *context)
{
    int rc = mock.sticky;
    for (struct mock_stream *s = mock.streams; s != NULL && rc == CU_SUCCESS; s = s->next)
        if (s->context == context) rc = mock_stream_run(s, s->n_queued);
    return rc;
}

static int create(struct mock_stream **out, unsigned flags)
{
    if (out == NULL || flags > CU_STREAM_NON_BLOCKING) return CU_INVALID_VALUE;
    *out = mock_stream_new(mock_current(), flags);
    return CU_SUCCESS;
}

int cuStreamCreate(struct mock_stream **out, unsigned flags)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    if (rc == CU_SUCCESS) rc = create(out, flags);
    return mock_leave(rc);
}

int cuStreamCreateWithPriority(struct mock_stream **out, unsigned flags, int priority)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_UNCAPTURED);
    (void)priority; /* one thing runs at a time */
    if (rc == CU_SUCCESS) rc = create(out, flags);
    return mock_leave(rc);
}

int cuStreamDestroy_v2(struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT | MOCK_SURVIVES);
    if (rc == CU_SUCCESS && !mock_alive(stream, MOCK_STREAM)) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream == stream->context->legacy) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream->capture != NULL) {
        mock_report("stream %u is being captured", stream->object.id);
        rc = mock_capture_spoil(stream, CU_CAPTURE_UNMATCHED);
    }
    if (rc == CU_SUCCESS) {
        rc = mock_stream_run(stream, stream->n_queued);
        mock_stream_kill(stream);
    }
    return mock_leave(rc);
}

int cuStreamSynchronize(struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream->capture != NULL) {
        mock_report("stream %u is being captured", stream->object.id);
        rc = mock_capture_spoil(stream, CU_CAPTURE_UNSUPPORTED);
    }
    if (rc == CU_SUCCESS && stream == stream->context->legacy) rc = order_with_legacy(stream);
    if (rc == CU_SUCCESS) rc = mock_stream_run(stream, stream->n_queued);
    return mock_leave(rc);
}

/* Who asks is told "not yet" once, and finds the work done the next time. */
int cuStreamQuery(struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream->capture != NULL)
        rc = mock_capture_spoil(stream, CU_CAPTURE_UNSUPPORTED);
    if (rc == CU_SUCCESS && stream->n_done < stream->n_queued) {
        rc = mock_stream_run(stream, stream->n_queued);
        if (rc == CU_SUCCESS) rc = CU_NOT_READY;
    }
    return mock_leave(rc);
}

int cuLaunchHostFunc(struct mock_stream *stream, void (*call)(void *), void *data)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && call == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS)
        rc = mock_stream_add(stream,
                             (struct mock_work){.type = MOCK_HOST, .call = call, .data = data});
    return mock_leave(rc);
}
