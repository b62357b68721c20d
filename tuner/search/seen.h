/* SPDX-License-Identifier: MIT */
/* A set of configs. */
#ifndef HONE_SEARCH_SEEN_H
#define HONE_SEARCH_SEEN_H

#include "runtime/base/arena.h"
#include "tuner/search/strategy.h"

struct seen {
    struct hone_config *slots;
    bool *used;
    size_t mask, n, most;
};

/* An empty set that holds up to `most` configs; the arena owns it. */
enum hone_status seen_init(struct seen *seen, size_t most, struct hone_arena *arena,
                           struct hone_error *err);
/* True when the config was not there before; a full set takes no more and says false. */
bool seen_add(struct seen *seen, const struct hone_config *config);

#endif
