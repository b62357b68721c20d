$# Conversions between f16 and f32 in integer arithmetic, for machines without such instructions.
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
