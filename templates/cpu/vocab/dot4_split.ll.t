$# Functions of `lanes` lanes over pieces of `width`: @v.NAME calls @NAME.piece for each register's
$# worth; fewer lanes than that are the first of one piece. Operands hold `scale` elements per lane, of
$# 32 / scale bits; the first is of the result's type, scale 0 is no operand.
$let parts = lanes / width
$assert parts ? in(parts, 1, 2, 4) : 2 * lanes == width "a vector must be half a register, 1, 2 or 4"

$macro dot_pick(out, p, value, scale)
$let at = 'i32 ' + str(scale * width * p)
$for i in 1..scale * width
$let at = at + ', i32 ' + str(scale * width * p + i)
$end
$let whole = '<' + str(scale * lanes) + ' x i' + str(32 / scale) + '>'
  ${out} = shufflevector ${whole} ${value}, ${whole} poison, <${scale * width} x i32> <${at}>
$end

$# The first n elements of two vectors of `half` elements, one behind the other.
$macro dot_join(out, a, b, half, n, scale)
$let at = 'i32 0'
$for i in 1..n
$let at = at + ', i32 ' + str(i)
$end
$let type = '<' + str(half) + ' x i' + str(32 / scale) + '>'
  ${out} = shufflevector ${type} ${a}, ${type} ${b}, <${n} x i32> <${at}>
$end

$macro dot_split(name, ra, rb, rc)
$let va = '<' + str(ra * lanes) + ' x i' + str(32 / ra) + '>'
$let vb = '<' + str(rb * lanes) + ' x i' + str(32 / rb) + '>'
$let vc = rc ? '<' + str(rc * lanes) + ' x i' + str(32 / rc) + '>' : ''
$let pa = '<' + str(ra * width) + ' x i' + str(32 / ra) + '>'
$let pb = '<' + str(rb * width) + ' x i' + str(32 / rb) + '>'
$let pc = rc ? '<' + str(rc * width) + ' x i' + str(32 / rc) + '>' : ''
define internal ${va} @v.${name}(${va} %a, ${vb} %b${rc ? ', ' + vc + ' %c' : ''}) #1 {
$if parts == 1
  %v = call ${va} @${name}.piece(${va} %a, ${vb} %b${rc ? ', ' + vc + ' %c' : ''})
$else
$for p in 0..max(parts, 1)
$call dot_pick('%a' + str(p), p, '%a', ra)
$call dot_pick('%b' + str(p), p, '%b', rb)
$if rc
$call dot_pick('%c' + str(p), p, '%c', rc)
$end
  %v${p} = call ${pa} @${name}.piece(${pa} %a${p}, ${pb} %b${p}${rc ? ', ' + pc + ' %c' + str(p) : ''})
$end
$if parts == 0
$call dot_join('%v', '%v0', 'poison', ra * width, ra * lanes, ra)
$elif parts == 2
$call dot_join('%v', '%v0', '%v1', ra * width, ra * lanes, ra)
$else
$call dot_join('%u0', '%v0', '%v1', ra * width, 2 * ra * width, ra)
$call dot_join('%u1', '%v2', '%v3', ra * width, 2 * ra * width, ra)
$call dot_join('%v', '%u0', '%u1', 2 * ra * width, ra * lanes, ra)
$end
$end
  ret ${va} %v
}
$end

$call dot_split('dot4', 1, 4, 4)
$call dot_split('dot4.q8', 1, 4, 4)
$if pairs_max
$call dot_split('dot4.pairs', 2, 4, 4)
$call dot_split('dot4.wide', 1, 2, 0)
$end
