$# Two-element bf16 dot product with f32 arithmetic.
define internal %vf @v.dot2(%vf %acc, %vp %a, %vp %b) #1 {
  %a0 = call %vf @v.bf16.first(%vp %a)
  %b0 = call %vf @v.bf16.first(%vp %b)
  %a1 = call %vf @v.bf16.second(%vp %a)
  %b1 = call %vf @v.bf16.second(%vp %b)
  %s = call %vf @v.fma(%vf %a0, %vf %b0, %vf %acc)
  %v = call %vf @v.fma(%vf %a1, %vf %b1, %vf %s)
  ret %vf %v
}
