/* SPDX-License-Identifier: MIT */
/* Finding the driver and a device, and what the driver's results mean to people. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/device/cuda_internal.h"

/* The loader's path first, then where containers and WSL put the driver. */
static const char *const paths[] = {
    "libcuda.so.1",
    "/usr/local/nvidia/lib64/libcuda.so.1",
    "/usr/lib/wsl/lib/libcuda.so.1",
    NULL,
};

static const struct hone_late_name names[] = {
#define NAME(name, arguments) {#name, offsetof(struct hone_cuda_api, name)},
    HONE_CUDA_FUNCTIONS(NAME)
#undef NAME
};

static const struct hone_late_request request = {
    .what = "cuda",
    .environment = "HONE_CUDA",
    .paths = paths,
    .names = names,
    .n_names = sizeof names / sizeof *names,
};

/* ---- results ---- */

enum { STICKY = 1 }; /* the context is lost with it */

static const struct {
    int result, flags;
    enum hone_status status;
    const char *what;
} results[] = {
    {1, 0, HONE_ERR_ARGUMENT, "a value the driver refuses"},
    {2, 0, HONE_ERR_NO_MEMORY, "no memory"},
    {34, 0, HONE_ERR_TARGET, "this library is the toolkit's stub, not a driver"},
    {46, 0, HONE_ERR_BUSY, "the device is in use by another process"},
    {100, 0, HONE_ERR_TARGET, "the driver finds no device"},
    {101, 0, HONE_ERR_TARGET, "no such device"},
    {200, 0, HONE_ERR_FORMAT, "the code is damaged or not for this device"},
    {209, 0, HONE_ERR_TARGET, "no code for this device"},
    {214, STICKY, HONE_ERR_DEVICE, "an error in memory that could not be corrected"},
    {220, STICKY, HONE_ERR_DEVICE, "an NVLink error that could not be corrected"},
    {222, 0, HONE_ERR_TARGET, "the code was compiled for a newer driver"},
    {500, 0, HONE_ERR_NOT_FOUND, "no such name"},
    {700, STICKY, HONE_ERR_DEVICE, "a kernel used an address outside its memory"},
    {701, 0, HONE_ERR_UNSUPPORTED, "a kernel asks for more registers or memory than there are"},
    {702, STICKY, HONE_ERR_DEVICE, "a kernel ran longer than the system allows"},
    {709, STICKY, HONE_ERR_DEVICE, "the context was destroyed"},
    {710, STICKY, HONE_ERR_DEVICE, "a kernel's assertion failed"},
    {714, STICKY, HONE_ERR_DEVICE, "a kernel's stack is damaged"},
    {715, STICKY, HONE_ERR_DEVICE, "a kernel met an illegal instruction"},
    {716, STICKY, HONE_ERR_DEVICE, "a kernel used a misaligned address"},
    {717, STICKY, HONE_ERR_DEVICE, "a kernel used an address of the wrong kind"},
    {718, STICKY, HONE_ERR_DEVICE, "a kernel jumped to nowhere"},
    {719, STICKY, HONE_ERR_DEVICE, "a kernel failed"},
    {802, 0, HONE_ERR_TARGET, "the system is not ready yet (fabric manager)"},
    {803, 0, HONE_ERR_TARGET, "the driver's library and its kernel module differ in version"},
    {804, 0, HONE_ERR_TARGET, "this device does not support the installed forward compatibility"},
    {999, STICKY, HONE_ERR_DEVICE, "an unknown failure"},
};
enum { N_RESULTS = sizeof results / sizeof *results };

static size_t find_result(int result)
{
    size_t i = 0;
    while (i < N_RESULTS && results[i].result != result) i++;
    return i;
}

/* "a kernel failed (CUDA_ERROR_LAUNCH_FAILED)" */
static void describe(const struct hone_cuda_api *api, int result, char *out_text, size_t capacity)
{
    const char *name = NULL;
    size_t i = find_result(result);
    if (api->cuGetErrorName(result, &name) != 0 || !name) name = "unnamed";
    snprintf(out_text, capacity, "%s%s%s, %d%s", i < N_RESULTS ? results[i].what : "",
             i < N_RESULTS ? " (" : "", name, result, i < N_RESULTS ? ")" : "");
}

