/* SPDX-License-Identifier: Apache-2.0 */
/* test_timers.c -- timers come when they are due, compared with a search through all of them. */
#include "base/timers.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "base/random.h"

#define TIMERS 100

static struct timers *new_timers(void)
{
	struct timers *timers = NULL;

	cr_assert_eq(timers_new(&timers, TIMERS), 0);
	return timers;
}

Test(timers, an_empty_heap_is_never_due)
{
	struct timers *timers = new_timers();

	cr_assert_eq(timers_next_due(timers), UINT64_MAX);
	cr_assert_null(timers_take_due(timers, UINT64_MAX));
	cr_assert_eq(timers_count(timers), 0);
	timers_free(timers);
}

Test(timers, a_timer_is_taken_at_its_time_and_not_before)
{
	struct timers *timers = new_timers();
	struct timer timer = {0};

	timers_set(timers, &timer, 1000);
	cr_assert(timer_is_set(&timer));
	cr_assert_eq(timers_next_due(timers), 1000);
	cr_assert_null(timers_take_due(timers, 999));
	cr_assert_eq(timers_take_due(timers, 1000), &timer);
	cr_assert_not(timer_is_set(&timer));
	cr_assert_null(timers_take_due(timers, UINT64_MAX));
	timers_free(timers);
}

Test(timers, setting_again_moves_the_timer)
{
	struct timers *timers = new_timers();
	struct timer a = {0}, b = {0};

	timers_set(timers, &a, 10);
	timers_set(timers, &b, 20);
	timers_set(timers, &a, 30);
	cr_assert_eq(timers_count(timers), 2);
	cr_assert_eq(timers_take_due(timers, 100), &b);
	timers_set(timers, &a, 5);
	cr_assert_eq(timers_next_due(timers), 5);
	timers_free(timers);
}

Test(timers, a_cancelled_timer_does_not_come)
{
	struct timers *timers = new_timers();
	struct timer a = {0}, b = {0};

	timers_set(timers, &a, 10);
	timers_set(timers, &b, 20);
	timers_cancel(timers, &a);
	timers_cancel(timers, &a);
	cr_assert_not(timer_is_set(&a));
	cr_assert_eq(timers_take_due(timers, 100), &b);
	cr_assert_null(timers_take_due(timers, 100));
	timers_free(timers);
}

/* The earliest due time of all that are set: by looking at each. */
static uint64_t earliest(const struct timer *list)
{
	uint64_t due_ns = TIMERS_NONE_DUE;

	for (int i = 0; i < TIMERS; i++) {
		if (timer_is_set(&list[i]) && list[i].due_ns < due_ns)
			due_ns = list[i].due_ns;
	}
	return due_ns;
}

Test(timers, under_random_calls_the_next_is_always_the_earliest)
{
	struct timers *timers = new_timers();
	struct timer list[TIMERS] = {0};
	struct random random;

	random_seed(&random, 1);
	for (int i = 0; i < 20000; i++) {
		struct timer *timer = &list[random_below(&random, TIMERS)];
		uint64_t now_ns = random_below(&random, 1000);

		if (random_chance(&random, 1, 2)) {
			timers_set(timers, timer, random_below(&random, 1000));
		} else if (random_chance(&random, 1, 2)) {
			timers_cancel(timers, timer);
		} else {
			uint64_t due_ns = earliest(list);

			timer = timers_take_due(timers, now_ns);
			cr_assert_eq(timer != NULL, due_ns <= now_ns);
			cr_assert(!timer || timer->due_ns == due_ns);
			cr_assert(!timer || !timer_is_set(timer));
		}
		cr_assert_eq(timers_next_due(timers), earliest(list));
	}
	timers_free(timers);
}

static void count_up(struct timer *timer, uint64_t now_ns)
{
	*(uint64_t *)timer->owner += now_ns;
}

Test(timers, the_taker_can_call_the_timer_for_its_owner)
{
	struct timers *timers = new_timers();
	uint64_t sum = 0;
	struct timer timer;

	timer_init(&timer, &sum, count_up);
	timers_set(timers, &timer, 1);
	timer.fire(timers_take_due(timers, 7), 7);
	cr_assert_eq(sum, 7);
	timers_free(timers);
}

Test(timers, freeing_the_heap_leaves_its_timers_idle)
{
	struct timers *timers = new_timers();
	struct timer timer = {0};

	timers_set(timers, &timer, 1);
	timers_free(timers);
	cr_assert_not(timer_is_set(&timer));
	timers_free(NULL);
}

Test(timers, setting_a_timer_of_another_heap_is_a_bug, .signal = SIGABRT)
{
	struct timers *one = new_timers();
	struct timers *other = new_timers();
	struct timer timer = {0};

	timers_set(one, &timer, 1);
	timers_set(other, &timer, 1);
}

Test(timers, more_timers_than_the_heap_was_made_for_are_a_bug, .signal = SIGABRT)
{
	struct timers *timers = new_timers();
	struct timer list[TIMERS + 1] = {0};

	for (int i = 0; i < TIMERS + 1; i++)
		timers_set(timers, &list[i], 1);
}
