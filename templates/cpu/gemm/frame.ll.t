$# The loops around every gemm: blocks of columns, tiles of rows, panels of columns, steps along k.
$#
$# A panel is NV groups of R columns of each weight matrix (`n_mats`; two for gate and up), together
$# `streams` sequences of bytes in memory; a block is NB panels. A tile is MR rows of x; the rows that
$# the last tile lacks are computed as copies of its last row and not stored.
$#
$# The including file defines the macros
$#   kernel_values()        %row.bytes of x, `n_steps` along k, %group.bytes of a group of w; with
$#                          by_parts also %x.begin and %w.begin, bytes to the part's first value
$#   step(loop, u)          one step along k: %<loop>f<row>.<stream>.<u> to ...<u+1>; the step's number
$#                          is %<loop>kb<u>, loop 'a' or, for what is left, 'b'
$#   pack_tile()            copies the tile's rows to scratch (only with PACK)
$# and sets unroll, the steps that one turn of the k loop takes.
$# A file that includes this one may set row_shares behind the include, the number of equal shares of the
$# rows: blocks of one share follow each other. It may set scales_rows = 1 there, and defines
$#   scale_tile()           what is written, %y<row>.<stream>, from the sums %sum<row>.<stream>
$let scales_rows = 0
$let row_shares = 1
$let streams = NV * n_mats
$let panel_cols = NV * R
$# With `by_parts` the kernel works on %part.k values of k from %part.begin on (parts.ll.t), and rows of y are
$# as far apart as all parts of a row take.
$let n_steps = by_parts ? '%part.steps' : '%n.steps'
$let k_run = by_parts ? '%part.k' : '%k'
$let y_cols = by_parts ? '%y.cols' : '%n'

