$# Rows of weights as f32, a piece at a time: 8 values (4 of f32, one where VEC is 1).
$# Set w (the type) and vec before the include. Blocks lie in planes: codegen/ops/README.md.
$let w_plain = in(w, 'f32', 'f16', 'bf16')
$let w_super = in(w, 'q4_k', 'q5_k', 'q6_k')
$let w_fifth = in(w, 'q5_0', 'q5_1', 'q5_k')
$let w_min = in(w, 'q4_1', 'q5_1')
$let w_table = in(w, 'iq4_nl', 'mxfp4')
$let PIECE = !w_plain ? 8 : vec == 1 ? 1 : w == 'f32' ? 4 : 8
$# Where the parts of a row begin, times 32 of k: upper bits, scales.
$let w_upper = 16
$let w_scales = w == 'q8_0' ? 32 : w == 'q6_k' ? 24 : w_fifth ? 20 : 16
$let w_unit = w == 'q8_0' ? 34 : in(w, 'q4_0', 'iq4_nl', 'q4_k') ? 18 : w == 'q4_1' ? 20 : 17
$let w_unit = w == 'q5_0' || w == 'q5_k' ? 22 : w == 'q5_1' ? 24 : w_unit
#define W_PIECE ${PIECE}

// Bytes from row to row.
KT_DEV u64 w_stride(u32 k)
{
$if w == 'f32'
    return (u64)k * 4;
$elif w == 'f16'
    return (u64)k * 2;
$elif w == 'bf16'
    return (u64)(k + k % 2) * 2;
$elif w == 'q6_k'
    return ((u64)(k / 256) * 210 + 15) / 16 * 16;
$else
    return ((u64)(k / 32) * ${w_unit} + 15) / 16 * 16;
$end
}

$if w_table
// Four bytes of the table for the four nibbles that a word has in its bytes.
KT_DEV u32 w_lookup(u32 word)
{
$if w == 'mxfp4'
    const u64 low = 0x0c08060403020100ull, high = 0xf4f8fafcfdfeff00ull;
$else
    const u64 low = 0xf6eaddcfbfad9881ull, high = 0x7159453526190d01ull;
$end
    u32 out = 0;
    KT_UNROLL
    for (u32 j = 0; j < 4; j++) {
        const u32 at = word >> 8 * j & 15u;
        const u64 half = at & 8u ? high : low;
        out |= (u32)(half >> 8 * (at & 7u) & 255u) << 8 * j;
    }
    return out;
}
$end

$if w == 'mxfp4'
// 2^(e - 128): the table holds values twice as large.
KT_DEV float w_exponent(u32 e)
{
    return kt_as_f32(e < 2 ? 0x00200000u << e : e - 1 << 23);
}
$end

struct w_piece {
$if w_plain
    u32 q[4];
$else
    u32 q[2], upper[2], scale, group, mins;
$end
};

$if w_super
// d and dmin; the 6 bits of the scale and of the min of unit `b` out of 8: codegen/ops/README.md.
KT_DEV void w_load_super(const u8 *row, u32 k, u32 unit, u32 *scale, u32 *group, u32 *mins)
{
$if w == 'q6_k'
    *scale = *(const u16 *)(row + (u64)(k / 32) * ${w_scales} + 2 * unit);
    *group = *(const u16 *)(row + (u64)(k / 32) * 26 + 2 * (unit / 8));
    *mins = 0;
$else
    const u8 *at = row + (u64)(k / 32) * ${w_scales} + 16 * (unit / 8);
    *group = *(const u32 *)at;
    *scale = at[4 + unit % 8];
    *mins = at[12 + unit % 4] >> (unit & 4u);
$end
}

// What q6_k multiplies the two halves of a unit by; else the scale and what is taken off.
KT_DEV void w_super_scales(u32 scale, u32 group, u32 mins, float *first, float *second)
{
$if w == 'q6_k'
    const float d = kt_h_f32((u16)group);
    *first = d * (float)(i8)(scale & 255u);
    *second = d * (float)(i8)(scale >> 8);
$else
    *first = kt_h_low(group) * (float)(scale & 63u);
    *second = kt_h_high(group) * (float)((mins & 15u) | (scale >> 6) << 4);
$end
}
$end

$if !w_plain
// The scale of a unit of 32 values, as it is stored.
KT_DEV void w_load_scale(const u8 *row, u32 k, u32 unit, u32 *scale, u32 *group, u32 *mins)
{
$if w_super
    w_load_super(row, k, unit, scale, group, mins);
$else
    const u8 *at = row + (u64)(k / 32) * ${w_scales};
    *group = *mins = 0;
$if w_min
    *scale = *(const u32 *)(at + 4 * unit);
$elif w == 'mxfp4'
    *scale = at[unit];
$else
    *scale = *(const u16 *)(at + 2 * unit);
$end
$end
}

