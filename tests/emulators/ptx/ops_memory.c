/* SPDX-License-Identifier: MIT */
/* ld and st in all their forms; prefetches and cache policies, which change no value. */
#include "tests/emulators/ptx/ptx_core.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum { STRONG = 1, ACQUIRE = 2, RELEASE = 4, WEAK = 0 }; /* struct ptx_inst.flags; bit 7: address */

static const char *const SPACES[] = {"global",          "const", "shared", "shared::cta",
                                     "shared::cluster", "local", "param",  "param::entry",
                                     "param::func",     NULL};
static const enum ptx_space SPACE_OF[] = {PTX_GLOBAL, PTX_GLOBAL, PTX_SHARED,
                                          PTX_SHARED, PTX_SHARED, PTX_LOCAL,
                                          PTX_PARAM,  PTX_PARAM,  PTX_PARAM};

/* What speaks of caches and of who sees an access when: no value depends on it here. */
static const char *const HINTS[] = {"ca",
                                    "cg",
                                    "cs",
                                    "lu",
                                    "cv",
                                    "wb",
                                    "wt",
                                    "cta",
                                    "cluster",
                                    "gpu",
                                    "sys",
                                    "unified",
                                    "L1::evict_normal",
                                    "L1::evict_unchanged",
                                    "L1::evict_first",
                                    "L1::evict_last",
                                    "L1::no_allocate",
                                    "L2::evict_normal",
                                    "L2::evict_first",
                                    "L2::evict_last",
                                    "L2::cache_hint",
                                    "L2::64B",
                                    "L2::128B",
                                    "L2::256B",
                                    NULL};

static uint8_t parse_order(struct ptx_statement *s)
{
    uint8_t flags = WEAK;
    ptx_mod(s, "weak");
    if (ptx_mod(s, "volatile") || ptx_mod(s, "relaxed") || ptx_mod(s, "mmio")) flags |= STRONG;
    if (ptx_mod(s, "acquire")) flags |= STRONG | ACQUIRE;
    if (ptx_mod(s, "release")) flags |= STRONG | RELEASE;
    return flags;
}

static uint64_t value_of(const unsigned char *bytes, uint32_t n)
{
    uint64_t v = 0;
    memcpy(&v, bytes, n);
    return v;
}

/* i->type2: bytes of the registers, which can be wider than the element; signed ones are extended.
 */
static inline void put_register(struct ptx_warp *w, const struct ptx_inst *i, int32_t slot,
                                uint32_t lane, const unsigned char *bytes, uint32_t n)
{
    uint64_t v = value_of(bytes, n);
    if (i->op && n < 8) v = (uint64_t)((int64_t)(v << (64 - 8 * n)) >> (64 - 8 * n));
    if (i->type2 == 8)
        ptx_r64(w, slot)[lane] = v;
    else if (i->type2 == 4)
        ptx_r32(w, slot)[lane] = (uint32_t)v;
    else
        ptx_r16(w, slot)[lane] = (uint16_t)v;
}

static inline uint64_t get_register(const struct ptx_warp *w, const struct ptx_inst *i,
                                    int32_t slot, uint32_t lane)
{
    if (i->type2 == 8) return ptx_r64(w, slot)[lane];
    return i->type2 == 4 ? ptx_r32(w, slot)[lane] : ptx_r16(w, slot)[lane];
}

/* A strong access of shared memory orders instead of racing. */
static bool strong_shared(const struct ptx_inst *i, enum ptx_space space)
{
    return i->flags & STRONG && space == PTX_SHARED;
}

static bool load_lane(struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane, uint32_t n,
                      unsigned char *out)
{
    uint64_t address = ptx_lane_address(w, i, lane);
    enum ptx_space space = (enum ptx_space)i->space;
    if (space == PTX_GENERIC) space = ptx_resolve(address, &address);
    if (!strong_shared(i, space) && n <= 16) return ptx_load(w, lane, space, address, n, out);
    if (n > 16) { /* 256-bit accesses of global memory */
        const unsigned char *from;
        if (space != PTX_GLOBAL) {
            ptx_fault(w, (int)lane, PTX_FAULT_INSTRUCTION, "32 bytes, but not in .global");
            return false;
        }
        if (!(from = ptx_global(w, lane, address, n, false))) return false;
        memcpy(out, from, n);
        return true;
    }
    ptx_acquire(w, &w->block->strong);
    return ptx_strong_load(w, lane, address, n, out);
}

