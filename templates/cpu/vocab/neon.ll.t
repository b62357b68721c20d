$# AArch64 with what every machine has: NEON, fused multiply-add, half conversion.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/fma.ll.t"
$include "cpu/vocab/dot2_plain.ll.t"
$include "cpu/vocab/dot4_pairs.ll.t"
