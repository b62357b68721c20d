/* SPDX-License-Identifier: MIT */
/* A set of configs: open addressing, at most half full. */
#include "tuner/search/seen.h"

#include <string.h>

enum hone_status seen_init(struct seen *seen, size_t most, struct hone_arena *arena,
                           struct hone_error *err)
{
    size_t n_slots = 16;
    while (n_slots < 2 * most) n_slots *= 2;
    seen->slots = hone_arena_array(arena, n_slots, sizeof *seen->slots);
    seen->used = hone_arena_array(arena, n_slots, sizeof *seen->used);
    seen->mask = n_slots - 1;
    seen->n = 0;
    seen->most = most;
    if (!seen->slots || !seen->used) return hone_fail(err, HONE_ERR_NO_MEMORY, "search: no memory");
    return HONE_OK;
}

/* The slot that holds the config, or the free one where it belongs. */
static size_t slot_of(const struct seen *seen, const struct hone_config *config)
{
    uint64_t words[2];
    _Static_assert(sizeof *config == sizeof words, "a config is two words");
    memcpy(words, config, sizeof words);
    size_t at = (size_t)search_random(words[0], words[1]) & seen->mask;
    while (seen->used[at] && memcmp(&seen->slots[at], config, sizeof *config) != 0)
        at = (at + 1) & seen->mask;
    return at;
}

bool seen_add(struct seen *seen, const struct hone_config *config)
{
    size_t at = slot_of(seen, config);
    if (seen->used[at] || seen->n == seen->most) return false;
    seen->slots[at] = *config;
    seen->used[at] = true;
    seen->n++;
    return true;
}
