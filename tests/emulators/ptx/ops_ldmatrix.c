/* SPDX-License-Identifier: MIT */
/* ldmatrix, stmatrix, movmatrix of 8 x 8 matrices of 16 bits.
 *
 * Register r of the 32 lanes, read on as 64 halves, is matrix r row by row (ldmatrix), or column
 * by column (.trans); lane 8 r + j gives the address of its row j. */
#include "tests/emulators/ptx/ptx_lanes.h"

static void transpose(const uint16_t in[64], uint16_t out[64])
{
    for (int row = 0; row < 8; row++)
        for (int column = 0; column < 8; column++) out[8 * column + row] = in[8 * row + column];
}

/* The shared address that a lane gives. */
static bool row_address(struct ptx_warp *w, const struct ptx_inst *i, uint32_t lane, uint64_t *out)
{
    *out = ptx_lane_address(w, i, lane);
    if (i->space == PTX_GENERIC && ptx_resolve(*out, out) != PTX_SHARED) {
        ptx_fault(w, (int)lane, PTX_FAULT_ADDRESS, "0x%llx is no address of shared memory",
                  (unsigned long long)*out);
        return false;
    }
    if (*out % 16 == 0) return true;
    ptx_fault(w, (int)lane, PTX_FAULT_MISALIGNED, "a row at shared 0x%llx: no multiple of 16",
              (unsigned long long)*out);
    return false;
}

PTX_HANDLER(load)
{
    uint16_t matrices[4][64], turned[64];
    (void)mask;
    for (uint32_t lane = 0; lane < 8u * i->vec; lane++) {
        uint64_t address;
        if (!row_address(w, i, lane, &address) || !ptx_shared_read(w, lane, address, 16))
            return PTX_FAULTED;
        memcpy(&matrices[lane / 8][lane % 8 * 8], ptx_shared(w, lane, address, 16), 16);
    }
    for (uint32_t r = 0; r < i->vec; r++) {
        if (i->op) transpose(matrices[r], turned);
        memcpy(ptx_r32(w, i->slots[r]), i->op ? turned : matrices[r], sizeof turned);
    }
    return PTX_NEXT;
}

PTX_HANDLER(store)
{
    (void)mask;
    for (uint32_t r = 0; r < i->vec; r++) {
        uint16_t matrix[64];
        if (i->op)
            transpose(ptx_r16(w, i->slots[r]), matrix);
        else
            memcpy(matrix, ptx_r16(w, i->slots[r]), sizeof matrix);
        for (uint32_t row = 0; row < 8; row++) {
            const uint32_t lane = 8 * r + row;
            uint64_t address;
            if (!row_address(w, i, lane, &address) || !ptx_shared_wrote(w, lane, address, 16))
                return PTX_FAULTED;
            memcpy(ptx_shared(w, lane, address, 16), matrix + 8 * row, 16);
        }
    }
    return PTX_NEXT;
}

PTX_HANDLER(turn)
{
    uint16_t matrix[64];
    (void)mask;
    transpose(ptx_r16(w, i->a), matrix);
    memcpy(ptx_r16(w, i->d), matrix, sizeof matrix);
    return PTX_NEXT;
}

static bool decode(struct ptx_decoder *d, struct ptx_statement *s, bool is_store)
{
    static const char *const COUNTS[] = {"x1", "x2", "x4", NULL};
    const int32_t *slots;
    if (!ptx_mod(s, "sync") || !ptx_mod(s, "aligned"))
        return ptx_refuse(d, s, ".sync.aligned is missing");
    if (!ptx_mod(s, "m8n8") || !ptx_mod(s, "b16")) return ptx_refuse(d, s, "only .m8n8 of .b16");
    const int count = ptx_mod_of(s, COUNTS);
    if (count < 0) return ptx_refuse(d, s, "how many matrices?");
    const bool trans = ptx_mod(s, "trans");
    const bool shared = ptx_mod(s, "shared") || ptx_mod(s, "shared::cta");
    const uint32_t n = 1u << count;
    if (!ptx_arity(d, s, 2, 2) ||
        !ptx_vector(d, s, is_store ? 1 : 0, n, PTX_B32, !is_store, &slots))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, is_store ? store : load);
    if (!i) return false;
    i->slots = slots;
    i->vec = (uint8_t)n;
    i->op = trans;
    i->space = shared ? PTX_SHARED : PTX_GENERIC;
    i->sync = PTX_SYNC_FULL;
    return ptx_address(d, s, is_store ? 0 : 1, i) && ptx_done(d, s);
}

bool ptx_decode_ldmatrix(struct ptx_decoder *d, struct ptx_statement *s)
{
    return decode(d, s, false);
}

bool ptx_decode_stmatrix(struct ptx_decoder *d, struct ptx_statement *s)
{
    return decode(d, s, true);
}

bool ptx_decode_movmatrix(struct ptx_decoder *d, struct ptx_statement *s)
{
    int32_t dest, a;
    if (!ptx_mod(s, "sync") || !ptx_mod(s, "aligned") || !ptx_mod(s, "m8n8") ||
        !ptx_mod(s, "trans") || !ptx_mod(s, "b16"))
        return ptx_refuse(d, s, "only .sync.aligned.m8n8.trans.b16");
    if (!ptx_arity(d, s, 2, 2) || !ptx_dest(d, s, 0, PTX_B32, &dest) ||
        !ptx_source(d, s, 1, PTX_B32, &a))
        return false;
    struct ptx_inst *i = ptx_emit(d, s, turn);
    if (!i) return false;
    i->d = dest;
    i->a = a;
    i->sync = PTX_SYNC_FULL;
    return ptx_done(d, s);
}
