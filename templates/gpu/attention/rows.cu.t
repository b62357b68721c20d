$# Attention on matrix instructions. A block has up to RT tokens of one KV head: its rows are (token,
$# query head of the group), 16 for each of QW warps. Keys and values pass through shared memory KT
$# at a time, ST deep; with KW > 1 that many warps share a tile of keys, and their sums are put
$# together at the end. Scores are powers of two, each row's weights relative to its largest score so far.
$#
$# Where f32 was asked for, q and the weights are each taken as the sum of 16-bit values, two or three: what
$# is lost is below 2^-22 of a q, 2^-17 of a weight. Keys and values are what the pages hold. Of q8_0 the integers are
$# multiplied, their scales come in afterwards (keys) or with the weights (values).
$#
$# The template around it says n_parts (more than 1: attention_split).
$let group = n_heads / n_kv_heads
$let threads = warp * QW * KW
$let quantized = kcache_type == 'q8_0'
$let value_type = kcache_type == 'f16' ? 'f16' : 'bf16'
$let terms = acts == 'bf16' ? 1 : 2
$# Of q: 16 bits of bf16 are too few where scores are large.
$let q_terms = acts == 'bf16' ? 1 : value_type == 'bf16' ? 3 : 2
$# f16 holds weights up to 2^15 times as large: small ones then keep their bits.
$let raised = value_type == 'f16' ? 15 : 0
$let d_steps = head_dim / 16
$let o_tiles = head_dim / 8
$let warp_keys = KT / KW
$let groups = warp_keys / 16
$# 16 positions of one head, in a page and in shared memory.
$let group_bytes = quantized ? 17 * head_dim : 32 * head_dim
$let tile_bytes = KT / 16 * group_bytes
$let stage_bytes = 2 * tile_bytes
$let page_tiles = page_tokens / KT
$let tile_chunks = tile_bytes / 16
$let q_bytes = QS ? QW * q_terms * d_steps * 512 : 0
$let v_chunks = quantized ? head_dim / 16 : head_dim / 8
$let v_mask = v_chunks % 8 == 0 ? 7 : v_chunks % 4 == 0 ? 3 : v_chunks % 2 == 0 ? 1 : 0
$let v_shift = quantized ? 1 : v_mask == 7 ? 0 : v_mask == 3 ? 1 : 2
$let v_period = max(1, (v_mask + 1) / 2)
$let merged_row = head_dim + 4
$assert RT * group <= 16 * QW "${RT} tokens of ${group} heads are more than ${16 * QW} rows"
$assert page_tokens % KT == 0 && KT % (16 * KW) == 0 "tiles of ${KT} keys"
$assert KW == 1 || QW == 1 "warps share keys or rows, not both"
$include "gpu/vocab/frame.cu.t"
$include "gpu/vocab/mma.cu.t"

#define LOWEST -1.0e30f

// A pair of f32 as 16-bit values: what is nearest, and what that leaves.
KT_DEV void split_pair(float first, float second, u32 *high, u32 *low)
{
    *high = kt_pack2(first, second);
    *low = kt_pack2(first - kt_low(*high), second - kt_high(*high));
}
$if quantized

// Bytes 0 and 2 of a word of signed bytes, each of which had its upper bit flipped, as bf16: nibbles
// become mantissas of 128 and more.
KT_DEV u32 byte_pair(u32 word)
{
    const u32 low = kt_mask_or(word, 0x000f000fu, 0x43004300u);
    const u32 high = kt_mask_or(word >> 4, 0x000f000fu, 0x43004300u);
    // 16 * (128 + high) - 2304, + 128 + low
    return kt_fma2(0x3f803f80u, kt_fma2(high, 0x41804180u, 0xc510c510u), low);
}

