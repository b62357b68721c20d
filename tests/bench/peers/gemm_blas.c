/* SPDX-License-Identifier: MIT */
/* cblas_sgemm of any BLAS as a peer. Weights stay as checkpoints have them: BLAS has no layout of
 * its own to prepare. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/peers/driver.h"

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void sgemm_function(int, int, int, int, int, int, float, const float *, int, const float *,
                            int, float, float *, int);

static struct {
    sgemm_function *sgemm;
    struct peer_case asked;
    float *x, *w, *y;
} blas;

static void *symbol(void *library, const char *name, void *out_function, size_t n_bytes)
{
    void *found = dlsym(library, name);
    if (found) memcpy(out_function, &found, n_bytes);
    return found;
}

enum hone_status peer_open(struct peer *peer, const char *library, struct hone_error *err)
{
    char *(*config)(void), *(*core)(void);
    const char *(*blis_version)(void);
    void (*set_threads)(int), (*blis_threads)(long);
    void *opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!opened) return hone_fail(err, HONE_ERR_NOT_FOUND, "%s", dlerror());
    if (!symbol(opened, "cblas_sgemm", &blas.sgemm, sizeof blas.sgemm))
        return hone_fail(err, HONE_ERR_NOT_FOUND, "%s has no cblas_sgemm", library);
    if (symbol(opened, "openblas_set_num_threads", &set_threads, sizeof set_threads))
        set_threads((int)peer->n_threads);
    if (symbol(opened, "bli_thread_set_num_threads", &blis_threads, sizeof blis_threads))
        blis_threads((long)peer->n_threads);
    snprintf(peer->label, sizeof peer->label, "%s", library);
    if (symbol(opened, "openblas_get_config", &config, sizeof config) &&
        symbol(opened, "openblas_get_corename", &core, sizeof core))
        snprintf(peer->label, sizeof peer->label, "%.100s core %.40s", config(), core());
    if (symbol(opened, "bli_info_get_version_str", &blis_version, sizeof blis_version))
        snprintf(peer->label, sizeof peer->label, "BLIS %.100s", blis_version());
    return HONE_OK;
}

enum hone_status peer_prepare(struct peer *peer, const struct peer_case *asked,
                              struct hone_error *err)
{
    if (asked->type != PEER_F32)
        return hone_fail(err, HONE_ERR_UNSUPPORTED, "BLAS multiplies f32 only");
    uint64_t n_weights = (uint64_t)asked->n * asked->k;
    peer->n_copies = peer_copies(asked, n_weights * sizeof(float));
    blas.asked = *asked;
    blas.w = peer_alloc(peer->n_copies * n_weights * sizeof(float));
    blas.x = peer_alloc((uint64_t)asked->m * asked->k * sizeof(float));
    blas.y = peer_alloc((uint64_t)asked->m * asked->n * sizeof(float));
    if (!blas.w || !blas.x || !blas.y) return hone_fail(err, HONE_ERR_NO_MEMORY, "no memory");
    peer_fill(blas.x, (uint64_t)asked->m * asked->k, 1);
    peer_fill(blas.w, n_weights, 2);
    for (uint32_t copy = 1; copy < peer->n_copies; copy++)
        memcpy(blas.w + copy * n_weights, blas.w, n_weights * sizeof(float));
    return HONE_OK;
}

enum hone_status peer_call(struct peer *peer, uint32_t copy, struct hone_error *err)
{
    (void)peer;
    (void)err;
    const struct peer_case *c = &blas.asked;
    const float *w = blas.w + (uint64_t)copy * c->n * c->k;
    blas.sgemm(ROW_MAJOR, NO_TRANS, TRANS, (int)c->m, (int)c->n, (int)c->k, 1, blas.x, (int)c->k, w,
               (int)c->k, 0, blas.y, (int)c->n);
    return HONE_OK;
}

void peer_drop(struct peer *peer)
{
    (void)peer;
    peer_free(blas.w);
    peer_free(blas.x);
    peer_free(blas.y);
    blas.w = blas.x = blas.y = NULL;
}
