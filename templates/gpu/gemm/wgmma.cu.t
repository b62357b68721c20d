$# y = x w^T on matrix instructions of four warps (sm_90a): WG groups of four warps, each with MI tiles of
$# 64 rows of x, all of BN rows of w. Steps of 64 along k are kept ST deep in shared memory: one being
$# multiplied, one that may still be, the others on their way. The instructions run beside the warps, which
$# copy the next step meanwhile.
$#
$# The template around it says: n_mats (2: silu(gate) * up), n_outs (3: q, k and v), with_residual,
$# by_parts, and the slots slot_w0.. and slot_y0..
$let threads = 128 * WG
$let BM = 64 * WG * MI
$let BK = 64
$let chunks = 8
$let row_bytes = 128
$let copy_rows = threads / chunks
$let a_bytes = BM * row_bytes
$let b_bytes = BN * row_bytes
$let stage_bytes = a_bytes + n_mats * b_bytes
$let value_type = w_type
$let wgmma_n = BN
$assert BN % 16 == 0 && BN <= 256 && ST >= 3 "BN ${BN}, ST ${ST}"
$assert BN % copy_rows == 0 "${threads} threads do not copy ${BN} rows evenly"
$include "gpu/vocab/frame.cu.t"
$include "gpu/vocab/mma.cu.t"
$include "gpu/vocab/wgmma.cu.t"
$include "gpu/gemm/tiles.cu.t"
$include "gpu/gemm/copies.cu.t"

KT_KERNEL(${threads}, ${MINB})
{
    KT_SMEM(smem);
    const kt_at shared = (kt_smem_address(smem) + 1023) & ~1023u;
$include "gpu/gemm/begin.cu.t"
    const u32 group = KT_TID / 128;
    float sums[${n_mats * MI}][${BN / 2}] = {};
    u32 write = 0, read = 0;
    KT_UNROLL
    for (u32 s = 0; s < ${ST - 2}; s++) COPY_STAGE();
    KT_NOUNROLL
    for (u32 s = 0; s < n_steps; s++) {
        KT_CP_WAIT(${ST - 3});
        KT_FENCE_ASYNC();
        KT_SYNC();
        KT_WGMMA_BEGIN();
        const u64 a_tile = kt_wgmma_tile(shared + read + group * ${64 * MI * row_bytes});
        const u64 b_tile = kt_wgmma_tile(shared + read + ${a_bytes});
        KT_UNROLL
        for (u32 i = 0; i < 4; i++) {
            KT_UNROLL
            for (u32 j = 0; j < ${n_mats * MI}; j++)
                kt_wgmma(sums[j], a_tile + j % ${MI} * ${64 * row_bytes / 16} + 2 * i,
                         b_tile + j / ${MI} * ${b_bytes / 16} + 2 * i);
        }
        KT_WGMMA_COMMIT();
        // Into the step before the last: all warps have waited for its instructions.
        COPY_STAGE();
        KT_WGMMA_WAIT(1);
        read = read == ${(ST - 1) * stage_bytes} ? 0 : read + ${stage_bytes};
    }
    KT_WGMMA_WAIT(0);

    KT_UNROLL
    for (u32 i = 0; i < ${MI}; i++) {
        KT_UNROLL
        for (u32 h = 0; h < 2; h++) {
            const u32 m = t.row + (group * ${MI} + i) * 64 + KT_TID / KT_WARP % 4 * 16 + 8 * h + KT_LANE / 4;
            if (m >= rows) continue;
$if by_parts
            const u64 at = ((u64)m * KT_INT(${arg_n_parts}) + t.part) * t.n;
$else
            const u64 at = (u64)m * t.n;
$end
            KT_UNROLL
            for (u32 j = 0; j < ${BN / 8}; j++) {
                const u32 n = t.col + 8 * j + KT_LANE % 4 * 2;
                if (n >= t.n) continue;
                const float *const v = &sums[i][4 * j + 2 * h];
$if n_mats > 1
                const float *const up = &sums[${MI} + i][4 * j + 2 * h];
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