// Scales of positions 4c .. 4c + 3 of a group, c = lane % 4.
KT_DEV void load_scales(float *scales, kt_at at)
{
    u32 low, high;
    asm volatile("ld.shared.v2.u32 {%0, %1}, [%2];" : "=r"(low), "=r"(high) : "r"(at) : "memory");
    scales[0] = kt_h_low(low), scales[1] = kt_h_high(low);
    scales[2] = kt_h_low(high), scales[3] = kt_h_high(high);
}
$end

// Tile `tile` of this block's keys: pages part, part + n_parts, ... of the sequence.
KT_DEV u32 tile_position(u32 tile, u32 part)
{
    return (part + tile / ${page_tiles} * ${n_parts}) * ${page_tokens} + tile % ${page_tiles} * ${KT};
}

// Keys and values of ${KT} positions. Values beyond position `last` are undefined in pages: zeros here.
KT_DEV void copy_tile(kt_at to, const u8 *keys, const u8 *values, u32 page, u32 kv_head,
                      u32 position, u32 last)
{
    const u64 from = (u64)page * ${n_kv_heads * page_tokens / 16 * group_bytes} +
                     (kv_head * ${page_tokens / 16} + position % ${page_tokens} / 16) *
                         ${group_bytes};
    keys += from, values += from;
    KT_UNROLL
    for (u32 i = 0; i < ${ceildiv(tile_chunks, threads)}; i++) {
        const u32 chunk = KT_TID + i * ${threads};
$if tile_chunks % threads != 0
        if (chunk >= ${tile_chunks}) break;
$end
$if quantized
        kt_copy16(to + chunk * 16, keys + chunk * 16, 16);
$# Behind the scales of a group, rows of values.
        const u32 in_group = chunk % ${group_bytes / 16}, at = in_group - ${head_dim / 16};
        const u32 row = at / ${v_chunks};
        const u32 moved = in_group < ${head_dim / 16} ? 0 : row >> ${v_shift} & ${v_mask};
        kt_copy16(to + ${tile_bytes} + (chunk - in_group + (in_group < ${head_dim / 16} ? in_group : ${head_dim / 16} + row * ${v_chunks} + (at % ${v_chunks} ^ moved))) * 16, values + chunk * 16, 16);
$else
$# A row of 16 keys has two chunks: eight rows of one half lie in all banks.
        kt_copy16(to + (chunk ^ (chunk >> 3 & 1)) * 16, keys + chunk * 16, 16);
        const u32 row = chunk / ${v_chunks}, c = chunk % ${v_chunks};
        kt_copy16(to + ${tile_bytes} + (row * ${v_chunks} + (c ^ (row >> ${v_shift} & ${v_mask}))) * 16,
                  values + chunk * 16, position + row <= last ? 16 : 0);
$end
    }
}

// This lane's words of step `step` of q, 16 rows x 16 values.
struct query {
$if QS
    kt_at at;
$else
    u32 words[${q_terms}][${d_steps}][4];
$end
};

KT_DEV void query_words(u32 (*out)[4], const struct query *q, u32 step)
{
    KT_UNROLL
    for (u32 t = 0; t < ${q_terms}; t++) {
$if QS
        kt_shared_load16(out[t], q->at + (t * ${d_steps} + step) * 512);
$else
        KT_UNROLL
        for (u32 i = 0; i < 4; i++) out[t][i] = q->words[t][step][i];
$end
    }
}

// Rows of q, times the scale of scores; NULL: a row that is not there. Lanes have values 2 * (l % 4)
// and the next of rows l / 4 and l / 4 + 8.
KT_DEV void load_query(struct query *q, const float *const *row, float scale, u32 key_warp)
{
    KT_UNROLL
    for (u32 s = 0; s < ${d_steps}; s++) {
$if QS && KW > 1
        if (s % ${KW} != key_warp) continue;
$end
        u32 words[${q_terms}][4];
        KT_UNROLL
        for (u32 i = 0; i < 4; i++) {
            const float *const from = row[i % 2];
            const u32 at = 16 * s + i / 2 * 8 + KT_LANE % 4 * 2;
            float first = from ? from[at] * scale : 0.0f, second = from ? from[at + 1] * scale : 0.0f;
            KT_UNROLL
            for (u32 t = 0; t < ${q_terms}; t++) {
                words[t][i] = kt_pack2(first, second);
                first -= kt_low(words[t][i]), second -= kt_high(words[t][i]);
            }
        }
        KT_UNROLL
        for (u32 t = 0; t < ${q_terms}; t++) {
$if QS
            kt_shared_store16(q->at + (t * ${d_steps} + s) * 512, words[t]);
$else
            KT_UNROLL
            for (u32 i = 0; i < 4; i++) q->words[t][s][i] = words[t][i];
$end
        }
    }
}

