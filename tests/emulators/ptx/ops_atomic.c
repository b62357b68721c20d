/* SPDX-License-Identifier: MIT */
/* atom and red, lane after lane. */
#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum op { ADD, AND, OR, XOR, EXCH, CAS, INC, DEC, MIN, MAX };
static const char *const NAMES[] = {"add", "and", "or",  "xor", "exch", "cas",
                                    "inc", "dec", "min", "max", NULL};
static const char *const SPACES[] = {"global", "shared", "shared::cta", "shared::cluster", NULL};
static const enum ptx_space SPACE_OF[] = {PTX_GLOBAL, PTX_SHARED, PTX_SHARED, PTX_SHARED};
static const char *const HINTS[] = {"relaxed", "acquire",        "release", "acq_rel",
                                    "cta",     "cluster",        "gpu",     "sys",
                                    "noftz",   "L2::cache_hint", NULL};

static uint64_t add_float(enum ptx_type type, uint64_t x, uint64_t y)
{
    double p, q;
    switch (type) {
    case PTX_F32: return ptx_bits_of(ptx_f32_of((uint32_t)x) + ptx_f32_of((uint32_t)y));
    case PTX_F16: return ptx_f32_f16(ptx_f16_f32((uint16_t)x) + ptx_f16_f32((uint16_t)y));
    case PTX_BF16: return ptx_f32_bf16(ptx_bf16_f32((uint16_t)x) + ptx_bf16_f32((uint16_t)y));
    case PTX_F16X2:
        return add_float(PTX_F16, x & 0xffff, y & 0xffff) |
               add_float(PTX_F16, x >> 16 & 0xffff, y >> 16 & 0xffff) << 16;
    case PTX_BF16X2:
        return add_float(PTX_BF16, x & 0xffff, y & 0xffff) |
               add_float(PTX_BF16, x >> 16 & 0xffff, y >> 16 & 0xffff) << 16;
    default:
        memcpy(&p, &x, sizeof p);
        memcpy(&q, &y, sizeof q);
        p += q;
        memcpy(&x, &p, sizeof x);
        return x;
    }
}

static bool is_float(enum ptx_type t)
{
    return t == PTX_F32 || t == PTX_F64 || t == PTX_F16 || t == PTX_BF16 || t == PTX_F16X2 ||
           t == PTX_BF16X2;
}

static bool is_less(enum ptx_type type, uint64_t x, uint64_t y)
{
    if (type == PTX_S32) return (int32_t)x < (int32_t)y;
    if (type == PTX_S64) return (int64_t)x < (int64_t)y;
    return x < y;
}

static uint64_t apply(const struct ptx_inst *i, uint64_t old, uint64_t b, uint64_t c)
{
    const enum ptx_type type = (enum ptx_type)i->type;
    switch ((enum op)i->op) {
    case ADD: return is_float(type) ? add_float(type, old, b) : old + b;
    case AND: return old & b;
    case OR: return old | b;
    case XOR: return old ^ b;
    case EXCH: return b;
    case CAS: return old == b ? c : old;
    case INC: return old >= b ? 0 : old + 1;
    case DEC: return old == 0 || old > b ? b : old - 1;
    case MIN: return is_less(type, b, old) ? b : old;
    case MAX: return is_less(type, old, b) ? b : old;
    }
    return old;
}

static uint64_t read_slot(const struct ptx_warp *w, int32_t slot, uint32_t n, uint32_t lane)
{
    if (n == 8) return ptx_r64(w, slot)[lane];
    return n == 4 ? ptx_r32(w, slot)[lane] : ptx_r16(w, slot)[lane];
}

static void write_slot(struct ptx_warp *w, int32_t slot, uint32_t n, uint32_t lane, uint64_t v)
{
    if (n == 8)
        ptx_r64(w, slot)[lane] = v;
    else if (n == 4)
        ptx_r32(w, slot)[lane] = (uint32_t)v;
    else
        ptx_r16(w, slot)[lane] = (uint16_t)v;
}

