/* SPDX-License-Identifier: MIT */
/* Plain C kernels. Formats are read through hone_format_decode_row; the rest only from the argument
 * slots, as a generated kernel would. */
#include "tests/unit/naive_kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct hone_case_spec *spec;
    const uint64_t *slots;
    enum sabotage sabotage;
};

static void *pointer(const struct run *r, const char *name)
{
    const struct hone_op *op = r->spec->call.problem.op;
    for (uint32_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, name) == 0) return (void *)(uintptr_t)r->slots[i];
    abort();
}

static uint64_t number(const struct run *r, const char *name)
{
    return (uint64_t)(uintptr_t)pointer(r, name);
}

static float attribute(const struct run *r, const char *name)
{
    uint32_t bits = (uint32_t)number(r, name);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* n_tokens is the batch block's first word and n_out its third: eight bytes apart. */
static uint32_t n_rows(const struct run *r)
{
    const uint32_t *rows = pointer(r, "rows");
    if (r->sabotage != OTHER_ROWS) return *rows;
    return r->spec->call.problem.rows_are_out ? rows[-2] : rows[2];
}

static const struct hone_format *format(const struct run *r, const char *name)
{
    return r->spec->call.formats[hone_op_operand(r->spec->call.problem.op, name)];
}

static void read_row(const struct run *r, const char *name, uint64_t rows, uint64_t cols,
                     uint64_t row, float *out)
{
    hone_format_decode_row(format(r, name), pointer(r, name), rows, cols, row, out);
}

static uint16_t bf16_cut(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static void damage_output(const struct run *r, const char *name, uint64_t rows, uint64_t cols)
{
    const struct hone_format *f = format(r, name);
    uint8_t *y = pointer(r, name);
    uint64_t bytes = rows * hone_format_row_bytes(f, cols);
    uint64_t end = (bytes + HONE_FORMAT_TAIL_BYTES + 63) / 64 * 64;
    if (r->sabotage == ONE_PAST) y[bytes] ^= 1;
    if (r->sabotage == BEHIND_PADDING) y[bytes + HONE_FORMAT_TAIL_BYTES] ^= 1;
    if (r->sabotage == BEFORE) y[-1] ^= 1;
    if (r->sabotage == FAR_PAST) *(volatile uint8_t *)(y + end) = 1;
}

/* A finished f32 row into any activation format. */
static void write_row(const struct run *r, const char *name, uint64_t cols, uint64_t row,
                      const float *values)
{
    const struct hone_format *f = format(r, name);
    uint8_t *y = pointer(r, name);
    uint64_t stride = hone_format_row_bytes(f, cols);
    bool last = row + 1 == n_rows(r);
    uint8_t saved[4];
    uint64_t width = f->type == HONE_TYPE_F32 ? 4 : f->type == HONE_TYPE_BF16 ? 2 : 1;
    uint8_t *at = y + row * stride + (cols - 1) * width;
    memcpy(saved, at, width);
    hone_format_encode_row(f, values, cols, row, y);
    if (r->sabotage == UNWRITTEN && last) memcpy(at, saved, width);
    if (r->sabotage == TRUNCATED && f->type == HONE_TYPE_BF16)
        for (uint64_t i = 0; i < cols; i++) {
            uint16_t cut = bf16_cut(values[i]);
            memcpy(y + row * stride + 2 * i, &cut, 2);
        }
    if (f->type == HONE_TYPE_Q8A && r->sabotage == NSUM_SIGN) {
        int32_t *sums = (int32_t *)(void *)(y + row * stride + cols + cols / 8);
        for (uint64_t b = 0; b < cols / 32; b++) sums[b] = -sums[b];
    }
    if (f->type == HONE_TYPE_Q8R && r->sabotage == NSUM_SIGN) {
        int32_t *sum = (int32_t *)(void *)(y + row * stride + cols + 4);
        *sum = -*sum;
    }
    if (f->type == HONE_TYPE_Q8A && r->sabotage == NSUM16_MISSING)
        memset(y + row * stride + cols + cols / 4, 0xA5, cols / 4);
}

static float add_bf16(float sum, float value)
{
    return hone_bf16_to_f32(hone_f32_to_bf16(sum + value));
}

static float sum_products(const struct run *r, const float *x, const float *w, uint64_t k)
{
    float sum = 0;
    if (r->sabotage == LAST_K) k--;
    for (uint64_t i = 0; i < k; i++)
        sum = r->sabotage == BF16_SUM ? add_bf16(sum, x[i] * w[i]) : sum + x[i] * w[i];
    return sum;
}

/* int8 activations: exact sums of 16 values (weights have one scale for each 16), then scales. */
static float sum_int8(const uint8_t *row, const float *w, uint64_t k)
{
    float sum = 0;
    for (uint64_t s = 0; s < k; s += 16) {
        float d, part = 0, step = 0;
        memcpy(&d, row + k + s / 32 * 4, sizeof d);
        for (uint64_t i = s; i < s + 16; i++) step = fmaxf(step, fabsf(w[i]));
        for (uint64_t i = s; i < s + 16; i++) part += w[i] * (float)(int8_t)row[i];
        sum += part * d;
    }
    return sum;
}

static void gemm_row(const struct run *r, const char *weight, uint64_t n, uint64_t row, float *out)
{
    uint64_t k = number(r, "k");
    float *x = calloc(2 * k, sizeof *x), *w = x + k;
    const struct hone_format *f = format(r, "x");
    const uint8_t *bytes = (const uint8_t *)pointer(r, "x") + row * hone_format_row_bytes(f, k);
    read_row(r, "x", row + 1, k, row, x);
    for (uint64_t col = 0; col < n; col++) {
        uint64_t from = r->sabotage == TILE_SHIFTED && col >= 16 ? col - 1 : col;
        read_row(r, weight, n, k, from, w);
        if (f->type == HONE_TYPE_Q8A && r->sabotage == RIGHT)
            out[col] = sum_int8(bytes, w, k);
        else
            out[col] = sum_products(r, x, w, k);
    }
    free(x);
}

static float silu(float value)
{
    return value / (1 + expf(-value));
}

static void run_gemm(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool gated = strcmp(op, "gemm_silu_mul") == 0, residual = strcmp(op, "gemm_add") == 0;
    bool swapped = r->sabotage == GATE_SWAPPED;
    uint64_t n = number(r, "n"), rows = n_rows(r);
    float *y = calloc(3 * n, sizeof *y), *up = y + n, *add = up + n;
    for (uint64_t row = 0; row < rows; row++) {
        gemm_row(r, gated ? swapped ? "w1" : "w0" : "w", n, row, y);
        if (gated) gemm_row(r, swapped ? "w0" : "w1", n, row, up);
        if (residual) read_row(r, "r", rows, n, row, add);
        for (uint64_t i = 0; i < n; i++) {
            if (gated) y[i] = silu(y[i]) * up[i];
            if (residual && r->sabotage != RESIDUAL) y[i] += add[i];
        }
        write_row(r, "y", n, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, gated ? "w1" : "w"))[5] ^= 1;
    free(y);
    damage_output(r, "y", rows, n);
}

/* Three products of the same rows. */
static void run_gemm_qkv(const struct run *r)
{
    static const char *const weights[] = {"w0", "w1", "w2"}, *const results[] = {"y0", "y1", "y2"};
    uint64_t rows = n_rows(r);
    for (int i = 0; i < 3; i++) {
        uint64_t n = number(r, i ? "n1" : "n");
        float *y = calloc(n, sizeof *y);
        for (uint64_t row = 0; row < rows; row++) {
            bool swapped = r->sabotage == GATE_SWAPPED && i;
            gemm_row(r, weights[swapped ? 3 - i : i], n, row, y);
            write_row(r, results[i], n, row, y);
        }
        free(y);
        if (i == 2) damage_output(r, results[i], rows, n);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "w2"))[5] ^= 1;
}

/* Part p of k begins at floor(p * units / n_parts) units of 256. */
static void run_gemm_split(const struct run *r)
{
    uint64_t n = number(r, "n"), k = number(r, "k"), n_parts = number(r, "n_parts");
    uint64_t rows = n_rows(r), units = (k + 255) / 256;
    float *x = calloc(2 * k + n * n_parts, sizeof *x), *w = x + k, *y = w + k;
    for (uint64_t row = 0; row < rows; row++) {
        read_row(r, "x", rows, k, row, x);
        for (uint64_t at = 0; at < n * n_parts; at++) {
            uint64_t part = at / n, col = at % n;
            uint64_t begin = part * units / n_parts * 256, end = (part + 1) * units / n_parts * 256;
            if (r->sabotage == OTHER_PARTS) begin = part * k / n_parts, end = begin + k / n_parts;
            if (end > k) end = k;
            read_row(r, "w", n, k, col, w);
            y[at] = sum_products(r, x + begin, w + begin, end - begin);
        }
        write_row(r, "y", n * n_parts, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "w"))[5] ^= 1;
    free(x);
    damage_output(r, "y", rows, n * n_parts);
}

static void run_gemm_combine(const struct run *r)
{
    bool adds = strcmp(r->spec->call.problem.op->name, "gemm_combine_add") == 0;
    uint64_t n = number(r, "n"), n_parts = number(r, "n_parts"), rows = n_rows(r);
    float *p = calloc(n * (n_parts + 2), sizeof *p), *y = p + n * n_parts, *add = y + n;
    for (uint64_t row = 0; row < rows; row++) {
        read_row(r, "p", rows, n * n_parts, row, p);
        if (adds) read_row(r, "r", rows, n, row, add);
        for (uint64_t i = 0; i < n; i++) {
            y[i] = 0;
            for (uint64_t part = 0; part < n_parts; part++) {
                if (r->sabotage == EMPTY_PARTS && part + 1 == n_parts) break;
                y[i] += p[part * n + i];
            }
            if (adds && r->sabotage != RESIDUAL) y[i] += add[i];
        }
        write_row(r, "y", n, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "p"))[0] ^= 1;
    free(p);
    damage_output(r, "y", rows, n);
}

/* rmsnorm, quantize, silu_mul, add: rows in, rows out. */
static void run_rows(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool norm = strcmp(op, "rmsnorm") == 0, add = strcmp(op, "add") == 0;
    bool gated = strcmp(op, "silu_mul") == 0;
    const char *first = gated ? "g" : "x", *second = gated ? "u" : "r";
    uint64_t k = number(r, "k"), rows = n_rows(r);
    float *x = calloc(2 * k, sizeof *x), *b = x + k;
    if (norm) read_row(r, "g", 1, k, 0, b);
    for (uint64_t row = 0; row < rows; row++) {
        float squares = 0;
        read_row(r, first, rows, k, row, x);
        if (add || gated) read_row(r, second, rows, k, row, b);
        for (uint64_t i = 0; i < k; i++) squares += x[i] * x[i];
        float eps = !norm || r->sabotage == NO_EPS ? 0 : attribute(r, "eps");
        float factor = 1 / sqrtf(squares / (float)k + eps);
        for (uint64_t i = 0; i < k; i++) {
            if (norm) x[i] = x[i] * factor * b[i];
            if (gated) x[i] = r->sabotage == GATE_SWAPPED ? silu(b[i]) * x[i] : silu(x[i]) * b[i];
            if (add && r->sabotage != RESIDUAL) x[i] += b[i];
        }
        write_row(r, "y", k, row, x);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, first))[0] ^= 1;
    free(x);
    damage_output(r, "y", rows, k);
}

