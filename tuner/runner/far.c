/* SPDX-License-Identifier: MIT */
/* Buffers between red zones in device memory. */
#include "tuner/runner/far.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"
#include "tuner/runner/far_private.h"

/* A value of red zones is no number that a kernel is likely to write, and as f32, f16 or bf16 a
 * huge one: what is read from there shows. */
enum { RED = 0x7B, ALIGNMENT = 64, TIMED_ALIGNMENT = 256 };

static enum hone_status no_memory(const struct far_case *far, struct hone_error *err)
{
    return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no memory for a case", far->place.vtable->name);
}

static struct far_buffer *buffer_of(const struct far_case *far, uint32_t copy, uint32_t number)
{
    bool own = far->host[number].rotates;
    return &far->buffers[(own ? copy % far->n_copies : 0) * HONE_CASE_BUFFERS + number];
}

/* The bytes around a buffer, before and behind it, as they must be. */
static enum hone_status paint(const struct far_case *far, const struct far_buffer *buffer,
                              struct hone_error *err)
{
    const struct far_place *place = &far->place;
    uint64_t n_before = (uint64_t)(buffer->data - buffer->memory);
    uint64_t n_behind = buffer->total - n_before - buffer->n_bytes;
    if (n_before)
        HONE_TRY(place->vtable->upload(place->device, buffer->memory, far->red, n_before, err));
    if (n_behind == 0) return HONE_OK;
    return place->vtable->upload(place->device, buffer->data + buffer->n_bytes, far->red, n_behind,
                                 err);
}

static enum hone_status place_buffer(struct far_case *far, uint32_t number,
                                     struct far_buffer *buffer, struct hone_error *err)
{
    const struct far_place *place = &far->place;
    uint64_t n_bytes = far->host[number].n_bytes, before = place->red_bytes, total, behind;
    /* Timed where a packer would put it, proven where it may lie. */
    before += far->n_copies > 1 ? 0 : ALIGNMENT;
    behind = (ALIGNMENT - n_bytes % ALIGNMENT) % ALIGNMENT + place->red_bytes;
    if (place->red_bytes == 0) behind = 0;
    if (!hone_add(n_bytes, before + behind, &total) || total > SIZE_MAX) return no_memory(far, err);
    void *memory;
    HONE_TRY(place->vtable->alloc(place->device, (size_t)total, &memory, err));
    *buffer = (struct far_buffer){memory, (uint8_t *)memory + before, total, n_bytes};
    HONE_TRY(paint(far, buffer, err));
    return place->vtable->upload(place->device, buffer->data, far->host[number].data, n_bytes, err);
}

static void bind(struct far_case *far, uint32_t copy)
{
    uint64_t addresses[HONE_CASE_BUFFERS];
    for (uint32_t i = 0; i < HONE_CASE_BUFFERS; i++)
        addresses[i] = (uintptr_t)buffer_of(far, copy, i)->data;
    hone_case_args_at(far->c, addresses, far->args + copy * far->args_stride);
}

static enum hone_status fill(struct far_case *far, struct hone_error *err)
{
    for (uint32_t copy = 0; copy < far->n_copies; copy++)
        for (uint32_t i = 0; i < HONE_CASE_BUFFERS; i++) {
            if (!far->host[i].data || (copy > 0 && !far->host[i].rotates)) continue;
            HONE_TRY(place_buffer(far, i, buffer_of(far, copy, i), err));
        }
    for (uint32_t copy = 0; copy < far->n_copies; copy++) bind(far, copy);
    return HONE_OK;
}

