/* SPDX-License-Identifier: MIT */
/* Where weights lie: mapped, or copied by any number of threads, with the same logits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "package_fixture.h"
#include "runtime/hone.h"
#include "runtime/plan/weights.h"
#include "tests/unit/count_calls.h"

/* Some huge pages and an odd rest. */
enum { PADDING_BYTES = (9 << 20) + 4321, WEIGHT_BYTES = 64 + 44 + PADDING_BYTES };

static struct fixture fixture;
static char *path;

static int write_package(void **state)
{
    (void)state;
    if (!fixture_init(&fixture)) return -1;
    fixture.weight_padding = PADDING_BYTES;
    path = fixture_path();
    fixture_write(&fixture, path);
    return 0;
}

static int remove_package(void **state)
{
    (void)state;
    fixture_remove(path);
    return 0;
}

static void mapped_weights_are_the_files_own(void **state)
{
    (void)state;
    struct hone_package package;
    struct hone_weights_memory memory;
    struct hone_error err;
    assert_int_equal(hone_package_open(path, &package, &err), HONE_OK);
    assert_int_equal(
        hone_weights_place(&package, &hone_device_cpu, HONE_WEIGHTS_MAPPED, 0, &memory, &err),
        HONE_OK);
    assert_ptr_equal(memory.data, package.parts[HONE_SECTION_WEIGHTS].data);
    assert_int_equal(memory.copy_bytes, 0);
    hone_weights_release(&memory);
    assert_int_equal(hone_weights_place(&package, &hone_device_cpu, 2, 0, &memory, &err),
                     HONE_ERR_ARGUMENT);
    assert_string_equal(err.text + strlen(path), ": unknown place 2 for the weights");
    hone_package_close(&package);
}

static void copies_are_whole(void **state)
{
    (void)state;
    static const uint32_t n_threads[] = {0, 1, 2, 3, 7, 500};
    struct hone_package package;
    assert_int_equal(hone_package_open(path, &package, NULL), HONE_OK);
    const struct hone_package_part *part = &package.parts[HONE_SECTION_WEIGHTS];
    assert_int_equal(part->n_bytes, WEIGHT_BYTES);
    for (size_t i = 0; i < sizeof n_threads / sizeof *n_threads; i++) {
        struct hone_weights_memory memory;
        assert_int_equal(hone_weights_place(&package, &hone_device_cpu, HONE_WEIGHTS_HUGE,
                                            n_threads[i], &memory, NULL),
                         HONE_OK);
        assert_ptr_not_equal(memory.data, part->data);
        assert_int_equal((uintptr_t)memory.data % (2 << 20), 0);
        assert_int_equal(memory.copy_bytes, WEIGHT_BYTES);
        assert_memory_equal(memory.data, part->data, WEIGHT_BYTES);
        hone_weights_release(&memory);
        assert_null(memory.data);
    }
    hone_package_close(&package);
}

static enum hone_status open_with(uint32_t weights, struct hone_model **out_model,
                                  struct hone_error *err)
{
    const struct hone_open_options options = {
        .struct_size = sizeof options, .weights = weights, .weight_threads = 3};
    return hone_open(path, &options, out_model, err);
}

static void copied_weights_give_the_same_logits(void **state)
{
    (void)state;
    static const int32_t tokens[] = {3, 1, 10, 0, 7};
    float expected[FIXTURE_VOCAB];
    fixture_logits(&fixture, tokens, 5, expected);
    for (uint32_t weights = 0; weights <= HONE_WEIGHTS_HUGE; weights++) {
        struct hone_model *model;
        struct hone_model_info info;
        struct hone_session *session;
        struct hone_batch_entry entry = {0, 5, tokens, HONE_LOGITS_LAST};
        assert_int_equal(open_with(weights, &model, NULL), HONE_OK);
        hone_model_info(model, &info);
        assert_int_equal(info.weight_bytes, WEIGHT_BYTES);
        assert_int_equal(info.weight_copy_bytes, weights == HONE_WEIGHTS_HUGE ? WEIGHT_BYTES : 0);
        assert_int_equal(hone_session_create(model, NULL, &session, NULL), HONE_OK);
        assert_int_equal(hone_forward(session, &entry, 1, NULL), HONE_OK);
        assert_memory_equal(hone_logits(session, 0), expected, sizeof expected);
        hone_session_close(session);
        hone_close(model);
    }
    struct hone_model *model;
    struct hone_error err;
    assert_int_equal(open_with(2, &model, &err), HONE_ERR_ARGUMENT);
    assert_null(model);
}

/* Each allocation of an open with a copy fails once; threads that cannot start are done without. */
static void allocations_may_fail(void **state)
{
    (void)state;
    int n_failures = 0;
    for (long n = 0;; n++) {
        struct hone_model *model;
        struct hone_error err = {0};
        count_calls_fail_after(n);
        enum hone_status status = open_with(HONE_WEIGHTS_HUGE, &model, &err);
        bool all_served = count_calls_fail_after(-1);
        hone_close(model);
        if (status == HONE_OK && all_served) break;
        if (status == HONE_OK) continue;
        n_failures++;
        assert_true(status == HONE_ERR_NO_MEMORY || status == HONE_ERR_IO);
        assert_true(strlen(err.text) > 10);
    }
    assert_in_range(n_failures, 4, 60);
}

int main(void)
{
    struct fixture probe;
    if (!fixture_init(&probe)) {
        printf("skipped: no jump for this processor\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mapped_weights_are_the_files_own),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(copied_weights_give_the_same_logits),
        cmocka_unit_test(allocations_may_fail),
    };
    return cmocka_run_group_tests(tests, write_package, remove_package);
}
