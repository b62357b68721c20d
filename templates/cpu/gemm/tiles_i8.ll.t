$# Int8 activations against q4_0 or q8_0 on matrix tiles.
$#
$# A step is one block, 32 values of k. Its weights are a tile as they lie (q8_0) or unpacked once for
$# all rows of x. Products of 16 rows by 16 columns leave the tile as integers, become floats times
$# the weights' scales and are added, times the activations' scale, to sums in scratch. Weights stay
$# unsigned, as in i8: the order along k and every rounding are the same there.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/tiles.ll.t"
$include "cpu/gemm/frame.ll.t"
$let weight_offset = type == 'q4_0' ? 8 : 128
$let block_bytes = type == 'q4_0' ? 288 : 544
$# Bytes of a packed step: 32 values of each row, their scales, the starts of their sums.
$let step_stride = 40 * MT
$# Rows of x that one turn takes; products of a turn, [row group][stream][16][16] i32.
$let turn_rows = 16 * UR
$let products_at = tile_bytes
$let unpacked_at = products_at + 1024 * UR * streams
$let sums_at = unpacked_at + 512 * streams
$let packed_at = sums_at + 64 * streams * MT
$include "cpu/gemm/tiles.ll.t"

$macro kernel_values()
  %n.steps = lshr i64 %k, 5
  %row.half = lshr i64 %k, 1
  %row.bytes = add i64 %k, %row.half
  %row.part = lshr i64 %k, 3
  %row.nsum = add i64 %k, %row.part
  %group.bytes = mul i64 %n.steps, ${block_bytes}
$end

$macro pack_rows()
  %packed.at = getelementptr i8, ptr %scratch, i64 ${packed_at}
  br label %pack.row
pack.row:
  %pr = phi i64 [ 0, %tile ], [ %pr.next, %pack.row.next ]
$call row_or_last('pr.', '%pr')
  %pr.bytes = mul i64 %pr.i, %row.bytes
  %pr.x = getelementptr i8, ptr %x, i64 %pr.bytes
  %pr.xd = getelementptr i8, ptr %pr.x, i64 %k
  %pr.xn = getelementptr i8, ptr %pr.x, i64 %row.nsum
  %pr.q.skip = shl i64 %pr, 5
  %pr.d.skip = shl i64 %pr, 2
  %pr.q = getelementptr i8, ptr %packed.at, i64 %pr.q.skip
  %pr.d = getelementptr i8, ptr %packed.at, i64 %pr.d.skip
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.row ], [ %pk.next, %pack ]
  %pk.at.q = shl i64 %pk, 5
  %pk.at.d = shl i64 %pk, 2
  %pk.from.q = getelementptr i8, ptr %pr.x, i64 %pk.at.q
  %pk.from.d = getelementptr i8, ptr %pr.xd, i64 %pk.at.d
  %pk.from.n = getelementptr i8, ptr %pr.xn, i64 %pk.at.d
  %pk.at = mul i64 %pk, ${step_stride}
  %pk.to.q = getelementptr i8, ptr %pr.q, i64 %pk.at
  %pk.to.d0 = getelementptr i8, ptr %pr.d, i64 %pk.at
  %pk.to.d = getelementptr i8, ptr %pk.to.d0, i64 ${32 * MT}
  %pk.to.n = getelementptr i8, ptr %pk.to.d0, i64 ${36 * MT}
  %pk.q = load <32 x i8>, ptr %pk.from.q, align 1
  store <32 x i8> %pk.q, ptr %pk.to.q, align 4
  %pk.d = load i32, ptr %pk.from.d, align 4
  store i32 %pk.d, ptr %pk.to.d, align 4
  %pk.n = load i32, ptr %pk.from.n, align 4
  %pk.nw = mul i32 %pk.n, ${weight_offset}
  %pk.start = add i32 %pk.nw, ${dot_start}
  store i32 %pk.start, ptr %pk.to.n, align 4
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %n.steps
  br i1 %pk.more, label %pack, label %pack.row.next
pack.row.next:
  %pr.next = add i64 %pr, 1
  %pr.more = icmp ult i64 %pr.next, %t.up
  br i1 %pr.more, label %pack.row, label %pack.done
pack.done:
$end

$# The step's block of stream s: scales to %s<s>.scale, weights to tile 6 + s.
$macro step_weights(s)
  %s${s}.p = getelementptr i8, ptr %ws${s}, i64 %at
  %s${s}.scale = call %vf @v.from.f16(ptr %s${s}.p)
  %s${s}.offset = call %vf @v.dot.offset(%vf %s${s}.scale)
  %s${s}.q = getelementptr i8, ptr %s${s}.p, i64 32
$if type == 'q8_0'
$call tile_load(6 + s, '%s' + str(s) + '.q', 64)
$else
  %s${s}.to = getelementptr i8, ptr %scratch, i64 ${unpacked_at + 512 * s}
