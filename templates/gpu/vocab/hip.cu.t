$# The dialect on AMD: HIP as clang compiles it alone, builtins in place of headers and libraries.
#define KT_ALIGN(n) __attribute__((aligned(n)))
#define KT_DEV static __attribute__((device, always_inline)) inline
#define KT_TABLE static __attribute__((device)) const
#define KT_SHARED __attribute__((shared))
#define KT_SMEM(name) extern __attribute__((shared)) KT_ALIGN(128) u8 name[]
// A hint of blocks per processor is one of waves here: left to the compiler.
#define KT_KERNEL(threads, min_blocks)                                                             \
    extern "C" __attribute__((global, amdgpu_flat_work_group_size(threads, threads)))              \
    void kernel(struct kt_args a)

#define KT_TID ((u32)__builtin_amdgcn_workitem_id_x())
#define KT_BID ((u32)__builtin_amdgcn_workgroup_id_x())
#define KT_LANE (KT_TID % KT_WARP)

// Only shared memory is ordered: what blocks leave in global memory is read by later launches.
#if __clang_major__ >= 19
#define KT_FENCE_BLOCK(order) __builtin_amdgcn_fence(order, "workgroup", "local")
#else
#define KT_FENCE_BLOCK(order) __builtin_amdgcn_fence(order, "workgroup")
#endif
#define KT_SYNC()                                                                                  \
    do {                                                                                           \
        KT_FENCE_BLOCK(__ATOMIC_RELEASE);                                                          \
        __builtin_amdgcn_s_barrier();                                                              \
        KT_FENCE_BLOCK(__ATOMIC_ACQUIRE);                                                          \
    } while (0)
#define KT_SYNC_WARP()                                                                             \
    do {                                                                                           \
        __builtin_amdgcn_fence(__ATOMIC_ACQ_REL, "wavefront");                                     \
        __builtin_amdgcn_wave_barrier();                                                           \
    } while (0)
#define KT_HAS_NAMED_BAR 0
#define KT_FENCE() __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent")

KT_DEV u32 kt_shfl_u32(u32 v, u32 lane)
{
    return (u32)__builtin_amdgcn_ds_bpermute((i32)(lane * 4), (i32)v);
}

KT_DEV u32 kt_shfl_xor_u32(u32 v, u32 mask)
{
    return kt_shfl_u32(v, KT_LANE ^ mask);
}

KT_DEV float kt_shfl(float v, u32 lane)
{
    return __builtin_bit_cast(float, kt_shfl_u32(__builtin_bit_cast(u32, v), lane));
}

KT_DEV float kt_shfl_xor(float v, u32 mask)
{
    return kt_shfl(v, KT_LANE ^ mask);
}

KT_DEV float kt_fma(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}

KT_DEV float kt_max(float x, float y)
{
    return __builtin_fmaxf(x, y);
}

KT_DEV float kt_min(float x, float y)
{
    return __builtin_fminf(x, y);
}

KT_DEV float kt_exp2(float x)
{
    return __builtin_amdgcn_exp2f(x);
}

KT_DEV float kt_log2(float x)
{
    return __builtin_amdgcn_logf(x);
}

KT_DEV float kt_rcp(float x)
{
    return __builtin_amdgcn_rcpf(x);
}

KT_DEV float kt_rsqrt(float x)
{
    return __builtin_amdgcn_rsqf(x);
}

// 1 - 2 / (e^2x + 1), with its sign kept apart so that large values end at 1.
KT_DEV float kt_tanh(float x)
{
    const float e = kt_exp2(-2.8853900817779268f * __builtin_fabsf(x));
    return __builtin_copysignf((1.0f - e) * kt_rcp(1.0f + e), x);
}

KT_DEV float kt_sqrt(float x)
{
    return __builtin_sqrtf(x);
}

KT_DEV float kt_h_f32(u16 bits)
{
    return (float)__builtin_bit_cast(_Float16, bits);
}

KT_DEV u16 kt_f32_h(float x)
{
    return __builtin_bit_cast(u16, (_Float16)x);
}

KT_DEV u16 kt_f32_bf(float x)
{
    const u32 bits = __builtin_bit_cast(u32, x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (u16)(bits >> 16 | 0x40u);
    return (u16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

KT_DEV u32 kt_f32_bf2(float first, float second)
{
    return kt_f32_bf(first) | (u32)kt_f32_bf(second) << 16;
}

KT_DEV u32 kt_f32_h2(float first, float second)
{
    return kt_f32_h(first) | (u32)kt_f32_h(second) << 16;
}

KT_DEV float kt_byte_f32(u32 word, u32 j, float offset)
{
    return (float)(word >> 8 * j & 255u) - offset;
}

KT_DEV i32 kt_dp4a(u32 x, u32 y, i32 acc)
{
#if defined(__GFX11__) || defined(__GFX12__)
    return __builtin_amdgcn_sudot4(true, (i32)x, true, (i32)y, acc, false);
#else
    return __builtin_amdgcn_sdot4((i32)x, (i32)y, acc, false);
#endif
}

typedef u32 kt_v4 __attribute__((ext_vector_type(4)));
typedef u32 kt_v2 __attribute__((ext_vector_type(2)));

KT_DEV u32 kt_stream4(const void *from)
{
    return __builtin_nontemporal_load((const u32 *)from);
}

KT_DEV void kt_stream8(u32 *to, const void *from)
{
    const kt_v2 v = __builtin_nontemporal_load((const kt_v2 *)from);
    to[0] = v.x, to[1] = v.y;
}

KT_DEV void kt_stream16(u32 *to, const void *from)
{
    const kt_v4 v = __builtin_nontemporal_load((const kt_v4 *)from);
    to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w;
}

// No copies that go on by themselves: through registers.
#define KT_HAS_ASYNC 0
KT_DEV void kt_cp_async16(void *to, const void *from)
{
    *(kt_v4 *)to = *(const kt_v4 *)from;
}

KT_DEV void kt_cp_async16_z(void *to, const void *from, u32 valid)
{
    kt_v4 value = {0, 0, 0, 0};
    if (valid == 16) value = *(const kt_v4 *)from;
    for (u32 i = 0; valid < 16 && i < valid; i++) ((u8 *)&value)[i] = ((const u8 *)from)[i];
    *(kt_v4 *)to = value;
}
#define KT_CP_COMMIT()
#define KT_CP_WAIT(n)

KT_DEV u32 kt_atomic_add_u32(u32 *at, u32 v)
{
    return __atomic_fetch_add(at, v, __ATOMIC_RELAXED);
}

KT_DEV void kt_atomic_add_f32(float *at, float v)
{
    __atomic_fetch_add(at, v, __ATOMIC_RELAXED);
}
