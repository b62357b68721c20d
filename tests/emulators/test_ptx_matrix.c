/* SPDX-License-Identifier: MIT */
/* mma.sync of every type against sums over the fragment maps of the PTX manual, written out here
 * lane by lane; ldmatrix, stmatrix, movmatrix. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx_kit.h"

enum element { BF16, F16, TF32, E4M3, E5M2, S8, U8, S4, U4 };

static const struct shape {
    const char *opcode;
    int m, k, bits; /* of an element */
    enum element a, b;
    bool half_c; /* the accumulator is f16 */
} SHAPES[] = {
    {"m16n8k16.row.col.f32.bf16.bf16.f32", 16, 16, 16, BF16, BF16, false},
    {"m16n8k8.row.col.f32.bf16.bf16.f32", 16, 8, 16, BF16, BF16, false},
    {"m16n8k16.row.col.f32.f16.f16.f32", 16, 16, 16, F16, F16, false},
    {"m16n8k8.row.col.f32.f16.f16.f32", 16, 8, 16, F16, F16, false},
    {"m16n8k16.row.col.f16.f16.f16.f16", 16, 16, 16, F16, F16, true},
    {"m16n8k8.row.col.f32.tf32.tf32.f32", 16, 8, 32, TF32, TF32, false},
    {"m16n8k4.row.col.f32.tf32.tf32.f32", 16, 4, 32, TF32, TF32, false},
    {"m16n8k32.row.col.f32.e4m3.e4m3.f32", 16, 32, 8, E4M3, E4M3, false},
    {"m16n8k32.row.col.f32.e4m3.e5m2.f32", 16, 32, 8, E4M3, E5M2, false},
    {"m16n8k16.row.col.s32.s8.s8.s32", 16, 16, 8, S8, S8, false},
    {"m16n8k32.row.col.s32.s8.u8.s32", 16, 32, 8, S8, U8, false},
    {"m16n8k32.row.col.satfinite.s32.u8.s8.s32", 16, 32, 8, U8, S8, false},
    {"m8n8k16.row.col.s32.s8.s8.s32", 8, 16, 8, S8, S8, false},
    {"m16n8k64.row.col.s32.s4.u4.s32", 16, 64, 4, S4, U4, false},
    {"m16n8k32.row.col.s32.u4.u4.s32", 16, 32, 4, U4, U4, false},
};

static bool is_integer(enum element e)
{
    return e >= S8;
}

static double value_of(enum element e, uint32_t code)
{
    float single;
    switch (e) {
    case BF16: return kit_float(code & 0xffff, 8, 7);
    case F16: return kit_float(code & 0xffff, 5, 10);
    case TF32:
        code &= 0xffffe000;
        memcpy(&single, &code, 4);
        return (double)single;
    case E4M3: return kit_float(code & 0xff, 4, 3);
    case E5M2: return kit_float(code & 0xff, 5, 2);
    case S8: return (int8_t)code;
    case U8: return code & 0xff;
    case S4: return (code & 15) > 7 ? (int)(code & 15) - 16 : (int)(code & 15);
    case U4: return code & 15;
    }
    return NAN;
}

/* A code of a number that is not too large, so that sums stay near what they are made of. */
static uint32_t random_code(enum element e, int bits)
{
    const uint32_t r = (uint32_t)kit_random();
    switch (e) {
    case BF16: return (r & 0x807f) | (126 + (r >> 16 & 1)) << 7;
    case F16: return (r & 0x83ff) | (14 + (r >> 16 & 1)) << 10;
    case TF32: return (r & 0x807fffff) | (126 + (r >> 24 & 1)) << 23;
    case E4M3: return (r & 0x87) | (6 + (r >> 16 & 1)) << 3;
    case E5M2: return (r & 0x83) | (14 + (r >> 16 & 1)) << 2;
    default: return r & ((1u << bits) - 1);
    }
}

/* Row and column of element e of register r of lane l, as the manual's figures have them. */
static void place_a(const struct shape *s, int l, int r, int e, int *row, int *column)
{
    const int per = 32 / s->bits, tall = s->m == 16 ? 2 : 1;
    *row = l / 4 + (tall == 2 && r % 2 ? 8 : 0);
    *column = l % 4 * per + e + r / tall * 4 * per;
}
static void place_b(const struct shape *s, int l, int r, int e, int *row, int *column)
{
    const int per = 32 / s->bits;
    *row = l % 4 * per + e + r * 4 * per;
    *column = l / 4;
}
static void place_c(int l, int i, int *row, int *column)
{
    *row = l / 4 + (i > 1 ? 8 : 0);
    *column = l % 4 * 2 + i % 2;
}

static uint32_t memory_in[32 * 12], memory_out[32 * 4];

