$# Attention over each part of the keys alone: the first of two steps.
$template attention_split
$space attention_split
$param HS       parts of the query heads of a KV head, each a block of its own
$param RT       tokens per tile
$param QR       query rows (token x head of the group) whose scores stay in registers
$param KG       groups of 16 keys whose scores stay in registers
$param RB       query rows per tile of the weighted sum, divides QR
$param PVN      vectors of V per pass of the weighted sum
$param KT       keys per pass, divides the page
$param CV       1: keys and values become f32 in scratch once per pass, for all rows of the tile
$param PF       prefetch the values while scores are made, the next keys while values are summed: 1 into L1, 2 into L2
$param DOT      1: scores by products of int8, where q is rounded to int8
$param isa      vocabulary
$param vl       f32 lanes of a register
$param head_dim  values per head, a multiple of 8
$param n_heads   query heads
$param n_kv_heads  KV heads
$param kcache_type  type of the KV pages: f32, f16, bf16 or q8_0
$param acts     'int8': with q8_0 pages q is rounded as a q8a row is
$param part_heads  query heads times parts of the keys
$param has_avx512bf16  selects the vocabulary's dot2
$param has_avx512vnni  selects the vocabulary's dot4
$param has_avxvnni     selects the vocabulary's dot4
$param arg_q           argument offsets
$param arg_kcache      .
$param arg_vcache      .
$param arg_o           .
$param arg_lse         .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_page_tokens .
$param arg_scale       .

$let n_parts = part_heads / n_heads
$let y_type = 'f32'
$include "cpu/attention/frame.ll.t"
$include "cpu/attention/parts.ll.t"

$macro output_arguments()
$call argument('o', arg_o, 'ptr')
$call argument('lse', arg_lse, 'ptr')
$end

$include "cpu/attention/tiles.ll.t"
