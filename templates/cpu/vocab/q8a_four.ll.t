$# Four blocks of a q8a row at once, for vectors of 16: what one block alone reduces by itself (its
$# largest value, its sums) four reduce together, each step of the way with half the shuffles.

$# %OUT = <4 x TYPE> of the sums (or largest lanes) of vectors A, B, C, D.
$macro fold_four(out, kind, type, a, b, c, d)
$let low = ''
$let high = ''
$let low2 = ''
$let high2 = ''
$for lane in 0..4
$let at = 4 * lane
$let comma = lane ? ', ' : ''
$let low = low + comma + 'i32 ' + str(at) + ', i32 ' + str(at + 16) + ', i32 ' + str(at + 1) + ', i32 ' + str(at + 17)
$let high = high + comma + 'i32 ' + str(at + 2) + ', i32 ' + str(at + 18) + ', i32 ' + str(at + 3) + ', i32 ' + str(at + 19)
$let low2 = low2 + comma + 'i32 ' + str(at) + ', i32 ' + str(at + 1) + ', i32 ' + str(at + 16) + ', i32 ' + str(at + 17)
$let high2 = high2 + comma + 'i32 ' + str(at + 2) + ', i32 ' + str(at + 3) + ', i32 ' + str(at + 18) + ', i32 ' + str(at + 19)
$end
  %${out}.abl = shufflevector <16 x ${type}> %${a}, <16 x ${type}> %${b}, <16 x i32> <${low}>
  %${out}.abh = shufflevector <16 x ${type}> %${a}, <16 x ${type}> %${b}, <16 x i32> <${high}>
  %${out}.cdl = shufflevector <16 x ${type}> %${c}, <16 x ${type}> %${d}, <16 x i32> <${low}>
  %${out}.cdh = shufflevector <16 x ${type}> %${c}, <16 x ${type}> %${d}, <16 x i32> <${high}>
$call fold_two(out + '.ab', kind, 16, type, out + '.abl', out + '.abh')
$call fold_two(out + '.cd', kind, 16, type, out + '.cdl', out + '.cdh')
  %${out}.l = shufflevector <16 x ${type}> %${out}.ab, <16 x ${type}> %${out}.cd, <16 x i32> <${low2}>
  %${out}.h = shufflevector <16 x ${type}> %${out}.ab, <16 x ${type}> %${out}.cd, <16 x i32> <${high2}>
$call fold_two(out + '.16', kind, 16, type, out + '.l', out + '.h')
$call fold_halves(out + '.8', kind, 16, type, out + '.16')
$call fold_halves(out, kind, 8, type, out + '.8')
$end

$macro fold_two(out, kind, width, type, a, b)
$if kind == 'sum'
  %${out} = add <${width} x ${type}> %${a}, %${b}
$else
  %${out}.c = fcmp ogt <${width} x ${type}> %${a}, %${b}
  %${out} = select <${width} x i1> %${out}.c, <${width} x ${type}> %${a}, <${width} x ${type}> %${b}
$end
$end

$macro fold_halves(out, kind, width, type, of)
$let first = 'i32 0'
$let second = 'i32 ' + str(width / 2)
$for i in 1..width / 2
$let first = first + ', i32 ' + str(i)
$let second = second + ', i32 ' + str(width / 2 + i)
$end
  %${out}.a = shufflevector <${width} x ${type}> %${of}, <${width} x ${type}> poison, <${width / 2} x i32> <${first}>
  %${out}.b = shufflevector <${width} x ${type}> %${of}, <${width} x ${type}> poison, <${width / 2} x i32> <${second}>
$call fold_two(out, kind, width / 2, type, out + '.a', out + '.b')
$end

$let four_args = '%vf %v0'
$for i in 1..8
$let four_args = four_args + ', %vf %v' + str(i)
$end

