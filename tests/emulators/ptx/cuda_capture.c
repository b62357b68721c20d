/* SPDX-License-Identifier: MIT */
/* Capturing streams into graphs: what is asked of them becomes nodes instead. */
#include <stdlib.h>

#include "tests/emulators/ptx/cuda_mock.h"

static _Thread_local int thread_mode = CU_CAPTURE_GLOBAL;

int mock_capture_spoil(struct mock_stream *stream, int rc)
{
    if (stream->capture != NULL) stream->capture->invalid = true;
    return rc;
}

/* Calls that may wait for the device are not allowed while something is captured: anywhere for a
 * global capture, in the capturing thread for one of that thread. */
int mock_capture_forbids(void)
{
    for (struct mock_stream *s = mock.streams; s != NULL; s = s->next) {
        if (s->capture == NULL || s->capture->mode == CU_CAPTURE_RELAXED) continue;
        const bool here = pthread_equal(s->capture->thread, pthread_self()) != 0;
        if (thread_mode == CU_CAPTURE_RELAXED || (!here && s->capture->mode == CU_CAPTURE_THREAD) ||
            (!here && thread_mode == CU_CAPTURE_THREAD))
            continue;
        mock_report("not allowed while stream %u is being captured", s->object.id);
        return mock_capture_spoil(s, CU_CAPTURE_UNSUPPORTED);
    }
    return CU_SUCCESS;
}

int mock_capture_add(struct mock_stream *stream, struct mock_work work)
{
    if (stream->capture->invalid) return CU_CAPTURE_INVALIDATED;
    if (work.type == MOCK_PLAN) {
        mock_report("a graph launched into a capture is not something the mock does");
        return mock_capture_spoil(stream, CU_CAPTURE_UNSUPPORTED);
    }
    struct mock_node *node = mock_node_new(stream->capture->graph, work, &stream->tails);
    mock_nodes_free(&stream->tails);
    mock_nodes_add(&stream->tails, node);
    return CU_SUCCESS;
}

int mock_capture_event(struct mock_event *event, struct mock_stream *stream)
{
    if (stream->capture->invalid) return CU_CAPTURE_INVALIDATED;
    mock_nodes_free(&event->nodes);
    mock_nodes_copy(&event->nodes, &stream->tails);
    event->capture = stream->capture;
    return CU_SUCCESS;
}

/* A stream that waits for what a capture does joins the capture. */
int mock_capture_wait(struct mock_stream *stream, struct mock_event *event)
{
    if (event->capture == NULL) {
        mock_report("a stream that is being captured waits for event %u of outside",
                    event->object.id);
        return mock_capture_spoil(stream, CU_CAPTURE_ISOLATION);
    }
    if (event->capture->invalid) return CU_CAPTURE_INVALIDATED;
    if (stream->capture != NULL && stream->capture != event->capture) {
        mock_report("event %u belongs to another capture", event->object.id);
        event->capture->invalid = true;
        return mock_capture_spoil(stream, CU_CAPTURE_MERGE);
    }
    if (stream == stream->context->legacy) {
        event->capture->invalid = true;
        return CU_CAPTURE_IMPLICIT;
    }
    stream->capture = event->capture;
    mock_nodes_copy(&stream->tails, &event->nodes);
    return CU_SUCCESS;
}

static bool has(const struct mock_nodes *set, const struct mock_node *node)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->items[i] == node) return true;
    return false;
}

/* True when all that the other streams of the capture end with is needed by what the first does. */
static bool all_joined(const struct mock_stream *origin)
{
    struct mock_nodes needed = {0};
    mock_nodes_copy(&needed, &origin->tails);
    for (size_t i = 0; i < needed.n; i++) mock_nodes_copy(&needed, &needed.items[i]->needs);
    bool joined = true;
    for (const struct mock_stream *s = mock.streams; s != NULL; s = s->next) {
        if (s == origin || s->capture != origin->capture) continue;
        for (size_t i = 0; i < s->tails.n; i++) joined = joined && has(&needed, s->tails.items[i]);
    }
    mock_nodes_free(&needed);
    return joined;
}

