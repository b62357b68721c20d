/* SPDX-License-Identifier: MIT */
/* mbarriers, bulk and tensor copies. */

#if CASE <= 9 /* tiles of 512 bytes through two stages; one thread asks, all wait */
KERNEL
{
    float *s = (float *)smem;
    __shared__ u64 full[2], empty[2];
    const int t = threadIdx.x;
    if (t == 0) {
        for (int i = 0; i < 2; i++) {
            mbar_init(full + i, CASE == 1 && BUG ? 2 : 1); /* 1: one arrival too many is expected */
            mbar_init(empty + i, CASE == 2 && BUG ? 64 : 128); /* 2: too few */
        }
#if !(CASE == 3 && BUG) /* 3: the copies may not see the mbarriers */
        fence_async();
#endif
    }
    __syncthreads();
    for (int i = 0; i < n / 128; i++) {
        const int stage = i % 2, round = i / 2;
        if (t == 0) {
#if !(CASE == 4 && BUG) /* 4: nobody looks whether the stage is free */
            mbar_wait(empty + stage, (round + 1) % 2);
#endif
            /* 5, 6: more or fewer bytes than will come */
            mbar_expect(full + stage, CASE == 5 && BUG ? 528 : CASE == 6 && BUG ? 496 : 512);
            /* 7: from and to addresses that are no multiples of 16 */
            bulk_in(s + 128 * stage, in + 128 * i + (CASE == 7 && BUG), 512, full + stage);
        }
#if CASE >= 8 /* all know that the copy was asked for */
        __syncthreads();
#endif
#if !(CASE == 8 && BUG) /* 8: nobody waits */
        mbar_wait(full + stage, CASE == 9 && BUG ? (round + 1) % 2 : round % 2); /* 9: wrong phase */
#endif
        out[128 * i + (t ^ 32)] = s[128 * stage + (t ^ 32)];
        mbar_arrive(empty + stage);
    }
}

#elif CASE <= 13 /* back to global memory by a bulk copy */
KERNEL
{
    float *s = (float *)smem;
    const int t = threadIdx.x;
    for (int i = 0; i < n; i += 128) {
        s[t] = in[i + t];
#if !(CASE == 10 && BUG) /* 10: the copy may not see the stores */
        fence_async();
#endif
#if !(CASE == 11 && BUG) /* 11: not all have stored */
        __syncthreads();
#endif
        if (t == 0) {
            bulk_out(out + i, s, 512);
#if !(CASE == 12 && BUG) /* 12: the next round stores while the copy reads */
            if (CASE != 13 || !BUG || i + 128 < n) bulk_wait_read<0>(); /* 13: not at the end */
#endif
        }
        __syncthreads();
    }
}

#else /* a box of 8 rows of 128 bytes, swizzled */
KERNEL_MAP
{
    __shared__ u64 bar;
    const int t = threadIdx.x;
    if (t == 0) {
        mbar_init(&bar, 1);
        fence_async();
        mbar_expect(&bar, 1024);
        /* 16: no multiple of 128; 17: the map of something that is gone; 18: no map */
        tensor_in(smem + (CASE == 16 && BUG ? 64 : 0),
                  CASE == 18 && BUG ? (const map128 *)in : &map, 0, 0, &bar);
    }
    __syncthreads();
    mbar_wait(&bar, 0);
    for (int i = t; i < 256; i += 128) {
        const int row = i / 32, column = i % 32;
        int piece = column / 4 ^ row;
#if CASE == 14 && BUG /* the swizzle is forgotten */
        piece = column / 4;
#elif CASE == 15 && BUG /* that of rows of 64 bytes */
        piece = column / 4 ^ row / 2;
#endif
        out[i] = ((const float *)smem)[row * 32 + piece * 4 + column % 4];
    }
}
#endif
