/* SPDX-License-Identifier: MIT */
/* Plain C kernels. Formats are read through hone_format_decode_row; the rest only from the argument
 * slots, as a generated kernel would. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/naive_run.h"

void *naive_pointer(const struct run *r, const char *name)
{
    const struct hone_op *op = r->spec->call.problem.op;
    for (uint32_t i = 0; i < op->n_args; i++)
        if (strcmp(op->args[i].name, name) == 0) return (void *)(uintptr_t)r->slots[i];
    abort();
}

uint64_t naive_number(const struct run *r, const char *name)
{
    return (uint64_t)(uintptr_t)naive_pointer(r, name);
}

static float attribute(const struct run *r, const char *name)
{
    uint32_t bits = (uint32_t)naive_number(r, name);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* n_tokens is the batch block's first word and n_out its third: eight bytes apart. */
uint32_t naive_rows(const struct run *r)
{
    const uint32_t *rows = naive_pointer(r, "rows");
    if (r->sabotage != OTHER_ROWS) return *rows;
    return r->spec->call.problem.rows_are_out ? rows[-2] : rows[2];
}

const struct hone_format *naive_format(const struct run *r, const char *name)
{
    return r->spec->call.formats[hone_op_operand(r->spec->call.problem.op, name)];
}

void naive_read_row(const struct run *r, const char *name, uint64_t rows, uint64_t cols,
                    uint64_t row, float *out)
{
    hone_format_decode_row(naive_format(r, name), naive_pointer(r, name), rows, cols, row, out);
}

float naive_silu(float value)
{
    return value / (1 + expf(-value));
}

static uint16_t bf16_cut(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)(bits >> 16);
}

void naive_damage_output(const struct run *r, const char *name, uint64_t rows, uint64_t cols)
{
    const struct hone_format *f = naive_format(r, name);
    uint8_t *y = naive_pointer(r, name);
    uint64_t bytes = rows * hone_format_row_bytes(f, cols);
    uint64_t end = (bytes + HONE_FORMAT_TAIL_BYTES + 63) / 64 * 64;
    if (r->sabotage == ONE_PAST) y[bytes] ^= 1;
    if (r->sabotage == BEHIND_PADDING) y[bytes + HONE_FORMAT_TAIL_BYTES] ^= 1;
    if (r->sabotage == BEFORE) y[-1] ^= 1;
    if (r->sabotage == FAR_PAST) *(volatile uint8_t *)(y + end) = 1;
}

/* A finished f32 row into any activation format. */
void naive_write_row(const struct run *r, const char *name, uint64_t cols, uint64_t row,
                     const float *values)
{
    const struct hone_format *f = naive_format(r, name);
    uint8_t *y = naive_pointer(r, name);
    uint64_t stride = hone_format_row_bytes(f, cols);
    bool last = row + 1 == naive_rows(r);
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

/* rmsnorm, quantize, silu_mul, add: rows in, rows out. */
static void run_rows(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool norm = strcmp(op, "rmsnorm") == 0, add = strcmp(op, "add") == 0;
    bool gated = strcmp(op, "silu_mul") == 0;
    const char *first = gated ? "g" : "x", *second = gated ? "u" : "r";
    uint64_t k = naive_number(r, "k"), rows = naive_rows(r);
    float *x = calloc(2 * k, sizeof *x), *b = x + k;
    if (norm) naive_read_row(r, "g", 1, k, 0, b);
    for (uint64_t row = 0; row < rows; row++) {
        float squares = 0;
        naive_read_row(r, first, rows, k, row, x);
        if (add || gated) naive_read_row(r, second, rows, k, row, b);
        for (uint64_t i = 0; i < k; i++) squares += x[i] * x[i];
        float eps = !norm || r->sabotage == NO_EPS ? 0 : attribute(r, "eps");
        float factor = 1 / sqrtf(squares / (float)k + eps);
        for (uint64_t i = 0; i < k; i++) {
            if (norm) x[i] = x[i] * factor * b[i];
            if (gated)
                x[i] =
                    r->sabotage == GATE_SWAPPED ? naive_silu(b[i]) * x[i] : naive_silu(x[i]) * b[i];
            if (add && r->sabotage != RESIDUAL) x[i] += b[i];
        }
        naive_write_row(r, "y", k, row, x);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, first))[0] ^= 1;
    free(x);
    naive_damage_output(r, "y", rows, k);
}

