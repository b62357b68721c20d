/* SPDX-License-Identifier: MIT */
/* A session: everything a forward needs, allocated and bound once.
 *
 * Per forward only the batch block and the grids that follow the rows change. Nothing here knows
 * what a kernel computes. */
#ifndef HONE_PLAN_SESSION_H
#define HONE_PLAN_SESSION_H

#include <stdbool.h>

#include "runtime/base/arena.h"
#include "runtime/hone.h"
#include "runtime/plan/kv.h"
#include "runtime/plan/model.h"

/* Device memory: one allocation of each kind. */
enum hone_memory_kind {
    HONE_MEMORY_ACTIVATIONS,
    HONE_MEMORY_KV,
    HONE_MEMORY_BATCH,
    HONE_MEMORY_KINDS
};

/* Host memory that is copied to or from the device: where that is the host's own, there are no
 * logits but those in the activations. */
enum hone_host_kind { HONE_HOST_BATCH, HONE_HOST_LOGITS, HONE_HOST_KINDS };

struct hone_session_sizes {
    uint32_t n_threads, n_seqs, n_pages;
    uint64_t bytes[HONE_MEMORY_KINDS];
    uint64_t host_bytes[HONE_HOST_KINDS];
    uint64_t args_bytes;
    uint64_t scratch_bytes; /* per worker */
    uint64_t total_bytes;
};

struct hone_session {
    struct hone_model *model;
    struct hone_device *device;
    struct hone_module *code;
    struct hone_session_sizes sizes;
    uint8_t *memory[HONE_MEMORY_KINDS];
    uint8_t *host[HONE_HOST_KINDS]; /* the batch block as the host prepares it; logits */
    bool logits_are_here;           /* those of the last forward have been copied to the host */
    struct hone_arena arena;        /* what follows, on the host */
    struct hone_launch *launches;   /* [plan n_steps] */
    uint8_t *args;                  /* argument blocks, at a multiple of 64 */
    uint8_t **kv_regions;           /* [n_kv_regions] in device memory */
    struct hone_kv kv;
    uint32_t *seen_in; /* [n_seqs] forward in which a sequence was last named */
    uint32_t n_forwards;
    uint32_t n_out; /* rows of logits of the last forward */
    struct hone_profile *profile;
    uint64_t *step_ns; /* [longest list] */
};

static inline const struct hone_plan *hone_session_plan(const struct hone_session *session)
{
    return &session->model->package.plan;
}

/* Grids that follow the rows, for a forward of n_tokens rows and n_out rows of logits. */
void hone_session_set_grids(struct hone_session *session, const struct hone_plan_list *list,
                            uint32_t n_tokens, uint32_t n_out);

#endif
