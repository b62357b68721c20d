$# y = x w^T in f32 for many rows: tiles of BM rows and BN columns, BK of k at a time in shared
$# memory, TM x TN sums per thread. Any type of w and x: both become f32 on their way there.
$#
$# Names set before the include: x, w, mats (2: gate and up), many (3: q, k and v), adds, y_type.
$let vec = VEC
$let BK = 32
$include "gpu/weights.cu.t"
$include "gpu/rows_in.cu.t"
$include "gpu/rows_out.cu.t"
#define THREADS ${(BM / TM) * (BN / TN)}
#define MATS ${mats}
#define A_ROW ${BM + 4}
#define B_ROW ${BN + 4}

// k0..k0 + ${BK} of rows row0.. of x, k by k; 0 beyond rows and k.
KT_DEV void tile_x(float *to, const u8 *x, u32 row0, u32 rows, u32 k0, u32 k)
{
    KT_UNROLL
    for (u32 i = KT_TID; i < ${BM * BK / (vec == 1 ? 1 : 4)}; i += THREADS) {
$if vec == 1
        const u32 m = i / ${BK}, at = i % ${BK};
        float v = 0.0f;
        if (row0 + m < rows && k0 + at < k) v = x_one(x + (row0 + m) * x_stride(k), k, k0 + at);
        to[at * A_ROW + m] = v;
$else
        const u32 m = i / ${BK / 4}, at = i % ${BK / 4} * 4;
        float v[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        if (row0 + m < rows && k0 + at < k) x_four(x + (row0 + m) * x_stride(k), k, k0 + at, v);
        KT_UNROLL
        for (u32 j = 0; j < 4; j++) to[(at + j) * A_ROW + m] = v[j];
$end
    }
}

// The same of columns col0.. of y, rows of w.
KT_DEV void tile_w(float *to, const u8 *w, u32 col0, u32 n, u32 k0, u32 k)
{
    KT_UNROLL
    for (u32 i = KT_TID; i < ${BN * BK / PIECE}; i += THREADS) {
        const u32 c = i / ${BK / PIECE}, piece = k0 / W_PIECE + i % ${BK / PIECE};
        float v[W_PIECE] = {0.0f};
        if (col0 + c < n && piece * W_PIECE < k) {
            const u8 *row = w + (col0 + c) * w_stride(k);
            struct w_piece raw;
            w_load(&raw, row, k, piece);
            w_values(&raw, piece, v);
        }
        KT_UNROLL
        for (u32 j = 0; j < W_PIECE; j++) {
            const u32 run = j < 4 ? w_first(piece) : w_second(piece) - 4;
            to[(run + j - k0) * B_ROW + c] = v[j];
        }
    }
}

KT_KERNEL(THREADS, ${MINB})
{
    KT_SHARED KT_ALIGN(16) float x_part[${BK} * A_ROW];
    KT_SHARED KT_ALIGN(16) float w_part[MATS][${BK} * B_ROW];
    const u8 *x = KT_PTR(const u8, ${arg_x});
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k});
    u32 n = KT_INT(${arg_n}), panels = (n + ${BN - 1}) / ${BN};
$if many == 3
    const u8 *w0 = KT_PTR(const u8, ${arg_w0});
    u8 *y = KT_PTR(u8, ${arg_y0});
    const u32 n1 = KT_INT(${arg_n1}), panels1 = (n1 + ${BN - 1}) / ${BN};
    const u32 all = panels + 2 * panels1;
    const u32 row0 = KT_BID / all * ${BM};
    u32 panel = KT_BID % all;
    if (panel >= panels + panels1) {
        w0 = KT_PTR(const u8, ${arg_w2});
        y = KT_PTR(u8, ${arg_y2});
        panel -= panels + panels1;
        n = n1;
    } else if (panel >= panels) {
        w0 = KT_PTR(const u8, ${arg_w1});
        y = KT_PTR(u8, ${arg_y1});
        panel -= panels;
        n = n1;
    }
$else
    const u8 *w0 = KT_PTR(const u8, ${mats == 2 ? arg_w0 : arg_w});
    u8 *y = KT_PTR(u8, ${arg_y});
    const u32 row0 = KT_BID / panels * ${BM}, panel = KT_BID % panels;
$end
$if mats == 2
    const u8 *w1 = KT_PTR(const u8, ${arg_w1});
$end
    if (row0 >= rows) return;
    const u32 col0 = panel * ${BN};
    const u32 tm = KT_TID / ${BN / TN} * ${TM}, tn = KT_TID % ${BN / TN} * ${TN};
    float sums[MATS][${TM}][${TN}];
    KT_UNROLL
    for (u32 i = 0; i < MATS * ${TM * TN}; i++)
        sums[i / ${TM * TN}][i / ${TN} % ${TM}][i % ${TN}] = 0.0f;
    KT_NOUNROLL
    for (u32 k0 = 0; k0 < k; k0 += ${BK}) {
        tile_x(x_part, x, row0, rows, k0, k);
        tile_w(w_part[0], w0, col0, n, k0, k);
$if mats == 2
        tile_w(w_part[1], w1, col0, n, k0, k);
$end
        KT_SYNC();
        _Pragma("unroll 4")
        for (u32 at = 0; at < ${BK}; at++) {
            float a_values[${TM}];
            KT_UNROLL
            for (u32 i = 0; i < ${TM / 4}; i++) {
                const struct kt_f4 v = kt_load_f4(x_part + at * A_ROW + tm + 4 * i);
                a_values[4 * i] = v.x, a_values[4 * i + 1] = v.y;
                a_values[4 * i + 2] = v.z, a_values[4 * i + 3] = v.w;
            }
            KT_UNROLL
            for (u32 mat = 0; mat < MATS; mat++) {
                float b[${TN}];
                KT_UNROLL
                for (u32 i = 0; i < ${TN / 4}; i++) {
                    const struct kt_f4 v = kt_load_f4(w_part[mat] + at * B_ROW + tn + 4 * i);
                    b[4 * i] = v.x, b[4 * i + 1] = v.y, b[4 * i + 2] = v.z, b[4 * i + 3] = v.w;
                }
                KT_UNROLL
                for (u32 i = 0; i < ${TM * TN}; i++)
                    sums[mat][i / ${TN}][i % ${TN}] =
                        kt_fma(a_values[i / ${TN}], b[i % ${TN}], sums[mat][i / ${TN}][i % ${TN}]);
            }
        }
        KT_SYNC();
    }
    KT_UNROLL
    for (u32 i = 0; i < ${TM * TN}; i++) {
        const u32 row = row0 + tm + i / ${TN}, col = col0 + tn + i % ${TN};
        const u32 in = row < rows && col < n;
        float v = sums[0][i / ${TN}][i % ${TN}];
$if mats == 2
        v = kt_silu(v) * sums[1][i / ${TN}][i % ${TN}];
$elif adds
        if (in) v += KT_PTR(const float, ${arg_r})[(u64)row * n + col];
$end
        y_one(y, row, n, col, in, v);
    }
}
