/* SPDX-License-Identifier: MIT */
/* wgmma against plain sums: types, layouts of both operands, A in registers, signs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/ptx/ptx.h"
#include "tests/emulators/ptx/ptx_float.h"

enum { SPACE = 32768, B_AT = 16384, MAX_N = 256, MAX_K = 32, THREADS = 128 };
enum layout { K_PLAIN, K_32, K_64, K_128, MN_PLAIN, MN_32, MN_64, MN_128 };

static const struct product {
    const char *d, *a, *b;
    uint32_t k, n;
    enum layout a_layout, b_layout;
    uint32_t step; /* which 32 bytes along K of a swizzled row */
    int a_sign, b_sign;
    bool a_in_registers, keep;
} products[] = {
    {"f32", "bf16", "bf16", 16, 24, K_128, K_128, 0, 1, 1, false, true},
    {"f32", "bf16", "bf16", 16, 256, K_128, K_64, 1, 1, 1, false, false},
    {"f32", "bf16", "bf16", 16, 8, K_32, K_PLAIN, 0, -1, 1, false, true},
    {"f32", "f16", "f16", 16, 64, K_PLAIN, K_32, 0, 1, -1, false, true},
    {"f16", "f16", "f16", 16, 64, K_64, K_128, 1, -1, -1, false, true},
    {"f32", "bf16", "bf16", 16, 64, MN_128, MN_128, 0, 1, 1, false, true},
    {"f32", "bf16", "bf16", 16, 128, K_128, MN_64, 0, 1, 1, false, true},
    {"f32", "f16", "f16", 16, 32, MN_32, MN_32, 0, 1, 1, false, true},
    {"f32", "f16", "f16", 16, 40, MN_PLAIN, MN_PLAIN, 0, 1, 1, false, true},
    {"f32", "f16", "f16", 16, 64, MN_64, K_128, 0, 1, 1, false, true},
    {"f32", "bf16", "bf16", 16, 96, K_128, K_128, 0, 1, 1, true, true},
    {"f32", "bf16", "bf16", 16, 64, K_128, MN_128, 0, 1, 1, true, false},
    {"f32", "tf32", "tf32", 8, 48, K_128, K_128, 1, 1, 1, false, true},
    {"f32", "tf32", "tf32", 8, 16, K_64, K_64, 0, 1, 1, true, true},
    {"f32", "e4m3", "e5m2", 32, 64, K_128, K_64, 1, 1, 1, false, true},
    {"f16", "e5m2", "e4m3", 32, 16, K_32, K_128, 0, 1, 1, true, true},
    {"s32", "s8", "u8", 32, 64, K_128, K_128, 1, 1, 1, false, true},
    {"s32", "u8", "s8", 32, 32, K_64, K_32, 0, 1, 1, true, true},
};
enum { N_PRODUCTS = sizeof products / sizeof products[0] };

static _Alignas(16) unsigned char space[SPACE + THREADS * 16];
static uint32_t out[THREADS * MAX_N];
static int a_values[64][MAX_K], b_values[MAX_N][MAX_K];

static bool is_mn(enum layout l)
{
    return l >= MN_PLAIN;
}

static uint32_t width_of(enum layout l)
{
    return 16u << l % 4;
}

/* Byte of value (row, k) of `size` bytes in a tile, and the descriptor's offsets. */
static uint32_t place(enum layout l, uint32_t row, uint32_t k, uint32_t size, uint32_t step)
{
    const uint32_t width = width_of(l), kb = k * size + step * 32;
    uint32_t at;
    if (l == K_PLAIN)
        at = row / 8 * 256 + kb / 16 * 128 + row % 8 * 16 + kb % 16;
    else if (l == MN_PLAIN)
        at = row / 8 * 256 + k / 8 * 128 + k % 8 * 16 + row % 8 * 2;
    else if (!is_mn(l))
        at = row * width + kb;
    else /* chunks of `width` bytes of rows, 16 of K under one another */
        at = row / (width / 2) * (16 * width) + k * width + row % (width / 2) * 2;
    if (width > 16) at ^= (at >> 7 & (width / 16 - 1)) << 4;
    return at;
}

static uint64_t descriptor(enum layout l, uint32_t base, uint32_t step)
{
    static const uint64_t modes[4] = {0, 3, 2, 1};
    const uint32_t width = width_of(l);
    const uint64_t leading = width == 16 ? 128 : is_mn(l) ? 16 * width : 16;
    const uint64_t stride = width == 16 ? 256 : 8 * width;
    return (base + step * 32) >> 4 | leading >> 4 << 16 | stride >> 4 << 32 | modes[l % 4] << 62;
}

