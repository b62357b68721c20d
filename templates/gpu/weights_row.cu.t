$# One piece of a row of weights into memory; after weights.cu.t.
KT_DEV void w_piece_to(float *to, const u8 *w, u32 row, u32 k, u32 piece)
{
    struct w_piece raw;
    float v[W_PIECE];
    w_load(&raw, w + row * w_stride(k), k, piece);
    w_values(&raw, piece, v);
    KT_UNROLL
    for (u32 j = 0; j < W_PIECE; j++)
        to[(j < 4 ? w_first(piece) : w_second(piece) - 4) + j] = v[j];
}
