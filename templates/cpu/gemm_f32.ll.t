$# y = x w^T: f32 activations, weights of any type in groups of interleaved rows.
$template gemm_f32
$space gemm_f32
$param isa              instruction-set level, names the vocabulary
$param has_avx512vnni   the target's features that the vocabulary asks for
$param has_avx512bf16   likewise
$param has_avxvnni      likewise
$param w_type           type of the weights
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
$param KU               values of k unrolled for f32, f16 and bf16
$param PACK             1: copy a chunk's rows to scratch first
$param PF               blocks unpacked in the loop: prefetch distance in bytes, 0 for none
$param AHEAD            how many panels ahead tiles ask for w, in equal shares; 0: never
$param KC               values of k in a part, 0 for all
$param CONV             1: a panel's weights become f32 in scratch first
$param MC               tiles of rows in a chunk, whose sums rest in scratch
$param RB               shares that the rows are cut into
$let type = w_type
$let n_mats = 1
$let with_residual = 0
$let by_parts = 0
$let slot_w0 = arg_w
$include "cpu/gemm/f32.ll.t"
