$# Where values of KV pages lie, and one value in: set kv (f32, f16, bf16 or q8_0), D (head_dim) and
$# PT (page_tokens) before the include. codegen/ops/README.md has the layout.
$let kv_bytes = kv == 'f32' ? 4 : kv == 'q8_0' ? 1 : 2

// Sixteen positions of one head, of the page's first position on, in bytes.
KT_DEV u64 kv_group(u32 page, u32 n_kv_heads, u32 head, u32 slot)
{
    const u64 group = ((u64)page * n_kv_heads + head) * ${PT / 16} + slot / 16;
    return group * ${kv == 'q8_0' ? 17 * D : 16 * kv_bytes * D};
}

// One value of a position, by the neighbouring lanes of its 32 together where they share a scale.
KT_DEV void kv_put(u8 *group, u32 is_key, u32 lane, u32 d, u32 in, float v)
{
$if kv == 'q8_0'
    const float amax = kt_largest(kt_abs(in ? v : 0.0f), 32);
    const u16 bits = kt_f32_h(amax / 127.0f);
    const float scale = kt_h_f32(bits), inverse = scale > 0.0f ? 1.0f / scale : 0.0f;
    const float q = kt_rint(kt_max(kt_min(v * inverse, 127.0f), -127.0f));
    if (in && d % 32 == 0) *(u16 *)(group + d + 2 * lane) = bits;
    if (in) ((i8 *)group)[${D} + (is_key ? d * 16 + lane : lane * ${D} + d)] = (i8)(i32)q;
$else
    const u32 at = is_key ? d * 16 + lane : lane * ${D} + d;
$if kv == 'f32'
    if (in) ((float *)group)[at] = v;
$elif kv == 'f16'
    if (in) ((u16 *)group)[at] = kt_f32_h(v);
$else
    if (in) ((u16 *)group)[at] = kt_f32_bf(v);
$end
$end
}
