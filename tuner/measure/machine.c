/* SPDX-License-Identifier: MIT */
/* The machine beside a timing, from what any user may read under Linux. */
#include "tuner/measure/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STEPS = 20000, PROBES = 3 };
/* Above these a timing is called noisy. Of two tunes of one model on a nearly idle machine, timings
 * with an error above this differed twice as much from each other as the rest; those with a tail of
 * slow samples, or that waited for less than this, no more than the rest. */
static const double NOISY_WAITED = 0.20, NOISY_STEAL = 0.05, NOISY_OTHERS = 0.25,
                    NOISY_ERROR = 0.06;

static double seconds_of(clockid_t id)
{
    struct timespec now;
    return clock_gettime(id, &now) == 0 ? (double)now.tv_sec + 1e-9 * (double)now.tv_nsec : 0;
}

/* The first line of a small file; "" without it. */
static void first_line(const char *path, char *out_text, int capacity)
{
    out_text[0] = '\0';
    FILE *file = fopen(path, "r");
    if (!file) return;
    if (!fgets(out_text, capacity, file)) out_text[0] = '\0';
    fclose(file);
}

/* Seconds that threads of this process were ready to run and did not; -1 where nobody counts. */
static double waited_seconds(void)
{
    char path[320], text[128];
    double sum = 0;
    uint32_t n = 0;
    DIR *folder = opendir("/proc/self/task");
    if (!folder) return -1;
    for (struct dirent *entry; (entry = readdir(folder));) {
        double ran, waited;
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", entry->d_name);
        first_line(path, text, sizeof text);
        if (sscanf(text, "%lf %lf", &ran, &waited) != 2) continue;
        sum += waited * 1e-9;
        n++;
    }
    closedir(folder);
    return n ? sum : -1;
}

static void read_ticks(struct hone_machine_watch *watch)
{
    char text[512];
    double t[8];
    watch->all = 0;
    first_line("/proc/stat", text, sizeof text);
    if (sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2], &t[3], &t[4],
               &t[5], &t[6], &t[7]) != 8)
        return;
    for (int i = 0; i < 8; i++) watch->all += t[i];
    watch->busy = t[0] + t[1] + t[2] + t[5] + t[6];
    watch->steal = t[7];
}

static double load_now(void)
{
    char text[128];
    double load;
    first_line("/proc/loadavg", text, sizeof text);
    return sscanf(text, "%lf", &load) == 1 ? load : -1;
}

/* Of the first processor: asking all of them would interrupt each. */
static double mhz_now(void)
{
    char text[256];
    double value = -1;
    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", text, sizeof text);
    if (sscanf(text, "%lf", &value) == 1) return value * 1e-3;
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file) return -1;
    while (value < 0 && fgets(text, sizeof text, file)) {
        const char *colon = strchr(text, ':');
        if (text[0] == '\n') break;
        if (strncmp(text, "cpu MHz", 7) == 0 && colon) value = atof(colon + 1);
    }
    fclose(file);
    return value;
}

static double step_now(void)
{
    double least = INFINITY;
    for (int probe = 0; probe < PROBES; probe++) {
        double before = seconds_of(CLOCK_MONOTONIC_RAW);
        volatile uint64_t start = 12345;
        uint64_t x = start;
        for (int i = 0; i < STEPS; i++) x = x * UINT64_C(6364136223846793005) + start;
        start = x;
        double ns = (seconds_of(CLOCK_MONOTONIC_RAW) - before) * 1e9 / STEPS;
        if (ns < least) least = ns;
    }
    return least;
}

void hone_machine_begin(struct hone_machine_watch *out_watch)
{
    memset(out_watch, 0, sizeof *out_watch);
    read_ticks(out_watch);
    out_watch->waited_seconds = waited_seconds();
    out_watch->own_seconds = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    out_watch->at = seconds_of(CLOCK_MONOTONIC_RAW);
}

void hone_machine_end(const struct hone_machine_watch *watch, struct hone_machine *out_machine)
{
    struct hone_machine_watch now;
    hone_machine_begin(&now);
    *out_machine = (struct hone_machine){.waited = -1, .others = -1, .steal = -1, .drift = 1};
    double own = now.own_seconds - watch->own_seconds;
    double waited = now.waited_seconds - watch->waited_seconds;
    double all = now.all - watch->all, per_second = (double)sysconf(_SC_CLK_TCK);
    if (watch->all > 0 && all > 0 && per_second > 0) {
        out_machine->others = fmax(0, (now.busy - watch->busy - own * per_second) / all);
        out_machine->steal = fmax(0, (now.steal - watch->steal) / all);
    }
    if (watch->waited_seconds >= 0 && now.waited_seconds >= 0) {
        /* Threads of ours that wait for each other while another processor is free are no noise:
         * they do that wherever the kernel runs. */
        if (out_machine->others >= 0) waited = fmin(waited, out_machine->others * all / per_second);
        out_machine->waited = waited + own > 0 ? waited / (waited + own) : 0;
    }
    out_machine->load = load_now();
    out_machine->mhz = mhz_now();
    out_machine->step_ns = step_now();
}

bool hone_machine_noisy(const struct hone_machine *machine)
{
    if (machine->waited > NOISY_WAITED || machine->steal > NOISY_STEAL) return true;
    if (machine->waited < 0 && machine->others > NOISY_OTHERS) return true;
    return machine->error > NOISY_ERROR;
}

void hone_machine_text(const struct hone_machine *machine, char out_text[HONE_MACHINE_TEXT_BYTES])
{
    snprintf(
        out_text, HONE_MACHINE_TEXT_BYTES,
        "others=%.2f waited=%.2f steal=%.2f error=%.3f slow=%.2f drift=%.2f load=%.1f mhz=%.0f "
        "step=%.3f%s",
        machine->others, machine->waited, machine->steal, machine->error, machine->slow,
        machine->drift, machine->load, machine->mhz, machine->step_ns,
        hone_machine_noisy(machine) ? " noisy" : "");
}
