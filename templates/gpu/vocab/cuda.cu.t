$# The dialect on NVIDIA: everything that is PTX stands here (and in mma.cu.t), sm_75 and later.
#define KT_ALIGN(n) __align__(n)
#define KT_DEV static __device__ __forceinline__
#define KT_TABLE static __device__ const
#define KT_SHARED __shared__
// Dynamic shared memory, the bytes that the space's "shared" says.
#define KT_SMEM(name) extern __shared__ KT_ALIGN(128) u8 name[]
#define KT_KERNEL(threads, min_blocks)                                                             \
    extern "C" __global__ void __launch_bounds__(threads, min_blocks)                              \
        kernel(const __grid_constant__ struct kt_args a)

#define KT_TID ((u32)threadIdx.x)
#define KT_BID ((u32)blockIdx.x)
#define KT_LANE (KT_TID % KT_WARP)

// The whole block; the lanes of a warp; `threads` of the block under a number from 1 to 15.
#define KT_SYNC() __syncthreads()
#define KT_SYNC_WARP() asm volatile("bar.warp.sync 0xffffffff;" ::: "memory")
#define KT_HAS_NAMED_BAR 1
#define KT_BAR(number, threads)                                                                    \
    asm volatile("bar.sync %0, %1;" ::"r"(number), "r"(threads) : "memory")
// Writes before it are seen by other blocks before what follows.
#define KT_FENCE() asm volatile("membar.gl;" ::: "memory")

KT_DEV u32 kt_shfl_xor_u32(u32 v, u32 mask)
{
    u32 out;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=r"(out) : "r"(v), "r"(mask));
    return out;
}

KT_DEV float kt_shfl_xor(float v, u32 mask)
{
    float out;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=f"(out) : "f"(v), "r"(mask));
    return out;
}

// From lane `lane`.
KT_DEV u32 kt_shfl_u32(u32 v, u32 lane)
{
    u32 out;
    asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=r"(out) : "r"(v), "r"(lane));
    return out;
}

KT_DEV float kt_shfl(float v, u32 lane)
{
    float out;
    asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1f, 0xffffffff;"
                 : "=f"(out) : "f"(v), "r"(lane));
    return out;
}

KT_DEV float kt_fma(float x, float y, float z)
{
    return fmaf(x, y, z);
}

KT_DEV float kt_max(float x, float y)
{
    return fmaxf(x, y);
}

KT_DEV float kt_min(float x, float y)
{
    return fminf(x, y);
}

