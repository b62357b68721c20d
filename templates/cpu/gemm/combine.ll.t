$# Sums of parts, one after the other, then the residual: a block is CB columns of one row.
$let lanes = vl
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/loop.ll.t"

$macro pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call pointer('p', arg_p)
$call pointer('y', arg_y)
$if with_residual
$call pointer('r', arg_r)
$end
$call pointer('rows.at', arg_rows)
  %n.slot = getelementptr i8, ptr %args, i64 ${arg_n}
  %n = load i64, ptr %n.slot, align 8
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %n.up = add i64 %n, ${CB - 1}
  %pieces = udiv i64 %n.up, ${CB}
  %blocks = mul i64 %rows, %pieces
  %block.first = zext i32 %first to i64
  %block.want = zext i32 %last to i64
  %block.fit = icmp ult i64 %block.want, %blocks
  %block.last = select i1 %block.fit, i64 %block.want, i64 %blocks
$call loop_begin('block', 'entry', '%block.first', '%block.last', '')
  %row = udiv i64 %block, %pieces
  %piece = urem i64 %block, %pieces
  %col = mul i64 %piece, ${CB}
  %col.want = add i64 %col, ${CB}
  %col.fit = icmp ult i64 %col.want, %n
  %col.end = select i1 %col.fit, i64 %col.want, i64 %n
  %row.y = mul i64 %row, %n
  %row.p = mul i64 %row.y, ${n_parts}
  %p.row = getelementptr float, ptr %p, i64 %row.p
  %y.row = getelementptr float, ptr %y, i64 %row.y
$if with_residual
  %r.row = getelementptr float, ptr %r, i64 %row.y
$end
$call loop_begin('c', 'block.body', '%col', '%col.end', '')
  %left = sub i64 %col.end, %c
  %left.32 = trunc i64 %left to i32
$for i in 0..n_parts
  %at${i} = ${i ? 'add i64 %at' + str(i - 1) + ', %n' : 'add i64 %c, 0'}
  %p${i} = getelementptr float, ptr %p.row, i64 %at${i}
  %v${i} = call %vf @v.load.n(ptr %p${i}, i32 %left.32)
$if i
  %s${i} = fadd %vf ${i == 1 ? '%v0' : '%s' + str(i - 1)}, %v${i}
$end
$end
$let sum = '%s' + str(n_parts - 1)
$if with_residual
  %r.c = getelementptr float, ptr %r.row, i64 %c
  %res = call %vf @v.load.n(ptr %r.c, i32 %left.32)
  %out = fadd %vf ${sum}, %res
$let sum = '%out'
$end
  %y.c = getelementptr float, ptr %y.row, i64 %c
  call void @v.store.n(ptr %y.c, %vf ${sum}, i32 %left.32)
$call loop_end('c', lanes)
$call loop_end('block', 1)
  ret void
}
