/* SPDX-License-Identifier: MIT */
/* The runner's cases, kept between requests: timing many variants of one problem must not make its
 * weights anew for each. The least recently used ones go when the memory limit is reached. */
#ifndef HONE_RUNNER_CASES_H
#define HONE_RUNNER_CASES_H

#include "tuner/runner/far.h"

enum { CASES_MAX = 256 };

struct cases {
    struct cases_entry {
        struct hone_case *c;
        struct far_case *far; /* the same in device memory; NULL: the host's is the device's */
        uint8_t *key;         /* the spec as it travelled */
        size_t n_key_bytes;
        uint64_t n_bytes, used_at;
        bool pinned; /* by the request being served */
        uint32_t next_copy;
    } entries[CASES_MAX];
    uint64_t limit_bytes, n_bytes, clock;
    struct far_place place; /* vtable NULL: devices that share the host's memory */
};

/* Borrowed and pinned until cases_unpin. */
enum hone_status cases_get(struct cases *cases, const struct hone_case_spec *spec,
                           struct hone_case **out_case, struct hone_error *err);
void cases_unpin(struct cases *cases);
/* What a pinned case is in device memory; NULL where that is the host's. */
struct far_case *cases_far(struct cases *cases, const struct hone_case *c);
/* The copy of the weights that the next timed call of a pinned case reads. All contenders and all
 * requests share it: a copy read by one is in the cache for the next, which must not read it too.
 */
uint32_t *cases_next_copy(struct cases *cases, const struct hone_case *c);
/* For a case that a kernel may have damaged. */
void cases_drop(struct cases *cases, const struct hone_case *c);
void cases_release(struct cases *cases);

#endif
