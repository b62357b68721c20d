$# The parts of attention_split, each weighed by the exponential of its lse, into y.
$template attention_combine
$space attention_combine
$param HB      heads per block
$param isa     vocabulary
$param vl      f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param n_heads   query heads
$param part_heads  query heads times parts of the keys
$param y_type  f32, q8a or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_o    argument offsets
$param arg_lse  .
$param arg_y    .
$param arg_rows .

$let lanes = min(vl, head_dim % 16 == 0 ? 16 : 8)
$let o_vectors = head_dim / lanes
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/loop.ll.t"
$if y_type == 'q8a'
$include "cpu/vocab/q8a.ll.t"
$end
$include "cpu/attention/store.ll.t"

$# Pointer argument NAME into %NAME.
$macro pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call pointer('o', arg_o)
$call pointer('lse', arg_lse)
$call pointer('y', arg_y)
$call pointer('rows.at', arg_rows)
  %rows.32 = load i32, ptr %rows.at, align 4
  %rows = zext i32 %rows.32 to i64
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
  %items.first = mul i64 %block.first, ${HB}
  %items.want = mul i64 %block.last, ${HB}
  %items = mul i64 %rows, ${n_heads}
  %items.fit = icmp ult i64 %items.want, %items
  %items.last = select i1 %items.fit, i64 %items.want, i64 %items
$call loop_begin('item', 'entry', '%items.first', '%items.last', '')
  %token = udiv i64 %item, ${n_heads}
  %head = urem i64 %item, ${n_heads}
  %line = mul i64 %token, ${part_heads}
  %start = add i64 %line, %head
  %head.lse = getelementptr float, ptr %lse, i64 %start
  %start.o = mul i64 %start, ${head_dim}
  %head.o = getelementptr float, ptr %o, i64 %start.o
$# Part 0 has the first key: it is never empty, so %most is a number that a score made.
$call loop_begin('top', 'item.body', '0', str(part_heads), '  %most = phi float [ ' + hexfloat(-1.0e30) + ', %item.body ], [ %most.new, %top.latch ]')
  %top.p = getelementptr float, ptr %head.lse, i64 %top
  %top.x = load float, ptr %top.p, align 4
  %top.more.x = fcmp ogt float %top.x, %most
  %most.new = select i1 %top.more.x, float %top.x, float %most
$call loop_end('top', n_heads)
$let phis = '  %sum = phi %vf [ zeroinitializer, %top.end ], [ %sum.new, %part.latch ]\n'
$for v in 0..o_vectors
$let phis = phis + '  %s' + str(v) + ' = phi %vf [ zeroinitializer, %top.end ], [ %s' + str(v) + '.new, %part.latch ]\n'
$end
$call loop_begin('part', 'top.end', '0', str(part_heads), phis)
  %part.p = getelementptr float, ptr %head.lse, i64 %part
  %part.x = load float, ptr %part.p, align 4
  %part.less = fsub float %part.x, %most
  %part.splat = call %vf @v.splat(float %part.less)
  %part.w = call %vf @v.exp(%vf %part.splat)
  %sum.new = fadd %vf %sum, %part.w
  %part.at = mul i64 %part, ${head_dim}
  %part.o = getelementptr float, ptr %head.o, i64 %part.at
$for v in 0..o_vectors
  %o${v}.p = getelementptr float, ptr %part.o, i64 ${v * lanes}
  %o${v} = call %vf @v.load(ptr %o${v}.p)
  %s${v}.new = call %vf @v.fma(%vf %part.w, %vf %o${v}, %vf %s${v})
$end
$call loop_end('part', n_heads)
  %inverse = fdiv %vf splat (float 1.0), %sum
  %column = mul i64 %head, ${head_dim}
$for v in 0..o_vectors
  %f${v} = fmul %vf %s${v}, %inverse
$end
$call store_head('%token', '%column')
$call loop_end('item', 1)
  ret void
}
