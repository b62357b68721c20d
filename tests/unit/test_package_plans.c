/* SPDX-License-Identifier: MIT */
/* Packages of several plans: which one is taken, what is refused, and the parts of the weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "package_fixture.h"
#include "runtime/hone.h"
#include "runtime/package/package.h"
#include "runtime/package/weight_parts.h"

enum { N = 3 };
static struct fixture fixtures[N];
static const struct fixture *const all[N] = {&fixtures[0], &fixtures[1], &fixtures[2]};
static char *path;

static int make(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++) {
        if (!fixture_init(&fixtures[i])) return -1;
        fixtures[i].plan.header.max_seqs = 1 + (uint32_t)i; /* tells them apart */
    }
    path = fixture_path();
    unsetenv("HONE_DEVICE");
    return 0;
}

static int clean(void **state)
{
    (void)state;
    fixture_remove(path);
    return 0;
}

/* A CPU of this machine's architecture without features runs here, one of another does not. */
static void set_targets(const char *first, const char *second, const char *third)
{
    const char *const texts[N] = {first, second, third};
    struct hone_target machine;
    hone_target_detect(&machine);
    for (int i = 0; i < N; i++) {
        if (strcmp(texts[i], "here") == 0)
            hone_target_format(&machine, fixtures[i].target);
        else if (strcmp(texts[i], "plain") == 0)
            snprintf(fixtures[i].target, sizeof fixtures[i].target, "cpu:%s", machine.arch);
        else
            strcpy(fixtures[i].target, texts[i]);
    }
    fixture_write_plans(all, N, path);
}

static void expect_plan(uint32_t index, const char *device)
{
    const struct hone_open_options options = {.struct_size = sizeof options, .device = device};
    struct hone_model *model;
    struct hone_model_info info;
    struct hone_error err;
    if (hone_open(path, &options, &model, &err) != HONE_OK) fail_msg("%s", err.text);
    hone_model_info(model, &info);
    assert_int_equal(info.max_seqs, 1 + index);
    assert_string_equal(hone_model_target(model), fixtures[index].target);
    hone_close(model);
}

static void the_best_plan_is_taken(void **state)
{
    (void)state;
    struct hone_target machine;
    hone_target_detect(&machine);
    const char *foreign = strcmp(machine.arch, "aarch64") == 0 ? "cpu:x86_64" : "cpu:aarch64";
    set_targets(foreign, "here", "plain");
    expect_plan(1, NULL);
    expect_plan(1, "cpu");
    set_targets("plain", foreign, "here");
    expect_plan(machine.features ? 2 : 0, NULL);
    set_targets("here", "here", "plain");
    expect_plan(0, NULL);
    set_targets(foreign, "vax:780", "plain");
    expect_plan(2, NULL);
}

static void expect_refused(const char *device, enum hone_status status, const char *text)
{
    const struct hone_open_options options = {.struct_size = sizeof options, .device = device};
    struct hone_model *model;
    struct hone_error err;
    assert_int_equal(hone_open(path, &options, &model, &err), status);
    assert_null(model);
    if (!strstr(err.text, text)) fail_msg("'%s', '%s' expected", err.text, text);
}

static void no_plan_is_told(void **state)
{
    (void)state;
    set_targets("vax:780", "here", "plain");
    expect_refused("vax", HONE_ERR_TARGET, "made for vax:780, a device this build does not have");
    expect_refused("hip", HONE_ERR_TARGET,
                   "no plan for device 'hip' in it: made for vax:780, cpu:");
    setenv("HONE_DEVICE", "hip", 1);
    expect_refused(NULL, HONE_ERR_TARGET, "no plan for device 'hip'");
    expect_plan(1, "cpu"); /* what is asked for goes before the environment */
    setenv("HONE_DEVICE", "", 1);
    expect_plan(1, NULL);
    unsetenv("HONE_DEVICE");
    set_targets("vax:780", "vax:780", "vax:780");
    expect_refused(NULL, HONE_ERR_TARGET, "nor does another of its plans run here");
    set_targets("here", "no target", "here");
    expect_refused(NULL, HONE_ERR_FORMAT, "target section: not a target's text");
    fixtures[2].plan.header.max_seqs = 0;
    set_targets("here", "here", "here");
    expect_refused(NULL, HONE_ERR_FORMAT, "max_seqs is 0");
    fixtures[2].plan.header.max_seqs = 3;
}

/* ---- parts of the weights ---- */

static void expect_parts(const struct hone_weight_part *parts, size_t n, const char *text)
{
    struct hone_package package;
    struct hone_error err;
    memcpy(fixtures[1].weight_parts, parts, n * sizeof *parts);
    fixtures[1].n_weight_parts = n;
    set_targets("here", "here", "here");
    enum hone_status status = hone_package_open(path, &package, &err);
    fixtures[1].n_weight_parts = 0;
    if (text) {
        assert_int_equal(status, HONE_ERR_FORMAT);
        if (!strstr(err.text, text)) fail_msg("'%s', '%s' expected", err.text, text);
        return;
    }
    if (status != HONE_OK) fail_msg("%s", err.text);
    size_t got;
    hone_package_weight_parts(&package, &got);
    assert_int_equal(got, 0); /* the first plan's: none */
    hone_package_choose(&package, 1);
    const struct hone_weight_part *found = hone_package_weight_parts(&package, &got);
    assert_int_equal(got, n);
    assert_memory_equal(found, parts, n * sizeof *parts);
    hone_package_close(&package);
}

/* WEIGHTS: 64 bytes, 44 of weights that the plan binds, 100 more; 208 in all. */
static void parts_are_checked(void **state)
{
    (void)state;
#define PARTS(...)                                                                                 \
    (const struct hone_weight_part[]){__VA_ARGS__},                                                \
        sizeof((const struct hone_weight_part[]){__VA_ARGS__}) / sizeof(struct hone_weight_part)
    expect_parts(PARTS({64, 64}), NULL);
    expect_parts(PARTS({0, 208}), NULL);
    expect_parts(PARTS({0, 64}, {64, 64}, {128, 80}), NULL);
    expect_parts(PARTS({64, 63}), "part 0, 63 bytes at 64");
    expect_parts(PARTS({63, 64}), "part 0, 64 bytes at 63");
    expect_parts(PARTS({64, 0}), "part 0, 0 bytes at 64");
    expect_parts(PARTS({64, 145}), "part 0");
    expect_parts(PARTS({64, UINT64_MAX - 63}), "part 0");
    expect_parts(PARTS({64, 64}, {64, 64}), "part 1");
    expect_parts(PARTS({128, 64}, {64, 64}), "part 1");
    expect_parts(PARTS({0, 64}, {128, 64}), "weight 64 is in no part of the plan");
}

static void bytes_are_found_in_parts(void **state)
{
    (void)state;
    static const struct hone_weight_part parts[] = {{64, 64}, {128, 128}, {512, 1}};
    static const struct {
        uint64_t offset;
        size_t part;
    } cases[] = {{0, 3},   {63, 3},  {64, 0},  {127, 0}, {128, 1},       {255, 1},
                 {256, 3}, {511, 3}, {512, 2}, {513, 3}, {UINT64_MAX, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(hone_weight_part_of(parts, 3, cases[i].offset), cases[i].part);
    assert_int_equal(hone_weight_part_of(parts, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_plan_is_taken),
        cmocka_unit_test(no_plan_is_told),
        cmocka_unit_test(parts_are_checked),
        cmocka_unit_test(bytes_are_found_in_parts),
    };
    return cmocka_run_group_tests(tests, make, clean);
}