/* slots: destinations, then values b, then values c; i->vec of each. */
PTX_HANDLER(atomic)
{
    const uint32_t n = ptx_type_bytes((enum ptx_type)i->type);
    bool shared = false;
    for (uint32_t l = 0; l < PTX_LANES; l++) {
        if (!(mask >> l & 1)) continue;
        uint64_t address = ptx_lane_address(w, i, l);
        enum ptx_space space = (enum ptx_space)i->space;
        if (space == PTX_GENERIC) space = ptx_resolve(address, &address);
        if (space != PTX_SHARED && space != PTX_GLOBAL)
            return ptx_fault(w, (int)l, PTX_FAULT_ADDRESS,
                             "an atomic on 0x%llx, neither global "
                             "nor shared memory",
                             (unsigned long long)address);
        unsigned char *at = space == PTX_SHARED ? ptx_strong(w, l, address, n * i->vec, true)
                                                : ptx_global(w, l, address, n * i->vec, true);
        if (!at) return PTX_FAULTED;
        if (space == PTX_SHARED && !shared) {
            ptx_acquire(w, &w->block->strong);
            ptx_release(w, &w->block->strong);
            shared = true;
        }
        for (uint32_t k = 0; k < i->vec; k++) {
            uint64_t old = 0;
            memcpy(&old, at + k * n, n);
            const uint64_t b = read_slot(w, i->slots[i->vec + k], n, l);
            const uint64_t c = read_slot(w, i->slots[2 * i->vec + k], n, l);
            const uint64_t now = apply(i, old, b, c);
            memcpy(at + k * n, &now, n);
            write_slot(w, i->slots[k], n, l, old);
        }
    }
    /* A lock or a counter that others spin on. */
    return i->op == CAS || i->op == EXCH ? PTX_YIELD : PTX_NEXT;
}

static bool check(struct ptx_decoder *d, struct ptx_statement *s, int op, enum ptx_type type,
                  uint32_t n, uint32_t *out_n)
{
    const uint32_t bytes = ptx_type_bytes(type);
    if (op < 0) return ptx_refuse(d, s, "which operation?");
    if (bytes < 2 || bytes > 8 || (bytes == 2 && op != CAS && !is_float(type)))
        return ptx_refuse(d, s, "no atomics of this type");
    if (is_float(type) && op != ADD) return ptx_refuse(d, s, "only .add of floats");
    if ((op == INC || op == DEC) && type != PTX_U32) return ptx_refuse(d, s, "only of .u32");
    if (n > 1 && (!is_float(type) || bytes * n > 16)) return ptx_refuse(d, s, "no such vector");
    *out_n = n;
    return true;
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    static const char *const VECTORS[] = {"v2", "v4", "v8", NULL};
    const bool is_red = s->name[0] == 'r';
    if (ptx_mod(s, "async")) return false; /* another table's */
    const int said = ptx_mod_of(s, SPACES), op = ptx_mod_of(s, NAMES);
    while (ptx_mod_of(s, HINTS) >= 0) {
    }
    const int vector = ptx_mod_of(s, VECTORS);
    const enum ptx_type type = ptx_mod_type(s);
    const uint32_t first = is_red ? 0 : 1, needed = first + 2 + (op == CAS);
    uint32_t n = 1;
    if (!check(d, s, op, type, vector < 0 ? 1 : 2u << vector, &n) ||
        !ptx_arity(d, s, needed, needed + 1))
        return false;
    int32_t *slots = ptx_decode_alloc(d, 3 * n * sizeof *slots); /* 0: the sink */
    const int32_t *part;
    if (!slots) return false;
    const enum ptx_type held = ptx_type_bytes(type) == 2 ? PTX_B16 : type;
    if (!is_red) {
        if (!ptx_vector(d, s, 0, n, held, true, &part)) return false;
        memcpy(slots, part, n * sizeof *slots);
    }
    if (!ptx_vector(d, s, first + 1, n, held, false, &part)) return false;
    memcpy(slots + n, part, n * sizeof *slots);
    if (op == CAS) {
        if (!ptx_vector(d, s, first + 2, n, held, false, &part)) return false;
        memcpy(slots + 2 * n, part, n * sizeof *slots);
    }
    struct ptx_inst *i = ptx_emit(d, s, atomic);
    if (!i) return false;
    i->slots = slots;
    i->vec = (uint8_t)n;
    i->type = (uint8_t)type;
    i->op = (uint8_t)op;
    const struct ptx_symbol *symbol = s->operands[first].symbol;
    i->space = (uint8_t)(said < 0 ? PTX_GENERIC : SPACE_OF[said]);
    if (symbol && symbol->space != (enum ptx_space)i->space)
        return ptx_refuse(d, s, "%s is in another space", symbol->name);
    return ptx_address(d, s, first, i) && ptx_done(d, s);
}

const struct ptx_op ptx_ops_atomic[] = {{"atom", decode}, {"red", decode}, {0}};
