$# %f<vector>, all values of a head, into y from `column` of row `token` on.
$macro store_head(token, column)
$if y_type == 'q8a'
  %f.at = mul i64 ${token}, ${n_heads * head_dim * 3 / 2}
  %f.row = getelementptr i8, ptr %y, i64 %f.at
  %f.block = lshr i64 ${column}, 5
$for b in 0..head_dim / 32
$let values = '%vf %f' + str(b * per_block)
$for i in 1..per_block
$let values = values + ', %vf %f' + str(b * per_block + i)
$end
  %f.block${b} = add i64 %f.block, ${b}
  call void @q8a.block(ptr %f.row, i64 %f.block${b}, i64 ${n_heads * head_dim}, ${values})
$end
$else
  %f.line = mul i64 ${token}, ${n_heads * head_dim}
  %f.index = add i64 %f.line, ${column}
$for v in 0..o_vectors
  %f${v}.at = add i64 %f.index, ${v * lanes}
$if y_type == 'bf16'
  %f${v}.y = getelementptr i16, ptr %y, i64 %f${v}.at
  %f${v}.b = call <${lanes} x i16> @v.to.bf16(%vf %f${v})
  store <${lanes} x i16> %f${v}.b, ptr %f${v}.y, align 2
$else
  %f${v}.y = getelementptr float, ptr %y, i64 %f${v}.at
  call void @v.store(ptr %f${v}.y, %vf %f${v})
$end
$end
$end
$end
