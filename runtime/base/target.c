/* SPDX-License-Identifier: MIT */
/* Target text and CPU detection. */
#include "runtime/base/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

#define BIT(f) (UINT32_C(1) << HONE_CPU_##f)

static const struct {
    const char *name;
    uint32_t needs;
} features[HONE_CPU_FEATURES] = {
    [HONE_CPU_AVX2] = {"avx2",       0                               },
    [HONE_CPU_FMA] = {"fma",        BIT(AVX2)                       },
    [HONE_CPU_F16C] = {"f16c",       BIT(AVX2)                       },
    [HONE_CPU_AVX512] = {"avx512",     BIT(AVX2) | BIT(FMA) | BIT(F16C)},
    [HONE_CPU_AVX512_VNNI] = {"avx512vnni", BIT(AVX512)                     },
    [HONE_CPU_AVX512_BF16] = {"avx512bf16", BIT(AVX512)                     },
    [HONE_CPU_AVX512_VBMI] = {"avx512vbmi", BIT(AVX512)                     },
    [HONE_CPU_AVX_VNNI] = {"avxvnni",    BIT(AVX2)                       },
    [HONE_CPU_AVX512_FP16] = {"avx512fp16", BIT(AVX512)                     },
    [HONE_CPU_AMX_INT8] = {"amxint8",    0                               },
    [HONE_CPU_AMX_BF16] = {"amxbf16",    0                               },
};

const char *hone_cpu_feature_name(enum hone_cpu_feature feature)
{
    return (unsigned)feature < HONE_CPU_FEATURES ? features[feature].name : "?";
}

#ifdef __x86_64__
enum { EAX, EBX, ECX, EDX };

/* Where the processor announces each feature; avx512 is the four bits below it. */
static const struct {
    uint8_t feature, leaf, subleaf, reg, bit;
} announced[] = {
    {HONE_CPU_AVX2,        7, 0, EBX, 5 },
    {HONE_CPU_FMA,         1, 0, ECX, 12},
    {HONE_CPU_F16C,        1, 0, ECX, 29},
    {HONE_CPU_AVX512,      7, 0, EBX, 16},
    {HONE_CPU_AVX512,      7, 0, EBX, 17},
    {HONE_CPU_AVX512,      7, 0, EBX, 30},
    {HONE_CPU_AVX512,      7, 0, EBX, 31},
    {HONE_CPU_AVX512_VNNI, 7, 0, ECX, 11},
    {HONE_CPU_AVX512_BF16, 7, 1, EAX, 5 },
    {HONE_CPU_AVX512_VBMI, 7, 0, ECX, 1 },
    {HONE_CPU_AVX_VNNI,    7, 1, EAX, 4 },
    {HONE_CPU_AVX512_FP16, 7, 0, EDX, 23},
    {HONE_CPU_AMX_INT8,    7, 0, EDX, 25},
    {HONE_CPU_AMX_BF16,    7, 0, EDX, 22},
};

