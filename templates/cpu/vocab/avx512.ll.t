$# AVX-512 F, BW, DQ and VL, with VNNI and BF16 where the target has them.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/fma.ll.t"
$let width = min(lanes, 16)
$if has_avx512bf16
$include "cpu/vocab/dot2_avx512.ll.t"
$else
$include "cpu/vocab/dot2_plain.ll.t"
$end
$if has_avx512vnni
$include "cpu/vocab/dot4_vnni.ll.t"
$else
$let width = max(8, width)
$include "cpu/vocab/dot4_avx2.ll.t"
$end
