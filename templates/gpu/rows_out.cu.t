$# Rows of results in the type y_type (f32, bf16 or q8a), set before the include. For q8a rows are
$# whole blocks of 32, and lanes that share one are neighbours and come here together.

$if y_type == 'q8a'
// A block whose largest value has no finite inverse counts as zeros.
KT_DEV void y_scale(float amax, float *d, float *inverse)
{
    const float largest = 3.4028234663852886e38f;
    *d = amax / 127.0f;
    *inverse = 127.0f / amax;
    if (!(*inverse <= largest && amax <= largest)) *d = *inverse = 0.0f;
}
$end

// Values of row `row` of k: one per thread, `col` of neighbours one apart. Nothing is written where
// `in` is 0.
KT_DEV void y_one(u8 *y, u64 row, u32 k, u32 col, u32 in, float v)
{
$if y_type == 'f32'
    if (in) ((float *)y)[row * k + col] = v;
$elif y_type == 'bf16'
    const u64 at = row * (k + k % 2) + col;
    if (in) ((u16 *)y)[at] = kt_f32_bf(v);
    if (in && col + 1 == k && k % 2) ((u16 *)y)[at + 1] = 0; // rows are even
$else
    const float amax = kt_largest(kt_abs(in ? v : 0.0f), 32);
    float d, inverse;
    y_scale(amax, &d, &inverse);
    const i32 q = (i32)kt_rint(kt_max(kt_min(v * inverse, 127.0f), -127.0f));
    const i32 nsum16 = -kt_sum_i32(q, 16);
    const i32 nsum = nsum16 + (i32)kt_shfl_xor_u32((u32)nsum16, 16);
    u8 *to = y + row * (k / 32) * 48;
    const u32 block = col / 32;
    if (in) ((i8 *)to)[col] = (i8)q;
    if (in && col % 16 == 0) ((i32 *)(to + k + k / 4))[2 * block + col % 32 / 16] = nsum16;
    if (in && col % 32 == 0) {
        ((float *)(to + k))[block] = d;
        ((i32 *)(to + k + k / 8))[block] = nsum;
    }
$end
}

// Four values per thread, `col` of neighbours four apart; k is a multiple of 4.
KT_DEV void y_four(u8 *y, u64 row, u32 k, u32 col, u32 in, const float *v)
{
$if y_type == 'f32'
    const struct kt_f4 out = {v[0], v[1], v[2], v[3]};
    if (in) kt_store_f4((float *)y + row * k + col, out);
$elif y_type == 'bf16'
    const struct kt_u2 out = {kt_f32_bf2(v[0], v[1]), kt_f32_bf2(v[2], v[3])};
    if (in) *(struct kt_u2 *)(y + 2 * (row * k + col)) = out;
$else
    float amax = 0.0f;
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) amax = kt_max(amax, kt_abs(in ? v[i] : 0.0f));
    amax = kt_largest(amax, 8);
    float d, inverse;
    y_scale(amax, &d, &inverse);
    u32 word = 0;
    i32 sum = 0;
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) {
        const i32 q = (i32)kt_rint(kt_max(kt_min(v[i] * inverse, 127.0f), -127.0f));
        word |= ((u32)q & 255u) << 8 * i;
        sum -= q;
    }
    const i32 nsum16 = kt_sum_i32(sum, 4);
    const i32 nsum = nsum16 + (i32)kt_shfl_xor_u32((u32)nsum16, 4);
    u8 *to = y + row * (k / 32) * 48;
    const u32 block = col / 32;
    if (in) *(u32 *)(to + col) = word;
    if (in && col % 16 == 0) ((i32 *)(to + k + k / 4))[2 * block + col % 32 / 16] = nsum16;
    if (in && col % 32 == 0) {
        ((float *)(to + k))[block] = d;
        ((i32 *)(to + k + k / 8))[block] = nsum;
    }
$end
}
