/* SPDX-License-Identifier: MIT */
/* Mapped weights are read ahead; copied ones are put into huge pages by several threads, or
 * uploaded to a device. */
#include "runtime/plan/weights.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/device/memory.h"
#include "runtime/device/pool.h"
#include "runtime/hone.h"
#include "runtime/package/weight_parts.h"

/* One huge page: the thread that a page is first touched by is the one that fills it, while it is
 * still in that processor's cache from being zeroed. */
enum { PIECE_BYTES = 2 << 20, MOST_THREADS = 64 };

struct copying {
    const uint8_t *from;
    uint8_t *to;
    size_t n_bytes;
    _Atomic size_t next; /* byte not yet taken by anybody */
};

static void *copy_pieces(void *argument)
{
    struct copying *c = argument;
    for (;;) {
        size_t at = atomic_fetch_add_explicit(&c->next, PIECE_BYTES, memory_order_relaxed);
        if (at >= c->n_bytes) return NULL;
        size_t left = c->n_bytes - at;
        memcpy(c->to + at, c->from + at, left < PIECE_BYTES ? left : PIECE_BYTES);
    }
}

/* A thread that cannot be started is one less: the others do its work. */
static void copy_parallel(struct copying *c, uint32_t n_threads)
{
    pthread_t threads[MOST_THREADS];
    uint32_t n_started = 0;
    size_t n_pieces = (c->n_bytes + PIECE_BYTES - 1) / PIECE_BYTES;
    if (n_threads > MOST_THREADS) n_threads = MOST_THREADS;
    if (n_threads > n_pieces) n_threads = (uint32_t)n_pieces;
    /* Signals are for the threads of the program that embeds us. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (n_started + 1 < n_threads &&
           pthread_create(&threads[n_started], NULL, copy_pieces, c) == 0)
        n_started++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    copy_pieces(c);
    for (uint32_t i = 0; i < n_started; i++) pthread_join(threads[i], NULL);
}

static enum hone_status copy_huge(const struct hone_package *package, uint32_t n_threads,
                                  struct hone_weights_memory *memory, struct hone_error *err)
{
    const struct hone_package_part *part = &package->parts[HONE_SECTION_WEIGHTS];
    size_t n_bytes = (size_t)part->n_bytes;
    enum hone_status status = hone_memory_map(n_bytes, 1, &memory->copy, err);
    if (status != HONE_OK) return hone_fail_in(err, status, "%s: weights", package->path);
    memory->copy_bytes = n_bytes;
    struct copying c = {.from = part->data, .to = memory->copy, .n_bytes = n_bytes};
    copy_parallel(&c, n_threads ? n_threads : hone_pool_n_cpus());
    mprotect(memory->copy, n_bytes, PROT_READ); /* as the mapped ones are */
    /* Nobody reads the file's pages any more: they need not count as ours. */
    madvise((void *)(uintptr_t)part->data, n_bytes, MADV_DONTNEED);
    memory->data = memory->copy;
    return HONE_OK;
}

/* Parts one behind the other, where they begin at multiples of 64 as they do in the section. */
static enum hone_status place_parts(const struct hone_package *package,
                                    struct hone_weights_memory *memory, struct hone_error *err)
{
    memory->copy_bytes = (size_t)package->parts[HONE_SECTION_WEIGHTS].n_bytes;
    memory->parts = hone_package_weight_parts(package, &memory->n_parts);
    if (memory->n_parts == 0) return HONE_OK;
    memory->places = calloc(memory->n_parts, sizeof *memory->places);
    if (!memory->places) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for their places");
    memory->copy_bytes = 0;
    for (size_t i = 0; i < memory->n_parts; i++) {
        memory->places[i] = memory->copy_bytes; /* the last part alone has an odd size */
        memory->copy_bytes += (size_t)memory->parts[i].n_bytes;
    }
    return HONE_OK;
}

