/* SPDX-License-Identifier: Apache-2.0 */
/* test_lanes.c -- lanes come and go, each on its own. */
#include "transfer/lanes.h"

#include <criterion/criterion.h>

#define MS UINT64_C(1000000)

static struct lanes lanes;
static struct todo_list todo;

static void start(void)
{
	lanes_init(&lanes, &todo, 10000 * MS);
	lanes_start(&lanes, 2, 1, 1000 * MS);
}

static bool next(enum transfer_action_kind kind, int lane)
{
	struct todo got;

	return todo_take(&todo, &got) && got.kind == kind && got.connection == lane;
}

static void bring_up(int lane)
{
	lanes_dialed(&lanes, lane, 0, 1000 * MS);
	lanes_joined(&lanes, lane, 0, 1000 * MS);
}

Test(lanes, each_is_dialed_joined_and_up, .init = start)
{
	cr_assert(next(ACTION_DIAL, 0));
	cr_assert(next(ACTION_DIAL, 1));
	lanes_dialed(&lanes, 1, 0, 1000 * MS);
	cr_assert(next(ACTION_JOIN_LANE, 1));
	cr_assert(!lanes_is_up(&lanes, 1));
	lanes_joined(&lanes, 1, 0, 1000 * MS);
	cr_assert(lanes_is_up(&lanes, 1));
	cr_assert(!lanes_is_up(&lanes, 0));
}

Test(lanes, a_lost_one_is_closed_and_dialed_after_a_pause_that_doubles, .init = start)
{
	uint64_t now_ns = 1000 * MS;
	uint64_t pause_ns = 5 * MS;

	todo_clear(&todo);
	for (int i = 0; i < 5; i++) {
		lanes_dialed(&lanes, 0, -111, now_ns);
		cr_assert(next(ACTION_CLOSE, 0));
		cr_assert_eq(lanes_deadline_ns(&lanes), now_ns + pause_ns);
		lanes_tick(&lanes, now_ns + pause_ns - 1);
		cr_assert_eq(todo.count, 0);
		now_ns += pause_ns;
		lanes_tick(&lanes, now_ns);
		cr_assert(next(ACTION_DIAL, 0));
		pause_ns *= 2;
	}
}

Test(lanes, one_that_never_works_is_given_up_and_the_other_goes_on, .init = start)
{
	uint64_t now_ns = 1000 * MS;

	bring_up(1);
	for (uint32_t i = 0; i < HFT_LANE_TRIES_MAX; i++) {
		lanes_dialed(&lanes, 0, -111, now_ns);
		now_ns += 1000 * MS;
		lanes_tick(&lanes, now_ns);
	}
	todo_clear(&todo);
	lanes_tick(&lanes, now_ns + 100000 * MS);
	cr_assert_eq(todo.count, 0);
	cr_assert(!lanes_are_gone(&lanes));
	cr_assert(lanes_is_up(&lanes, 1));
}

Test(lanes, success_forgets_the_failures_before, .init = start)
{
	uint64_t now_ns = 1000 * MS;

	for (uint32_t i = 0; i < 5 * HFT_LANE_TRIES_MAX; i++) {
		lanes_dialed(&lanes, 0, 0, now_ns);
		lanes_joined(&lanes, 0, 0, now_ns);
		cr_assert(lanes_is_up(&lanes, 0));
		lanes_lost(&lanes, 0, now_ns);
		now_ns += 5 * MS;
		todo_clear(&todo);
		lanes_tick(&lanes, now_ns);
	}
	cr_assert(!lanes_are_gone(&lanes));
}

Test(lanes, no_answer_is_a_failed_try, .init = start)
{
	todo_clear(&todo);
	lanes_tick(&lanes, 11000 * MS);
	cr_assert(next(ACTION_CLOSE, 0));
	cr_assert(next(ACTION_CLOSE, 1));
}

Test(lanes, a_late_answer_about_a_stopped_lane_is_ignored, .init = start)
{
	todo_clear(&todo);
	lanes_stop(&lanes);
	lanes_dialed(&lanes, 0, 0, 1000 * MS);
	lanes_lost(&lanes, 1, 1000 * MS);
	cr_assert_eq(todo.count, 0);
	cr_assert_eq(lanes_deadline_ns(&lanes), UINT64_MAX);
}
