$# @v.lookup16: for each byte, 0..15, the byte of a table of 16. Also for 16 bytes alone.
$let all = 4 * lanes
$if isa == 'portable'
$# A table's entry counts where the byte is its number.
$macro plain_lookup(name, n)
define internal <${n} x i8> @${name}(<16 x i8> %table, <${n} x i8> %i) #1 {
$let sum = 'zeroinitializer'
$for e in 0..16
  %is${e} = icmp eq <${n} x i8> %i, splat (i8 ${e})
  %t${e} = shufflevector <16 x i8> %table, <16 x i8> poison, <${n} x i32> splat (i32 ${e})
  %v${e} = select <${n} x i1> %is${e}, <${n} x i8> %t${e}, <${n} x i8> zeroinitializer
  %sum${e} = or <${n} x i8> ${sum}, %v${e}
$let sum = '%sum' + str(e)
$end
  ret <${n} x i8> ${sum}
}
$end
$call plain_lookup('v.lookup16', all)
$call plain_lookup('v.lookup16.x16', 16)
$else
$# vpshufb in pieces as wide as a register.
$let piece = min(all, isa == 'avx512' ? 64 : 32)
$let shuffle = piece == 64 ? 'avx512.pshuf.b.512' : piece == 32 ? 'avx2.pshuf.b' : 'ssse3.pshuf.b.128'
declare <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8>, <16 x i8>)
$if piece > 16
declare <${piece} x i8> @llvm.x86.${shuffle}(<${piece} x i8>, <${piece} x i8>)
$end

define internal <16 x i8> @v.lookup16.x16(<16 x i8> %table, <16 x i8> %i) #1 {
  %v = call <16 x i8> @llvm.x86.ssse3.pshuf.b.128(<16 x i8> %table, <16 x i8> %i)
  ret <16 x i8> %v
}

define internal <${all} x i8> @v.lookup16(<16 x i8> %table, <${all} x i8> %i) #1 {
$let repeat = 'i32 0'
$for i in 1..piece
$let repeat = repeat + ', i32 ' + str(i % 16)
$end
  %t = shufflevector <16 x i8> %table, <16 x i8> poison, <${piece} x i32> <${repeat}>
$if piece == all
  %v = call <${piece} x i8> @llvm.x86.${shuffle}(<${piece} x i8> %t, <${piece} x i8> %i)
$else
$assert all == 2 * piece "a vector must be 1 or 2 registers"
$for p in 0..2
$let at = 'i32 ' + str(p * piece)
$for i in 1..piece
$let at = at + ', i32 ' + str(p * piece + i)
$end
  %i${p} = shufflevector <${all} x i8> %i, <${all} x i8> poison, <${piece} x i32> <${at}>
  %v${p} = call <${piece} x i8> @llvm.x86.${shuffle}(<${piece} x i8> %t, <${piece} x i8> %i${p})
$end
$let at = 'i32 0'
$for i in 1..all
$let at = at + ', i32 ' + str(i)
$end
  %v = shufflevector <${piece} x i8> %v0, <${piece} x i8> %v1, <${all} x i32> <${at}>
$end
  ret <${all} x i8> %v
}
$end
