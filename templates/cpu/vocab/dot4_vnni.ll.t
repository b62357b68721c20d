$# vpdpbusd in registers of `width` lanes. The operand types are those of LLVM 19; newer ones take
$# them as well.
$let bits = 32 * width
$let q8_offset = 128
$let pairs_max = 0
declare <${width} x i32> @llvm.x86.avx512.vpdpbusd.${bits}(<${width} x i32>, <${width} x i32>, <${width} x i32>)

define internal <${width} x i32> @dot4.piece(<${width} x i32> %acc, <${4 * width} x i8> %w, <${4 * width} x i8> %x) #1 {
  %wi = bitcast <${4 * width} x i8> %w to <${width} x i32>
  %xi = bitcast <${4 * width} x i8> %x to <${width} x i32>
  %v = call <${width} x i32> @llvm.x86.avx512.vpdpbusd.${bits}(<${width} x i32> %acc, <${width} x i32> %wi, <${width} x i32> %xi)
  ret <${width} x i32> %v
}

define internal <${width} x i32> @dot4.q8.piece(<${width} x i32> %acc, <${4 * width} x i8> %w, <${4 * width} x i8> %x) #1 {
  %v = call <${width} x i32> @dot4.piece(<${width} x i32> %acc, <${4 * width} x i8> %w, <${4 * width} x i8> %x)
  ret <${width} x i32> %v
}
$include "cpu/vocab/dot4_split.ll.t"
