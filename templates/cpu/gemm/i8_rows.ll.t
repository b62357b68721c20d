$# Int8 gemm with its sums in scratch: a tile is up to MT rows; for each step along k the weights of a
$# panel are unpacked once and all rows of the tile take their turn, MR at a time.
$#
$# Scratch: sums [row][stream] of the panel at hand, then for each step the rows' values, their scales,
$# the starts of their sums (or the sums of their values, as in i8). Rows beyond the last are copies of it.
$let tile_rows = roundup(MT, MR)
$let sum_row = 4 * R * streams
$let step_stride = packed * tile_rows
$# Streams whose unpacked weights are held at once; sixteen registers have no room for more than one.
$let together = isa == 'avx512' ? streams : 1

$# Rows packed side by side, so that whole lines of a step are written together.
$let side = MR < 8 && tile_rows % (2 * MR) == 0 ? 2 * MR : MR

$# Packs the tile, `side` rows at a time; ends at %pack.done.
$macro pack_rows()
  %packed.at = getelementptr i8, ptr %scratch, i64 ${sum_row * tile_rows}
  br label %pack.row
pack.row:
  %pr = phi i64 [ 0, %tile ], [ %pr.next, %pack.row.next ]
  %pr.m = add i64 %m0, %pr
$for r in 0..side
  %pr.want${r} = add i64 %pr.m, ${r}
  %pr.over${r} = icmp ugt i64 %pr.want${r}, %m.last
  %pr.i${r} = select i1 %pr.over${r}, i64 %m.last, i64 %pr.want${r}
  %pr.bytes${r} = mul i64 %pr.i${r}, %row.bytes
  %pr.x${r} = getelementptr i8, ptr %x, i64 %pr.bytes${r}
$end
  %pr.q.skip = shl i64 %pr, 5
  %pr.d.skip = shl i64 %pr, 2
  %pr.q = getelementptr i8, ptr %packed.at, i64 %pr.q.skip
  %pr.d = getelementptr i8, ptr %packed.at, i64 %pr.d.skip
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.row ], [ %pk.next, %pack ]
  %pk.q.skip = shl i64 %pk, 5
  %pk.d.skip = shl i64 %pk, 2
  %pk.d.at = add i64 %pk.d.skip, %k
  %pk.n.skip = shl i64 %pk, ${parts == 1 ? 2 : 3}
  %pk.n.at = add i64 %pk.n.skip, %row.nsum
  %pk.at = mul i64 %pk, ${step_stride}
  %pk.to.q = getelementptr i8, ptr %pr.q, i64 %pk.at
  %pk.to.rest = getelementptr i8, ptr %pr.d, i64 %pk.at
  %pk.to.d = getelementptr i8, ptr %pk.to.rest, i64 ${32 * tile_rows}
$for r in 0..side
  %pk.from.q${r} = getelementptr i8, ptr %pr.x${r}, i64 %pk.q.skip
  %pk.from.d${r} = getelementptr i8, ptr %pr.x${r}, i64 %pk.d.at
  %pk.from.n${r} = getelementptr i8, ptr %pr.x${r}, i64 %pk.n.at
  %pk.to.q${r} = getelementptr i8, ptr %pk.to.q, i64 ${32 * r}
  %pk.to.d${r} = getelementptr i8, ptr %pk.to.d, i64 ${4 * r}
  %pk.q${r} = load <32 x i8>, ptr %pk.from.q${r}, align 1
  store <32 x i8> %pk.q${r}, ptr %pk.to.q${r}, align 4
  %pk.d${r} = load i32, ptr %pk.from.d${r}, align 4
  store i32 %pk.d${r}, ptr %pk.to.d${r}, align 4
$for part in 0..parts
  %pk.from.n${r}.${part} = getelementptr i8, ptr %pk.from.n${r}, i64 ${4 * part}
  %pk.to.n${r}.${part} = getelementptr i8, ptr %pk.to.d${r}, i64 ${4 * tile_rows * (part + 1)}