$macro arg_pointer(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load ptr, ptr %${name}.slot, align 8
$end
$macro arg_size(name, offset)
  %${name}.slot = getelementptr i8, ptr %args, i64 ${offset}
  %${name} = load i64, ptr %${name}.slot, align 8
$end

$# Pointers to the groups of the panel that begins at group %g0; groups past the end become the last.
$macro stream_pointers()
$for v in 0..NV
  %g.want${v} = add i64 %g0, ${v}
  %g.over${v} = icmp ugt i64 %g.want${v}, %g.last
  %group${v} = select i1 %g.over${v}, i64 %g.last, i64 %g.want${v}
  %g.bytes${v} = mul i64 %group${v}, %group.bytes
$for mat in 0..n_mats
  %ws${mat * NV + v} = getelementptr i8, ptr %w.mat${mat}, i64 %g.bytes${v}
$end
$end
$end

$# Asks for the bytes [at, at + n_bytes) of each stream, PF bytes ahead; what lies behind the end of a
$# stream is the next panel's. %at is the offset in the stream.
$macro prefetch(tag, at, n_bytes)
$if PF > 0
  %${tag}pf = add i64 ${at}, ${PF}
$if NV > 1
  %${tag}pf.over = icmp uge i64 %${tag}pf, %group.bytes
  %${tag}pf.skip = select i1 %${tag}pf.over, i64 %panel.skip, i64 0
  %${tag}pf.at = add i64 %${tag}pf, %${tag}pf.skip
$else
  %${tag}pf.at = add i64 %${tag}pf, 0
$end
$for s in 0..streams
  %${tag}pf.s${s} = getelementptr i8, ptr %ws${s}, i64 %${tag}pf.at
$for line in 0..ceildiv(n_bytes, 64)
  %${tag}pf.p${s}.${line} = getelementptr i8, ptr %${tag}pf.s${s}, i64 ${64 * line}
  call void @v.prefetch(ptr %${tag}pf.p${s}.${line})
$end
$end
$end
$end

$# The k loop of one panel, `steps` long, entered from block `from`: %sum<row>.<stream> afterwards. Sums
$# begin as %<start><row>.<stream>, or at zero where `start` is empty.
$macro k_loop(unroll, steps, from, start)
$if unroll > 1
  %k.start.main = icmp uge i64 ${steps}, ${unroll}
  br i1 %k.start.main, label %k.main, label %k.rest.start
$else
  br label %k.main
$end
k.main:
  %akb0 = phi i64 [ 0, %${from} ], [ %akb.next, %k.main ]
$for r in 0..MR
$for s in 0..streams
$let first = start == '' ? 'zeroinitializer' : '%' + start + str(r) + '.' + str(s)
  %af${r}.${s}.0 = phi %vf [ ${first}, %${from} ], [ %af${r}.${s}.${unroll}, %k.main ]
$end
$end
$for u in 0..unroll
$if u > 0
  %akb${u} = add i64 %akb0, ${u}
$end
$call step('a', u)
$end
  %akb.next = add i64 %akb0, ${unroll}
  %a.left = sub i64 ${steps}, %akb.next
  %a.more = icmp sge i64 %a.left, ${unroll}
$if unroll == 1
  br i1 %a.more, label %k.main, label %k.done
k.done:
$for r in 0..MR
$for s in 0..streams
  %sum${r}.${s} = phi %vf [ %af${r}.${s}.1, %k.main ]
$end
$end
$else
  br i1 %a.more, label %k.main, label %k.rest.start
k.rest.start:
  %bkb.start = phi i64 [ 0, %${from} ], [ %akb.next, %k.main ]
$for r in 0..MR
$for s in 0..streams
$let first = start == '' ? 'zeroinitializer' : '%' + start + str(r) + '.' + str(s)
  %bf.start${r}.${s} = phi %vf [ ${first}, %${from} ], [ %af${r}.${s}.${unroll}, %k.main ]
$end
$end
  %b.any = icmp ult i64 %bkb.start, ${steps}
  br i1 %b.any, label %k.rest, label %k.done
k.rest:
  %bkb0 = phi i64 [ %bkb.start, %k.rest.start ], [ %bkb.next, %k.rest ]
$for r in 0..MR
$for s in 0..streams
  %bf${r}.${s}.0 = phi %vf [ %bf.start${r}.${s}, %k.rest.start ], [ %bf${r}.${s}.1, %k.rest ]
$end
$end
$call step('b', 0)
  %bkb.next = add i64 %bkb0, 1
  %b.more = icmp ult i64 %bkb.next, ${steps}
  br i1 %b.more, label %k.rest, label %k.done
k.done:
$for r in 0..MR
$for s in 0..streams
  %sum${r}.${s} = phi %vf [ %bf.start${r}.${s}, %k.rest.start ], [ %bf${r}.${s}.1, %k.rest ]
$end
$end
$end
$end

$# %n.cols<v>: how many columns of each group of the panel exist.
$macro column_limits()
  %col = mul i64 %g0, ${R}
  %cols.left = sub i64 %n, %col
$for v in 0..NV
  %n.left${v} = sub i64 %cols.left, ${v * R}
  %n.big${v} = icmp sgt i64 %n.left${v}, ${R}
  %n.clamped${v} = select i1 %n.big${v}, i64 ${R}, i64 %n.left${v}
  %n.cols${v} = trunc i64 %n.clamped${v} to i32
$end
$end

$# Writes the panel's columns of row number `row`, whose sums are `sum`<stream>.
$macro store_row(tag, row, sum)
  %${tag}first = mul i64 ${row}, ${y_cols}
  %${tag}at = add i64 %${tag}first, %col
$for v in 0..NV
  %${tag}at${v} = add i64 %${tag}at, ${v * R}
  %${tag}p${v} = getelementptr float, ptr %y, i64 %${tag}at${v}
$let out = sum + str(v)
$if n_mats == 2
  %${tag}gate${v} = call %vf @v.silu(%vf ${sum}${v})
  %${tag}out${v} = fmul %vf %${tag}gate${v}, ${sum}${NV + v}
$let out = '%' + tag + 'out' + str(v)
$elif with_residual
  %${tag}res.p${v} = getelementptr float, ptr %res, i64 %${tag}at${v}
  %${tag}res${v} = call %vf @v.load.n(ptr %${tag}res.p${v}, i32 %n.cols${v})
  %${tag}out${v} = fadd %vf ${sum}${v}, %${tag}res${v}
$let out = '%' + tag + 'out' + str(v)
$end
  call void @v.store.n(ptr %${tag}p${v}, %vf ${out}, i32 %n.cols${v})
$end
$end

$# Writes the tile's rows of one panel, as far as rows and columns exist; goes on at block `next`.
$macro store_tile(next)
$call column_limits()
$if scales_rows
$call scale_tile()
$end
$for r in 0..MR
  %row.at${r} = add i64 %m0, ${r}
$if r > 0
  %row.ok${r} = icmp ult i64 %row.at${r}, %m
  br i1 %row.ok${r}, label %store${r}, label %${next}
store${r}:
$end
$call store_row('out' + str(r) + '.', '%row.at' + str(r), (scales_rows ? '%y' : '%sum') + str(r) + '.')
$end
  br label %${next}
$end

$# The function up to its first block, which begins with label %block.
$macro kernel_entry()
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call arg_pointer(by_parts ? 'x.all' : 'x', arg_x)
$call arg_pointer('y', arg_y)
$call arg_pointer('rows', arg_rows)
$call arg_size('n', arg_n)
$call arg_size('k', arg_k)
$call arg_pointer(by_parts ? 'w.all' : 'w.mat0', slot_w0)
$if by_parts
$call arg_size('y.cols', slot_y_cols)
$call arg_size('part.begin', slot_k_begin)
$call arg_size('part.k', slot_k_part)
$end
$if n_mats == 2
$call arg_pointer('w.mat1', slot_w1)
$end
$if with_residual
$call arg_pointer('res', slot_r)
$end
  %m32 = load i32, ptr %rows, align 4
  %m = zext i32 %m32 to i64
  %m.last = sub i64 %m, 1
$if R == 16
  %n.up = add i64 %n, 15
  %n.groups = lshr i64 %n.up, 4
$else
  %n.up = add i64 %n, 7
  %n.groups = lshr i64 %n.up, 3
$end
  %g.last = sub i64 %n.groups, 1
$call kernel_values()
$if by_parts
  %x = getelementptr i8, ptr %x.all, i64 %x.begin
  %w.mat0 = getelementptr i8, ptr %w.all, i64 %w.begin
$end
$if NV > 1
  %panel.skip = mul i64 %group.bytes, ${NV - 1}
$end
  %any.block = icmp ult i32 %first, %last
  %any.row = icmp ne i64 %m, 0
  %any = and i1 %any.block, %any.row
  br i1 %any, label %block, label %exit
$end

$# The share of the rows that block number %block.at has, %m.begin ... %m.end, and the share's blocks from
$# there on, %block.i ... %block.past; the next share begins with block number %block.stop.
$macro row_share()
  %cols.blocks.up = add i64 %n.groups, ${NV * NB - 1}
  %cols.blocks64 = udiv i64 %cols.blocks.up, ${NV * NB}
  %cols.blocks = trunc i64 %cols.blocks64 to i32
  %block.share = udiv i32 %block.at, %cols.blocks
  %share.first = mul i32 %block.share, %cols.blocks
  %share.last = add i32 %share.first, %cols.blocks
  %share.over = icmp ugt i32 %last, %share.last
  %block.stop = select i1 %share.over, i32 %share.last, i32 %last
  %block.in = sub i32 %block.at, %share.first
  %block.until = sub i32 %block.stop, %share.first
  %block.i = zext i32 %block.in to i64
  %block.past = zext i32 %block.until to i64
  %share = zext i32 %block.share to i64
  %m.up = add i64 %m, ${row_shares * MR - 1}
  %m.tiles = udiv i64 %m.up, ${row_shares * MR}
  %m.share = mul i64 %m.tiles, ${MR}
  %m.begin = mul i64 %share, %m.share
  %m.until = add i64 %m.begin, %m.share
  %m.over = icmp ugt i64 %m.until, %m
  %m.end = select i1 %m.over, i64 %m, i64 %m.until
$end

$# The function up to its tiles, which begin with label %tile and go on at %tile.next. With `merged` the
$# blocks first..last-1 are taken as one: what a tile prepares serves them all.
$macro kernel_begin(merged)
$assert merged || row_shares == 1 "shares of the rows are of blocks taken as one"
$call kernel_entry()
block:
  %block.at = phi i32 [ %first, %entry ], [ %block.stop, %block.next ]
$if row_shares > 1
$call row_share()
  %block.group = mul i64 %block.i, ${NV * NB}
$else
  %block.i = zext i32 %block.at to i64
  %block.group = mul i64 %block.i, ${NV * NB}
$if merged
  %block.stop = add i32 %last, 0
$else
  %block.stop = add i32 %block.at, 1
$end
  %block.past = zext i32 %block.stop to i64
$end
  %block.end = mul i64 %block.past, ${NV * NB}
  %group.over = icmp ugt i64 %block.end, %n.groups
  %group.end = select i1 %group.over, i64 %n.groups, i64 %block.end
$if row_shares > 1
  %m.some = icmp ult i64 %m.begin, %m.end
  br i1 %m.some, label %block.rows, label %block.next
block.rows:
$end
  br label %tile
$end

$macro kernel_end(rows)
tile.next:
  %m0.next = add i64 %m0, ${rows}
  %tile.more = icmp ult i64 %m0.next, ${row_shares > 1 ? '%m.end' : '%m'}
  br i1 %tile.more, label %tile, label %block.next
block.next:
  %block.more = icmp ult i32 %block.stop, %last
  br i1 %block.more, label %block, label %exit
exit:
  ret void
}
$end

$# Sums in registers: a tile is MR rows, and all of k runs for one panel after the other.
$macro kernel()
$call kernel_begin(0)
tile:
  %m0 = phi i64 [ 0, %block ], [ %m0.next, %tile.next ]
$for r in 0..MR
  %r.want${r} = add i64 %m0, ${r}
  %r.over${r} = icmp ugt i64 %r.want${r}, %m.last
  %r.i${r} = select i1 %r.over${r}, i64 %m.last, i64 %r.want${r}
  %r.bytes${r} = mul i64 %r.i${r}, %row.bytes
  %xr${r} = getelementptr i8, ptr %x, i64 %r.bytes${r}
$end
$if PACK
$call pack_tile()
$end
  br label %panel
panel:
  %g0 = phi i64 [ %block.group, %${PACK ? 'pack.done' : 'tile'} ], [ %g0.next, %panel.next ]
$call stream_pointers()
$call k_loop(unroll, n_steps, 'panel', '')
$call store_tile('panel.next')
panel.next:
  %g0.next = add i64 %g0, ${NV}
  %panel.more = icmp ult i64 %g0.next, %group.end
  br i1 %panel.more, label %panel, label %tile.next
$call kernel_end(MR)
$end
