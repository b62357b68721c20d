/* SPDX-License-Identifier: MIT */
/* NVIDIA's architectures: compute capabilities and the forms of name that compilers take. */
#include "runtime/base/target_cuda.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/target.h"

/* One row per chip family, in order. `forms` are the ends its names may have beside none. Code for
 * processors of a system on chip and for cards is not exchanged, whatever the numbers say. */
static const struct chip {
    uint8_t major, minor;
    const char *forms;
    bool is_alone;
} chips[] = {
    {7, 5, "", false},    {8, 0, "", false},    {8, 6, "", false},    {8, 7, "", true},
    {8, 8, "", true},     {8, 9, "", false},    {9, 0, "a", false},   {10, 0, "af", false},
    {10, 3, "af", false}, {11, 0, "af", false}, {12, 0, "af", false}, {12, 1, "a", false},
};
enum { N_CHIPS = sizeof chips / sizeof *chips };

/* `form` is '\0', 'a' or 'f'. */
static void print_name(const struct chip *chip, char form, char out_arch[16])
{
    snprintf(out_arch, 16, "sm_%u%u%.1s", chip->major, chip->minor, form ? &form : "");
}

static const struct chip *find(const char *arch, char *out_form)
{
    for (size_t i = 0; i < N_CHIPS; i++) {
        char plain[16];
        print_name(&chips[i], '\0', plain);
        size_t length = strlen(plain);
        if (strncmp(arch, plain, length) != 0) continue;
        *out_form = arch[length];
        if (!*out_form) return &chips[i];
        if (strchr(chips[i].forms, *out_form) && !arch[length + 1]) return &chips[i];
    }
    return NULL;
}

uint32_t hone_cuda_capability(const char *arch)
{
    char form;
    const struct chip *chip = find(arch, &form);
    return chip ? 10u * chip->major + chip->minor : 0;
}

bool hone_cuda_arch(uint32_t major, uint32_t minor, char out_arch[16])
{
    for (size_t i = 0; i < N_CHIPS; i++) {
        if (chips[i].major != major || chips[i].minor != minor) continue;
        print_name(&chips[i], chips[i].forms[0] ? 'a' : '\0', out_arch);
        return true;
    }
    return false;
}

bool target_cuda_runs(const char *machine, const char *needed)
{
    char form, any;
    const struct chip *present = find(machine, &any), *wanted = find(needed, &form);
    if (!present || !wanted) return false;
    if (present == wanted) return true;
    if (form == 'a' || present->is_alone || wanted->is_alone) return false;
    return present->major == wanted->major && present->minor > wanted->minor;
}

void target_cuda_wanted(const char *needed, char *out_text, size_t capacity)
{
    char form;
    const struct chip *wanted = find(needed, &form);
    if (!wanted)
        snprintf(out_text, capacity, "a cuda of architecture %s", needed);
    else if (form == 'a' || wanted->is_alone)
        snprintf(out_text, capacity, "compute capability %u.%u, no other", wanted->major,
                 wanted->minor);
    else
        snprintf(out_text, capacity, "compute capability %u.%u or a later %u.x", wanted->major,
                 wanted->minor, wanted->major);
}

void target_cuda_names(char *out_text, size_t capacity)
{
    size_t used = 0;
    out_text[0] = '\0';
    for (size_t i = 0; i < N_CHIPS; i++) {
        const char *forms = chips[i].forms;
        for (size_t f = 0; f <= strlen(forms) && used < capacity; f++) {
            char name[16];
            print_name(&chips[i], f ? forms[f - 1] : '\0', name);
            used +=
                (size_t)snprintf(out_text + used, capacity - used, "%s%s", used ? " " : "", name);
        }
    }
}
