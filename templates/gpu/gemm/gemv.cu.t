$# y = x w^T for few rows: every weight is read once, 16 bytes at a time, for MR rows of x.
$#
$# A warp has NR rows of w (columns of y); KW warps share them, each with a part of k, and GROUPS
$# such groups make a block. Names set before the include: x (type of the rows), w, mats (1; 2:
$# gate and up), many (1; 3: q, k and v), adds, parts (of k), y_type, and the parameters.
$let vec = VEC
$let integers = x == 'q8a' && !in(w, 'f32', 'f16', 'bf16')
$include "gpu/weights.cu.t"
$if integers
$include "gpu/units.cu.t"
$else
$include "gpu/rows_in.cu.t"
$end
$include "gpu/rows_out.cu.t"
#define THREADS (KT_WARP * ${KW * GROUPS})
#define COLS ${NR * GROUPS}
#define MATS ${mats}

struct gemv_sums {
    float s[MATS][${NR}][${MR}];
};

$if integers
// Unit `at` of each row of w against rows row0.. of x; UNROLL units that are STRIDE apart.
$macro gemv_step(unroll)
    {
        struct w_unit raw[${unroll}][MATS][${NR}];
        KT_UNROLL
        for (u32 u = 0; u < ${unroll}; u++)
            KT_UNROLL
            for (u32 i = 0; i < MATS * ${NR}; i++)
                w_unit_load(&raw[u][i / ${NR}][i % ${NR}], w_row[i / ${NR}][i % ${NR}], k,
                            at + u * stride);
        KT_UNROLL
        for (u32 u = 0; u < ${unroll}; u++) {
            struct w_open open[MATS][${NR}];
            KT_UNROLL
            for (u32 i = 0; i < MATS * ${NR}; i++)
                w_unit_open(&raw[u][i / ${NR}][i % ${NR}], &open[i / ${NR}][i % ${NR}]);
            KT_UNROLL
            for (u32 m = 0; m < ${MR}; m++) {
                struct x_unit values;
                x_unit_load(&values, x_row[m], k, at + u * stride);
                KT_UNROLL
                for (u32 i = 0; i < MATS * ${NR}; i++)
                    sums.s[i / ${NR}][i % ${NR}][m] +=
                        w_unit_dot(&open[i / ${NR}][i % ${NR}], &values);
            }
        }
    }
$end
#define STEP_VALUES W_UNIT
$else
$macro gemv_step(unroll)
    {
        struct w_piece raw[${unroll}][MATS][${NR}];
        KT_UNROLL
        for (u32 u = 0; u < ${unroll}; u++)
            KT_UNROLL
            for (u32 i = 0; i < MATS * ${NR}; i++)
                w_load(&raw[u][i / ${NR}][i % ${NR}], w_row[i / ${NR}][i % ${NR}], k,
                       at + u * stride);
        KT_UNROLL
        for (u32 u = 0; u < ${unroll}; u++) {
            const u32 piece = at + u * stride;
            float wide[MATS][${NR}][W_PIECE];
            KT_UNROLL
            for (u32 i = 0; i < MATS * ${NR}; i++)
                w_values(&raw[u][i / ${NR}][i % ${NR}], piece, wide[i / ${NR}][i % ${NR}]);
            KT_UNROLL
            for (u32 m = 0; m < ${MR}; m++) {
                float values[W_PIECE];
$if PIECE == 1
                values[0] = x_one(x_row[m], k, piece);
$else
                x_four(x_row[m], k, w_first(piece), values);
$if PIECE == 8
                x_four(x_row[m], k, w_second(piece), values + 4);
$end
$end
                KT_UNROLL
                for (u32 i = 0; i < MATS * ${NR}; i++)
                    KT_UNROLL
                    for (u32 j = 0; j < W_PIECE; j++)
                        sums.s[i / ${NR}][i % ${NR}][m] = kt_fma(
                            values[j], wide[i / ${NR}][i % ${NR}][j],
                            sums.s[i / ${NR}][i % ${NR}][m]);
            }
        }
    }
$end
#define STEP_VALUES W_PIECE
$end

KT_KERNEL(THREADS, ${MINB})
{
    KT_SHARED float part[${KW * GROUPS}][MATS * ${NR} * ${MR}];
    const u8 *x = KT_PTR(const u8, ${arg_x});
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k});
    const u32 warp = KT_TID / KT_WARP;
    u32 panel = KT_BID, n = KT_INT(${arg_n});
