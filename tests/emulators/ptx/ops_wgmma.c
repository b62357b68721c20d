/* SPDX-License-Identifier: MIT */
/* The wgmma instructions. */
#include <stdio.h>

#include "tests/emulators/ptx/wgmma.h"

/* A's fragment in registers as rows of 32 bytes. */
static void gather_a(const struct ptx_warp *w, const struct wgmma_form *f,
                     unsigned char (*a)[WGMMA_K_BYTES])
{
    for (uint32_t lane = 0; lane < PTX_LANES; lane++)
        for (uint32_t r = 0; r < 4; r++) {
            const uint32_t value = ptx_r32(w, f->a[r])[lane];
            /* each register holds 4 bytes of K: of 16, lane % 4 chooses, r / 2 the upper 16 */
            memcpy(a[lane / 4 + 8 * (r % 2)] + 4 * (lane % 4) + 16 * (r / 2), &value, 4);
        }
}

static enum ptx_next run_mma(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    const struct wgmma_form *f = i->extra;
    unsigned char a[WGMMA_WARP_ROWS][WGMMA_K_BYTES], b[WGMMA_MAX_N][WGMMA_K_BYTES];
    const uint32_t lane = (uint32_t)__builtin_ctz(mask);
    if (w->block->n_warps < (w->id / 4 + 1) * 4)
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC,
                         "warp %u is in no whole warpgroup of four", w->id);
    const struct wgmma_tile tiles[2] = {
        {.descriptor = f->a == NULL ? ptx_r64(w, f->a_desc)[lane] : 0,
         .first_row = w->id % 4 * WGMMA_WARP_ROWS,
         .n_rows = WGMMA_WARP_ROWS,
         .mn_major = f->a_mn_major},
        {.descriptor = ptx_r64(w, f->b_desc)[lane], .n_rows = f->n, .mn_major = f->b_mn_major}};
    const uint32_t keep = *ptx_rpred(w, f->scale_d) & mask;
    if (keep != 0 && keep != mask)
        return ptx_fault(w, PTX_ALL_LANES_ID, PTX_FAULT_SYNC, "lanes differ in scale-d");
    for (uint32_t l = 0; f->a == NULL && l < PTX_LANES; l++)
        if (ptx_r64(w, f->a_desc)[l] != tiles[0].descriptor)
            return ptx_fault(w, (int)l, PTX_FAULT_SYNC, "lanes differ in the descriptor of A");
    for (uint32_t l = 0; l < PTX_LANES; l++)
        if (ptx_r64(w, f->b_desc)[l] != tiles[1].descriptor)
            return ptx_fault(w, (int)l, PTX_FAULT_SYNC, "lanes differ in the descriptor of B");
    if (!wgmma_begin(w, f, tiles)) return PTX_FAULTED;
    if (f->a != NULL)
        gather_a(w, f, a);
    else if (!wgmma_walk(w, &tiles[0], 1, a))
        return PTX_FAULTED;
    if (!wgmma_walk(w, &tiles[1], 1, b)) return PTX_FAULTED;
    wgmma_multiply(w, f, a, b, keep != 0);
    return PTX_NEXT;
}

static enum ptx_next run_fence(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)i;
    (void)mask;
    return wgmma_fence(w) ? PTX_NEXT : PTX_FAULTED;
}

static enum ptx_next run_commit(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)i;
    (void)mask;
    return wgmma_commit(w) ? PTX_NEXT : PTX_FAULTED;
}

static enum ptx_next run_wait(struct ptx_warp *w, const struct ptx_inst *i, uint32_t mask)
{
    (void)mask;
    return wgmma_wait(w, (uint32_t)i->offset) ? PTX_NEXT : PTX_FAULTED;
}

bool wgmma_is(const struct ptx_inst *i)
{
    return i->run == run_mma || i->run == run_fence || i->run == run_commit || i->run == run_wait;
}

/* m64nNkK: N, a multiple of 8 up to 256; 0 when there is none. */
static uint32_t read_shape(struct ptx_statement *s, uint32_t *out_k)
{
    for (uint32_t i = 0; i < s->n_mods; i++) {
        unsigned n = 0, k = 0;
        if (sscanf(s->mods[i], "m64n%uk%u", &n, &k) != 2) continue;
        s->used |= 1u << i;
        *out_k = k;
        return n >= 8 && n <= WGMMA_MAX_N && n % 8 == 0 ? n : 0;
    }
    return 0;
}

