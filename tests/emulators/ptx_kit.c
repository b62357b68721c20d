/* SPDX-License-Identifier: MIT */
/* For tests of the PTX interpreter. */
#include "tests/emulators/ptx_kit.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/emulators/nvrtc_text.h"

uint64_t kit_random(void)
{
    static uint64_t state = 0x9e3779b97f4a7c15u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1du;
}

float kit_random_float(void)
{
    return (float)((double)(kit_random() >> 11) * 0x1p-51 - 2.0);
}

double kit_float(uint64_t bits, int exponent_bits, int mantissa)
{
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = (int)(bits >> mantissa) & ((1 << exponent_bits) - 1);
    const double fraction = (double)(bits & ((1u << mantissa) - 1)) / (1 << mantissa);
    const double sign = bits >> (exponent_bits + mantissa) & 1 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1) return fraction != 0 ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, 1 - bias);
    return sign * ldexp(1 + fraction, exponent - bias);
}

void kit_ptx(struct kit *k, const char *text)
{
    memset(k, 0, sizeof *k);
    if (ptx_module_parse(text, strlen(text), &k->module, &k->err) != HONE_OK)
        fail_msg("%s", k->err.text);
    k->kernel = ptx_module_kernel(k->module, 0);
    assert_non_null(k->kernel);
}

void kit_cuda_for(struct kit *k, const char *source, const char *arch)
{
    char *text = nvrtc_text(source, arch);
    if (!text) fail_msg("NVRTC refused the source");
    kit_ptx(k, text);
    free(text);
}

void kit_cuda(struct kit *k, const char *source)
{
    kit_cuda_for(k, source, "sm_90a");
}

static char *around(const char *body)
{
    static const char FORMAT[] =
        ".version 9.0\n.target sm_90a\n.address_size 64\n"
        ".extern .shared .align 16 .b8 dyn[];\n"
        ".visible .entry k(.param .u64 out, .param .u64 in)\n{\n"
        ".reg .pred %%p<16>;\n.reg .b16 %%h<32>;\n.reg .b32 %%r<64>;\n.reg .f32 %%f<32>;\n"
        ".reg .b64 %%rd<32>;\n.shared .align 16 .b8 smem[1024];\n"
        "ld.param.u64 %%rd1, [out];\nld.param.u64 %%rd2, [in];\nmov.u32 %%r1, %%tid.x;\n"
        "mul.wide.u32 %%rd3, %%r1, 4;\nadd.s64 %%rd4, %%rd1, %%rd3;\nadd.s64 %%rd5, %%rd2, %%rd3;\n"
        "%s\nret;\n}\n";
    const size_t n = sizeof FORMAT + strlen(body);
    char *text = malloc(n);
    assert_non_null(text);
    snprintf(text, n, FORMAT, body);
    return text;
}

void kit_body(struct kit *k, const char *body)
{
    char *text = around(body);
    kit_ptx(k, text);
    free(text);
}

void kit_refused(const char *text, const char *wanted)
{
    struct ptx_module *module;
    struct hone_error err = {0};
    if (ptx_module_parse(text, strlen(text), &module, &err) == HONE_OK) {
        ptx_module_free(module);
        fail_msg("taken, though wrong: %s", wanted);
    }
    assert_null(module);
    if (!strstr(err.text, wanted)) fail_msg("gave   %s\n  wanted %s", err.text, wanted);
}

void kit_body_refused(const char *body, const char *wanted)
{
    char *text = around(body);
    kit_refused(text, wanted);
    free(text);
}

void kit_buffer(struct kit *k, void *memory, size_t n_bytes)
{
    const struct ptx_range range = {
        .address = (uint64_t)(uintptr_t)memory, .n_bytes = n_bytes, .host = memory};
    size_t at = k->n_ranges++;
    assert_true(at < 8);
    kit_number(k, range.address);
    for (; at > 0 && k->ranges[at - 1].address > range.address; at--)
        k->ranges[at] = k->ranges[at - 1];
    k->ranges[at] = range;
}

void kit_number(struct kit *k, uint64_t value)
{
    assert_true(k->n_params < 16);
    k->params[k->n_params++] = value;
}

static enum hone_status run(struct kit *k, uint32_t blocks, uint32_t threads)
{
    for (int i = 0; i < 3; i++) {
        k->launch.grid[i] = 1;
        if (!k->launch.block[i]) k->launch.block[i] = 1;
    }
    k->launch.grid[0] = blocks;
    if (threads) k->launch.block[0] = threads;
    k->launch.params = k->params;
    k->launch.n_param_bytes = 8 * k->n_params;
    k->launch.ranges = k->ranges;
    k->launch.n_ranges = k->n_ranges;
    if (!k->launch.max_instructions) k->launch.max_instructions = 1 << 24;
    return ptx_launch(k->kernel, &k->launch, &k->result, &k->err);
}

void kit_run(struct kit *k, uint32_t blocks, uint32_t threads)
{
    if (run(k, blocks, threads) != HONE_OK) fail_msg("%s", k->err.text);
    assert_int_equal(k->result.fault, PTX_FAULT_NONE);
}

void kit_fault(struct kit *k, uint32_t blocks, uint32_t threads, enum ptx_fault fault,
               const char *text)
{
    if (run(k, blocks, threads) == HONE_OK) fail_msg("no fault; wanted %s", text);
    if (k->result.fault != fault || !strstr(k->err.text, text))
        fail_msg("fault %d: %s\n  wanted fault %d: %s", (int)k->result.fault, k->err.text,
                 (int)fault, text);
}

void kit_close(struct kit *k)
{
    ptx_module_free(k->module);
    memset(k, 0, sizeof *k);
}
