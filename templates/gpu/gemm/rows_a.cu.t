$# y = x w^T with the rows of w as the rows of matrix instructions (their A operand) and the rows of x as
$# their columns: 8 are enough, so this serves one row as well as many. Weights of 16 bits, or
$# quantized ones in planes (codegen/ops/README.md): their integers are exact in bf16, each
$# block's products are summed alone and scaled in f32.
$#
$# A block has BN rows of w, MT tiles of 16 for each of WN warps, and BT rows of x. Steps of BK along k
$# are kept ST deep in shared memory; WK warps share a step, whose sums meet at the end.
$#
$# In an instruction, value 2c, 2c + 1, 2c + 8, 2c + 9 of 16 (c = lane % 4) stand for k = 4c .. 4c + 3: four
$# values of one lane then lie side by side in memory.
$#
$# The template around it says: n_mats (2: silu(gate) * up), n_outs (3: q, k and v), with_residual,
$# by_parts, and the slots slot_w0.. and slot_y0..
$let quantized = !in(w_type, 'bf16', 'f16')
$let value_type = w_type == 'f16' ? 'f16' : 'bf16'
$let WN = BN / (16 * MT)
$let threads = warp * WN * WK
$let units = BK / 32
$let nt = BT / 8
$# Of 32 values of a row.
$let unit_bytes = w_type == 'q4_0' ? 16 : w_type == 'q8_0' ? 32 : 64
$let w_chunks = units * unit_bytes / 16
$let x_chunks = BK / 8
$let w_bytes = BN * w_chunks * 16
$let scale_bytes = quantized ? BN * units * 2 : 0
$let mat_bytes = w_bytes + scale_bytes
$let x_bytes = BT * x_chunks * 16
$let stage_bytes = n_mats * mat_bytes + x_bytes
$let sum_row = BN + 4
$assert BN == 16 * MT * WN "${WN} warps of ${MT} tiles are not ${BN} rows"
$assert BT % 8 == 0 && BK % 128 == 0 && units % WK == 0 && ST >= 2 "BT ${BT}, BK ${BK}, WK ${WK}, ST ${ST}"
$assert threads % w_chunks == 0 && threads % x_chunks == 0 "${threads} threads copy rows of ${w_chunks} and ${x_chunks} chunks"
$include "gpu/vocab/frame.cu.t"
$include "gpu/vocab/mma.cu.t"
$include "gpu/gemm/tiles.cu.t"

// Chunk `chunk` of a row of weights; what 8 rows x 4 lanes read together lies in all banks.
KT_DEV u32 weight_chunk(u32 row, u32 chunk)
{
$if !quantized
    return row * ${w_chunks} + (chunk ^ (row & 3) * 2);
$elif w_chunks == 4
    return row * 4 + (chunk ^ (row >> 1 & 3));
$else
    return row * ${w_chunks} + (chunk ^ (row & 7));
$end
}

KT_DEV u32 x_chunk(u32 row, u32 chunk)
{
    return row * ${x_chunks} + (chunk ^ (row & 3) * 2);
}

// Rows of weights, ${units} units of 32 from `unit` on; ${w_chunks} chunks a row. What is not there becomes zeros.
KT_DEV void copy_weights(kt_at to, const u8 *w, u32 row, u32 n, u64 stride, u32 unit, u32 end_unit,
                         u32 k)
{
    const u32 chunk = KT_TID % ${w_chunks}, at = unit * ${unit_bytes} + chunk * 16;
    const bool inside = at < end_unit * ${unit_bytes};
    KT_UNROLL
    for (u32 i = 0; i < ${ceildiv(BN * w_chunks, threads)}; i++) {
        const u32 r = KT_TID / ${w_chunks} + i * ${threads / w_chunks};
$if BN * w_chunks % threads != 0
        if (r >= ${BN}) break;
$end
        const bool there = inside && row + r < n;
        kt_copy16(to + weight_chunk(r, chunk) * 16, w + (there ? (row + r) * stride + at : 0),
                  there ? 16 : 0);
    }
$if quantized
$let piece = min(16, units * 2)
$let pieces = units * 2 / piece
    for (u32 i = KT_TID; i < ${BN * pieces}; i += ${threads}) {
        const u32 r = i / ${pieces}, first = unit + i % ${pieces} * ${piece / 2};
        const u32 left = row + r < n && first < end_unit ? (end_unit - first) * 2 : 0;
        const u64 from = left ? (row + r) * stride + k / 32 * ${unit_bytes} + first * 2 : 0;
        kt_copy${piece}(to + ${w_bytes} + i * ${piece}, w + from, left < ${piece} ? left : ${piece});
    }
$end
}

KT_DEV void copy_x(kt_at to, const u8 *x, u32 row, u32 rows, u32 col, u32 end, u64 stride)
{
    const u32 chunk = KT_TID % ${x_chunks};
    const bool inside = col + chunk * 8 < end;
    KT_UNROLL
    for (u32 i = 0; i < ${ceildiv(BT * x_chunks, threads)}; i++) {
        const u32 r = KT_TID / ${x_chunks} + i * ${threads / x_chunks};
$if BT * x_chunks % threads != 0
        if (r >= ${BT}) break;
$end
        const bool there = inside && row + r < rows;
        kt_copy16(to + x_chunk(r, chunk) * 16,
                  x + (there ? (row + r) * stride + (u64)(col + chunk * 8) * 2 : 0), there ? 16 : 0);
    }
}
$if w_type == 'q4_0'

