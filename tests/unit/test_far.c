/* SPDX-License-Identifier: MIT */
/* A runner on a device whose memory the host cannot reach: every defect that can be seen there is
 * seen by what comes back, and a lost device costs one kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/runner/runner.h"

#if defined __x86_64__
#include "tests/unit/add_kernels.h"

/* Other bits at each call, within the tolerance or not. */
KERNEL(jitter, PROLOGUE LOOP("addss") "rdtsc\n mov %eax, (%r10)\n")
/* The sum of the first call stays where it is read again. */
KERNEL(counts, PROLOGUE LOOP("addss") "mov (%r9), %edx\n xor $0x800000, %edx\n mov %edx, (%r9)\n")

static struct hone_runner *open_far(void)
{
    static char path[512];
    static const char *command[2] = {path, NULL};
    const char *bin = getenv("HONE_BIN");
    snprintf(path, sizeof path, "%s/far_runner", bin ? bin : "bin");
    struct hone_runner *runner;
    struct hone_runner_options options = {.struct_size = sizeof options,
                                          .command = command,
                                          .n_threads = 2,
                                          .scratch_bytes = 1 << 16,
                                          .request_seconds = 5};
    assert_int_equal(hone_runner_open(&options, &runner, NULL), HONE_OK);
    return runner;
}

static void load(struct hone_runner *runner, struct blob blob)
{
    struct hone_error err = {0};
    struct hone_runner_kernel kernel = {.code = blob.start,
                                        .n_bytes = (size_t)(blob.end - blob.start)};
    if (hone_runner_load(runner, 0, &kernel, &err) != HONE_OK) fail_msg("%s", err.text);
}

static enum hone_status verify(struct hone_runner *runner, struct blob blob, struct hone_error *err)
{
    struct hone_runner_call call = call_of(0, 5, 37);
    struct hone_case_result result;
    load(runner, blob);
    return hone_runner_verify(runner, &call, 0, 0.3, &result, err);
}

