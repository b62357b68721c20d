$# AArch64 with dot products of bytes.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/fma.ll.t"
$include "cpu/vocab/dot2_plain.ll.t"
$let width = 4
$include "cpu/vocab/dot4_neon.ll.t"