$call sum_start('pk.n' + str(r) + '.' + str(part), '%pk.from.n' + str(r) + '.' + str(part))
  store i32 %pk.n${r}.${part}, ptr %pk.to.n${r}.${part}, align 4
$end
$end
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %n.steps
  br i1 %pk.more, label %pack, label %pack.row.next
pack.row.next:
  %pr.next = add i64 %pr, ${side}
  %pr.more = icmp ult i64 %pr.next, %t.up
  br i1 %pr.more, label %pack.row, label %pack.done
pack.done:
$end

$# Adds one part of the step of streams [s0, s1) to the sums of all rows; `tag` is unique, begins in
$# block `from` and ends in block `next`.
$macro rows_part(part, s0, s1, from, next)
$let tag = 'p' + str(part) + '.' + str(s0) + '.'
  br label %${tag}rows
${tag}rows:
  %${tag}r = phi i64 [ 0, %${from} ], [ %${tag}r.next, %${tag}rows ]
  %${tag}q.skip = shl i64 %${tag}r, 5
  %${tag}d.skip = shl i64 %${tag}r, 2
  %${tag}s.skip = mul i64 %${tag}r, ${sum_row}
  %${tag}q = getelementptr i8, ptr %x.at, i64 %${tag}q.skip
  %${tag}d = getelementptr i8, ptr %x.at.d, i64 %${tag}d.skip
  %${tag}s = getelementptr i8, ptr %scratch, i64 %${tag}s.skip
$for i in 0..MR
  %${tag}n.p${i} = getelementptr i8, ptr %${tag}d, i64 ${4 * (tile_rows * (part + 1) + i)}
$if has_min
  %${tag}v${i} = call %vi @v.splat.i(i32 ${dot_start})
$else
  %${tag}n${i} = load i32, ptr %${tag}n.p${i}, align 4
  %${tag}v${i} = call %vi @v.splat.i(i32 %${tag}n${i})
$end
$end
$for j in 0..per_part
$let g = part * per_part + j
$for i in 0..MR
  %${tag}x.p${i}.${j} = getelementptr i8, ptr %${tag}q, i64 ${32 * i + 4 * g}
  %${tag}x${i}.${j} = call %vb @v.bcast4(ptr %${tag}x.p${i}.${j})
$for s in s0..s1
$call dot(tag + str(i) + '.' + str(s) + '.', j, '%' + tag + 'v' + str(i), '%s' + str(s) + '.w' + str(g), '%' + tag + 'x' + str(i) + '.' + str(j))
$end
$end
$end
$for i in 0..MR
  %${tag}d.p${i} = getelementptr i8, ptr %${tag}d, i64 ${4 * i}
  %${tag}d${i} = call %vf @v.bcast(ptr %${tag}d.p${i})
$if has_min
  %${tag}m${i} = call %vf @v.bcast(ptr %${tag}n.p${i})
$end
$for s in s0..s1
$let t = tag + str(i) + '.' + str(s) + '.'
  %${t}p = getelementptr i8, ptr %${tag}s, i64 ${sum_row * i + 4 * R * s}
  %${t}before = call %vf @v.load(ptr %${t}p)
  %${t}y = call %vf @v.dot.scale(%vi %${t}${per_part - 1}, %vf %s${s}.scale${part}, %vf %s${s}.offset${part})
$let y = '%' + t + 'y'
$if has_min
  %${t}z = call %vf @v.fma(%vf %s${s}.min${part}, %vf %${tag}m${i}, %vf %${t}y)
$let y = '%' + t + 'z'
$end
  %${t}after = call %vf @v.fma(%vf ${y}, %vf %${tag}d${i}, %vf %${t}before)
  call void @v.store(ptr %${t}p, %vf %${t}after)
