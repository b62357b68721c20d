$# What leaves a block of attention/rows.cu.t: sums over their totals, the parts' logarithms.

// Neighbouring values of row l / 4 + 8 * h in this lane, pair `n` of ${o_tiles}; their column.
KT_DEV u32 sums_pair(float (*sums)[4], u32 n, u32 h, float *first, float *second)
{
$if quantized
    *first = sums[n / 2 * 2][2 * h + n % 2], *second = sums[n / 2 * 2 + 1][2 * h + n % 2];
    return n / 2 * 16 + KT_LANE % 4 * 4 + n % 2 * 2;
$else
    *first = sums[n][2 * h], *second = sums[n][2 * h + 1];
    return n * 8 + KT_LANE % 4 * 2;
$end
}

KT_DEV void store_pair(void *y, u64 at, float first, float second)
{
$if y_type == 'bf16'
    *(u32 *)((u16 *)y + at) = kt_f32_bf2(first, second);
$else
    struct KT_ALIGN(8) {
        float first, second;
    } pair = {first, second};
    *(decltype(pair) *)((float *)y + at) = pair;
$end
}

// Weights are powers of two: so is what their sum's logarithm is of.
KT_DEV float log_of_sum(float most, float total)
{
    return total > 0.0f ? 0.693147182464599609375f * (most - ${raised}.0f + kt_log2(total)) : LOWEST;
}

// The head in o or y of a row of this block, counted in heads; false for a row of no token.
KT_DEV bool row_head(u32 row, u32 first_token, u32 token, u32 end, u32 kv_head, u32 part, u64 *out)
{
    const u32 at = first_token + row / ${group};
    *out = ((u64)at * ${n_parts} + part) * ${n_heads} + kv_head * ${group} + row % ${group};
    return row < ${RT * group} && at >= token && at < end;
}
$if KW > 1
$let totals_at = 128 * KW
$let merged_at = 128 * KW + 128

// Puts the sums of the warps side by side in `room`, all relative to one largest score, and in front
// of them what they are to be multiplied with, and the logarithm of each row.
KT_DEV void merge_warps(kt_at room, float (*sums)[4], float *most, float *total, u32 key_warp)
{
    KT_SYNC();
    KT_UNROLL
    for (u32 h = 0; h < 2; h++) {
        const kt_at mine = room + (key_warp * 16 + h * 8 + KT_LANE / 4) * 8;
        if (KT_LANE % 4 == 0) {
            kt_shared_store_f32(mine, most[h]);
            kt_shared_store_f32(mine + 4, total[h]);
        }
    }
    KT_SYNC();
    KT_UNROLL
    for (u32 h = 0; h < 2; h++) {
        const u32 row = h * 8 + KT_LANE / 4;
        float top = LOWEST, all = 0.0f;
        KT_UNROLL
        for (u32 w = 0; w < ${KW}; w++)
            top = kt_max(top, kt_shared_load_f32(room + (w * 16 + row) * 8));
        KT_UNROLL
        for (u32 w = 0; w < ${KW}; w++)
            all += kt_shared_load_f32(room + (w * 16 + row) * 8 + 4) *
                   kt_exp2(kt_shared_load_f32(room + (w * 16 + row) * 8) - top);
        const float factor = kt_exp2(most[h] - top);
        const kt_at line = room + ${merged_at} + (key_warp * 16 + row) * ${merged_row * 4};
        KT_UNROLL
        for (u32 n = 0; n < ${o_tiles}; n++) {
            float first, second;
            const u32 col = sums_pair(sums, n, h, &first, &second);
            kt_shared_store_f32(line + col * 4, first * factor);
            kt_shared_store_f32(line + col * 4 + 4, second * factor);
        }
        if (key_warp == 0 && KT_LANE % 4 == 0) {
            kt_shared_store_f32(room + ${totals_at} + row * 8, all > 0.0f ? 1.0f / all : 0.0f);
            kt_shared_store_f32(room + ${totals_at} + row * 8 + 4, log_of_sum(top, all));
        }
    }
    KT_SYNC();
}

KT_DEV void write_merged(void *y, float *lse, kt_at room, u32 first_token, u32 token, u32 end,
                         u32 kv_head, u32 part)
{
    for (u32 i = KT_TID; i < ${min(16, RT * group) * head_dim / 2}; i += ${threads}) {
        const u32 row = i / ${head_dim / 2}, col = i % ${head_dim / 2} * 2;
        u64 head;
        if (!row_head(row, first_token, token, end, kv_head, part, &head)) continue;
        float first = 0.0f, second = 0.0f;
        KT_UNROLL
        for (u32 w = 0; w < ${KW}; w++) {
            const kt_at line = room + ${merged_at} + (w * 16 + row) * ${merged_row * 4};
            first += kt_shared_load_f32(line + col * 4);
            second += kt_shared_load_f32(line + col * 4 + 4);
        }
        const float factor = kt_shared_load_f32(room + ${totals_at} + row * 8);
        store_pair(y, head * ${head_dim} + col, first * factor, second * factor);
        if (lse && col == 0) lse[head] = kt_shared_load_f32(room + ${totals_at} + row * 8 + 4);
    }
}
$else

KT_DEV void write_rows(void *y, float *lse, float (*sums)[4], float *most, float *total,
                       u32 first_token, u32 token, u32 end, u32 kv_head, u32 part, u32 row_warp)
{
    KT_UNROLL
    for (u32 h = 0; h < 2; h++) {
        u64 head;
        const u32 row = row_warp * 16 + h * 8 + KT_LANE / 4;
        if (!row_head(row, first_token, token, end, kv_head, part, &head)) continue;
        const float factor = total[h] > 0.0f ? 1.0f / total[h] : 0.0f;
        KT_UNROLL
        for (u32 n = 0; n < ${o_tiles}; n++) {
            float first, second;
            const u32 col = sums_pair(sums, n, h, &first, &second);
            store_pair(y, head * ${head_dim} + col, first * factor, second * factor);
        }
        if (lse && KT_LANE % 4 == 0) lse[head] = log_of_sum(most[h], total[h]);
    }
}
$end