/* embed, gather_rows, dequantize: rows copied. */
static void run_copies(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool embed = strcmp(op, "embed") == 0, gather = strcmp(op, "gather_rows") == 0;
    uint64_t k = number(r, "k"), n = gather ? 0 : number(r, "n");
    uint64_t rows = embed || gather ? n_rows(r) : n;
    float *x = calloc(k, sizeof *x);
    const uint32_t *source = embed ? pointer(r, "tokens") : gather ? pointer(r, "out_rows") : NULL;
    for (uint64_t row = 0; row < rows; row++) {
        uint64_t from = source ? source[row] : row;
        if (r->sabotage == TOKEN_PLUS_ONE && from + 1 < n) from++;
        read_row(r, gather ? "x" : "w", n, k, from, x);
        if (embed || gather)
            write_row(r, "y", k, row, x);
        else
            memcpy((float *)pointer(r, "y") + row * k, x,
                   (k - (r->sabotage == UNWRITTEN && row + 1 == n)) * sizeof *x);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, gather ? "x" : "w"))[3] ^= 1;
    free(x);
    damage_output(r, "y", rows, k);
}

static uint64_t kv_element(const struct run *r, bool is_key, uint32_t seq, uint32_t position,
                           uint32_t head, uint32_t d)
{
    struct hone_kv_shape shape = {(uint32_t)number(r, "n_kv_heads"),
                                  (uint32_t)number(r, "head_dim"),
                                  (uint32_t)number(r, "page_tokens")};
    const uint32_t *table = pointer(r, "page_table");
    uint64_t stride = *(const uint32_t *)pointer(r, "page_stride");
    if (r->sabotage == FIRST_SEQUENCE) seq = 0;
    uint64_t page = table[seq * stride + position / shape.page_tokens];
    uint32_t slot = position % shape.page_tokens;
    uint64_t in_page =
        is_key ? hone_kv_k_index(&shape, head, slot, d) : hone_kv_v_index(&shape, head, slot, d);
    return page * shape.n_kv_heads * shape.page_tokens * shape.head_dim + in_page;
}

