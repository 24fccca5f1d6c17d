/* SPDX-License-Identifier: Apache-2.0 */
/* test_retry_grid.c -- the table of domain rules 8.3 by number, and then its edges. */
#include "request/retry_grid.h"

#include <criterion/criterion.h>
#include <hft/limits.h>
#include <signal.h>

#include "base/random.h"
#include "support/rule.h"

#define S  HFT_NS_PER_S
#define MS HFT_NS_PER_MS
#define T0 (UINT64_C(5000) * S)

static struct retry_grid waiting(uint64_t interval_ns, uint32_t count)
{
	struct retry_grid grid;

	retry_grid_auto_wait(&grid, T0, interval_ns, count, 10 * S);
	return grid;
}

static struct retry_point next(const struct retry_grid *grid, uint32_t k, uint64_t now_ns)
{
	struct retry_point point = {0};

	cr_assert(retry_grid_next(grid, k, 0, now_ns, &point));
	return point;
}

Test(retry_grid, thirty_seconds_and_five_are_tried_at_30_to_180)
{
	HFT_RULE(D_111);
	HFT_RULE(D_112);
	HFT_RULE(D_119);
	static const uint64_t table_s[] = {30, 60, 90, 120, 150, 180};
	struct retry_grid grid = waiting(30 * S, 5);

	cr_assert_eq(retry_grid_tries(&grid), ARRAY_COUNT(table_s));
	for (uint32_t k = 1; k <= ARRAY_COUNT(table_s); k++) {
		cr_assert_eq(retry_grid_try_ns(&grid, k), T0 + table_s[k - 1] * S);
		cr_assert_eq(next(&grid, k, T0).at_ns, T0 + table_s[k - 1] * S);
	}
	cr_assert_eq(retry_grid_window_ns(&grid), 180 * S);
}

Test(retry_grid, after_the_last_try_there_is_none)
{
	struct retry_grid grid = waiting(30 * S, 5);
	struct retry_point point = {.k = 77};

	cr_assert(retry_grid_next(&grid, 6, 0, T0 + 151 * S, &point));
	cr_assert_eq(point.k, 6);
	point.k = 77;
	cr_assert_not(retry_grid_next(&grid, 7, 0, T0 + 181 * S, &point));
	cr_assert_eq(point.k, 77);
}

Test(retry_grid, a_first_connect_tries_at_once_and_c_times_more)
{
	HFT_RULE(D_22);
	struct retry_grid grid;

	retry_grid_first_connect(&grid, T0, 20 * S, 3, 10 * S);
	cr_assert_eq(retry_grid_tries(&grid), 4);
	for (uint32_t k = 0; k <= 3; k++)
		cr_assert_eq(next(&grid, k, T0).at_ns, T0 + k * 20 * S);
	cr_assert_eq(retry_grid_window_ns(&grid), 60 * S);
}

Test(retry_grid, no_count_is_one_try)
{
	HFT_RULE(D_114);
	struct retry_grid grid = waiting(30 * S, 0);
	struct retry_point point;

	cr_assert_eq(retry_grid_tries(&grid), 1);
	cr_assert_eq(next(&grid, 1, T0).at_ns, T0 + 30 * S);
	cr_assert_not(retry_grid_next(&grid, 2, 0, T0 + 30 * S, &point));
}

Test(retry_grid, a_try_ends_by_the_smaller_of_interval_and_timeout_after_its_point)
{
	HFT_RULE(D_113);
	struct retry_grid grid = waiting(30 * S, 5);

	cr_assert_eq(next(&grid, 1, T0).deadline_ns, T0 + 40 * S);
	/* Late by 70 ms: the bound does not move with it. */
	cr_assert_eq(next(&grid, 1, T0 + 30 * S + 70 * MS).deadline_ns, T0 + 40 * S);
	grid = waiting(4 * S, 5);
	cr_assert_eq(next(&grid, 2, T0).deadline_ns, T0 + 12 * S);
	grid = waiting(0, 5);
	cr_assert_eq(next(&grid, 1, T0).deadline_ns, T0 + 10 * S);
}

Test(retry_grid, a_point_is_missed_when_it_passed_by_more_than_100_ms)
{
	HFT_RULE(D_114);
	HFT_RULE(D_117);
	struct retry_grid grid = waiting(30 * S, 5);
	struct retry_point point = next(&grid, 1, T0 + 30 * S + 100 * MS);

	cr_assert_eq(point.k, 1);
	cr_assert_eq(point.at_ns, T0 + 30 * S + 100 * MS);
	point = next(&grid, 1, T0 + 30 * S + 100 * MS + 1);
	cr_assert_eq(point.k, 2);
	cr_assert_eq(point.at_ns, T0 + 60 * S);
}