$if many == 3
    const u8 *w0 = KT_PTR(const u8, ${arg_w0});
    u8 *y = KT_PTR(u8, ${arg_y0});
    const u32 n1 = KT_INT(${arg_n1}), panels0 = (n + COLS - 1) / COLS;
    const u32 panels1 = (n1 + COLS - 1) / COLS;
    if (panel >= panels0 + panels1) {
        w0 = KT_PTR(const u8, ${arg_w2});
        y = KT_PTR(u8, ${arg_y2});
        panel -= panels0 + panels1;
        n = n1;
    } else if (panel >= panels0) {
        w0 = KT_PTR(const u8, ${arg_w1});
        y = KT_PTR(u8, ${arg_y1});
        panel -= panels0;
        n = n1;
    }
$else
    const u8 *w0 = KT_PTR(const u8, ${mats == 2 ? arg_w0 : arg_w});
    u8 *y = KT_PTR(u8, ${arg_y});
$end
    u32 begin = 0, end = k;
$if parts
    // Parts of k begin at multiples of 256: codegen/ops/README.md.
    const u32 n_parts = KT_INT(${arg_n_parts}), n_units = (k + 255) / 256;
    const u32 part_of_k = panel % n_parts;
    panel /= n_parts;
    begin = part_of_k * n_units / n_parts * 256;
    end = (part_of_k + 1) * n_units / n_parts * 256;
    end = end < k ? end : k;
$end
    const u32 first = panel * COLS;
    const u32 col0 = first + warp / ${KW} * ${NR};
    const u8 *w_row[MATS][${NR}];
    KT_UNROLL
    for (u32 i = 0; i < ${NR}; i++) {
        const u32 row = col0 + i < n ? col0 + i : n - 1;
        w_row[0][i] = w0 + row * w_stride(k);
$if mats == 2
        w_row[1][i] = KT_PTR(const u8, ${arg_w1}) + row * w_stride(k);
$end
    }
    const u32 stride = ${KW} * KT_WARP;
    const u32 start = begin / STEP_VALUES + warp % ${KW} * KT_WARP + KT_LANE;
    const u32 stop = end / STEP_VALUES;
    for (u32 row0 = 0; row0 < rows; row0 += ${MR}) {
        struct gemv_sums sums;
        const u8 *x_row[${MR}];
        KT_UNROLL
        for (u32 m = 0; m < ${MR}; m++) {
            const u32 row = row0 + m < rows ? row0 + m : rows - 1;
            x_row[m] = x + row * ${integers ? '((u64)(k / 32) * 48)' : 'x_stride(k)'};
            KT_UNROLL
            for (u32 i = 0; i < MATS * ${NR}; i++) sums.s[i / ${NR}][i % ${NR}][m] = 0.0f;
        }
        u32 at = start;
$if U > 1
        KT_NOUNROLL
        for (; at + ${U - 1} * stride < stop; at += ${U} * stride)
$call gemv_step(U)
$end
        KT_NOUNROLL
        for (; at < stop; at += stride)
$call gemv_step(1)
        KT_SYNC();
        KT_UNROLL
        for (u32 i = 0; i < MATS * ${NR} * ${MR}; i++) {
            const float v = sums.s[i / ${NR * MR}][i / ${MR} % ${NR}][i % ${MR}];
            const float sum = kt_sum(v, KT_WARP);
            if (KT_LANE == 0) part[warp][i] = sum;
        }
        KT_SYNC();
        KT_NOUNROLL
        for (u32 base = 0; base < ${MR} * COLS; base += THREADS) {
            const u32 number = base + KT_TID, m = number / COLS, c = number % COLS;
            const u32 col = first + c, row = row0 + m;
            const u32 in = number < ${MR} * COLS && row < rows && col < n;
            float v[MATS] = {0.0f};
            KT_UNROLL
            for (u32 j = 0; j < MATS * ${KW}; j++)
                if (in)
                    v[j / ${KW}] += part[c / ${NR} * ${KW} + j % ${KW}]
                                        [(j / ${KW} * ${NR} + c % ${NR}) * ${MR} + m];
$if mats == 2
            const float out = kt_silu(v[0]) * v[1];
$elif adds
            const float *r = KT_PTR(const float, ${arg_r});
            const float out = v[0] + (in ? r[(u64)row * n + col] : 0.0f);
$else
            const float out = v[0];
$end
$if parts
            if (in) ((float *)y)[((u64)row * n_parts + part_of_k) * n + col] = out;
$else
            y_one(y, row, n, col, in, out);
$end
        }
    }
}