enum hone_status hone_cuda_refused(const struct hone_cuda_api *api, int result, const char *call,
                                   struct hone_error *err)
{
    char text[256];
    size_t i = find_result(result);
    describe(api, result, text, sizeof text);
    return hone_fail(err, i < N_RESULTS ? results[i].status : HONE_ERR_UNSUPPORTED,
                     "cuda: %.160s: %s: %s", api->library.path, call, text);
}

enum hone_status hone_cuda_failed(struct hone_device *device, int result, const char *call,
                                  struct hone_error *err)
{
    const struct hone_cuda_found *found = &device->found;
    char text[256];
    size_t i = find_result(result);
    bool is_sticky = i < N_RESULTS && results[i].flags & STICKY;
    if (is_sticky && !device->lost) device->lost = result;
    describe(&found->api, result, text, sizeof text);
    return hone_fail(err, i < N_RESULTS ? results[i].status : HONE_ERR_UNSUPPORTED,
                     "cuda: device %d (%s): %s: %s%s", found->index, found->name, call, text,
                     is_sticky ? "; this process has lost the device" : "");
}

enum hone_status hone_cuda_enter(struct hone_device *device, struct hone_error *err)
{
    const struct hone_cuda_found *found = &device->found;
    if (device->lost) {
        char text[256];
        describe(&found->api, device->lost, text, sizeof text);
        return hone_fail(err, HONE_ERR_DEVICE, "cuda: device %d (%s): lost earlier: %s",
                         found->index, found->name, text);
    }
    CUDA_TRY(device, cuCtxPushCurrent_v2, (device->context), err);
    return HONE_OK;
}

bool hone_cuda_enter_to_free(struct hone_device *device)
{
    return device->found.api.cuCtxPushCurrent_v2(device->context) == 0;
}

void hone_cuda_leave(struct hone_device *device)
{
    struct cuda_context *ours;
    device->found.api.cuCtxPopCurrent_v2(&ours);
}

/* ---- finding ---- */

static enum hone_status check_driver(struct hone_cuda_api *api, struct hone_error *err)
{
    int result = api->cuInit(0);
    if (result == CUDA_ERROR_NO_DEVICE) {
        const char *visible = getenv("CUDA_VISIBLE_DEVICES");
        return hone_fail(err, HONE_ERR_TARGET,
                         "cuda: the driver finds no device%s%.64s%s (a GPU in MIG mode needs a "
                         "compute instance)",
                         visible ? " among CUDA_VISIBLE_DEVICES='" : "", visible ? visible : "",
                         visible ? "'" : "");
    }
    if (result == 0) result = api->cuDriverGetVersion(&api->version);
    if (result != 0) return hone_cuda_refused(api, result, "cuInit", err);
    if (api->version < HONE_CUDA_OLDEST)
        return hone_fail(err, HONE_ERR_TARGET,
                         "cuda: the driver (%.160s) is for CUDA %d.%d, %d.%d is the oldest that "
                         "works",
                         api->library.path, api->version / 1000, api->version % 1000 / 10,
                         HONE_CUDA_OLDEST / 1000, HONE_CUDA_OLDEST % 1000 / 10);
    return HONE_OK;
}

static enum hone_status choose(int n_devices, int *out_index, struct hone_error *err)
{
    const char *wanted = getenv("HONE_CUDA_DEVICE");
    *out_index = 0;
    if (n_devices <= 0) return hone_fail(err, HONE_ERR_TARGET, "cuda: the driver has no device");
    if (!wanted || !*wanted) return HONE_OK;
    char *end;
    long index = strtol(wanted, &end, 10);
    if (*end || end == wanted || index < 0 || index >= n_devices)
        return hone_fail(err, HONE_ERR_TARGET, "cuda: HONE_CUDA_DEVICE=%.64s: 0 to %d expected",
                         wanted, n_devices - 1);
    *out_index = (int)index;
    return HONE_OK;
}

static enum hone_status find_device(struct hone_cuda_found *found, struct hone_error *err)
{
    const struct hone_cuda_api *api = &found->api;
    int n_devices = 0, major = 0, minor = 0;
    const char *call = "cuDeviceGetCount";
    int result = api->cuDeviceGetCount(&n_devices);
    if (result == 0) {
        HONE_TRY(choose(n_devices, &found->index, err));
        call = "cuDeviceGet";
        result = api->cuDeviceGet(&found->handle, found->index);
    }
    if (result == 0) result = api->cuDeviceGetName(found->name, sizeof found->name, found->handle);
    if (result == 0) result = api->cuDeviceGetAttribute(&major, CUDA_CC_MAJOR, found->handle);
    if (result == 0) result = api->cuDeviceGetAttribute(&minor, CUDA_CC_MINOR, found->handle);
    if (result != 0) return hone_cuda_refused(api, result, call, err);
    found->name[sizeof found->name - 1] = '\0';
    found->major = (uint32_t)major;
    found->minor = (uint32_t)minor;
    return HONE_OK;
}