// Scores of this warp's keys: of group g of 16 keys, scores[2g] has keys 0 .. 7 and scores[2g + 1] keys
// 8 .. 15${quantized ? '; of q8_0 the even and the odd ones' : ''}.
KT_DEV void make_scores(float (*scores)[4], const struct query *q, kt_at keys)
{
$if quantized
    const kt_at lane_keys = keys + ${head_dim} + KT_LANE * 16;
    const kt_at lane_scales = keys + KT_LANE % 4 * 8;
    KT_UNROLL
    for (u32 g = 0; g < ${groups}; g++) {
        KT_UNROLL
        for (u32 i = 0; i < 4; i++) scores[2 * g][i] = scores[2 * g + 1][i] = 0.0f;
        KT_UNROLL
        for (u32 b = 0; b < ${head_dim / 32}; b++) {
            u32 words[4];
            float even[4] = {}, odd[4] = {}, scale[4];
            kt_matrices_t(words, lane_keys + g * ${group_bytes} + b * 512);
            load_scales(scale, lane_scales + g * ${group_bytes} + b * 32);
            KT_UNROLL
            for (u32 h = 0; h < 2; h++) {
                u32 a[${q_terms}][4];
                query_words(a, q, 2 * b + h);
                const u32 first = words[2 * h] ^ 0x80808080u, second = words[2 * h + 1] ^ 0x80808080u;
                const u32 e0 = byte_pair(first), e1 = byte_pair(second);
                const u32 o0 = byte_pair(first >> 8), o1 = byte_pair(second >> 8);
                KT_UNROLL
                for (u32 t = 0; t < ${q_terms}; t++) {
                    kt_mma(even, a[t], e0, e1);
                    kt_mma(odd, a[t], o0, o1);
                }
            }
            KT_UNROLL
            for (u32 i = 0; i < 4; i++) {
                scores[2 * g][i] = kt_fma(even[i], scale[i % 2 * 2], scores[2 * g][i]);
                scores[2 * g + 1][i] = kt_fma(odd[i], scale[i % 2 * 2 + 1], scores[2 * g + 1][i]);
            }
        }
    }
$else
    const u32 d = (KT_LANE & 7) + (KT_LANE >> 3 & 1) * 8;
    const kt_at lane = keys + d * 32 + (KT_LANE >> 4 ^ (KT_LANE >> 2 & 1)) * 16;
    KT_UNROLL
    for (u32 i = 0; i < ${2 * groups}; i++) {
        KT_UNROLL
        for (u32 j = 0; j < 4; j++) scores[i][j] = 0.0f;
    }
    KT_UNROLL
    for (u32 s = 0; s < ${d_steps}; s++) {
        u32 a[${q_terms}][4];
        query_words(a, q, s);
        KT_UNROLL
        for (u32 g = 0; g < ${groups}; g++) {
            u32 b[4];
            kt_matrices_t(b, lane + g * ${group_bytes} + s * 512);
            KT_UNROLL
            for (u32 t = 0; t < ${q_terms}; t++) {
                kt_mma(scores[2 * g], a[t], b[0], b[1]);
                kt_mma(scores[2 * g + 1], a[t], b[2], b[3]);
            }
        }
    }
$end
}