/* XCR0: what the operating system saves. Bits 1-2: ymm; 5-7: zmm; 17-18: tiles. */
static uint64_t saved_state(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return 0;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static uint32_t detect_features(void)
{
    uint32_t found = (UINT32_C(1) << HONE_CPU_FEATURES) - 1;
    for (size_t i = 0; i < sizeof announced / sizeof *announced; i++) {
        unsigned r[4] = {0};
        int known =
            __get_cpuid_count(announced[i].leaf, announced[i].subleaf, r, r + 1, r + 2, r + 3);
        if (!known || !(r[announced[i].reg] >> announced[i].bit & 1))
            found &= ~(UINT32_C(1) << announced[i].feature);
    }
    uint64_t saved = saved_state();
    uint32_t tiles = BIT(AMX_INT8) | BIT(AMX_BF16);
    if ((saved & 0x6) != 0x6) found &= tiles;
    if ((saved & 0xe0) != 0xe0) found &= tiles | BIT(AVX2) | BIT(FMA) | BIT(F16C) | BIT(AVX_VNNI);
    if ((saved & 0x60000) != 0x60000) found &= ~tiles;
    return found;
}
#define THIS_ARCH "x86_64"
#elif defined __aarch64__
static uint32_t detect_features(void)
{
    return 0;
}
#define THIS_ARCH "aarch64"
#else
static uint32_t detect_features(void)
{
    return 0;
}
#define THIS_ARCH "unknown"
#endif

void hone_target_detect(struct hone_target *out_target)
{
    *out_target = (struct hone_target){.family = "cpu", .arch = THIS_ARCH};
    uint32_t found = detect_features();
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (found >> f & 1 && (found & features[f].needs) == features[f].needs)
            out_target->features |= UINT32_C(1) << f;
}

static uint64_t cache_bytes(int name)
{
    long n_bytes = sysconf(name);
    return n_bytes > 0 ? (uint64_t)n_bytes : 0;
}

static void read_model_name(char *out_name, size_t capacity)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) != 0) continue;
        const char *colon = strchr(line, ':');
        if (!colon) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out_name, capacity, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file) fclose(file);
}

void hone_cpu_facts_read(struct hone_cpu_facts *out_facts)
{
    *out_facts = (struct hone_cpu_facts){0};
    long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    out_facts->n_cpus = n_cpus > 0 ? (uint32_t)n_cpus : 1;
    out_facts->l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE);
    out_facts->l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE);
    out_facts->l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE);
    read_model_name(out_facts->model, sizeof out_facts->model);
}

static int feature_by_name(const char *name, size_t length)
{
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (strlen(features[f].name) == length && memcmp(features[f].name, name, length) == 0)
            return f;
    return -1;
}

static enum hone_status parse_features(const char *text, uint32_t *out_features,
                                       struct hone_error *err)
{
    while (*text) {
        size_t length = strcspn(text, "+");
        int feature = feature_by_name(text, length);
        if (feature < 0)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target: unknown feature '%.*s'", (int)length,
                             text);
        *out_features |= UINT32_C(1) << feature;
        text += length + (text[length] == '+');
    }
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (*out_features >> f & 1 && (*out_features & features[f].needs) != features[f].needs)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target: '%s' without a feature it needs",
                             features[f].name);
    return HONE_OK;
}

static bool copy_part(const char **text, char *out, size_t capacity)
{
    size_t length = strcspn(*text, ":");
    if (length == 0 || length >= capacity) return false;
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length + ((*text)[length] == ':');
    return true;
}

enum hone_status hone_target_parse(const char *text, struct hone_target *out_target,
                                   struct hone_error *err)
{
    *out_target = (struct hone_target){0};
    if (strcmp(text, "native") == 0) {
        hone_target_detect(out_target);
        return HONE_OK;
    }
    const char *rest = text;
    if (!copy_part(&rest, out_target->family, sizeof out_target->family) ||
        !copy_part(&rest, out_target->arch, sizeof out_target->arch))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "target '%s': expected family:arch[:feature+feature...]", text);
    return parse_features(rest, &out_target->features, err);
}

void hone_target_format(const struct hone_target *target, char out_text[HONE_TARGET_TEXT_BYTES])
{
    int used = snprintf(out_text, HONE_TARGET_TEXT_BYTES, "%s:%s", target->family, target->arch);
    char separator = ':';
    for (int f = 0; f < HONE_CPU_FEATURES; f++) {
        if (!(target->features >> f & 1)) continue;
        used += snprintf(out_text + used, HONE_TARGET_TEXT_BYTES - (size_t)used, "%c%s", separator,
                         features[f].name);
        separator = '+';
    }
}

bool hone_target_runs(const struct hone_target *machine, const struct hone_target *needed)
{
    return strcmp(machine->family, needed->family) == 0 &&
           strcmp(machine->arch, needed->arch) == 0 && (needed->features & ~machine->features) == 0;
}
