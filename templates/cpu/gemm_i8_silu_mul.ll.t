$# y = silu(x w0^T) * (x w1^T): int8 activations, quantized weights in groups of interleaved rows.
$template gemm_i8_silu_mul
$space gemm_i8_silu_mul
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param w0_type          type of both matrices
$param arg_x            byte offset of an argument in the block, likewise below
$param arg_w0           weights of the gate
$param arg_w1           weights of what it multiplies
$param arg_y            result
$param arg_rows         address of the number of rows of x
$param arg_n            columns of y
$param arg_k            columns of x
$param R                rows of w interleaved in a group
$param NV               groups of each matrix computed at once
$param NB               panels of NV groups in a block
$param MR               rows of x computed at once
$param MT               rows of a tile whose sums are in scratch, 0 for sums in registers
$param RB               shares that the rows are cut into, where sums are in scratch
$param RI               rows whose dot products are interleaved, 0 for all of a tile
$param KU               steps of 32 values of k unrolled
$param PACK             1: copy a tile's rows to scratch first
$param PF               prefetch distance in bytes, 0 for none
$let type = w0_type
$let n_mats = 2
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w0
$let slot_w1 = arg_w1
$include "cpu/gemm/i8.ll.t"