// Where in its group the key of a score lies: score i of half `half` in this lane.
KT_DEV u32 key_of(u32 half, u32 i)
{
$if quantized
    return KT_LANE % 4 * 4 + i % 2 * 2 + half;
$else
    return half * 8 + KT_LANE % 4 * 2 + i % 2;
$end
}

// Scores to weights, what was summed so far to the new largest score.
KT_DEV void make_weights(float (*scores)[4], float (*sums)[4], float *most, float *total)
{
    KT_UNROLL
    for (u32 h = 0; h < 2; h++) {
        float top = most[h];
        KT_UNROLL
        for (u32 i = 0; i < ${2 * groups}; i++)
            top = kt_max(top, kt_max(scores[i][2 * h], scores[i][2 * h + 1]));
        top = kt_max(top, kt_shfl_xor(top, 1));
        top = kt_max(top, kt_shfl_xor(top, 2));
        const float factor = kt_exp2(most[h] - top), bound = top - ${raised}.0f;
        float sum = 0.0f;
        KT_UNROLL
        for (u32 i = 0; i < ${2 * groups}; i++) {
            scores[i][2 * h] = kt_exp2(scores[i][2 * h] - bound);
            scores[i][2 * h + 1] = kt_exp2(scores[i][2 * h + 1] - bound);
            sum += scores[i][2 * h] + scores[i][2 * h + 1];
        }
        total[h] = kt_fma(total[h], factor, sum);
        most[h] = top;
        KT_UNROLL
        for (u32 i = 0; i < ${o_tiles}; i++) sums[i][2 * h] *= factor, sums[i][2 * h + 1] *= factor;
    }
}

// Weights of 16 keys as an A fragment, high and low halves.
KT_DEV void weight_words(u32 (*a)[4], const float *first, const float *second)
{
    u32 words[2][4];
    split_pair(first[0], first[1], &words[0][0], &words[1][0]);
    split_pair(first[2], first[3], &words[0][1], &words[1][1]);
    split_pair(second[0], second[1], &words[0][2], &words[1][2]);
    split_pair(second[2], second[3], &words[0][3], &words[1][3]);
    KT_UNROLL
    for (u32 t = 0; t < ${terms}; t++) {
        KT_UNROLL
        for (u32 i = 0; i < 4; i++) a[t][i] = words[t][i];
    }
}

