$# One row, GQ query heads that share a KV head, the keys of one part: groups of 16 positions go to
$# the warps in turn, KG together; each warp keeps sums of its own under a running maximum.
$#
$# Names set before the include: n_parts, splits (1: writes o and lse), y_type, and the parameters.
$let kv = kcache_type
$let D = head_dim
$let PT = page_tokens
$include "gpu/kv.cu.t"
$if !splits
$include "gpu/rows_out.cu.t"
$end
#define THREADS (KT_WARP * ${WARPS})
$let G = n_heads / n_kv_heads
$let HS = G / GQ
$let GPP = PT / 16
$# Of a key group, [d][16]: a lane reads PV positions of one d. Of values, [16][d]: VE values of d.
$let PV = 16 / kv_bytes
$let LPD = 16 / PV
$let DPL = warp / LPD
$let KL = ceildiv(D, DPL)
$let VE = 16 / kv_bytes
$let LPV = D / VE
$let LPVR = LPV > warp ? warp : pow2(log2(2 * LPV - 1))
$let CH = ceildiv(LPV, LPVR)
$let PPL = min(16, warp / LPVR)
$let VL = 16 / PPL
$let header = kv == 'q8_0' ? D : 0
$let NONE = '-1e30f'

// A lane ends with the score of one position of 16, lanes 16 apart with the same.
KT_DEV u32 position_of(u32 lane)
{
$let text = 'lane % ' + str(LPD) + ' * ' + str(PV)
$for r in 0..log2(PV)
$let text = text + ' + (lane >> ' + str(log2(LPD) + r) + ' & 1u) * ' + str(PV >> (r + 1))
$end
    return ${text};
}

KT_DEV u32 lane_of(u32 position)
{
$let text = 'position / ' + str(PV)
$for r in 0..log2(PV)
$let text = text + ' + (position >> ' + str(log2(PV) - 1 - r) + ' & 1u) * ' + str(LPD << r)
$end
    return ${text};
}

// Sixteen bytes of a page as numbers.
KT_DEV void widen(const struct kt_u4 raw, float *to)
{
    const u32 word[4] = {raw.x, raw.y, raw.z, raw.w};
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) {
$if kv == 'f32'
        to[i] = kt_as_f32(word[i]);
$elif kv == 'q8_0'
        KT_UNROLL
        for (u32 j = 0; j < 4; j++) to[4 * i + j] = kt_byte_f32(word[i] ^ 0x80808080u, j, 128.0f);
$else
        to[2 * i] = ${kv == 'f16' ? 'kt_h_low' : 'kt_bf_low'}(word[i]);
        to[2 * i + 1] = ${kv == 'f16' ? 'kt_h_high' : 'kt_bf_high'}(word[i]);
$end
    }
}

// The query heads, times what makes exp() of the scores a power of two.
KT_DEV void stage_q(float *to, const float *from, float scale)
{
    for (u32 base = 0; base < ${GQ * D}; base += THREADS) {
        const u32 i = base + KT_TID, in = i < ${GQ * D};
        float v = in ? from[i] : 0.0f;
$if acts == 'int8' && kv == 'q8_0'
        // Rounded as a row of q8a is: codegen/ops/attention.c.
        const float amax = kt_largest(kt_abs(v), 32);
        const float inverse = 127.0f / amax, largest = 3.4028234663852886e38f;
        v = kt_rint(kt_max(kt_min(v * inverse, 127.0f), -127.0f)) * (amax / 127.0f);
        if (!(inverse <= largest && amax <= largest)) v = 0.0f;
$end
        if (in) to[i] = v * scale;
    }
}