static float kv_read(const struct run *r, const char *name, uint64_t element)
{
    const uint8_t *data = pointer(r, name);
    enum hone_type type = format(r, name)->type;
    uint16_t half;
    float value;
    if (type == HONE_TYPE_F32) {
        memcpy(&value, data + 4 * element, 4);
        return value;
    }
    memcpy(&half, data + 2 * element, 2);
    return type == HONE_TYPE_F16 ? hone_f16_to_f32(half) : hone_bf16_to_f32(half);
}

static void kv_write(const struct run *r, const char *name, uint64_t element, float value)
{
    uint8_t *data = pointer(r, name);
    enum hone_type type = format(r, name)->type;
    if (type == HONE_TYPE_F32) {
        memcpy(data + 4 * element, &value, 4);
        return;
    }
    uint16_t half = type == HONE_TYPE_F16      ? hone_f32_to_f16(value)
                    : r->sabotage == TRUNCATED ? bf16_cut(value)
                                               : hone_f32_to_bf16(value);
    memcpy(data + 2 * element, &half, 2);
}

/* One head of one row. */
static void attend(const struct run *r, uint32_t seq, uint32_t n, uint32_t head, const float *q,
                   float *y)
{
    uint32_t dim = (uint32_t)number(r, "head_dim");
    uint32_t heads = (uint32_t)number(r, "n_heads"), kv_heads = (uint32_t)number(r, "n_kv_heads");
    uint32_t kv_head = r->sabotage == HEAD_MAPPING ? head % kv_heads : head / (heads / kv_heads);
    uint32_t stored = r->sabotage == MASK_BY_ADDING ? (n + 15) / 16 * 16 : n;
    float *p = calloc(stored, sizeof *p), largest = -INFINITY, sum = 0;
    for (uint32_t t = 0; t < stored; t++) {
        float score = 0;
        for (uint32_t d = 0; d < dim; d++)
            score += q[d] * kv_read(r, "kcache", kv_element(r, true, seq, t, kv_head, d));
        p[t] = score * attribute(r, "scale") + (t < n ? 0 : -1e30f);
        largest = fmaxf(largest, p[t]);
    }
    for (uint32_t t = 0; t < stored; t++) sum += p[t] = expf(p[t] - largest);
    for (uint32_t d = 0; d < dim; d++) {
        y[d] = 0;
        for (uint32_t t = 0; t < stored; t++)
            y[d] += p[t] * kv_read(r, "vcache", kv_element(r, false, seq, t, kv_head, d));
        y[d] /= sum;
    }
    free(p);
}

