$# The kernel: blocks, the segments of each that belong to one sequence, their rows in and out. With
$# n_parts > 1 a block is also one part of the keys: pages part, part + n_parts, ... of the sequence.
define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call arguments()
$call output_arguments()
$call scratch_parts()
  %tiles.up = add i64 %rows, ${RT - 1}
  %tiles = udiv i64 %tiles.up, ${RT}
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
$call loop_begin('block', 'entry', '%block.first', '%block.last', '')
; Tiles of one head follow each other: equal shares of blocks then hold equal shares of long tiles.
$if n_parts > 1
  %column.part = udiv i64 %block, %tiles
  %column = udiv i64 %column.part, ${n_parts}
  %key.part = urem i64 %column.part, ${n_parts}
  %key.first = mul i64 %key.part, %page_tokens
  %key.first.32 = trunc i64 %key.first to i32
$else
  %column = udiv i64 %block, %tiles
$end
  %kvh = udiv i64 %column, ${HS}
  %tile = urem i64 %block, %tiles
  %t.first = mul i64 %tile, ${RT}
  %t.want = add i64 %t.first, ${RT}
  %t.fits = icmp ult i64 %t.want, %rows
  %t.last = select i1 %t.fits, i64 %t.want, i64 %rows
  %t.any = icmp ult i64 %t.first, %t.last
  br i1 %t.any, label %segment, label %block.latch

; Tokens [t, e) of one sequence.
segment:
  %t = phi i64 [ %t.first, %block.body ], [ %e, %finish.end ]
$call u32_at('seq', '%token_seq', '%t')
  br label %extend
extend:
  %e.prev = phi i64 [ %t, %segment ], [ %e, %extend.more ]
  %e = add nuw i64 %e.prev, 1
  %e.inside = icmp ult i64 %e, %t.last
  br i1 %e.inside, label %extend.more, label %gather
extend.more:
$call u32_at('e.seq', '%token_seq', '%e')
  %e.same = icmp eq i64 %e.seq, %seq
  br i1 %e.same, label %extend, label %gather

gather:
$call gather_rows('gather')
  %newest = sub i64 %e, 1
$call u32_at('end.position', '%positions', '%newest')
  %keys = add nuw i64 %end.position, 1
$call key_passes('gr.end', n_parts > 1 ? '%key.first' : '0')

$call loop_begin('finish', 'key.end', '0', '%used', '')
$if n_parts > 1
$call part_row('finish')
$else
$call output_row('finish')
$end
$call loop_end('finish', 1)
  %t.more = icmp ult i64 %e, %t.last
  br i1 %t.more, label %segment, label %block.latch
block.latch:
  %block.next = add nuw i64 %block, 1
  br label %block.head
block.end:
  ret void
}
