/* SPDX-License-Identifier: MIT */
/* mma.sync.
 *
 * With P elements in a register, lane l = 4 g + t: register r of A holds row g + 8 (r % 2),
 * columns 4 P (r / 2) + P t and on; register r of B holds column g, rows 4 P r + P t and on;
 * register r of the f32 or s32 accumulator holds row g + 8 (r / 2), column 2 t + r % 2. So the 32
 * lanes of a register of A or B, read on as elements, are rows (columns) of 4 P elements. */
#include "tests/emulators/ptx/ptx_float.h"
#include "tests/emulators/ptx/ptx_lanes.h"

enum { MAX_K = 64 };
typedef float v8f __attribute__((vector_size(32)));
typedef int32_t v8i __attribute__((vector_size(32)));

/* A register's elements (32 P of them) as f32. */
static void widen(enum ptx_type type, const void *reg, float *out)
{
    const uint16_t *half = reg;
    const uint8_t *byte = reg;
    const uint32_t *word = reg;
    switch (type) {
    case PTX_BF16: PTX_VECTOR for (int e = 0; e < 64; e++) out[e] = ptx_bf16_f32(half[e]); break;
    case PTX_F16: PTX_VECTOR for (int e = 0; e < 64; e++) out[e] = ptx_f16_f32(half[e]); break;
    case PTX_E4M3:
        for (int e = 0; e < 128; e++) out[e] = ptx_e4m3_f32(byte[e]);
        break;
    case PTX_E5M2:
        for (int e = 0; e < 128; e++) out[e] = ptx_e5m2_f32(byte[e]);
        break;
    default: /* tf32: what is below its mantissa does not count */
        PTX_VECTOR for (int e = 0; e < 32; e++) out[e] = ptx_f32_of(word[e] & 0xffffe000u);
        break;
    }
}

static void widen_integer(enum ptx_type type, const void *reg, int32_t *out)
{
    const uint8_t *byte = reg;
    const int8_t *with_sign = reg;
    switch (type) {
    case PTX_U8:
        for (int e = 0; e < 128; e++) out[e] = byte[e];
        break;
    case PTX_S8:
        for (int e = 0; e < 128; e++) out[e] = with_sign[e];
        break;
    case PTX_U4:
        for (int e = 0; e < 256; e++) out[e] = byte[e / 2] >> 4 * (e % 2) & 15;
        break;
    default:
        for (int e = 0; e < 256; e++) out[e] = (int8_t)(byte[e / 2] << 4 * (1 - e % 2)) >> 4;
        break;
    }
}

struct shape {
    uint8_t m, k, per; /* rows, depth, elements of a register */
    uint8_t n_a, n_b, n_c;
    uint8_t type_a, type_b, type_c, type_d;
    bool saturate;
};

static void load_c(const struct ptx_warp *w, const struct ptx_inst *i, const struct shape *s,
                   v8f c[16])
{
    for (uint32_t r = 0; r < s->n_c; r++) {
        const int32_t slot = i->slots[s->n_c + r];
        for (int l = 0; l < PTX_LANES; l++) {
            const int row = l / 4, column = 2 * (l % 4);
            if (s->type_c == PTX_F32) {
                c[row + 8 * (r / 2)][column + (int)(r % 2)] = ptx_rf32(w, slot)[l];
            } else {
                const uint32_t pair = ptx_r32(w, slot)[l];
                c[row + 8 * (int)r][column] = ptx_f16_f32((uint16_t)pair);
                c[row + 8 * (int)r][column + 1] = ptx_f16_f32((uint16_t)(pair >> 16));
            }
        }
    }
}

static void store_d(struct ptx_warp *w, const struct ptx_inst *i, const struct shape *s,
                    const v8f c[16])
{
    for (uint32_t r = 0; r < s->n_c; r++) {
        const int32_t slot = i->slots[r];
        for (int l = 0; l < PTX_LANES; l++) {
            const int row = l / 4, column = 2 * (l % 4);
            if (s->type_d == PTX_F32)
                ptx_rf32(w, slot)[l] = c[row + 8 * (r / 2)][column + (int)(r % 2)];
            else
                ptx_r32(w, slot)[l] = ptx_f32_f16(c[row + 8 * (int)r][column]) |
                                      (uint32_t)ptx_f32_f16(c[row + 8 * (int)r][column + 1]) << 16;
        }
    }
}

/* slots: d, c, a, b */
#define SLOT_A(i, s, r) ((i)->slots[2 * (s)->n_c + (r)])
#define SLOT_B(i, s, r) ((i)->slots[2 * (s)->n_c + (s)->n_a + (r)])

