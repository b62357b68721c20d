$template rope_append
$space gpu_rope_append_f32
$param T       threads, all on one row
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param head_dim  values of a head
$param rope_dim  values of a head that are rotated
$param page_tokens  positions of a page
$param n_heads      query heads
$param n_kv_heads   heads of keys and values
$param kcache_type  type of the pages
$param arg_q        argument offsets
$param arg_k        .
$param arg_v        .
$param arg_table    .
$param arg_kcache   .
$param arg_vcache   .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$include "gpu/vocab/frame.cu.t"
$let kv = kcache_type
$let D = head_dim
$let PT = page_tokens
$include "gpu/kv.cu.t"

// Value i of a row of heads, rotated: `turn` has the cosine and the sine of each pair.
KT_DEV float rotated(const float *row, const float *turn, u32 i)
{
    const u32 d = i % ${D};
    if (d >= ${rope_dim}) return row[i];
    const float even = row[i & ~1u], odd = row[i | 1u];
    const float cosine = turn[d & ~1u], sine = turn[d | 1u];
    return d & 1u ? even * sine + odd * cosine : even * cosine - odd * sine;
}

KT_KERNEL(${T}, 1)
{
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), row = KT_BID;
    if (row >= rows) return;
    const u32 position = KT_PTR(const u32, ${arg_positions})[row];
    const u32 seq = KT_PTR(const u32, ${arg_token_seq})[row];
    const u32 stride = *KT_PTR(const u32, ${arg_page_stride});
    const u32 *pages = KT_PTR(const u32, ${arg_page_table}) + (u64)seq * stride;
    const u32 page = pages[position / ${PT}], slot = position % ${PT};
    const float *turn = KT_PTR(const float, ${arg_table}) + (u64)position * ${rope_dim};
    float *q = KT_PTR(float, ${arg_q}) + (u64)row * ${n_heads * D};
    for (u32 i = KT_TID * 2; i < ${n_heads * D}; i += ${2 * T}) {
        if (i % ${D} >= ${rope_dim}) continue;
        const float even = rotated(q, turn, i), odd = rotated(q, turn, i + 1);
        q[i] = even;
        q[i + 1] = odd;
    }
    const float *k = KT_PTR(const float, ${arg_k}) + (u64)row * ${n_kv_heads * D};
    const float *v = KT_PTR(const float, ${arg_v}) + (u64)row * ${n_kv_heads * D};
    u8 *kcache = KT_PTR(u8, ${arg_kcache}), *vcache = KT_PTR(u8, ${arg_vcache});
    for (u32 base = 0; base < ${n_kv_heads * D}; base += ${T}) {
        const u32 i = base + KT_TID, in = i < ${n_kv_heads * D};
        const u64 at = kv_group(page, ${n_kv_heads}, in ? i / ${D} : 0, slot);
        const float key = in ? rotated(k, turn, i) : 0.0f, value = in ? v[i] : 0.0f;
        kv_put(kcache + at, 1, slot % 16, i % ${D}, in, key);
        kv_put(vcache + at, 0, slot % 16, i % ${D}, in, value);
    }
}
