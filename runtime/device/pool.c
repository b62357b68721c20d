/* SPDX-License-Identifier: MIT */
/* Workers that wait for a list of launches, take their share of each, and meet in between. */
#include "runtime/device/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/device/place.h"
#include "runtime/device/wait.h"

/* A worker takes one of so many parts per worker of what is left of a dynamic launch: long runs
 * first, which share what a kernel packs and reads ahead, single blocks at the end, where they
 * decide how long the others wait. */
enum { PARTS_PER_WORKER = 4 };

struct worker {
    struct hone_pool *pool;
    uint32_t index;
    pthread_t thread;
    struct hone_spin at_start, at_barrier;
    void *scratch;
};

struct hone_pool {
    struct hone_gate start;   /* one step per list */
    struct hone_gate barrier; /* one step per launch */
    _Alignas(64) _Atomic uint32_t n_arrived;
    _Alignas(64) _Atomic uint32_t next_block; /* of the dynamic launch being run */

    /* Written by worker 0 before it advances `start`, then read by all. */
    _Alignas(64) const struct hone_launch *launches;
    size_t n_launches;
    uint64_t *out_ns;
    uint64_t *out_spans; /* [launch][worker][begin, end]; NULL: not asked for */
    bool stop;

    struct hone_place *places; /* [n_workers] after the workers */
    uint32_t n_workers;
    uint32_t n_threads; /* started, worker 0 not among them */
    struct worker workers[];
};

uint32_t hone_pool_n_cpus(void)
{
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0)
        return (uint32_t)CPU_COUNT(&allowed);
    long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    return n_cpus > 0 ? (uint32_t)n_cpus : 1;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Of at most one block: worker 0 runs it, the others have nothing to do. */
static bool is_solo(const struct hone_launch *launch)
{
    return launch->n_blocks <= 1;
}

/* Whether there was anything to run. */
static bool run_blocks(const struct hone_launch *launch, uint32_t first, uint32_t last,
                       void *scratch)
{
    if (first >= last) return false;
    hone_cpu_kernel *kernel;
    const uint8_t *entry = launch->module->code + launch->entry;
    memcpy(&kernel, &entry, sizeof kernel);
    kernel(launch->args, first, last, scratch);
    return true;
}

/* Rounded up, so that worker 0 has the one block of a solo launch. */
static uint32_t share_start(uint32_t n_blocks, uint32_t worker, uint32_t n_workers)
{
    return (uint32_t)(((uint64_t)n_blocks * worker + n_workers - 1) / n_workers);
}

static bool run_dynamic(struct hone_pool *pool, const struct hone_launch *launch, void *scratch)
{
    bool any = false;
    uint32_t first = atomic_load_explicit(&pool->next_block, memory_order_relaxed);
    while (first < launch->n_blocks) {
        uint32_t length = (launch->n_blocks - first) / (pool->n_workers * PARTS_PER_WORKER) + 1;
        if (!atomic_compare_exchange_weak_explicit(&pool->next_block, &first, first + length,
                                                   memory_order_relaxed, memory_order_relaxed))
            continue;
        any = run_blocks(launch, first, first + length, scratch);
        first = atomic_load_explicit(&pool->next_block, memory_order_relaxed);
    }
    return any;
}

static bool run_part(struct worker *self, const struct hone_launch *launch)
{
    const struct hone_pool *pool = self->pool;
    if (launch->schedule == HONE_SCHEDULE_DYNAMIC && !is_solo(launch))
        return run_dynamic(self->pool, launch, self->scratch);
    return run_blocks(launch, share_start(launch->n_blocks, self->index, pool->n_workers),
                      share_start(launch->n_blocks, self->index + 1, pool->n_workers),
                      self->scratch);
}

static void run_share(struct worker *self, const struct hone_launch *launch)
{
    uint64_t *spans = self->pool->out_spans;
    if (!spans) {
        run_part(self, launch);
        return;
    }
    size_t row = (size_t)(launch - self->pool->launches) * self->pool->n_workers + self->index;
    uint64_t begin = now_ns();
    bool any = run_part(self, launch);
    spans[2 * row] = any ? begin : 0;
    spans[2 * row + 1] = any ? now_ns() : 0;
}

/* Worker 0 is the caller's thread: it is left where it is. */
static void part(struct worker *self)
{
    struct hone_pool *pool = self->pool;
    if (self->index > 0) hone_place_part(&pool->places[self->index], pool->places, pool->n_workers);
}

/* The last to arrive opens the gate for the others. */
static void meet(struct worker *self)
{
    struct hone_pool *pool = self->pool;
    uint32_t round = atomic_load_explicit(&pool->barrier.value, memory_order_relaxed);
    uint32_t n_before = atomic_fetch_add_explicit(&pool->n_arrived, 1, memory_order_acq_rel);
    if (n_before + 1 < pool->n_workers) {
        bool slept = hone_gate_wait(&pool->barrier, round, &self->at_barrier);
        if (slept) part(self);
        return;
    }
    atomic_store_explicit(&pool->n_arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->next_block, 0, memory_order_relaxed);
    hone_gate_advance(&pool->barrier, round + 1);
}

/* Two solo launches in a row both belong to worker 0, so nobody need wait in between. The last
 * barrier is always kept: after it the caller may change the launches. */