// sums += weights times values. sums[i]: values 8i .. 8i + 7 of the head${quantized ? '; of q8_0, of 16 the even and the odd' : ''}.
KT_DEV void add_values(float (*sums)[4], float (*weights)[4], kt_at values)
{
$if quantized
    const u32 row = 2 * (KT_LANE & 7) + (KT_LANE >> 3 & 1);
    const kt_at lane = values + ${head_dim} + row * ${head_dim};
    const u32 moved = row >> ${v_shift} & ${v_mask};
    const kt_at lane_scales = values + KT_LANE % 4 * 8;
    KT_UNROLL
    for (u32 g = 0; g < ${groups}; g++) {
        KT_UNROLL
        for (u32 b = 0; b < ${head_dim / 32}; b++) {
            float scale[4], scaled[2][4];
            u32 a[${terms}][4], words[4];
            load_scales(scale, lane_scales + g * ${group_bytes} + b * 32);
            KT_UNROLL
            for (u32 i = 0; i < 4; i++) {
                // The scale of a position that is not there may be anything.
                const float even = weights[2 * g][i], odd = weights[2 * g + 1][i];
                scaled[0][i] = even > 0.0f ? even * scale[i % 2 * 2] : 0.0f;
                scaled[1][i] = odd > 0.0f ? odd * scale[i % 2 * 2 + 1] : 0.0f;
            }
            weight_words(a, scaled[0], scaled[1]);
            kt_matrices_t(words, lane + g * ${group_bytes} + b / ${v_period} * ${v_period * 32} +
                                     (2 * (b % ${v_period}) + (KT_LANE >> 4) ^ moved) * 16);
            KT_UNROLL
            for (u32 h = 0; h < 2; h++) {
                const u32 first = words[2 * h] ^ 0x80808080u, second = words[2 * h + 1] ^ 0x80808080u;
                const u32 e0 = byte_pair(first), e1 = byte_pair(second);
                const u32 o0 = byte_pair(first >> 8), o1 = byte_pair(second >> 8);
                KT_UNROLL
                for (u32 t = 0; t < ${terms}; t++) {
                    kt_mma(sums[4 * b + 2 * h], a[t], e0, e1);
                    kt_mma(sums[4 * b + 2 * h + 1], a[t], o0, o1);
                }
            }
        }
    }
$else
    const u32 row = (KT_LANE & 7) + (KT_LANE >> 3 & 1) * 8;
    const kt_at lane = values + row * ${head_dim * 2};
    const u32 moved = row >> ${v_shift} & ${v_mask};
    KT_UNROLL
    for (u32 g = 0; g < ${groups}; g++) {
        u32 a[${terms}][4];
        weight_words(a, weights[2 * g], weights[2 * g + 1]);
        KT_UNROLL
        for (u32 i = 0; i < ${d_steps}; i++) {
            u32 b[4];
            // Chunk 2i + lane / 16: its bits that move, and those that do not.
            kt_matrices_t(b, lane + g * ${group_bytes} + i / ${v_period} * ${v_period * 32} +
                                 (2 * (i % ${v_period}) + (KT_LANE >> 4) ^ moved) * 16);
            KT_UNROLL
            for (u32 t = 0; t < ${terms}; t++) {
                kt_mma(sums[2 * i], a[t], b[0], b[1]);
                kt_mma(sums[2 * i + 1], a[t], b[2], b[3]);
            }
        }
    }
$end
}
$include "gpu/attention/output.cu.t"

