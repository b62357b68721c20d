/* SPDX-License-Identifier: MIT */
/* What every GEMM peer gives the common driver: y[m][n] = x[m][k] * w[n][k], weights laid out
 * beforehand in as many copies as memory traffic of a model needs. */
#ifndef HONE_BENCH_PEERS_DRIVER_H
#define HONE_BENCH_PEERS_DRIVER_H

#include <stdint.h>

#include "runtime/base/status.h"

enum peer_type { PEER_F32, PEER_BF16, PEER_INT8, PEER_TYPES };

struct peer_case {
    enum peer_type type;
    uint32_t m, n, k;
    uint64_t cold_bytes; /* copies of the weights take at least this much together */
};

struct peer {
    uint32_t n_threads;
    uint32_t n_copies; /* of the case prepared */
    char label[160];   /* library, version, kernel; set by open and prepare */
};

/* `library` is a path for dlopen, or what the program was linked with. */
enum hone_status peer_open(struct peer *peer, const char *library, struct hone_error *err);
/* Buffers and laid out weights of a case; UNSUPPORTED for a type it has not. */
enum hone_status peer_prepare(struct peer *peer, const struct peer_case *asked,
                              struct hone_error *err);
/* One multiplication with copy `copy` of the weights. */
enum hone_status peer_call(struct peer *peer, uint32_t copy, struct hone_error *err);
/* Frees what prepare made. */
void peer_drop(struct peer *peer);

/* ---- given by driver.c ---- */

/* 64-byte aligned and touched; of 4 KiB pages, or huge ones where the program was told so. */
void *peer_alloc(uint64_t n_bytes);
void peer_free(void *data);
/* How many copies of n_bytes a case wants: one at least, 256 at most, as the tuner has it. */
uint32_t peer_copies(const struct peer_case *asked, uint64_t n_bytes);
void peer_fill(float *values, uint64_t n, uint32_t seed);

#endif
