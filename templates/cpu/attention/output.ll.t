$# Row %ROW of the tile: %f<vector>, the weighted sum over the sum of weights; its token and head.
$macro row_values(row)
$call scratch_row('f.o', '%os', '%' + row, head_dim)
$call scratch_row('f.lp', '%ls', '%' + row, lanes)
  %f.lanes = call %vf @v.load(ptr %f.lp)
  %f.l = call float @v.sum(%vf %f.lanes)
  %f.inverse = fdiv float 1.0, %f.l
  %f.inverses = call %vf @v.splat(float %f.inverse)
  %f.token.of = udiv i64 %${row}, ${part}
  %f.head.of = urem i64 %${row}, ${part}
  %f.token = add i64 %t, %f.token.of
  %f.head = add i64 %head.first, %f.head.of
  %f.column = mul i64 %f.head, ${head_dim}
$for v in 0..o_vectors
  %f${v}.p = getelementptr float, ptr %f.o, i64 ${v * lanes}
  %f${v}.o = call %vf @v.load(ptr %f${v}.p)
  %f${v}.s = call %vf @in.order(%vf %f${v}.o)
  %f${v} = fmul %vf %f${v}.s, %f.inverses
$end
$end

$# Row %ROW of the tile into y, head after head of its token.
$macro output_row(row)
$call row_values(row)
$call store_head('%f.token', '%f.column')
$end
$include "cpu/attention/store.ll.t"
