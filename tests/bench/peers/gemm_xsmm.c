/* SPDX-License-Identifier: MIT */
/* libxsmm 1.x as a peer, f32: weights in blocks of 64 columns of y by 64 of k beforehand, a block
 * of y by one batch-reduce kernel over all of k, blocks shared out to OpenMP's threads. */
#include <libxsmm.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/peers/driver.h"

enum { COLUMNS = 64, DEPTH = 64, MOST_ROWS = 64 };

static struct {
    struct peer_case asked;
    libxsmm_smmfunction_reducebatch_strd kernel, last; /* last: of the rows that are left */
    float *x, *w, *y;
    uint32_t n_threads;
} xsmm;

enum hone_status peer_open(struct peer *peer, const char *library, struct hone_error *err)
{
    (void)library; /* linked */
    (void)err;
    libxsmm_init();
    xsmm.n_threads = peer->n_threads;
    snprintf(peer->label, sizeof peer->label, "libxsmm 1.x %s", libxsmm_get_target_arch());
    return HONE_OK;
}

static libxsmm_smmfunction_reducebatch_strd make_kernel(uint32_t rows)
{
    const libxsmm_blasint lda = COLUMNS, ldb = (libxsmm_blasint)xsmm.asked.k,
                          ldc = (libxsmm_blasint)xsmm.asked.n;
    const float one = 1, zero = 0;
    const int flags = LIBXSMM_GEMM_FLAG_NONE, prefetch = LIBXSMM_GEMM_PREFETCH_NONE;
    return libxsmm_smmdispatch_reducebatch_strd(
        COLUMNS, (libxsmm_blasint)rows, DEPTH, COLUMNS * DEPTH * sizeof(float),
        DEPTH * sizeof(float), &lda, &ldb, &ldc, &one, &zero, &flags, &prefetch);
}

/* w[n][k] of a checkpoint to blocks [n / 64][k / 64][64 of k][64 of n]. */
static void lay_out(const float *plain)
{
    uint32_t n_deep = xsmm.asked.k / DEPTH;
    for (uint32_t n = 0; n < xsmm.asked.n; n++)
        for (uint32_t k = 0; k < xsmm.asked.k; k++) {
            uint64_t block = (uint64_t)(n / COLUMNS) * n_deep + k / DEPTH;
            xsmm.w[block * COLUMNS * DEPTH + k % DEPTH * COLUMNS + n % COLUMNS] =
                plain[(uint64_t)n * xsmm.asked.k + k];
        }
}

/* One value of y against a plain sum: the layout is ours, and only that can tell it is right. */
static enum hone_status check(struct peer *peer, const float *plain, struct hone_error *err)
{
    const struct peer_case *c = &xsmm.asked;
    uint32_t row = c->m - 1, column = c->n - 3;
    double want = 0;
    HONE_TRY(peer_call(peer, 0, err));
    for (uint32_t k = 0; k < c->k; k++)
        want +=
            (double)xsmm.x[(uint64_t)row * c->k + k] * (double)plain[(uint64_t)column * c->k + k];
    double got = (double)xsmm.y[(uint64_t)row * c->n + column];
    return fabs(got - want) < 1e-2 ? HONE_OK
                                   : hone_fail(err, HONE_ERR_WRONG, "%g instead of %g", got, want);
}

enum hone_status peer_prepare(struct peer *peer, const struct peer_case *asked,
                              struct hone_error *err)
{
    if (asked->type != PEER_F32)
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "libxsmm 1.x is asked for f32 only");
    if (asked->n % COLUMNS || asked->k % DEPTH)
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "n and k are no multiples of %d", COLUMNS);
    xsmm.asked = *asked;
    uint32_t rows = asked->m < MOST_ROWS ? asked->m : MOST_ROWS;
    xsmm.kernel = make_kernel(rows);
    xsmm.last = asked->m % rows ? make_kernel(asked->m % rows) : xsmm.kernel;
    if (!xsmm.kernel || !xsmm.last)
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "libxsmm makes no kernel");
    uint64_t n_weights = (uint64_t)asked->n * asked->k;
    peer->n_copies = peer_copies(asked, n_weights * sizeof(float));
    float *plain = peer_alloc(n_weights * sizeof(float));
    xsmm.w = peer_alloc(peer->n_copies * n_weights * sizeof(float));
    xsmm.x = peer_alloc((uint64_t)asked->m * asked->k * sizeof(float));
    xsmm.y = peer_alloc((uint64_t)asked->m * asked->n * sizeof(float));
    enum hone_status status = HONE_ERR_NO_MEMORY;
    if (plain && xsmm.w && xsmm.x && xsmm.y) {
        peer_fill(xsmm.x, (uint64_t)asked->m * asked->k, 1);
        peer_fill(plain, n_weights, 2);
        lay_out(plain);
        for (uint32_t copy = 1; copy < peer->n_copies; copy++)
            memcpy(xsmm.w + copy * n_weights, xsmm.w, n_weights * sizeof(float));
        status = check(peer, plain, err);
    } else {
        hone_fail(err, status, "no memory");
    }
    peer_free(plain);
    return status;
}

enum hone_status peer_call(struct peer *peer, uint32_t copy, struct hone_error *err)
{
    (void)peer;
    (void)err;
    const struct peer_case *c = &xsmm.asked;
    const unsigned long long n_deep = c->k / DEPTH;
    const float *w = xsmm.w + (uint64_t)copy * c->n * c->k;
    int n_wide = (int)(c->n / COLUMNS);
#pragma omp parallel for schedule(static) num_threads((int)xsmm.n_threads)
    for (int j = 0; j < n_wide; j++)
        for (uint32_t row = 0; row < c->m; row += MOST_ROWS) {
            bool whole = c->m <= MOST_ROWS || c->m - row >= MOST_ROWS;
            (whole ? xsmm.kernel : xsmm.last)(w + (uint64_t)j * COLUMNS * c->k,
                                              xsmm.x + (uint64_t)row * c->k,
                                              xsmm.y + (uint64_t)row * c->n + j * COLUMNS, &n_deep);
        }
    return HONE_OK;
}

void peer_drop(struct peer *peer)
{
    (void)peer;
    peer_free(xsmm.x);
    peer_free(xsmm.w);
    peer_free(xsmm.y);
    xsmm.x = xsmm.w = xsmm.y = NULL;
}
