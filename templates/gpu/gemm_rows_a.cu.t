$# y = x w^T on matrix instructions, weights as their rows.
$template gemm_rows_a
$space gpu_gemm_rows_a
$param family          'cuda': names the vocabulary
$param warp            lanes of a warp
$param n_args          slots of the argument block
$param w_type          type of the weights: bf16, f16, q4_0 or q8_0
$param y_type          type of the result: f32 or bf16
$param arg_x           byte offset of an argument in the block, likewise below
$param arg_w           .
$param arg_y           .
$param arg_rows        .
$param arg_n           .
$param arg_k           .
$param BN              rows of w in a block
$param BT              rows of x in a block, a multiple of 8
$param BK              values of k in a step
$param MT              tiles of 16 rows of w of a warp
$param WK              warps of a block along k
$param ST              steps kept in shared memory
$param MINB            blocks that must fit on a processor together
$let n_mats = 1
$let n_outs = 1
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w
$let slot_y0 = arg_y
$include "gpu/gemm/rows_a.cu.t"
