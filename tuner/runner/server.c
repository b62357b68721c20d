/* SPDX-License-Identifier: MIT */
/* The runner's loop: one request, one reply; the device and the kernels it holds. */
#include "tuner/runner/server.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codegen/compile/frame.h"
#include "tuner/runner/checked_call.h"
#include "tuner/runner/stack.h"
#include "tuner/runner/watchdog.h"

/* Strays further out than a tile's row are seen. */
enum { RED_BYTES = 64 << 10 };

static const struct {
    uint32_t kind;
    enum hone_status (*serve)(struct server *server, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err);
} requests[] = {
    {RUNNER_HELLO, server_hello}, {RUNNER_LOAD, server_load},   {RUNNER_VERIFY, server_verify},
    {RUNNER_TIME, server_time},   {RUNNER_PROBE, server_probe},
};

static void drop_kernel(struct server *server, struct server_kernel *kernel)
{
    if (kernel->module) server->vtable->unload(server->device, kernel->module);
    free(kernel->code);
    memset(kernel, 0, sizeof *kernel);
}

void server_release(struct server *server)
{
    for (int i = 0; i < HONE_RUNNER_MAX_KERNELS; i++) drop_kernel(server, &server->kernels[i]);
    cases_release(&server->cases);
    rerun_close(&server->rerun);
    if (server->device) server->vtable->close(server->device);
    memset(server, 0, sizeof *server);
}

/* Of the device, or of this machine where it is the device. */
static enum hone_status say_facts(struct server *server, struct hone_runner_info *info,
                                  struct hone_error *err)
{
    struct hone_device_facts facts = {0};
    if (server->vtable->facts)
        HONE_TRY(server->vtable->facts(&facts, err));
    else
        hone_cpu_facts_read(&facts.machine);
    info->facts = facts.machine;
    info->n_workers = server->vtable->n_workers(server->device);
    stack_text(&facts, info->stack, sizeof info->stack);
    server->is_emulated = hone_cpu_emulated(&facts.machine);
    return HONE_OK;
}

/* How cases lie in its memory. An emulator tells itself what is read or written out of bounds, and
 * where from: nothing may be in its way. */
static enum hone_status prepare_cases(struct server *server, struct hone_error *err)
{
    if (server->vtable->is_host)
        return rerun_open(&server->rerun, server->vtable->n_workers(server->device), err);
    server->cases.place = (struct far_place){.vtable = server->vtable,
                                             .device = server->device,
                                             .red_bytes = server->is_emulated ? 0 : RED_BYTES};
    return HONE_OK;
}

enum hone_status server_hello(struct server *server, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err)
{
    struct runner_hello hello;
    protocol_get_hello(in, &hello);
    if (!wire_done(in) || hello.protocol != HONE_RUNNER_PROTOCOL)
        return hone_fail(err, HONE_ERR_VERSION, "runner: speaks protocol %d, was asked for %u",
                         HONE_RUNNER_PROTOCOL, hello.protocol);
    server_release(server);
    server->vtable = hone_device_find(hello.family);
    if (!server->vtable)
        return hone_fail(err, HONE_ERR_TARGET, "runner: no device of family '%s'", hello.family);
    struct hone_target target;
    struct hone_runner_info info = {0};
    HONE_TRY(server->vtable->detect(&target, err));
    struct hone_device_options options = {.struct_size = sizeof options,
                                          .n_threads = hello.n_threads,
                                          .scratch_bytes = hello.scratch_bytes,
                                          .huge_pages = 1};
    HONE_TRY(server->vtable->open(&options, &server->device, err));
    server->scratch_bytes = hello.scratch_bytes;
    server->cases.limit_bytes = hello.case_bytes;
    server->float_control = float_control();
    HONE_TRY(say_facts(server, &info, err));
    HONE_TRY(prepare_cases(server, err));
    hone_target_format(&target, info.target);
    protocol_put_info(out, &info);
    return HONE_OK;
}

enum hone_status server_load(struct server *server, struct wire_in *in, struct wire_out *out,
                             struct hone_error *err)
{
    (void)out;
    size_t n_bytes;
    uint32_t id = wire_u32(in);
    const uint8_t *code = wire_bytes(in, &n_bytes);
    uint64_t entry = wire_u64(in), scratch_bytes = wire_u64(in);
    if (!wire_done(in) || id >= HONE_RUNNER_MAX_KERNELS || entry >= n_bytes)
        return hone_fail(err, HONE_ERR_FORMAT, "runner: bad load request");
    if (!server->device) return hone_fail(err, HONE_ERR_ARGUMENT, "runner: load before hello");
    if (scratch_bytes > server->scratch_bytes)
        return hone_fail(
            err, HONE_ERR_LIMIT, "kernel wants %llu bytes of scratch per worker, %llu are there",
            (unsigned long long)scratch_bytes, (unsigned long long)server->scratch_bytes);
    struct server_kernel *kernel = &server->kernels[id];
    drop_kernel(server, kernel);
    kernel->code = malloc(RERUN_STUB_BYTES + n_bytes); /* must outlive the module */
    if (!kernel->code) return hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory for a kernel");
    if (server->vtable == &hone_device_cpu) kernel->stub_bytes = rerun_stub(kernel->code);
    memcpy(kernel->code + kernel->stub_bytes, code, n_bytes);
    kernel->entry = kernel->stub_bytes + entry;
    kernel->scratch_bytes = scratch_bytes;
    enum hone_status status = server->vtable->load(
        server->device, kernel->code, kernel->stub_bytes + n_bytes, -1, 0, &kernel->module, err);
    if (status != HONE_OK) drop_kernel(server, kernel);
    return status;
}

static enum hone_status serve(struct server *server, const struct hone_frame *request,
                              struct wire_out *out, struct hone_error *err)
{
    struct wire_in in = {.data = request->data, .n_bytes = request->n_bytes};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        if (requests[i].kind == request->kind) {
            enum hone_status status = requests[i].serve(server, &in, out, err);
            server->is_lost = status == HONE_ERR_DEVICE;
            cases_unpin(&server->cases);
            if (status == HONE_OK && out->bad)
                status = hone_fail(err, HONE_ERR_NO_MEMORY, "runner: no memory for a reply");
            return status;
        }
    return hone_fail(err, HONE_ERR_UNSUPPORTED, "runner: unknown request %u", request->kind);
}

int server_run(int in_fd, int out_fd)
{
    struct server server = {0};
    struct hone_frame request;
    enum hone_status sent = HONE_OK;
    if (watchdog_start(NULL) != HONE_OK) return 1;
    while (sent == HONE_OK &&
           hone_frame_read(in_fd, RUNNER_LIMIT_BYTES, INFINITY, NULL, &request, NULL) == HONE_OK) {
        struct wire_out out = {0};
        struct hone_error err = {0};
        server.defect = HONE_DEFECT_NONE;
        enum hone_status status = serve(&server, &request, &out, &err);
        if (status != HONE_OK) {
            out.n_bytes = 0;
            out.bad = false;
            protocol_put_failure(&out, status, server.defect, err.text);
        }
        sent = hone_frame_write(out_fd, status == HONE_OK ? RUNNER_DONE : RUNNER_FAILED, out.data,
                                out.n_bytes, INFINITY, NULL, NULL);
        free(out.data);
        hone_frame_release(&request);
        /* Nothing can be given back to a device that is lost: the process goes, and with it all. */
        if (server.is_lost) _exit(1);
    }
    server_release(&server);
    return sent == HONE_OK ? 0 : 1;
}
