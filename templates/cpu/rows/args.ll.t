$# What kernels over rows share: arguments, and the rows of blocks first..last-1, ROWS each.
$macro arg_pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end
$macro arg_size(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load i64, ptr %${name}.slot, align 8
$end

$# Goes on at %each.row for rows %row.first..%row.end-1 of `n_rows`, or leaves.
$macro rows_of_blocks(n_rows)
$call row_size()
  %first64 = zext i32 %first to i64
  %last64 = zext i32 %last to i64
  %row.first = mul i64 %first64, ${ROWS}
  %row.last = mul i64 %last64, ${ROWS}
  %row.over = icmp ugt i64 %row.last, ${n_rows}
  %row.end = select i1 %row.over, i64 ${n_rows}, i64 %row.last
  %row.any = icmp ult i64 %row.first, %row.end
  br i1 %row.any, label %each.row, label %exit
$end