/* embed, gather_rows, dequantize: rows copied. */
static void run_copies(const struct run *r)
{
    const char *op = r->spec->call.problem.op->name;
    bool embed = strcmp(op, "embed") == 0, gather = strcmp(op, "gather_rows") == 0;
    uint64_t k = naive_number(r, "k"), n = gather ? 0 : naive_number(r, "n");
    uint64_t rows = embed || gather ? naive_rows(r) : n;
    float *x = calloc(k, sizeof *x);
    const uint32_t *source = embed    ? naive_pointer(r, "tokens")
                             : gather ? naive_pointer(r, "out_rows")
                                      : NULL;
    for (uint64_t row = 0; row < rows; row++) {
        uint64_t from = source ? source[row] : row;
        if (r->sabotage == TOKEN_PLUS_ONE && from + 1 < n) from++;
        naive_read_row(r, gather ? "x" : "w", n, k, from, x);
        if (embed || gather)
            naive_write_row(r, "y", k, row, x);
        else
            memcpy((float *)naive_pointer(r, "y") + row * k, x,
                   (k - (r->sabotage == UNWRITTEN && row + 1 == n)) * sizeof *x);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, gather ? "x" : "w"))[3] ^= 1;
    free(x);
    naive_damage_output(r, "y", rows, k);
}

static uint64_t kv_element(const struct run *r, bool is_key, uint32_t seq, uint32_t position,
                           uint32_t head, uint32_t d)
{
    struct hone_kv_shape shape = {(uint32_t)naive_number(r, "n_kv_heads"),
                                  (uint32_t)naive_number(r, "head_dim"),
                                  (uint32_t)naive_number(r, "page_tokens")};
    const uint32_t *table = naive_pointer(r, "page_table");
    uint64_t stride = *(const uint32_t *)naive_pointer(r, "page_stride");
    if (r->sabotage == FIRST_SEQUENCE) seq = 0;
    uint64_t page = table[seq * stride + position / shape.page_tokens];
    uint32_t slot = position % shape.page_tokens;
    uint64_t in_page =
        is_key ? hone_kv_k_index(&shape, head, slot, d) : hone_kv_v_index(&shape, head, slot, d);
    return page * shape.n_kv_heads * shape.page_tokens * shape.head_dim + in_page;
}

static float kv_read(const struct run *r, const char *name, uint64_t element)
{
    const uint8_t *data = naive_pointer(r, name);
    enum hone_type type = naive_format(r, name)->type;
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
    uint8_t *data = naive_pointer(r, name);
    enum hone_type type = naive_format(r, name)->type;
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
    uint32_t dim = (uint32_t)naive_number(r, "head_dim");
    uint32_t heads = (uint32_t)naive_number(r, "n_heads"),
             kv_heads = (uint32_t)naive_number(r, "n_kv_heads");
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
    uint64_t dim = naive_number(r, "head_dim"), heads = naive_number(r, "n_heads"),
             rows = naive_rows(r);
    const uint32_t *positions = naive_pointer(r, "positions"),
                   *seqs = naive_pointer(r, "token_seq");
    float *q = calloc(2 * heads * dim, sizeof *q), *y = q + heads * dim;
    for (uint64_t row = 0; row < rows; row++) {
        uint32_t n = positions[r->sabotage == FIRST_POSITION ? 0 : row] + 1;
        if (r->sabotage == CAUSAL_SHORT && n > 1) n--;
        if (r->sabotage == CAUSAL_LONG) n++;
        naive_read_row(r, "q", rows, heads * dim, row, q);
        for (uint32_t head = 0; head < heads; head++)
            attend(r, seqs[row], n, head, q + head * dim, y + head * dim);
        naive_write_row(r, "y", heads * dim, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "kcache"))[0] ^= 1;
    free(q);
    naive_damage_output(r, "y", rows, heads * dim);
}