$for g in 0..4
  %s${s}.q.p${g} = getelementptr i8, ptr %s${s}.q, i64 ${64 * g}
  %s${s}.q${g} = load %vp, ptr %s${s}.q.p${g}, align 1
  %s${s}.low${g} = and %vp %s${s}.q${g}, splat (i16 3855)
  %s${s}.down${g} = lshr %vp %s${s}.q${g}, splat (i16 4)
  %s${s}.high${g} = and %vp %s${s}.down${g}, splat (i16 3855)
  %s${s}.low.p${g} = getelementptr i8, ptr %s${s}.to, i64 ${64 * g}
  %s${s}.high.p${g} = getelementptr i8, ptr %s${s}.to, i64 ${256 + 64 * g}
  store %vp %s${s}.low${g}, ptr %s${s}.low.p${g}, align 64
  store %vp %s${s}.high${g}, ptr %s${s}.high.p${g}, align 64
$end
$call tile_load(6 + s, '%s' + str(s) + '.to', 64)
$end
$end

$# One turn: the products of `turn_rows` rows at %r, then what they add to the sums.
$macro turn()
  %q.skip = shl i64 %r, 5
  %d.skip = shl i64 %r, 2
  %s.skip = mul i64 %r, ${sum_row}
  %q = getelementptr i8, ptr %x.at, i64 %q.skip
  %d = getelementptr i8, ptr %x.at.d, i64 %d.skip
  %to = getelementptr i8, ptr %sums, i64 %s.skip
$for g in 0..UR
  %q${g} = getelementptr i8, ptr %q, i64 ${512 * g}
$call tile_load(4 + g, '%q' + str(g), 32)
$for s in 0..streams
  %c.p${g}.${s} = getelementptr i8, ptr %scratch, i64 ${products_at + 1024 * (g * streams + s)}
$call tile_zero(2 * g + s)
$call tile_dot('i8', 2 * g + s, 4 + g, 6 + s)
$call tile_store(2 * g + s, '%c.p' + str(g) + '.' + str(s), 64)
$end
$end
$for i in 0..turn_rows
  %n.p${i} = getelementptr i8, ptr %d, i64 ${4 * (MT + i)}
  %n${i} = load i32, ptr %n.p${i}, align 4
  %start${i} = call %vi @v.splat.i(i32 %n${i})
  %d.p${i} = getelementptr i8, ptr %d, i64 ${4 * i}
  %d${i} = call %vf @v.bcast(ptr %d.p${i})
$for s in 0..streams
$let t = str(i) + '.' + str(s)
  %dot.p${t} = getelementptr i8, ptr %c.p${i / 16}.${s}, i64 ${64 * (i % 16)}
  %products${t} = load %vi, ptr %dot.p${t}, align 64
  %dot${t} = add %vi %products${t}, %start${i}
  %y${t} = call %vf @v.dot.scale(%vi %dot${t}, %vf %s${s}.scale, %vf %s${s}.offset)
  %sum.p${t} = getelementptr i8, ptr %to, i64 ${sum_row * i + 64 * s}
  %before${t} = call %vf @v.load(ptr %sum.p${t})
  %after${t} = call %vf @v.fma(%vf %y${t}, %vf %d${i}, %vf %before${t})
  call void @v.store(ptr %sum.p${t}, %vf %after${t})
$end
$end
$end

$macro panel()
  br label %zero
zero:
  %z = phi i64 [ 0, %panel ], [ %z.next, %zero ]
  %z.skip = mul i64 %z, ${sum_row}
  %z.p = getelementptr i8, ptr %sums, i64 %z.skip
$for s in 0..streams
  %z.p${s} = getelementptr i8, ptr %z.p, i64 ${64 * s}
  call void @v.store(ptr %z.p${s}, %vf zeroinitializer)
$end
  %z.next = add i64 %z, 1
  %z.more = icmp ult i64 %z.next, %t.up
  br i1 %z.more, label %zero, label %k.step
k.step:
  %kb = phi i64 [ 0, %zero ], [ %kb.next, %k.next ]
  %at = mul i64 %kb, ${block_bytes}
$call prefetch('', '%at', block_bytes)
  %x.skip = mul i64 %kb, ${step_stride}
  %x.at = getelementptr i8, ptr %packed.at, i64 %x.skip
  %x.at.d = getelementptr i8, ptr %x.at, i64 ${32 * MT}
$for s in 0..streams
$call step_weights(s)
$end
  br label %turn
turn:
  %r = phi i64 [ 0, %k.step ], [ %r.next, %turn ]
$call turn()
  %r.next = add i64 %r, ${turn_rows}
  %r.more = icmp ult i64 %r.next, %t.rows
  br i1 %r.more, label %turn, label %k.next
k.next:
  %kb.next = add i64 %kb, 1
  %k.more = icmp ult i64 %kb.next, %n.steps
  br i1 %k.more, label %k.step, label %out
$end

$call kernel_tiles(turn_rows, 32, 8)
