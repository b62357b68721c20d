/* SPDX-License-Identifier: MIT */
/* Where the processors are just now: how long a cache line takes from the first to the second and
 * back, and what one and all of them read from memory. Virtual machines move both within minutes.
 *
 * bench_placement [FILE]: one JSON line. With FILE, its mapped bytes are read instead of a buffer.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_THREADS = 64,
    TRIPS = 20000,
    WARM_TRIPS = 1000,
    READS = 3,
    TRIES = 7,
    STEP = 64,
};
static const uint64_t BUFFER_BYTES = UINT64_C(512) << 20;

#if defined __x86_64__
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set); /* best effort: what it fails to do the figures show */
}

static _Alignas(256) atomic_int ball;

static void await(int value)
{
    while (atomic_load_explicit(&ball, memory_order_acquire) != value) continue;
}

static void *pong(void *unused)
{
    pin(1);
    for (int i = 0; i < TRIPS; i++) {
        await(2 * i + 1);
        atomic_store_explicit(&ball, 2 * i + 2, memory_order_release);
    }
    return unused;
}

/* One way. */
static double ping_pong_ns(void)
{
    pthread_t other;
    uint64_t start = 0;
    atomic_store(&ball, 0);
    if (pthread_create(&other, NULL, pong, NULL)) return 0;
    pin(0);
    for (int i = 0; i < TRIPS; i++) {
        if (i == WARM_TRIPS) start = now_ns();
        atomic_store_explicit(&ball, 2 * i + 1, memory_order_release);
        await(2 * i + 2);
    }
    uint64_t end = now_ns();
    pthread_join(other, NULL);
    return (double)(end - start) / (TRIPS - WARM_TRIPS) / 2;
}

typedef uint64_t wide __attribute__((vector_size(STEP), aligned(STEP), may_alias));

/* Four streams: one alone falls a fifth short, and prefetching past the caches halves it. */
WIDEST static uint64_t read_all(const uint8_t *data, uint64_t n_bytes)
{
    uint64_t n = n_bytes / STEP / 4, bits = 0;
    const wide *from = (const wide *)(const void *)data;
    wide a = {0}, b = {0}, c = {0}, d = {0};
    for (uint64_t i = 0; i < n; i++) {
        a |= from[i];
        b |= from[n + i];
        c |= from[2 * n + i];
        d |= from[3 * n + i];
    }
    a |= b | c | d;
    for (int i = 0; i < (int)(STEP / sizeof bits); i++) bits |= a[i];
    return bits;
}

struct reader {
    pthread_t thread;
    pthread_barrier_t *start;
    int cpu;
    const uint8_t *data;
    uint64_t n_bytes, began, ended, bits;
};

static void *read_part(void *context)
{
    struct reader *reader = context;
    pin(reader->cpu);
    pthread_barrier_wait(reader->start);
    reader->began = now_ns();
    reader->bits = read_all(reader->data, reader->n_bytes);
    reader->ended = now_ns();
    return NULL;
}

/* GB/s of `n` threads, each its own part. */
static double read_once(const uint8_t *data, uint64_t n_bytes, int n)
{
    struct reader readers[MAX_THREADS] = {0};
    pthread_barrier_t start;
    uint64_t part = n_bytes / (uint64_t)n / 4096 * 4096, began = UINT64_MAX, ended = 0;
    pthread_barrier_init(&start, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        readers[i] = (struct reader){
            .start = &start, .cpu = i, .data = data + (uint64_t)i * part, .n_bytes = part};
        if (pthread_create(&readers[i].thread, NULL, read_part, &readers[i])) exit(1);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(readers[i].thread, NULL);
        if (readers[i].began < began) began = readers[i].began;
        if (readers[i].ended > ended) ended = readers[i].ended;
    }
    pthread_barrier_destroy(&start);
    return (double)(part * (uint64_t)n) / (double)(ended - began);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of some: one that was interrupted says nothing of where the processors are. */
static double ping_pong(void)
{
    double times[TRIES];
    for (int i = 0; i < TRIES; i++) times[i] = ping_pong_ns();
    qsort(times, TRIES, sizeof *times, compare);
    return times[TRIES / 2];
}

static double read_rate(const uint8_t *data, uint64_t n_bytes, int n)
{
    double rates[READS];
    for (int i = 0; i < READS; i++) rates[i] = read_once(data, n_bytes, n);
    qsort(rates, READS, sizeof *rates, compare);
    return rates[READS / 2];
}

static const uint8_t *take_memory(const char *path, uint64_t *out_n_bytes)
{
    struct stat info;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS, fd = -1;
    *out_n_bytes = BUFFER_BYTES;
    if (path) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &info) || info.st_size < 1 << 20) return NULL;
        *out_n_bytes = (uint64_t)info.st_size;
        flags = MAP_SHARED | MAP_POPULATE;
    }
    uint8_t *data =
        mmap(NULL, *out_n_bytes, path ? PROT_READ : PROT_READ | PROT_WRITE, flags, fd, 0);
    if (fd >= 0) close(fd);
    if (data == MAP_FAILED) return NULL;
    if (!path) memset(data, 1, *out_n_bytes); /* untouched pages are all the same zero page */
    read_once(data, *out_n_bytes, 1);
    return data;
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : NULL;
    uint64_t n_bytes;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    int n = online < 1 ? 1 : online > MAX_THREADS ? MAX_THREADS : (int)online;
    const uint8_t *data = take_memory(path, &n_bytes);
    if (!data) {
        fprintf(stderr, "%s: cannot be mapped, or under 1 MiB\n", path ? path : "memory");
        return 1;
    }
    double one = read_rate(data, n_bytes, 1), all = read_rate(data, n_bytes, n);
    printf("{\"ping_pong_ns\": %.1f, \"read_one\": %.2f, \"read_all\": %.2f, \"threads\": %d, "
           "\"bytes\": %llu}\n",
           n > 1 ? ping_pong() : 0.0, one, all, n, (unsigned long long)n_bytes);
    return 0;
}