PTX_HANDLER(load)
{
    const uint32_t element = i->type, n = element * i->vec;
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        unsigned char bytes[32];
        if (!(mask >> l & 1)) continue;
        if (!load_lane(w, i, l, n, bytes)) return PTX_FAULTED;
        for (uint32_t k = 0; k < i->vec; k++)
            put_register(w, i, i->slots[k], l, bytes + k * element, element);
    }
    return PTX_NEXT;
}

/* The common ones: a global load of 4-byte registers with a 64-bit base. */
PTX_HANDLER(load_global_32)
{
    const uint32_t n = 4u * i->vec;
    const uint64_t *base = ptx_r64(w, i->a);
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        const unsigned char *from = ptx_global(w, l, base[l] + (uint64_t)i->offset, n, false);
        if (!from) return PTX_FAULTED;
        for (uint32_t k = 0; k < i->vec; k++) memcpy(&ptx_r32(w, i->slots[k])[l], from + 4 * k, 4);
    }
    return PTX_NEXT;
}

/* A parameter at a known place: the same value for all. */
PTX_HANDLER(load_param)
{
    const uint32_t element = i->type;
    const unsigned char *from = ptx_param_bytes(w, (uint64_t)i->offset, element * i->vec);
    if (!from)
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_ADDRESS, "byte %lld of %zu of parameters",
                         (long long)i->offset, ptx_launch_of(w)->n_param_bytes);
    for (uint32_t k = 0; k < i->vec; k++)
        for (uint32_t l = 0; l < PTX_LANES; l++)
            if (mask >> l & 1) put_register(w, i, i->slots[k], l, from + k * element, element);
    return PTX_NEXT;
}

PTX_HANDLER(store)
{
    const uint32_t element = i->type, n = element * i->vec;
    bool released = false;
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        unsigned char bytes[32];
        if (!(mask >> l & 1)) continue;
        for (uint32_t k = 0; k < i->vec; k++) {
            const uint64_t v = get_register(w, i, i->slots[k], l);
            memcpy(bytes + k * element, &v, element);
        }
        uint64_t address = ptx_lane_address(w, i, l);
        enum ptx_space space = (enum ptx_space)i->space;
        if (space == PTX_GENERIC) space = ptx_resolve(address, &address);
        if (strong_shared(i, space)) {
            if (!released) ptx_release(w, &w->block->strong);
            released = true;
            if (!ptx_strong_store(w, l, address, n, bytes)) return PTX_FAULTED;
        } else if (n <= 16) {
            if (!ptx_store(w, l, space, address, n, bytes)) return PTX_FAULTED;
        } else {
            unsigned char *to = space == PTX_GLOBAL ? ptx_global(w, l, address, n, true) : NULL;
            if (!to)
                return ptx_fault(w, (int)l, PTX_FAULT_INSTRUCTION, "32 bytes, but not in .global");
            memcpy(to, bytes, n);
        }
    }
    /* Spinning on memory: let those run whom it may be waiting for. */
    return released ? PTX_YIELD : PTX_NEXT;
}

/* The space of an access: said, or that of the variable named. */
static bool space_of(struct ptx_decoder *d, struct ptx_statement *s, uint32_t address,
                     enum ptx_space *out)
{
    const int said = ptx_mod_of(s, SPACES);
    const struct ptx_symbol *symbol = s->operands[address].symbol;
    *out = said < 0 ? PTX_GENERIC : SPACE_OF[said];
    if (*out == PTX_PARAM && symbol) *out = symbol->space; /* those of calls are local memory */
    if (symbol && *out != symbol->space && *out != PTX_GENERIC)
        return ptx_refuse(d, s, "%s is in another space", symbol->name);
    if (symbol && *out == PTX_GENERIC)
        return ptx_refuse(d, s, "%s needs its space named", symbol->name);
    return true;
}

