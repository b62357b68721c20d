/* SPDX-License-Identifier: MIT */
/* One warpgroup, out[64][16] = A[64][64] * B[16][64]^T twice over (a second product adds the same
 * again), rows of 64 bf16 in the 128-byte swizzle. */

DEV void store_rows(u8 *to, const float *from, int n_rows)
{
    for (int i = threadIdx.x; i < n_rows * 32; i += 128) {
        const int row = i / 32, byte = i % 32 * 4;
        const int moved = row * 128 + (byte ^ (row % 8 * 16));
        *(u32 *)(to + moved) = pack(from[2 * i], from[2 * i + 1]);
    }
}

DEV u64 descriptor(const void *p)
{
    const u64 stride = CASE == 1 && BUG ? 512 : 1024;         /* 1: between groups of 8 rows */
    const u64 swizzle = CASE == 2 && BUG ? 2 : 1;             /* 2: that of 64 bytes */
    return (u64)(at(p) >> 4) | 1ull << 16 | stride >> 4 << 32 | swizzle << 62;
}

DEV void product(float *c, u64 a, u64 b)
{
    asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %10, 0;\n"
                 "wgmma.mma_async.sync.aligned.m64n16k16.f32.bf16.bf16 "
                 "{%0,%1,%2,%3,%4,%5,%6,%7}, %8, %9, p, 1, 1, 0, 0;\n}"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]), "+f"(c[4]), "+f"(c[5]),
                   "+f"(c[6]), "+f"(c[7])
                 : "l"(a), "l"(b), "r"(1));
}

DEV void fence()
{
    asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

DEV void commit()
{
    asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

DEV void wait()
{
    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

KERNEL
{
    u8 *a = smem, *b = smem + 8192;
    const int t = threadIdx.x, lane = t % 32;
    float c[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    store_rows(a, in, 64);
    store_rows(b, in + 4096, 16);
#if !(CASE == 3 && BUG) /* the products may not see the stores */
    fence_async();
#endif
#if !(CASE == 4 && BUG) /* not all have stored */
    __syncthreads();
#endif
    for (int round = 0; round < 2; round++) {
#if !(CASE == 5 && BUG) /* no fence at all */
        if (CASE != 6 || !BUG || round == 0) fence(); /* 6: none after the registers were used */
#endif
        for (int k = 0; k < 4; k++) {
            const u64 step = CASE == 7 && BUG ? k * 4 : k * 2; /* 7: 64 bytes in place of 32 */
            product(c, descriptor(a) + step, descriptor(b) + k * 2);
        }
#if !(CASE == 8 && BUG) /* waits for groups, but there is none */
        commit();
#endif
#if CASE == 9 && BUG /* the operands are written over while they are read */
        __syncthreads();
        if (round == 1) store_rows(b, in, 16);
#endif
#if !(CASE == 10 && BUG) /* nobody waits */
        wait();
#endif
#if CASE == 6
        for (int i = 0; i < 8; i++) c[i] *= round == 0 ? 0.5f : 2.0f;
        if (round == 0)
            for (int i = 0; i < 8; i++) c[i] *= 1.0f + (float)(n < 0);
#endif
    }
#if CASE == 6 /* (x / 2 + x) * 2 = 3 x; brought back to 2 x */
    for (int i = 0; i < 8; i++) c[i] *= 2.0f / 3.0f;
#endif
    for (int i = 0; i < 8; i++) {
        const int row = t / 32 * 16 + lane / 4 + 8 * (i / 2 % 2);
#if CASE == 11 && BUG /* pairs of columns in the wrong place */
        const int column = 4 * (i / 4) + 2 * (lane % 4) + i % 2;
#else
        const int column = 8 * (i / 4) + 2 * (lane % 4) + i % 2;
#endif
        out[row * 16 + column] = c[i];
    }
}