// Eight values of four bytes: of the low nibbles, then of the high ones.
KT_DEV void unpack(u32 word, u32 *out)
{
    u32 w;
    // Bytes 0 2 1 3: neighbours stand a half apart.
    asm("prmt.b32 %0, %1, 0, 0x3120;" : "=r"(w) : "r"(word));
    // 128 + nibble, less 136.
    out[0] = kt_fma2(0x3f803f80u, kt_mask_or(w, 0x000f000fu, 0x43004300u), 0xc308c308u);
    out[1] = kt_fma2(0x3f803f80u, kt_mask_or(w >> 8, 0x000f000fu, 0x43004300u), 0xc308c308u);
    out[2] = kt_fma2(0x3f803f80u, kt_mask_or(w >> 4, 0x000f000fu, 0x43004300u), 0xc308c308u);
    out[3] = kt_fma2(0x3f803f80u, kt_mask_or(w >> 12, 0x000f000fu, 0x43004300u), 0xc308c308u);
}
$elif w_type == 'q8_0'

KT_DEV u32 unpack_pair(u32 w)
{
    const u32 low = kt_mask_or(w, 0x000f000fu, 0x43004300u);
    const u32 high = kt_mask_or(w >> 4, 0x000f000fu, 0x43004300u);
    // 16 * (128 + high) - 2304, + 128 + low
    return kt_fma2(0x3f803f80u, kt_fma2(high, 0x41804180u, 0xc510c510u), low);
}

// Four signed bytes.
KT_DEV void unpack(u32 word, u32 *out)
{
    u32 w;
    asm("prmt.b32 %0, %1, 0, 0x3120;" : "=r"(w) : "r"(word ^ 0x80808080u));
    out[0] = unpack_pair(w);
    out[1] = unpack_pair(w >> 8);
}
$end

// Unit `unit` of a tile of 16 rows of weights as two A fragments, and the scales of its rows.
KT_DEV void load_weights(u32 (*words)[4], float *scales, kt_at w, u32 row, u32 unit)
{
    const u32 c = KT_LANE % 4;
    KT_UNROLL
    for (u32 h = 0; h < 2; h++) {
        const u32 r = row + h * 8 + KT_LANE / 4;
        u32 v[4];
$if w_type == 'q4_0'
        unpack(kt_shared_load4(w + weight_chunk(r, unit) * 16 + c * 4), v);
$elif w_type == 'q8_0'
        unpack(kt_shared_load4(w + weight_chunk(r, 2 * unit) * 16 + c * 4), v);
        unpack(kt_shared_load4(w + weight_chunk(r, 2 * unit + 1) * 16 + c * 4), v + 2);
$else
        kt_shared_load8(v, w + weight_chunk(r, 4 * unit + c / 2) * 16 + c % 2 * 8);
        kt_shared_load8(v + 2, w + weight_chunk(r, 4 * unit + 2 + c / 2) * 16 + c % 2 * 8);
$end
        words[0][h] = v[0], words[0][2 + h] = v[1], words[1][h] = v[2], words[1][2 + h] = v[3];
$if quantized
        scales[h] = kt_h_f32((u16)kt_shared_load2(w + ${w_bytes} + (r * ${units} + unit) * 2));
$end
    }
}

KT_DEV void multiply(float (*sums)[${n_mats * MT}][4], kt_at stage, u32 row, u32 unit)
{
    u32 words[${n_mats * MT}][2][4];
    float scales[${n_mats * MT}][2];
    KT_UNROLL
    for (u32 i = 0; i < ${n_mats * MT}; i++)
        load_weights(words[i], scales[i], stage + i / ${MT} * ${mat_bytes}, row + i % ${MT} * 16, unit);
    const kt_at x = stage + ${n_mats * mat_bytes};
    const u32 c = KT_LANE % 4;
    KT_UNROLL
    for (u32 j = 0; j < ${nt}; j++) {
        u32 b[4];
        kt_shared_load8(b, x + x_chunk(j * 8 + KT_LANE / 4, 4 * unit + c / 2) * 16 + c % 2 * 8);
        kt_shared_load8(b + 2, x + x_chunk(j * 8 + KT_LANE / 4, 4 * unit + 2 + c / 2) * 16 + c % 2 * 8);
        KT_UNROLL
        for (u32 i = 0; i < ${n_mats * MT}; i++) {
$if quantized
            float part[4];
            kt_mma_first(part, words[i][0], b[0], b[1]);
            kt_mma(part, words[i][1], b[2], b[3]);
            KT_UNROLL
            for (u32 v = 0; v < 4; v++)
                sums[j][i][v] = kt_fma(part[v], scales[i][v / 2], sums[j][i][v]);
$else
            kt_mma(sums[j][i], words[i][0], b[0], b[1]);
            kt_mma(sums[j][i], words[i][1], b[2], b[3]);
$end
        }
    }
}

