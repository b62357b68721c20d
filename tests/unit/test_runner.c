/* SPDX-License-Identifier: MIT */
/* The runner and its client: kernels that are right, wrong, that crash, hang or leave, each with
 * its reason code, and the next request works. The kernels are a few instructions of assembly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "codegen/compile/frame.h"
#include "tuner/runner/runner.h"

#if defined __x86_64__
#include "tests/unit/add_kernels.h"

static struct hone_runner *open_runner(const char *const *command)
{
    struct hone_runner *runner;
    struct hone_runner_options options = {.struct_size = sizeof options,
                                          .command = command,
                                          .n_threads = 2,
                                          .scratch_bytes = 1 << 16,
                                          .request_seconds = 5};
    assert_int_equal(hone_runner_open(&options, &runner, NULL), HONE_OK);
    return runner;
}

static const char *const *runner_command(void)
{
    static char path[512];
    static const char *command[2] = {path, NULL};
    const char *bin = getenv("HONE_BIN");
    snprintf(path, sizeof path, "%s/hone-runner", bin ? bin : "bin");
    return command;
}

static void load(struct hone_runner *runner, uint32_t id, struct blob blob)
{
    struct hone_error err = {0};
    struct hone_runner_kernel kernel = {.code = blob.start,
                                        .n_bytes = (size_t)(blob.end - blob.start)};
    if (hone_runner_load(runner, id, &kernel, &err) != HONE_OK) fail_msg("%s", err.text);
}

static enum hone_status verify(struct hone_runner *runner, uint32_t kernel, struct hone_error *err)
{
    struct hone_runner_call call = call_of(kernel, 5, 37);
    struct hone_case_result result;
    return hone_runner_verify(runner, &call, 0, 0.3, &result, err);
}

static void a_good_kernel_is_proven_and_timed(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_runner_info info;
    struct hone_error err = {0};
    if (hone_runner_info(runner, &info, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(info.n_workers, 2);
    assert_true(info.facts.n_cpus > 0);
    assert_memory_equal(info.target, "cpu:", 4);
    load(runner, 0, (struct blob)BLOB(good));

    struct hone_case_result result = {0};
    struct hone_runner_call call = call_of(0, 5, 37);
    if (hone_runner_verify(runner, &call, 0, 1, &result, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_int_equal(result.n_compared, 5 * 37);

    static struct hone_measurement m[2];
    struct hone_measure_plan plan = {.limit_ns = 20000000, .n_rounds_max = 8};
    struct hone_runner_call calls[2] = {call_of(0, 5, 37), call_of(0, 500, 64)};
    if (hone_runner_time(runner, calls, 2, &plan, 5, m, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_in_range(m[0].n_samples, 1, 8);
    assert_int_equal(m[0].n_samples, m[1].n_samples);
    assert_true(m[0].stats.median > 10);                     /* 185 additions */
    assert_true(m[1].stats.median > 20 * m[0].stats.median); /* 32000 additions */
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
        {BLOB(far_after), HONE_ERR_CRASHED, "crash"},
        {BLOB(input), HONE_ERR_WRONG, "input-changed"},
        {BLOB(batch), HONE_ERR_WRONG, "input-changed"},
        {BLOB(illegal), HONE_ERR_CRASHED, "crash"},
        {BLOB(divide), HONE_ERR_CRASHED, "crash"},
        {BLOB(hang), HONE_ERR_TIMEOUT, "hang"},
        {BLOB(leave), HONE_ERR_CRASHED, "exit"},
        {BLOB(flush), HONE_ERR_WRONG, "float-environment"},
    };
    struct hone_runner *runner = open_runner(runner_command());
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hone_error err = {0};
        load(runner, 3, bad[i].blob);
        enum hone_status status = verify(runner, 3, &err);
        if (status != bad[i].status || strcmp(hone_runner_reason(runner), bad[i].reason) != 0)
            fail_msg("defect %zu: status %d, reason %s, expected %s: %s", i, (int)status,
                     hone_runner_reason(runner), bad[i].reason, err.text);
        assert_true(err.text[0] && !strchr(err.text, '\n'));
        load(runner, 0, (struct blob)BLOB(good));
        if (verify(runner, 0, &err) != HONE_OK) fail_msg("after defect %zu: %s", i, err.text);
    }
    hone_runner_close(runner);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody left */
    assert_int_equal(errno, ECHILD);
}

static void what_is_rarely_wrong_is_found_by_repeats(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_error err = {0};
    struct hone_case_result result;
    struct hone_runner_call call = call_of(0, 5, 37);
    call.repeat_us = 200000;
    load(runner, 0, (struct blob)BLOB(good));
    if (hone_runner_verify(runner, &call, 0, 1, &result, &err) != HONE_OK) fail_msg("%s", err.text);
    load(runner, 0, (struct blob)BLOB(rare));
    enum hone_status status = HONE_OK;
    /* Repeats are bounded by time: under a sanitizer they may be too few for one call in 997. */
    for (int i = 0; i < 20 && status == HONE_OK; i++)
        status = hone_runner_verify(runner, &call, 0, 1, &result, &err);
    assert_int_equal(status, HONE_ERR_WRONG);
    hone_runner_close(runner);
}