Test(retry_grid, missed_points_are_not_made_up_and_one_try_is_left_at_the_end)
{
	HFT_RULE(D_117);
	struct retry_grid grid = waiting(30 * S, 5);
	struct retry_point point = next(&grid, 2, T0 + 130 * S);

	cr_assert_eq(point.k, 5);
	cr_assert_eq(point.at_ns, T0 + 150 * S);
	point = next(&grid, 2, T0 + 1000 * S);
	cr_assert_eq(point.k, 6);
	cr_assert_eq(point.at_ns, T0 + 1000 * S);
	cr_assert_eq(point.deadline_ns, T0 + 1010 * S);
}

Test(retry_grid, without_an_interval_tries_follow_each_other_100_ms_apart)
{
	HFT_RULE(D_114);
	struct retry_grid grid = waiting(0, 3);
	struct retry_point point;

	cr_assert_eq(next(&grid, 1, T0).at_ns, T0);
	/* It ended after 3 ms ... */
	cr_assert(retry_grid_next(&grid, 2, T0, T0 + 3 * MS, &point));
	cr_assert_eq(point.k, 2);
	cr_assert_eq(point.at_ns, T0 + 100 * MS);
	/* ... or after 9 s: nothing is missed then. */
	cr_assert(retry_grid_next(&grid, 2, T0, T0 + 9 * S, &point));
	cr_assert_eq(point.k, 2);
	cr_assert_eq(point.at_ns, T0 + 9 * S);
	cr_assert_not(retry_grid_next(&grid, 5, T0, T0 + 9 * S, &point));
}

Test(retry_grid, a_restart_goes_on_with_the_next_future_point)
{
	HFT_RULE(D_117);
	HFT_RULE(D_126);
	struct retry_grid grid = waiting(30 * S, 5);
	struct retry_point point;

	retry_grid_resume(&grid, T0 + 70 * S, &point);
	cr_assert_eq(point.k, 3);
	cr_assert_eq(point.at_ns, T0 + 90 * S);
	retry_grid_resume(&grid, T0 + 181 * S, &point);
	cr_assert_eq(point.k, 6);
	cr_assert_eq(point.at_ns, T0 + 181 * S);
}

Test(retry_grid, a_restart_without_an_interval_does_not_begin_anew)
{
	HFT_RULE(D_126);
	struct retry_grid grid = waiting(0, 9);
	struct retry_point point;

	retry_grid_resume(&grid, T0 + 500 * MS, &point);
	cr_assert_eq(point.k, 5);
	cr_assert_eq(point.at_ns, T0 + 500 * MS);
	retry_grid_resume(&grid, T0 + 60 * S, &point);
	cr_assert_eq(point.k, 10);
	cr_assert_eq(point.at_ns, T0 + 60 * S);
}

Test(retry_grid, a_start_before_the_clock_began_is_no_trouble)
{
	HFT_RULE(D_117);
	struct retry_grid grid;
	struct retry_point point;
	uint64_t now_ns = 5 * S; /* booted five seconds ago; t0 was 100 s ago */

	retry_grid_auto_wait(&grid, now_ns - 100 * S, 30 * S, 5, 10 * S);
	retry_grid_resume(&grid, now_ns, &point);
	cr_assert_eq(point.k, 4);
	cr_assert_eq(point.at_ns, now_ns + 20 * S);
}

Test(retry_grid, a_start_that_is_still_to_come_is_waited_for)
{
	struct retry_grid grid = waiting(30 * S, 5);

	cr_assert_eq(next(&grid, 1, T0 - S).k, 1);
	cr_assert_eq(next(&grid, 1, T0 - S).at_ns, T0 + 30 * S);
}

/* Whatever the numbers: k only grows, no try is before its point or before now, and each ends
 * before the next point. */
Test(retry_grid, tries_are_never_before_their_point_and_end_before_the_next)
{
	HFT_RULE(D_110);
	struct random random;

	random_seed(&random, 42);
	for (int round = 0; round < 20000; round++) {
		struct retry_grid grid = waiting((1 + random_below(&random, 100)) * S,
						 (uint32_t)random_below(&random, 12));
		uint64_t now_ns = T0;
		struct retry_point point;
		uint32_t k = 0;

		while (retry_grid_next(&grid, k, 0, now_ns, &point)) {
			uint64_t due_ns = retry_grid_try_ns(&grid, point.k);

			cr_assert(point.k >= k && point.k <= grid.last);
			cr_assert(point.at_ns >= now_ns && point.at_ns >= due_ns);
			cr_assert(point.k == grid.last || point.at_ns <= due_ns + 100 * MS);
			cr_assert(point.k == grid.last ||
				  point.deadline_ns <= due_ns + grid.interval_ns);
			now_ns = point.at_ns + random_below(&random, 3 * grid.interval_ns);
			k = point.k + 1;
		}
		cr_assert_eq(k, grid.last + 1);
	}
}

Test(retry_grid, a_try_beyond_the_last_one_has_no_instant, .signal = SIGABRT)
{
	struct retry_grid grid = waiting(30 * S, 5);

	(void)retry_grid_try_ns(&grid, 7);
}
