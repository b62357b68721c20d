$# A kernel over the values of rows of k, VEC per thread and T * VEC per block. Before the include:
$# y_type, and macro row_value(), which sets v[0..VEC - 1] from row and at (a multiple of VEC) where
$# both exist; it may open with declarations.
$include "gpu/rows_out.cu.t"

KT_KERNEL(${T}, 1)
{
    u8 *y = KT_PTR(u8, ${arg_y});
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_width});
    const u32 chunks = (k + ${T * VEC - 1}) / ${T * VEC};
    const u32 row = KT_BID / chunks, at = KT_BID % chunks * ${T * VEC} + KT_TID * ${VEC};
    if (row >= rows) return;
    const u32 in = at < k;
    float v[${VEC}] = {0.0f};
    if (in) {
$call row_value()
    }
$if VEC == 4
    y_four(y, row, k, at, in, v);
$else
    y_one(y, row, k, at, in, v[0]);
$end
}
