/* SPDX-License-Identifier: MIT */
/* Threads that share a processor are parted, and keep the processors they may use. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/device/place.h"

enum { N_PLACES = 3 };

struct seats {
    struct hone_place places[N_PLACES];
    cpu_set_t allowed;
};

/* On the first processor it may use, with all of them allowed again. */
static int sit_on_first(struct seats *seats)
{
    int first = 0;
    cpu_set_t one;
    assert_int_equal(sched_getaffinity(0, sizeof seats->allowed, &seats->allowed), 0);
    while (!CPU_ISSET(first, &seats->allowed)) first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    for (int i = 0; i < N_PLACES; i++) hone_place_init(&seats->places[i]);
    return first;
}

static void allow_all(const struct seats *seats)
{
    assert_int_equal(sched_setaffinity(0, sizeof seats->allowed, &seats->allowed), 0);
}

static void assert_allowed(const cpu_set_t *expected)
{
    cpu_set_t now;
    assert_int_equal(sched_getaffinity(0, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, expected));
}

static int processor_of(struct hone_place *place)
{
    return atomic_load(&place->processor);
}

static void test_leaves_a_shared_processor(void **state)
{
    (void)state;
    struct seats seats;
    int first = sit_on_first(&seats);
    allow_all(&seats);
    if (CPU_COUNT(&seats.allowed) < 2) skip();
    atomic_store(&seats.places[0].processor, first);
    hone_place_part(&seats.places[1], seats.places, N_PLACES);
    /* Where the thread was between the two calls may have changed: it is not on `first` after. */
    assert_int_not_equal(processor_of(&seats.places[1]), first);
    assert_allowed(&seats.allowed);
}

static void test_stays_where_it_is_alone(void **state)
{
    (void)state;
    struct seats seats;
    int first = sit_on_first(&seats);
    hone_place_part(&seats.places[1], seats.places, N_PLACES);
    assert_int_equal(processor_of(&seats.places[1]), first);
    assert_int_equal(seats.places[1].n_moves, 0);
    allow_all(&seats);
}

/* A thread that may use one processor only, or whose others are all taken, stays and is not
 * confined to anything else. */
static void test_has_nowhere_to_go(void **state)
{
    (void)state;
    struct seats seats;
    int first = sit_on_first(&seats);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    atomic_store(&seats.places[0].processor, first);
    hone_place_part(&seats.places[1], seats.places, N_PLACES);
    assert_int_equal(processor_of(&seats.places[1]), first);
    assert_allowed(&one);
    allow_all(&seats);
}

/* Each move in vain doubles the time to the next; one look that finds it alone ends that. */
static void test_moves_seldom(void **state)
{
    (void)state;
    struct seats seats;
    int first = sit_on_first(&seats);
    struct hone_place *self = &seats.places[1];
    atomic_store(&seats.places[0].processor, first);
    hone_place_part(self, seats.places, N_PLACES);
    assert_int_equal(self->n_moves, 1);
    hone_place_part(self, seats.places, N_PLACES);
    assert_int_equal(self->n_moves, 1); /* too early */
    for (uint32_t i = 1; i < 20; i++) {
        uint64_t before = self->next_ns;
        self->next_ns = 0;
        hone_place_part(self, seats.places, N_PLACES);
        assert_true(self->next_ns > before);
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    assert_true(self->next_ns <= ns + 128000000);
    assert_true(self->next_ns >= ns + 50000000);
    atomic_store(&seats.places[0].processor, -1);
    hone_place_part(self, seats.places, N_PLACES);
    assert_int_equal(self->n_moves, 0);
    allow_all(&seats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_a_shared_processor),
        cmocka_unit_test(test_stays_where_it_is_alone),
        cmocka_unit_test(test_has_nowhere_to_go),
        cmocka_unit_test(test_moves_seldom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
