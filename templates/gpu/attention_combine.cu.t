$template attention_combine
$space gpu_attention_combine_f32
$param T       threads
$param VEC     values a thread takes together
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param y_type    f32, q8a or bf16
$param n_heads   query heads
$param head_dim  values of a head
$param part_heads  heads of all parts
$param arg_o     argument offsets
$param arg_lse   .
$param arg_y     .
$param arg_rows  .
$include "gpu/vocab/frame.cu.t"
$let n_parts = part_heads / n_heads
$include "gpu/rows_out.cu.t"

// Every thread weighs the parts of its own values: the parts' numbers come from the nearest cache.
KT_KERNEL(${T}, 1)
{
    u8 *y = KT_PTR(u8, ${arg_y});
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = ${n_heads * head_dim};
    const u32 chunks = (k + ${T * VEC - 1}) / ${T * VEC};
    const u32 row = KT_BID / chunks, at = KT_BID % chunks * ${T * VEC} + KT_TID * ${VEC};
    if (row >= rows) return;
    const u32 in = at < k;
    float v[${VEC}] = {0.0f};
    if (in) {
        const u32 head = at / ${head_dim};
        const float *lse = KT_PTR(const float, ${arg_lse}) + (u64)row * ${part_heads} + head;
        const float *o = KT_PTR(const float, ${arg_o}) + (u64)row * ${part_heads * head_dim} + at;
        float largest = lse[0], sum = 0.0f;
        KT_UNROLL
        for (u32 i = 1; i < ${n_parts}; i++) largest = kt_max(largest, lse[i * ${n_heads}]);
        _Pragma("unroll 4")
        for (u32 i = 0; i < ${n_parts}; i++) {
            const float weight = kt_exp(lse[i * ${n_heads}] - largest);
            sum += weight;
$for i in 0..VEC
            v[${i}] = kt_fma(weight, o[i * ${n_heads * head_dim} + ${i}], v[${i}]);
$end
        }
        const float inverse = 1.0f / sum;
$for i in 0..VEC
        v[${i}] *= inverse;
$end
    }
$if VEC == 4
    y_four(y, row, k, at, in, v);
$else
    y_one(y, row, k, at, in, v[0]);
$end
}
