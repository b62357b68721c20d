/* SPDX-License-Identifier: MIT */
/* Spin, then sleep on a futex. */
#include "runtime/device/wait.h"

#include <linux/futex.h>
#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    SPIN_MOST_NS = 1000000, /* longer than most steps of a model */
    SPIN_START_NS = 200000,
    SPIN_LEAST_NS = 2000, /* all that a wait is worth while others want the processors */
    SPIN_MANY_NS = 1000,
    N_MEASURED = 256,
};

static inline void pause_processor(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb");
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

uint64_t hone_spin_measure(void)
{
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < N_MEASURED; i++) pause_processor();
    clock_gettime(CLOCK_MONOTONIC, &end);
    int64_t ns = (int64_t)(end.tv_sec - start.tv_sec) * 1000000000 + (end.tv_nsec - start.tv_nsec);
    return ns > 0 ? (uint64_t)ns * 1000 / N_MEASURED + 1 : 1000;
}

static uint32_t pauses_in(uint64_t ns, uint64_t pause_picoseconds)
{
    return (uint32_t)(ns * 1000 / pause_picoseconds) + 1;
}

void hone_spin_init(struct hone_spin *spin, uint64_t pause_picoseconds, int many)
{
    *spin = (struct hone_spin){
        .budget = pauses_in(many ? SPIN_MANY_NS : SPIN_START_NS, pause_picoseconds),
        .least = pauses_in(many ? SPIN_MANY_NS : SPIN_LEAST_NS, pause_picoseconds),
        .most = pauses_in(many ? SPIN_MANY_NS : SPIN_MOST_NS, pause_picoseconds),
    };
}

void hone_gate_advance(struct hone_gate *gate, uint32_t value)
{
    /* Both sides are sequentially consistent: either this sees the sleeper's count, or the kernel
     * sees the new value when the sleeper asks to sleep. */
    atomic_store_explicit(&gate->value, value, memory_order_seq_cst);
    if (atomic_load_explicit(&gate->n_sleepers, memory_order_seq_cst) > 0)
        syscall(SYS_futex, &gate->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static int has_moved(struct hone_gate *gate, uint32_t old)
{
    return atomic_load_explicit(&gate->value, memory_order_acquire) != old;
}

static void sleep_until_moved(struct hone_gate *gate, uint32_t old)
{
    atomic_fetch_add_explicit(&gate->n_sleepers, 1, memory_order_seq_cst);
    while (!has_moved(gate, old))
        syscall(SYS_futex, &gate->value, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0);
    atomic_fetch_sub_explicit(&gate->n_sleepers, 1, memory_order_relaxed);
}

bool hone_gate_wait(struct hone_gate *gate, uint32_t old, struct hone_spin *spin)
{
    for (uint32_t i = 0; i < spin->budget; i++) {
        if (has_moved(gate, old)) {
            if (spin->budget <= spin->most / 2) spin->budget *= 2;
            return false;
        }
        pause_processor();
    }
    sleep_until_moved(gate, old);
    if (spin->budget / 2 >= spin->least) spin->budget /= 2;
    return true;
}
