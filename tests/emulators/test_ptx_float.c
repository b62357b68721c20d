/* SPDX-License-Identifier: MIT */
/* Approximated functions and 8-bit floats of the PTX interpreter. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx_kit.h"

enum { THREADS = 256 };

/* What the machine approximates: close to the function, and right at the edges. */
static void test_approximations(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        double (*function)(double);
        double low, high;
    } rows[] = {
        {"ex2.approx.ftz.f32 %r20, %r10;", exp2, -30, 30},
        {"lg2.approx.f32 %r20, %r10;", log2, 0.001, 1000},
        {"sin.approx.f32 %r20, %r10;", sin, -3, 3},
        {"cos.approx.f32 %r20, %r10;", cos, -3, 3},
        {"tanh.approx.f32 %r20, %r10;", tanh, -4, 4},
        {"sqrt.approx.f32 %r20, %r10;", sqrt, 0.01, 1000},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        static float in[THREADS], out[THREADS];
        char body[256];
        struct kit k;
        for (int i = 0; i < THREADS; i++)
            in[i] = (float)(rows[r].low + (rows[r].high - rows[r].low) * i / (THREADS - 1));
        snprintf(body, sizeof body,
                 "ld.global.u32 %%r10, [%%rd5];\n%s\nst.global.u32 [%%rd4], %%r20;",
                 rows[r].statement);
        kit_body(&k, body);
        kit_buffer(&k, out, sizeof out);
        kit_buffer(&k, in, sizeof in);
        kit_run(&k, 1, THREADS);
        kit_close(&k);
        for (int i = 0; i < THREADS; i++) {
            const double wanted = rows[r].function((double)in[i]);
            if (fabs((double)out[i] - wanted) > 1e-6 * fabs(wanted) + 1e-7)
                fail_msg("%s of %g gave %g, wanted %g", rows[r].statement, (double)in[i],
                         (double)out[i], wanted);
        }
    }
}

/* e4m3 and e5m2: every code to f16 and back; what is too large saturates. */
static void test_bytes(void **state)
{
    (void)state;
    static uint32_t in[256], out[256];
    static const struct {
        const char *type;
        int exponent, mantissa;
    } types[] = {{"e4m3", 4, 3}, {"e5m2", 5, 2}};
    for (int t = 0; t < 2; t++) {
        char body[512];
        struct kit k;
        for (uint32_t i = 0; i < 256; i++) in[i] = i << 8 | (255 - i);
        snprintf(body, sizeof body,
                 "ld.global.u32 %%r10, [%%rd5]; cvt.u16.u32 %%h10, %%r10;\n"
                 "cvt.rn.f16x2.%sx2 %%r11, %%h10; mov.b32 {%%h11, %%h12}, %%r11;\n"
                 "cvt.f32.f16 %%r12, %%h11; cvt.f32.f16 %%r13, %%h12;\n"
                 "cvt.rn.satfinite.%sx2.f32 %%h13, %%r13, %%r12; mov.b32 %%r14, {%%h13, %%h12};\n"
                 "st.global.u32 [%%rd4], %%r14;",
                 types[t].type, types[t].type);
        kit_body(&k, body);
        kit_buffer(&k, out, sizeof out);
        kit_buffer(&k, in, sizeof in);
        kit_run(&k, 1, 256);
        kit_close(&k);
        for (uint32_t i = 0; i < 256; i++) {
            const bool e4 = t == 0;
            double value = kit_float(i, types[t].exponent, types[t].mantissa);
            if (e4 && (i & 0x78) == 0x78)
                value = (i & 0x7f) == 0x7f ? NAN : (i & 128 ? -1 : 1) * (256 + 32.0 * (i & 7));
            const double got = kit_float(out[i] >> 16, 5, 10);
            if (!(got == value || (isnan(got) && isnan(value))))
                fail_msg("%s code %02x is %g, gave %g", types[t].type, i, value, got);
            const uint32_t back = out[i] >> 8 & 255;
            const uint32_t wanted = isnan(value) ? 0x7f : isinf(value) ? (i & 128) | 0x7b : i;
            if (back != wanted) fail_msg("%s code %02x came back as %02x", types[t].type, i, back);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_approximations),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
