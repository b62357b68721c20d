/* SPDX-License-Identifier: MIT */
/* The loop of a GEMM peer: cases and timings are asked for on stdin, one line each.
 *
 *   case f32|bf16|int8 M N K COLD_BYTES   ->  ok LABEL | no REASON
 *   time SECONDS                          ->  time MEDIAN LOW HIGH SAMPLES    (ns per call)
 *
 * The timing loop is the tuner's, so that both sides are measured alike. */
#include "tests/bench/peers/driver.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tuner/measure/measure.h"

enum { MAX_COPIES = 256, HEADER = 4096, LINE = 256 };

static const char *const type_names[PEER_TYPES] = {"f32", "bf16", "int8"};
static bool huge_pages;

struct rotation {
    struct peer *peer;
    uint32_t next_copy;
};

void *peer_alloc(uint64_t n_bytes)
{
    uint64_t total = n_bytes + HEADER;
    uint8_t *map = mmap(NULL, total, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return NULL;
    madvise(map, total, huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    memset(map, 0, total);
    memcpy(map, &total, sizeof total);
    return map + HEADER;
}

void peer_free(void *data)
{
    uint64_t total;
    if (!data) return;
    uint8_t *map = (uint8_t *)data - HEADER;
    memcpy(&total, map, sizeof total);
    munmap(map, total);
}

uint32_t peer_copies(const struct peer_case *asked, uint64_t n_bytes)
{
    uint64_t copies = n_bytes ? (asked->cold_bytes + n_bytes - 1) / n_bytes : 1;
    return copies < 1 ? 1 : copies > MAX_COPIES ? MAX_COPIES : (uint32_t)copies;
}

void peer_fill(float *values, uint64_t n, uint32_t seed)
{
    for (uint64_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(int)(seed >> 16 & 1023) / 1024.0f - 0.5f;
    }
}

static enum hone_status run(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct rotation *rotation = context;
    for (uint32_t i = 0; i < n_calls; i++) {
        HONE_TRY(peer_call(rotation->peer, rotation->next_copy, err));
        rotation->next_copy = (rotation->next_copy + 1) % rotation->peer->n_copies;
    }
    return HONE_OK;
}

static enum hone_status take_case(struct rotation *rotation, const char *line,
                                  struct hone_error *err)
{
    struct peer_case asked = {.type = PEER_TYPES};
    char type[16];
    if (sscanf(line, "case %15s %" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu64, type, &asked.m,
               &asked.n, &asked.k, &asked.cold_bytes) != 5 ||
        !asked.m || !asked.n || !asked.k)
        return hone_fail(err, HONE_ERR_FORMAT, "case TYPE M N K COLD_BYTES expected");
    for (int i = 0; i < PEER_TYPES; i++)
        if (strcmp(type, type_names[i]) == 0) asked.type = (enum peer_type)i;
    if (asked.type == PEER_TYPES) return hone_fail(err, HONE_ERR_FORMAT, "type %s", type);
    peer_drop(rotation->peer);
    rotation->peer->n_copies = 0;
    rotation->next_copy = 0;
    return peer_prepare(rotation->peer, &asked, err);
}

static enum hone_status take_time(struct rotation *rotation, const char *line,
                                  struct hone_error *err)
{
    double seconds;
    struct hone_contender contender = {.run = run, .context = rotation};
    if (sscanf(line, "time %lf", &seconds) != 1 || seconds <= 0 || seconds > 60)
        return hone_fail(err, HONE_ERR_FORMAT, "time SECONDS expected");
    if (!rotation->peer->n_copies) return hone_fail(err, HONE_ERR_ARGUMENT, "no case");
    struct hone_measurement *m = calloc(1, sizeof *m);
    if (!m) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    struct hone_measure_plan plan = {
        .n_rounds_max = HONE_MAX_SAMPLES, .limit_ns = (uint64_t)(seconds * 1e9), .precision = 1e-6};
    enum hone_status status = hone_measure(&hone_clock_raw, &contender, 1, &plan, m, err);
    if (status == HONE_OK)
        printf("time %.1f %.1f %.1f %" PRIu32 "\n", m->stats.median, m->stats.low, m->stats.high,
               m->n_samples);
    free(m);
    return status;
}

static void answer(struct rotation *rotation, const char *line)
{
    struct hone_error err = {0};
    if (strncmp(line, "case ", 5) == 0) {
        if (take_case(rotation, line, &err) == HONE_OK)
            printf("ok %s\n", rotation->peer->label);
        else
            printf("no %s\n", err.text);
    } else if (take_time(rotation, line, &err) != HONE_OK) {
        printf("no %s\n", err.text);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct peer peer = {0};
    struct rotation rotation = {.peer = &peer};
    struct hone_error err = {0};
    char line[LINE];
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: %s THREADS [LIBRARY [huge]] < cases\n", argv[0]);
        return 2;
    }
    peer.n_threads = (uint32_t)strtoul(argv[1], NULL, 10);
    huge_pages = argc == 4 && strcmp(argv[3], "huge") == 0;
    if (peer.n_threads == 0 || peer_open(&peer, argc > 2 ? argv[2] : "", &err) != HONE_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("ready %s\n", peer.label);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) answer(&rotation, line);
    peer_drop(&peer);
    return 0;
}