static void a_hang_while_timing_costs_its_limit(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_error err = {0};
    static struct hone_measurement m[1];
    struct hone_measure_plan plan = {0};
    struct hone_runner_call call = call_of(0, 5, 37);
    load(runner, 0, (struct blob)BLOB(hang));
    double start = hone_clock_seconds();
    assert_int_equal(hone_runner_time(runner, &call, 1, &plan, 0.5, m, &err), HONE_ERR_TIMEOUT);
    double seconds = hone_clock_seconds() - start;
    assert_true(seconds > 0.4 && seconds < 2.5);
    assert_string_equal(hone_runner_reason(runner), "hang");
    hone_runner_close(runner);
}

static void kernels_of_a_dead_runner_are_gone(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_error err = {0};
    load(runner, 0, (struct blob)BLOB(good));
    load(runner, 1, (struct blob)BLOB(illegal));
    uint32_t generation = hone_runner_generation(runner);
    assert_int_equal(verify(runner, 1, &err), HONE_ERR_CRASHED);
    assert_int_equal(verify(runner, 0, &err), HONE_ERR_ARGUMENT);
    assert_non_null(strstr(err.text, "not loaded"));
    assert_int_equal(hone_runner_generation(runner), generation + 1);
    hone_runner_close(runner);
}

static void requests_without_sense_are_refused(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_error err = {0};
    struct hone_case_result result;
    load(runner, 0, (struct blob)BLOB(good));
    struct hone_runner_call call = call_of(0, 5, 37);
    call.grid_rule = HONE_GRID_TOKENS;
    call.grid_p0 = 0;
    assert_int_equal(hone_runner_verify(runner, &call, 0, 1, &result, &err), HONE_ERR_ARGUMENT);
    call = call_of(99, 5, 37);
    assert_int_equal(hone_runner_verify(runner, &call, 0, 1, &result, &err), HONE_ERR_ARGUMENT);
    call = call_of(0, 5, 0);
    assert_int_equal(hone_runner_verify(runner, &call, 0, 1, &result, &err), HONE_ERR_ARGUMENT);
    struct hone_runner_kernel hungry = {good_start, 64, 0, 1 << 20};
    assert_int_equal(hone_runner_load(runner, 0, &hungry, &err), HONE_ERR_LIMIT);
    assert_string_equal(hone_runner_reason(runner), "limit");
    hungry = (struct hone_runner_kernel){good_start, 64, 64, 0};
    assert_int_equal(hone_runner_load(runner, 0, &hungry, &err), HONE_ERR_FORMAT);
    assert_int_equal(hone_runner_generation(runner), 1);
    hone_runner_close(runner);
}

static void probes_are_timed(void **state)
{
    (void)state;
    struct hone_runner *runner = open_runner(runner_command());
    struct hone_error err = {0};
    static struct hone_measurement m;
    struct hone_measure_plan plan = {.limit_ns = 10000000};
    load(runner, 0, (struct blob)BLOB(probe));
    struct hone_runner_probe few = {0, 2, 4096, 10000}, many = {0, 2, 4096, 1000000};
    if (hone_runner_probe(runner, &few, &plan, 5, &m, &err) != HONE_OK) fail_msg("%s", err.text);
    double ns = m.stats.min;
    if (hone_runner_probe(runner, &many, &plan, 5, &m, &err) != HONE_OK) fail_msg("%s", err.text);
    assert_true(m.stats.min > 5 * ns);
    hone_runner_close(runner);
}

static void programs_that_are_no_runner(void **state)
{
    (void)state;
    static const struct {
        const char *command[4];
        enum hone_status status;
    } cases[] = {
        {{"/nonexistent/hone-runner"}, HONE_ERR_NOT_FOUND},
        {{"/bin/sh", "-c", "exit 3"}, HONE_ERR_CRASHED},
        {{"/bin/sh", "-c", "echo this is not a frame of any kind; sleep 9"}, HONE_ERR_FORMAT},
        {{"/bin/sh", "-c", "printf '\\004\\000\\000\\000\\144\\000\\000\\000abcd'; sleep 9"},
         HONE_ERR_FORMAT},
        {{"/bin/sleep", "60"}, HONE_ERR_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hone_runner_options options = {
            .struct_size = sizeof options, .command = cases[i].command, .request_seconds = 0.5};
        struct hone_runner *runner;
        struct hone_runner_info info;
        struct hone_error err = {0};
        assert_int_equal(hone_runner_open(&options, &runner, NULL), HONE_OK);
        enum hone_status status = hone_runner_info(runner, &info, &err);
        if (status != cases[i].status) fail_msg("case %zu: %d: %s", i, (int)status, err.text);
        assert_string_equal(hone_runner_reason(runner), "runner");
        hone_runner_close(runner);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_kernel_is_proven_and_timed),
        cmocka_unit_test(each_defect_has_its_reason),
        cmocka_unit_test(what_is_rarely_wrong_is_found_by_repeats),
        cmocka_unit_test(a_hang_while_timing_costs_its_limit),
        cmocka_unit_test(kernels_of_a_dead_runner_are_gone),
        cmocka_unit_test(requests_without_sense_are_refused),
        cmocka_unit_test(probes_are_timed),
        cmocka_unit_test(programs_that_are_no_runner),
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