static void run_attention(const struct run *r)
{
    uint64_t dim = number(r, "head_dim"), heads = number(r, "n_heads"), rows = n_rows(r);
    const uint32_t *positions = pointer(r, "positions"), *seqs = pointer(r, "token_seq");
    float *q = calloc(2 * heads * dim, sizeof *q), *y = q + heads * dim;
    for (uint64_t row = 0; row < rows; row++) {
        uint32_t n = positions[r->sabotage == FIRST_POSITION ? 0 : row] + 1;
        if (r->sabotage == CAUSAL_SHORT && n > 1) n--;
        if (r->sabotage == CAUSAL_LONG) n++;
        read_row(r, "q", rows, heads * dim, row, q);
        for (uint32_t head = 0; head < heads; head++)
            attend(r, seqs[row], n, head, q + head * dim, y + head * dim);
        write_row(r, "y", heads * dim, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "kcache"))[0] ^= 1;
    free(q);
    damage_output(r, "y", rows, heads * dim);
}

/* A head over the keys of one part; sums are kept as they are until the end. */
static void attend_part(const struct run *r, uint32_t seq, uint32_t n, uint32_t head, uint32_t part,
                        const float *q, float *o, float *lse)
{
    uint32_t dim = (uint32_t)number(r, "head_dim"), page = (uint32_t)number(r, "page_tokens");
    uint32_t heads = (uint32_t)number(r, "n_heads"), kv_heads = (uint32_t)number(r, "n_kv_heads");
    uint32_t kv_head = head / (heads / kv_heads);
    uint32_t n_parts = (uint32_t)number(r, "part_heads") / heads;
    float largest = -1e30f, sum = 0;
    memset(o, 0, dim * sizeof *o);
    for (uint32_t t = 0; t < n; t++) {
        float score = 0;
        uint32_t of = r->sabotage == OTHER_PARTS ? t % n_parts : t / page % n_parts;
        if (of != part) continue;
        for (uint32_t d = 0; d < dim; d++)
            score += q[d] * kv_read(r, "kcache", kv_element(r, true, seq, t, kv_head, d));
        score *= attribute(r, "scale");
        float rise = fmaxf(largest, score), old = expf(largest - rise), new = expf(score - rise);
        for (uint32_t d = 0; d < dim; d++)
            o[d] = o[d] * old + new *kv_read(r, "vcache", kv_element(r, false, seq, t, kv_head, d));
        sum = sum * old + new;
        largest = rise;
    }
    bool none = sum <= 0;
    for (uint32_t d = 0; d < dim && (!none || r->sabotage == EMPTY_PARTS); d++) o[d] /= sum;
    *lse = none ? largest : r->sabotage == NO_LOGARITHM ? sum : largest + logf(sum);
}

