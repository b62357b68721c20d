/* SPDX-License-Identifier: MIT */
/* Writes a store with a bit of everything that a report shows, hostile texts among it:
 * report_store FILE [PROCESSOR]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/keys.h"
#include "cache/store.h"

#define GEMM "gemm n=768 k=256 types=q8a,q8_0,f32 acts=q8a m=1-1@1"
#define NORM "rmsnorm k=256 eps=0x3727c5ac types=f32,f32,f32 acts=f32 m=65-512@512"
#define EVIL "gemm <script>alert('1')</script> & \"quoted\" \x1b[31m\xff,\n=1+1"

struct row {
    const char *problem, *space, *config, *formats, *reason, *detail;
    double ns, ratio;
    uint32_t round;
};

static const char Q8[] = "x=q8a w=q8_0/r16 y=f32", Q8_8[] = "x=q8a w=q8_0/r8 y=f32";

static const struct row rows[] = {
    {GEMM, "gemm_i8", "R=16 NB=1 KU=1", Q8, "ok", "", 3000, 0, 0},
    {GEMM, "gemm_i8", "R=16 NB=4 KU=1", Q8, "ok", "", 2500, 0, 0},
    {GEMM, "gemm_i8", "R=8 NB=4 KU=2", Q8_8, "ok", "", 2600, 0, 0},
    {GEMM, "gemm_i8", "R=8 NB=64 KU=2", Q8_8, "crashed", "signal 11 <b>at</b> block 3", 0, 0, 0},
    {GEMM, "gemm_i8", "R=16 NB=8 KU=4", Q8, "wrong", "output 7, row 2: 1.5 and not 0.25", 0, 0, 0},
    {GEMM, "gemm_i8", "R=16 NB=1 KU=1", Q8, "ok", "", 3010, 1, 1},
    {GEMM, "gemm_i8", "R=16 NB=4 KU=1", Q8, "ok", "", 2510, 0.834, 1},
    {GEMM, "gemm_i8", "R=8 NB=4 KU=2", Q8_8, "ok", "", 2620, 0.871, 1},
    {NORM, "rmsnorm", "NV=1", "", "ok", "", 5000, 0, 0},
    {NORM, "rmsnorm", "NV=2", "", "ok", "", 4990, 0, 0},
    {NORM, "rmsnorm", "NV=1", "", "ok", "", 5000, 1, 1},
    {NORM, "rmsnorm", "NV=2", "", "ok", "", 4995, 0.999, 1},
    {EVIL, "</td><img src=x onerror=alert(2)>", "A=\"]]>\" B=<!--", "x=<svg>", "</script>",
     "<a href=\"javascript:alert(3)\">", 0, 0, 0},
    {EVIL, "space,with\"quotes\"", "A=1", "", "ok", "", 1e3, 0, 0},
};

struct winner {
    size_t row;
    bool is_default;
};
static const struct winner winners[] = {{6, false}, {7, false}, {10, true}, {13, true}};

static struct hone_error err;

static void check(enum hone_status status)
{
    if (status == HONE_OK) return;
    fprintf(stderr, "report_store: %s\n", err.text);
    exit(1);
}

static struct hone_store_variant variant_of(const struct row *row)
{
    static char op[64];
    snprintf(op, sizeof op, "%.*s", (int)strcspn(row->problem, " "), row->problem);
    return (struct hone_store_variant){.problem = row->problem,
                                       .op = op,
                                       .space = row->space,
                                       .config = row->config,
                                       .formats = row->formats,
                                       .code_key = "",
                                       .source_hash = "",
                                       .target = "cpu:x86_64:avx2+fma+f16c",
                                       .compiler = "llvm 22.1.8",
                                       .numerics = "k",
                                       .rank = (int64_t)strlen(row->config),
                                       .n_instructions = 100 + (uint32_t)strlen(row->config),
                                       .n_vector_spills = row->space[0] == 'r',
                                       .stack_bytes = 64,
                                       .code_bytes = 1000};
}

/* Samples around the median, the same each time. */
static void put_trial(struct hone_store *store, const struct row *row, const char *device, size_t i)
{
    double samples[12];
    struct hone_store_trial trial = {.variant = variant_of(row),
                                     .regime = "m=1; cold",
                                     .device = device,
                                     .round = row->round,
                                     .valid = row->ns > 0,
                                     .reason = row->reason,
                                     .detail = row->detail,
                                     .proof = row->ns > 0 ? "8 checks <ok>" : "",
                                     .n_calls = 10,
                                     .seconds = 0.5,
                                     .stack = "kernel=6.1; microcode=<i>0x2b",
                                     .when = 1700000000 + 60 * (int64_t)i};
    for (size_t s = 0; s < 12; s++) samples[s] = row->ns * (1 + 0.001 * (double)(s * 5 % 12));
    if (trial.valid) {
        trial.samples = samples, trial.n_samples = 12;
        trial.median_ns = row->ns, trial.min_ns = row->ns * 0.99;
        trial.low_ns = row->ns * 0.995, trial.high_ns = row->ns * 1.005;
        trial.ratio = row->ratio;
        trial.ratio_low = row->ratio == 1 ? 1 : row->ratio * 0.99;
        trial.ratio_high = row->ratio == 1 ? 1 : row->ratio * 1.01;
    }
    check(hone_store_trial_put(store, &trial, NULL, &err));
}

