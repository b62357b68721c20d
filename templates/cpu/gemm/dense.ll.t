$# The loops around a gemm in float arithmetic: blocks, parts of k, tiles of rows, panels of columns.
$#
$# A block is NB panels of columns and one of RB equal shares of the rows. It goes through k in parts of
$# KC values (0: one part): a tile's sums rest in scratch between two parts, so that the order of the sum
$# is the same whatever KC is. Scratch: the packed tile of x, the part's weights as f32 (CONV), the sums.
$#
$# The including file sets, beside what frame.ll.t wants,
$#   step_values            values of k per step
$#   x_step_bytes           packed bytes of a step for all rows of the tile; `run` steps lie together
$#   source_values          values of k that convert_step() takes
$# and defines
$#   kernel_values()        %row.bytes of x, %k.steps, %group.bytes; calls scratch_areas() last
$#   raw_at(name, step)     %<name>, where in a stream step number `step` of the whole k begins
$#   x_at(name, step)       %<name>, the same in a row of x
$#   pack_tile()            copies %kb.steps of the tile's rows (%xr<row>, at the part's begin) to scratch
$#   convert_step()         values %cv.i * source_values ... of the part, of the streams %cv.ws<s>, to %cv.to
$# whose step(loop, u) counts steps from the begin of the part.
$include "cpu/gemm/frame.ll.t"
$let kc_steps = KC / step_values
$let kb_steps = KC ? '%kb.steps' : '%k.steps'
$let tiles_begin = KC ? '%chunk.begin' : RB > 1 ? '%m.begin' : '0'
$let tiles_end = KC ? '%chunk.end' : RB > 1 ? '%m.end' : '%m'
$let kb_first = KC ? '%kb.first' : '0'
$# Bytes of one value of k in a panel of converted weights, and of a tile's sums.
$let panel_value_bytes = 4 * R * streams
$let w_panel_bytes = KC ? str(panel_value_bytes * KC) : '%w.panel.bytes'
$# Rows whose sums fit scratch; more of them take their turn.
$let chunk_tiles = 64
$let sums_bytes = 4 * R * streams * MR

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

$# Where the areas of scratch begin.
$macro scratch_areas()
$if CONV && !KC
  %w.panel.bytes = mul i64 %k.steps, ${step_values * panel_value_bytes}
$end
$if KC
$let w_at = PACK ? roundup(x_step_bytes * roundup(kc_steps, run), 64) : 0
  %scratch.w = getelementptr i8, ptr %scratch, i64 ${w_at}
  %scratch.sums = getelementptr i8, ptr %scratch, i64 ${w_at + (CONV ? NB * panel_value_bytes * KC : 0)}
$elif PACK
  %sc.up = add i64 %k.steps, ${run - 1}
  %sc.runs = udiv i64 %sc.up, ${run}
  %sc.x = mul i64 %sc.runs, ${x_step_bytes * run}
  %sc.x.up = add i64 %sc.x, 63
  %sc.w = and i64 %sc.x.up, -64
  %scratch.w = getelementptr i8, ptr %scratch, i64 %sc.w
$else
  %scratch.w = getelementptr i8, ptr %scratch, i64 0
$end
$end

$# The block's groups %block.group ... %group.end and rows %m.begin ... %m.end.
$macro block_range()
$if RB > 1
  %block.cols = udiv i32 %block.at, ${RB}
  %block.share = urem i32 %block.at, ${RB}
  %block.i = zext i32 %block.cols to i64
  %share = zext i32 %block.share to i64
  %m.up = add i64 %m, ${RB * MR - 1}
  %m.tiles = udiv i64 %m.up, ${RB * MR}
  %m.share = mul i64 %m.tiles, ${MR}
  %m.begin = mul i64 %share, %m.share
  %m.until = add i64 %m.begin, %m.share
  %m.over = icmp ugt i64 %m.until, %m
  %m.end = select i1 %m.over, i64 %m, i64 %m.until
$else
  %block.i = zext i32 %block.at to i64
$end
  %block.group = mul i64 %block.i, ${NV * NB}
  %block.end = add i64 %block.group, ${NV * NB}
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
$if RB > 1
  %m.some = icmp ult i64 %m.begin, %m.end
  br i1 %m.some, label %block.rows, label %block.next
block.rows:
$end
$end

$# Weights of the part as f32: for each panel and value of k, the streams one after the other.
$macro convert_part(from, to)
  br label %cv.panel
cv.panel:
  %cv.g0 = phi i64 [ %block.group, %${from} ], [ %cv.g0.next, %cv.done ]
  %cv.w = phi ptr [ %scratch.w, %${from} ], [ %cv.w.next, %cv.done ]
