/* SPDX-License-Identifier: MIT */
/* The arena, its protection, and the CPU device behind it. */
#include "tests/unit/far_device.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { ALIGNMENT = 256, MOST_BLOCKS = 65536 };
static const size_t ARENA_BYTES = (size_t)8 << 30;

/* Blocks in the order of their places. Memory belongs to the device, whatever handle asked. */
static struct {
    pthread_mutex_t mutex;
    uint8_t *base;
    struct block {
        size_t at, n_bytes;
    } blocks[MOST_BLOCKS];
    size_t n_blocks;
    unsigned n_open; /* calls that may look */
    unsigned n_runs;
    bool is_lost;
} arena = {.mutex = PTHREAD_MUTEX_INITIALIZER};

struct hone_device {
    struct hone_device *cpu;
    uint64_t ns;
};

static void look(int change)
{
    pthread_mutex_lock(&arena.mutex);
    unsigned before = arena.n_open;
    arena.n_open = before + (unsigned)change;
    bool protects = before > 0 && arena.n_open == 0, opens = before == 0 && arena.n_open > 0;
    if (arena.base && (protects || opens) &&
        mprotect(arena.base, ARENA_BYTES, opens ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) {
        perror("far_device");
        abort();
    }
    pthread_mutex_unlock(&arena.mutex);
}

static enum hone_status lost(struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_DEVICE, "far: the device is lost: as FAR_LOST says");
}

static enum hone_status device_detect(struct hone_target *out_target, struct hone_error *err)
{
    return hone_device_cpu.detect(out_target, err);
}

static enum hone_status device_open(const struct hone_device_options *options,
                                    struct hone_device **out_device, struct hone_error *err)
{
    *out_device = NULL;
    struct hone_device *device = calloc(1, sizeof *device);
    if (!device) return hone_fail(err, HONE_ERR_NO_MEMORY, "far: no memory");
    enum hone_status status = hone_device_cpu.open(options, &device->cpu, err);
    if (status != HONE_OK)
        free(device);
    else
        *out_device = device;
    return status;
}

static void device_close(struct hone_device *device)
{
    if (!device) return;
    hone_device_cpu.close(device->cpu);
    free(device);
}

static enum hone_status load(struct hone_device *device, const void *code, size_t n_bytes, int fd,
                             uint64_t file_offset, struct hone_module **out_module,
                             struct hone_error *err)
{
    return hone_device_cpu.load(device->cpu, code, n_bytes, fd, file_offset, out_module, err);
}

static void unload(struct hone_device *device, struct hone_module *module)
{
    hone_device_cpu.unload(device->cpu, module);
}

