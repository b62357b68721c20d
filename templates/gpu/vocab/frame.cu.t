$# The dialect of every GPU template: CUDA C as NVRTC takes it and HIP as clang does, without
$# headers. Asks for the parameters family ('cuda' or 'hip'), warp (lanes) and n_args (slots).
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;

#define KT_WARP ${warp}
#define KT_UNROLL _Pragma("unroll")
#define KT_NOUNROLL _Pragma("unroll 1")
$include "gpu/vocab/${family}.cu.t"

// The argument block, by value. An offset is the template's arg_<name>.
union kt_slot {
    void *p;
    u64 u;
};
struct kt_args {
    union kt_slot slot[${n_args}];
};
#define KT_PTR(type, offset) ((type *)a.slot[(offset) / 8].p)
#define KT_INT(offset) ((u32)a.slot[(offset) / 8].u)
#define KT_F32(offset) kt_as_f32((u32)a.slot[(offset) / 8].u)

// Vectors of 16 and 8 bytes; what they are read from is aligned as they are.
struct KT_ALIGN(16) kt_u4 {
    u32 x, y, z, w;
};
struct KT_ALIGN(8) kt_u2 {
    u32 x, y;
};
struct KT_ALIGN(16) kt_f4 {
    float x, y, z, w;
};

KT_DEV float kt_as_f32(u32 bits)
{
    union {
        u32 u;
        float f;
    } both;
    both.u = bits;
    return both.f;
}

KT_DEV u32 kt_as_u32(float value)
{
    union {
        float f;
        u32 u;
    } both;
    both.f = value;
    return both.u;
}

KT_DEV struct kt_u4 kt_load16(const void *from)
{
    return *(const struct kt_u4 *)from;
}

KT_DEV struct kt_f4 kt_load_f4(const float *from)
{
    return *(const struct kt_f4 *)from;
}

KT_DEV void kt_store_f4(float *to, struct kt_f4 value)
{
    *(struct kt_f4 *)to = value;
}

// bf16: the upper half of an f32. Of a word of two, the first is the low half.
KT_DEV float kt_bf_f32(u16 bits)
{
    return kt_as_f32((u32)bits << 16);
}

KT_DEV float kt_bf_low(u32 pair)
{
    return kt_as_f32(pair << 16);
}

KT_DEV float kt_bf_high(u32 pair)
{
    return kt_as_f32(pair & 0xffff0000u);
}

KT_DEV float kt_h_low(u32 pair)
{
    return kt_h_f32((u16)pair);
}

KT_DEV float kt_h_high(u32 pair)
{
    return kt_h_f32((u16)(pair >> 16));
}

// To the nearest integer, ties to even, for magnitudes below 2^22.
KT_DEV float kt_rint(float x)
{
    return (x + 12582912.0f) - 12582912.0f;
}

KT_DEV float kt_abs(float x)
{
    return kt_as_f32(kt_as_u32(x) & 0x7fffffffu);
}

// e^x with a relative error of about 2^-22: what is left of x * log2(e) beside its nearest integer
// is worked out in two pieces.
KT_DEV float kt_exp(float x)
{
    x = kt_max(kt_min(x, 104.0f), -104.0f);
    const float n = kt_rint(x * 1.44269502162933349609375f);
    const float rest = kt_fma(x, 1.44269502162933349609375f, -n);
    return kt_exp2(kt_fma(x, 1.925963033500011079e-8f, rest)) * kt_exp2(n);
}

KT_DEV float kt_silu(float x)
{
    return x / (1.0f + kt_exp(-x));
}

// Of `width` neighbouring lanes, a power of two: each of them gets the result. All lanes of the
// warp must come here together.
KT_DEV float kt_sum(float v, u32 width)
{
    KT_UNROLL
    for (u32 m = width / 2; m > 0; m /= 2) v += kt_shfl_xor(v, m);
    return v;
}

KT_DEV float kt_largest(float v, u32 width)
{
    KT_UNROLL
    for (u32 m = width / 2; m > 0; m /= 2) v = kt_max(v, kt_shfl_xor(v, m));
    return v;
}

KT_DEV i32 kt_sum_i32(i32 v, u32 width)
{
    KT_UNROLL
    for (u32 m = width / 2; m > 0; m /= 2) v += (i32)kt_shfl_xor_u32((u32)v, m);
    return v;
}

// Of the whole block; `part` is shared memory of n_warps floats. Every thread gets the result.
KT_DEV float kt_block_sum(float v, float *part, u32 n_warps)
{
    v = kt_sum(v, KT_WARP);
    if (n_warps == 1) return v;
    KT_SYNC();
    if (KT_LANE == 0) part[KT_TID / KT_WARP] = v;
    KT_SYNC();
    v = 0.0f;
    KT_UNROLL
    for (u32 i = 0; i < n_warps; i++) v += part[i];
    return v;
}

KT_DEV float kt_block_largest(float v, float *part, u32 n_warps)
{
    v = kt_largest(v, KT_WARP);
    if (n_warps == 1) return v;
    KT_SYNC();
    if (KT_LANE == 0) part[KT_TID / KT_WARP] = v;
    KT_SYNC();
    v = part[0];
    KT_UNROLL
    for (u32 i = 1; i < n_warps; i++) v = kt_max(v, part[i]);
    return v;
}
