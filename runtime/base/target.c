/* SPDX-License-Identifier: MIT */
/* Features, and targets as text. */
#include "runtime/base/target.h"

#include <stdio.h>
#include <string.h>

#include "runtime/base/target_cuda.h"

#define BIT(f) (UINT32_C(1) << HONE_CPU_##f)

/* Names are unique over all architectures. */
static const struct {
    const char *name, *arch;
    uint32_t needs;
    const char *what; /* for people, where the name does not say it */
} features[HONE_CPU_FEATURES] = {
    [HONE_CPU_AVX2] = {"avx2", "x86_64", 0, NULL},
    [HONE_CPU_FMA] = {"fma", "x86_64", BIT(AVX2), NULL},
    [HONE_CPU_F16C] = {"f16c", "x86_64", BIT(AVX2), NULL},
    [HONE_CPU_AVX512] = {"avx512", "x86_64", BIT(AVX2) | BIT(FMA) | BIT(F16C), NULL},
    [HONE_CPU_AVX512_VNNI] = {"avx512vnni", "x86_64", BIT(AVX512), NULL},
    [HONE_CPU_AVX512_BF16] = {"avx512bf16", "x86_64", BIT(AVX512), NULL},
    [HONE_CPU_AVX512_VBMI] = {"avx512vbmi", "x86_64", BIT(AVX512), NULL},
    [HONE_CPU_AVX_VNNI] = {"avxvnni", "x86_64", BIT(AVX2), NULL},
    [HONE_CPU_AVX512_FP16] = {"avx512fp16", "x86_64", BIT(AVX512), NULL},
    [HONE_CPU_AMX_INT8] = {"amxint8", "x86_64", 0, NULL},
    [HONE_CPU_AMX_BF16] = {"amxbf16", "x86_64", 0, NULL},
    [HONE_CPU_DOTPROD] = {"dotprod", "aarch64", 0, NULL},
    [HONE_CPU_FP16] = {"fp16", "aarch64", 0, NULL},
    [HONE_CPU_I8MM] = {"i8mm", "aarch64", 0, NULL},
    [HONE_CPU_BF16] = {"bf16", "aarch64", 0, NULL},
    [HONE_CPU_SVE] = {"sve", "aarch64", BIT(FP16), NULL},
    [HONE_CPU_V] = {"v", "riscv64", 0, "vector registers of 128 bits"},
    [HONE_CPU_ZVL256B] = {"zvl256b", "riscv64", BIT(V), "vector registers of 256 bits"},
    [HONE_CPU_ZVL512B] = {"zvl512b", "riscv64", BIT(ZVL256B), "vector registers of 512 bits"},
};

uint32_t hone_cpu_features_of(const char *arch)
{
    uint32_t found = 0;
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (strcmp(features[f].arch, arch) == 0) found |= UINT32_C(1) << f;
    return found;
}

uint32_t hone_cpu_features_kept(uint32_t found)
{
    uint32_t kept = 0;
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (found >> f & 1 && (kept & features[f].needs) == features[f].needs)
            kept |= UINT32_C(1) << f;
    return kept;
}

const char *hone_cpu_feature_name(enum hone_cpu_feature feature)
{
    return (unsigned)feature < HONE_CPU_FEATURES ? features[feature].name : "?";
}

static int feature_by_name(const char *name, size_t length)
{
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (strlen(features[f].name) == length && memcmp(features[f].name, name, length) == 0)
            return f;
    return -1;
}

static enum hone_status parse_features(const char *text, const char *arch, uint32_t *out_features,
                                       struct hone_error *err)
{
    while (*text) {
        size_t length = strcspn(text, "+");
        int feature = feature_by_name(text, length);
        if (feature < 0)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target: unknown feature '%.*s'", (int)length,
                             text);
        if (strcmp(features[feature].arch, arch) != 0)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target: '%s' is a feature of %s, not of %s",
                             features[feature].name, features[feature].arch, arch);
        *out_features |= UINT32_C(1) << feature;
        text += length + (text[length] == '+');
    }
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (*out_features >> f & 1 && (*out_features & features[f].needs) != features[f].needs)
            return hone_fail(err, HONE_ERR_ARGUMENT, "target: '%s' without a feature it needs",
                             features[f].name);
    return HONE_OK;
}

static bool copy_part(const char **text, const char *ends, char *out, size_t capacity)
{
    size_t length = strcspn(*text, ends);
    if (length == 0 || length >= capacity) return false;
    memcpy(out, *text, length);
    out[length] = '\0';
    *text += length + ((*text)[length] != '\0');
    return true;
}

static bool is_cuda(const struct hone_target *target)
{
    return strcmp(target->family, "cuda") == 0;
}

static bool is_cpu_arch(const char *arch)
{
    for (int f = 0; f < HONE_CPU_FEATURES; f++)
        if (strcmp(features[f].arch, arch) == 0) return true;
    return false;
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
    bool is_short = strchr(text, ':') == NULL;
    if (is_short) strcpy(out_target->family, hone_cuda_capability(text) ? "cuda" : "cpu");
    if ((!is_short && !copy_part(&rest, ":", out_target->family, sizeof out_target->family)) ||
        !copy_part(&rest, is_short ? "+" : ":", out_target->arch, sizeof out_target->arch) ||
        (is_short && !is_cuda(out_target) && !is_cpu_arch(out_target->arch)))
        return hone_fail(err, HONE_ERR_ARGUMENT,
                         "target '%s': expected family:arch[:feature+feature...]", text);
    if (is_cuda(out_target) && !hone_cuda_capability(out_target->arch)) {
        char names[256];
        target_cuda_names(names, sizeof names);
        return hone_fail(err, HONE_ERR_ARGUMENT, "target '%.64s': expected one of %s", text, names);
    }
    return parse_features(rest, out_target->arch, &out_target->features, err);
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
    if (is_cuda(machine) && is_cuda(needed)) return target_cuda_runs(machine->arch, needed->arch);
    return strcmp(machine->family, needed->family) == 0 &&
           strcmp(machine->arch, needed->arch) == 0 && (needed->features & ~machine->features) == 0;
}

void hone_target_lacks(const struct hone_target *machine, const struct hone_target *needed,
                       char out_text[HONE_TARGET_TEXT_BYTES])
{
    int used = 0;
    out_text[0] = '\0';
    if (is_cuda(machine) && is_cuda(needed)) {
        if (!target_cuda_runs(machine->arch, needed->arch))
            target_cuda_wanted(needed->arch, out_text, HONE_TARGET_TEXT_BYTES);
        return;
    }
    if (strcmp(machine->family, needed->family) != 0 || strcmp(machine->arch, needed->arch) != 0) {
        snprintf(out_text, HONE_TARGET_TEXT_BYTES, "a %s of architecture %s", needed->family,
                 needed->arch);
        return;
    }
    uint32_t missing = needed->features & ~machine->features;
    for (int f = 0; f < HONE_CPU_FEATURES && used < HONE_TARGET_TEXT_BYTES; f++)
        if (missing >> f & 1)
            used += snprintf(out_text + used, HONE_TARGET_TEXT_BYTES - (size_t)used, "%s%s%s%s%s",
                             used ? ", " : "", features[f].name, features[f].what ? " (" : "",
                             features[f].what ? features[f].what : "", features[f].what ? ")" : "");
}