static uint32_t encode(const char *type, int value)
{
    static const uint32_t f16[] = {0, 0x3c00, 0x4000, 0x4200}, e4m3[] = {0, 0x38, 0x40, 0x44};
    static const uint32_t e5m2[] = {0, 0x3c, 0x40, 0x42};
    const uint32_t size = (uint32_t)abs(value), negative = value < 0;
    if (strcmp(type, "f16") == 0) return f16[size] | negative << 15;
    if (strcmp(type, "e4m3") == 0) return e4m3[size] | negative << 7;
    if (strcmp(type, "e5m2") == 0) return e5m2[size] | negative << 7;
    if (strcmp(type, "s8") == 0 || strcmp(type, "u8") == 0) return (uint8_t)value;
    const uint32_t bits = ptx_bits_of((float)value);
    return strcmp(type, "bf16") == 0 ? bits >> 16 : bits;
}

static void fill(const struct product *p)
{
    const uint32_t size = 32 / p->k;
    memset(space, 0x7f, sizeof space);
    for (uint32_t k = 0; k < p->k; k++) {
        for (uint32_t r = 0; r < 64; r++) {
            a_values[r][k] = (int)((r * 5 + k * 3 + r * k) % (p->a[0] == 'u' ? 4 : 7)) -
                             (p->a[0] == 'u' ? 0 : 3);
            const uint32_t bits = encode(p->a, a_values[r][k]);
            memcpy(space + place(p->a_layout, r, k, size, p->step), &bits, size);
            /* the register that holds it, in a lane's four */
            const uint32_t byte = k * size, lane = r % 8 * 4 + byte % 16 / 4;
            const uint32_t reg = r % 16 / 8 + byte / 16 * 2;
            memcpy(space + SPACE + (r / 16 * 32 + lane) * 16 + reg * 4 + byte % 4, &bits, size);
        }
        for (uint32_t c = 0; c < p->n; c++) {
            b_values[c][k] = (int)((c * 3 + k * 5 + c * k) % (p->b[0] == 'u' ? 4 : 7)) -
                             (p->b[0] == 'u' ? 0 : 3);
            const uint32_t bits = encode(p->b, b_values[c][k]);
            memcpy(space + B_AT + place(p->b_layout, c, k, size, p->step), &bits, size);
        }
    }
}

static uint32_t n_registers(const struct product *p)
{
    return strcmp(p->d, "f16") == 0 ? p->n / 4 : p->n / 2;
}

static size_t write_product(char *text, size_t room, const struct product *p)
{
    const bool is_half = strcmp(p->d, "f16") == 0, is_int = p->d[0] == 's';
    size_t n = (size_t)snprintf(text, room, "wgmma.mma_async.sync.aligned.m64n%uk%u.%s.%s.%s {",
                                p->n, p->k, p->d, p->a, p->b);
    for (uint32_t i = 0; i < n_registers(p); i++)
        n += (size_t)snprintf(text + n, room - n, "%s%%%s%u", i > 0 ? "," : "",
                              is_half || is_int ? "h" : "f", i);
    n += (size_t)snprintf(text + n, room - n, "}, %s, %%y, %%p",
                          p->a_in_registers ? "{%x0,%x1,%x2,%x3}" : "%x");
    if (!is_int) n += (size_t)snprintf(text + n, room - n, ", %d, %d", p->a_sign, p->b_sign);
    if (p->k == 16 && !p->a_in_registers)
        n += (size_t)snprintf(text + n, room - n, ", %d", is_mn(p->a_layout));
    if (p->k == 16) n += (size_t)snprintf(text + n, room - n, ", %d", is_mn(p->b_layout));
    return n + (size_t)snprintf(text + n, room - n, ";\n");
}