static const struct {
    enum ptx_type d, a, b;
    uint32_t k;
} FORMS[] = {
    {PTX_F32, PTX_BF16, PTX_BF16, 16}, {PTX_F32, PTX_F16, PTX_F16, 16},
    {PTX_F16, PTX_F16, PTX_F16, 16},   {PTX_F32, PTX_TF32, PTX_TF32, 8},
    {PTX_F32, PTX_E4M3, PTX_E4M3, 32}, {PTX_F32, PTX_E4M3, PTX_E5M2, 32},
    {PTX_F32, PTX_E5M2, PTX_E4M3, 32}, {PTX_F32, PTX_E5M2, PTX_E5M2, 32},
    {PTX_F16, PTX_E4M3, PTX_E4M3, 32}, {PTX_F16, PTX_E4M3, PTX_E5M2, 32},
    {PTX_F16, PTX_E5M2, PTX_E4M3, 32}, {PTX_F16, PTX_E5M2, PTX_E5M2, 32},
    {PTX_S32, PTX_S8, PTX_S8, 32},     {PTX_S32, PTX_S8, PTX_U8, 32},
    {PTX_S32, PTX_U8, PTX_S8, 32},     {PTX_S32, PTX_U8, PTX_U8, 32},
};

static bool read_types(struct ptx_decoder *d, struct ptx_statement *s, struct wgmma_form *f)
{
    uint32_t k = 0;
    f->n = read_shape(s, &k);
    f->saturate = ptx_mod(s, "satfinite");
    f->d_type = ptx_mod_type(s);
    f->a_type = ptx_mod_type(s);
    f->b_type = ptx_mod_type(s);
    for (size_t i = 0; f->n > 0 && i < sizeof FORMS / sizeof FORMS[0]; i++)
        if (FORMS[i].d == f->d_type && FORMS[i].a == f->a_type && FORMS[i].b == f->b_type &&
            FORMS[i].k == k)
            return true;
    return ptx_refuse(d, s, "no such shape and types");
}

/* An immediate that is one of two values. */
static bool read_flag(struct ptx_decoder *d, struct ptx_statement *s, uint32_t index, int64_t yes,
                      int64_t no, bool *out)
{
    int64_t value = 0;
    if (!ptx_immediate(d, s, index, &value)) return false;
    *out = value == yes;
    return value == yes || value == no ||
           ptx_refuse(d, s, "operand %u: %lld", index, (long long)value);
}

static bool read_scales(struct ptx_decoder *d, struct ptx_statement *s, struct wgmma_form *f)
{
    if (f->d_type == PTX_S32) return ptx_arity(d, s, 4, 4);
    const bool can_transpose = f->a_type == PTX_BF16 || f->a_type == PTX_F16;
    const uint32_t n = can_transpose ? 7u + (f->a == NULL) : 6;
    if (!ptx_arity(d, s, n, n)) return false;
    if (!read_flag(d, s, 4, -1, 1, &f->negate_a) || !read_flag(d, s, 5, -1, 1, &f->negate_b))
        return false;
    uint32_t next = 6;
    if (can_transpose && f->a == NULL && !read_flag(d, s, next++, 1, 0, &f->a_mn_major))
        return false;
    return !can_transpose || read_flag(d, s, next, 1, 0, &f->b_mn_major);
}

static bool decode_mma(struct ptx_decoder *d, struct ptx_statement *s)
{
    struct wgmma_form *f = ptx_decode_alloc(d, sizeof *f);
    if (f == NULL || !ptx_arity(d, s, 4, 8) || !read_types(d, s, f)) return false;
    f->n_d = f->d_type == PTX_F16 ? f->n / 4 : f->n / 2;
    const enum ptx_type d_register = f->d_type == PTX_F16 ? PTX_B32 : f->d_type;
    if (!ptx_vector(d, s, 0, f->n_d, d_register, true, &f->d)) return false;
    if (s->operands[1].kind == PTX_O_VEC) {
        if (!ptx_vector(d, s, 1, 4, PTX_B32, false, &f->a)) return false;
    } else if (!ptx_source(d, s, 1, PTX_B64, &f->a_desc)) {
        return false;
    }
    if (!ptx_source(d, s, 2, PTX_B64, &f->b_desc) || !ptx_source(d, s, 3, PTX_PRED, &f->scale_d))
        return false;
    if (!read_scales(d, s, f)) return false;
    struct ptx_inst *i = ptx_emit(d, s, run_mma);
    if (i == NULL) return false;
    i->extra = f;
    i->sync = PTX_SYNC_FULL;
    return ptx_done(d, s);
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s)
{
    int64_t n = 0;
    const bool is_mma = ptx_mod(s, "mma_async"), is_wait = ptx_mod(s, "wait_group");
    const bool is_fence = ptx_mod(s, "fence");
    if (!is_mma && !is_wait && !is_fence && !ptx_mod(s, "commit_group"))
        return ptx_refuse(d, s, "not a form known here");
    if (!ptx_mod(s, "sync") || !ptx_mod(s, "aligned")) return ptx_refuse(d, s, "not .sync.aligned");
    if (is_mma) return decode_mma(d, s);
    if (!ptx_arity(d, s, is_wait, is_wait)) return false;
    if (is_wait && !ptx_immediate(d, s, 0, &n)) return false;
    struct ptx_inst *i = ptx_emit(d, s, is_fence ? run_fence : is_wait ? run_wait : run_commit);
    if (i == NULL) return false;
    i->offset = n;
    i->sync = PTX_SYNC_FULL;
    return ptx_done(d, s);
}

const struct ptx_op ptx_ops_wgmma[] = {{"wgmma", decode}, {NULL, NULL}};