$call panel_streams('cv.', '%cv.g0')
  br label %cv.step
cv.step:
  %cv.i = phi i64 [ 0, %cv.panel ], [ %cv.i.next, %cv.step ]
  %cv.at = mul i64 %cv.i, ${source_values * panel_value_bytes}
  %cv.to = getelementptr i8, ptr %cv.w, i64 %cv.at
$call convert_step()
  %cv.i.next = add i64 %cv.i, 1
  %cv.more = icmp ult i64 %cv.i.next, %cv.n
  br i1 %cv.more, label %cv.step, label %cv.done
cv.done:
  %cv.w.next = getelementptr i8, ptr %cv.w, i64 ${w_panel_bytes}
  %cv.g0.next = add i64 %cv.g0, ${NV}
  %cv.again = icmp ult i64 %cv.g0.next, %group.end
  br i1 %cv.again, label %cv.panel, label %${to}
$end

$# What the tiles of this part ask for: the next part's bytes of the same streams, or after the last one
$# the first of the next block's, in equal shares.
$macro ahead_begin()
  %ah.rows = sub i64 ${tiles_end}, ${tiles_begin}
  %ah.rows.up = add i64 %ah.rows, ${MR - 1}
  %ah.tiles = udiv i64 %ah.rows.up, ${MR}
  %ah.turns = mul i64 %ah.tiles, ${kb_steps}
$if KC
$call raw_at('ah.from', '%kb.first')
$call raw_at('ah.until', '%kb.next')
  %ah.bytes = sub i64 %ah.until, %ah.from
  %ah.skip = mul i64 %group.bytes, ${NB * NV}
  %ah.base = select i1 %kb.is.last, i64 %ah.skip, i64 %ah.until
$else
  %ah.bytes = add i64 %group.bytes, 0
  %ah.base = mul i64 %group.bytes, ${NB * NV}
$end
  %ah.up = add i64 %ah.bytes, %ah.turns
  %ah.less = sub i64 %ah.up, 1
  %ah.per.step = udiv i64 %ah.less, %ah.turns
  %ah.per.tile = mul i64 %ah.per.step, ${kb_steps}
$end

$macro ahead_panel()
$call panel_streams('ah.', '%g0')
$for s in 0..streams
  %ah.p${s} = getelementptr i8, ptr %ah.ws${s}, i64 %ah.at
$end
$end

$# In a turn of the k loop that begins at step `kb`: AHEAD lines of each stream.
$macro ahead(tag, kb)
$if AHEAD
  %${tag}ah = mul i64 ${kb}, %ah.per.step
$for s in 0..streams
  %${tag}ah.s${s} = getelementptr i8, ptr %ah.p${s}, i64 %${tag}ah
$for line in 0..AHEAD
  %${tag}ah.p${s}.${line} = getelementptr i8, ptr %${tag}ah.s${s}, i64 ${64 * line}
  call void @v.prefetch.far(ptr %${tag}ah.p${s}.${line})
$end
$end
$end
$end

$# The panel's streams as the steps read them: %ws<stream>, from the begin of the part.
$macro step_streams()
$if CONV
$for s in 0..streams
  %ws${s} = getelementptr i8, ptr %w.at, i64 ${4 * R * s}
$end
$else
$call panel_streams('raw.', '%g0')
$for s in 0..streams
  %ws${s} = getelementptr i8, ptr %raw.ws${s}, i64 ${KC ? '%raw.first' : '0'}
$end
$end
$end

$macro sums_address(tag, r, s)
  %${tag}${r}.${s} = getelementptr i8, ptr %sums.at, i64 ${4 * R * (r * streams + s)}
$end

$# Asks for the lines of y that the panel will write; they lie far apart, and a store waits for its line.
$macro ask_results()
$if KC
  br i1 %kb.is.last, label %ask, label %panel.sums
$else
  br label %ask
$end
ask:
  %ask.col = mul i64 %g0, ${R}
$for r in 0..MR
  %ask.row${r} = mul i64 %r.i${r}, %n
  %ask.at${r} = add i64 %ask.row${r}, %ask.col
$for v in 0..NV
  %ask.first${r}.${v} = add i64 %ask.at${r}, ${R * v}
  %ask.p${r}.${v} = getelementptr float, ptr %y, i64 %ask.first${r}.${v}
  call void @v.prefetch.write(ptr %ask.p${r}.${v})
$end
$end
  br label %panel.sums
panel.sums:
$end

$# Sums of the parts before: %init<row>.<stream>. Those of the next panel are asked for.
$macro sums_load()
$for line in 0..ceildiv(sums_bytes, 64)
  %ask.sums${line} = getelementptr i8, ptr %sums.next, i64 ${64 * line}
  call void @v.prefetch.far(ptr %ask.sums${line})
