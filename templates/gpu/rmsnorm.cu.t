$template rmsnorm
$space gpu_rmsnorm_f32
$param T       threads, all on one row
$param VEC     values a thread reads together
$param family  cuda or hip
$param warp    lanes
$param n_args  slots of the argument block
$param y_type  f32, q8a or bf16
$param arg_x   argument offsets
$param arg_g   .
$param arg_y   .
$param arg_rows .
$param arg_k   .
$param arg_eps .
$include "gpu/vocab/frame.cu.t"
$include "gpu/rows_out.cu.t"

KT_KERNEL(${T}, 1)
{
    KT_SHARED float part[${T / warp}];
    const float *x = KT_PTR(const float, ${arg_x}), *g = KT_PTR(const float, ${arg_g});
    u8 *y = KT_PTR(u8, ${arg_y});
    const u32 rows = *KT_PTR(const u32, ${arg_rows}), k = KT_INT(${arg_k}), row = KT_BID;
    if (row >= rows) return;
    x += (u64)row * k;
    float squares = 0.0f;
    for (u32 at = KT_TID * ${VEC}; at < k; at += ${T * VEC}) {
$if VEC == 4
        const struct kt_f4 v = kt_load_f4(x + at);
        squares += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
$else
        squares += x[at] * x[at];
$end
    }
    squares = kt_block_sum(squares, part, ${T / warp});
    const float factor = 1.0f / kt_sqrt(squares / (float)k + KT_F32(${arg_eps}));
    for (u32 base = 0; base < k; base += ${T * VEC}) {
        const u32 at = base + KT_TID * ${VEC}, in = at < k;
        float v[${VEC}] = {0.0f};
$if VEC == 4
        if (in) {
            const struct kt_f4 a4 = kt_load_f4(x + at), g4 = kt_load_f4(g + at);
            v[0] = a4.x * factor * g4.x, v[1] = a4.y * factor * g4.y;
            v[2] = a4.z * factor * g4.z, v[3] = a4.w * factor * g4.w;
        }
        y_four(y, row, k, at, in, v);
$else
        if (in) v[0] = x[at] * factor * g[at];
        y_one(y, row, k, at, in, v[0]);
$end
    }
}