static void run_attention_split(const struct run *r)
{
    uint64_t dim = number(r, "head_dim"), heads = number(r, "n_heads"), rows = n_rows(r);
    uint64_t part_heads = number(r, "part_heads");
    const uint32_t *positions = pointer(r, "positions"), *seqs = pointer(r, "token_seq");
    float *q = calloc(heads * dim + part_heads * (dim + 1), sizeof *q);
    float *o = q + heads * dim, *lse = o + part_heads * dim;
    for (uint64_t row = 0; row < rows; row++) {
        read_row(r, "q", rows, heads * dim, row, q);
        for (uint32_t at = 0; at < part_heads; at++)
            attend_part(r, seqs[row], positions[row] + 1, at % (uint32_t)heads,
                        at / (uint32_t)heads, q + at % heads * dim, o + at * dim, lse + at);
        write_row(r, "o", part_heads * dim, row, o);
        write_row(r, "lse", part_heads, row, lse);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "kcache"))[0] ^= 1;
    free(q);
    damage_output(r, "lse", rows, part_heads);
}

static void run_attention_combine(const struct run *r)
{
    uint64_t dim = number(r, "head_dim"), heads = number(r, "n_heads"), rows = n_rows(r);
    uint64_t part_heads = number(r, "part_heads");
    float *o = calloc(part_heads * (dim + 1) + heads * dim, sizeof *o);
    float *lse = o + part_heads * dim, *y = lse + part_heads;
    for (uint64_t row = 0; row < rows; row++) {
        read_row(r, "o", rows, part_heads * dim, row, o);
        read_row(r, "lse", rows, part_heads, row, lse);
        for (uint64_t i = 0; i < heads * dim; i++) {
            float largest = -INFINITY, sum = 0;
            y[i] = 0;
            for (uint64_t at = i / dim; at < part_heads; at += heads)
                largest = fmaxf(largest, lse[at]);
            for (uint64_t at = i / dim; at < part_heads; at += heads) {
                float weight = r->sabotage == NO_LOGARITHM ? lse[at] : expf(lse[at] - largest);
                y[i] += weight * o[at * dim + i % dim];
                sum += weight;
            }
            y[i] /= sum;
        }
        write_row(r, "y", heads * dim, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "lse"))[0] ^= 1;
    free(o);
    damage_output(r, "y", rows, heads * dim);
}

