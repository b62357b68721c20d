/* SPDX-License-Identifier: MIT */
/* Bump allocator over a chain of blocks that grow with the job. */
#include "runtime/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/checked.h"

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_STEP_BYTES = 1 << 20, ALIGNMENT = 16 };

struct hone_arena_block {
    struct hone_arena_block *next;
    size_t n_bytes, used;
    _Alignas(ALIGNMENT) unsigned char data[];
};

static struct hone_arena_block *add_block(struct hone_arena *arena, size_t at_least)
{
    size_t n_bytes = arena->blocks ? arena->blocks->n_bytes * 2 : FIRST_BLOCK_BYTES;
    if (n_bytes > LARGEST_STEP_BYTES) n_bytes = LARGEST_STEP_BYTES;
    if (n_bytes < at_least) n_bytes = at_least;
    uint64_t total;
    if (!hone_add(n_bytes, sizeof(struct hone_arena_block), &total)) return NULL;
    struct hone_arena_block *block = calloc(1, total);
    if (!block) return NULL;
    block->n_bytes = n_bytes;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *hone_arena_alloc(struct hone_arena *arena, size_t n_bytes)
{
    uint64_t rounded;
    if (!hone_round_up(n_bytes ? n_bytes : 1, ALIGNMENT, &rounded)) return NULL;
    struct hone_arena_block *block = arena->blocks;
    if (!block || block->n_bytes - block->used < rounded) block = add_block(arena, rounded);
    if (!block) return NULL;
    void *data = block->data + block->used;
    block->used += rounded;
    arena->n_bytes += rounded;
    return data;
}

void *hone_arena_array(struct hone_arena *arena, size_t count, size_t item_bytes)
{
    uint64_t n_bytes;
    if (!hone_mul(count, item_bytes, &n_bytes)) return NULL;
    return hone_arena_alloc(arena, n_bytes);
}

char *hone_arena_text(struct hone_arena *arena, const char *text, size_t n_bytes)
{
    if (n_bytes == SIZE_MAX) return NULL;
    char *copy = hone_arena_alloc(arena, n_bytes + 1);
    if (copy && n_bytes) memcpy(copy, text, n_bytes);
    return copy;
}

char *hone_arena_printf(struct hone_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n_bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = n_bytes < 0 ? NULL : hone_arena_alloc(arena, (size_t)n_bytes + 1);
    if (text) vsnprintf(text, (size_t)n_bytes + 1, format, again);
    va_end(again);
    return text;
}

void hone_arena_release(struct hone_arena *arena)
{
    for (struct hone_arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    *arena = (struct hone_arena){0};
}
