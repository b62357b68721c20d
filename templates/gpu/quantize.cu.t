$template quantize
$space gpu_quantize_f32
$param T       threads
$param VEC     values a thread takes together
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param y_type  q8a or bf16
$param arg_x   argument offsets
$param arg_y   .
$param arg_rows .
$param arg_k   .
$include "gpu/vocab/frame.cu.t"
$let arg_width = arg_k
$macro row_value()
        const float *x = KT_PTR(const float, ${arg_x}) + (u64)row * k + at;
$for i in 0..VEC
        v[${i}] = x[${i}];
$end
$end
$include "gpu/rows_each.cu.t"
