$# Which tile of y a block computes, and how pairs of values are written. Needs y_type and by_parts.

struct tile {
    u32 row, col, n; // first row of x, first column of the output, its columns
    u32 out, part;
};

// Tiles go down `group` rows of tiles before the next column, so that blocks which run together
// share what they read. False for a block beyond the last tile. With n1, the columns are those of an
// output of n and two of n1; parts of k come one after the other.
KT_DEV bool find_tile(struct tile *t, u32 block, u32 rows, u32 tile_rows, u32 tile_cols, u32 group,
                      u32 n, u32 n1, u32 n_parts)
{
    const u32 n_row_tiles = (rows + tile_rows - 1) / tile_rows;
    const u32 n_first = (n + tile_cols - 1) / tile_cols, n_other = (n1 + tile_cols - 1) / tile_cols;
    const u32 n_col_tiles = n_first + 2 * n_other, n_tiles = n_row_tiles * n_col_tiles;
    t->part = 0;
    if (n_parts > 1 && n_tiles > 0) t->part = block / n_tiles, block %= n_tiles;
    if (block >= n_tiles || t->part >= n_parts) return false;
    const u32 in_group = group * n_col_tiles;
    const u32 first = block / in_group * group;
    const u32 height = n_row_tiles - first < group ? n_row_tiles - first : group;
    const u32 col = block % in_group / height;
    t->row = (first + block % in_group % height) * tile_rows;
    t->out = n1 == 0 || col < n_first ? 0 : 1 + (col - n_first) / n_other;
    t->col = (t->out == 0 ? col : (col - n_first) % n_other) * tile_cols;
    t->n = t->out == 0 ? n : n1;
    return true;
}

// Two neighbours at an even place of y.
KT_DEV void store_pair(void *y, u64 at, float first, float second)
{
$if y_type == 'bf16'
    *(u32 *)((u16 *)y + at) = kt_f32_bf2(first, second);
$else
    struct KT_ALIGN(8) {
        float first, second;
    } pair = {first, second};
    *(decltype(pair) *)((float *)y + at) = pair;
$end
}
$if by_parts

// Where part `part` of k begins: parts are of whole units of 256.
KT_DEV u32 part_begin(u32 part, u32 k, u32 n_parts)
{
    const u32 begin = (u32)((u64)part * ((k + 255) / 256) / n_parts) * 256;
    return begin < k ? begin : k;
}
$end
