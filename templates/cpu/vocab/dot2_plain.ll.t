$# Two-element bf16 dot product with f32 arithmetic: a bf16 value is the upper half of its float.
define internal %vf @v.dot2(%vf %acc, %vp %a, %vp %b) #1 {
  %ai = bitcast %vp %a to %vi
  %bi = bitcast %vp %b to %vi
  %a0 = shl %vi %ai, splat (i32 16)
  %b0 = shl %vi %bi, splat (i32 16)
  %a1 = and %vi %ai, splat (i32 -65536)
  %b1 = and %vi %bi, splat (i32 -65536)
  %fa0 = bitcast %vi %a0 to %vf
  %fb0 = bitcast %vi %b0 to %vf
  %fa1 = bitcast %vi %a1 to %vf
  %fb1 = bitcast %vi %b1 to %vf
  %s = call %vf @v.fma(%vf %fa0, %vf %fb0, %vf %acc)
  %v = call %vf @v.fma(%vf %fa1, %vf %fb1, %vf %s)
  ret %vf %v
}
