$# y = x w^T + r: int8 activations and weights with a scale per row, weights in groups of interleaved rows.
$template gemm_i8r_add
$space gemm_i8r_add
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
$param R                rows of w interleaved in a group
$param NV               groups computed at once
$param NB               panels of NV groups in a block
$param MR               rows of x computed at once
$param KU               steps of 4 values of k unrolled
$param PACK             1: copy a chunk's rows to scratch first
$param PF               prefetch distance in bytes, 0 for none
$param AHEAD            how many panels ahead tiles ask for w, in equal shares; 0: never
$param KC               values of k in a part, 0 for all
$param MC               tiles of rows in a chunk, whose sums rest in scratch
$param RB               shares that the rows are cut into
$let n_mats = 1
$let with_residual = 1
$let by_parts = 0
$let slot_w0 = arg_w
$let slot_r = arg_r
$include "cpu/gemm/i8r.ll.t"
