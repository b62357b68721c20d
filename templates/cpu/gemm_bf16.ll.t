$# y = x w^T: bf16 activations, bf16 weights in groups of interleaved rows, pairs of k together.
$template gemm_bf16
$space gemm_bf16
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param arg_x            byte offset of an argument in the block, likewise below
$param arg_w            weights
$param arg_y            result
$param arg_rows         address of the number of rows of x
$param arg_n            columns of y
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
$let slot_w0 = arg_w
$include "cpu/gemm/bf16.ll.t"
