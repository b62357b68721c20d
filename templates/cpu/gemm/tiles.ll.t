$# What the gemm templates on matrix tiles share: memory of the tiles, tiles of up to MT rows of x,
$# sums to y. Weights are in groups of 16 rows, a panel's `streams` are at most two.
$#
$# Scratch begins with the vocabulary's memory of the tiles. The including file gives `sums_at`, where
$# the panel's sums lie as [row][stream][16] f32, and the macros pack_rows() (tile to %pack.done) and
$# panel() (ends at label %out with the sums there).
$assert streams <= 2 "two streams at most"
$let sum_row = 64 * streams

$# The shape of tile t: rows of n_bytes.
$macro tile_shape(t, rows, n_bytes)
  %shape.bytes${t} = getelementptr i8, ptr %tiles, i64 ${16 + 2 * t}
  store i16 ${n_bytes}, ptr %shape.bytes${t}, align 2
  %shape.rows${t} = getelementptr i8, ptr %tiles, i64 ${48 + t}
  store i8 ${rows}, ptr %shape.rows${t}, align 1
$end

$# %<tag>i: row number `row` of x, the last one for rows that x lacks.
$macro row_or_last(tag, row)
  %${tag}want = add i64 %m0, ${row}
  %${tag}over = icmp ugt i64 %${tag}want, %m.last
  %${tag}i = select i1 %${tag}over, i64 %m.last, i64 %${tag}want
$end

$# Tiles 0 to 3 hold sums, 4 and 5 rows of x (a_bytes each), 6 and 7 weights (b_rows).
$macro kernel_tiles(step_rows, a_bytes, b_rows)
$call kernel_begin(1)
tile:
  %m0 = phi i64 [ 0, %block ], [ %m0.next, %tile.next ]
  %t.left = sub i64 %m, %m0
  %t.over = icmp ugt i64 %t.left, ${MT}
  %t.rows = select i1 %t.over, i64 ${MT}, i64 %t.left
  %t.some = add i64 %t.rows, ${step_rows - 1}
  %t.up = and i64 %t.some, ${-step_rows}
  %tiles = getelementptr i8, ptr %scratch, i64 0
  store <64 x i8> zeroinitializer, ptr %tiles, align 64
  store i8 1, ptr %tiles, align 1
$for t in 0..8
$call tile_shape(t, t > 5 ? b_rows : 16, t == 4 || t == 5 ? a_bytes : 64)
$end
$call tiles_begin()
$call pack_rows()
  %sums = getelementptr i8, ptr %scratch, i64 ${sums_at}
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
$call stream_pointers()
$call panel()
out:
$call column_limits()
  br label %out.row
out.row:
  %o = phi i64 [ 0, %out ], [ %o.next, %out.row ]
  %o.row = add i64 %m0, %o
  %o.skip = mul i64 %o, ${sum_row}
  %o.p = getelementptr i8, ptr %sums, i64 %o.skip
$for s in 0..streams
  %o.from${s} = getelementptr i8, ptr %o.p, i64 ${64 * s}
  %o.sum${s} = call %vf @v.load(ptr %o.from${s})
$end
$call store_row('o.', '%o.row', '%o.sum')
  %o.next = add i64 %o, 1
  %o.more = icmp ult i64 %o.next, %t.rows
  br i1 %o.more, label %out.row, label %panel.next
panel.next:
  %g0.next = add i64 %g0, ${NV}
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tiles.done
tiles.done:
$call tiles_end()
  br label %tile.next
$call kernel_end(MT)
$end
