$# The loops around a gemm in float arithmetic: blocks, chunks of rows, parts of k, panels of columns,
$# tiles of rows, steps along k.
$#
$# A block is one panel of columns and one of RB equal shares of the rows; up to NB panels that follow each
$# other are worked on together. With KC they go through chunks of MC tiles of rows, and in a chunk through
$# k in parts of KC values: a tile's sums rest in scratch between two parts, so the order of a sum is the
$# same whatever KC is. Scratch holds a part of the
$# chunk's rows (PACK), a part of the panel's weights as f32 (CONV), and the chunk's sums.
$#
$# The including file sets, beside what frame.ll.t wants,
$#   step_values            values of k per step
$#   x_step_bytes           packed bytes of a step for all rows of a tile; `run` steps lie together
$#   source_values          values of k that convert_step() takes
$# and defines
$#   kernel_values()        %row.bytes of x, %k.steps, %group.bytes
$#   raw_at(name, step)     %<name>, where in a stream step number `step` of the whole k begins
$#   x_at(name, step)       %<name>, the same in a row of x
$#   pack_run()             copies run number %pk of the rows %pk.xr<row> to %pk.to
$#   convert_step()         values %cv.i * source_values ... of the part, of the streams %raw.ws<s>, to %cv.to
$# whose step(loop, u) counts steps from the begin of the part and reads %ws<stream>, and %xr<row> or, with
$# PACK, %x.tile.
$include "cpu/gemm/frame.ll.t"
$let kc_steps = KC / step_values
$let kb_steps = KC ? '%kb.steps' : '%k.steps'
$let kb_first = KC ? '%kb.first' : '0'
$let share_begin = RB > 1 ? '%m.begin' : '0'
$let share_end = RB > 1 ? '%m.end' : '%m'
$let rows_begin = KC ? '%chunk.begin' : share_begin
$let rows_end = KC ? '%chunk.end' : share_end
$# Bytes of one value of k in a panel of converted weights, of a tile's sums, of a packed tile.
$let panel_value_bytes = 4 * R * streams
$let sums_bytes = 4 * R * streams * MR
$let x_tile_bytes = roundup(x_step_bytes * roundup(kc_steps, run), 64)
$let w_scratch = PACK * MC * x_tile_bytes
$let sums_scratch = w_scratch + CONV * panel_value_bytes * KC
$assert KC > 0 || PACK + CONV == 0 "scratch is laid out for parts of k"

$# %<tag>ws<stream>: the panel's streams from their begin; groups past the end become the last.
$macro panel_streams(tag, g0)
$for v in 0..NV
  %${tag}want${v} = add i64 ${g0}, ${v}
  %${tag}over${v} = icmp ugt i64 %${tag}want${v}, %g.last
  %${tag}group${v} = select i1 %${tag}over${v}, i64 %g.last, i64 %${tag}want${v}
  %${tag}bytes${v} = mul i64 %${tag}group${v}, %group.bytes
$for mat in 0..n_mats
  %${tag}ws${mat * NV + v} = getelementptr i8, ptr %w.mat${mat}, i64 %${tag}bytes${v}
$end
$end
$end

$# %<tag>xr<row>: rows of x from the begin of the part; rows past the end become the last.
$macro tile_rows(tag, m0)
$for r in 0..MR
  %${tag}want${r} = add i64 ${m0}, ${r}
  %${tag}over${r} = icmp ugt i64 %${tag}want${r}, %m.last
  %${tag}row.i${r} = select i1 %${tag}over${r}, i64 %m.last, i64 %${tag}want${r}
  %${tag}bytes${r} = mul i64 %${tag}row.i${r}, %row.bytes
  %${tag}xr${r} = getelementptr i8, ptr %${KC ? 'x.part' : 'x'}, i64 %${tag}bytes${r}
$end
$end

$# Up to NB panels from block number %block.at on: groups %block.group ... %group.end, rows %m.begin ...
$# %m.end. Panels of one share of the rows follow each other.
$macro block_range()
  %block.most = add i32 %block.at, ${NB}
  %block.over = icmp ugt i32 %block.most, %last