/* The type of registers that hold elements of `type`: those given, at least as wide. */
static enum ptx_type held_type(const struct ptx_operand *o, enum ptx_type type)
{
    const struct ptx_operand *first = o->kind == PTX_O_VEC && o->n_items ? o->items : o;
    for (uint32_t k = 0; o->kind == PTX_O_VEC && k < o->n_items; k++)
        if (o->items[k].kind == PTX_O_REG) first = &o->items[k];
    if (first->kind == PTX_O_REG && ptx_type_bytes(first->type) >= ptx_type_bytes(type))
        return first->type;
    return ptx_type_bytes(type) == 1 ? PTX_B16 : type;
}

static bool is_signed(enum ptx_type t)
{
    return t == PTX_S8 || t == PTX_S16 || t == PTX_S32;
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const VECTORS[] = {"v2", "v4", "v8", NULL};
    const bool is_store = s->name[0] == 's';
    const uint32_t value = is_store ? 1 : 0, address = is_store ? 0 : 1;
    enum ptx_space space;
    const int32_t *slots;
    if (ptx_mod(s, "bulk") || ptx_mod(s, "async")) return false; /* another table's */
    if (!ptx_arity(d, s, 2, 3)) return false;                    /* a third: a cache policy */
    const uint8_t order = parse_order(s);
    const int vector = ptx_mod_of(s, VECTORS);
    const uint32_t n = vector < 0 ? 1 : 2u << vector;
    if (!space_of(d, s, address, &space)) return false;
    while (ptx_mod_of(s, HINTS) >= 0) {
    }
    const bool constant = ptx_mod(s, "nc");
    const enum ptx_type type = ptx_mod_type(s);
    const uint32_t bytes = ptx_type_bytes(type);
    if (constant && (is_store || (space != PTX_GLOBAL && space != PTX_GENERIC)))
        return ptx_refuse(d, s, ".nc is for loads of global memory");
    if (!bytes || bytes > 8 || bytes * n > 32) return ptx_refuse(d, s, "of what size?");
    const enum ptx_type held = held_type(&s->operands[value], type);
    if (!ptx_vector(d, s, value, n, held, !is_store, &slots)) return false;
    struct ptx_inst *i = ptx_emit(d, s, is_store ? store : load);
    if (!i) return false;
    i->flags = order;
    i->slots = slots;
    i->space = (uint8_t)space;
    i->vec = (uint8_t)n;
    i->type = (uint8_t)bytes;
    i->type2 = (uint8_t)ptx_type_bytes(held);
    i->op = is_signed(type);
    if (!ptx_address(d, s, address, i)) return false;
    const struct ptx_operand *o = &s->operands[address];
    if (space == PTX_PARAM && is_store) return ptx_refuse(d, s, "parameters are read only");
    if (space == PTX_PARAM && !o->has_base && o->symbol) {
        i->offset += (int64_t)o->symbol->address;
        if (i->offset % (bytes * n)) return ptx_refuse(d, s, "a parameter that is not aligned");
        i->run = load_param;
    }
    if (!is_store && space == PTX_GLOBAL && held != PTX_PRED && bytes == 4 && i->type2 == 4 &&
        i->flags == 128 && n <= 4)
        i->run = load_global_32;
    return ptx_done(d, s);
}

PTX_HANDLER(nothing)
{
    (void)w;
    (void)i;
    (void)mask;
    return PTX_NEXT;
}

/* Prefetches and the like: no value changes. Bulk forms are another table's. */
static bool decode_hint(struct ptx_decoder *d, struct ptx_statement *s)
{
    if (ptx_mod(s, "tensormap") || ptx_mod(s, "async")) return false;
    return ptx_emit(d, s, nothing) != NULL;
}

PTX_HANDLER(policy)
{
    uint64_t *d = ptx_r64(w, i->d);
    PTX_EACH(d[l] = 0;);
    return PTX_NEXT;
}

static bool decode_policy(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest;
    if (!ptx_arity(d, s, 1, 4) || !ptx_dest(d, s, 0, PTX_B64, &dest)) return false;
    struct ptx_inst *i = ptx_emit(d, s, policy);
    if (!i) return false;
    i->d = dest;
    return true;
}

const struct ptx_op ptx_ops_memory[] = {
    {"ld", decode},
    {"ldu", decode},
    {"st", decode},
    {"prefetch", decode_hint},
    {"prefetchu", decode_hint},
    {"applypriority", decode_hint},
    {"discard", decode_hint},
    {"createpolicy", decode_policy},
    {0},
};
