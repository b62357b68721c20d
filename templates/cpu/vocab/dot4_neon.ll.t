$# sdot in registers of four lanes. Both sides are signed: full-range weights lose their offset first.
$let q8_offset = 0
$let pairs_max = 0
declare <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32>, <16 x i8>, <16 x i8>)

define internal <4 x i32> @dot4.piece(<4 x i32> %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %v = call <4 x i32> @llvm.aarch64.neon.sdot.v4i32.v16i8(<4 x i32> %acc, <16 x i8> %w, <16 x i8> %x)
  ret <4 x i32> %v
}

define internal <4 x i32> @dot4.q8.piece(<4 x i32> %acc, <16 x i8> %w, <16 x i8> %x) #1 {
  %s = xor <16 x i8> %w, splat (i8 -128)
  %v = call <4 x i32> @dot4.piece(<4 x i32> %acc, <16 x i8> %s, <16 x i8> %x)
  ret <4 x i32> %v
}
$include "cpu/vocab/dot4_split.ll.t"
