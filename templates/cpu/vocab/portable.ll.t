$# Plain IR: whatever LLVM makes of it without fused multiply-add, half conversion or dot products.
$# Nothing here may become a call to a library.
$include "cpu/vocab/common.ll.t"
$include "cpu/vocab/dot2_plain.ll.t"
$let q8_offset = 128
$let pairs_max = 0
$let dot_start = 0
$let evens = 'i32 0'
$let odds = 'i32 1'
$for i in 1..lanes
$let evens = evens + ', i32 ' + str(2 * i)
$let odds = odds + ', i32 ' + str(2 * i + 1)
$end

define internal %vf @v.fma(%vf %a, %vf %b, %vf %c) #1 {
  %p = fmul %vf %a, %b
  %v = fadd %vf %p, %c
  ret %vf %v
}

$include "cpu/vocab/f16_plain.ll.t"

; A plain sum needs no trick: the offset is unused.
define internal %vf @v.dot.offset(%vf %scale) #1 {
  ret %vf zeroinitializer
}

define internal %vf @v.dot.scale(%vi %dot, %vf %scale, %vf %offset) #1 {
  %f = sitofp %vi %dot to %vf
  %v = fmul %vf %f, %scale
  ret %vf %v
}

; Even and odd bytes as 16-bit values, multiplied and added in pairs.
define internal %vi @v.dot4(%vi %acc, %vb %w, %vb %x) #1 {
  %wp = bitcast %vb %w to %vp
  %xp = bitcast %vb %x to %vp
  %w0 = and %vp %wp, splat (i16 255)
  %w1 = lshr %vp %wp, splat (i16 8)
  %xs = shl %vp %xp, splat (i16 8)
  %x0 = ashr %vp %xs, splat (i16 8)
  %x1 = ashr %vp %xp, splat (i16 8)
$let sum = '%acc'
$for i in 0..2
  %we${i} = sext %vp %w${i} to <${2 * lanes} x i32>
  %xe${i} = sext %vp %x${i} to <${2 * lanes} x i32>
  %m${i} = mul nsw <${2 * lanes} x i32> %we${i}, %xe${i}
  %even${i} = shufflevector <${2 * lanes} x i32> %m${i}, <${2 * lanes} x i32> poison, <${lanes} x i32> <${evens}>
  %odd${i} = shufflevector <${2 * lanes} x i32> %m${i}, <${2 * lanes} x i32> poison, <${lanes} x i32> <${odds}>
  %pair${i} = add %vi %even${i}, %odd${i}
  %sum${i} = add %vi ${sum}, %pair${i}
$let sum = '%sum' + str(i)
$end
  ret %vi ${sum}
}

define internal %vi @v.dot4.q8(%vi %acc, %vb %w, %vb %x) #1 {
  %v = call %vi @v.dot4(%vi %acc, %vb %w, %vb %x)
  ret %vi %v
}
