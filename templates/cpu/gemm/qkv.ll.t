$# Three products of the same rows in one launch: @kernel, the gemm of one matrix, on its share of the
$# blocks of each. The blocks of w0 come first, then those of w1 and of w2.
$#
$# Needs `block_cols`, the columns of a block, and `shares`, how many blocks have the same columns; @kernel
$# reads x, rows and k where the op has them, and its matrix, result and columns where w0, y0 and n are.
$let slots = 11

$macro qkv_slot(name, offset)
  %${name}.from = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load i64, ptr %${name}.from, align 8
$end
$macro qkv_put(tag, value, offset)
  %${tag}.to = getelementptr i8, ptr %own, i64 ${offset}
  store i64 ${value}, ptr %${tag}.to, align 8
$end

$# %<t>: `value`, from `low` on and up to `high`, as an offset from `low`
$macro qkv_clamp(t, value, low, high)
  %${t}.under = icmp ult i64 ${value}, ${low}
  %${t}.raised = select i1 %${t}.under, i64 ${low}, i64 ${value}
  %${t}.over = icmp ugt i64 %${t}.raised, ${high}
  %${t}.inside = select i1 %${t}.over, i64 ${high}, i64 %${t}.raised
  %${t}.at = sub i64 %${t}.inside, ${low}
  %${t} = trunc i64 %${t}.at to i32
$end

$macro qkv_part(i, w, y, n, low, high)
$call qkv_slot('p' + str(i) + '.w', w)
$call qkv_slot('p' + str(i) + '.y', y)
$call qkv_put('p' + str(i) + '.w', '%p' + str(i) + '.w', arg_w0)
$call qkv_put('p' + str(i) + '.y', '%p' + str(i) + '.y', arg_y0)
$call qkv_put('p' + str(i) + '.n', n, arg_n)
$call qkv_clamp('p' + str(i) + '.first', '%first.block', low, high)
$call qkv_clamp('p' + str(i) + '.last', '%last.block', low, high)
  call void @kernel(ptr %own, i32 %p${i}.first, i32 %p${i}.last, ptr %scratch)
$end

$# %<t>: blocks of `n` columns
$macro qkv_blocks(t, n)
  %${t}.up = add i64 ${n}, ${block_cols - 1}
  %${t}.cols = udiv i64 %${t}.up, ${block_cols}
  %${t} = mul i64 %${t}.cols, ${shares}
$end

define void @kernel_qkv(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
  %own = alloca [${slots} x i64], align 64
$call qkv_slot('x', arg_x)
$call qkv_slot('rows', arg_rows)
$call qkv_slot('n', arg_n)
$call qkv_slot('n1', arg_n1)
$call qkv_slot('k', arg_k)
$call qkv_put('x', '%x', arg_x)
$call qkv_put('rows', '%rows', arg_rows)
$call qkv_put('k', '%k', arg_k)
$call qkv_blocks('blocks0', '%n')
$call qkv_blocks('blocks1', '%n1')
  %end1 = add i64 %blocks0, %blocks1
  %end2 = add i64 %end1, %blocks1
  %first.block = zext i32 %first to i64
  %last.block = zext i32 %last to i64
$call qkv_part(0, arg_w0, arg_y0, '%n', '0', '%blocks0')
$call qkv_part(1, arg_w1, arg_y1, '%n1', '%blocks0', '%end1')
$call qkv_part(2, arg_w2, arg_y2, '%n1', '%end1', '%end2')
  ret void
}
