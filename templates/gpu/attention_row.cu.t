$template attention
$space gpu_attention_row
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
$param y_type       f32, q8a or bf16
$param arg_q        argument offsets
$param arg_kcache   .
$param arg_vcache   .
$param arg_y        .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_scale       .
$include "gpu/vocab/frame.cu.t"
$let n_parts = 1
$let splits = 0
$include "gpu/attention/row.cu.t"
