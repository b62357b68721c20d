/* SPDX-License-Identifier: MIT */
/* Decoding of opcodes that a table lists whole. */
#include "tests/emulators/ptx/ptx_lanes.h"

bool ptx_decode_row(struct ptx_decoder *d, struct ptx_statement *s, const struct ptx_row *rows)
{
    int32_t dest = 0, src[4] = {0};
    uint32_t n = 0;
    while (rows->opcode && strcmp(rows->opcode, s->opcode)) rows++;
    if (!rows->opcode) return false;
    while (n < 4 && rows->src[n]) n++;
    if (!ptx_arity(d, s, n + 1, n + 1) || !ptx_dest(d, s, 0, (enum ptx_type)rows->d, &dest))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!ptx_source(d, s, i + 1, (enum ptx_type)rows->src[i], &src[i])) return false;
    struct ptx_inst *i = ptx_emit(d, s, rows->run);
    if (!i) return false;
    i->d = dest;
    i->a = src[0];
    i->b = src[1];
    i->c = src[2];
    i->x = src[3];
    i->op = rows->op;
    i->type = rows->src[0];
    i->type2 = rows->d;
    return true;
}
