$# y = x w^T + r: bf16 activations, bf16 weights in groups of 16 interleaved rows, on matrix tiles.
$template gemm_tiles_bf16_add
$space gemm_tiles_bf16_add
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param arg_x            byte offset of an argument in the block, likewise below
$param arg_w            weights
$param arg_r            what is added to the product
$param arg_y            result
$param arg_rows         address of the number of rows of x
$param arg_n            columns of y
$param arg_k            columns of x
$param MT               rows of a tile of x
$param NV               groups of columns computed at once
$param NB               panels of NV groups in a block
$param PF               prefetch distance in bytes, 0 for none
$let R = 16
$let n_mats = 1
$let with_residual = 1
$let by_parts = 0
$let slot_w0 = arg_w
$let slot_r = arg_r
$include "cpu/gemm/tiles_bf16.ll.t"
