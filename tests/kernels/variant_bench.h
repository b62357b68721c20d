/* SPDX-License-Identifier: MIT */
/* Times configs of one problem side by side, for people who write templates. */
#ifndef HONE_TEST_KERNELS_VARIANT_BENCH_H
#define HONE_TEST_KERNELS_VARIANT_BENCH_H

#include "codegen/kernel.h"

struct bench_options {
    const char *config;  /* one or more, ';' between; NULL: the default and `n_points` others */
    double seconds;      /* per config */
    uint64_t cold_bytes; /* weights rotate through so much memory; 0: they stay hot */
    uint64_t seed;
    size_t n_points;
    uint32_t n_threads;
};

/* One line per config, from the median: time, GB/s of what must move, GOP/s, percent of the
 * multiply-add peak, spills; the best one last. Configs must agree in formats. */
enum hone_status variant_bench(struct hone_kernels *kernels, const struct hone_space *space,
                               const struct hone_problem *problem,
                               const struct bench_options *options, struct hone_error *err);

#endif