KT_DEV void store_value(void *y, u64 at, float value)
{
$if y_type == 'bf16'
    ((u16 *)y)[at] = kt_f32_bf(value);
$else
    ((float *)y)[at] = value;
$end
}

KT_KERNEL(${threads}, ${MINB})
{
    KT_SMEM(smem);
    const kt_at shared = kt_smem_address(smem);
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k});
    struct tile t;
    if (!find_tile(&t, KT_BID, rows, ${BT}, ${BN}, 1, KT_INT(${arg_n}),
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
    void *const y = t.out == 0   ? KT_PTR(void, ${slot_y0})
                    : t.out == 1 ? KT_PTR(void, ${slot_y1})
                                 : KT_PTR(void, ${slot_y2});
$else
    const u8 *const w = KT_PTR(const u8, ${slot_w0});
    void *const y = KT_PTR(void, ${slot_y0});
$end
    const u8 *const x = KT_PTR(const u8, ${arg_x});
$if quantized
    const u64 w_stride = ((u64)(k / 32) * ${unit_bytes + 2} + 15) / 16 * 16;
$else
    const u64 w_stride = (u64)k * 2;
$end
    const u32 warp_id = KT_TID / KT_WARP, k_warp = warp_id % ${WK};
    const u32 row = warp_id / ${WK} * ${16 * MT};
    const u32 n_steps = (k_end - k_first + ${BK - 1}) / ${BK};
    float sums[${nt}][${n_mats * MT}][4] = {};
    u32 copied = k_first, write = 0, read = 0;
#define COPY_STAGE()                                                                               \
    do {                                                                                           \
        if (copied < k_end) {                                                                      \
            copy_weights(shared + write, w, t.col, t.n, w_stride, copied / 32, k_end / 32, k);     \
$if n_mats > 1
            copy_weights(shared + write + ${mat_bytes}, KT_PTR(const u8, ${slot_w1}), t.col, t.n,  \
                         w_stride, copied / 32, k_end / 32, k);                                    \
$end
            copy_x(shared + write + ${n_mats * mat_bytes}, x, t.row, rows, copied, k_end, (u64)k * 2); \
        }                                                                                          \
        KT_CP_COMMIT();                                                                            \
        copied += ${BK};                                                                           \
        write = write == ${(ST - 1) * stage_bytes} ? 0 : write + ${stage_bytes};                   \
    } while (0)
    KT_UNROLL
    for (u32 s = 0; s < ${ST - 1}; s++) COPY_STAGE();
    KT_NOUNROLL
    for (u32 s = 0; s < n_steps; s++) {
        KT_CP_WAIT(${ST - 2});
        KT_SYNC();
        COPY_STAGE();
$if nt * MT * n_mats > 8
        KT_NOUNROLL
$else
        KT_UNROLL
$end
        for (u32 u = 0; u < ${units / WK}; u++) multiply(sums, shared + read, row, u * ${WK} + k_warp);
        read = read == ${(ST - 1) * stage_bytes} ? 0 : read + ${stage_bytes};
    }
    KT_CP_WAIT(0);
    KT_SYNC();

    // Through shared memory, so that the warps' shares are added up and rows of y are written whole.
    KT_UNROLL
    for (u32 j = 0; j < ${nt}; j++) {
        KT_UNROLL
        for (u32 i = 0; i < ${n_mats * MT}; i++) {
            KT_UNROLL
            for (u32 v = 0; v < 4; v++) {
                const u32 m = (k_warp * ${n_mats} + i / ${MT}) * ${BT} + j * 8 + KT_LANE % 4 * 2 + v % 2;
                const u32 n = row + i % ${MT} * 16 + v / 2 * 8 + KT_LANE / 4;
                kt_shared_store_f32(shared + (m * ${sum_row} + n) * 4, sums[j][i][v]);
            }
        }
    }
    KT_SYNC();
    for (u32 i = KT_TID; i < ${BT * BN}; i += ${threads}) {
        const u32 m = t.row + i / ${BN}, n = t.col + i % ${BN};
        if (m >= rows || n >= t.n) continue;
        float value[${n_mats}] = {};
        KT_UNROLL
        for (u32 p = 0; p < ${WK}; p++) {
            KT_UNROLL
            for (u32 mat = 0; mat < ${n_mats}; mat++)
                value[mat] += kt_shared_load_f32(
                    shared + (((p * ${n_mats} + mat) * ${BT} + i / ${BN}) * ${sum_row} + i % ${BN}) * 4);
        }
$if by_parts
        const u64 at = ((u64)m * KT_INT(${arg_n_parts}) + t.part) * t.n + n;
$else
        const u64 at = (u64)m * t.n + n;
$end
$if n_mats > 1
        store_value(y, at, kt_silu(value[0]) * value[1]);
$elif with_residual
        store_value(y, at, value[0] + KT_PTR(const float, ${arg_r})[at]);
$else
        store_value(y, at, value[0]);
$end
    }
}