static void end_all(struct mock_capture *capture)
{
    for (struct mock_stream *s = mock.streams; s != NULL; s = s->next) {
        if (s->capture != capture) continue;
        s->capture = NULL;
        mock_nodes_free(&s->tails);
    }
    for (size_t i = 0; i < mock.object_room; i++) {
        struct mock_object *object = mock.objects[i];
        if (object == NULL || object->kind != MOCK_EVENT) continue;
        struct mock_event *event = (struct mock_event *)(void *)object;
        if (event->capture != capture) continue;
        event->capture = NULL; /* never recorded, as far as the device is concerned */
        mock_nodes_free(&event->nodes);
    }
    free(capture);
}

int cuStreamBeginCapture_v2(struct mock_stream *stream, int mode)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && (mode < 0 || mode > CU_CAPTURE_RELAXED)) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS && stream == stream->context->legacy) {
        mock_report("the stream 0 cannot be captured");
        rc = CU_CAPTURE_UNSUPPORTED;
    }
    if (rc == CU_SUCCESS && stream->capture != NULL) {
        mock_report("stream %u is being captured already", stream->object.id);
        rc = mock_capture_spoil(stream, 401);
    }
    if (rc == CU_SUCCESS) {
        struct mock_capture *capture = mock_calloc(1, sizeof *capture);
        capture->graph = mock_object_new(MOCK_GRAPH, sizeof *capture->graph);
        capture->origin = stream;
        capture->mode = mode;
        capture->thread = pthread_self();
        stream->capture = capture;
    }
    return mock_leave(rc);
}

static int end(struct mock_stream *stream, struct mock_graph **out)
{
    struct mock_capture *capture = stream->capture;
    int rc = CU_SUCCESS;
    *out = NULL;
    if (capture == NULL) {
        mock_report("stream %u is not being captured", stream->object.id);
        return 401;
    }
    if (capture->origin != stream) {
        mock_report("stream %u joined the capture, it did not begin it", stream->object.id);
        return mock_capture_spoil(stream, CU_CAPTURE_UNMATCHED);
    }
    if (capture->mode != CU_CAPTURE_RELAXED && !pthread_equal(capture->thread, pthread_self())) {
        mock_report("the capture was begun by another thread");
        return mock_capture_spoil(stream, CU_CAPTURE_WRONG_THREAD);
    }
    if (capture->invalid) {
        rc = CU_CAPTURE_INVALIDATED;
    } else if (!all_joined(stream)) {
        mock_report("work of a forked stream is not waited for");
        rc = CU_CAPTURE_UNJOINED;
    }
    if (rc == CU_SUCCESS)
        *out = capture->graph;
    else
        mock_graph_kill(capture->graph);
    end_all(capture);
    return rc;
}

int cuStreamEndCapture(struct mock_stream *stream, struct mock_graph **out)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && out == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS) rc = end(stream, out);
    return mock_leave(rc);
}

int cuStreamIsCapturing(struct mock_stream *stream, int *out_status)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS && out_status == NULL) rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS && (stream = mock_stream_of(stream)) == NULL) rc = CU_INVALID_HANDLE;
    if (rc == CU_SUCCESS)
        *out_status = stream->capture == NULL ? 0 : stream->capture->invalid ? 2 : 1;
    return mock_leave(rc);
}

int cuThreadExchangeStreamCaptureMode(int *mode)
{
    int rc = mock_enter(__func__, MOCK_INIT);
    if (rc == CU_SUCCESS && (mode == NULL || *mode < 0 || *mode > CU_CAPTURE_RELAXED))
        rc = CU_INVALID_VALUE;
    if (rc == CU_SUCCESS) {
        const int before = thread_mode;
        thread_mode = *mode;
        *mode = before;
    }
    return mock_leave(rc);
}
