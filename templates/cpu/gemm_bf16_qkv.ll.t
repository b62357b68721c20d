$# y0 = x w0^T, y1 = x w1^T, y2 = x w2^T: bf16 activations, bf16 weights in groups of interleaved rows.
$template gemm_bf16_qkv
$space gemm_bf16_qkv
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
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
$param KU               pairs of k unrolled
$param DOT              1: the two-element dot product, 0: f32 arithmetic
$param PACK             1: copy a chunk's rows to scratch first
$param AHEAD            how many panels ahead tiles ask for w, in equal shares; 0: never
$param KC               values of k in a part, 0 for all
$param CONV             1: a panel's weights become f32 in scratch first
$param MC               tiles of rows in a chunk, whose sums rest in scratch
$param RB               shares that the rows are cut into
$let n_mats = 1
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w0
$let arg_y = arg_y0
$let block_cols = NV * R
$let shares = RB
$include "cpu/gemm/bf16.ll.t"
$include "cpu/gemm/qkv.ll.t"