// 2^x, ln and the like: two units in the last place or so; denormals are 0.
KT_DEV float kt_exp2(float x)
{
    float out;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

KT_DEV float kt_log2(float x)
{
    float out;
    asm("lg2.approx.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

KT_DEV float kt_rcp(float x)
{
    float out;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

KT_DEV float kt_rsqrt(float x)
{
    float out;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

KT_DEV float kt_tanh(float x)
{
    float out;
    asm("tanh.approx.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

// Rounded to nearest.
KT_DEV float kt_sqrt(float x)
{
    float out;
    asm("sqrt.rn.f32 %0, %1;" : "=f"(out) : "f"(x));
    return out;
}

KT_DEV float kt_h_f32(u16 bits)
{
    float out;
    asm("cvt.f32.f16 %0, %1;" : "=f"(out) : "h"(bits));
    return out;
}

KT_DEV u16 kt_f32_h(float x)
{
    u16 out;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(out) : "f"(x));
    return out;
}

KT_DEV u16 kt_f32_bf(float x)
{
#if __CUDA_ARCH__ >= 800
    u16 out;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(out) : "f"(x));
    return out;
#else
    const u32 bits = __float_as_uint(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (u16)(bits >> 16 | 0x40u);
    return (u16)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
#endif
}

// Two values in one word, the first in its low half.
KT_DEV u32 kt_f32_bf2(float first, float second)
{
#if __CUDA_ARCH__ >= 800
    u32 out;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(out) : "f"(second), "f"(first));
    return out;
#else
    return kt_f32_bf(first) | (u32)kt_f32_bf(second) << 16;
#endif
}

KT_DEV u32 kt_f32_h2(float first, float second)
{
    return kt_f32_h(first) | (u32)kt_f32_h(second) << 16;
}

// Byte j (0 to 3) of a word as a number, less `offset`: put under the exponent of 2^23.
KT_DEV float kt_byte_f32(u32 word, u32 j, float offset)
{
    u32 out;
    asm("prmt.b32 %0, %1, %2, %3;" : "=r"(out) : "r"(word), "r"(0x4b000000u), "r"(0x7650u | j));
    return __uint_as_float(out) - (8388608.0f + offset);
}

// acc + four products of signed bytes.
KT_DEV i32 kt_dp4a(u32 x, u32 y, i32 acc)
{
    i32 out;
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(out) : "r"(x), "r"(y), "r"(acc));
    return out;
}

// Constant data that nobody reads twice: past the first-level cache. `from` is in global memory.
KT_DEV u32 kt_stream4(const void *from)
{
    u32 out;
    asm("ld.global.nc.L1::no_allocate.u32 %0, [%1];" : "=r"(out) : "l"(from));
    return out;
}

KT_DEV void kt_stream8(u32 *to, const void *from)
{
    asm("ld.global.nc.L1::no_allocate.v2.u32 {%0, %1}, [%2];"
        : "=r"(to[0]), "=r"(to[1]) : "l"(from));
}

KT_DEV void kt_stream16(u32 *to, const void *from)
{
    asm("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "l"(from));
}

// Shared memory as the 32-bit address that PTX takes.
KT_DEV u32 kt_smem_address(const void *at)
{
    u64 out;
    asm("cvta.to.shared.u64 %0, %1;" : "=l"(out) : "l"(at));
    return (u32)out;
}

// Copies of 16 bytes from global to shared memory that go on by themselves: a commit closes a
// group, a wait leaves at most `n` groups (a literal) under way. Then a barrier, as for any write.
#if __CUDA_ARCH__ >= 800
#define KT_HAS_ASYNC 1
KT_DEV void kt_cp_async16(void *to, const void *from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(kt_smem_address(to)), "l"(from)
                 : "memory");
}

// Of 16 bytes the first `valid` are read, the others become 0.
KT_DEV void kt_cp_async16_z(void *to, const void *from, u32 valid)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(kt_smem_address(to)),
                 "l"(from), "r"(valid) : "memory");
}
#define KT_CP_COMMIT() asm volatile("cp.async.commit_group;" ::: "memory")
#define KT_CP_WAIT(n) asm volatile("cp.async.wait_group %0;" ::"n"(n) : "memory")
#else
#define KT_HAS_ASYNC 0
KT_DEV void kt_cp_async16(void *to, const void *from)
{
    *(uint4 *)to = *(const uint4 *)from;
}

KT_DEV void kt_cp_async16_z(void *to, const void *from, u32 valid)
{
    uint4 value = {0, 0, 0, 0};
    if (valid == 16) value = *(const uint4 *)from;
    for (u32 i = 0; valid < 16 && i < valid; i++) ((u8 *)&value)[i] = ((const u8 *)from)[i];
    *(uint4 *)to = value;
}
#define KT_CP_COMMIT()
#define KT_CP_WAIT(n)
#endif

// What was there before.
KT_DEV u32 kt_atomic_add_u32(u32 *at, u32 v)
{
    u32 out;
    asm volatile("atom.global.add.u32 %0, [%1], %2;" : "=r"(out) : "l"(at), "r"(v) : "memory");
    return out;
}

KT_DEV void kt_atomic_add_f32(float *at, float v)
{
    asm volatile("red.global.add.f32 [%0], %1;" ::"l"(at), "f"(v) : "memory");
}
