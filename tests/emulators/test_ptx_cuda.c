/* SPDX-License-Identifier: MIT */
/* CUDA C through NVRTC and the PTX interpreter: what the compiler makes of calls, tables, local
 * arrays, constants, 64-bit and floating arithmetic, and a GEMM on cp.async, ldmatrix and mma. */
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
#include "tests/emulators/ptx_kit.h"

enum { N = 256 };
static const char *const ARCHS[] = {"sm_75", "sm_80", "sm_90a", "sm_120a"};
enum { N_ARCHS = 4 };

/* `out[i]` for in[i], by a body of CUDA over `x`, and the same in C. */
struct example {
    const char *before, *body;
    uint32_t (*wanted)(uint32_t x);
};

static uint32_t collatz(uint32_t x)
{
    uint32_t n = 0;
    for (uint64_t v = x % 1000 + 1; v != 1; n++) v = v % 2 ? 3 * v + 1 : v / 2;
    return n;
}
static uint32_t table(uint32_t x)
{
    static const uint32_t values[6] = {7, 77, 777, 5, 55, 555};
    return values[x % 6] + x;
}
static uint32_t branches(uint32_t x)
{
    switch (x % 7) {
    case 0: return x * 3;
    case 1: return x ^ 0x55;
    case 2: return x / 3;
    case 3: return x << 3;
    case 4: return ~x;
    case 5: return x * x;
    default: return 9;
    }
}
static uint32_t sorted(uint32_t x)
{
    uint32_t v[9];
    for (uint32_t i = 0; i < 9; i++) v[i] = (x * (i + 1) * 2654435761u) >> 16;
    for (uint32_t i = 1; i < 9; i++)
        for (uint32_t j = i; j > 0 && v[j - 1] > v[j]; j--) {
            const uint32_t t = v[j];
            v[j] = v[j - 1];
            v[j - 1] = t;
        }
    return v[4] * 3 + v[x % 9];
}
static uint32_t wide(uint32_t x)
{
    const uint64_t a = x * 0x9e3779b97f4a7c15u, b = a % 1000003, c = a / 17;
    return (uint32_t)(b ^ c ^ (c >> 32)) + (uint32_t)((int64_t)a % -77);
}
static uint32_t floats(uint32_t x)
{
    const float f = (float)(x % 10007) / 3.0f + sqrtf((float)(x % 91));
    return (uint32_t)(f * 16.0f) + (uint32_t)lrintf(f);
}
static uint32_t called(uint32_t x)
{
    return (x % 5 + 1) * (x % 3 + 2) + (x % 2 ? (x % 4 + 1) * (x % 6 + 2) : 0);
}

static const struct example EXAMPLES[] = {
    {"", "u32 n = 0; for (u64 v = x % 1000 + 1; v != 1; n++) v = v % 2 ? 3 * v + 1 : v / 2; r = n;",
     collatz},
    {"__constant__ u32 values[6] = {7, 77, 777, 5, 55, 555};\n", "r = values[x % 6] + x;", table},
    {"static __device__ const u32 values[6] = {7, 77, 777, 5, 55, 555};\n",
     "r = values[x % 6] + x;", table},
    {"",
     "switch (x % 7) { case 0: r = x * 3; break; case 1: r = x ^ 0x55; break; case 2: r = x / 3;"
     "break; case 3: r = x << 3; break; case 4: r = ~x; break; case 5: r = x * x; break;"
     "default: r = 9; }",
     branches},
    {"",
     "u32 v[9]; for (u32 i = 0; i < 9; i++) v[i] = (x * (i + 1) * 2654435761u) >> 16;\n"
     "for (u32 i = 1; i < 9; i++) for (u32 j = i; j > 0 && v[j - 1] > v[j]; j--) {"
     "u32 t = v[j]; v[j] = v[j - 1]; v[j - 1] = t; } r = v[4] * 3 + v[x % 9];",
     sorted},
    {"",
     "u64 a = x * 0x9e3779b97f4a7c15ull, b = a % 1000003, c = a / 17;"
     "r = (u32)(b ^ c ^ (c >> 32)) + (u32)((long long)a % -77);",
     wide},
    {"",
     "float f = (float)(x % 10007) / 3.0f + sqrtf((float)(x % 91));"
     "r = (u32)(f * 16.0f) + (u32)__float2int_rn(f);",
     floats},
    {"static __device__ __noinline__ u32 product(u32 p, u32 q) { return (p + 1) * (q + 2); }\n",
     "r = product(x % 5, x % 3); if (x % 2) r += product(x % 4, x % 6);", called},
};