$if RB > 1
  %block.fit = select i1 %block.over, i32 %last, i32 %block.most
  %n.panels.up = add i64 %n.groups, ${NV - 1}
  %n.panels64 = udiv i64 %n.panels.up, ${NV}
  %n.panels = trunc i64 %n.panels64 to i32
  %block.share = udiv i32 %block.at, %n.panels
  %share.first = mul i32 %block.share, %n.panels
  %share.last = add i32 %share.first, %n.panels
  %share.over = icmp ugt i32 %block.fit, %share.last
  %block.stop = select i1 %share.over, i32 %share.last, i32 %block.fit
  %block.panel = sub i32 %block.at, %share.first
  %share = zext i32 %block.share to i64
  %m.up = add i64 %m, ${RB * MR - 1}
  %m.tiles = udiv i64 %m.up, ${RB * MR}
  %m.share = mul i64 %m.tiles, ${MR}
  %m.begin = mul i64 %share, %m.share
  %m.until = add i64 %m.begin, %m.share
  %m.over = icmp ugt i64 %m.until, %m
  %m.end = select i1 %m.over, i64 %m, i64 %m.until
$else
  %block.stop = select i1 %block.over, i32 %last, i32 %block.most
  %block.panel = add i32 %block.at, 0
$end
  %block.panels = sub i32 %block.stop, %block.at
  %block.i = zext i32 %block.panel to i64
  %block.n = zext i32 %block.panels to i64
  %block.group = mul i64 %block.i, ${NV}
  %block.n.groups = mul i64 %block.n, ${NV}
  %block.end = add i64 %block.group, %block.n.groups
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
$if RB > 1
  %m.some = icmp ult i64 %m.begin, %m.end
  br i1 %m.some, label %block.rows, label %block.next
block.rows:
$end
$end

$# The chunk of rows, and the part of k that begins at step %kb.first.
$macro part_begin(from)
  br label %chunk
chunk:
  %chunk.begin = phi i64 [ ${share_begin}, %${from} ], [ %chunk.until, %chunk.next ]
  %chunk.until = add i64 %chunk.begin, ${MC * MR}
  %chunk.over = icmp ugt i64 %chunk.until, ${share_end}
  %chunk.end = select i1 %chunk.over, i64 ${share_end}, i64 %chunk.until
  br label %part
part:
  %kb.first = phi i64 [ 0, %chunk ], [ %kb.next, %part.next ]
  %kb.left = sub i64 %k.steps, %kb.first
  %kb.full = icmp ugt i64 %kb.left, ${kc_steps}
  %kb.steps = select i1 %kb.full, i64 ${kc_steps}, i64 %kb.left
  %kb.next = add i64 %kb.first, %kb.steps
  %kb.is.first = icmp eq i64 %kb.first, 0
  %kb.is.last = icmp uge i64 %kb.next, %k.steps
$call x_at('x.first', '%kb.first')
  %x.part = getelementptr i8, ptr %x, i64 %x.first
$call raw_at('raw.first', '%kb.first')
$end

$macro part_end()
part.next:
  br i1 %kb.is.last, label %chunk.next, label %part
chunk.next:
  %chunk.more = icmp ult i64 %chunk.until, ${share_end}
  br i1 %chunk.more, label %chunk, label %block.next
$end

$# All rows of the chunk: for each tile and each run of steps, the rows' values one row after the other.
$# The last run may read past the end of a row; what it brings is never used.
$macro pack_chunk(to)
  br label %pack.tile
pack.tile:
  %pk.m0 = phi i64 [ ${rows_begin}, %part ], [ %pk.m0.next, %pack.done ]
  %pk.tile = phi ptr [ %scratch, %part ], [ %pk.tile.next, %pack.done ]
$call tile_rows('pk.', '%pk.m0')
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.tile ], [ %pk.next, %pack ]
  %pk.at = mul i64 %pk, ${x_step_bytes * run}
  %pk.to = getelementptr i8, ptr %pk.tile, i64 %pk.at
$call pack_run()
  %pk.next = add i64 %pk, 1
  %pk.done = mul i64 %pk.next, ${run}
  %pk.more = icmp ult i64 %pk.done, ${kb_steps}
  br i1 %pk.more, label %pack, label %pack.done
