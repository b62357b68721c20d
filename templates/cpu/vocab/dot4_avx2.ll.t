$# vpmaddubsw, whose 16-bit sums saturate: exact for weights up to 127. Full-range weights lose their
$# offset first and give their sign to the activation, which is never -128.
$let width = 8
$let q8_offset = 0
declare <16 x i16> @llvm.x86.avx2.pmadd.ub.sw(<32 x i8>, <32 x i8>)
declare <8 x i32> @llvm.x86.avx2.pmadd.wd(<16 x i16>, <16 x i16>)
declare <32 x i8> @llvm.x86.avx2.psign.b(<32 x i8>, <32 x i8>)
declare <32 x i8> @llvm.abs.v32i8(<32 x i8>, i1)

define internal <8 x i32> @dot4.piece(<8 x i32> %acc, <32 x i8> %w, <32 x i8> %x) #1 {
  %pairs = call <16 x i16> @llvm.x86.avx2.pmadd.ub.sw(<32 x i8> %w, <32 x i8> %x)
  %fours = call <8 x i32> @llvm.x86.avx2.pmadd.wd(<16 x i16> %pairs, <16 x i16> splat (i16 1))
  %v = add <8 x i32> %acc, %fours
  ret <8 x i32> %v
}

define internal <8 x i32> @dot4.q8.piece(<8 x i32> %acc, <32 x i8> %w, <32 x i8> %x) #1 {
  %s = xor <32 x i8> %w, splat (i8 -128)
  %a = call <32 x i8> @llvm.abs.v32i8(<32 x i8> %s, i1 false)
  %t = call <32 x i8> @llvm.x86.avx2.psign.b(<32 x i8> %x, <32 x i8> %s)
  %v = call <8 x i32> @dot4.piece(<8 x i32> %acc, <32 x i8> %a, <32 x i8> %t)
  ret <8 x i32> %v
}
$include "cpu/vocab/dot4_split.ll.t"
