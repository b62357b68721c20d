$# Rows of activations as f32: set x (f32, bf16 or q8a) before the include.
$let x_bytes = x == 'f32' ? 4 : 2

// Bytes from row to row of k values.
KT_DEV u64 x_stride(u32 k)
{
$if x == 'f32'
    return (u64)k * 4;
$elif x == 'bf16'
    return (u64)(k + k % 2) * 2;
$else
    return (u64)(k / 32) * 48;
$end
}

KT_DEV float x_one(const u8 *row, u32 k, u32 at)
{
$if x == 'f32'
    return ((const float *)row)[at];
$elif x == 'bf16'
    return kt_bf_f32(((const u16 *)row)[at]);
$else
    return ((const float *)(row + k))[at / 32] * (float)((const i8 *)row)[at];
$end
}

// Four values from `at` on, a multiple of 4; rows are multiples of 4 long.
KT_DEV void x_four(const u8 *row, u32 k, u32 at, float *to)
{
$if x == 'f32'
    const struct kt_f4 v = kt_load_f4((const float *)row + at);
    to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w;
$elif x == 'bf16'
    const struct kt_u2 v = *(const struct kt_u2 *)(row + 2 * (u64)at);
    to[0] = kt_bf_low(v.x), to[1] = kt_bf_high(v.x);
    to[2] = kt_bf_low(v.y), to[3] = kt_bf_high(v.y);
$else
    const u32 q = *(const u32 *)(row + at);
    const float d = ((const float *)(row + k))[at / 32];
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) to[i] = d * (float)(i8)(q >> 8 * i & 255u);
$end
}