KT_DEV void w_scales(u32 scale, u32 group, u32 mins, float *first, float *second)
{
$if w_super
    w_super_scales(scale, group, mins, first, second);
$elif w == 'mxfp4'
    *first = *second = w_exponent(scale);
$elif w_min
    *first = kt_h_low(scale);
    *second = kt_h_high(scale);
$else
    *first = *second = kt_h_f32((u16)scale);
$end
}
$end

// Where the first and the second four values of a piece stand in the row.
KT_DEV u32 w_first(u32 piece)
{
$if w_plain || w == 'q8_0'
    return piece * W_PIECE;
$else
    return piece / 4 * 32 + piece % 4 * 4;
$end
}

KT_DEV u32 w_second(u32 piece)
{
$if w_plain || w == 'q8_0'
    return piece * W_PIECE + 4;
$else
    return w_first(piece) + 16;
$end
}

KT_DEV void w_load(struct w_piece *to, const u8 *row, u32 k, u32 piece)
{
$if w_plain && vec == 1
    to->q[0] = *(const ${w == 'f32' ? 'u32' : 'u16'} *)(row + ${w == 'f32' ? 4 : 2} * (u64)piece);
$elif w_plain
    kt_stream16(to->q, row + 16 * (u64)piece);
$else
$if w == 'q8_0'
    kt_stream8(to->q, row + 8 * (u64)piece);
$else
    to->q[0] = kt_stream4(row + 4 * (u64)piece);
$end
$if w_fifth
    to->upper[0] = *(const u32 *)(row + (u64)(k / 32) * ${w_upper} + 4 * (piece / 4));
$elif w == 'q6_k'
    kt_stream8(to->upper, row + (u64)(k / 32) * ${w_upper} + 8 * (piece / 4));
$end
    w_load_scale(row, k, piece / 4, &to->scale, &to->group, &to->mins);
$end
}

$if !w_plain
// The four bytes of the first and of the second half, before scale and offset.
KT_DEV void w_bytes(const struct w_piece *from, u32 piece, u32 *first, u32 *second)
{
$if w == 'q8_0'
    *first = from->q[0] ^ 0x80808080u;
    *second = from->q[1] ^ 0x80808080u;
$else
    *first = from->q[0] & 0x0f0f0f0fu;
    *second = from->q[0] >> 4 & 0x0f0f0f0fu;
$if w_fifth
    *first |= (from->upper[0] >> piece % 4 & 0x01010101u) << 4;
    *second |= (from->upper[0] >> (piece % 4 + 4) & 0x01010101u) << 4;
$elif w == 'q6_k'
    *first |= (from->upper[0] >> 2 * (piece % 4) & 0x03030303u) << 4;
    *second |= (from->upper[1] >> 2 * (piece % 4) & 0x03030303u) << 4;
$elif w_table
    *first = w_lookup(*first) ^ 0x80808080u;
    *second = w_lookup(*second) ^ 0x80808080u;
$end
$end
}
$end

$let w_offset = w == 'q8_0' || w_table ? 128 : 0
$let w_offset = w == 'q4_0' ? 8 : w == 'q5_0' ? 16 : w == 'q6_k' ? 32 : w_offset
// The values, exactly as the type means them.
KT_DEV void w_values(const struct w_piece *from, u32 piece, float *to)
{
$if w_plain && vec == 1
    to[0] = ${w == 'f32' ? 'kt_as_f32' : w == 'f16' ? 'kt_h_low' : 'kt_bf_low'}(from->q[0]);
$elif w == 'f32'
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) to[i] = kt_as_f32(from->q[i]);
$elif w_plain
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) {
        to[2 * i] = ${w == 'f16' ? 'kt_h_low' : 'kt_bf_low'}(from->q[i]);
        to[2 * i + 1] = ${w == 'f16' ? 'kt_h_high' : 'kt_bf_high'}(from->q[i]);
    }
$else
    u32 first, second;
    float d, e;
    w_bytes(from, piece, &first, &second);
    w_scales(from->scale, from->group, from->mins, &d, &e);
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) {
        const float v = kt_byte_f32(first, i, ${w_offset}.0f);
        const float u = kt_byte_f32(second, i, ${w_offset}.0f);
$if w_min
        to[i] = d * v + e;
        to[4 + i] = d * u + e;
$elif w_super && w != 'q6_k'
        to[i] = d * v - e;
        to[4 + i] = d * u - e;
$else
        to[i] = d * v;
        to[4 + i] = e * u;
$end
    }
$end
}
