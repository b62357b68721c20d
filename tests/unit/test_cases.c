/* SPDX-License-Identifier: MIT */
/* The runner's kept cases: one per spec, and one place in the rotation of weights for all who time
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tuner/runner/cases.h"

static struct hone_case_spec gemm_spec(uint32_t n_copies)
{
    struct hone_case_spec spec = {.m = 1, .n_copies = n_copies, .seed = 1};
    struct hone_problem *p = &spec.call.problem;
    p->op = hone_op_find("gemm");
    p->dims[0] = 32, p->dims[1] = 64;
    p->types[0] = p->types[1] = p->types[2] = p->acts = HONE_TYPE_F32;
    p->m = p->m_min = p->m_max = 1;
    spec.call.formats[0] = spec.call.formats[2] = hone_format_find("f32");
    spec.call.formats[1] = hone_format_find("f32/r16");
    return spec;
}

/* Two contenders of one problem in turns: the second must not read the copy that the first has just
 * brought into the cache. */
static void contenders_share_the_rotation(void **state)
{
    (void)state;
    struct cases cases = {.limit_bytes = 1 << 30};
    struct hone_error err;
    struct hone_case *a, *b, *other;
    struct hone_case_spec spec = gemm_spec(8), fewer = gemm_spec(4);
    assert_int_equal(cases_get(&cases, &spec, &a, &err), HONE_OK);
    assert_int_equal(cases_get(&cases, &spec, &b, &err), HONE_OK);
    assert_ptr_equal(a, b);
    uint32_t *first = cases_next_copy(&cases, a), *second = cases_next_copy(&cases, b);
    assert_non_null(first);
    assert_ptr_equal(first, second);
    assert_int_equal(*first, 0);
    *first = 5;
    cases_unpin(&cases); /* the next request goes on where this one stopped */
    assert_int_equal(cases_get(&cases, &spec, &a, &err), HONE_OK);
    assert_int_equal(*cases_next_copy(&cases, a), 5);
    assert_int_equal(cases_get(&cases, &fewer, &other, &err), HONE_OK);
    assert_ptr_not_equal(cases_next_copy(&cases, other), first);
    assert_int_equal(*cases_next_copy(&cases, other), 0);
    cases_release(&cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(contenders_share_the_rotation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
