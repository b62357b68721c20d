/* SPDX-License-Identifier: MIT */
/* The CPU as a device: pages, code, and a thread pool. */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/checked.h"
#include "runtime/device/device.h"
#include "runtime/device/memory.h"
#include "runtime/device/pool.h"

struct hone_device {
    struct hone_pool *pool;
    void *scratch;
    size_t scratch_bytes; /* of all workers */
    int huge_pages;
};

static enum hone_status detect(struct hone_target *out_target, struct hone_error *err)
{
    (void)err;
    hone_target_detect(out_target);
    return HONE_OK;
}

/* Linux hands the tile registers only to processes that ask for them. */
static void ask_for_tiles(void)
{
#ifdef __x86_64__
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };
    struct hone_target machine;
    hone_target_detect(&machine);
    if (hone_target_has(&machine, HONE_CPU_AMX_INT8))
        syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA);
#endif
}

static void device_close(struct hone_device *device)
{
    if (!device) return;
    hone_pool_close(device->pool);
    hone_memory_unmap(device->scratch, device->scratch_bytes);
    free(device);
}

static enum hone_status open_pool(struct hone_device *device,
                                  const struct hone_device_options *options, struct hone_error *err)
{
    uint32_t n_workers = options->n_threads ? options->n_threads : hone_pool_n_cpus();
    uint64_t stride, total;
    if (!hone_round_up(options->scratch_bytes, 4096, &stride) ||
        !hone_mul(stride, n_workers, &total) || total > SIZE_MAX)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cpu: scratch of %llu bytes for %u threads",
                         (unsigned long long)options->scratch_bytes, n_workers);
    if (total > 0) {
        HONE_TRY(hone_memory_map((size_t)total, 0, &device->scratch, err));
        device->scratch_bytes = (size_t)total;
    }
    return hone_pool_create(n_workers, device->scratch, stride, &device->pool, err);
}

static enum hone_status device_open(const struct hone_device_options *options,
                                    struct hone_device **out_device, struct hone_error *err)
{
    *out_device = NULL;
    struct hone_device_options asked = {0};
    if (options) {
        if (options->struct_size == 0)
            return hone_fail(err, HONE_ERR_ARGUMENT, "cpu: options without struct_size");
        memcpy(&asked, options,
               options->struct_size < sizeof asked ? options->struct_size : sizeof asked);
    }
    struct hone_device *device = calloc(1, sizeof *device);
    if (!device) return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: no memory for a device");
    device->huge_pages = asked.huge_pages != 0;
    ask_for_tiles();
    enum hone_status status = open_pool(device, &asked, err);
    if (status != HONE_OK) {
        device_close(device);
        return status;
    }
    *out_device = device;
    return HONE_OK;
}

static enum hone_status load(struct hone_device *device, const void *code, size_t n_bytes, int fd,
                             uint64_t file_offset, struct hone_module **out_module,
                             struct hone_error *err)
{
    (void)device;
    *out_module = NULL;
    struct hone_module *module = calloc(1, sizeof *module);
    if (!module) return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: no memory for a module");
    void *mapped;
    enum hone_status status = hone_memory_map_code(code, n_bytes, fd, file_offset, &mapped, err);
    if (status != HONE_OK) {
        free(module);
        return status;
    }
    *module = (struct hone_module){mapped, n_bytes};
    *out_module = module;
    return HONE_OK;
}

static void unload(struct hone_device *device, struct hone_module *module)
{
    (void)device;
    if (!module) return;
    hone_memory_unmap((void *)(uintptr_t)module->code, module->n_bytes);
    free(module);
}

static enum hone_status alloc(struct hone_device *device, size_t n_bytes, void **out_memory,
                              struct hone_error *err)
{
    return hone_memory_map(n_bytes, device->huge_pages, out_memory, err);
}

static void release(struct hone_device *device, void *memory, size_t n_bytes)
{
    (void)device;
    hone_memory_unmap(memory, n_bytes);
}

static enum hone_status copy(struct hone_device *device, void *to, const void *from, size_t n_bytes,
                             struct hone_error *err)
{
    (void)device, (void)err;
    if (n_bytes > 0) memcpy(to, from, n_bytes);
    return HONE_OK;
}

static enum hone_status run(struct hone_device *device, const struct hone_launch *launches,
                            size_t n_launches, uint64_t *out_ns, struct hone_error *err)
{
    (void)err;
    hone_pool_run(device->pool, launches, n_launches, out_ns);
    return HONE_OK;
}

static enum hone_status trace(struct hone_device *device, const struct hone_launch *launches,
                              size_t n_launches, uint64_t *out_spans, struct hone_error *err)
{
    (void)err;
    hone_pool_trace(device->pool, launches, n_launches, out_spans);
    return HONE_OK;
}

static uint32_t n_workers_of(const struct hone_device *device)
{
    return hone_pool_n_workers(device->pool);
}

const struct hone_device_vtable hone_device_cpu = {
    .name = "cpu",
    .is_host = 1,
    .detect = detect,
    .open = device_open,
    .close = device_close,
    .load = load,
    .unload = unload,
    .alloc = alloc,
    .free = release,
    .upload = copy,
    .download = copy,
    .run = run,
    .n_workers = n_workers_of,
    .n_workers_default = hone_pool_n_cpus,
    .trace = trace,
};