// Scores of a group of keys: of this lane's position, per head.
KT_DEV void group_scores(const u8 *keys, const float (*q)[${KL}], float *scores)
{
    struct kt_u4 raw[${KL}];
    float sums[${GQ}][${PV}];
    KT_UNROLL
    for (u32 i = 0; i < ${KL}; i++) {
        const u32 d = i * ${DPL} + KT_LANE / ${LPD};
        const struct kt_u4 zero = {0, 0, 0, 0};
        raw[i] = zero;
        if (d < ${D})
            raw[i] =
                kt_load16(keys + ${header} + (d * 16 + KT_LANE % ${LPD} * ${PV}) * ${kv_bytes});
    }
    KT_UNROLL
    for (u32 i = 0; i < ${GQ * PV}; i++) sums[i / ${PV}][i % ${PV}] = 0.0f;
    KT_UNROLL
    for (u32 i = 0; i < ${KL}; i++) {
        float key[${PV}];
        widen(raw[i], key);
$if kv == 'q8_0'
        const u32 d = i * ${DPL} + KT_LANE / ${LPD}, block = d < ${D} ? d / 32 : 0;
        const struct kt_u4 low = kt_load16(keys + 32 * block);
        const struct kt_u4 high = kt_load16(keys + 32 * block + 16);
        const u32 scale[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
        KT_UNROLL
        for (u32 j = 0; j < 8; j++) {
            key[2 * j] *= kt_h_low(scale[j]);
            key[2 * j + 1] *= kt_h_high(scale[j]);
        }
$end
        KT_UNROLL
        for (u32 g = 0; g < ${GQ}; g++)
            KT_UNROLL
            for (u32 j = 0; j < ${PV}; j++) sums[g][j] = kt_fma(q[g][i], key[j], sums[g][j]);
    }
    // Each step adds what lanes have of half of the positions and leaves that half with each.
    KT_UNROLL
    for (u32 g = 0; g < ${GQ}; g++) {
$for r in 0..log2(PV)
$let half = PV >> (r + 1)
$let mask = LPD << r
        KT_UNROLL
        for (u32 j = 0; j < ${half}; j++) {
            const u32 upper = KT_LANE & ${mask}u;
            const float keep = upper ? sums[g][j + ${half}] : sums[g][j];
            const float give = upper ? sums[g][j] : sums[g][j + ${half}];
            sums[g][j] = keep + kt_shfl_xor(give, ${mask});
        }
$end
        scores[g] = sums[g][0];
        KT_UNROLL
        for (u32 mask = 16; mask < KT_WARP; mask *= 2) scores[g] += kt_shfl_xor(scores[g], mask);
    }
}

// Adds weights times values of a group; `last` is the last position that the row sees of it.
KT_DEV void group_values(const u8 *values, const float *weights, i32 last,
                         float (*sums)[${CH}][${VE}])
{
    KT_UNROLL
    for (u32 i = 0; i < ${VL}; i++) {
        const u32 at = i * ${PPL} + KT_LANE / ${LPVR} % ${PPL};
        float w[${GQ}];
        KT_UNROLL
        for (u32 g = 0; g < ${GQ}; g++) w[g] = kt_shfl(weights[g], lane_of(at));
        KT_UNROLL
        for (u32 c = 0; c < ${CH}; c++) {
            const u32 d = (KT_LANE % ${LPVR} + c * ${LPVR}) * ${VE};
            const u32 in = d < ${D} && (i32)at <= last && KT_LANE / ${LPVR} < ${PPL};
            struct kt_u4 raw = {0, 0, 0, 0};
            if (in) raw = kt_load16(values + ${header} + (at * ${D} + d) * ${kv_bytes});
            float v[${VE}];
            widen(raw, v);
$if kv == 'q8_0'
            const float scale = in ? kt_h_f32(*(const u16 *)(values + d / 32 * 32 + 2 * at)) : 0.0f;
            KT_UNROLL
            for (u32 j = 0; j < ${VE}; j++) v[j] *= scale;
$end
            KT_UNROLL
            for (u32 g = 0; g < ${GQ}; g++)
                KT_UNROLL
                for (u32 j = 0; j < ${VE}; j++) sums[g][c][j] = kt_fma(w[g], v[j], sums[g][c][j]);
        }
    }
}

KT_KERNEL(THREADS, ${MINB})
{
    KT_SHARED float q_part[${GQ * D}];
    KT_SHARED float o_part[${WARPS}][${GQ * D}];
    KT_SHARED float m_part[${WARPS}][${GQ}], l_part[${WARPS}][${GQ}];
    const u32 rows = *KT_PTR(const u32, ${arg_rows});
    const u32 part = KT_BID % ${n_parts}, share = KT_BID / ${n_parts} % ${HS};
    const u32 kv_head = KT_BID / ${n_parts * HS} % ${n_kv_heads};
    const u32 row = KT_BID / ${n_parts * HS * n_kv_heads};
    if (row >= rows) return;
    const u32 warp = KT_TID / KT_WARP, head0 = kv_head * ${G} + share * ${GQ};
    const i32 position = (i32)KT_PTR(const u32, ${arg_positions})[row];
    const u32 seq = KT_PTR(const u32, ${arg_token_seq})[row];
    const u32 *pages =
        KT_PTR(const u32, ${arg_page_table}) + (u64)seq * *KT_PTR(const u32, ${arg_page_stride});
    const u8 *kcache = KT_PTR(const u8, ${arg_kcache}), *vcache = KT_PTR(const u8, ${arg_vcache});
    stage_q(q_part, KT_PTR(const float, ${arg_q}) + (u64)row * ${n_heads * D} + head0 * ${D},
            KT_F32(${arg_scale}) * 1.4426950408889634f);
    KT_SYNC();
    float q[${GQ}][${KL}], largest[${GQ}], total[${GQ}], sums[${GQ}][${CH}][${VE}];
    KT_UNROLL
    for (u32 g = 0; g < ${GQ}; g++) {
        largest[g] = ${NONE};
        total[g] = 0.0f;
        KT_UNROLL
        for (u32 i = 0; i < ${KL}; i++) {
            const u32 d = i * ${DPL} + KT_LANE / ${LPD};
            q[g][i] = d < ${D} ? q_part[g * ${D} + d] : 0.0f;
        }
        KT_UNROLL
        for (u32 i = 0; i < ${CH * VE}; i++) sums[g][i / ${VE}][i % ${VE}] = 0.0f;
    }
    KT_NOUNROLL
    for (u32 turn = warp * ${KG};; turn += ${WARPS * KG}) {
        float scores[${KG}][${GQ}];
        u64 at[${KG}];
        i32 last[${KG}]; // of each group, what the row sees: below 0 when nothing
        KT_UNROLL
        for (u32 j = 0; j < ${KG}; j++) {
            const u32 number = (turn + j) / ${GPP} * ${n_parts} + part;
            const u32 slot = (turn + j) % ${GPP} * 16;
            last[j] = position - (i32)(number * ${PT} + slot);
            at[j] = last[j] < 0 ? 0 : kv_group(pages[number], ${n_kv_heads}, kv_head, slot);
        }
        if (last[0] < 0) break;
        KT_UNROLL
        for (u32 j = 0; j < ${KG}; j++)
            group_scores(kcache + (last[j] < 0 ? at[0] : at[j]), q, scores[j]);
        KT_UNROLL
        for (u32 g = 0; g < ${GQ}; g++) {
            float top = ${NONE};
            KT_UNROLL
            for (u32 j = 0; j < ${KG}; j++) {
                if ((i32)position_of(KT_LANE) > last[j]) scores[j][g] = ${NONE};
                top = kt_max(top, scores[j][g]);
            }
            top = kt_max(largest[g], kt_largest(top, 16));
            const float fade = kt_exp2(largest[g] - top);
            largest[g] = top;
            total[g] *= fade;
            KT_UNROLL
            for (u32 j = 0; j < ${KG}; j++) {
                const u32 in = (i32)position_of(KT_LANE) <= last[j];
                scores[j][g] = in ? kt_exp2(scores[j][g] - top) : 0.0f;
                total[g] += scores[j][g];
            }
            KT_UNROLL
            for (u32 i = 0; i < ${CH * VE}; i++) sums[g][i / ${VE}][i % ${VE}] *= fade;
        }
        KT_UNROLL
        for (u32 j = 0; j < ${KG}; j++)
            group_values(vcache + (last[j] < 0 ? at[0] : at[j]), scores[j], last[j], sums);
    }
    KT_UNROLL
    for (u32 g = 0; g < ${GQ}; g++) {
        const float sum = kt_sum(total[g], 16);
        if (KT_LANE == 0) {
            m_part[warp][g] = largest[g];
            l_part[warp][g] = sum;
        }
        KT_UNROLL
        for (u32 i = 0; i < ${CH * VE}; i++) {
            float v = sums[g][i / ${VE}][i % ${VE}];
            KT_UNROLL
            for (u32 mask = ${LPVR}; mask < KT_WARP; mask *= 2) v += kt_shfl_xor(v, mask);
            const u32 d = (KT_LANE + i / ${VE} * ${LPVR}) * ${VE} + i % ${VE};
            if (KT_LANE < ${LPVR} && d < ${D}) o_part[warp][g * ${D} + d] = v;
        }
    }
    KT_SYNC();
    for (u32 base = 0; base < ${GQ * D}; base += THREADS) {
        const u32 i = base + KT_TID, in = i < ${GQ * D}, g = in ? i / ${D} : 0;
        float top = m_part[0][g], sum = 0.0f, v = 0.0f;
        KT_UNROLL
        for (u32 j = 1; j < ${WARPS}; j++) top = kt_max(top, m_part[j][g]);
        KT_UNROLL
        for (u32 j = 0; j < ${WARPS}; j++) {
            const float weight = kt_exp2(m_part[j][g] - top);
            sum += weight * l_part[j][g];
            v += weight * (in ? o_part[j][i] : 0.0f);
        }
        v = sum > 0.0f ? v / sum : 0.0f;
$if splits
        const u64 to = ((u64)row * ${n_parts} + part) * ${n_heads} + head0 + g;
        if (in) KT_PTR(float, ${arg_o})[to * ${D} + i % ${D}] = v;
        if (in && i % ${D} == 0)
            KT_PTR(float, ${arg_lse})[to] =
                sum > 0.0f ? (top + kt_log2(sum)) * 0.6931471805599453f : ${NONE};
$else
        y_one(KT_PTR(u8, ${arg_y}), row, ${n_heads * D}, head0 * ${D} + i, in, v);
$end
    }
}