static void test_examples(void **state)
{
    (void)state;
    static uint32_t in[N], out[N];
    for (int i = 0; i < N; i++) in[i] = (uint32_t)kit_random() >> kit_random() % 20;
    for (size_t e = 0; e < sizeof EXAMPLES / sizeof *EXAMPLES; e++) {
        char source[2000];
        struct kit k;
        snprintf(source, sizeof source,
                 "typedef unsigned u32; typedef unsigned long long u64;\n%s"
                 "extern \"C\" __global__ void k(u32 *out, const u32 *in) {\n"
                 "const u32 i = blockIdx.x * blockDim.x + threadIdx.x, x = in[i]; u32 r;\n%s\n"
                 "out[i] = r; }\n",
                 EXAMPLES[e].before, EXAMPLES[e].body);
        kit_cuda_for(&k, source, ARCHS[e % N_ARCHS]);
        kit_buffer(&k, out, sizeof out);
        kit_buffer(&k, in, sizeof in);
        k.launch.seed = e;
        kit_run(&k, N / 64, 64);
        for (int i = 0; i < N; i++)
            if (out[i] != EXAMPLES[e].wanted(in[i]))
                fail_msg("%s\n  of %u gave %u, wanted %u", EXAMPLES[e].body, in[i], out[i],
                         EXAMPLES[e].wanted(in[i]));
        kit_close(&k);
    }
}

/* ---- a GEMM ---- */

/* c[m][n] = sum over k of a[m][k] b[n][k]: blocks of 64 x 64, 4 warps, 2 stages of 32 deep. */
static const char GEMM[] =
    "typedef unsigned u32; typedef unsigned short u16; typedef unsigned char u8;\n"
    "static __device__ __forceinline__ u32 at(const void *p) {\n"
    "  return (u32)__cvta_generic_to_shared(p); }\n"
    "static __device__ __forceinline__ void copy16(void *to, const void *from) {\n"
    "  asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16;\" :: \"r\"(at(to)), \"l\"(from)\n"
    "               : \"memory\"); }\n"
    "static __device__ __forceinline__ void load4(u32 *r, const void *p) {\n"
    "  asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];\"\n"
    "    : \"=r\"(r[0]), \"=r\"(r[1]), \"=r\"(r[2]), \"=r\"(r[3]) : \"r\"(at(p)) : \"memory\"); }\n"
    "extern \"C\" __global__ void __launch_bounds__(128) k(float *c, const u16 *a, const u16 *b,\n"
    "    long long n, long long depth) {\n"
    "  __shared__ __align__(128) u16 sa[2][64][40], sb[2][64][40];\n"
    "  const u32 t = threadIdx.x, w = t / 32, l = t % 32;\n"
    "  const u32 row0 = blockIdx.y * 64, col0 = blockIdx.x * 64;\n"
    "  float acc[2][4][4];\n"
    "  for (int i = 0; i < 2; i++) for (int j = 0; j < 4; j++)\n"
    "    for (int e = 0; e < 4; e++) acc[i][j][e] = 0;\n"
    "  auto stage = [&](int s, u32 k0) {\n"
    "    for (u32 p = t; p < 256; p += 128) {\n"
    "      const u32 r = p / 4, q = p % 4 * 8;\n"
    "      copy16(&sa[s][r][q], a + (row0 + r) * depth + k0 + q);\n"
    "      copy16(&sb[s][r][q], b + (col0 + r) * depth + k0 + q); }\n"
    "    asm volatile(\"cp.async.commit_group;\" ::: \"memory\"); };\n"
    "  stage(0, 0);\n"
    "  for (u32 k0 = 0, s = 0; k0 < depth; k0 += 32, s ^= 1) {\n"
    "    if (k0 + 32 < depth) stage(s ^ 1, k0 + 32);\n"
    "    else asm volatile(\"cp.async.commit_group;\" ::: \"memory\");\n"
    "    asm volatile(\"cp.async.wait_group WAIT;\" ::: \"memory\");\n"
    "    SYNC1\n"
    "    for (int kk = 0; kk < 32; kk += 16) {\n"
    "      u32 fa[2][4], fb[2][4];\n"
    "      for (int i = 0; i < 2; i++)\n"
    "        load4(fa[i], &sa[s][w / 2 * 32 + i * 16 + l % 16][kk + l / 16 * 8]);\n"
    "      for (int j = 0; j < 2; j++)\n"
    "        load4(fb[j], &sb[s][w % 2 * 32 + j * 16 + l % 8 + l / 16 * 8][kk + l / 8 % 2 * 8]);\n"
    "      for (int i = 0; i < 2; i++) for (int j = 0; j < 4; j++)\n"
    "        asm volatile(\"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, \"\n"
    "          \"{%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\"\n"
    "          : \"+f\"(acc[i][j][0]), \"+f\"(acc[i][j][1]), \"+f\"(acc[i][j][2]),\n"
    "            \"+f\"(acc[i][j][3]) : \"r\"(fa[i][0]), \"r\"(fa[i][A1]), \"r\"(fa[i][A2]),\n"
    "            \"r\"(fa[i][3]), \"r\"(fb[j / 2][j % 2 * 2]), \"r\"(fb[j / 2][j % 2 * 2 + 1])); "
    "}\n"
    "    SYNC2\n"
    "  }\n"
    "  for (int i = 0; i < 2; i++) for (int j = 0; j < 4; j++) for (int e = 0; e < 4; e++)\n"
    "    c[(row0 + w / 2 * 32 + i * 16 + l / 4 + e / 2 * 8) * n\n"
    "      + col0 + w % 2 * 32 + j * 8 + l % 4 * 2 + e % 2] = acc[i][j][e];\n"
    "}\n";

