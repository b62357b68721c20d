$template attention
$space attention
$param HS       parts of the query heads of a KV head, each a block of its own
$param RT       tokens per tile
$param QR       query rows (token x head of the group) whose scores stay in registers
$param KG       groups of 16 keys whose scores stay in registers
$param RB       query rows per tile of the weighted sum, divides QR
$param PVN      vectors of V per pass of the weighted sum
$param KT       keys per pass, divides the page
$param CV       1: keys and values become f32 in scratch once per pass, for all rows of the tile
$param PF       prefetch the values while scores are made, the next keys while values are summed: 1 into L1, 2 into L2
$param isa      vocabulary
$param vl       f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param n_heads   query heads
$param n_kv_heads  KV heads
$param kcache_type  type of the KV pages: f32, f16, bf16 or q8_0
$param y_type    f32, q8a or bf16
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_q           argument offsets
$param arg_kcache      .
$param arg_vcache      .
$param arg_y           .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_page_tokens .
$param arg_scale       .

$include "cpu/attention/frame.ll.t"

define void @kernel(ptr %args, i32 %first, i32 %last, ptr %scratch) #0 {
entry:
$call arguments()
$call argument('y', arg_y, 'ptr')
$call scratch_parts()
  %tiles.up = add i64 %rows, ${RT - 1}
  %tiles = udiv i64 %tiles.up, ${RT}
  %block.first = zext i32 %first to i64
  %block.last = zext i32 %last to i64
$call loop_begin('block', 'entry', '%block.first', '%block.last', '')
; Tiles of one head follow each other: equal shares of blocks then hold equal shares of long tiles.
  %column = udiv i64 %block, %tiles
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
$call key_passes('gr.end', '0')

$call loop_begin('finish', 'key.end', '0', '%used', '')
$call output_row('finish')
$call loop_end('finish', 1)
  %t.more = icmp ult i64 %e, %t.last
  br i1 %t.more, label %segment, label %block.latch
block.latch:
  %block.next = add nuw i64 %block, 1
  br label %block.head
block.end:
  ret void
}
