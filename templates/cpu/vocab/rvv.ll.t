$# RISC-V V. Vectors are of fixed length; the compiler lays them on as many registers as the target's
$# least register length asks for.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/fma.ll.t"
$include "cpu/vocab/dot2_plain.ll.t"
$include "cpu/vocab/dot4_pairs.ll.t"
