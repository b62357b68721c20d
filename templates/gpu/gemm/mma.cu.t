$# y = x w^T on matrix instructions: blocks of BM rows of x by BN rows of w, steps of BK along k kept
$# ST deep in shared memory by copies that go on while the warps multiply. WM x WN warps share a block.
$#
$# The template around it says: n_mats (2: gate and up, of which silu(gate) * up is written), n_outs (3:
$# q, k and v side by side), with_residual, by_parts, and the slots slot_w0.. and slot_y0..
$let threads = warp * WM * WN
$let chunks = BK / 8
$let row_bytes = BK * 2
$let steps = BK / 16
$let warp_rows = BM / WM
$let warp_cols = BN / WN
$let mt = warp_rows / 16
$let nt = warp_cols / 16
$let copy_rows = threads / chunks
$let a_bytes = BM * row_bytes
$let b_bytes = BN * row_bytes
$let stage_bytes = a_bytes + n_mats * b_bytes
$let value_type = w_type
$assert BM % (16 * WM) == 0 && BN % (16 * WN) == 0 "${WM} x ${WN} warps do not share ${BM} x ${BN}"
$assert BM % copy_rows == 0 && BN % copy_rows == 0 "${threads} threads do not copy ${BM} and ${BN} rows evenly"
$assert in(BK, 32, 64) && ST >= 2 "BK is 32 or 64, ST at least 2"
$include "gpu/vocab/frame.cu.t"
$include "gpu/vocab/mma.cu.t"
$include "gpu/gemm/tiles.cu.t"

// This thread's chunk of every ${copy_rows}th row of a tile. `left` rows are there from its first one on,
// `inside` says whether its chunk is within k; what is not there becomes zeros.
KT_DEV void copy_a(kt_at to, const u8 *base, u64 at, u64 stride, u32 left, bool inside)
{
    KT_UNROLL
    for (u32 i = 0; i < ${BM / copy_rows}; i++) {
        const bool there = inside && i * ${copy_rows} < left;
        kt_copy16(to + i * ${copy_rows * row_bytes}, base + (there ? at + i * stride : 0),
                  there ? 16 : 0);
    }
}

KT_DEV void copy_b(kt_at to, const u8 *base, u64 at, u64 stride, u32 left, bool inside)
{
    KT_UNROLL
    for (u32 i = 0; i < ${BN / copy_rows}; i++) {
        const bool there = inside && i * ${copy_rows} < left;
        kt_copy16(to + i * ${copy_rows * row_bytes}, base + (there ? at + i * stride : 0),
                  there ? 16 : 0);
    }
}

// One step of 16 along k: fragments of this warp's rows of both tiles.
KT_DEV void load_fragments(u32 (*a)[4], u32 (*b)[4], kt_at stage, u32 row, u32 col, u32 step)
{
    KT_UNROLL
    for (u32 i = 0; i < ${mt}; i++)
        kt_matrices(a[i], KT_TILE_A(stage, ${chunks}, row + 16 * i, step));
    KT_UNROLL
    for (u32 j = 0; j < ${n_mats * nt}; j++)
        kt_matrices(b[j], KT_TILE_B(stage + ${a_bytes} + j / ${nt} * ${b_bytes}, ${chunks},
                                    col + 16 * (j % ${nt}), step));
}

KT_DEV void multiply(float (*sums)[${n_mats * nt}][8], u32 (*a)[4], u32 (*b)[4])
{
    KT_UNROLL
    for (u32 j = 0; j < ${n_mats * nt}; j++) {
        KT_UNROLL
        for (u32 i = 0; i < ${mt}; i++) {
            kt_mma(sums[i][j], a[i], b[j][0], b[j][1]);
            kt_mma(sums[i][j] + 4, a[i], b[j][2], b[j][3]);
        }
    }
}

KT_KERNEL(${threads}, ${MINB})
{
    KT_SMEM(smem);
    const kt_at shared = kt_smem_address(smem);
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k});
    struct tile t;
    if (!find_tile(&t, KT_BID, rows, ${BM}, ${BN}, ${GM}, KT_INT(${arg_n}),
                   ${n_outs > 1 ? 'KT_INT(' + str(arg_n1) + ')' : '0'},
                   ${by_parts ? 'KT_INT(' + str(arg_n_parts) + ')' : '1'}))
        return;
$if by_parts
    const u32 k_first = part_begin(t.part, k, KT_INT(${arg_n_parts}));
    const u32 k_end = part_begin(t.part + 1, k, KT_INT(${arg_n_parts}));
$else
    const u32 k_first = 0, k_end = k;
$end
$if n_outs > 1
    const u8 *const w = t.out == 0   ? KT_PTR(const u8, ${slot_w0})
                        : t.out == 1 ? KT_PTR(const u8, ${slot_w1})
                                     : KT_PTR(const u8, ${slot_w2});
