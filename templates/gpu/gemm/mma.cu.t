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
$include "gpu/gemm/copies.cu.t"

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
$include "gpu/gemm/begin.cu.t"
    const u32 warp_id = KT_TID / KT_WARP;
    const u32 row = warp_id % ${WM} * ${warp_rows}, col = warp_id / ${WM} * ${warp_cols};
    float sums[${mt}][${n_mats * nt}][8] = {};
    u32 wa[2][${mt}][4], wb[2][${n_mats * nt}][4];

    u32 write = 0, read = 0;
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
