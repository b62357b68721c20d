$# AVX2, FMA and F16C, with AVX-VNNI where the target has it.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/fma.ll.t"
$include "cpu/vocab/dot2_plain.ll.t"
$let width = 8
$if has_avxvnni
$include "cpu/vocab/dot4_vnni.ll.t"
$else
$include "cpu/vocab/dot4_avx2.ll.t"
$end