KT_KERNEL(${threads}, ${MINB})
{
    KT_SMEM(smem);
    const kt_at shared = kt_smem_address(smem), stages = shared + ${q_bytes};
    const u32 rows = *KT_PTR(const u32, ${arg_rows});
    const u32 *const positions = KT_PTR(const u32, ${arg_positions});
    const u32 *const token_seq = KT_PTR(const u32, ${arg_token_seq});
    const u8 *const keys = KT_PTR(const u8, ${arg_kcache}), *const values = KT_PTR(const u8, ${arg_vcache});
    const u32 warp_id = KT_TID / KT_WARP, row_warp = warp_id % ${QW}, key_warp = warp_id / ${QW};
    const u32 n_blocks = (rows + ${RT - 1}) / ${RT}, column = KT_BID % ${n_kv_heads * n_parts};
    const u32 kv_head = column % ${n_kv_heads}, part = column / ${n_kv_heads};
    if (KT_BID / ${n_kv_heads * n_parts} >= n_blocks) return;
    // The last rows see most keys: they begin first.
    const u32 first_token = (n_blocks - 1 - KT_BID / ${n_kv_heads * n_parts}) * ${RT};
    const u32 end_token = rows - first_token < ${RT} ? rows : first_token + ${RT};
    const float scale = KT_F32(${arg_scale}) * 1.44269502162933349609375f;

    // Tokens [token, end) of one sequence at a time.
    for (u32 token = first_token, end; token < end_token; token = end) {
        const u32 seq = token_seq[token];
        end = end_token;
        if (token_seq[end - 1] != seq)
            for (end = token + 1; token_seq[end] == seq;) end++;
        const u32 first = positions[token], last = positions[end - 1];
        const u32 *const pages = KT_PTR(const u32, ${arg_page_table}) +
                                 (u64)seq * *KT_PTR(const u32, ${arg_page_stride});

        i32 limit[2];
        const float *q_row[2];
        KT_UNROLL
        for (u32 h = 0; h < 2; h++) {
            const u32 row = row_warp * 16 + h * 8 + KT_LANE / 4, at = first_token + row / ${group};
            const bool there = row < ${RT * group} && at >= token && at < end;
            limit[h] = there ? (i32)positions[at] : -1;
            q_row[h] = there ? KT_PTR(const float, ${arg_q}) +
                                   ((u64)at * ${n_heads} + kv_head * ${group} + row % ${group}) * ${head_dim}
                             : 0;
        }
        // Pages 0 .. last_page hold the keys; this block's are every ${n_parts}th from its part on.
        const u32 last_page = last / ${page_tokens};
        const u32 n_pages = last_page >= part ? (last_page - part) / ${n_parts} + 1 : 0;
        u32 n_tiles = n_pages * ${page_tiles};
        if (n_pages > 0 && (last_page - part) % ${n_parts} == 0)
            n_tiles -= ${page_tiles - 1} - last % ${page_tokens} / ${KT};

        // What the last segment left in shared memory is read.
        KT_SYNC();
        u32 page = n_tiles > 0 ? pages[part] : 0;
        u32 copied = 0, write = 0, read = 0;
#define COPY_STAGE()                                                                               \
    do {                                                                                           \
        if (copied < n_tiles) {                                                                    \
            copy_tile(stages + write, keys, values, page, kv_head, tile_position(copied, part),    \
                      last);                                                                       \
            if (copied + 1 < n_tiles)                                                              \
                page = pages[tile_position(copied + 1, part) / ${page_tokens}];                    \
        }                                                                                          \
        KT_CP_COMMIT();                                                                            \
        copied++;                                                                                  \
        write = write == ${(ST - 1) * stage_bytes} ? 0 : write + ${stage_bytes};                   \
    } while (0)
        KT_UNROLL
        for (u32 s = 0; s < ${ST - 1}; s++) COPY_STAGE();

        struct query q;
$if QS
        q.at = shared + row_warp * ${q_terms * d_steps * 512} + KT_LANE * 16;
$end
        load_query(&q, q_row, scale, key_warp);
        float sums[${o_tiles}][4] = {}, most[2] = {LOWEST, LOWEST}, total[2] = {0.0f, 0.0f};
        KT_NOUNROLL
        for (u32 tile = 0; tile < n_tiles; tile++) {
            float scores[${2 * groups}][4];
            const kt_at at = stages + read;
            KT_CP_WAIT(${ST - 2});
            KT_SYNC();
            COPY_STAGE();
            make_scores(scores, &q, at + key_warp * ${groups * group_bytes});
            const u32 position = tile_position(tile, part);
            if (position + ${KT - 1} > first) {
                KT_UNROLL
                for (u32 i = 0; i < ${2 * groups}; i++) {
                    KT_UNROLL
                    for (u32 j = 0; j < 4; j++) {
                        const u32 key = key_warp * ${warp_keys} + i / 2 * 16 + key_of(i % 2, j);
                        if ((i32)(position + key) > limit[j / 2]) scores[i][j] = kt_as_f32(0xff800000u);
                    }
                }
            }
            make_weights(scores, sums, most, total);
            add_values(sums, scores, at + ${tile_bytes} + key_warp * ${groups * group_bytes});
            read = read == ${(ST - 1) * stage_bytes} ? 0 : read + ${stage_bytes};
        }
        KT_CP_WAIT(0);
        KT_UNROLL
        for (u32 h = 0; h < 2; h++) total[h] = kt_sum(total[h], 4);
$if KW > 1
        merge_warps(stages, sums, most, total, key_warp);
        write_merged(KT_PTR(void, ${slot_y}), ${n_parts > 1 ? 'KT_PTR(float, ' + str(arg_lse) + ')' : '0'},
                     stages, first_token, token, end, kv_head, part);
$else
        write_rows(KT_PTR(void, ${slot_y}), ${n_parts > 1 ? 'KT_PTR(float, ' + str(arg_lse) + ')' : '0'},
                   sums, most, total, first_token, token, end, kv_head, part, row_warp);
$end
#undef COPY_STAGE
    }
}
