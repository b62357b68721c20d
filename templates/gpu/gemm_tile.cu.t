$template gemm_tile
$space gpu_gemm_tile
$param BM      rows of a tile
$param BN      columns of a tile
$param TM      rows of a thread
$param TN      columns of a thread
$param VEC     1: plain weights one by one, else 16 bytes
$param MINB    blocks of a processor, a hint for registers
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param x_type  type of the activations: f32, bf16 or q8a
$param w_type  type of the weights
$param y_type  type of the result
$param arg_x   argument offsets
$param arg_w   .
$param arg_y   .
$param arg_rows .
$param arg_n   .
$param arg_k   .
$include "gpu/vocab/frame.cu.t"
$let x = x_type
$let w = w_type
$let mats = 1
$let many = 1
$let adds = 0
$include "gpu/gemm/tile.cu.t"
