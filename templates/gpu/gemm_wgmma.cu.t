$# y = x w^T on matrix instructions of four warps.
$template gemm_wgmma
$space gpu_gemm_wgmma
$param family          'cuda': names the vocabulary
$param warp            lanes of a warp
$param n_args          slots of the argument block
$param w_type          type of the weights: bf16 or f16, and x likewise
$param y_type          type of the result: f32 or bf16
$param arg_x           byte offset of an argument in the block, likewise below
$param arg_w           .
$param arg_y           .
$param arg_rows        .
$param arg_n           .
$param arg_k           .
$param WG              groups of four warps, along the rows of x
$param MI              tiles of 64 rows of x of a group
$param BN              rows of w in a block
$param ST              steps kept in shared memory
$param GM              rows of tiles that blocks go down before the next column
$param MINB            blocks that must fit on a processor together
$let n_mats = 1
$let n_outs = 1
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w
$let slot_y0 = arg_y
$include "gpu/gemm/wgmma.cu.t"
