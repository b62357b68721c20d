/* SPDX-License-Identifier: MIT */
/* Where threads run: two that were woken onto one processor while another is free are parted.
 *
 * A scheduler may wake a worker on the processor of the thread that wakes it. Both then take turns:
 * each sleeps while the other runs, so nothing ever looks overloaded and they stay together, at
 * half the speed. Nothing is pinned: the thread moves once and keeps the processors it may use. */
#ifndef HONE_DEVICE_PLACE_H
#define HONE_DEVICE_PLACE_H

#include <stdatomic.h>
#include <stdint.h>

/* One per worker; zeroed, then hone_place_init. Others read `processor`. */
struct hone_place {
    _Alignas(64) _Atomic int32_t processor; /* -1: not known */
    uint32_t n_moves;                       /* since it last came out alone */
    uint64_t next_ns;                       /* not moved again before */
};

void hone_place_init(struct hone_place *place);

/* Says where the calling thread, whose place it is, runs now. */
void hone_place_publish(struct hone_place *self);

/* As above, and leaves a processor that another of `places` was last seen on for one that none was,
 * if the thread may use one. A thread that keeps coming back (others want the processors too) is
 * moved ever more seldom, at most ten times a second. */
void hone_place_part(struct hone_place *self, const struct hone_place *places, uint32_t n_places);

#endif
