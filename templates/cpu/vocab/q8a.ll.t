$# One block of 32 values into a q8a row (codegen/ops/format.h): d = amax/127, q = x * (127/amax)
$# rounded to nearest even by adding and taking away 1.5 * 2^23, and the negated sums. A block whose
$# amax has no finite inverse, or is not finite, counts as zeros.
$let per_block = 32 / lanes
$let block_args = '%vf %v0'
$for i in 1..per_block
$let block_args = block_args + ', %vf %v' + str(i)
$end
declare %vf @llvm.fabs.v${lanes}f32(%vf)
declare i32 @llvm.vector.reduce.add.v${lanes}i32(%vi)

; %row: start of the row; %b: block; %k: values in the row.
define internal void @q8a.block(ptr %row, i64 %b, i64 %k, ${block_args}) #1 {
$for i in 0..per_block
  %abs${i} = call %vf @llvm.fabs.v${lanes}f32(%vf %v${i})
$end
$let largest = '%abs0'
$for i in 1..per_block
  %top${i} = call %vf @v.larger(%vf ${largest}, %vf %abs${i})
$let largest = '%top' + str(i)
$end
  %amax = call float @v.max(%vf ${largest})
  %d = fdiv float %amax, 127.0
  %inverse = fdiv float 127.0, %amax
  %amax.ok = fcmp olt float %amax, 0x7FF0000000000000
  %inverse.ok = fcmp olt float %inverse, 0x7FF0000000000000
  %ok = and i1 %amax.ok, %inverse.ok
  %d.kept = select i1 %ok, float %d, float 0.0
  %id = select i1 %ok, float %inverse, float 0.0
  %ids = call %vf @v.splat(float %id)
  %b32 = shl i64 %b, 5
  %q = getelementptr i8, ptr %row, i64 %b32
$for i in 0..per_block
  %s${i} = fmul %vf %v${i}, %ids
  %t${i} = fadd %vf %s${i}, splat (float ${hexfloat(12582912.0)})
  %r${i} = bitcast %vf %t${i} to %vi
  %i${i} = sub %vi %r${i}, splat (i32 1262485504)
  %q${i} = trunc %vi %i${i} to <${lanes} x i8>
  %qp${i} = getelementptr i8, ptr %q, i64 ${i * lanes}
  store <${lanes} x i8> %q${i}, ptr %qp${i}, align 1
  %sum${i} = call i32 @llvm.vector.reduce.add.v${lanes}i32(%vi %i${i})
$end
$for h in 0..2
$let acc = '%sum' + str(h * per_block / 2)
$for i in 1..per_block / 2
  %part${h}.${i} = add i32 ${acc}, %sum${h * per_block / 2 + i}
$let acc = '%part' + str(h) + '.' + str(i)
$end
  %n${h} = sub i32 0, ${acc}
$end
  %n = add i32 %n0, %n1
  %blocks = lshr i64 %k, 5
  %scales = getelementptr i8, ptr %row, i64 %k
  %dp = getelementptr float, ptr %scales, i64 %b
  store float %d.kept, ptr %dp, align 4
  %sums = getelementptr float, ptr %scales, i64 %blocks
  %np = getelementptr i32, ptr %sums, i64 %b
  store i32 %n, ptr %np, align 4
  %halves = getelementptr i32, ptr %sums, i64 %blocks
  %b2 = shl i64 %b, 1
  %hp = getelementptr i32, ptr %halves, i64 %b2
  store i32 %n0, ptr %hp, align 4
  %hp1 = getelementptr i8, ptr %hp, i64 4
  store i32 %n1, ptr %hp1, align 4
  ret void
}
