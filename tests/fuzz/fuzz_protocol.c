/* SPDX-License-Identifier: MIT */
/* libFuzzer harness: what the two ends of a runner send each other. The first byte chooses the kind
 * of message; what is taken is written again, and that comes back the same to the byte. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "tuner/runner/defect.h"
#include "tuner/runner/protocol.h"

enum { MOST_STREAM_BYTES = 60000 }; /* what a pipe holds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

union message {
    struct runner_hello hello;
    struct hone_runner_info info;
    struct hone_runner_call call;
    struct hone_measure_plan plan;
    struct hone_case_result result;
    struct hone_measurement measurement;
    struct hone_machine machine;
    struct {
        enum hone_status status;
        uint32_t defect;
        char text[HONE_ERROR_TEXT_BYTES];
    } failure;
};

static bool take(uint8_t kind, struct wire_in *in, union message *m)
{
    struct hone_error err = {0};
    memset(m, 0, sizeof *m);
    switch (kind) {
    case 0: protocol_get_hello(in, &m->hello); break;
    case 1: protocol_get_info(in, &m->info); break;
    case 2:
        if (protocol_get_call(in, &m->call, &err) == HONE_OK) break;
        if (!err.text[0] || strchr(err.text, '\n')) abort();
        return false;
    case 3: protocol_get_plan(in, &m->plan); break;
    case 4: protocol_get_result(in, &m->result); break;
    case 5: protocol_get_measurement(in, &m->measurement); break;
    case 6: protocol_get_machine(in, &m->machine); break;
    default:
        protocol_get_failure(in, &m->failure.status, &m->failure.defect, m->failure.text,
                             sizeof m->failure.text);
        if (!in->bad && !runner_defect_find(m->failure.defect)) abort();
    }
    return wire_done(in);
}

static void put(uint8_t kind, const union message *m, struct wire_out *out)
{
    switch (kind) {
    case 0: protocol_put_hello(out, &m->hello); break;
    case 1: protocol_put_info(out, &m->info); break;
    case 2: protocol_put_call(out, &m->call); break;
    case 3: protocol_put_plan(out, &m->plan); break;
    case 4: protocol_put_result(out, &m->result); break;
    case 5: protocol_put_measurement(out, &m->measurement); break;
    case 6: protocol_put_machine(out, &m->machine); break;
    default: protocol_put_failure(out, m->failure.status, m->failure.defect, m->failure.text);
    }
    if (out->bad) abort();
}

static void exercise(uint8_t kind, const uint8_t *data, size_t n_bytes)
{
    static union message first, second;
    struct wire_out once = {0}, twice = {0};
    struct wire_in in = {.data = data, .n_bytes = n_bytes};
    if (!take(kind, &in, &first)) return;
    put(kind, &first, &once);
    struct wire_in again = {.data = once.data, .n_bytes = once.n_bytes};
    if (!take(kind, &again, &second)) abort();
    put(kind, &second, &twice);
    if (once.n_bytes != twice.n_bytes || memcmp(once.data, twice.data, once.n_bytes) != 0) abort();
    free(once.data);
    free(twice.data);
}

/* A stream of frames, cut off where the input ends. */
static void read_frames(const uint8_t *data, size_t n_bytes)
{
    int ends[2];
    struct hone_frame frame;
    struct hone_error err = {0};
    if (n_bytes > MOST_STREAM_BYTES) n_bytes = MOST_STREAM_BYTES;
    if (pipe(ends) != 0 || write(ends[1], data, n_bytes) != (ssize_t)n_bytes) abort();
    close(ends[1]);
    while (hone_frame_read(ends[0], RUNNER_REPLY_BYTES, hone_clock_seconds() + 5, NULL, &frame,
                           &err) == HONE_OK) {
        if (frame.n_bytes > n_bytes) abort();
        hone_frame_release(&frame);
    }
    if (err.status == HONE_ERR_TIMEOUT || strchr(err.text, '\n')) abort();
    close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    enum { KINDS = 9 };
    if (n_bytes == 0) return 0;
    uint8_t kind = data[0] % KINDS;
    if (kind == KINDS - 1)
        read_frames(data + 1, n_bytes - 1);
    else
        exercise(kind, data + 1, n_bytes - 1);
    return 0;
}