static void the_device_says_what_it_is(void **state)
{
    (void)state;
    struct hone_runner *runner = open_far();
    struct hone_runner_info info;
    struct hone_error err = {0};
    if (hone_runner_info(runner, &info, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_string_equal(info.facts.model, "far away");
    assert_true(info.facts.memory_bytes > 0);
    assert_non_null(strstr(info.stack, "; driver=far 1.0;"));
    assert_non_null(strstr(info.stack, "; unit=far-0"));
    hone_runner_close(runner);
}

static void a_good_kernel_is_proven_and_timed(void **state)
{
    (void)state;
    struct hone_runner *runner = open_far();
    struct hone_error err = {0};
    struct hone_case_result result = {0};
    struct hone_runner_call call = call_of(0, 5, 37);
    load(runner, (struct blob)BLOB(good));
    if (hone_runner_verify(runner, &call, 0, 1, &result, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(result.n_compared, 5 * 37);
    static struct hone_measurement m[2];
    struct hone_measure_plan plan = {.limit_ns = 20000000, .n_rounds_max = 8};
    struct hone_runner_call calls[2] = {call_of(0, 5, 37), call_of(0, 500, 64)};
    calls[0].spec.n_copies = 3;
    if (hone_runner_time(runner, calls, 2, &plan, 5, m, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_true(m[1].stats.median > 20 * m[0].stats.median); /* 32000 additions to 185 */
    if (hone_runner_verify(runner, &calls[0], 0, 1, &result, &err)) fail_msg("%s", err.text);
    assert_int_equal(hone_runner_generation(runner), 1);
    hone_runner_close(runner);
}

static void each_defect_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        struct blob blob;
        enum hone_status status;
        const char *reason;
    } bad[] = {
        {BLOB(wrong), HONE_ERR_WRONG, "wrong"},
        {BLOB(nothing), HONE_ERR_WRONG, "unwritten"},
        {BLOB(half), HONE_ERR_WRONG, "unwritten"},
        {BLOB(before), HONE_ERR_WRONG, "out-of-bounds"},
        {BLOB(after), HONE_ERR_WRONG, "out-of-bounds"},
        {BLOB(far_after), HONE_ERR_WRONG, "out-of-bounds"},
        {BLOB(input), HONE_ERR_WRONG, "input-changed"},
        {BLOB(batch), HONE_ERR_WRONG, "input-changed"},
        {BLOB(counts), HONE_ERR_WRONG, "input-changed"},
        {BLOB(jitter), HONE_ERR_WRONG, "wrong"},
        {BLOB(illegal), HONE_ERR_CRASHED, "crash"},
        {BLOB(hang), HONE_ERR_TIMEOUT, "hang"},
        {BLOB(leave), HONE_ERR_CRASHED, "exit"},
    };
    struct hone_runner *runner = open_far();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hone_error err = {0};
        enum hone_status status = verify(runner, bad[i].blob, &err);
        if (status != bad[i].status || strcmp(hone_runner_reason(runner), bad[i].reason) != 0)
            fail_msg("defect %zu: status %d, reason %s, expected %s: %s", i, (int)status,
                     hone_runner_reason(runner), bad[i].reason, err.text);
        assert_true(err.text[0] && !strchr(err.text, '\n'));
        if (verify(runner, (struct blob)BLOB(good), &err) != HONE_OK)
            fail_msg("after defect %zu: %s", i, err.text);
    }
    hone_runner_close(runner);
}

static void what_is_rarely_wrong_is_found_by_repeats(void **state)
{
    (void)state;
    struct hone_runner *runner = open_far();
    struct hone_error err = {0};
    struct hone_case_result result;
    struct hone_runner_call call = call_of(0, 5, 37);
    call.repeat_us = 200000;
    load(runner, (struct blob)BLOB(rare));
    enum hone_status status = HONE_OK;
    for (int i = 0; i < 200 && status == HONE_OK; i++)
        status = hone_runner_verify(runner, &call, 0, 1, &result, &err);
    assert_int_equal(status, HONE_ERR_WRONG);
    hone_runner_close(runner);
}

/* The kernel that took the device with it has crashed; the next one meets a new process. */
static void a_lost_device_costs_one_kernel(void **state)
{
    (void)state;
    struct hone_runner *runner = open_far();
    struct hone_error err = {0};
    setenv("FAR_LOST", "1", 1);
    assert_int_equal(verify(runner, (struct blob)BLOB(good), &err), HONE_ERR_CRASHED);
    assert_string_equal(hone_runner_reason(runner), "crash");
    assert_non_null(strstr(err.text, "FAR_LOST"));
    unsetenv("FAR_LOST");
    uint32_t generation = hone_runner_generation(runner);
    if (verify(runner, (struct blob)BLOB(good), &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(hone_runner_generation(runner), generation + 1);
    hone_runner_close(runner);
}

static void probes_are_timed(void **state)
{
    (void)state;
    struct hone_runner *runner = open_far();
    struct hone_error err = {0};
    static struct hone_measurement m;
    struct hone_measure_plan plan = {.limit_ns = 10000000};
    load(runner, (struct blob)BLOB(probe));
    struct hone_runner_probe request = {0, 2, 4096, 100000};
    if (hone_runner_probe(runner, &request, &plan, 5, &m, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_true(m.stats.min > 10000);
    hone_runner_close(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_says_what_it_is),
        cmocka_unit_test(a_good_kernel_is_proven_and_timed),
        cmocka_unit_test(each_defect_has_its_reason),
        cmocka_unit_test(what_is_rarely_wrong_is_found_by_repeats),
        cmocka_unit_test(a_lost_device_costs_one_kernel),
        cmocka_unit_test(probes_are_timed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    printf("skipped: its kernels are x86-64 assembly\n");
    return 77;
}
#endif
