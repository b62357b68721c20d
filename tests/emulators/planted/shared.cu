/* SPDX-License-Identifier: MIT */
/* Shared memory, barriers, collectives. */

#if CASE == 1 /* a barrier between writing and reading what another warp wrote */
KERNEL
{
    __shared__ float s[128];
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = in[i];
#if !BUG
    __syncthreads();
#endif
    out[i ^ 32] = s[t ^ 32];
}

#elif CASE == 2 /* a barrier before the buffer is written again */
KERNEL
{
    __shared__ float s[128];
    const int t = threadIdx.x;
    for (int i = t; i < n; i += 128) {
        s[t] = in[i];
        __syncthreads();
        out[i ^ 32] = s[t ^ 32];
#if !BUG
        __syncthreads();
#endif
    }
}

#elif CASE == 3 /* both sides of a named barrier must count the same threads */
KERNEL
{
    __shared__ float s[64];
    const int t = threadIdx.x, i = blockIdx.x * 64 + t % 64;
    if (t < 64) {
        s[t] = in[i];
        asm volatile("bar.arrive 1, 128;" ::: "memory");
    } else {
        asm volatile("bar.sync 1, %0;" ::"r"(BUG ? 96 : 128) : "memory");
        out[i ^ 32] = s[t % 64 ^ 32];
    }
}

#elif CASE == 4 /* a barrier in one branch of a warp */
KERNEL
{
    __shared__ float s[128];
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = in[i];
#if BUG
    if (t % 32 < 16)
        asm volatile("bar.sync 0;" ::: "memory");
    else
        __nanosleep(1);
    if (t % 32 >= 16) asm volatile("bar.sync 0;" ::: "memory");
#else
    __syncthreads();
#endif
    out[i ^ 32] = s[t ^ 32];
}

#elif CASE == 5 /* shared memory is not zero */
KERNEL
{
    __shared__ float s[160];
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = in[i];
#if !BUG
    if (t < 32) s[128 + t] = 0;
#endif
    __syncthreads();
    out[i] = s[t] + 0 * s[t + 32];
}

#elif CASE == 6 /* past the end of dynamic shared memory */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t + BUG] = in[i];
    __syncthreads();
    out[i] = s[t + BUG];
}

#elif CASE == 7 /* a shuffle that names lanes which do not come */
KERNEL
{
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    float v = in[i];
    if (!BUG || t % 32 < 16)
        asm volatile("shfl.sync.bfly.b32 %0, %0, 1, 31, 0xffffffff;" : "+f"(v));
    else
        asm volatile("nanosleep.u32 1;");
    __syncthreads();
    out[i ^ 1] = v;
}

#elif CASE == 8 /* two warps write one word */
KERNEL
{
    __shared__ float s[128];
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[BUG ? t % 32 : t] = in[i];
    __syncthreads();
    out[i] = s[t % (BUG ? 32 : 128)];
}

#elif CASE == 9 /* the last warp has left when the others wait for all */
KERNEL
{
    __shared__ float s[128];
    const int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = in[i];
    if (BUG && t >= 96) return;
    asm volatile("bar.sync 0, 128;" ::: "memory");
    out[i ^ 32] = s[t ^ 32];
}

#endif