pack.done:
  %pk.m0.next = add i64 %pk.m0, ${MR}
  %pk.tile.next = getelementptr i8, ptr %pk.tile, i64 ${x_tile_bytes}
  %pk.again = icmp ult i64 %pk.m0.next, ${rows_end}
  br i1 %pk.again, label %pack.tile, label %${to}
$end

$# The panel's weights of the part as f32: for each value of k, the streams one after the other.
$macro convert_panel()
  %cv.values = mul i64 ${kb_steps}, ${step_values}
  %cv.up = add i64 %cv.values, ${source_values - 1}
  %cv.n = udiv i64 %cv.up, ${source_values}
  br label %convert
convert:
  %cv.i = phi i64 [ 0, %panel ], [ %cv.i.next, %convert ]
  %cv.at = mul i64 %cv.i, ${source_values * panel_value_bytes}
  %cv.to = getelementptr i8, ptr %scratch.w, i64 %cv.at
$call convert_step()
  %cv.i.next = add i64 %cv.i, 1
  %cv.more = icmp ult i64 %cv.i.next, %cv.n
  br i1 %cv.more, label %convert, label %converted
converted:
$end

$# What the tiles of this panel ask for, in equal shares: the bytes of the panel AHEAD places further on,
$# in this part, in the next one, or in the next block.
$macro ahead_panel()
  %ah.rows = sub i64 ${rows_end}, ${rows_begin}
  %ah.rows.up = add i64 %ah.rows, ${MR - 1}
  %ah.tiles = udiv i64 %ah.rows.up, ${MR}
  %ah.turns = mul i64 %ah.tiles, ${kb_steps}
$if KC
$call raw_at('ah.until', '%kb.next')
  %ah.bytes = sub i64 %ah.until, %raw.first
  %ah.next = add i64 %g0, ${AHEAD * NV}
  %ah.wrap = icmp uge i64 %ah.next, %group.end
  %ah.end = select i1 %kb.is.last, i64 0, i64 %ah.until
  %ah.base = select i1 %ah.wrap, i64 %ah.end, i64 %raw.first
  %ah.back = xor i1 %kb.is.last, true
  %ah.again = and i1 %ah.wrap, %ah.back
  %ah.n.groups = sub i64 %group.end, %block.group
  %ah.first = sub i64 %ah.next, %ah.n.groups
  %ah.g0 = select i1 %ah.again, i64 %ah.first, i64 %ah.next
$else
$if by_parts
$call raw_at('ah.bytes', '%k.steps')
$else
  %ah.bytes = add i64 %group.bytes, 0
$end
  %ah.base = add i64 0, 0
  %ah.g0 = add i64 %g0, ${AHEAD * NV}
$end
  %ah.up = add i64 %ah.bytes, %ah.turns
  %ah.less = sub i64 %ah.up, 1
  %ah.per.step = udiv i64 %ah.less, %ah.turns
  %ah.per.tile = mul i64 %ah.per.step, ${kb_steps}
$call panel_streams('ah.', '%ah.g0')
$end

$# In a turn of the k loop that begins at step `kb`: a share of what the turn itself reads of each stream,
$# `turn_bytes`; more than half of MC tiles are there, as a rule.
$macro ahead(tag, kb, turn_bytes)
$if AHEAD
  %${tag}ah = mul i64 ${kb}, %ah.per.step
$for s in 0..streams
  %${tag}ah.s${s} = getelementptr i8, ptr %ah.p${s}, i64 %${tag}ah
$for line in 0..ceildiv(ceildiv(turn_bytes, 64), MC / 2 + 1)
  %${tag}ah.p${s}.${line} = getelementptr i8, ptr %${tag}ah.s${s}, i64 ${64 * line}
  call void @v.prefetch.far(ptr %${tag}ah.p${s}.${line})
$end
$end
$end
$end

$macro sums_address(tag, r, s)
  %${tag}${r}.${s} = getelementptr i8, ptr %sums.at, i64 ${4 * R * (r * streams + s)}
$end

$# Sums of the parts before: %init<row>.<stream>. Those of the next tile are asked for.
$macro sums_load()
  br i1 %kb.is.first, label %k.begin, label %k.load
