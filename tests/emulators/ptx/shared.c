/* SPDX-License-Identifier: MIT */
/* Shared memory and what it is watched for: bytes never written, async copies under way, races.
 *
 * A race is found by vector clocks. Every warp has a time of its own, which a release (barrier,
 * mbarrier arrive, strong store) ends, and knows up to which time of each other warp it has heard
 * (barriers and the like carry that). Every 4 bytes remember the time at which each warp read them
 * last and who wrote them last, with the bytes in question; a write after a read or a write of
 * another warp that the writer has not heard of is a race, and so is such a read after a write. */
#include <stdlib.h>

#include "tests/emulators/ptx/async_proxy.h"
#include "tests/emulators/ptx/ptx_core.h"

enum { TIME_SHIFT = 4 };

bool ptx_shared_open(struct ptx_block *b)
{
    const size_t n = b->n_shared + 16, words = n / 4 + 4;
    b->shared = aligned_alloc(1024, (n + 1023) / 1024 * 1024);
    b->set = malloc(n);
    b->pending = malloc(words);
    b->reads = malloc(words * b->n_warps * sizeof *b->reads);
    b->writes = malloc(words * sizeof *b->writes);
    b->writer = malloc(words);
    return b->shared && b->set && b->pending && b->reads && b->writes && b->writer;
}

void ptx_shared_reset(struct ptx_block *b)
{
    const size_t n = b->n_shared + 16, words = n / 4 + 4;
    memset(b->shared, 0xff, b->n_shared);
    memset(b->set, 0, n);
    memset(b->pending, 0, words);
    memset(b->reads, 0, words * b->n_warps * sizeof *b->reads);
    memset(b->writes, 0, words * sizeof *b->writes);
    memset(b->writer, 0, words);
}

void ptx_shared_close(struct ptx_block *b)
{
    free(b->shared);
    free(b->set);
    free(b->pending);
    free(b->reads);
    free(b->writes);
    free(b->writer);
}

unsigned char *ptx_shared(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    const struct ptx_block *b = w->block;
    const uint64_t offset = address - PTX_SHARED_BASE;
    if (offset <= b->n_shared && n <= b->n_shared - offset) return b->shared + offset;
    if (address >> 24)
        ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION,
                  "shared memory of another block of a cluster is not interpreted");
    else
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS,
                  "%u bytes at shared address 0x%llx, out of bounds: byte %lld of %u", n,
                  (unsigned long long)address, (long long)offset, b->n_shared);
    return NULL;
}

/* The bytes of word `word` that [offset, offset + n) covers, as 4 bits. */
static uint32_t bytes_of(uint32_t word, uint32_t offset, uint32_t n)
{
    const uint32_t first = word * 4;
    uint32_t bits = 15;
    if (offset > first) bits &= 15u << (offset - first);
    if (offset + n < first + 4) bits &= 15u >> (first + 4 - offset - n);
    return bits;
}

static bool report_race(struct ptx_warp *w, uint32_t lane, uint32_t word, uint32_t other,
                        const char *now, const char *then)
{
    ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
              "data race: it %s shared bytes %u.. that warp %u %s with nothing (barrier, wait) "
              "between",
              now, word * 4, other, then);
    return false;
}

static bool report_pending(struct ptx_warp *w, uint32_t lane, uint32_t word)
{
    ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
              "an async copy into shared bytes %u.. is still under way: nobody waited for it",
              word * 4);
    return false;
}

/* An entry of reads or writes that is newer than what warp w knows of its owner. */
static inline bool unheard(const struct ptx_warp *w, uint32_t owner, uint32_t entry, uint32_t bytes)
{
    return (entry & bytes) && entry >> TIME_SHIFT > w->clocks.of[owner];
}

static inline void mark(uint32_t *entry, uint32_t now, uint32_t bytes)
{
    *entry = *entry >> TIME_SHIFT == now ? *entry | bytes : now << TIME_SHIFT | bytes;
}

/* All bytes of [offset, offset + n) were written; n is small. */
static bool all_set(const unsigned char *set, uint32_t n)
{
    unsigned char all = 1;
    for (uint32_t i = 0; i < n; i++) all &= set[i];
    return all;
}