/* "{%r10, %r11}" */
static void list(char *out, size_t n_out, int first, int n)
{
    size_t at = 0;
    for (int i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, n_out - at, "%s%%r%d", i ? ", " : "{", first + i);
    snprintf(out + at, n_out - at, "}");
}

/* d = a b + c with registers a 4, b 4 (as many as the shape has), c 4 of each lane at in[12 l]. */
static void run_mma(const struct shape *s, int n_a, int n_b, int n_c)
{
    char body[1200], a[64], b[64], c[64];
    struct kit k;
    list(a, sizeof a, 10, n_a);
    list(b, sizeof b, 14, n_b);
    list(c, sizeof c, 18, n_c);
    snprintf(body, sizeof body,
             "mul.wide.u32 %%rd6, %%r1, 48; add.s64 %%rd6, %%rd6, %%rd2;\n"
             "ld.global.v4.u32 {%%r10, %%r11, %%r12, %%r13}, [%%rd6];\n"
             "ld.global.v4.u32 {%%r14, %%r15, %%r16, %%r17}, [%%rd6+16];\n"
             "ld.global.v4.u32 {%%r18, %%r19, %%r20, %%r21}, [%%rd6+32];\n"
             "mma.sync.aligned.%s %s, %s, %s, %s;\n"
             "mul.wide.u32 %%rd7, %%r1, 16; add.s64 %%rd7, %%rd7, %%rd1;\n"
             "st.global.v4.u32 [%%rd7], {%%r18, %%r19, %%r20, %%r21};",
             s->opcode, c, a, b, c);
    kit_body(&k, body);
    kit_buffer(&k, memory_out, sizeof memory_out);
    kit_buffer(&k, memory_in, sizeof memory_in);
    kit_run(&k, 1, 32);
    kit_close(&k);
}

static double accumulator(const struct shape *s, const uint32_t *regs, int l, int i)
{
    float single;
    if (s->half_c) return kit_float(regs[l * 4 + i / 2] >> 16 * (i % 2) & 0xffff, 5, 10);
    if (is_integer(s->a)) return (int32_t)regs[l * 4 + i];
    memcpy(&single, &regs[l * 4 + i], 4);
    return (double)single;
}

static void check_shape(const struct shape *s)
{
    const int per = 32 / s->bits, n_b = s->k / (4 * per), n_a = n_b * s->m / 8;
    const int n_c = s->m == 8 ? 2 : s->half_c ? 2 : 4, n_values = s->m == 8 ? 2 : 4;
    double a[16][64] = {{0}}, b[64][8] = {{0}};
    uint32_t c[32 * 4];
    int row, column;
    memset(memory_in, 0, sizeof memory_in);
    for (int l = 0; l < 32; l++) {
        for (int r = 0; r < n_a; r++)
            for (int e = 0; e < per; e++) {
                const uint32_t code = random_code(s->a, s->bits);
                memory_in[12 * l + r] |= code << (s->bits * e % 32);
                place_a(s, l, r, e, &row, &column);
                a[row][column] = value_of(s->a, code);
            }
        for (int r = 0; r < n_b; r++)
            for (int e = 0; e < per; e++) {
                const uint32_t code = random_code(s->b, s->bits);
                memory_in[12 * l + 4 + r] |= code << (s->bits * e % 32);
                place_b(s, l, r, e, &row, &column);
                b[row][column] = value_of(s->b, code);
            }
        for (int r = 0; r < 4; r++) {
            const float single = kit_random_float();
            uint32_t word = (uint32_t)(int32_t)(single * 1000);
            if (!is_integer(s->a)) memcpy(&word, &single, 4);
            if (s->half_c) word = random_code(F16, 16) | random_code(F16, 16) << 16;
            memory_in[12 * l + 8 + r] = c[4 * l + r] = word;
        }
    }
    run_mma(s, n_a, n_b, n_c);
    const double tolerance = is_integer(s->a) ? 0 : s->half_c ? 0.02 : 1e-4;
    for (int l = 0; l < 32; l++)
        for (int i = 0; i < n_values; i++) {
            place_c(l, i, &row, &column);
            double wanted = accumulator(s, c, l, i);
            for (int k = 0; k < s->k; k++) wanted += a[row][k] * b[k][column];
            const double got = accumulator(s, memory_out, l, i);
            if (!(fabs(got - wanted) <= tolerance))
                fail_msg("%s lane %d value %d: %g, wanted %g", s->opcode, l, i, got, wanted);
        }
}

static void test_mma(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) check_shape(&SHAPES[i]);
}