k.load:
$for r in 0..MR
$for s in 0..streams
$call sums_address('ld.p', r, s)
  %ld${r}.${s} = load %vf, ptr %ld.p${r}.${s}, align ${4 * min(R, 16)}
$end
$end
$for line in 0..ceildiv(sums_bytes, 64)
  %ask.sums${line} = getelementptr i8, ptr %sums.next, i64 ${64 * line}
  call void @v.prefetch.far(ptr %ask.sums${line})
$end
  br label %k.begin
k.begin:
$for r in 0..MR
$for s in 0..streams
  %init${r}.${s} = phi %vf [ zeroinitializer, %tile ], [ %ld${r}.${s}, %k.load ]
$end
$end
$end

$macro sums_store()
  br i1 %kb.is.last, label %finish, label %keep
keep:
$for r in 0..MR
$for s in 0..streams
$call sums_address('st.p', r, s)
  store %vf %sum${r}.${s}, ptr %st.p${r}.${s}, align ${4 * min(R, 16)}
$end
$end
  br label %tile.next
finish:
$end

$macro tile_loop(from)
  br label %tile
tile:
  %m0 = phi i64 [ ${rows_begin}, %${from} ], [ %m0.next, %tile.next ]
$if PACK
  %x.tile = phi ptr [ %scratch, %${from} ], [ %x.tile.next, %tile.next ]
$end
$if KC
  %sums.at = phi ptr [ %sums.panel, %${from} ], [ %sums.next, %tile.next ]
$end
$if AHEAD
  %ah.at = phi i64 [ %ah.base, %${from} ], [ %ah.at.next, %tile.next ]
$for s in 0..streams
  %ah.p${s} = getelementptr i8, ptr %ah.ws${s}, i64 %ah.at
$end
$end
$if PACK
  %x.tile.next = getelementptr i8, ptr %x.tile, i64 ${x_tile_bytes}
$else
$call tile_rows('', '%m0')
$end
$if KC
  %sums.next = getelementptr i8, ptr %sums.at, i64 ${sums_bytes}
$call sums_load()
$call k_loop(unroll, kb_steps, 'k.begin', 'init')
$call sums_store()
$else
$call k_loop(unroll, kb_steps, 'tile', '')
$end
$call store_tile('tile.next')
tile.next:
$if AHEAD
  %ah.at.next = add i64 %ah.at, %ah.per.tile
$end
  %m0.next = add i64 %m0, ${MR}
  %tile.more = icmp ult i64 %m0.next, ${rows_end}
  br i1 %tile.more, label %tile, label %panel.next
$end

$macro panel_loop(from)
panel:
  %g0 = phi i64 [ %block.group, %${from} ], [ %g0.next, %panel.next ]
$if KC
  %sums.panel = phi ptr [ %scratch.sums, %${from} ], [ %sums.panel.next, %panel.next ]
$end
  %g0.next = add i64 %g0, ${NV}
$call panel_streams('raw.', '%g0')
$if AHEAD
$call ahead_panel()
$end
$for s in 0..streams
$if CONV
  %ws${s} = getelementptr i8, ptr %scratch.w, i64 ${4 * R * s}
$else
  %ws${s} = getelementptr i8, ptr %raw.ws${s}, i64 ${KC ? '%raw.first' : '0'}
$end
$end
$if CONV
$call convert_panel()
$end
$call tile_loop(CONV ? 'converted' : 'panel')
panel.next:
$if KC
  %sums.panel.next = getelementptr i8, ptr %sums.panel, i64 ${MC * sums_bytes}
$end
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %${KC ? 'part.next' : 'block.next'}
$end

$macro kernel_dense()
$call kernel_entry()
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
$call block_range()
$let from = RB > 1 ? 'block.rows' : 'block'
$if KC
  %scratch.w = getelementptr i8, ptr %scratch, i64 ${w_scratch}
  %scratch.sums = getelementptr i8, ptr %scratch, i64 ${sums_scratch}
$call part_begin(from)
$let from = PACK ? 'pack.done' : 'part'
$end
$if PACK
$call pack_chunk('panel')
$else
  br label %panel
$end
$call panel_loop(from)
$if KC
$call part_end()
$end
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
$end
