/* SPDX-License-Identifier: MIT */
/* Kernel, microcode and name of this machine. */
#include "tuner/runner/stack.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { MOST_LINES = 64 }; /* of /proc/cpuinfo: the first processor's */

/* The list's own separators end a value. */
static void clean(char *text)
{
    text[strcspn(text, "\n;")] = '\0';
}

static int read_first_line(const char *path, char *out_text, size_t capacity)
{
    FILE *file = fopen(path, "re");
    out_text[0] = '\0';
    if (!file) return 0;
    if (!fgets(out_text, (int)capacity, file)) out_text[0] = '\0';
    fclose(file);
    clean(out_text);
    return out_text[0] != '\0';
}

static void read_microcode(char *out_text, size_t capacity)
{
    char row[256];
    if (read_first_line("/sys/devices/system/cpu/cpu0/microcode/version", out_text, capacity))
        return;
    FILE *file = fopen("/proc/cpuinfo", "re");
    for (int i = 0; file && i < MOST_LINES && fgets(row, sizeof row, file); i++) {
        const char *value = strstr(row, ": ");
        if (strncmp(row, "microcode", 9) != 0 || !value) continue;
        snprintf(out_text, capacity, "%s", value + 2);
        clean(out_text);
        break;
    }
    if (file) fclose(file);
}

void stack_text(const struct hone_device_facts *device, char *out_text, size_t capacity)
{
    static const char governor_file[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
    char microcode[32], governor[32], driver[sizeof device->driver], unit[sizeof device->unit];
    struct utsname name;
    memset(&name, 0, sizeof name);
    if (uname(&name) != 0) memset(&name, 0, sizeof name);
    clean(name.release);
    clean(name.nodename);
    read_microcode(microcode, sizeof microcode);
    read_first_line(governor_file, governor, sizeof governor);
    snprintf(driver, sizeof driver, "%s", device->driver);
    snprintf(unit, sizeof unit, "%s", device->unit);
    clean(driver);
    clean(unit);
    snprintf(out_text, capacity,
             "kernel=%.80s; microcode=%s; driver=%s; governor=%s; host=%.50s; hone=%s%s%s",
             name.release, microcode, driver, governor, name.nodename, HONE_VERSION,
             unit[0] ? "; unit=" : "", unit);
}
