$# vpmaddubsw in registers of `width` lanes (8: AVX2, 16: AVX-512 BW). Its 16-bit sums saturate: exact
$# for weights up to 127. Full-range weights lose their offset first and give their sign to the
$# activation, which is never -128.
$let q8_offset = 0
$let pairs_max = 32767
$let n_bytes = 4 * width
$let n_pairs = 2 * width
$if width == 8
declare <16 x i16> @llvm.x86.avx2.pmadd.ub.sw(<32 x i8>, <32 x i8>)
declare <8 x i32> @llvm.x86.avx2.pmadd.wd(<16 x i16>, <16 x i16>)
declare <32 x i8> @llvm.x86.avx2.psign.b(<32 x i8>, <32 x i8>)
$let madd_bytes = '@llvm.x86.avx2.pmadd.ub.sw'
$let madd_pairs = '@llvm.x86.avx2.pmadd.wd'
$else
declare <32 x i16> @llvm.x86.avx512.pmaddubs.w.512(<64 x i8>, <64 x i8>)
declare <16 x i32> @llvm.x86.avx512.pmaddw.d.512(<32 x i16>, <32 x i16>)
$let madd_bytes = '@llvm.x86.avx512.pmaddubs.w.512'
$let madd_pairs = '@llvm.x86.avx512.pmaddw.d.512'
$end
declare <${n_bytes} x i8> @llvm.abs.v${n_bytes}i8(<${n_bytes} x i8>, i1)

define internal <${n_pairs} x i16> @dot4.pairs.piece(<${n_pairs} x i16> %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %pairs = call <${n_pairs} x i16> ${madd_bytes}(<${n_bytes} x i8> %w, <${n_bytes} x i8> %x)
  %v = add <${n_pairs} x i16> %acc, %pairs
  ret <${n_pairs} x i16> %v
}

define internal <${width} x i32> @dot4.wide.piece(<${width} x i32> %acc, <${n_pairs} x i16> %pairs) #1 {
  %fours = call <${width} x i32> ${madd_pairs}(<${n_pairs} x i16> %pairs, <${n_pairs} x i16> splat (i16 1))
  %v = add <${width} x i32> %acc, %fours
  ret <${width} x i32> %v
}

define internal <${width} x i32> @dot4.piece(<${width} x i32> %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %pairs = call <${n_pairs} x i16> @dot4.pairs.piece(<${n_pairs} x i16> zeroinitializer, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x)
  %v = call <${width} x i32> @dot4.wide.piece(<${width} x i32> %acc, <${n_pairs} x i16> %pairs)
  ret <${width} x i32> %v
}

define internal <${width} x i32> @dot4.q8.piece(<${width} x i32> %acc, <${n_bytes} x i8> %w, <${n_bytes} x i8> %x) #1 {
  %s = xor <${n_bytes} x i8> %w, splat (i8 -128)
  %a = call <${n_bytes} x i8> @llvm.abs.v${n_bytes}i8(<${n_bytes} x i8> %s, i1 false)
$if width == 8
  %t = call <32 x i8> @llvm.x86.avx2.psign.b(<32 x i8> %x, <32 x i8> %s)
$else
  %below = icmp sgt <64 x i8> %w, splat (i8 -1)
  %minus = sub <64 x i8> zeroinitializer, %x
  %t = select <64 x i1> %below, <64 x i8> %minus, <64 x i8> %x
$end
  %v = call <${width} x i32> @dot4.piece(<${width} x i32> %acc, <${n_bytes} x i8> %a, <${n_bytes} x i8> %t)
  ret <${width} x i32> %v
}
$include "cpu/vocab/dot4_split.ll.t"