/* A head over the keys of one part; sums are kept as they are until the end. */
static void attend_part(const struct run *r, uint32_t seq, uint32_t n, uint32_t head, uint32_t part,
                        const float *q, float *o, float *lse)
{
    uint32_t dim = (uint32_t)naive_number(r, "head_dim"),
             page = (uint32_t)naive_number(r, "page_tokens");
    uint32_t heads = (uint32_t)naive_number(r, "n_heads"),
             kv_heads = (uint32_t)naive_number(r, "n_kv_heads");
    uint32_t kv_head = head / (heads / kv_heads);
    uint32_t n_parts = (uint32_t)naive_number(r, "part_heads") / heads;
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
    uint64_t dim = naive_number(r, "head_dim"), heads = naive_number(r, "n_heads"),
             rows = naive_rows(r);
    uint64_t part_heads = naive_number(r, "part_heads");
    const uint32_t *positions = naive_pointer(r, "positions"),
                   *seqs = naive_pointer(r, "token_seq");
    float *q = calloc(heads * dim + part_heads * (dim + 1), sizeof *q);
    float *o = q + heads * dim, *lse = o + part_heads * dim;
    for (uint64_t row = 0; row < rows; row++) {
        naive_read_row(r, "q", rows, heads * dim, row, q);
        for (uint32_t at = 0; at < part_heads; at++)
            attend_part(r, seqs[row], positions[row] + 1, at % (uint32_t)heads,
                        at / (uint32_t)heads, q + at % heads * dim, o + at * dim, lse + at);
        naive_write_row(r, "o", part_heads * dim, row, o);
        naive_write_row(r, "lse", part_heads, row, lse);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "kcache"))[0] ^= 1;
    free(q);
    naive_damage_output(r, "lse", rows, part_heads);
}

static void run_attention_combine(const struct run *r)
{
    uint64_t dim = naive_number(r, "head_dim"), heads = naive_number(r, "n_heads"),
             rows = naive_rows(r);
    uint64_t part_heads = naive_number(r, "part_heads");
    float *o = calloc(part_heads * (dim + 1) + heads * dim, sizeof *o);
    float *lse = o + part_heads * dim, *y = lse + part_heads;
    for (uint64_t row = 0; row < rows; row++) {
        naive_read_row(r, "o", rows, part_heads * dim, row, o);
        naive_read_row(r, "lse", rows, part_heads, row, lse);
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
        naive_write_row(r, "y", heads * dim, row, y);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "lse"))[0] ^= 1;
    free(o);
    naive_damage_output(r, "y", rows, heads * dim);
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
    uint64_t dim = naive_number(r, "head_dim"), kv_heads = naive_number(r, "n_kv_heads");
    for (uint32_t head = 0; head < kv_heads; head++) {
        rotate(r, k + head * dim, table, naive_number(r, "rope_dim"));
        for (uint32_t d = 0; d < dim; d++) {
            kv_write(r, "kcache", kv_element(r, true, seq, position, head, d), k[head * dim + d]);
            kv_write(r, "vcache", kv_element(r, false, seq, position, head, d), v[head * dim + d]);
        }
    }
}

static void run_rope(const struct run *r)
{
    uint64_t dim = naive_number(r, "head_dim"), rope_dim = naive_number(r, "rope_dim"),
             rows = naive_rows(r);
    uint64_t q_cols = naive_number(r, "n_heads") * dim,
             kv_cols = naive_number(r, "n_kv_heads") * dim;
    const uint32_t *positions = naive_pointer(r, "positions"),
                   *seqs = naive_pointer(r, "token_seq");
    float *q = calloc(q_cols + 2 * kv_cols + rope_dim, sizeof *q), *k = q + q_cols;
    float *v = k + kv_cols, *table = v + kv_cols;
    for (uint64_t row = 0; row < rows; row++) {
        uint32_t position = positions[r->sabotage == FIRST_POSITION ? 0 : row];
        naive_read_row(r, "table", position + 1, rope_dim, position, table);
        naive_read_row(r, "q", rows, q_cols, row, q);
        naive_read_row(r, "k", rows, kv_cols, row, k);
        naive_read_row(r, "v", rows, kv_cols, row, v);
        for (uint64_t head = 0; head < q_cols / dim; head++)
            rotate(r, q + head * dim, table, rope_dim);
        if (r->sabotage != UNWRITTEN || row + 1 < rows) naive_write_row(r, "q", q_cols, row, q);
        append_row(r, seqs[row], positions[row], k, v, table);
        if (r->sabotage == OTHER_POSITIONS) append_row(r, seqs[row], 0, k, v, table);
    }
    if (r->sabotage == INPUT_CHANGED) ((uint8_t *)naive_pointer(r, "k"))[0] ^= 1;
    free(q);
    naive_damage_output(r, "q", rows, q_cols);
}

void naive_run(const struct hone_case *c, const struct hone_case_spec *spec, enum sabotage sabotage)
{
    static const struct {
        const char *op;
        void (*run)(const struct run *);
    } kernels[] = {
        {"gemm", naive_run_gemm},
        {"gemm_add", naive_run_gemm},
        {"gemm_silu_mul", naive_run_gemm},
        {"gemm_qkv", naive_run_gemm_qkv},
        {"gemm_split", naive_run_gemm_split},
        {"gemm_combine", naive_run_gemm_combine},
        {"gemm_combine_add", naive_run_gemm_combine},
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
