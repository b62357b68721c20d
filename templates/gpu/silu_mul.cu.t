$template silu_mul
$space gpu_silu_mul_f32
$param T       threads
$param VEC     values a thread takes together
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param y_type  f32, q8a or bf16
$param arg_g   argument offsets
$param arg_u   .
$param arg_y   .
$param arg_rows .
$param arg_k   .
$include "gpu/vocab/frame.cu.t"
$let arg_width = arg_k
$macro row_value()
        const float *g = KT_PTR(const float, ${arg_g}) + (u64)row * k + at;
        const float *u = KT_PTR(const float, ${arg_u}) + (u64)row * k + at;
$for i in 0..VEC
        v[${i}] = kt_silu(g[${i}]) * u[${i}];
$end
$end
$include "gpu/rows_each.cu.t"
