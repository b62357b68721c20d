$# bf16 activations and weights on matrix tiles.
$#
$# A step is 16 pairs of k: a tile of 16 rows of x by a tile of weights as they lie. Sums stay in tiles
$# for all of k. What k lacks to whole steps is zero: in the packed x, and in a copy of the last weights.
$let lanes = R
$include "cpu/vocab/${isa}.ll.t"
$include "cpu/vocab/tiles.ll.t"
$include "cpu/gemm/frame.ll.t"
$let row_groups = MT / 16
$assert row_groups <= 2 "two groups of rows at most"
$let last_at = tile_bytes
$let sums_at = last_at + 1024 * streams
$let packed_at = sums_at + 64 * streams * MT
$let lane_numbers = 'i16 0'
$for i in 1..32
$let lane_numbers = lane_numbers + ', i16 ' + str(i)
$end
$include "cpu/gemm/tiles.ll.t"

$macro kernel_values()
  %k.up = add i64 %k, 1
  %n.pairs = lshr i64 %k.up, 1
  %row.bytes = shl i64 %n.pairs, 2
  %group.bytes = shl i64 %n.pairs, 6
  %n.whole = lshr i64 %n.pairs, 4
  %n.rest = and i64 %n.pairs, 15
  %n.over = add i64 %n.pairs, 15
  %n.steps = lshr i64 %n.over, 4
$end

$# Scratch holds, for each step, 64 bytes of each row.
$macro pack_rows()
  %packed.at = getelementptr i8, ptr %scratch, i64 ${packed_at}
  br label %pack.row
pack.row:
  %pr = phi i64 [ 0, %tile ], [ %pr.next, %pack.row.next ]
$call row_or_last('pr.', '%pr')
  %pr.bytes = mul i64 %pr.i, %row.bytes
  %pr.x = getelementptr i8, ptr %x, i64 %pr.bytes
  %pr.skip = shl i64 %pr, 6
  %pr.to = getelementptr i8, ptr %packed.at, i64 %pr.skip
  br label %pack
pack:
  %pk = phi i64 [ 0, %pack.row ], [ %pk.next, %pack ]
  %pk.skip = shl i64 %pk, 6
  %pk.from = getelementptr i8, ptr %pr.x, i64 %pk.skip
  %pk.at = mul i64 %pk, ${64 * MT}
  %pk.to = getelementptr i8, ptr %pr.to, i64 %pk.at
  %pk.left = sub i64 %row.bytes, %pk.skip
  %pk.many = icmp ugt i64 %pk.left, 64
  %pk.n64 = select i1 %pk.many, i64 64, i64 %pk.left
  %pk.half = lshr i64 %pk.n64, 1
  %pk.n = trunc i64 %pk.half to i16
  %pk.n1 = insertelement <32 x i16> poison, i16 %pk.n, i64 0
  %pk.ns = shufflevector <32 x i16> %pk.n1, <32 x i16> poison, <32 x i32> zeroinitializer
  %pk.mask = icmp ult <32 x i16> <${lane_numbers}>, %pk.ns
  %pk.v = load <32 x i16>, ptr %pk.from, align 2
  %pk.clean = select <32 x i1> %pk.mask, <32 x i16> %pk.v, <32 x i16> zeroinitializer
  store <32 x i16> %pk.clean, ptr %pk.to, align 64
  %pk.next = add i64 %pk, 1
  %pk.more = icmp ult i64 %pk.next, %n.steps
  br i1 %pk.more, label %pack, label %pack.row.next
pack.row.next:
  %pr.next = add i64 %pr, 1
  %pr.more = icmp ult i64 %pr.next, ${MT}
  br i1 %pr.more, label %pack.row, label %pack.done
pack.done:
$end

$# Adds the products of step number `kb` to the sums; the weights of stream s are at %<tag>w<s>.
$macro products(tag, kb)
  %${tag}x.skip = mul i64 ${kb}, ${64 * MT}
  %${tag}x = getelementptr i8, ptr %packed.at, i64 %${tag}x.skip
$for s in 0..streams
$call tile_load(6 + s, '%' + tag + 'w' + str(s), 64)
$end
$for g in 0..row_groups
  %${tag}x${g} = getelementptr i8, ptr %${tag}x, i64 ${1024 * g}
$call tile_load(4 + g, '%' + tag + 'x' + str(g), 64)
$for s in 0..streams
$call tile_dot('bf16', 2 * g + s, 4 + g, 6 + s)
$end
$end
$end

$macro panel()
$for g in 0..row_groups
$for s in 0..streams
$call tile_zero(2 * g + s)
$end
$end
  %any.whole = icmp ne i64 %n.whole, 0
  br i1 %any.whole, label %k.step, label %k.last
k.step:
  %kb = phi i64 [ 0, %panel ], [ %kb.next, %k.step ]
  %at = shl i64 %kb, 10
$call prefetch('', '%at', 1024)
$for s in 0..streams
  %a.w${s} = getelementptr i8, ptr %ws${s}, i64 %at
$end
$call products('a.', '%kb')
  %kb.next = add i64 %kb, 1
  %k.more = icmp ult i64 %kb.next, %n.whole
  br i1 %k.more, label %k.step, label %k.last
k.last:
  %any.rest = icmp ne i64 %n.rest, 0
  br i1 %any.rest, label %last.zero, label %k.done
last.zero:
  %last.at = shl i64 %n.whole, 10
$for s in 0..streams
  %b.w${s} = getelementptr i8, ptr %scratch, i64 ${last_at + 1024 * s}
  %last.w${s} = getelementptr i8, ptr %ws${s}, i64 %last.at
$for i in 0..16
  %last.z${s}.${i} = getelementptr i8, ptr %b.w${s}, i64 ${64 * i}
  store %vi zeroinitializer, ptr %last.z${s}.${i}, align 64
$end
$end
  br label %last.copy
last.copy:
  %lp = phi i64 [ 0, %last.zero ], [ %lp.next, %last.copy ]
  %lp.skip = shl i64 %lp, 6
$for s in 0..streams
  %lp.from${s} = getelementptr i8, ptr %last.w${s}, i64 %lp.skip
  %lp.to${s} = getelementptr i8, ptr %b.w${s}, i64 %lp.skip
  %lp.v${s} = load %vi, ptr %lp.from${s}, align 4
  store %vi %lp.v${s}, ptr %lp.to${s}, align 64
$end
  %lp.next = add i64 %lp, 1
  %lp.more = icmp ult i64 %lp.next, %n.rest
  br i1 %lp.more, label %last.copy, label %last.dot
last.dot:
$call products('b.', '%n.whole')
  br label %k.done
k.done:
$for g in 0..row_groups
$for s in 0..streams
  %sums${g}.${s} = getelementptr i8, ptr %sums, i64 ${sum_row * 16 * g + 64 * s}
$call tile_store(2 * g + s, '%sums' + str(g) + '.' + str(s), sum_row)
$end
$end
  br label %out
$end

$call kernel_tiles(16, 64, 16)
