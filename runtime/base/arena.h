/* SPDX-License-Identifier: MIT */
/* Bump allocator: everything of one job is released in one call. Not thread safe. */
#ifndef HONE_BASE_ARENA_H
#define HONE_BASE_ARENA_H

#include <stddef.h>

struct hone_arena_block;

/* Start with a zeroed struct. */
struct hone_arena {
    struct hone_arena_block *blocks;
    size_t n_bytes; /* handed out so far */
};

/* Zeroed, 16-byte aligned memory that lives until the arena is released; NULL when there is none.
 */
void *hone_arena_alloc(struct hone_arena *arena, size_t n_bytes);

/* As above for `count` items of `item_bytes`; NULL also when the product wraps. */
void *hone_arena_array(struct hone_arena *arena, size_t count, size_t item_bytes);

/* A terminated copy of n_bytes of text. */
char *hone_arena_text(struct hone_arena *arena, const char *text, size_t n_bytes);

/* printf into the arena; NULL when there is no memory. */
char *hone_arena_printf(struct hone_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void hone_arena_release(struct hone_arena *arena);

#endif