/* The first gap that is large enough. */
static bool find_place(size_t n_bytes, size_t *out_index, size_t *out_at)
{
    size_t at = 0, i = 0;
    for (; i < arena.n_blocks && arena.blocks[i].at < at + n_bytes; i++)
        at = (arena.blocks[i].at + arena.blocks[i].n_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    *out_index = i;
    *out_at = at;
    return arena.n_blocks < MOST_BLOCKS && n_bytes <= ARENA_BYTES && at <= ARENA_BYTES - n_bytes;
}

static void *take(size_t n_bytes)
{
    size_t i, at;
    if (!arena.base) {
        void *map =
            mmap(NULL, ARENA_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (map == MAP_FAILED) return NULL;
        arena.base = map;
    }
    if (!find_place(n_bytes, &i, &at)) return NULL;
    memmove(&arena.blocks[i + 1], &arena.blocks[i], (arena.n_blocks - i) * sizeof *arena.blocks);
    arena.blocks[i] = (struct block){at, n_bytes};
    arena.n_blocks++;
    return arena.base + at;
}

static enum hone_status alloc(struct hone_device *device, size_t n_bytes, void **out_memory,
                              struct hone_error *err)
{
    (void)device;
    pthread_mutex_lock(&arena.mutex);
    *out_memory = take(n_bytes ? n_bytes : 1);
    pthread_mutex_unlock(&arena.mutex);
    if (!*out_memory)
        return hone_fail(err, HONE_ERR_NO_MEMORY, "far: no memory for %zu bytes", n_bytes);
    look(1);
    memset(*out_memory, 0, n_bytes);
    look(-1);
    return HONE_OK;
}

static void release(struct hone_device *device, void *memory, size_t n_bytes)
{
    (void)device, (void)n_bytes;
    if (!memory) return;
    pthread_mutex_lock(&arena.mutex);
    size_t at = (size_t)((uint8_t *)memory - arena.base), i = 0;
    while (i < arena.n_blocks && arena.blocks[i].at != at) i++;
    if (i == arena.n_blocks) {
        fprintf(stderr, "far_device: freed what was never allocated\n");
        abort();
    }
    arena.n_blocks--;
    memmove(&arena.blocks[i], &arena.blocks[i + 1], (arena.n_blocks - i) * sizeof *arena.blocks);
    pthread_mutex_unlock(&arena.mutex);
}

/* A copy that leaves its block is an error of the caller's, not of a kernel's. */
static void check_range(const void *memory, size_t n_bytes)
{
    pthread_mutex_lock(&arena.mutex);
    size_t at = (size_t)((const uint8_t *)memory - arena.base), i = 0;
    while (i < arena.n_blocks && arena.blocks[i].at + arena.blocks[i].n_bytes <= at) i++;
    bool good = i < arena.n_blocks && arena.blocks[i].at <= at &&
                n_bytes <= arena.blocks[i].at + arena.blocks[i].n_bytes - at;
    pthread_mutex_unlock(&arena.mutex);
    if (good) return;
    fprintf(stderr, "far_device: a copy of %zu bytes outside of what was allocated\n", n_bytes);
    abort();
}

static enum hone_status upload(struct hone_device *device, void *to, const void *from,
                               size_t n_bytes, struct hone_error *err)
{
    (void)device;
    if (arena.is_lost) return lost(err);
    if (n_bytes == 0) return HONE_OK;
    check_range(to, n_bytes);
    look(1);
    memcpy(to, from, n_bytes);
    look(-1);
    return HONE_OK;
}

static enum hone_status download(struct hone_device *device, void *to, const void *from,
                                 size_t n_bytes, struct hone_error *err)
{
    (void)device;
    if (arena.is_lost) return lost(err);
    if (n_bytes == 0) return HONE_OK;
    check_range(from, n_bytes);
    look(1);
    memcpy(to, from, n_bytes);
    look(-1);
    return HONE_OK;
}

static bool loses_now(void)
{
    const char *text = getenv("FAR_LOST");
    if (text && ++arena.n_runs == (unsigned)atoi(text)) arena.is_lost = true;
    return arena.is_lost;
}

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_RAW, &time);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

static enum hone_status run(struct hone_device *device, const struct hone_launch *launches,
                            size_t n_launches, uint64_t *out_ns, struct hone_error *err)
{
    if (loses_now()) return lost(err);
    look(1);
    uint64_t begin = now();
    enum hone_status status = hone_device_cpu.run(device->cpu, launches, n_launches, out_ns, err);
    device->ns += now() - begin;
    look(-1);
    return status;
}

static uint32_t n_workers(const struct hone_device *device)
{
    return hone_device_cpu.n_workers(device->cpu);
}

static uint32_t n_workers_default(void)
{
    return hone_device_cpu.n_workers_default();
}

static uint64_t clock_ns(const struct hone_device *device)
{
    return device->ns;
}

static enum hone_status facts(struct hone_device_facts *out_facts, struct hone_error *err)
{
    (void)err;
    *out_facts = (struct hone_device_facts){.unit = "far-0", .driver = "far 1.0"};
    hone_cpu_facts_read(&out_facts->machine);
    snprintf(out_facts->machine.model, sizeof out_facts->machine.model, "far away");
    out_facts->machine.memory_bytes = ARENA_BYTES;
    return HONE_OK;
}

const struct hone_device_vtable far_device = {
    .name = "cpu",
    .detect = device_detect,
    .open = device_open,
    .close = device_close,
    .load = load,
    .unload = unload,
    .alloc = alloc,
    .free = release,
    .upload = upload,
    .download = download,
    .run = run,
    .n_workers = n_workers,
    .n_workers_default = n_workers_default,
    .clock_ns = clock_ns,
    .facts = facts,
};

/* In the place of runtime/device/find.c. */
const struct hone_device_vtable *hone_device_find(const char *family)
{
    return strcmp(family, "cpu") == 0 ? &far_device : NULL;
}
