/* SPDX-License-Identifier: MIT */
/* The upgrade report's verdicts: only an interval that lies wholly outside the tolerance is a
 * change, and only a runner-up clear of the winner of its tuple has overtaken it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/verify_report.h"

static struct verify_entry entry(const struct hone_store_trial *was, double low, double median,
                                 double high)
{
    struct verify_entry e = {.found = {.stored = was, .valid = true, .reason = "ok"}};
    e.found.stats = (struct hone_stats){.low = low, .median = median, .high = high};
    return e;
}

static void intervals_decide(void **state)
{
    (void)state;
    static const struct {
        double was[3], now[3];
        enum verify_verdict verdict;
    } rows[] = {
        {{99, 100, 101}, {99, 100, 101}, VERIFY_SAME},
        {{99, 100, 101}, {119, 120, 121}, VERIFY_REGRESSED},
        {{99, 100, 101}, {104, 120, 140}, VERIFY_SAME}, /* the low end is within */
        {{90, 100, 118}, {119, 120, 121}, VERIFY_SAME}, /* then was not known well */
        {{99, 100, 101}, {79, 80, 81}, VERIFY_FASTER},
        {{99, 100, 101}, {60, 80, 96}, VERIFY_SAME},
        {{0, 100, 0}, {119, 120, 121}, VERIFY_REGRESSED}, /* without an interval: the median */
        {{99, 100, 101}, {105, 106, 107}, VERIFY_SAME},   /* 105/101 is within 5 % */
        {{0, 0, 0}, {119, 120, 121}, VERIFY_SAME},        /* nothing to compare with */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hone_store_trial was = {
            .low_ns = rows[i].was[0], .median_ns = rows[i].was[1], .high_ns = rows[i].was[2]};
        struct verify_entry e = entry(&was, rows[i].now[0], rows[i].now[1], rows[i].now[2]);
        verify_judge(&e, 0.05);
        if (e.verdict != rows[i].verdict)
            fail_msg("row %zu: %s", i, verify_verdict_name(e.verdict));
        assert_true(e.was_ns == rows[i].was[1]);
    }
    struct hone_store_trial was = {.low_ns = 99, .median_ns = 100, .high_ns = 101};
    struct verify_entry e = entry(&was, 119, 120, 121);
    verify_judge(&e, 0.30);
    assert_int_equal(e.verdict, VERIFY_SAME);
    assert_true(e.ratio == 1.2 && e.ratio_low == 119.0 / 101 && e.ratio_high == 121.0 / 99);
    e.elsewhere = true; /* times of another processor are not compared */
    verify_judge(&e, 0.05);
    e.elsewhere = false;
    assert_int_equal(e.verdict, VERIFY_SAME);
    e.found.valid = false;
    e.found.reason = "wrong";
    verify_judge(&e, 0.05);
    assert_int_equal(e.verdict, VERIFY_REFUSED);
    e.found.reason = "gone";
    verify_judge(&e, 0.05);
    assert_int_equal(e.verdict, VERIFY_GONE);
}

static void problems_are_fixed_for_a_reason(void **state)
{
    (void)state;
    struct hone_store_trial a = {.variant.formats = "w=a", .median_ns = 100},
                            b = {.variant.formats = "w=b", .median_ns = 100};
    struct verify_entry rows[3] = {entry(&a, 99, 100, 101), entry(&a, 97, 98, 98.5),
                                   entry(&b, 40, 50, 60)};
    struct verify_problem problem = {.entries = rows, .n_entries = 3};
    rows[0].is_winner = true;
    verify_judge_problem(&problem);
    assert_null(problem.overtaken_by); /* not clear of it; and the third is of another tuple */
    assert_false(problem.needs_fix);

    rows[1] = entry(&a, 90, 91, 95);
    rows[0].elsewhere = rows[1].elsewhere = true;
    verify_judge_problem(&problem);
    assert_false(problem.needs_fix);
    rows[0].elsewhere = rows[1].elsewhere = false;
    verify_judge_problem(&problem);
    assert_ptr_equal(problem.overtaken_by, &rows[1]);
    assert_true(problem.needs_fix);

    static const struct {
        enum verify_verdict verdict;
        bool is_winner, needs_fix;
    } cases[] = {
        {VERIFY_SAME, true, false},   {VERIFY_FASTER, true, false}, {VERIFY_REGRESSED, true, true},
        {VERIFY_REFUSED, true, true}, {VERIFY_GONE, true, true},    {VERIFY_REFUSED, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verify_entry one = entry(&a, 99, 100, 101);
        struct verify_problem alone = {.entries = &one, .n_entries = 1};
        one.verdict = cases[i].verdict;
        one.is_winner = cases[i].is_winner;
        verify_judge_problem(&alone);
        assert_int_equal(alone.needs_fix, cases[i].needs_fix);
    }
}

static void sums(void **state)
{
    (void)state;
    struct hone_store_trial a = {.variant.formats = "", .median_ns = 100};
    struct verify_entry rows[4] = {entry(&a, 99, 100, 101), entry(&a, 119, 120, 121),
                                   entry(&a, 109, 110, 111), entry(&a, 100, 130, 140)};
    struct verify_problem problems[2] = {{.entries = rows, .n_entries = 3},
                                         {.entries = &rows[3], .n_entries = 1}};
    struct verify_result result = {.problems = problems, .n_problems = 2};
    rows[1].is_winner = rows[3].is_winner = true;
    for (int i = 0; i < 4; i++) verify_judge(&rows[i], 0.05);
    for (int i = 0; i < 2; i++) verify_judge_problem(&problems[i]);
    verify_sum_up(&result);
    assert_int_equal(result.n_winners, 2);
    assert_int_equal(result.n_verdicts[VERIFY_REGRESSED], 1);
    assert_int_equal(result.n_verdicts[VERIFY_SAME], 1);
    assert_int_equal(result.n_to_fix, 1);
    assert_true(result.middle > 1.149 && result.middle < 1.151);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_decide),
        cmocka_unit_test(problems_are_fixed_for_a_reason),
        cmocka_unit_test(sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
