/* SPDX-License-Identifier: MIT */
/* The runner's side of the protocol. */
#ifndef HONE_RUNNER_SERVER_H
#define HONE_RUNNER_SERVER_H

#include "runtime/device/device.h"
#include "tuner/runner/cases.h"
#include "tuner/runner/protocol.h"
#include "tuner/runner/rerun.h"

struct server {
    const struct hone_device_vtable *vtable;
    struct hone_device *device;
    uint64_t scratch_bytes; /* per worker */
    struct cases cases;
    struct rerun rerun;     /* where kernels are functions of this process */
    bool is_emulated;       /* an emulator runs the kernels: times mean nothing */
    bool is_lost;           /* the device is gone for this process */
    unsigned float_control; /* as it was before the first kernel */
    uint32_t defect;        /* of the kernel that this request found WRONG (defect.h) */
    struct server_kernel {
        struct hone_module *module;
        uint8_t *code;
        uint32_t stub_bytes; /* before the kernel's own code; 0: it cannot be run in other ways */
        uint64_t entry, scratch_bytes;
    } kernels[HONE_RUNNER_MAX_KERNELS];
};

/* Each reads its request and writes the payload of a RUNNER_DONE reply. */
enum hone_status server_hello(struct server *server, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err);
enum hone_status server_load(struct server *server, struct wire_in *in, struct wire_out *out,
                             struct hone_error *err);
enum hone_status server_verify(struct server *server, struct wire_in *in, struct wire_out *out,
                               struct hone_error *err);
enum hone_status server_time(struct server *server, struct wire_in *in, struct wire_out *out,
                             struct hone_error *err);
enum hone_status server_probe(struct server *server, struct wire_in *in, struct wire_out *out,
                              struct hone_error *err);
void server_release(struct server *server);

/* The argument block of copy `copy` for the device. */
const void *server_args(struct server *server, const struct hone_case *c, uint32_t copy);
/* A call on a case as a launch of the device. */
enum hone_status server_launch(struct server *server, const struct hone_runner_call *call,
                               struct hone_case *c, struct hone_launch *out_launch,
                               struct hone_error *err);

/* Serves requests from `in_fd` on `out_fd` until end of file; the exit code of the process. */
int server_run(int in_fd, int out_fd);

#endif
