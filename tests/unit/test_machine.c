/* SPDX-License-Identifier: MIT */
/* What is said of the machine beside a timing: two processes that only spin are noticed, and each
 * sign of noise counts by itself. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tuner/measure/machine.h"

enum { NEIGHBOURS = 2 };

static const struct hone_machine calm = {
    .waited = 0.01, .others = 0.1, .steal = 0, .load = 3, .mhz = 2000, .step_ns = 1, .drift = 1.1};

static void each_sign_counts(void **state)
{
    (void)state;
    assert_false(hone_machine_noisy(&calm));
    struct hone_machine m = calm;
    m.waited = 0.3;
    assert_true(hone_machine_noisy(&m));
    m = calm;
    m.steal = 0.2;
    assert_true(hone_machine_noisy(&m));
    m = calm;
    m.error = 0.1;
    assert_true(hone_machine_noisy(&m));
    m = calm; /* a tail of slow samples and short waits are everyday: what was found is as sure */
    m.slow = 0.4;
    m.waited = 0.1;
    m.error = 0.03;
    assert_false(hone_machine_noisy(&m));
    m = calm;
    m.others = 0.6; /* on processors of their own they do no harm ... */
    assert_false(hone_machine_noisy(&m));
    m.waited = -1; /* ... but where nobody can tell, they are taken for noise */
    assert_true(hone_machine_noisy(&m));
}

static void the_text_says_it(void **state)
{
    (void)state;
    char text[HONE_MACHINE_TEXT_BYTES];
    struct hone_machine m = calm;
    hone_machine_text(&m, text);
    assert_string_equal(text, "others=0.10 waited=0.01 steal=0.00 error=0.000 slow=0.00 "
                              "drift=1.10 load=3.0 mhz=2000 step=1.000");
    m.waited = 0.25;
    hone_machine_text(&m, text);
    assert_non_null(strstr(text, "waited=0.25"));
    assert_string_equal(text + strlen(text) - 6, " noisy");
}

/* On one processor, so that it holds on machines with many. */
static int pin(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int cpu = sched_getcpu();
    if (cpu < 0) return 0;
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

static enum hone_status work(void *context, uint32_t n_calls, struct hone_error *err)
{
    volatile double *sum = context;
    (void)err;
    for (uint32_t i = 0; i < n_calls * 2000u; i++) *sum = *sum * 0.999 + 1;
    return HONE_OK;
}

static void time_work(struct hone_machine *machine)
{
    double sum = 0;
    struct hone_contender contender = {.run = work, .context = &sum};
    struct hone_measurement *m = calloc(1, sizeof *m);
    struct hone_measure_plan plan = {.n_rounds_min = 300, .n_rounds_max = 300, .limit_ns = 1 << 30};
    struct hone_machine_watch watch;
    hone_machine_begin(&watch);
    assert_int_equal(hone_measure(&hone_clock_raw, &contender, 1, &plan, m, NULL), HONE_OK);
    hone_machine_end(&watch, machine);
    free(m);
}

static void *spin(void *until)
{
    volatile double sum = 0;
    while (!atomic_load((atomic_bool *)until)) sum = sum + 1;
    return NULL;
}

/* The kernel counts that as waiting, too. */
static void threads_of_ours_are_no_neighbours(void **state)
{
    (void)state;
    struct hone_machine machine;
    pthread_t threads[2];
    atomic_bool done = false;
    if (!pin()) {
        printf("skipped: cannot be pinned to a processor\n");
        return;
    }
    for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, spin, &done), 0);
    time_work(&machine);
    atomic_store(&done, true);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    if (machine.waited < 0 || machine.others < 0) return;
    double others = machine.others * (double)sysconf(_SC_NPROCESSORS_ONLN);
    printf("waited %.2f, others had %.2f processors\n", machine.waited, others);
    assert_true(machine.waited <= others + 0.02);
}

static void two_neighbours_are_noticed(void **state)
{
    (void)state;
    struct hone_machine machine;
    pid_t children[NEIGHBOURS];
    char text[HONE_MACHINE_TEXT_BYTES];
    if (!pin()) {
        printf("skipped: cannot be pinned to a processor\n");
        return;
    }
    for (int i = 0; i < NEIGHBOURS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (volatile int x = 0;; x++) continue;
        }
        assert_true(children[i] > 0);
    }
    time_work(&machine);
    for (int i = 0; i < NEIGHBOURS; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    hone_machine_text(&machine, text);
    printf("%s\n", text);
    assert_true(hone_machine_noisy(&machine));
    assert_true(machine.waited < 0 || machine.waited > 0.3);
    assert_true(machine.step_ns > 0.05 && machine.step_ns < 1000);
    assert_true(machine.others <= 1 && machine.steal <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sign_counts),
        cmocka_unit_test(the_text_says_it),
        cmocka_unit_test(threads_of_ours_are_no_neighbours),
        cmocka_unit_test(two_neighbours_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
