$template rmsnorm
$space rmsnorm
$param RB      rows per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param y_type  f32, q8a or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_x   argument offsets
$param arg_g   .
$param arg_y   .
$param arg_rows .
$param arg_k   .
$param arg_eps .

$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/rows.ll.t"

$macro row_value(out, at, tail)
$call load_at(out + '.x', 'x', at, tail)
$call load_at(out + '.g', 'g', at, tail)
  %${out}.n = fmul %vf %${out}.x, %scales
  %${out} = fmul %vf %${out}.n, %${out}.g
$end

$# Vectors of x are squared into SUMS accumulators in turn: one alone would wait for itself.
$let SUMS = 4
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call row_pointer('x', arg_x)
$call row_pointer('g', arg_g)
$call row_pointer('y', arg_y)
  %eps.slot = getelementptr i8, ptr %args, i64 ${arg_eps}
  %eps = load float, ptr %eps.slot, align 4
$call rows_begin()
  %g.row = getelementptr float, ptr %g, i64 0
$call row_of('x')
$call output_row()
  %k.sums = and i64 %k, -${SUMS * lanes}
$let phis = ''
$for i in 0..SUMS
$let phis = phis + '  %s' + str(i) + ' = phi %vf [ zeroinitializer, %row.body ], [ %s' + str(i) + '.new, %sum.latch ]\n'
$end
$call loop_begin('sum', 'row.body', '0', '%k.sums', phis)
$for i in 0..SUMS
  %sx${i}.at = add nuw i64 %sum, ${i * lanes}
  %sx${i}.p = getelementptr float, ptr %x.row, i64 %sx${i}.at
  %sx${i} = call %vf @v.load(ptr %sx${i}.p)
  %s${i}.new = call %vf @v.fma(%vf %sx${i}, %vf %sx${i}, %vf %s${i})
$end
$call loop_end('sum', SUMS * lanes)
  %s01 = fadd %vf %s0, %s1
  %s23 = fadd %vf %s2, %s3
  %s.all = fadd %vf %s01, %s23
$call loop_begin('rest', 'sum.end', '%k.sums', '%k', '  %t = phi %vf [ %s.all, %sum.end ], [ %t.new, %rest.latch ]')
  %left.64 = sub i64 %k, %rest
  %left = trunc i64 %left.64 to i32
  %tx.p = getelementptr float, ptr %x.row, i64 %rest
  %tx = call %vf @v.load.n(ptr %tx.p, i32 %left)
  %t.new = call %vf @v.fma(%vf %tx, %vf %tx, %vf %t)
$call loop_end('rest', lanes)
  %square = call float @v.sum(%vf %t)
  %k.float = uitofp i64 %k to float
  %mean = fdiv float %square, %k.float
  %mean.eps = fadd float %mean, %eps
  %root = call float @llvm.sqrt.f32(float %mean.eps)
  %scale = fdiv float 1.0, %root
  %scales = call %vf @v.splat(float %scale)
$call row_walk('rest.end')
$call rows_end()