static enum hone_status upload_parts(const struct hone_package *package,
                                     const struct hone_device_vtable *vtable,
                                     struct hone_weights_memory *memory, struct hone_error *err)
{
    const struct hone_package_part *section = &package->parts[HONE_SECTION_WEIGHTS];
    const struct hone_weight_part whole = {0, section->n_bytes};
    size_t n = memory->n_parts ? memory->n_parts : 1;
    for (size_t i = 0; i < n; i++) {
        const struct hone_weight_part *part = memory->n_parts ? &memory->parts[i] : &whole;
        uint8_t *to = (uint8_t *)memory->copy + (memory->n_parts ? memory->places[i] : 0);
        HONE_TRY(vtable->upload(memory->device, to, section->data + part->offset,
                                (size_t)part->n_bytes, err));
    }
    return HONE_OK;
}

/* Once for all sessions of the model. The download waits for the last upload, and hears of it. */
static enum hone_status upload(const struct hone_package *package,
                               const struct hone_device_vtable *vtable,
                               struct hone_weights_memory *memory, struct hone_error *err)
{
    const struct hone_package_part *section = &package->parts[HONE_SECTION_WEIGHTS];
    const struct hone_device_options options = {.struct_size = sizeof options, .n_threads = 1};
    uint8_t last;
    memory->vtable = vtable;
    HONE_TRY(place_parts(package, memory, err));
    HONE_TRY(vtable->open(&options, &memory->device, err));
    HONE_TRY(vtable->alloc(memory->device, memory->copy_bytes, &memory->copy, err));
    HONE_TRY(upload_parts(package, vtable, memory, err));
    HONE_TRY(vtable->download(memory->device, &last,
                              (uint8_t *)memory->copy + memory->copy_bytes - 1, 1, err));
    madvise((void *)(uintptr_t)section->data, (size_t)section->n_bytes, MADV_DONTNEED);
    memory->data = memory->copy;
    return HONE_OK;
}

const uint8_t *hone_weights_at(const struct hone_weights_memory *memory, uint64_t offset)
{
    if (!memory->places) return memory->data + offset;
    size_t i = hone_weight_part_of(memory->parts, memory->n_parts, offset);
    return memory->data + memory->places[i] + (offset - memory->parts[i].offset);
}

static enum hone_status copy_to_device(const struct hone_package *package,
                                       const struct hone_device_vtable *vtable, uint32_t place,
                                       struct hone_weights_memory *memory, struct hone_error *err)
{
    if (place != HONE_WEIGHTS_MAPPED)
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "%s: huge pages are for weights that a CPU reads, this package is for %s",
                         package->path, vtable->name);
    enum hone_status status = upload(package, vtable, memory, err);
    return status == HONE_OK ? HONE_OK : hone_fail_in(err, status, "%s: weights", package->path);
}

enum hone_status hone_weights_place(const struct hone_package *package,
                                    const struct hone_device_vtable *device, uint32_t place,
                                    uint32_t n_threads, struct hone_weights_memory *out_memory,
                                    struct hone_error *err)
{
    const struct hone_package_part *part = &package->parts[HONE_SECTION_WEIGHTS];
    *out_memory = (struct hone_weights_memory){.data = part->data};
    if (place > HONE_WEIGHTS_HUGE)
        return hone_fail(err, HONE_ERR_ARGUMENT, "%s: unknown place %u for the weights",
                         package->path, place);
    if (!part->data) return HONE_OK;
    /* Starts reading ahead; the first forward would otherwise wait for each page. Where the file
     * system keeps huge pages, a file read this way lies in them, copied or not. */
    madvise((void *)(uintptr_t)part->data, (size_t)part->n_bytes, MADV_WILLNEED);
    enum hone_status status = HONE_OK;
    if (!device->is_host)
        status = copy_to_device(package, device, place, out_memory, err);
    else if (place == HONE_WEIGHTS_HUGE)
        status = copy_huge(package, n_threads, out_memory, err);
    if (status != HONE_OK) hone_weights_release(out_memory);
    return status;
}

void hone_weights_release(struct hone_weights_memory *memory)
{
    const struct hone_device_vtable *vtable = memory->vtable;
    if (!vtable) hone_memory_unmap(memory->copy, memory->copy_bytes);
    if (memory->device) {
        vtable->free(memory->device, memory->copy, memory->copy_bytes);
        vtable->close(memory->device);
    }
    free(memory->places);
    *memory = (struct hone_weights_memory){0};
}