static void run_list(struct worker *self)
{
    const struct hone_launch *launches = self->pool->launches;
    size_t n_launches = self->pool->n_launches;
    uint64_t *out_ns = self->index == 0 ? self->pool->out_ns : NULL;
    uint64_t before = out_ns ? now_ns() : 0;
    for (size_t i = 0; i < n_launches; i++) {
        run_share(self, &launches[i]);
        bool is_last = i + 1 == n_launches;
        if (is_last || !is_solo(&launches[i]) || !is_solo(&launches[i + 1])) meet(self);
        if (!out_ns) continue;
        uint64_t after = now_ns();
        out_ns[i] = after - before;
        before = after;
    }
}

static void *worker_main(void *argument)
{
    struct worker *self = argument;
    struct hone_pool *pool = self->pool;
    for (uint32_t round = 0;; round++) {
        hone_gate_wait(&pool->start, round, &self->at_start);
        part(self); /* whether it slept or not: the caller may have been woken where it spun */
        if (pool->stop) return NULL;
        run_list(self);
    }
}

static void run_alone(struct worker *self, const struct hone_launch *launches, size_t n_launches,
                      uint64_t *out_ns)
{
    for (size_t i = 0; i < n_launches; i++) {
        uint64_t before = out_ns ? now_ns() : 0;
        run_blocks(&launches[i], 0, launches[i].n_blocks, self->scratch);
        if (out_ns) out_ns[i] = now_ns() - before;
    }
}

static bool all_solo(const struct hone_launch *launches, size_t n_launches)
{
    for (size_t i = 0; i < n_launches; i++)
        if (!is_solo(&launches[i])) return false;
    return true;
}

static void start_workers(struct hone_pool *pool)
{
    hone_place_publish(&pool->places[0]);
    uint32_t round = atomic_load_explicit(&pool->start.value, memory_order_relaxed);
    hone_gate_advance(&pool->start, round + 1);
}

void hone_pool_run(struct hone_pool *pool, const struct hone_launch *launches, size_t n_launches,
                   uint64_t *out_ns)
{
    struct worker *self = &pool->workers[0];
    if (pool->n_workers == 1 || all_solo(launches, n_launches)) {
        run_alone(self, launches, n_launches, out_ns);
        return;
    }
    pool->launches = launches;
    pool->n_launches = n_launches;
    pool->out_ns = out_ns;
    start_workers(pool);
    run_list(self);
}

void hone_pool_trace(struct hone_pool *pool, const struct hone_launch *launches, size_t n_launches,
                     uint64_t *out_spans)
{
    pool->launches = launches;
    pool->n_launches = n_launches;
    pool->out_ns = NULL;
    pool->out_spans = out_spans;
    if (pool->n_workers > 1) start_workers(pool);
    run_list(&pool->workers[0]);
    pool->out_spans = NULL;
}

void hone_pool_close(struct hone_pool *pool)
{
    if (!pool) return;
    if (pool->n_threads > 0) {
        pool->stop = true;
        start_workers(pool);
        for (uint32_t i = 1; i <= pool->n_threads; i++) pthread_join(pool->workers[i].thread, NULL);
    }
    free(pool);
}

static struct hone_pool *pool_new(uint32_t n_workers)
{
    size_t places_at = sizeof(struct hone_pool) + n_workers * sizeof(struct worker);
    places_at = (places_at + 63) / 64 * 64;
    size_t n_bytes = places_at + n_workers * sizeof(struct hone_place);
    struct hone_pool *pool = aligned_alloc(64, n_bytes);
    if (!pool) return NULL;
    memset(pool, 0, n_bytes);
    pool->n_workers = n_workers;
    pool->places = (struct hone_place *)((uint8_t *)pool + places_at);
    for (uint32_t i = 0; i < n_workers; i++) hone_place_init(&pool->places[i]);
    return pool;
}

static enum hone_status start_threads(struct hone_pool *pool, struct hone_error *err)
{
    /* Signals are for the threads of the program that embeds us. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = 0;
    for (uint32_t i = 1; i < pool->n_workers && !failed; i++) {
        failed = pthread_create(&pool->workers[i].thread, NULL, worker_main, &pool->workers[i]);
        if (!failed) pool->n_threads = i;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed) return HONE_OK;
    return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: cannot start thread %u of %u: %s",
                     pool->n_threads + 1, pool->n_workers, strerror(failed));
}

enum hone_status hone_pool_create(uint32_t n_workers, uint8_t *scratch, uint64_t scratch_stride,
                                  struct hone_pool **out_pool, struct hone_error *err)
{
    *out_pool = NULL;
    if (n_workers == 0 || n_workers > HONE_POOL_MAX_WORKERS)
        return hone_fail(err, HONE_ERR_ARGUMENT, "cpu: %u threads asked for, 1 to %d expected",
                         n_workers, HONE_POOL_MAX_WORKERS);
    struct hone_pool *pool = pool_new(n_workers);
    if (!pool) return hone_fail(err, HONE_ERR_NO_MEMORY, "cpu: no memory for a thread pool");
    uint64_t pause = hone_spin_measure();
    int many = n_workers > hone_pool_n_cpus();
    for (uint32_t i = 0; i < n_workers; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->index = i;
        worker->scratch = scratch ? scratch + i * scratch_stride : NULL;
        hone_spin_init(&worker->at_start, pause, many);
        hone_spin_init(&worker->at_barrier, pause, many);
    }
    enum hone_status status = start_threads(pool, err);
    if (status != HONE_OK) {
        hone_pool_close(pool); /* before all have started: they only wait for `start` */
        return status;
    }
    *out_pool = pool;
    return HONE_OK;
}

uint32_t hone_pool_n_workers(const struct hone_pool *pool)
{
    return pool->n_workers;
}