static void rotate(const struct run *r, float *x, const float *table, uint64_t rope_dim)
{
    for (uint64_t i = 0; i < rope_dim; i += 2) {
        bool split = r->sabotage == HALF_SPLIT;
        uint64_t a = split ? i / 2 : i, b = split ? i / 2 + rope_dim / 2 : i + 1;
        float even = x[a], odd = x[b];
        x[a] = even * table[i] - odd * table[i + 1];
        x[b] = even * table[i + 1] + odd * table[i];
    }
}

static void append_row(const struct run *r, uint32_t seq, uint32_t position, float *k, float *v,
                       const float *table)
{
    uint64_t dim = number(r, "head_dim"), kv_heads = number(r, "n_kv_heads");
    for (uint32_t head = 0; head < kv_heads; head++) {
        rotate(r, k + head * dim, table, number(r, "rope_dim"));
        for (uint32_t d = 0; d < dim; d++) {
            kv_write(r, "kcache", kv_element(r, true, seq, position, head, d), k[head * dim + d]);
            kv_write(r, "vcache", kv_element(r, false, seq, position, head, d), v[head * dim + d]);
        }
    }
}

static void run_rope(const struct run *r)
{
    uint64_t dim = number(r, "head_dim"), rope_dim = number(r, "rope_dim"), rows = n_rows(r);
    uint64_t q_cols = number(r, "n_heads") * dim, kv_cols = number(r, "n_kv_heads") * dim;
    const uint32_t *positions = pointer(r, "positions"), *seqs = pointer(r, "token_seq");
    float *q = calloc(q_cols + 2 * kv_cols + rope_dim, sizeof *q), *k = q + q_cols;
    float *v = k + kv_cols, *table = v + kv_cols;
    for (uint64_t row = 0; row < rows; row++) {
        uint32_t position = positions[r->sabotage == FIRST_POSITION ? 0 : row];
        read_row(r, "table", position + 1, rope_dim, position, table);
        read_row(r, "q", rows, q_cols, row, q);
        read_row(r, "k", rows, kv_cols, row, k);
        read_row(r, "v", rows, kv_cols, row, v);
        for (uint64_t head = 0; head < q_cols / dim; head++)
            rotate(r, q + head * dim, table, rope_dim);
        if (r->sabotage != UNWRITTEN || row + 1 < rows) write_row(r, "q", q_cols, row, q);
        append_row(r, seqs[row], positions[row], k, v, table);
        if (r->sabotage == OTHER_POSITIONS) append_row(r, seqs[row], 0, k, v, table);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)pointer(r, "k"))[0] ^= 1;
    free(q);
    damage_output(r, "q", rows, q_cols);
}

void naive_run(const struct hone_case *c, const struct hone_case_spec *spec, enum sabotage sabotage)
{
    static const struct {
        const char *op;
        void (*run)(const struct run *);
    } kernels[] = {
        {"gemm", run_gemm},
        {"gemm_add", run_gemm},
        {"gemm_silu_mul", run_gemm},
        {"gemm_qkv", run_gemm_qkv},
        {"gemm_split", run_gemm_split},
        {"gemm_combine", run_gemm_combine},
        {"gemm_combine_add", run_gemm_combine},
        {"rmsnorm", run_rows},
        {"quantize", run_rows},
        {"silu_mul", run_rows},
        {"add", run_rows},
        {"embed", run_copies},
        {"gather_rows", run_copies},
        {"dequantize", run_copies},
        {"attention", run_attention},
        {"rope_append", run_rope},
        {"attention_split", run_attention_split},
        {"attention_combine", run_attention_combine},
    };
    struct run r = {spec, hone_case_args(c, 0), sabotage};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i].op, spec->call.problem.op->name) == 0) kernels[i].run(&r);
}
