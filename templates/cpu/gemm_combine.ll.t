$# The sum of the parts of gemm_split.
$template gemm_combine
$space gemm_combine
$param CB      columns of a block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param n_parts  parts of a row, each of n columns
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_p    argument offsets: parts
$param arg_y    .
$param arg_rows .
$param arg_n    .
$let with_residual = 0
$include "cpu/gemm/combine.ll.t"