$end
$end
  %${tag}r.next = add i64 %${tag}r, ${MR}
  %${tag}more = icmp ult i64 %${tag}r.next, %t.rows
  br i1 %${tag}more, label %${tag}rows, label %${next}
$end

$macro kernel_rows()
$call kernel_begin(1)
tile:
$let first_row = row_shares > 1 ? '%m.begin, %block.rows' : '0, %block'
  %m0 = phi i64 [ ${first_row} ], [ %m0.next, %tile.next ]
  %t.left = sub i64 ${row_shares > 1 ? '%m.end' : '%m'}, %m0
  %t.over = icmp ugt i64 %t.left, ${MT}
  %t.rows = select i1 %t.over, i64 ${MT}, i64 %t.left
  %t.some = add i64 %t.rows, ${MR - 1}
  %t.groups = udiv i64 %t.some, ${MR}
  %t.up = mul i64 %t.groups, ${MR}
$call pack_rows()
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %pack.done ], [ %g0.next, %panel.next ]
$call stream_pointers()
  br label %zero
zero:
  %z = phi i64 [ 0, %panel ], [ %z.next, %zero ]
  %z.skip = mul i64 %z, ${sum_row}
  %z.p = getelementptr i8, ptr %scratch, i64 %z.skip
$for s in 0..streams
  %z.p${s} = getelementptr i8, ptr %z.p, i64 ${4 * R * s}
  call void @v.store(ptr %z.p${s}, %vf zeroinitializer)
$end
  %z.next = add i64 %z, 1
  %z.more = icmp ult i64 %z.next, %t.up
  br i1 %z.more, label %zero, label %k.step
k.step:
  %kb = phi i64 [ 0, %zero ], [ %kb.next, %k.next ]
$call step_offsets('', '%kb')
$call prefetch('', '%at.pf', step_bytes)
  %x.skip = mul i64 %kb, ${step_stride}
  %x.at = getelementptr i8, ptr %packed.at, i64 %x.skip
  %x.at.d = getelementptr i8, ptr %x.at, i64 ${32 * tile_rows}
$for s in 0..streams
$call step_addresses('s' + str(s) + '.', '', '%ws' + str(s))
$end
$for part in 0..parts
$for s0 in 0..streams step together
$let s1 = s0 + together
$let name = 'part' + str(part) + '.' + str(s0)
$let next = s1 < streams ? 'part' + str(part) + '.' + str(s1) : part + 1 < parts ? 'part' + str(part + 1) + '.0' : 'k.next'
$if part + s0 > 0
${name}:
$end
$for s in s0..s1
$call step_scale('s' + str(s) + '.', part)
  %s${s}.offset${part} = call %vf @v.dot.offset(%vf %s${s}.scale${part})
$for j in 0..per_part
$call step_weight('s' + str(s) + '.', part * per_part + j)
$end
$end
$call rows_part(part, s0, s1, part + s0 ? name : 'k.step', next)
$end
$end
k.next:
  %kb.next = add i64 %kb, 1
  %k.more = icmp ult i64 %kb.next, %n.steps
  br i1 %k.more, label %k.step, label %out
out:
$call column_limits()
  br label %out.row
out.row:
  %o = phi i64 [ 0, %out ], [ %o.next, %out.row ]
  %o.row = add i64 %m0, %o
  %o.skip = mul i64 %o, ${sum_row}
  %o.p = getelementptr i8, ptr %scratch, i64 %o.skip
$for s in 0..streams
  %o.from${s} = getelementptr i8, ptr %o.p, i64 ${4 * R * s}
  %o.sum${s} = call %vf @v.load(ptr %o.from${s})
$end
$call store_row('o.', '%o.row', '%o.sum')
  %o.next = add i64 %o, 1
  %o.more = icmp ult i64 %o.next, %t.rows
  br i1 %o.more, label %out.row, label %panel.next
panel.next:
  %g0.next = add i64 %g0, ${NV}
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
$call kernel_end(MT)
$end
