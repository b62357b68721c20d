/* SPDX-License-Identifier: MIT */
/* Global memory and asynchronous copies of 16 bytes. */

#if CASE == 1 /* off by one */
KERNEL
{
    const int i = blockIdx.x * 160 + threadIdx.x;
    if (BUG ? i <= n : i < n) out[i] = in[i];
}

#elif CASE == 2 /* a vector load that is not aligned */
KERNEL
{
    const int i = blockIdx.x * 512 + 4 * threadIdx.x;
    const float4 v = *(const float4 *)(in + (BUG && i + 4 < n ? i + 1 : i));
    *(float4 *)(out + i) = v;
}

#elif CASE == 3 /* the grid is rounded up, the bound is forgotten */
KERNEL
{
    const int i = blockIdx.x * 160 + threadIdx.x;
    if (BUG || i < n) out[i] = in[i];
}

#elif CASE == 4 /* one group too many is left under way */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x;
    cp16(s + 4 * t, in + 4 * t);
    cp_commit();
    cp16(s + 128 + 4 * t, in + 128 + 4 * t);
    cp_commit();
    cp_wait<1>();
    __syncwarp();
    for (int k = 0; k < 4; k++) out[4 * t + k] = s[4 * t + k];
    cp_wait<BUG ? 1 : 0>();
    __syncwarp();
    for (int k = 0; k < 4; k++) out[128 + 4 * t + k] = s[128 + 4 * t + k];
}

#elif CASE == 5 /* nobody waits at all */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x, i = blockIdx.x * 256 + 4 * t;
    cp16(s + 4 * t, in + i);
    cp_commit();
#if !BUG
    cp_wait<0>();
#endif
    __syncthreads();
    for (int k = 0; k < 4; k++) out[(i + k) ^ 128] = s[(4 * t + k) ^ 128];
}

#elif CASE == 6 /* each waits for its own copies, nobody for the others' */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x, i = blockIdx.x * 256 + 4 * t;
    cp16(s + 4 * t, in + i);
    cp_commit();
    cp_wait<0>();
#if !BUG
    __syncthreads();
#endif
    for (int k = 0; k < 4; k++) out[(i + k) ^ 128] = s[(4 * t + k) ^ 128];
}

#elif CASE == 7 /* the next tile is fetched into the buffer that is being read */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x;
    cp16(s + 4 * t, in + 4 * t);
    cp_commit();
    for (int i = 0; i < n; i += 256) {
        const int stage = i / 256 % 2, next = BUG ? stage : 1 - stage;
        cp_wait<0>();
        __syncthreads();
        for (int k = 0; k < 4; k++) out[(i + 4 * t + k) ^ 128] = s[256 * stage + ((4 * t + k) ^ 128)];
        if (i + 256 < n) cp16(s + 256 * next + 4 * t, in + i + 256 + 4 * t);
        cp_commit();
#if BUG
        for (int k = 0; k < 4; k++) out[(i + 4 * t + k) ^ 128] = s[256 * stage + ((4 * t + k) ^ 128)];
#endif
    }
}

#elif CASE == 8 /* a pointer that is not the kernel's */
KERNEL
{
    const int i = blockIdx.x * 128 + threadIdx.x;
    const float *p = BUG && i == 77 ? in - 1000000 : in;
    out[i] = p[i];
}

#elif CASE == 9 /* local arrays have ends, too */
KERNEL
{
    float v[8];
    const int i = blockIdx.x * 128 + threadIdx.x;
    for (int k = 0; k < 8; k++) v[k] = k == i % 8 ? in[i] : 0;
    volatile float *p = v;
    out[i] = p[i % 8 + (BUG ? 1 << 20 : 0)];
}

#endif