enum hone_status hone_cuda_find(struct hone_cuda_found *out_found, struct hone_error *err)
{
    *out_found = (struct hone_cuda_found){0};
    struct hone_cuda_api *api = &out_found->api;
    struct hone_late_library library;
    struct hone_error why;
    if (hone_late_open(&request, api, &library, &why) != HONE_OK)
        return hone_fail(err, HONE_ERR_TARGET, "%s (a driver of CUDA %d.%d or later is needed)",
                         why.text, HONE_CUDA_OLDEST / 1000, HONE_CUDA_OLDEST % 1000 / 10);
    api->library = library;
    enum hone_status status = check_driver(api, err);
    if (status == HONE_OK) status = find_device(out_found, err);
    if (status != HONE_OK) hone_late_close(&api->library);
    return status;
}

enum hone_status hone_cuda_target(const struct hone_cuda_found *found,
                                  struct hone_target *out_target, struct hone_error *err)
{
    *out_target = (struct hone_target){.family = "cuda"};
    if (hone_cuda_arch(found->major, found->minor, out_target->arch)) return HONE_OK;
    return hone_fail(err, HONE_ERR_TARGET,
                     "cuda: device %d (%s) has compute capability %u.%u, which is not known here",
                     found->index, found->name, found->major, found->minor);
}

/* ---- facts ---- */

static uint32_t attribute(const struct hone_cuda_found *found, int which)
{
    int value = 0;
    if (found->api.cuDeviceGetAttribute(&value, which, found->handle) != 0 || value < 0) return 0;
    return (uint32_t)value;
}

static void write_unit(const struct hone_cuda_found *found, char *out_text, size_t capacity)
{
    static const int dash_before[] = {4, 6, 8, 10};
    uint8_t bytes[16];
    if (found->api.cuDeviceGetUuid_v2(bytes, found->handle) != 0) return;
    int used = snprintf(out_text, capacity, "GPU-");
    for (int i = 0, dash = 0; i < 16; i++) {
        bool has_dash = dash < 4 && dash_before[dash] == i;
        dash += has_dash;
        used += snprintf(out_text + used, capacity - (size_t)used, "%s%02x", has_dash ? "-" : "",
                         bytes[i]);
    }
}

enum hone_status hone_cuda_facts(struct hone_device_facts *out_facts, struct hone_error *err)
{
    struct hone_cuda_found found;
    *out_facts = (struct hone_device_facts){0};
    HONE_TRY(hone_cuda_find(&found, err));
    struct hone_machine_facts *machine = &out_facts->machine;
    size_t memory_bytes = 0;
    found.api.cuDeviceTotalMem_v2(&memory_bytes, found.handle);
    memcpy(machine->model, found.name, sizeof machine->model);
    machine->memory_bytes = memory_bytes;
    machine->l2_bytes = attribute(&found, CUDA_L2_BYTES);
    machine->n_sms = attribute(&found, CUDA_N_SMS);
    machine->shared_bytes = attribute(&found, CUDA_BLOCK_SHARED_BYTES);
    machine->shared_sm_bytes = attribute(&found, CUDA_SM_SHARED_BYTES);
    machine->regs_sm = attribute(&found, CUDA_SM_REGISTERS);
    machine->threads_sm = attribute(&found, CUDA_SM_THREADS);
    machine->blocks_sm = attribute(&found, CUDA_SM_BLOCKS);
    /* Two transfers a clock; kHz times bits is 125e-6 bytes per ns. */
    machine->memory_rate = (uint32_t)(2.0 * attribute(&found, CUDA_MEMORY_CLOCK_KHZ) *
                                      attribute(&found, CUDA_MEMORY_BUS_BITS) / 8e6);
    out_facts->clock_mhz = attribute(&found, CUDA_CLOCK_KHZ) / 1000;
    write_unit(&found, out_facts->unit, sizeof out_facts->unit);
    snprintf(out_facts->driver, sizeof out_facts->driver, "cuda %d.%d", found.api.version / 1000,
             found.api.version % 1000 / 10);
    hone_late_close(&found.api.library);
    return HONE_OK;
}
