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
$elif in(isa, 'neon', 'neon_dotprod')
$# tbl in pieces of a register, put behind each other one after the other.
declare <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8>, <16 x i8>)

define internal <16 x i8> @v.lookup16.x16(<16 x i8> %table, <16 x i8> %i) #1 {
  %v = call <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8> %table, <16 x i8> %i)
  ret <16 x i8> %v
}

define internal <${all} x i8> @v.lookup16(<16 x i8> %table, <${all} x i8> %i) #1 {
$let whole = ''
$for p in 0..all / 16
$let at = 'i32 ' + str(16 * p)
$for i in 1..16
$let at = at + ', i32 ' + str(16 * p + i)
$end
  %i${p} = shufflevector <${all} x i8> %i, <${all} x i8> poison, <16 x i32> <${at}>
  %v${p} = call <16 x i8> @llvm.aarch64.neon.tbl1.v16i8(<16 x i8> %table, <16 x i8> %i${p})
$let at = 'i32 0'
$for i in 1..all
$let at = at + ', i32 ' + (i < 16 ? str(i) : 'poison')
$end
  %w${p} = shufflevector <16 x i8> %v${p}, <16 x i8> poison, <${all} x i32> <${at}>
$if p
$let at = 'i32 0'
$for i in 1..all
$let at = at + ', i32 ' + str(i < 16 * p ? i : i < 16 * p + 16 ? all + i - 16 * p : i)
$end
  %sum${p} = shufflevector <${all} x i8> ${whole}, <${all} x i8> %w${p}, <${all} x i32> <${at}>
$let whole = '%sum' + str(p)
$else
$let whole = '%w0'
$end
$end
  ret <${all} x i8> ${whole}
}
$elif isa == 'rvv'
$# vrgather on as many registers as the bytes fill where a register holds 16 of them. A fixed vector
$# has no shuffle by another; a scalable one has.
$macro gather_lookup(name, n)
$let scaled = '<vscale x ' + str(n / 2) + ' x i8>'
$let letters = 'nxv' + str(n / 2) + 'i8'
$if name != 'v.lookup16.x16' || all != 16
$if n != 16
declare ${scaled} @llvm.vector.insert.${letters}.v16i8(${scaled}, <16 x i8>, i64)
$end
declare ${scaled} @llvm.vector.insert.${letters}.v${n}i8(${scaled}, <${n} x i8>, i64)
declare ${scaled} @llvm.riscv.vrgather.vv.${letters}.i64(${scaled}, ${scaled}, ${scaled}, i64)
declare <${n} x i8> @llvm.vector.extract.v${n}i8.${letters}(${scaled}, i64)
$end

define internal <${n} x i8> @${name}(<16 x i8> %table, <${n} x i8> %i) #1 {
  %t = call ${scaled} @llvm.vector.insert.${letters}.v16i8(${scaled} poison, <16 x i8> %table, i64 0)
  %s = call ${scaled} @llvm.vector.insert.${letters}.v${n}i8(${scaled} poison, <${n} x i8> %i, i64 0)
  %g = call ${scaled} @llvm.riscv.vrgather.vv.${letters}.i64(${scaled} poison, ${scaled} %t, ${scaled} %s, i64 ${n})
  %v = call <${n} x i8> @llvm.vector.extract.v${n}i8.${letters}(${scaled} %g, i64 0)
  ret <${n} x i8> %v
}
$end
$call gather_lookup('v.lookup16', all)
$call gather_lookup('v.lookup16.x16', 16)
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