$end
  br i1 %kb.is.first, label %k.begin, label %k.load
k.load:
$for r in 0..MR
$for s in 0..streams
$call sums_address('ld.p', r, s)
  %ld${r}.${s} = load %vf, ptr %ld.p${r}.${s}, align ${4 * min(R, 16)}
$end
$end
  br label %k.begin
k.begin:
$for r in 0..MR
$for s in 0..streams
  %init${r}.${s} = phi %vf [ zeroinitializer, %panel.sums ], [ %ld${r}.${s}, %k.load ]
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
  br label %panel.next
finish:
$end

$macro dense_tile(from)
tile:
  %m0 = phi i64 [ ${tiles_begin}, %${from} ], [ %m0.next, %tile.next ]
$if KC
  %sums.tile = phi ptr [ %scratch.sums, %${from} ], [ %sums.next, %tile.next ]
$end
$if AHEAD
  %ah.at = phi i64 [ %ah.base, %${from} ], [ %ah.at.next, %tile.next ]
$end
$for r in 0..MR
  %r.want${r} = add i64 %m0, ${r}
  %r.over${r} = icmp ugt i64 %r.want${r}, %m.last
  %r.i${r} = select i1 %r.over${r}, i64 %m.last, i64 %r.want${r}
  %r.bytes${r} = mul i64 %r.i${r}, %row.bytes
  %xr${r} = getelementptr i8, ptr %${KC ? 'x.part' : 'x'}, i64 %r.bytes${r}
$end
$if PACK
$call pack_tile()
$end
$let panel_from = PACK ? 'pack.done' : 'tile'
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %${panel_from} ], [ %g0.next, %panel.next ]
$if CONV
  %w.at = phi ptr [ %scratch.w, %${panel_from} ], [ %w.next, %panel.next ]
$end
$if KC
  %sums.at = phi ptr [ %sums.tile, %${panel_from} ], [ %sums.next, %panel.next ]
$end
$if CONV
  %w.next = getelementptr i8, ptr %w.at, i64 ${w_panel_bytes}
$end
$if KC
  %sums.next = getelementptr i8, ptr %sums.at, i64 ${sums_bytes}
$end
$call step_streams()
$if AHEAD
$call ahead_panel()
$end
$call ask_results()
$if KC
$call sums_load()
$call k_loop(unroll, kb_steps, 'k.begin', 'init')
$call sums_store()
$else
$call k_loop(unroll, kb_steps, 'panel.sums', '')
$end
$call store_tile()
panel.next:
  %g0.next = add i64 %g0, ${NV}
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
tile.next:
$if AHEAD
  %ah.at.next = add i64 %ah.at, %ah.per.tile
$end
  %m0.next = add i64 %m0, ${MR}
  %tile.more = icmp ult i64 %m0.next, ${tiles_end}
  br i1 %tile.more, label %tile, label %${KC ? 'part.next' : 'block.next'}
$end

$# The part of k that begins at step %kb.first, up to its tiles.
$macro part_begin(from)
$if KC
  br label %chunk
chunk:
  %chunk.begin = phi i64 [ ${RB > 1 ? '%m.begin' : '0'}, %${from} ], [ %chunk.until, %chunk.next ]
  %chunk.until = add i64 %chunk.begin, ${chunk_tiles * MR}
  %chunk.over = icmp ugt i64 %chunk.until, ${RB > 1 ? '%m.end' : '%m'}
  %chunk.end = select i1 %chunk.over, i64 ${RB > 1 ? '%m.end' : '%m'}, i64 %chunk.until
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
$if CONV
  %cv.values = mul i64 ${kb_steps}, ${step_values}
  %cv.up = add i64 %cv.values, ${source_values - 1}
  %cv.n = udiv i64 %cv.up, ${source_values}
$end
$if AHEAD
$call ahead_begin()
$end
$end

$macro kernel_dense()
$call kernel_entry()
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.after, %block.next ]
$call block_range()
$let begin = RB > 1 ? 'block.rows' : 'block'
$call part_begin(begin)
$let part = KC ? 'part' : begin
$if CONV
$call convert_part(part, 'tile')
$call dense_tile('cv.done')
$else
  br label %tile
$call dense_tile(part)
$end
$if KC
part.next:
  br i1 %kb.is.last, label %chunk.next, label %part
chunk.next:
  %chunk.more = icmp ult i64 %chunk.until, ${RB > 1 ? '%m.end' : '%m'}
  br i1 %chunk.more, label %chunk, label %block.next
$end
block.next:
  %block.after = add i32 %block.at, 1
  %block.more = icmp ult i32 %block.after, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
$end
