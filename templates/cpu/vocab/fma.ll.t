$# Levels with fused multiply-add. All but RVV have half conversion as well.
declare %vf @llvm.fma.v${lanes}f32(%vf, %vf, %vf)

define internal %vf @v.fma(%vf %a, %vf %b, %vf %c) #1 {
  %v = call %vf @llvm.fma.v${lanes}f32(%vf %a, %vf %b, %vf %c)
  ret %vf %v
}

$if isa == 'rvv'
$include "cpu/vocab/f16_plain.ll.t"
$else
define internal %vf @v.f16.bits(<${lanes} x i16> %b) #1 {
  %h = bitcast <${lanes} x i16> %b to <${lanes} x half>
  %v = fpext <${lanes} x half> %h to %vf
  ret %vf %v
}

define internal <${lanes} x i16> @v.to.f16(%vf %v) #1 {
  %h = fptrunc %vf %v to <${lanes} x half>
  %b = bitcast <${lanes} x half> %h to <${lanes} x i16>
  ret <${lanes} x i16> %b
}
$end

; An integer sum that starts at dot_start + s comes back as a float times scale, in one operation:
; the bits of dot_start are the float 1.5 * 2^23, so the sum's are that float plus the sum.
$let dot_start = 1262485504
define internal %vf @v.dot.offset(%vf %scale) #1 {
  %v = fmul %vf %scale, splat (float ${hexfloat(-12582912.0)})
  ret %vf %v
}

define internal %vf @v.dot.scale(%vi %dot, %vf %scale, %vf %offset) #1 {
  %f = bitcast %vi %dot to %vf
  %v = call %vf @v.fma(%vf %f, %vf %scale, %vf %offset)
  ret %vf %v
}