static void put_winners(struct hone_store *store, const char *device)
{
    struct hone_store_winner records[4];
    const size_t n_winners = sizeof winners / sizeof *winners;
    for (size_t from = 0, n; from < n_winners; from += n) {
        const char *problem = rows[winners[from].row].problem;
        for (n = 0; from + n < n_winners && rows[winners[from + n].row].problem == problem; n++) {
            const struct row *row = &rows[winners[from + n].row];
            records[n] = (struct hone_store_winner){.variant = variant_of(row),
                                                    .regime = "m=1; cold",
                                                    .device = device,
                                                    .proof = "16 checks <ok>",
                                                    .is_default = winners[from + n].is_default,
                                                    .median_ns = row->ns,
                                                    .ratio = row->ratio,
                                                    .ratio_low = row->ratio * 0.99,
                                                    .ratio_high = row->ratio * 1.01,
                                                    .round = 1,
                                                    .n_trials = 5};
        }
        check(hone_store_winners_put(store, problem, "m=1; cold", device, records[0].variant.target,
                                     records, n, &err));
    }
}

int main(int argc, char **argv)
{
    struct hone_store *store;
    struct hone_timing_key_fields key;
    char device[HONE_KEY_TEXT_BYTES];
    struct hone_store_options options = {.struct_size = sizeof options};
    if (argc != 2 && argc != 3) return 2;
    hone_timing_key_here(1, &key);
    if (argc == 3) {
        key = (struct hone_timing_key_fields){
            .n_cpus = 4, .n_threads = 1, .l2_bytes = 1 << 20, .l3_bytes = 8 << 20};
        snprintf(key.model, sizeof key.model, "%s", argv[2]);
    }
    hone_timing_key_text(&key, device);
    check(hone_store_open(argv[1], &options, &store, &err));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) put_trial(store, &rows[i], device, i);
    put_winners(store, device);
    check(hone_store_quarantine_put(
        store,
        &(struct hone_store_quarantine){.target = "cpu:x86_64:avx2+fma+f16c",
                                        .compiler = "llvm 22.1.8",
                                        .code_key = "k",
                                        .reason = "crashed",
                                        .detail = "signal 11 <b>at</b> block 3",
                                        .problem = GEMM,
                                        .space = "gemm_i8",
                                        .config = "R=8 NB=64 KU=2",
                                        .when = 1700000000},
        &err));
    hone_store_close(store);
    return 0;
}
