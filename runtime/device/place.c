/* SPDX-License-Identifier: MIT */
/* The processor of each worker, and the move away from a shared one. */
#include "runtime/device/place.h"

#include <sched.h>
#include <stdbool.h>
#include <time.h>

static const uint64_t least_wait_ns = 1000000;
enum { MOST_DOUBLINGS = 7 }; /* 128 ms */

void hone_place_init(struct hone_place *place)
{
    atomic_store_explicit(&place->processor, -1, memory_order_relaxed);
    place->n_moves = 0;
    place->next_ns = 0;
}

void hone_place_publish(struct hone_place *self)
{
    int32_t now = sched_getcpu();
    /* Read mostly: the line stays with those who look at it. */
    if (atomic_load_explicit(&self->processor, memory_order_relaxed) != now)
        atomic_store_explicit(&self->processor, now, memory_order_relaxed);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool is_shared(const struct hone_place *self, const struct hone_place *places,
                      uint32_t n_places)
{
    int32_t here = atomic_load_explicit(&self->processor, memory_order_relaxed);
    if (here < 0) return false;
    for (uint32_t i = 0; i < n_places; i++)
        if (&places[i] != self &&
            atomic_load_explicit(&places[i].processor, memory_order_relaxed) == here)
            return true;
    return false;
}

/* The thread goes where it may be, and may then be where it might before. */
static void move(struct hone_place *self, const struct hone_place *places, uint32_t n_places)
{
    cpu_set_t allowed, free_ones;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    free_ones = allowed;
    for (uint32_t i = 0; i < n_places; i++) {
        int32_t taken = atomic_load_explicit(&places[i].processor, memory_order_relaxed);
        if (taken >= 0 && taken < CPU_SETSIZE) CPU_CLR(taken, &free_ones);
    }
    if (CPU_COUNT(&free_ones) == 0) return;
    if (sched_setaffinity(0, sizeof free_ones, &free_ones) != 0) return;
    sched_setaffinity(0, sizeof allowed, &allowed);
    hone_place_publish(self);
}

void hone_place_part(struct hone_place *self, const struct hone_place *places, uint32_t n_places)
{
    hone_place_publish(self);
    if (!is_shared(self, places, n_places)) {
        self->n_moves = 0;
        return;
    }
    uint64_t now = now_ns();
    if (now < self->next_ns) return;
    if (self->n_moves < MOST_DOUBLINGS) self->n_moves++;
    self->next_ns = now + (least_wait_ns << self->n_moves);
    move(self, places, n_places);
}
