$template dequantize
$space gpu_dequantize_rows
$param T       threads
$param VEC     1: plain weights one by one
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param w_type  type of the weights
$param arg_w   argument offsets
$param arg_y   .
$param arg_n   .
$param arg_k   .
$include "gpu/vocab/frame.cu.t"
$let w = w_type
$let vec = VEC
$include "gpu/weights.cu.t"
$include "gpu/weights_row.cu.t"

KT_KERNEL(${T}, 1)
{
    const u32 n = KT_INT(${arg_n}), k = KT_INT(${arg_k});
    const u32 chunks = (k / W_PIECE + ${T - 1}) / ${T};
    const u32 row = KT_BID / chunks, piece = KT_BID % chunks * ${T} + KT_TID;
    if (row >= n || piece >= k / W_PIECE) return;
    w_piece_to(KT_PTR(float, ${arg_y}) + (u64)row * k, KT_PTR(const u8, ${arg_w}), row, k, piece);
}
