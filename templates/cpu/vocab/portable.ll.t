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

; Exponent and fraction move into place and 2^112 makes up for the smaller bias, subnormals
; included; infinities and NaN get the largest exponent.
define internal %vf @v.f16.bits(<${lanes} x i16> %h) #1 {
  %i = zext <${lanes} x i16> %h to %vi
  %m = and %vi %i, splat (i32 32767)
  %s = shl %vi %m, splat (i32 13)
  %f = bitcast %vi %s to %vf
  %g = fmul %vf %f, splat (float ${hexfloat(5192296858534827628530496329220096.0)})
  %gi = bitcast %vf %g to %vi
  %huge = icmp ugt %vi %m, splat (i32 31743)
  %top = or %vi %s, splat (i32 2139095040)
  %a = select <${lanes} x i1> %huge, %vi %top, %vi %gi
  %sign = and %vi %i, splat (i32 32768)
  %sign31 = shl %vi %sign, splat (i32 16)
  %b = or %vi %a, %sign31
  %v = bitcast %vi %b to %vf
  ret %vf %v
}

; To nearest, ties to even: 0.5 has the unit of f16's subnormals as its last place.
define internal <${lanes} x i16> @v.to.f16(%vf %v) #1 {
  %i = bitcast %vf %v to %vi
  %a = and %vi %i, splat (i32 2147483647)
  %sign = lshr %vi %i, splat (i32 16)
  %s = and %vi %sign, splat (i32 32768)
  %lsb = lshr %vi %a, splat (i32 13)
  %odd = and %vi %lsb, splat (i32 1)
  %bias = add %vi %odd, splat (i32 ${4095 - (112 << 23)})
  %sum = add %vi %a, %bias
  %normal = lshr %vi %sum, splat (i32 13)
  %af = bitcast %vi %a to %vf
  %half = fadd %vf %af, splat (float 0.5)
  %hi = bitcast %vf %half to %vi
  %tiny = sub %vi %hi, splat (i32 1056964608)
  %is.tiny = icmp ult %vi %a, splat (i32 ${113 << 23})
  %r0 = select <${lanes} x i1> %is.tiny, %vi %tiny, %vi %normal
  %is.huge = icmp uge %vi %a, splat (i32 ${(127 + 16) << 23})
  %r1 = select <${lanes} x i1> %is.huge, %vi splat (i32 31744), %vi %r0
  %is.nan = icmp ugt %vi %a, splat (i32 2139095040)
  %r2 = select <${lanes} x i1> %is.nan, %vi splat (i32 32256), %vi %r1
  %r = or %vi %r2, %s
  %h = trunc %vi %r to <${lanes} x i16>
  ret <${lanes} x i16> %h
}

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