bool ptx_shared_read(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    struct ptx_block *b = w->block;
    if (!ptx_shared(w, lane, address, n)) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE), me = w->id;
    const size_t words = ((size_t)b->n_shared + 16) / 4 + 4;
    uint32_t *reads = b->reads + me * words;
    const uint32_t now = w->clocks.of[me];
    const bool races = b->n_warps > 1 && !b->state->launch->allow_races;
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) {
        const uint32_t bytes = bytes_of(word, offset, n);
        if (b->pending[word]) return report_pending(w, lane, word);
        if (!races) continue;
        const uint32_t writer = b->writer[word];
        if (writer != me && unheard(w, writer, b->writes[word], bytes))
            return report_race(w, lane, word, writer, "reads", "wrote");
        mark(&reads[word], now, bytes);
    }
    if (!all_set(b->set + offset, n)) {
        ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
                  "shared memory that nobody wrote: %u bytes at byte %u", n, offset);
        return false;
    }
    return true;
}

/* No other warp has touched the bytes unheard of, and no copy is under way into them. */
static bool may_write(struct ptx_warp *w, uint32_t lane, uint32_t offset, uint32_t n)
{
    struct ptx_block *b = w->block;
    const size_t words = ((size_t)b->n_shared + 16) / 4 + 4;
    const uint32_t me = w->id;
    const bool races = b->n_warps > 1 && !b->state->launch->allow_races;
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) {
        const uint32_t bytes = bytes_of(word, offset, n);
        if (b->pending[word]) return report_pending(w, lane, word);
        if (!races) continue;
        const uint32_t writer = b->writer[word];
        if (writer != me && unheard(w, writer, b->writes[word], bytes))
            return report_race(w, lane, word, writer, "writes", "wrote");
        for (uint32_t v = 0; v < b->n_warps; v++)
            if (v != me && unheard(w, v, b->reads[v * words + word], bytes))
                return report_race(w, lane, word, v, "writes", "read");
    }
    return ptx_proxy_free(w, lane, PTX_SHARED_BASE + offset, n);
}

static void mark_written(struct ptx_warp *w, uint32_t offset, uint32_t n, uint32_t now)
{
    struct ptx_block *b = w->block;
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) {
        const uint32_t bytes = bytes_of(word, offset, n);
        if (b->writer[word] != w->id) b->writes[word] = 0;
        b->writer[word] = (unsigned char)w->id;
        mark(&b->writes[word], now, bytes);
    }
    memset(b->set + offset, 1, n);
}

bool ptx_shared_wrote(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    if (!ptx_shared(w, lane, address, n)) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    if (!may_write(w, lane, offset, n)) return false;
    mark_written(w, offset, n, w->clocks.of[w->id]);
    return true;
}

bool ptx_shared_begin(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    if (!ptx_shared(w, lane, address, n)) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    if (!may_write(w, lane, offset, n)) return false;
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) w->block->pending[word]++;
    return true;
}

bool ptx_shared_land(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n, uint32_t when)
{
    if (!ptx_shared(w, lane, address, n)) return false;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++) w->block->pending[word]--;
    mark_written(w, offset, n, when);
    return true;
}

void ptx_release(struct ptx_warp *w, struct ptx_clocks *c)
{
    for (uint32_t i = 0; i < PTX_MAX_WARPS; i++)
        if (w->clocks.of[i] > c->of[i]) c->of[i] = w->clocks.of[i];
    w->clocks.of[w->id]++;
}

void ptx_acquire(struct ptx_warp *w, const struct ptx_clocks *c)
{
    for (uint32_t i = 0; i < PTX_MAX_WARPS; i++)
        if (c->of[i] > w->clocks.of[i]) w->clocks.of[i] = c->of[i];
}

bool ptx_strong_load(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n, void *out)
{
    const unsigned char *from = ptx_strong(w, lane, address, n, true);
    if (!from) return false;
    memcpy(out, from, n);
    return true;
}

bool ptx_strong_store(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                      const void *value)
{
    unsigned char *to = ptx_strong(w, lane, address, n, false);
    if (!to) return false;
    memcpy(to, value, n);
    memset(w->block->set + (address - PTX_SHARED_BASE), 1, n);
    return true;
}

unsigned char *ptx_strong(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                          bool is_read)
{
    struct ptx_block *b = w->block;
    unsigned char *at = ptx_shared(w, lane, address, n);
    if (!at) return NULL;
    const uint32_t offset = (uint32_t)(address - PTX_SHARED_BASE);
    if (address & (n - 1)) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "shared 0x%llx is no multiple of %u",
                  (unsigned long long)address, n);
        return NULL;
    }
    for (uint32_t word = offset / 4; word * 4 < offset + n; word++)
        if (b->pending[word]) {
            report_pending(w, lane, word);
            return NULL;
        }
    if (is_read && !all_set(b->set + offset, n)) {
        ptx_fault(w, (int)lane, PTX_FAULT_SHARED,
                  "shared memory that nobody wrote: %u bytes at byte %u", n, offset);
        return NULL;
    }
    return at;
}
