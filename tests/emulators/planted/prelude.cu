/* SPDX-License-Identifier: MIT */
/* Stands before every planted-bug source. CASE chooses the kernel, BUG 1 plants its bug.
 * Every kernel is kernel(in, out, n[, map]); what it must leave in `out` is said by its row of
 * the table in test_planted.c. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
struct alignas(64) map128 {
    u64 words[16];
};

#define KERNEL extern "C" __global__ void kernel(const float *in, float *out, int n)
#define KERNEL_MAP                                                                                 \
    extern "C" __global__ void kernel(const float *in, float *out, int n,                          \
                                      const __grid_constant__ map128 map)
#define DEV static __device__ __forceinline__

extern __shared__ __align__(1024) u8 smem[];

DEV u32 at(const void *p)
{
    return (u32)__cvta_generic_to_shared(p);
}

/* two whole numbers small enough to be bf16 exactly */
DEV u32 pack(float low, float high)
{
    return __float_as_uint(low) >> 16 | (__float_as_uint(high) & 0xffff0000u);
}

DEV void cp16(void *to, const void *from)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(at(to)), "l"(from) : "memory");
}

DEV void cp_commit()
{
    asm volatile("cp.async.commit_group;" ::: "memory");
}

template <int N> DEV void cp_wait()
{
    asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory");
}

DEV void mma(float *c, const u32 *a, const u32 *b)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, "
                 "{%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEV void mbar_init(u64 *bar, u32 count)
{
    asm volatile("mbarrier.init.shared.b64 [%0], %1;" ::"r"(at(bar)), "r"(count) : "memory");
}

DEV void mbar_expect(u64 *bar, u32 bytes)
{
    asm volatile("mbarrier.arrive.expect_tx.shared.b64 _, [%0], %1;" ::"r"(at(bar)), "r"(bytes)
                 : "memory");
}

DEV void mbar_arrive(u64 *bar)
{
    asm volatile("mbarrier.arrive.shared.b64 _, [%0];" ::"r"(at(bar)) : "memory");
}

DEV void mbar_wait(u64 *bar, u32 parity)
{
    asm volatile("{\n.reg .pred p;\nagain:\n"
                 "mbarrier.try_wait.parity.shared.b64 p, [%0], %1;\n"
                 "@!p bra again;\n}" ::"r"(at(bar)),
                 "r"(parity)
                 : "memory");
}

DEV void fence_async()
{
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

DEV void bulk_in(void *to, const void *from, u32 bytes, u64 *bar)
{
    asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], "
                 "%2, [%3];" ::"r"(at(to)),
                 "l"(from), "r"(bytes), "r"(at(bar))
                 : "memory");
}

DEV void bulk_out(void *to, const void *from, u32 bytes)
{
    asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;\n"
                 "cp.async.bulk.commit_group;" ::"l"(to),
                 "r"(at(from)), "r"(bytes)
                 : "memory");
}

template <int N> DEV void bulk_wait_read()
{
    asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(N) : "memory");
}

DEV void tensor_in(void *to, const map128 *map, int x, int y, u64 *bar)
{
    asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes "
                 "[%0], [%1, {%2, %3}], [%4];" ::"r"(at(to)),
                 "l"(map), "r"(x), "r"(y), "r"(at(bar))
                 : "memory");
}
