$# vdpbf16ps in registers of `width` lanes.
$assert lanes == width "a vector of bf16 pairs must be one register"
declare %vf @llvm.x86.avx512bf16.dpbf16ps.${32 * width}(%vf, <${2 * width} x bfloat>, <${2 * width} x bfloat>)

define internal %vf @v.dot2(%vf %acc, %vp %a, %vp %b) #1 {
  %ab = bitcast %vp %a to <${2 * width} x bfloat>
  %bb = bitcast %vp %b to <${2 * width} x bfloat>
  %v = call %vf @llvm.x86.avx512bf16.dpbf16ps.${32 * width}(%vf %acc, <${2 * width} x bfloat> %ab, <${2 * width} x bfloat> %bb)
  ret %vf %v
}