; %row: start of the row; %b: first of four blocks; %k: values in the row.
define internal void @q8a.four(ptr %row, i64 %b, i64 %k, ${four_args}) #1 {
$for i in 0..8
  %abs${i} = call %vf @llvm.fabs.v16f32(%vf %v${i})
$end
$for j in 0..4
  %top${j} = call %vf @v.larger(%vf %abs${2 * j + 1}, %vf %abs${2 * j})
$end
$call fold_four('amax', 'largest', 'float', 'top0', 'top1', 'top2', 'top3')
  %d = fdiv <4 x float> %amax, splat (float 127.0)
  %inverse = fdiv <4 x float> splat (float 127.0), %amax
  %amax.ok = fcmp olt <4 x float> %amax, splat (float 0x7FF0000000000000)
  %inverse.ok = fcmp olt <4 x float> %inverse, splat (float 0x7FF0000000000000)
  %ok = and <4 x i1> %amax.ok, %inverse.ok
  %d.kept = select <4 x i1> %ok, <4 x float> %d, <4 x float> zeroinitializer
  %inverse.kept = select <4 x i1> %ok, <4 x float> %inverse, <4 x float> zeroinitializer
  %blocks = lshr i64 %k, 5
  %scales = getelementptr i8, ptr %row, i64 %k
  %dp = getelementptr float, ptr %scales, i64 %b
  store <4 x float> %d.kept, ptr %dp, align 4
  %sums = getelementptr float, ptr %scales, i64 %blocks
  %np = getelementptr i32, ptr %sums, i64 %b
$# A lane of a register in every lane of another is a shuffle, a value of memory is not: the sums'
$# place lends itself until they are known.
  store <4 x float> %inverse.kept, ptr %np, align 4
  %b32 = shl i64 %b, 5
  %q = getelementptr i8, ptr %row, i64 %b32
$for j in 0..4
  %ip${j} = getelementptr float, ptr %np, i64 ${j}
  %ids${j} = call %vf @v.bcast(ptr %ip${j})
$end
$for i in 0..8
  %s${i} = fmul %vf %v${i}, %ids${i / 2}
  %t${i} = fadd %vf %s${i}, splat (float ${hexfloat(12582912.0)})
  %r${i} = bitcast %vf %t${i} to %vi
  %q${i} = trunc %vi %r${i} to <16 x i8>
  %qp${i} = getelementptr i8, ptr %q, i64 ${i * 16}
  store <16 x i8> %q${i}, ptr %qp${i}, align 1
$end
$# Values lie in the low halves of r, above 1.5 * 2^23's bits, whose low half is zero: both sums of a
$# block fit one vector.
$for j in 0..4
  %up${j} = shl %vi %r${2 * j + 1}, splat (i32 16)
  %both${j} = add %vi %r${2 * j}, %up${j}
$end
$call fold_four('sum', 'sum', 'i32', 'both0', 'both1', 'both2', 'both3')
  %sum.up = shl <4 x i32> %sum, splat (i32 16)
  %first = ashr <4 x i32> %sum.up, splat (i32 16)
$# 16 times the bits of 1.5 * 2^23.
  %sum.plain = add <4 x i32> %sum, splat (i32 1275068416)
  %second.up = sub <4 x i32> %sum.plain, %first
  %second = ashr <4 x i32> %second.up, splat (i32 16)
  %n0 = sub <4 x i32> zeroinitializer, %first
  %n1 = sub <4 x i32> zeroinitializer, %second
  %n = add <4 x i32> %n0, %n1
  store <4 x i32> %n, ptr %np, align 4
  %halves = getelementptr i32, ptr %sums, i64 %blocks
  %b2 = shl i64 %b, 1
  %hp = getelementptr i32, ptr %halves, i64 %b2
  %n01 = shufflevector <4 x i32> %n0, <4 x i32> %n1, <8 x i32> <i32 0, i32 4, i32 1, i32 5, i32 2, i32 6, i32 3, i32 7>
  store <8 x i32> %n01, ptr %hp, align 4
  ret void
}
