$# Weights against int8 activations (q8a): a unit is what a lane takes at a time, 32 values of a row
$# (16 of q8_0). Comes after weights.cu.t.
$let UNIT = w == 'q8_0' ? 16 : 32
#define W_UNIT ${UNIT}

struct w_unit {
    u32 q[4], upper[2], scale, group, mins;
};
struct w_open {
    u32 v[8]; // four bytes each, in the order of k
    float first, second;
};

KT_DEV void w_unit_load(struct w_unit *to, const u8 *row, u32 k, u32 unit)
{
    kt_stream16(to->q, row + 16 * (u64)unit);
$if w_fifth
    to->upper[0] = *(const u32 *)(row + (u64)(k / 32) * ${w_upper} + 4 * unit);
$elif w == 'q6_k'
    kt_stream8(to->upper, row + (u64)(k / 32) * ${w_upper} + 8 * unit);
$end
    w_load_scale(row, k, ${w == 'q8_0' ? 'unit / 2' : 'unit'}, &to->scale, &to->group, &to->mins);
}

KT_DEV void w_unit_open(const struct w_unit *from, struct w_open *to)
{
    w_scales(from->scale, from->group, from->mins, &to->first, &to->second);
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) {
$if w == 'q8_0'
        to->v[i] = from->q[i];
$else
        to->v[i] = from->q[i] & 0x0f0f0f0fu;
        to->v[4 + i] = from->q[i] >> 4 & 0x0f0f0f0fu;
$if w_fifth
        to->v[i] |= (from->upper[0] >> i & 0x01010101u) << 4;
        to->v[4 + i] |= (from->upper[0] >> (4 + i) & 0x01010101u) << 4;
$elif w == 'q6_k'
        to->v[i] |= (from->upper[0] >> 2 * i & 0x03030303u) << 4;
        to->v[4 + i] |= (from->upper[1] >> 2 * i & 0x03030303u) << 4;
$elif w_table
        to->v[i] = w_lookup(to->v[i]);
        to->v[4 + i] = w_lookup(to->v[4 + i]);
$end
$end
    }
}

// The activations of a unit. Of a row of k values: i8 q[k], f32 d[k / 32], then minus the sums of
// each 32 and of each 16 q.
struct x_unit {
    u32 q[W_UNIT / 4];
    float d;
    i32 nsum, nsum16[2];
};

KT_DEV void x_unit_load(struct x_unit *to, const u8 *row, u32 k, u32 unit)
{
    KT_UNROLL
    for (u32 i = 0; i < W_UNIT / 16; i++) {
        const struct kt_u4 q = kt_load16(row + (u64)unit * W_UNIT + 16 * i);
        to->q[4 * i] = q.x, to->q[4 * i + 1] = q.y, to->q[4 * i + 2] = q.z, to->q[4 * i + 3] = q.w;
    }
    const u32 block = unit * W_UNIT / 32;
    to->d = ((const float *)(row + k))[block];
    to->nsum = to->nsum16[0] = to->nsum16[1] = 0;
$if w == 'q6_k'
    to->nsum16[0] = ((const i32 *)(row + k + k / 4))[2 * block];
    to->nsum16[1] = ((const i32 *)(row + k + k / 4))[2 * block + 1];
$elif w != 'q8_0' && !w_table
    to->nsum = ((const i32 *)(row + k + k / 8))[block];
$end
}

// The products of a unit, summed as integers and scaled.
KT_DEV float w_unit_dot(const struct w_open *w, const struct x_unit *x)
{
$let offset = in(w, 'q4_0', 'q5_0') ? w_offset : 0
    i32 low = ${w == 'q6_k' ? '32 * x->nsum16[0]' : offset > 0 ? str(offset) + ' * x->nsum' : '0'};
$if w == 'q6_k'
    i32 high = 32 * x->nsum16[1];
$end
    KT_UNROLL
    for (u32 i = 0; i < 4; i++) low = kt_dp4a(w->v[i], x->q[i], low);
$if w != 'q8_0'
    KT_UNROLL
$let to = w == 'q6_k' ? 'high' : 'low'
    for (u32 i = 4; i < 8; i++) ${to} = kt_dp4a(w->v[i], x->q[i], ${to});
$end
$if w == 'q6_k'
    return x->d * (w->first * (float)low + w->second * (float)high);
$elif w_min
    return x->d * (w->first * (float)low - w->second * (float)x->nsum);
$elif w_super
    return x->d * (w->first * (float)low + w->second * (float)x->nsum);
$else
    return x->d * w->first * (float)low;
$end
}
