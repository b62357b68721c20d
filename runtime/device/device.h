/* SPDX-License-Identifier: MIT */
/* A device: a target present now, as a vtable of about a dozen functions.
 *
 * Work arrives as a whole list of launches (one step list of a plan, arguments already bound), so a
 * CPU runs it inside its thread pool with one barrier between launches and a GPU captures it as one
 * graph. Blocks of one launch are independent; launches run in order, each seeing what the ones
 * before it wrote. Kernels cannot fail.
 *
 * Uploads, runs and downloads of one handle take effect in the order they are called. Memory
 * belongs to the device, not to the handle: kernels of any handle of this process may use it once
 * its uploads are done, which a download by the handle that made them waits for.
 *
 * A device that a kernel's fault or a hang has lost says HONE_ERR_DEVICE from then on, in every
 * call: only a new process gets it back.
 *
 * Thread rule: one thread at a time per device handle. */
#ifndef HONE_DEVICE_H
#define HONE_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/target.h"

/* A CPU kernel: runs blocks [first_block, last_block); `scratch` is this worker's own memory,
 * 64-byte aligned. */
typedef void hone_cpu_kernel(const void *args, uint32_t first_block, uint32_t last_block,
                             void *scratch);

struct hone_device;
struct hone_module; /* code made executable on the device */

enum hone_schedule {
    HONE_SCHEDULE_STATIC = 0, /* equal contiguous shares */
    HONE_SCHEDULE_DYNAMIC = 1 /* workers take runs of blocks as they come free */
};

struct hone_launch {
    const struct hone_module *module;
    uint64_t entry; /* offset of the entry point in the module's code */
    /* The argument block, in memory that the host can read, at one address from run to run. A CPU
     * kernel reads it there; a GPU takes as many bytes of it as the kernel's image says. Pointers
     * inside it are device addresses. */
    const void *args;
    uint32_t n_blocks; /* 0: the launch is left out */
    uint32_t schedule; /* enum hone_schedule */
};

struct hone_device_options {
    size_t struct_size;
    uint32_t n_threads;     /* CPU: workers, the caller included; 0 = one per online CPU */
    uint64_t scratch_bytes; /* per worker */
    uint32_t huge_pages;    /* 1: ask for huge pages for buffers of 2 MiB and more */
};

/* What formulas and keys ask about a device present now; 0 or "" = not known. */
struct hone_device_facts {
    struct hone_machine_facts machine; /* its model is the device's name */
    char unit[48];                     /* which of several alike: "GPU-0c8f..." */
    char driver[32];                   /* "cuda 13.0" */
    uint32_t clock_mhz;
};

struct hone_device_vtable {
    const char *name; /* "cpu" */

    /* 1: device memory is the host's, so that its addresses may be read and mapped weights be used
     * where they lie. */
    uint32_t is_host;
    /* Bytes that may as well be uploaded when that saves an upload of its own; 0: none. */
    uint32_t upload_gap_bytes;

    /* What is here; HONE_ERR_TARGET with a clear message when there is no such device. */
    enum hone_status (*detect)(struct hone_target *out_target, struct hone_error *err);
    enum hone_status (*open)(const struct hone_device_options *options,
                             struct hone_device **out_device, struct hone_error *err);
    void (*close)(struct hone_device *device); /* NULL is fine */

    /* `code` stays owned by the caller and must outlive the module. When `file_backed`
     * (page-aligned bytes of file `fd` at `file_offset`) the CPU maps the file read+execute;
     * otherwise it copies into fresh memory that is made read+execute before use. Never writable
     * and executable. */
    enum hone_status (*load)(struct hone_device *device, const void *code, size_t n_bytes, int fd,
                             uint64_t file_offset, struct hone_module **out_module,
                             struct hone_error *err);
    void (*unload)(struct hone_device *device, struct hone_module *module);

    /* Zeroed, at least 64-byte aligned; untouched pages cost nothing. */
    enum hone_status (*alloc)(struct hone_device *device, size_t n_bytes, void **out_memory,
                              struct hone_error *err);
    void (*free)(struct hone_device *device, void *memory, size_t n_bytes);
    enum hone_status (*upload)(struct hone_device *device, void *to, const void *from,
                               size_t n_bytes, struct hone_error *err);
    enum hone_status (*download)(struct hone_device *device, void *to, const void *from,
                                 size_t n_bytes, struct hone_error *err);

    /* Runs the launches in order and returns when the last is done. Allocates nothing. If
     * `out_ns` is not NULL it receives the duration of each launch (profiling: slower). */
    enum hone_status (*run)(struct hone_device *device, const struct hone_launch *launches,
                            size_t n_launches, uint64_t *out_ns, struct hone_error *err);

    uint32_t (*n_workers)(const struct hone_device *device);

    /* What n_threads = 0 means at open: processors this process may run on. */
    uint32_t (*n_workers_default)(void);

    /* As run, and says when: [launch][worker] pairs of nanoseconds at the begin and the end of a
     * worker's part, of one clock that all share; both 0 where it had none. NULL: no such clock. */
    enum hone_status (*trace)(struct hone_device *device, const struct hone_launch *launches,
                              size_t n_launches, uint64_t *out_spans, struct hone_error *err);

    /* Nanoseconds by the device's own clock that runs of this handle have taken since it was
     * opened. NULL: the caller's clock tells. */
    uint64_t (*clock_ns)(const struct hone_device *device);

    /* Does what the first run of this list would do once: later runs of it allocate nothing. NULL:
     * there is nothing to do. */
    enum hone_status (*prepare)(struct hone_device *device, const struct hone_launch *launches,
                                size_t n_launches, struct hone_error *err);

    /* Zeroed host memory that copies go to and from directly; what is uploaded from it must not
     * change before the next run or download has returned. NULL: any memory will do. */
    enum hone_status (*alloc_host)(struct hone_device *device, size_t n_bytes, void **out_memory,
                                   struct hone_error *err);
    void (*free_host)(struct hone_device *device, void *memory, size_t n_bytes);

    /* Of the device that detect found. NULL: see runtime/base/target.h. */
    enum hone_status (*facts)(struct hone_device_facts *out_facts, struct hone_error *err);
};

extern const struct hone_device_vtable hone_device_cpu;
extern const struct hone_device_vtable hone_device_cuda;

/* The device of a target family ("cpu"), NULL when this build has none. */
const struct hone_device_vtable *hone_device_find(const char *family);

#endif
