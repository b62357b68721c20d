$# y0, y1, y2 = x w0^T, x w1^T, x w2^T on matrix instructions of four warps, in one launch.
$template gemm_qkv_wgmma
$space gpu_gemm_qkv_wgmma
$param family          'cuda': names the vocabulary
$param warp            lanes of a warp
$param n_args          slots of the argument block
$param w0_type         type of the weights: bf16 or f16, and x likewise
$param y0_type         type of the result: f32 or bf16
$param arg_x           byte offset of an argument in the block, likewise below
$param arg_w0          .
$param arg_w1          .
$param arg_w2          .
$param arg_y0          .
$param arg_y1          .
$param arg_y2          .
$param arg_rows        .
$param arg_n           .
$param arg_k           .
$param arg_n1          .
$param WG              groups of four warps, along the rows of x
$param MI              tiles of 64 rows of x of a group
$param BN              rows of w in a block
$param ST              steps kept in shared memory
$param GM              rows of tiles that blocks go down before the next column
$param MINB            blocks that must fit on a processor together
$let n_mats = 1
$let n_outs = 3
$let with_residual = 0
$let by_parts = 0
$let w_type = w0_type
$let y_type = y0_type
$let slot_w0 = arg_w0
$let slot_w1 = arg_w1
$let slot_w2 = arg_w2
$let slot_y0 = arg_y0
$let slot_y1 = arg_y1
$let slot_y2 = arg_y2
$include "gpu/gemm/wgmma.cu.t"
