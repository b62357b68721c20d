$# What every gemm begins with: its tile, where the tile's operands lie, and COPY_STAGE, which asks for one
$# more step of both at `write`. Needs `shared`.
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k});
    struct tile t;
    if (!find_tile(&t, KT_BID, rows, ${BM}, ${BN}, ${GM}, KT_INT(${arg_n}),
                   ${n_outs > 1 ? 'KT_INT(' + str(arg_n1) + ')' : '0'},
                   ${by_parts ? 'KT_INT(' + str(arg_n_parts) + ')' : '1'}))
        return;
$if by_parts
    const u32 k_first = part_begin(t.part, k, KT_INT(${arg_n_parts}));
    const u32 k_end = part_begin(t.part + 1, k, KT_INT(${arg_n_parts}));
$else
    const u32 k_first = 0, k_end = k;
$end
$if n_outs > 1
    const u8 *const w = t.out == 0   ? KT_PTR(const u8, ${slot_w0})
                        : t.out == 1 ? KT_PTR(const u8, ${slot_w1})
                                     : KT_PTR(const u8, ${slot_w2});
$else
    const u8 *const w = KT_PTR(const u8, ${slot_w0});
$end
$if n_mats > 1
    const u8 *const w_up = KT_PTR(const u8, ${slot_w1});
$end
    const u8 *const x = KT_PTR(const u8, ${arg_x});

    const u32 chunk = KT_TID % ${chunks}, copy_row = KT_TID / ${chunks};
    const u64 line = (u64)k * 2, stride = line * ${copy_rows};
    const u32 a_left = rows - t.row > copy_row ? rows - t.row - copy_row : 0;
    const u32 b_left = t.n - t.col > copy_row ? t.n - t.col - copy_row : 0;
    u64 a_at = (u64)(t.row + copy_row) * line + (k_first + chunk * 8) * 2;
    u64 b_at = (u64)(t.col + copy_row) * line + (k_first + chunk * 8) * 2;
    const kt_at to = KT_TILE(shared, ${chunks}, copy_row, chunk);
    u32 column = k_first + chunk * 8;
    const u32 n_steps = (k_end - k_first + ${BK - 1}) / ${BK};

$if n_outs > 1
    void *const y = t.out == 0   ? KT_PTR(void, ${slot_y0})
                    : t.out == 1 ? KT_PTR(void, ${slot_y1})
                                 : KT_PTR(void, ${slot_y2});
$else
    void *const y = KT_PTR(void, ${slot_y0});
$end
#define COPY_STAGE()                                                                               \
    do {                                                                                           \
        copy_a(to + write, x, a_at, stride, a_left, column < k_end);                               \
        copy_b(to + write + ${a_bytes}, w, b_at, stride, b_left, column < k_end);                  \
$if n_mats > 1
        copy_b(to + write + ${a_bytes + b_bytes}, w_up, b_at, stride, b_left, column < k_end);     \
$end
        KT_CP_COMMIT();                                                                            \
        a_at += ${row_bytes}, b_at += ${row_bytes}, column += ${BK};                               \
        write = write == ${(ST - 1) * stage_bytes} ? 0 : write + ${stage_bytes};                   \
    } while (0)
