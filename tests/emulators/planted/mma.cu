/* SPDX-License-Identifier: MIT */
/* One warp, out[16][8] = A[16][16] * B[8][16]^T, A and then B in `in`. */

DEV void put(float *out, const float *c, int lane)
{
    for (int i = 0; i < 4; i++) out[(lane / 4 + 8 * (i / 2)) * 8 + 2 * (lane % 4) + i % 2] = c[i];
}

DEV void load_b(u32 *b, const float *m, int lane)
{
    for (int i = 0; i < 2; i++) {
        const float *p = m + lane / 4 * 16 + 2 * (lane % 4) + 8 * i;
        b[i] = pack(p[0], p[1]);
    }
}

#if CASE == 1 || CASE == 2 || CASE == 3
KERNEL
{
    const int lane = threadIdx.x;
    u32 a[4], b[2];
    float c[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        const int r = CASE == 1 && BUG ? i / 2 : i % 2, k = CASE == 1 && BUG ? i % 2 : i / 2;
        const float *p = in + (lane / 4 + 8 * r) * 16 + 2 * (lane % 4) + 8 * k;
        a[i] = pack(p[0], p[1]); /* case 1: registers 1 and 2 change places */
    }
    load_b(b, in + 256, lane);
#if CASE == 2 && BUG /* one lane does not come */
    if (lane != 31)
#endif
        mma(c, a, b);
#if CASE == 3 && BUG /* rows and columns of the result exchanged */
    for (int i = 0; i < 4; i++)
        out[(lane / 4 + 8 * (i % 2)) * 8 + 2 * (lane % 4) + i / 2] = c[i];
#else
    put(out, c, lane);
#endif
}

#else /* A through shared memory, rows of 32 bytes, the halves of a row swapped in odd quads */
KERNEL
{
    const int lane = threadIdx.x;
    u32 *s = (u32 *)smem;
    u32 a[4], b[2];
    float c[4] = {0, 0, 0, 0};
    for (int i = lane; i < 128; i += 32) {
        const int row = i / 8, word = i % 8;
        s[row * 8 + (word ^ (row / 4 % 2 * 4))] = pack(in[2 * i], in[2 * i + 1]);
    }
    __syncwarp();
    int row = lane % 16, half = lane / 16;
#if CASE == 4 && BUG /* which lane gives which row's address */
    row = lane / 2;
    half = lane % 2;
#endif
    int other = row / 4 % 2;
#if CASE == 5 && BUG /* the swap is forgotten */
    other = 0;
#endif
    const u32 address = at(s + row * 8 + (half ^ other) * 4);
#if CASE == 6 && BUG /* transposed */
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
#else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
#endif
                 : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
                 : "r"(CASE == 7 && BUG ? address + 4 : address) /* 7: rows of 16 bytes begin at 16 */
                 : "memory");
    load_b(b, in + 256, lane);
    mma(c, a, b);
    put(out, c, lane);
}
#endif
