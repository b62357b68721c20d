$# The four-byte dot product as `lanes` / `width` calls of @dot4.piece, which works on `width` lanes,
$# and of @dot4.q8.piece; fewer lanes than that are the first of one piece.
$for kind in 0..2
$let infix = kind ? '.q8' : ''
define internal %vi @v.dot4${infix}(%vi %acc, %vb %w, %vb %x) #1 {
$let parts = lanes / width
$if parts == 1
  %v = call %vi @dot4${infix}.piece(%vi %acc, %vb %w, %vb %x)
$elif parts == 0
$let at = ''
$for i in 0..width
$let at = at + (i ? ', ' : '') + 'i32 ' + str(i)
$end
$let at4 = ''
$for i in 0..4 * width
$let at4 = at4 + (i ? ', ' : '') + 'i32 ' + str(i)
$end
$let first = ''
$for i in 0..lanes
$let first = first + (i ? ', ' : '') + 'i32 ' + str(i)
$end
$assert 2 * lanes == width "a vector must be half a register at least"
  %a.w = shufflevector %vi %acc, %vi poison, <${width} x i32> <${at}>
  %w.w = shufflevector %vb %w, %vb poison, <${4 * width} x i32> <${at4}>
  %x.w = shufflevector %vb %x, %vb poison, <${4 * width} x i32> <${at4}>
  %v.w = call <${width} x i32> @dot4${infix}.piece(<${width} x i32> %a.w, <${4 * width} x i8> %w.w, <${4 * width} x i8> %x.w)
  %v = shufflevector <${width} x i32> %v.w, <${width} x i32> poison, <${lanes} x i32> <${first}>
$else
$for p in 0..parts
$let at = ''
$for i in 0..width
$let at = at + (i ? ', ' : '') + 'i32 ' + str(p * width + i)
$end
$let at4 = ''
$for i in 0..4 * width
$let at4 = at4 + (i ? ', ' : '') + 'i32 ' + str(4 * p * width + i)
$end
  %a${p} = shufflevector %vi %acc, %vi poison, <${width} x i32> <${at}>
  %w${p} = shufflevector %vb %w, %vb poison, <${4 * width} x i32> <${at4}>
  %x${p} = shufflevector %vb %x, %vb poison, <${4 * width} x i32> <${at4}>
  %v${p} = call <${width} x i32> @dot4${infix}.piece(<${width} x i32> %a${p}, <${4 * width} x i8> %w${p}, <${4 * width} x i8> %x${p})
$end
$assert parts == 2 || parts == 4 "a vector must be 1, 2 or 4 registers"
$let half = ''
$for i in 0..2 * width
$let half = half + (i ? ', ' : '') + 'i32 ' + str(i)
$end
$if parts == 2
  %v = shufflevector <${width} x i32> %v0, <${width} x i32> %v1, <${2 * width} x i32> <${half}>
$else
  %u0 = shufflevector <${width} x i32> %v0, <${width} x i32> %v1, <${2 * width} x i32> <${half}>
  %u1 = shufflevector <${width} x i32> %v2, <${width} x i32> %v3, <${2 * width} x i32> <${half}>
$let all = half
$for i in 2 * width..4 * width
$let all = all + ', i32 ' + str(i)
$end
  %v = shufflevector <${2 * width} x i32> %u0, <${2 * width} x i32> %u1, <${lanes} x i32> <${all}>
$end
$end
  ret %vi %v
}
$end