PTX_HANDLER(run_float)
{
    const struct shape *s = i->extra;
    const uint32_t width = 4u * s->per, tall = s->m / 8u;
    float a[16][MAX_K], columns[8][MAX_K], out[256];
    v8f b[MAX_K], c[16];
    (void)mask;
    for (uint32_t r = 0; r < s->n_a; r++) {
        widen((enum ptx_type)s->type_a, w->regs + SLOT_A(i, s, r), out);
        for (uint32_t g = 0; g < 8; g++)
            memcpy(&a[g + 8 * (r % tall)][r / tall * width], out + g * width, width * sizeof *out);
    }
    for (uint32_t r = 0; r < s->n_b; r++) {
        widen((enum ptx_type)s->type_b, w->regs + SLOT_B(i, s, r), out);
        for (uint32_t g = 0; g < 8; g++)
            memcpy(&columns[g][r * width], out + g * width, width * sizeof *out);
    }
    for (uint32_t k = 0; k < s->k; k++)
        for (int g = 0; g < 8; g++) b[k][g] = columns[g][k];
    load_c(w, i, s, c);
    for (uint32_t row = 0; row < s->m; row++) {
        v8f sum = c[row];
        for (uint32_t k = 0; k < s->k; k++) sum += a[row][k] * b[k];
        c[row] = sum;
    }
    store_d(w, i, s, c);
    return PTX_NEXT;
}

PTX_HANDLER(run_integer)
{
    const struct shape *s = i->extra;
    const uint32_t width = 4u * s->per, tall = s->m / 8u;
    int32_t a[16][MAX_K], columns[8][MAX_K], out[256];
    (void)mask;
    for (uint32_t r = 0; r < s->n_a; r++) {
        widen_integer((enum ptx_type)s->type_a, w->regs + SLOT_A(i, s, r), out);
        for (uint32_t g = 0; g < 8; g++)
            memcpy(&a[g + 8 * (r % tall)][r / tall * width], out + g * width, width * sizeof *out);
    }
    for (uint32_t r = 0; r < s->n_b; r++) {
        widen_integer((enum ptx_type)s->type_b, w->regs + SLOT_B(i, s, r), out);
        for (uint32_t g = 0; g < 8; g++)
            memcpy(&columns[g][r * width], out + g * width, width * sizeof *out);
    }
    for (uint32_t r = 0; r < s->n_c; r++) {
        int32_t results[PTX_LANES];
        for (int l = 0; l < PTX_LANES; l++) {
            const int32_t *row = a[l / 4 + 8 * (int)(r / 2)];
            const int32_t *column = columns[2 * (l % 4) + (int)(r % 2)];
            int64_t sum = 0;
            for (uint32_t k = 0; k < s->k; k++) sum += (int64_t)row[k] * column[k];
            sum += (int32_t)ptx_r32(w, i->slots[s->n_c + r])[l];
            if (s->saturate && sum > INT32_MAX) sum = INT32_MAX;
            if (s->saturate && sum < INT32_MIN) sum = INT32_MIN;
            results[l] = (int32_t)(uint32_t)(uint64_t)sum;
        }
        memcpy(ptx_r32(w, i->slots[r]), results, sizeof results);
    }
    return PTX_NEXT;
}

/* f64: one element a register. */
PTX_HANDLER(run_double)
{
    const struct shape *s = i->extra;
    const uint32_t tall = s->m / 8u;
    double a[16][16], b[16][8];
    (void)mask;
    for (uint32_t r = 0; r < s->n_a; r++)
        for (uint32_t l = 0; l < PTX_LANES; l++)
            a[l / 4 + 8 * (r % tall)][r / tall * 4 + l % 4] =
                PTX_LANES_OF(double, SLOT_A(i, s, r))[l];
    for (uint32_t r = 0; r < s->n_b; r++)
        for (uint32_t l = 0; l < PTX_LANES; l++)
            b[r * 4 + l % 4][l / 4] = PTX_LANES_OF(double, SLOT_B(i, s, r))[l];
    for (uint32_t r = 0; r < s->n_c; r++)
        for (uint32_t l = 0; l < PTX_LANES; l++) {
            double sum = PTX_LANES_OF(double, i->slots[s->n_c + r])[l];
            for (uint32_t k = 0; k < s->k; k++)
                sum = __builtin_fma(a[l / 4 + 8 * (r / 2)][k], b[k][2 * (l % 4) + r % 2], sum);
            PTX_LANES_OF(double, i->slots[r])[l] = sum;
        }
    return PTX_NEXT;
}

/* ---- decoding ---- */

static const struct {
    const char *name;
    uint8_t m, k;
} SIZES[] = {
    {"m16n8k4", 16, 4},   {"m16n8k8", 16, 8}, {"m16n8k16", 16, 16}, {"m16n8k32", 16, 32},
    {"m16n8k64", 16, 64}, {"m8n8k4", 8, 4},   {"m8n8k16", 8, 16},   {"m8n8k32", 8, 32},
};

static uint32_t per_register(enum ptx_type t)
{
    switch (t) {
    case PTX_F16:
    case PTX_BF16: return 2;
    case PTX_E4M3:
    case PTX_E5M2:
    case PTX_S8:
    case PTX_U8: return 4;
    case PTX_S4:
    case PTX_U4: return 8;
    case PTX_TF32:
    case PTX_F64: return 1;
    default: return 0;
    }
}

