/* SPDX-License-Identifier: MIT */
/* What this machine's CPU is: architecture, features, caches, name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/target.h"
#ifdef __x86_64__
#include <cpuid.h>
#elif defined __linux__
#include <sys/auxv.h>
#endif

#define BIT(f) (UINT32_C(1) << HONE_CPU_##f)

#ifdef __x86_64__
#define THIS_ARCH "x86_64"
enum { EAX, EBX, ECX, EDX };

/* Where the processor announces each feature; avx512 is the four bits below it. */
static const struct {
    uint8_t feature, leaf, subleaf, reg, bit;
} announced[] = {
    {HONE_CPU_AVX2, 7, 0, EBX, 5},        {HONE_CPU_FMA, 1, 0, ECX, 12},
    {HONE_CPU_F16C, 1, 0, ECX, 29},       {HONE_CPU_AVX512, 7, 0, EBX, 16},
    {HONE_CPU_AVX512, 7, 0, EBX, 17},     {HONE_CPU_AVX512, 7, 0, EBX, 30},
    {HONE_CPU_AVX512, 7, 0, EBX, 31},     {HONE_CPU_AVX512_VNNI, 7, 0, ECX, 11},
    {HONE_CPU_AVX512_BF16, 7, 1, EAX, 5}, {HONE_CPU_AVX512_VBMI, 7, 0, ECX, 1},
    {HONE_CPU_AVX_VNNI, 7, 1, EAX, 4},    {HONE_CPU_AVX512_FP16, 7, 0, EDX, 23},
    {HONE_CPU_AMX_INT8, 7, 0, EDX, 25},   {HONE_CPU_AMX_BF16, 7, 0, EDX, 22},
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
    uint32_t found = hone_cpu_features_of(THIS_ARCH);
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
#elif defined __aarch64__ && defined __linux__
#define THIS_ARCH "aarch64"

/* Bits of the kernel's two words; it names no feature whose registers it does not save. */
static const struct {
    uint8_t feature, word, bit;
} announced[] = {
    {HONE_CPU_DOTPROD, 0, 20}, {HONE_CPU_FP16, 0, 10}, {HONE_CPU_I8MM, 1, 13},
    {HONE_CPU_BF16, 1, 14},    {HONE_CPU_SVE, 0, 22},
};

static uint32_t detect_features(void)
{
    const unsigned long words[2] = {getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
    uint32_t found = 0;
    for (size_t i = 0; i < sizeof announced / sizeof *announced; i++)
        if (words[announced[i].word] >> announced[i].bit & 1)
            found |= UINT32_C(1) << announced[i].feature;
    return found;
}
#elif defined __riscv && __riscv_xlen == 64 && defined __linux__
#define THIS_ARCH "riscv64"

/* The kernel announces V (bit 'V' - 'A') when it saves the vector registers; then their length may
 * be asked of the processor. The register is named by number: assemblers know it with V only. */
static uint32_t detect_features(void)
{
    if (!(getauxval(AT_HWCAP) >> ('V' - 'A') & 1)) return 0;
    uint64_t n_bytes;
    __asm__ volatile("csrr %0, 0xc22" : "=r"(n_bytes)); /* vlenb */
    uint32_t found = n_bytes >= 16 ? BIT(V) : 0;
    if (n_bytes >= 32) found |= BIT(ZVL256B);
    if (n_bytes >= 64) found |= BIT(ZVL512B);
    return found;
}
#else
#define THIS_ARCH "unknown"
static uint32_t detect_features(void)
{
    return 0;
}
#endif

void hone_target_detect(struct hone_target *out_target)
{
    *out_target = (struct hone_target){
        .family = "cpu", .arch = THIS_ARCH, .features = hone_cpu_features_kept(detect_features())};
}

/* First word of a file of a few bytes; "" when it cannot be read. */
static void read_word(const char *path, char out_word[32])
{
    FILE *file = fopen(path, "re");
    out_word[0] = '\0';
    if (file && fscanf(file, "%31s", out_word) != 1) out_word[0] = '\0';
    if (file) fclose(file);
}

/* Where the C library does not know, the kernel may: "48K" for a level's data or unified cache. */
static uint64_t cache_of_level(int level)
{
    for (int index = 0; index < 8; index++) {
        char path[80], word[32];
        const char *const folder = "/sys/devices/system/cpu/cpu0/cache/index";
        snprintf(path, sizeof path, "%s%d/level", folder, index);
        read_word(path, word);
        if (atoi(word) != level) continue;
        snprintf(path, sizeof path, "%s%d/type", folder, index);
        read_word(path, word);
        if (strcmp(word, "Instruction") == 0) continue;
        snprintf(path, sizeof path, "%s%d/size", folder, index);
        read_word(path, word);
        long n_kib = strtol(word, NULL, 10);
        return n_kib > 0 && n_kib < INT32_MAX ? (uint64_t)n_kib << 10 : 0;
    }
    return 0;
}

static uint64_t cache_bytes(int name, int level)
{
    long n_bytes = sysconf(name);
    return n_bytes > 0 ? (uint64_t)n_bytes : cache_of_level(level);
}

/* The value of a line "KEY : value" of /proc/cpuinfo; "" when there is none. */
static void read_cpuinfo(const char *key, char *out_value, size_t capacity)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[256];
    out_value[0] = '\0';
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) != 0) continue;
        const char *colon = strchr(line, ':');
        if (!colon) continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out_value, capacity, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (file) fclose(file);
}

static const char emulated[] = "emulated on ";

bool hone_cpu_emulated(const struct hone_machine_facts *facts)
{
    return strncmp(facts->model, emulated, sizeof emulated - 1) == 0;
}

/* A user-mode emulator shows its host's processors, and only those of x86 have a vendor_id: its
 * times mean nothing, so its name says what it is. */
static void read_model_name(char *out_name, size_t capacity)
{
    char name[48];
    read_cpuinfo("model name", name, sizeof name);
    snprintf(out_name, capacity, "%s", name);
    if (strcmp(THIS_ARCH, "x86_64") == 0) return;
    char vendor[16];
    read_cpuinfo("vendor_id", vendor, sizeof vendor);
    if (vendor[0])
        snprintf(out_name, capacity, "%s%s", emulated, name);
    else if (!name[0])
        read_cpuinfo("uarch", out_name, capacity);
}

void hone_cpu_facts_read(struct hone_machine_facts *out_facts)
{
    *out_facts = (struct hone_machine_facts){0};
    long n_cpus = sysconf(_SC_NPROCESSORS_ONLN);
    out_facts->n_cpus = n_cpus > 0 ? (uint32_t)n_cpus : 1;
    out_facts->l1_bytes = cache_bytes(_SC_LEVEL1_DCACHE_SIZE, 1);
    out_facts->l2_bytes = cache_bytes(_SC_LEVEL2_CACHE_SIZE, 2);
    out_facts->l3_bytes = cache_bytes(_SC_LEVEL3_CACHE_SIZE, 3);
    read_model_name(out_facts->model, sizeof out_facts->model);
}
