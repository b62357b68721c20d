$# Copies of tiles: needs chunks, row_bytes, copy_rows, BM, BN, BK, a_bytes, b_bytes and stage_bytes.

// This thread's chunk of every ${copy_rows}th row of a tile. `left` rows are there from its first one on,
// `inside` says whether its chunk is within k; what is not there becomes zeros.
KT_DEV void copy_a(kt_at to, const u8 *base, u64 at, u64 stride, u32 left, bool inside)
{
    KT_UNROLL
    for (u32 i = 0; i < ${BM / copy_rows}; i++) {
        const bool there = inside && i * ${copy_rows} < left;
        kt_copy16(to + i * ${copy_rows * row_bytes}, base + (there ? at + i * stride : 0),
                  there ? 16 : 0);
    }
}

KT_DEV void copy_b(kt_at to, const u8 *base, u64 at, u64 stride, u32 left, bool inside)
{
    KT_UNROLL
    for (u32 i = 0; i < ${BN / copy_rows}; i++) {
        const bool there = inside && i * ${copy_rows} < left;
        kt_copy16(to + i * ${copy_rows * row_bytes}, base + (there ? at + i * stride : 0),
                  there ? 16 : 0);
    }
}