enum hone_status far_case_create(const struct far_place *place, struct hone_case *c,
                                 uint32_t n_copies, struct far_case **out_far,
                                 struct hone_error *err)
{
    struct far_case *far = calloc(1, sizeof *far);
    *out_far = NULL;
    if (!far) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory for a case");
    far->place = *place;
    far->c = c;
    far->n_copies = n_copies ? n_copies : 1;
    hone_case_buffers(c, far->host);
    far->args_stride = (hone_case_args_bytes(c) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    far->n_red_bytes = place->red_bytes + TIMED_ALIGNMENT;
    far->buffers = calloc((size_t)far->n_copies * HONE_CASE_BUFFERS, sizeof *far->buffers);
    far->args = aligned_alloc(ALIGNMENT, (size_t)far->n_copies * far->args_stride);
    far->red = malloc(far->n_red_bytes);
    far->seen = malloc(far->n_red_bytes);
    bool fits = far->buffers && far->args && far->red && far->seen;
    if (fits) memset(far->args, 0, (size_t)far->n_copies * far->args_stride);
    if (fits) memset(far->red, RED, far->n_red_bytes);
    enum hone_status status = fits ? fill(far, err) : no_memory(far, err);
    if (status != HONE_OK) {
        far_case_destroy(far);
        return status;
    }
    *out_far = far;
    return HONE_OK;
}

void far_case_destroy(struct far_case *far)
{
    if (!far) return;
    for (uint32_t i = 0; far->buffers && i < far->n_copies * HONE_CASE_BUFFERS; i++)
        if (far->buffers[i].memory)
            far->place.vtable->free(far->place.device, far->buffers[i].memory,
                                    (size_t)far->buffers[i].total);
    free(far->buffers);
    free(far->args);
    free(far->red);
    free(far->seen);
    free(far);
}

const void *far_case_args(const struct far_case *far, uint32_t copy)
{
    return far->args + copy % far->n_copies * far->args_stride;
}

enum hone_status far_case_poison(struct far_case *far, struct hone_error *err)
{
    const struct far_place *place = &far->place;
    hone_case_poison(far->c);
    for (uint32_t i = 0; i < HONE_CASE_BUFFERS; i++)
        if (far->host[i].is_written)
            HONE_TRY(place->vtable->upload(place->device, buffer_of(far, 0, i)->data,
                                           far->host[i].data, far->host[i].n_bytes, err));
    return HONE_OK;
}

/* Offset of the first byte of `far->seen` that is not red; n_bytes when all are. */
static uint64_t first_changed(const struct far_case *far, uint64_t n_bytes)
{
    uint64_t at = 0;
    if (memcmp(far->seen, far->red, n_bytes) == 0) return n_bytes;
    while (far->seen[at] == RED) at++;
    return at;
}

static enum hone_status check_red(struct far_case *far, const struct far_buffer *buffer,
                                  const char *name, struct hone_error *err)
{
    const struct far_place *place = &far->place;
    uint64_t n_before = (uint64_t)(buffer->data - buffer->memory), at;
    uint64_t n_behind = buffer->total - n_before - buffer->n_bytes;
    if (n_before)
        HONE_TRY(place->vtable->download(place->device, far->seen, buffer->memory, n_before, err));
    at = first_changed(far, n_before);
    if (at < n_before)
        return hone_fail(err, HONE_ERR_WRONG, "wrote %llu bytes before %s",
                         (unsigned long long)(n_before - at), name);
    if (n_behind)
        HONE_TRY(place->vtable->download(place->device, far->seen, buffer->data + buffer->n_bytes,
                                         n_behind, err));
    at = first_changed(far, n_behind);
    if (at == n_behind) return HONE_OK;
    return hone_fail(err, HONE_ERR_WRONG, "wrote behind the padding of %s (byte %llu)", name,
                     (unsigned long long)at);
}

enum hone_status far_case_fetch(struct far_case *far, uint32_t copy, bool all,
                                struct hone_error *err)
{
    const struct far_place *place = &far->place;
    for (uint32_t i = 0; i < HONE_CASE_BUFFERS; i++) {
        const struct hone_case_buffer *host = &far->host[i];
        const struct far_buffer *buffer = buffer_of(far, copy, i);
        if (!host->data) continue;
        HONE_TRY(check_red(far, buffer, host->name, err));
        if (host->is_written || all)
            HONE_TRY(place->vtable->download(place->device, host->data, buffer->data,
                                             buffer->n_bytes, err));
    }
    return HONE_OK;
}