static void write_kernel(char *text, size_t room, const struct product *p)
{
    const bool is_float = strcmp(p->d, "f32") == 0;
    size_t n = (size_t)snprintf(
        text, room,
        ".version 8.0\n.target sm_90a\n.address_size 64\n"
        ".visible .entry kernel(.param .u64 in, .param .u64 out, .param .u64 a, .param .u64 b)\n{\n"
        ".reg .pred %%p, %%q;\n.reg .f32 %%f<128>;\n"
        ".reg .b32 %%h<128>, %%x<4>, %%t, %%i, %%s, %%v, %%c;\n"
        ".reg .b64 %%x, %%y, %%g, %%w, %%e;\n.shared .align 1024 .b8 space[%d];\n"
        "mov.u32 %%t, %%tid.x;\nmov.u32 %%s, space;\nld.param.u64 %%g, [in];\n"
        "shl.b32 %%i, %%t, 2;\n$next:\ncvt.u64.u32 %%w, %%i;\nadd.u64 %%e, %%g, %%w;\n"
        "ld.global.u32 %%v, [%%e];\nadd.u32 %%c, %%s, %%i;\nst.shared.u32 [%%c], %%v;\n"
        "add.u32 %%i, %%i, 512;\nsetp.lt.u32 %%q, %%i, %d;\n@%%q bra $next;\n"
        "mul.wide.u32 %%w, %%t, 16;\nadd.u64 %%e, %%g, %%w;\n"
        "ld.global.v4.u32 {%%x0,%%x1,%%x2,%%x3}, [%%e+%d];\n"
        "cvt.u64.u32 %%w, %%s;\nshr.u64 %%w, %%w, 4;\nld.param.u64 %%x, [a];\n"
        "ld.param.u64 %%y, [b];\nadd.u64 %%x, %%x, %%w;\nadd.u64 %%y, %%y, %%w;\n"
        "setp.eq.u32 %%p, %d, 1;\nfence.proxy.async;\nbar.sync 0;\n",
        SPACE, SPACE, SPACE, p->keep);
    for (uint32_t i = 0; i < n_registers(p); i++)
        n += (size_t)snprintf(text + n, room - n,
                              is_float ? "mov.f32 %%f%u, 0f40A00000;\n" : "mov.u32 %%h%u, %u;\n", i,
                              strcmp(p->d, "f16") == 0 ? 0x45004500u : 5u);
    n += (size_t)snprintf(text + n, room - n, "wgmma.fence.sync.aligned;\n");
    n += write_product(text + n, room - n, p);
    n += (size_t)snprintf(text + n, room - n,
                          "wgmma.commit_group.sync.aligned;\nwgmma.wait_group.sync.aligned 0;\n"
                          "ld.param.u64 %%g, [out];\nmul.wide.u32 %%w, %%t, %u;\n"
                          "add.u64 %%e, %%g, %%w;\n",
                          4 * n_registers(p));
    for (uint32_t i = 0; i < n_registers(p); i++)
        n += (size_t)snprintf(text + n, room - n, "st.global.b32 [%%e+%u], %%%s%u;\n", 4 * i,
                              is_float ? "f" : "h", i);
    snprintf(text + n, room - n, "ret;\n}\n");
}

static void run(const struct product *p, int index)
{
    static char text[1 << 16];
    struct ptx_module *module = NULL;
    struct hone_error err = {0};
    write_kernel(text, sizeof text, p);
    if (ptx_module_parse(text, strlen(text), &module, &err) != HONE_OK)
        fail_msg("product %d: %s", index, err.text);
    const uint64_t params[4] = {(uint64_t)(uintptr_t)space, (uint64_t)(uintptr_t)out,
                                descriptor(p->a_layout, 0, p->step),
                                descriptor(p->b_layout, B_AT, p->step)};
    struct ptx_range ranges[2] = {
        {.address = params[0], .n_bytes = sizeof space, .host = space},
        {.address = params[1], .n_bytes = sizeof out, .host = (unsigned char *)out}};
    if (ranges[0].address > ranges[1].address) {
        const struct ptx_range first = ranges[1];
        ranges[1] = ranges[0];
        ranges[0] = first;
    }
    const struct ptx_launch launch = {.grid = {1, 1, 1},
                                      .block = {THREADS, 1, 1},
                                      .params = params,
                                      .n_param_bytes = sizeof params,
                                      .ranges = ranges,
                                      .n_ranges = 2};
    if (ptx_launch(ptx_module_find(module, "kernel"), &launch, NULL, &err) != HONE_OK)
        fail_msg("product %d: %s", index, err.text);
    ptx_module_free(module);
}

/* Value i of a lane, whatever the type of the result. */
static int value_of(const struct product *p, uint32_t thread, uint32_t i)
{
    const uint32_t *own = out + thread * n_registers(p);
    if (strcmp(p->d, "f16") == 0) return (int)ptx_f16_f32((uint16_t)(own[i / 2] >> i % 2 * 16));
    return p->d[0] == 's' ? (int)own[i] : (int)ptx_f32_of(own[i]);
}

static void check(const struct product *p, int index)
{
    fill(p);
    memset(out, 0xff, sizeof out);
    run(p, index);
    for (uint32_t t = 0; t < THREADS; t++)
        for (uint32_t i = 0; i < p->n / 2; i++) {
            const uint32_t lane = t % 32, row = t / 32 * 16 + lane / 4 + i / 2 % 2 * 8;
            const uint32_t column = i / 4 * 8 + lane % 4 * 2 + i % 2;
            int sum = 0;
            for (uint32_t k = 0; k < p->k; k++) sum += a_values[row][k] * b_values[column][k];
            const int wanted = sum * p->a_sign * p->b_sign + (p->keep ? 5 : 0);
            if (value_of(p, t, i) != wanted)
                fail_msg("product %d: row %u column %u is %d, not %d", index, row, column,
                         value_of(p, t, i), wanted);
        }
}

static void test_products(void **state)
{
    (void)state;
    for (int i = 0; i < N_PRODUCTS; i++) check(&products[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_products)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