static bool is_integer(enum ptx_type t)
{
    return t == PTX_S8 || t == PTX_U8 || t == PTX_S4 || t == PTX_U4;
}

/* Types that exist together, and depths that the type has: 16 to 32 bytes of a row. */
static bool check_shape(struct ptx_decoder *d, struct ptx_statement *s, const struct shape *p)
{
    const enum ptx_type a = (enum ptx_type)p->type_a, b = (enum ptx_type)p->type_b;
    const uint32_t row = p->k / (4u * p->per); /* registers of a row */
    const bool eight = (a == PTX_E4M3 || a == PTX_E5M2) && (b == PTX_E4M3 || b == PTX_E5M2);
    const bool same = a == b || eight || (is_integer(a) && is_integer(b));
    const bool acc32 = p->type_c == PTX_F32 || p->type_c == PTX_F16;
    if (!same || per_register(b) != p->per || p->k % (4u * p->per) || !row || row > 4)
        return ptx_refuse(d, s, "no such combination of types and shape");
    if (is_integer(a))
        return p->type_c == PTX_S32 && p->type_d == PTX_S32 && row <= 2
                   ? true
                   : ptx_refuse(d, s, "integers accumulate in .s32");
    if (a == PTX_F64)
        return p->type_c == PTX_F64 && p->type_d == PTX_F64
                   ? true
                   : ptx_refuse(d, s, "f64 accumulates in .f64");
    if (p->m != 16 || row > 2) return ptx_refuse(d, s, "no such shape of this type");
    if (!acc32 || (p->type_d != PTX_F32 && p->type_d != PTX_F16) || p->type_c != p->type_d ||
        (p->type_c == PTX_F16 && (a == PTX_BF16 || a == PTX_TF32)))
        return ptx_refuse(d, s, "no such accumulator");
    return true;
}

static bool take_registers(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index,
                           uint32_t n, enum ptx_type type, bool is_dest, int32_t *slots)
{
    const int32_t *part;
    if (!ptx_vector(d, s, index, n, type, is_dest, &part)) return false;
    memcpy(slots, part, n * sizeof *slots);
    return true;
}

static bool decode_mma(struct ptx_decoder *d, struct ptx_statement *s)
{
    struct shape *p = ptx_decode_alloc(d, sizeof *p);
    if (!p) return false;
    if (!ptx_mod(s, "sync") || !ptx_mod(s, "aligned"))
        return ptx_refuse(d, s, ".sync.aligned is missing");
    for (size_t k = 0; k < sizeof SIZES / sizeof *SIZES; k++)
        if (ptx_mod(s, SIZES[k].name)) {
            p->m = SIZES[k].m;
            p->k = SIZES[k].k;
        }
    if (!p->m) return ptx_refuse(d, s, "a shape that is not known here");
    if (!ptx_mod(s, "row") || !ptx_mod(s, "col")) return ptx_refuse(d, s, "only .row.col");
    ptx_mod(s, "kind::f8f6f4");
    p->saturate = ptx_mod(s, "satfinite");
    p->type_d = (uint8_t)ptx_mod_type(s);
    p->type_a = (uint8_t)ptx_mod_type(s);
    p->type_b = (uint8_t)ptx_mod_type(s);
    p->type_c = (uint8_t)ptx_mod_type(s);
    p->per = (uint8_t)per_register((enum ptx_type)p->type_a);
    if (!p->per) return ptx_refuse(d, s, "a type that is not known here");
    if (!check_shape(d, s, p)) return false;
    p->n_b = (uint8_t)(p->k / (4 * p->per));
    p->n_a = (uint8_t)(p->n_b * (p->m / 8));
    p->n_c = (uint8_t)(p->m / 8 * (p->type_c == PTX_F16 ? 1 : 2));
    const bool wide = p->type_a == PTX_F64;
    const enum ptx_type held = wide ? PTX_F64 : PTX_B32;
    int32_t *slots = ptx_decode_alloc(d, (2u * p->n_c + p->n_a + p->n_b) * sizeof *slots);
    if (!slots || !ptx_arity(d, s, 4, 4) || !take_registers(d, s, 0, p->n_c, held, true, slots) ||
        !take_registers(d, s, 3, p->n_c, held, false, slots + p->n_c) ||
        !take_registers(d, s, 1, p->n_a, held, false, slots + 2 * p->n_c) ||
        !take_registers(d, s, 2, p->n_b, held, false, slots + 2 * p->n_c + p->n_a))
        return false;
    ptx_run run = is_integer((enum ptx_type)p->type_a) ? run_integer : run_float;
    struct ptx_inst *i = ptx_emit(d, s, wide ? run_double : run);
    if (!i) return false;
    i->slots = slots;
    i->extra = p;
    i->sync = PTX_SYNC_FULL;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_matrix[] = {
    {"mma", decode_mma},
    {"ldmatrix", ptx_decode_ldmatrix},
    {"stmatrix", ptx_decode_stmatrix},
    {"movmatrix", ptx_decode_movmatrix},
    {0},
};