enum { M = 64, COLUMNS = 128, DEPTH = 128 };
static float result[M][COLUMNS];
static uint16_t left[M][DEPTH], right[COLUMNS][DEPTH];

struct gemm { /* what stands for the words in capitals */
    const char *sync1, *sync2;
    int wait, a1, a2;
};

static void start_gemm(struct kit *k, const struct gemm *g)
{
    char source[6000];
    snprintf(
        source, sizeof source,
        "#define WAITS(n) #n\n#define SYNC1 %s\n#define SYNC2 %s\n#define A1 %d\n#define A2 %d\n%s",
        g->sync1, g->sync2, g->a1, g->a2, GEMM);
    char *wait = strstr(source, "WAIT;");
    memcpy(wait, g->wait == 1 ? "1   ;" : g->wait == 2 ? "2   ;" : "0   ;", 5);
    kit_cuda(k, source);
    for (int i = 0; i < M * DEPTH; i++)
        left[i / DEPTH][i % DEPTH] = (uint16_t)((kit_random() & 0x80ff) | 0x3f00);
    for (int i = 0; i < COLUMNS * DEPTH; i++)
        right[i / DEPTH][i % DEPTH] = (uint16_t)((kit_random() & 0x80ff) | 0x3f00);
    kit_buffer(k, result, sizeof result);
    kit_buffer(k, left, sizeof left);
    kit_buffer(k, right, sizeof right);
    kit_number(k, COLUMNS);
    kit_number(k, DEPTH);
}

static double worst_error(void)
{
    double worst = 0;
    for (int i = 0; i < M; i++)
        for (int j = 0; j < COLUMNS; j++) {
            double sum = 0;
            for (int x = 0; x < DEPTH; x++)
                sum += kit_float(left[i][x], 8, 7) * kit_float(right[j][x], 8, 7);
            const double error = fabs((double)result[i][j] - sum);
            if (!(error <= worst)) worst = error;
        }
    return worst;
}

static void test_gemm(void **state)
{
    (void)state;
    static const struct gemm right_one = {"__syncthreads();", "__syncthreads();", 1, 1, 2};
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct kit k;
        start_gemm(&k, &right_one);
        k.launch.seed = seed;
        kit_run(&k, COLUMNS / 64, 128);
        assert_true(ptx_kernel_count(k.kernel, "mma.sync") >= 16);
        assert_true(worst_error() < 1e-3);
        kit_close(&k);
    }
}

static void test_gemm_planted(void **state)
{
    (void)state;
    static const struct {
        struct gemm gemm;
        const char *text; /* of the fault; NULL: none, but wrong numbers */
    } bugs[] = {
        {{"", "__syncthreads();", 1, 1, 2}, ""},
        {{"__syncthreads();", "", 1, 1, 2}, ""},
        {{"__syncthreads();", "__syncthreads();", 2, 1, 2}, "is still under way"},
        {{"__syncthreads();", "__syncthreads();", 1, 2, 1}, NULL},
        {{"if (l < 31) __syncthreads();", "__syncthreads();", 1, 1, 2}, ""},
        {{"if (w < 3) __syncthreads();", "__syncthreads();", 1, 1, 2}, ""},
    };
    for (size_t i = 0; i < sizeof bugs / sizeof *bugs; i++) {
        struct kit k;
        start_gemm(&k, &bugs[i].gemm);
        if (!bugs[i].text) {
            kit_run(&k, COLUMNS / 64, 128);
            assert_true(worst_error() > 0.1);
        } else {
            const bool sync = i == 4; /* the last one's barriers pair up wrongly instead */
            k.launch.seed = i;
            kit_fault(&k, COLUMNS / 64, 128, sync ? PTX_FAULT_SYNC : PTX_FAULT_SHARED,
                      bugs[i].text);
        }
        kit_close(&k);
    }
    struct kit k; /* one row of columns too few is allocated */
    static const struct gemm right_one = {"__syncthreads();", "__syncthreads();", 1, 1, 2};
    start_gemm(&k, &right_one);
    for (size_t i = 0; i < k.n_ranges; i++)
        if (k.ranges[i].host == (unsigned char *)right) k.ranges[i].n_bytes -= 2 * DEPTH;
    kit_fault(&k, COLUMNS / 64, 128, PTX_FAULT_ADDRESS, "out of bounds");
    kit_close(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_gemm_planted),
    };
    if (!nvrtc_text_open()) return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
