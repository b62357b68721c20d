$template gemm_split_gemv
$space gpu_gemm_split_gemv
$param NR      rows of w (columns of y) of a warp
$param MR      rows of x served by one pass over w
$param KW      warps that share the k of those rows
$param GROUPS  such groups of warps in a block
$param U       loads of a row of w under way in a lane
$param VEC     1: plain weights one by one, else 16 bytes
$param MINB    blocks of a processor, a hint for registers
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param x_type  type of the activations: f32, bf16 or q8a
$param w_type  type of the weights
$param arg_x   argument offsets
$param arg_w   .
$param arg_y   .
$param arg_rows .
$param arg_n   .
$param arg_k   .
$param arg_n_parts .
$include "gpu/vocab/frame.cu.t"
$let x = x_type
$let w = w_type
$let mats = 1
$let many = 1
$let adds = 0
$let parts = 1
$let y_type = 'f32'
$include "gpu/gemm/gemv.cu.t"
