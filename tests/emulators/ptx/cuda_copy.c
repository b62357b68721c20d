/* SPDX-License-Identifier: MIT */
/* Copies and fills: checked against the live allocations when asked for, done when waited for. */
#include <stdlib.h>
#include <string.h>

#include "tests/emulators/ptx/cuda_mock.h"

/* Checks both sides; host memory that is pinned must be so for the whole length. */
static int check_copy(uint64_t to, uint64_t from, size_t n_bytes, unsigned sides)
{
    struct mock_context *context = mock_current();
    if ((sides & MOCK_TO_HOST) != 0
            ? to == 0
            : mock_at_or_report(context, to, n_bytes, "destination") == NULL)
        return CU_INVALID_VALUE;
    if ((sides & MOCK_FROM_HOST) != 0 ? from == 0
                                      : mock_at_or_report(context, from, n_bytes, "source") == NULL)
        return CU_INVALID_VALUE;
    return CU_SUCCESS;
}

/* What a copy from pageable memory takes with it, so that the caller may reuse its bytes. */
static unsigned char *stage(uint64_t from, size_t n_bytes)
{
    unsigned char *staged = mock_calloc(1, n_bytes);
    memcpy(staged, (const void *)(uintptr_t)from, n_bytes);
    return staged;
}

static int copy(uint64_t to, uint64_t from, size_t n_bytes, unsigned sides,
                struct mock_stream *handle, bool wait)
{
    if (n_bytes == 0) return CU_SUCCESS;
    struct mock_stream *stream = mock_stream_of(handle);
    if (stream == NULL) return CU_INVALID_HANDLE;
    const int rc = check_copy(to, from, n_bytes, sides);
    if (rc != CU_SUCCESS) return rc;
    struct mock_work work = {
        .type = MOCK_COPY, .to = to, .from = from, .n_bytes = n_bytes, .sides = sides};
    const struct mock_context *context = mock_current();
    const uint64_t host = (sides & MOCK_TO_HOST) != 0 ? to : from;
    const bool pageable =
        sides != 0 && !mock_is_pinned(context, (const void *)(uintptr_t)host, n_bytes);
    if (pageable && !wait) {
        mock_note("%zu bytes %s unpinned memory: this copy is not asynchronous", n_bytes,
                  (sides & MOCK_TO_HOST) != 0 ? "to" : "from");
        if (stream->capture != NULL) return mock_capture_spoil(stream, CU_CAPTURE_UNSUPPORTED);
        if ((sides & MOCK_FROM_HOST) != 0) work.staged = stage(from, n_bytes);
    }
    const int added = mock_stream_add(stream, work);
    if (added != CU_SUCCESS || (!wait && !(pageable && (sides & MOCK_TO_HOST) != 0))) return added;
    return mock_stream_run(stream, stream->n_queued);
}

static int fill(uint64_t to, uint32_t value, uint32_t width, size_t n, struct mock_stream *handle)
{
    if (n == 0) return CU_SUCCESS;
    struct mock_stream *stream = mock_stream_of(handle);
    if (stream == NULL) return CU_INVALID_HANDLE;
    if (to % width != 0 || n > SIZE_MAX / width) {
        mock_report("0x%llx is no multiple of %u", (unsigned long long)to, width);
        return CU_INVALID_VALUE;
    }
    if (mock_at_or_report(mock_current(), to, n * width, "destination") == NULL)
        return CU_INVALID_VALUE;
    return mock_stream_add(
        stream,
        (struct mock_work){
            .type = MOCK_SET, .to = to, .n_bytes = n * width, .value = value, .width = width});
}

int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t n_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS)
        rc = copy(to, (uint64_t)(uintptr_t)from, n_bytes, MOCK_FROM_HOST, NULL, true);
    return mock_leave(rc);
}

int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t n_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS)
        rc = copy((uint64_t)(uintptr_t)to, from, n_bytes, MOCK_TO_HOST, NULL, true);
    return mock_leave(rc);
}

int cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t n_bytes)
{
    int rc = mock_enter(__func__, MOCK_CURRENT); /* between device addresses nobody waits */
    if (rc == CU_SUCCESS) rc = copy(to, from, n_bytes, 0, NULL, false);
    return mock_leave(rc);
}

int cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t n_bytes, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS)
        rc = copy(to, (uint64_t)(uintptr_t)from, n_bytes, MOCK_FROM_HOST, stream, false);
    return mock_leave(rc);
}

int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t n_bytes, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS)
        rc = copy((uint64_t)(uintptr_t)to, from, n_bytes, MOCK_TO_HOST, stream, false);
    return mock_leave(rc);
}

int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t n_bytes, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = copy(to, from, n_bytes, 0, stream, false);
    return mock_leave(rc);
}

int cuMemsetD8_v2(uint64_t to, unsigned char value, size_t n)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 1, n, NULL);
    return mock_leave(rc);
}

int cuMemsetD16_v2(uint64_t to, unsigned short value, size_t n)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 2, n, NULL);
    return mock_leave(rc);
}

int cuMemsetD32_v2(uint64_t to, unsigned value, size_t n)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 4, n, NULL);
    return mock_leave(rc);
}

int cuMemsetD8Async(uint64_t to, unsigned char value, size_t n, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 1, n, stream);
    return mock_leave(rc);
}

int cuMemsetD16Async(uint64_t to, unsigned short value, size_t n, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 2, n, stream);
    return mock_leave(rc);
}

int cuMemsetD32Async(uint64_t to, unsigned value, size_t n, struct mock_stream *stream)
{
    int rc = mock_enter(__func__, MOCK_CURRENT);
    if (rc == CU_SUCCESS) rc = fill(to, value, 4, n, stream);
    return mock_leave(rc);
}
