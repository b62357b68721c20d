$# y0 = x w0^T, y1 = x w1^T, y2 = x w2^T: int8 activations, quantized weights in groups of interleaved rows.
$template gemm_i8_qkv
$space gemm_i8_qkv
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param w0_type          type of all weights
$param arg_x            byte offset of an argument in the block, likewise below
$param arg_w0           weights of the first
$param arg_w1           of the second
$param arg_w2           of the third
$param arg_y0           results
$param arg_y1           likewise
$param arg_y2           likewise
$param arg_rows         address of the number of rows of x
$param arg_n            columns of y0
$param arg_n1           columns of y1 and of y2
$param arg_k            columns of x
$param R                rows of w interleaved in a group
$param NV               groups computed at once
$param NB               panels of NV groups in a block
$param MR               rows of x computed at once
$param MT               rows of a tile whose sums are in scratch, 0 for sums in registers
$param RB               shares that the rows are cut into, where sums are in scratch
$param RI               rows whose dot products are interleaved, 0 for all of a tile
$param KU               steps of 32 values of k unrolled
$param PACK             1: copy a tile's rows to scratch first
$param PF               prefetch distance in bytes, 0 for none
$let type = w0_type
$let n_mats = 1
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w0
$let arg_y = arg_y0
$let block_cols = NB * NV * R
$let shares = 1
$include "cpu/gemm/i8.ll.t"
$include "cpu/gemm/qkv.ll.t"
