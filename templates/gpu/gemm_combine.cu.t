$template gemm_combine
$space gpu_gemm_combine_f32
$param T       threads
$param VEC     values a thread takes together
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param y_type  f32, q8a or bf16
$param n_parts sums that make a value
$param arg_p   argument offsets
$param arg_y   .
$param arg_rows .
$param arg_n   .
$include "gpu/vocab/frame.cu.t"
$let arg_width = arg_n
$macro row_value()
        const float *p = KT_PTR(const float, ${arg_p}) + (u64)row * ${n_parts} * k + at;
        KT_UNROLL
        for (u32 j = 0; j < ${n_parts}; j++) {
$for i in 0..VEC
            v[${i}] += p[(u64)j * k + ${i}];
$end
        }
$end
$include "gpu/rows_each.cu.t"
