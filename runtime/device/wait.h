/* SPDX-License-Identifier: MIT */
/* A gate: a counter that one thread advances and others wait for, spinning first, sleeping later.
 *
 * Spinning is what makes a barrier cost less than a microsecond; sleeping is what keeps more
 * threads than processors from starving the one they wait for. How long to spin is learnt: a wait
 * that ended in sleep halves the budget, one that did not doubles it. */
#ifndef HONE_DEVICE_WAIT_H
#define HONE_DEVICE_WAIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hone_gate {
    _Alignas(64) _Atomic uint32_t value;
    _Atomic uint32_t n_sleepers;
};

/* In pauses of the processor; one per waiting thread and gate. */
struct hone_spin {
    uint32_t budget, least, most;
};

/* `many`: more threads than processors, so spinning only keeps the others from their work. */
void hone_spin_init(struct hone_spin *spin, uint64_t pause_picoseconds, int many);

/* What one pause costs here, measured in a few microseconds; never 0. */
uint64_t hone_spin_measure(void);

/* Publishes everything written before it to those who see the new value. */
void hone_gate_advance(struct hone_gate *gate, uint32_t value);

/* Returns when the gate's value is no longer `old`; whether the thread slept. */
bool hone_gate_wait(struct hone_gate *gate, uint32_t old, struct hone_spin *spin);

#endif