$else
    const u8 *const w = KT_PTR(const u8, ${slot_w0});
$end
$if n_mats > 1
    const u8 *const w_up = KT_PTR(const u8, ${slot_w1});
$end
    const u8 *const x = KT_PTR(const u8, ${arg_x});

    const u32 chunk = KT_TID % ${chunks}, copy_row = KT_TID / ${chunks};
    const u64 line = (u64)k * 2, stride = line * ${copy_rows};
    const u32 a_left = rows - t.row > copy_row ? rows - t.row - copy_row : 0;
    const u32 b_left = t.n - t.col > copy_row ? t.n - t.col - copy_row : 0;
    u64 a_at = (u64)(t.row + copy_row) * line + (k_first + chunk * 8) * 2;
    u64 b_at = (u64)(t.col + copy_row) * line + (k_first + chunk * 8) * 2;
    const kt_at to = KT_TILE(shared, ${chunks}, copy_row, chunk);
    u32 column = k_first + chunk * 8;
    const u32 n_steps = (k_end - k_first + ${BK - 1}) / ${BK};

    const u32 warp_id = KT_TID / KT_WARP;
    const u32 row = warp_id % ${WM} * ${warp_rows}, col = warp_id / ${WM} * ${warp_cols};
    float sums[${mt}][${n_mats * nt}][8] = {};
    u32 wa[2][${mt}][4], wb[2][${n_mats * nt}][4];

    u32 write = 0, read = 0;
#define COPY_STAGE()                                                                               \
    do {                                                                                           \
        copy_a(to + write, x, a_at, stride, a_left, column < k_end);                               \
        copy_b(to + write + ${a_bytes}, w, b_at, stride, b_left, column < k_end);                  \
$if n_mats > 1
        copy_b(to + write + ${a_bytes + b_bytes}, w_up, b_at, stride, b_left, column < k_end);     \
$end
        KT_CP_COMMIT();                                                                            \
        a_at += ${row_bytes}, b_at += ${row_bytes}, column += ${BK};                               \
        write = write == ${(ST - 1) * stage_bytes} ? 0 : write + ${stage_bytes};                   \
    } while (0)
    KT_UNROLL
    for (u32 s = 0; s < ${ST - 1}; s++) COPY_STAGE();
    KT_CP_WAIT(${ST - 2});
    KT_SYNC();
    load_fragments(wa[0], wb[0], shared, row, col, 0);

    KT_NOUNROLL
    for (u32 s = 0; s < n_steps; s++) {
        KT_UNROLL
        for (u32 i = 0; i < ${steps}; i++) {
            if (i == ${steps - 1}) {
                KT_CP_WAIT(${ST - 2});
                KT_SYNC();
                read = read == ${(ST - 1) * stage_bytes} ? 0 : read + ${stage_bytes};
            }
            load_fragments(wa[(i + 1) % 2], wb[(i + 1) % 2], shared + read, row, col,
                           (i + 1) % ${steps});
            if (i == 0) COPY_STAGE();
            multiply(sums, wa[i % 2], wb[i % 2]);
        }
    }
$if n_outs > 1
    void *const y = t.out == 0   ? KT_PTR(void, ${slot_y0})
                    : t.out == 1 ? KT_PTR(void, ${slot_y1})
                                 : KT_PTR(void, ${slot_y2});
$else
    void *const y = KT_PTR(void, ${slot_y0});
$end
    KT_UNROLL
    for (u32 i = 0; i < ${mt}; i++) {
        KT_UNROLL
        for (u32 h = 0; h < 2; h++) {
            const u32 m = t.row + row + 16 * i + 8 * h + KT_LANE / 4;
            if (m >= rows) continue;
$if by_parts
            const u64 at = ((u64)m * KT_INT(${arg_n_parts}) + t.part) * t.n;
$else
            const u64 at = (u64)m * t.n;
$end
            KT_UNROLL
            for (u32 j = 0; j < ${2 * nt}; j++) {
                const u32 n = t.col + col + 8 * j + KT_LANE % 4 * 2;
                if (n >= t.n) continue;
                const float *const v = &sums[i][j / 2][4 * (j % 2) + 2 * h];
$if n_mats > 1
                const float *const up = &sums[i][${nt} + j / 2][4 * (j % 2) + 2 * h];
                store_pair(y, at + n, kt_silu(v[0]) * up[0], kt_silu(v[1]) * up[1]);
$elif with_residual
                const float *const r = KT_PTR(const float, ${arg_r}) + at + n;
                store_pair(y, at + n, v[0] + r[0], v[1] + r[1]);
$else
                store_pair(y, at + n, v[0], v[1]);
$end
            }
        }
    }
}
