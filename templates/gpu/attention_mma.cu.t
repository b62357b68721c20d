$# Attention on matrix instructions.
$template attention_mma
$space gpu_attention_mma
$param family          'cuda': names the vocabulary
$param warp            lanes of a warp
$param n_args          slots of the argument block
$param head_dim        values per head, a multiple of 16
$param n_heads         query heads
$param n_kv_heads      KV heads
$param page_tokens     positions of a page
$param kcache_type     bf16, f16 or q8_0
$param acts            'bf16' lets q and the weights be rounded to 16 bits
$param y_type          f32 or bf16
$param arg_q           byte offset of an argument in the block, likewise below
$param arg_kcache      .
$param arg_vcache      .
$param arg_y           .
$param arg_positions   .
$param arg_token_seq   .
$param arg_page_table  .
$param arg_page_stride .
$param arg_rows        .
$param arg_scale       .
$param QW              warps with 16 rows each
$param KW              warps that share the keys of a tile
$param RT              tokens in a block
$param KT              keys in a tile
$param ST              tiles kept in shared memory
$param QS              1: q in shared memory, 0: in registers
$param MINB            blocks that must fit on a processor together
$let n_parts = 1
$let slot_y = arg_y
$include "gpu/attention/rows.cu.t"