static void test_double(void **state)
{
    (void)state;
    static double in[64], out[64];
    struct kit k;
    double a[8][4], b[4][8];
    for (int l = 0; l < 32; l++) {
        in[2 * l] = a[l / 4][l % 4] = (double)kit_random_float();
        in[2 * l + 1] = b[l % 4][l / 4] = (double)kit_random_float();
    }
    kit_body(&k,
             "mul.wide.u32 %rd6, %r1, 16; add.s64 %rd7, %rd6, %rd2; add.s64 %rd8, %rd6, %rd1;\n"
             "ld.global.v2.f64 {%rd10, %rd11}, [%rd7]; mov.b64 %rd12, 0; mov.b64 %rd13, 0;\n"
             "mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%rd12, %rd13}, {%rd10}, {%rd11}, "
             "{%rd12, %rd13};\nst.global.v2.f64 [%rd8], {%rd12, %rd13};");
    kit_buffer(&k, out, sizeof out);
    kit_buffer(&k, in, sizeof in);
    kit_run(&k, 1, 32);
    kit_close(&k);
    for (int l = 0; l < 32; l++)
        for (int i = 0; i < 2; i++) {
            double wanted = 0;
            for (int x = 0; x < 4; x++) wanted += a[l / 4][x] * b[x][2 * (l % 4) + i];
            assert_true(fabs(out[2 * l + i] - wanted) < 1e-12);
        }
}

/* Four matrices of 8 x 8 halves in shared memory, row r of matrix m at 16 (8 m + r): half
 * numbers 64 m + 8 r + column. */
#define FILL                                                                                       \
    "mov.u32 %%r2, smem; shl.b32 %%r3, %%r1, 4; add.s32 %%r4, %%r2, %%r3; shl.b32 %%r5, %%r1, "    \
    "3;\n"                                                                                         \
    "mad.lo.u32 %%r6, %%r5, 65537, 65536; add.u32 %%r7, %%r6, 0x20002; add.u32 %%r8, %%r6, "       \
    "0x40004;\n"                                                                                   \
    "add.u32 %%r9, %%r6, 0x60006; st.shared.v4.u32 [%%r4], {%%r6, %%r7, %%r8, %%r9}; bar.sync "    \
    "0;\n"

static void test_ldmatrix(void **state)
{
    (void)state;
    static uint32_t out[128];
    static const char *const MODES[] = {"", ".trans"};
    for (int trans = 0; trans < 2; trans++) {
        char body[800];
        struct kit k;
        snprintf(body, sizeof body,
                 FILL "ldmatrix.sync.aligned.m8n8.x4%s.shared.b16 {%%r10, %%r11, %%r12, %%r13}, "
                      "[%%r4];\nmul.wide.u32 %%rd7, %%r1, 16; add.s64 %%rd7, %%rd7, %%rd1;\n"
                      "st.global.v4.u32 [%%rd7], {%%r10, %%r11, %%r12, %%r13};",
                 MODES[trans]);
        kit_body(&k, body);
        kit_buffer(&k, out, sizeof out);
        kit_number(&k, 0);
        kit_run(&k, 1, 32);
        kit_close(&k);
        for (uint32_t l = 0; l < 32; l++)
            for (uint32_t m = 0; m < 4; m++)
                for (uint32_t h = 0; h < 2; h++) {
                    const uint32_t row = trans ? 2 * (l % 4) + h : l / 4;
                    const uint32_t column = trans ? l / 4 : 2 * (l % 4) + h;
                    assert_int_equal(out[4 * l + m] >> 16 * h & 0xffff, 64 * m + 8 * row + column);
                }
    }
}

/* What ldmatrix loads, stmatrix (.trans or not) puts back elsewhere; movmatrix turns it. */
static void test_stmatrix(void **state)
{
    (void)state;
    static uint16_t out[64];
    static const struct {
        const char *text;
        bool turned;
    } ways[] = {
        {"stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r4+512], {%r10};", false},
        {"stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%r4+512], {%r10};", true},
        {"movmatrix.sync.aligned.m8n8.trans.b16 %r10, %r10;\n"
         "stmatrix.sync.aligned.m8n8.x1.shared.b16 [%r4+512], {%r10};",
         true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char body[900];
        struct kit k;
        snprintf(body, sizeof body,
                 FILL "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%%r10}, [%%r4];\n%s\n"
                      "shl.b32 %%r3, %%r1, 2; add.s32 %%r3, %%r3, %%r2;\n"
                      "ld.shared.u32 %%r11, [%%r3+512]; st.global.u32 [%%rd4], %%r11;",
                 ways[i].text);
        kit_body(&k, body);
        kit_buffer(&k, out, sizeof out);
        kit_number(&k, 0);
        kit_run(&k, 1, 32);
        kit_close(&k);
        for (int row = 0; row < 8; row++)
            for (int column = 0; column < 8; column++)
                assert_int_equal(out[8 * row + column],
                                 ways[i].turned ? 8 * column + row : 8 * row + column);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mma),
        cmocka_unit_test(test_double),
        cmocka_unit_test(test_ldmatrix),
        cmocka_unit_test(test_stmatrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
