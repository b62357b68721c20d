$# A product in parts of k: @kernel, the gemm over one part, on its share of each part's blocks. Part p is
$# k from floor(p * units / n_parts) units of 256 on, up to where part p + 1 begins; blocks of part 0 come
$# first.
$#
$# Needs `block_cols`, the columns of a block. @kernel's own arguments are those of the op, with y where the
$# part's columns begin, and the three slots that frame.ll.t reads behind them.

$macro part_put(name, value, offset)
  %${name}.to = getelementptr i8, ptr %own, i64 ${offset}
  store i64 ${value}, ptr %${name}.to, align 8
$end

$# %<t>: where part number `p` begins
$macro part_begin_at(t, p)
  %${t}.n = mul i64 ${p}, %units
  %${t}.unit = udiv i64 %${t}.n, %n.parts
  %${t} = shl i64 %${t}.unit, 8
$end

$# %<t>: block number `block` of all, up to the part's end, counted from the part's first
$macro part_block(t, block)
  %${t}.over = icmp ugt i64 ${block}, %p.high
  %${t}.end = select i1 %${t}.over, i64 %p.high, i64 ${block}
  %${t}.under = icmp ult i64 %${t}.end, %p.low
  %${t}.in = select i1 %${t}.under, i64 %p.low, i64 %${t}.end
  %${t}.at = sub i64 %${t}.in, %p.low
  %${t} = trunc i64 %${t}.at to i32
$end

define void @kernel_parts(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %own = alloca [10 x i64], align 64
$call arg_size('x', arg_x)
$call arg_size('w', arg_w)
$call arg_pointer('y', arg_y)
$call arg_size('rows', arg_rows)
$call arg_size('n', arg_n)
$call arg_size('k', arg_k)
$call arg_size('n.parts', arg_n_parts)
  %y.cols = mul i64 %n, %n.parts
$call part_put('x', '%x', arg_x)
$call part_put('w', '%w', arg_w)
$call part_put('rows', '%rows', arg_rows)
$call part_put('n', '%n', arg_n)
$call part_put('k', '%k', arg_k)
$call part_put('y.cols', '%y.cols', slot_y_cols)
  %cols.up = add i64 %n, ${block_cols - 1}
  %blocks = udiv i64 %cols.up, ${block_cols}
  %k.up = add i64 %k, 255
  %units = lshr i64 %k.up, 8
  %first.block = zext i32 %first to i64
  %last.block = zext i32 %last to i64
  %p.first = udiv i64 %first.block, %blocks
  %any = icmp ult i64 %first.block, %last.block
  br i1 %any, label %part, label %exit
part:
  %p = phi i64 [ %p.first, %entry ], [ %p.next, %part ]
  %p.next = add i64 %p, 1
  %p.low = mul i64 %p, %blocks
  %p.high = add i64 %p.low, %blocks
$call part_begin_at('p.begin', '%p')
$call part_begin_at('p.until', '%p.next')
  %p.over = icmp ugt i64 %p.until, %k
  %p.end = select i1 %p.over, i64 %k, i64 %p.until
  %p.k = sub i64 %p.end, %p.begin
$call part_put('p.begin', '%p.begin', slot_k_begin)
$call part_put('p.k', '%p.k', slot_k_part)
  %p.col = mul i64 %p, %n
  %p.y = getelementptr float, ptr %y, i64 %p.col
  %p.y.to = getelementptr i8, ptr %own, i64 ${arg_y}
  store ptr %p.y, ptr %p.y.to, align 8
$call part_block('own.first', '%first.block')
$call part_block('own.last', '%last.block')
  call void @kernel(ptr %own, i32 %own.first, i32 %own.last, ptr %scratch)
  %p.more = icmp ult i64 %p.high, %last.block
  br i1 %p.more, label %part, label %exit
exit:
  ret void
}
