$template attention_split
$space gpu_attention_split_row
$param WARPS   warps of a block, which share the keys
$param GQ      query heads of a block
$param KG      groups of 16 keys in a turn of a warp
$param MINB    blocks of a processor, a hint for registers
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param acts    arithmetic asked for
$param head_dim     values of a head
$param page_tokens  positions of a page
$param n_heads      query heads
$param n_kv_heads   heads of keys and values
$param kcache_type  type of the pages
$param part_heads   heads of all parts
$param arg_q        argument offsets
$param arg_kcache   .
$param arg_vcache   .
$param arg_o        .
$param arg_lse      .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_scale       .
$include "gpu/vocab/frame.cu.t"
$let n_parts = part_heads / n_heads
$let splits = 1
$include "gpu/attention/row.cu.t"
