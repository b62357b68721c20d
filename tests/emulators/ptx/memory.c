/* SPDX-License-Identifier: MIT */
/* Memory but for shared: allocations, generic addresses, local memory, parameters. */
#include <stdlib.h>

#include "tests/emulators/ptx/ptx_core.h"

bool ptx_memory_open(struct ptx_state *state)
{
    const struct ptx_launch *l = state->launch;
    size_t n_own, own = 0, given = 0;
    const struct ptx_range *variables = ptx_module_variables(state->m, &n_own);
    const size_t n = l->n_ranges + n_own;
    state->ranges = calloc(n + 1, sizeof *state->ranges);
    state->hints = calloc(state->m->n_code, sizeof *state->hints);
    state->params = malloc(l->n_param_bytes + 1);
    if (!state->ranges || !state->hints || !state->params) return false;
    if (l->n_param_bytes) memcpy(state->params, l->params, l->n_param_bytes);
    while (own < n_own || given < l->n_ranges) {
        const bool take_own = own < n_own && (given == l->n_ranges ||
                                              variables[own].address <= l->ranges[given].address);
        /* The launch may name the module's variables again. */
        if (take_own && given < l->n_ranges && variables[own].address == l->ranges[given].address)
            given++;
        state->ranges[state->n_ranges++] = take_own ? variables[own++] : l->ranges[given++];
    }
    return true;
}

void ptx_memory_close(struct ptx_state *state)
{
    free(state->ranges);
    free(state->hints);
    free(state->params);
}

/* The last range that begins at or before the address; n_ranges when there is none. */
static size_t find_range(const struct ptx_state *state, uint64_t address)
{
    size_t low = 0, high = state->n_ranges;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (state->ranges[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? low - 1 : state->n_ranges;
}

static void report_outside(struct ptx_warp *w, uint32_t lane, uint64_t address, uint64_t n,
                           bool is_store)
{
    const struct ptx_state *state = w->block->state;
    const char *what = is_store ? "store" : "load";
    const size_t at = find_range(state, address);
    if (address & PTX_WINDOW_MASK) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS,
                  "%s of %llu bytes at 0x%llx, which is no global address", what,
                  (unsigned long long)n, (unsigned long long)address);
        return;
    }
    if (at == state->n_ranges) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "%s of %llu bytes at 0x%llx, before all memory",
                  what, (unsigned long long)n, (unsigned long long)address);
        return;
    }
    const struct ptx_range *r = &state->ranges[at];
    ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS,
              "%s of %llu bytes at 0x%llx, out of bounds: byte %llu of %s of %llu bytes", what,
              (unsigned long long)n, (unsigned long long)address,
              (unsigned long long)(address - r->address), r->name ? r->name : "an allocation",
              (unsigned long long)r->n_bytes);
}

unsigned char *ptx_global_bytes(struct ptx_warp *w, uint32_t lane, uint64_t address, uint64_t n,
                                bool is_store)
{
    struct ptx_state *state = w->block->state;
    uint32_t *hint = &state->hints[w->inst - state->m->code];
    const struct ptx_range *r = &state->ranges[*hint]; /* one more than n_ranges: all zero */
    if (address - r->address >= r->n_bytes || n > r->n_bytes - (address - r->address)) {
        const size_t at = find_range(state, address);
        r = &state->ranges[at];
        if (at == state->n_ranges || address - r->address >= r->n_bytes ||
            n > r->n_bytes - (address - r->address)) {
            report_outside(w, lane, address, n, is_store);
            return NULL;
        }
        *hint = (uint32_t)at;
    }
    if (is_store && r->read_only) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "a store to constant memory, %s",
                  r->name ? r->name : "an allocation");
        return NULL;
    }
    return r->host + (address - r->address);
}

unsigned char *ptx_global(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n,
                          bool is_store)
{
    if (address & (n - 1)) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "0x%llx is no multiple of %u",
                  (unsigned long long)address, n);
        return NULL;
    }
    return ptx_global_bytes(w, lane, address, n, is_store);
}

enum ptx_space ptx_resolve(uint64_t generic, uint64_t *out_address)
{
    const uint64_t window = generic & PTX_WINDOW_MASK;
    *out_address = window ? generic & ~PTX_WINDOW_MASK : generic;
    if (window == PTX_SHARED_WINDOW) return PTX_SHARED;
    if (window == PTX_LOCAL_WINDOW) return PTX_LOCAL;
    if (window == PTX_PARAM_WINDOW) return PTX_PARAM;
    *out_address = generic;
    return PTX_GLOBAL;
}

const unsigned char *ptx_param_bytes(struct ptx_warp *w, uint64_t offset, uint64_t n)
{
    const struct ptx_state *state = w->block->state;
    const uint64_t size = state->launch->n_param_bytes;
    return offset <= size && n <= size - offset ? state->params + offset : NULL;
}

static unsigned char *local_bytes(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n)
{
    const uint64_t size = w->block->state->m->n_local;
    if (address & (n - 1)) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "local 0x%llx is no multiple of %u",
                  (unsigned long long)address, n);
        return NULL;
    }
    if (address > size || n > size - address) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS,
                  "%u bytes at local address 0x%llx, out of bounds: a thread has %llu", n,
                  (unsigned long long)address, (unsigned long long)size);
        return NULL;
    }
    return w->local + (size_t)lane * size + address;
}

static bool load_param(struct ptx_warp *w, uint32_t lane, uint64_t address, uint32_t n, void *out)
{
    const unsigned char *from = ptx_param_bytes(w, address, n);
    if (!from) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "%u bytes at %llu of %zu bytes of parameters", n,
                  (unsigned long long)address, ptx_launch_of(w)->n_param_bytes);
        return false;
    }
    if (address & (n - 1)) {
        ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "parameter byte %llu is no multiple of %u",
                  (unsigned long long)address, n);
        return false;
    }
    memcpy(out, from, n);
    return true;
}

bool ptx_load(struct ptx_warp *w, uint32_t lane, enum ptx_space space, uint64_t address, uint32_t n,
              void *out)
{
    const unsigned char *from;
    if (space == PTX_GENERIC) space = ptx_resolve(address, &address);
    if (space == PTX_PARAM) return load_param(w, lane, address, n, out);
    if (space == PTX_SHARED) {
        if (address & (n - 1)) {
            ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "shared 0x%llx is no multiple of %u",
                      (unsigned long long)address, n);
            return false;
        }
        if (!ptx_shared_read(w, lane, address, n)) return false;
        from = ptx_shared(w, lane, address, n);
    } else {
        from = space == PTX_LOCAL ? local_bytes(w, lane, address, n)
                                  : ptx_global(w, lane, address, n, false);
    }
    if (!from) return false;
    memcpy(out, from, n);
    return true;
}

bool ptx_store(struct ptx_warp *w, uint32_t lane, enum ptx_space space, uint64_t address,
               uint32_t n, const void *value)
{
    unsigned char *to;
    if (space == PTX_GENERIC) space = ptx_resolve(address, &address);
    if (space == PTX_PARAM) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "a store to a parameter of the kernel");
        return false;
    }
    if (space == PTX_SHARED) {
        if (address & (n - 1)) {
            ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "shared 0x%llx is no multiple of %u",
                      (unsigned long long)address, n);
            return false;
        }
        if (!ptx_shared_wrote(w, lane, address, n)) return false;
        to = ptx_shared(w, lane, address, n);
    } else {
        to = space == PTX_LOCAL ? local_bytes(w, lane, address, n)
                                : ptx_global(w, lane, address, n, true);
    }
    if (!to) return false;
    memcpy(to, value, n);
    return true;
}
