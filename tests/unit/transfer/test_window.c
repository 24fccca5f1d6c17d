/* SPDX-License-Identifier: Apache-2.0 */
/* test_window.c -- chunks between taken and written. */
#include "transfer/window.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct window window;

static void start(void)
{
	window_init(&window);
}

static void issue(uint64_t chunk, int lane)
{
	struct window_chunk *found = window_find(&window, chunk);

	window_issue(&window, found ? found : window_add(&window, chunk), lane);
}

static void sent(uint64_t chunk, int lane)
{
	struct digest digest = rig_digest(chunk);

	(void)window_sent(&window, chunk, lane, &digest);
}

static void stored(uint64_t first, uint64_t end)
{
	struct ranges ranges = {0};

	cr_assert_eq(ranges_add(&ranges, first, end), 0);
	window_stored(&window, &ranges);
}

static bool take(uint64_t *chunk)
{
	struct digest digest;

	return window_take(&window, chunk, &digest);
}

Test(window, a_chunk_leaves_when_it_is_both_sent_and_stored, .init = start)
{
	uint64_t chunk = 9;

	issue(0, 0);
	cr_assert(!take(&chunk));
	sent(0, 0);
	cr_assert(!take(&chunk));
	stored(0, 1);
	cr_assert(take(&chunk));
	cr_assert_eq(chunk, 0);
	cr_assert_eq(window.count, 0);
}

Test(window, stored_may_be_heard_before_sent, .init = start)
{
	uint64_t chunk = 9;

	issue(0, 0);
	stored(0, 1);
	cr_assert(!take(&chunk), "its digest is not known yet");
	sent(0, 0);
	cr_assert(take(&chunk));
}

Test(window, a_lost_lane_gives_back_what_is_not_written, .init = start)
{
	for (uint64_t i = 0; i < 3; i++)
		issue(i, 0);
	issue(3, 1);
	sent(0, 0);
	sent(1, 0);
	stored(0, 1);
	window_lane_lost(&window, 0);
	cr_assert_eq(window.outstanding[0], 0);
	cr_assert_eq(window_find(&window, 0)->state, WINDOW_SENT, "written, and its digest known");
	cr_assert_eq(window_next(&window)->chunk, 1);
	cr_assert_eq(window_find(&window, 2)->state, WINDOW_TODO);
	cr_assert_eq(window_find(&window, 3)->state, WINDOW_ISSUED);
	cr_assert_eq(window.todo_count, 2);
}

Test(window, a_written_chunk_without_a_digest_goes_again, .init = start)
{
	uint64_t chunk = 9;

	issue(0, 0);
	stored(0, 1);
	window_lane_lost(&window, 0);
	cr_assert(!take(&chunk));
	cr_assert_eq(window_next(&window)->chunk, 0);
	issue(0, 1);
	sent(0, 1);
	cr_assert(take(&chunk));
}

Test(window, a_bad_chunk_goes_again_and_is_counted, .init = start)
{
	HFT_RULE(D_231);
	issue(0, 0);
	sent(0, 0);
	cr_assert_eq(window_again(&window, 0)->tries, 1);
	cr_assert_eq(window_next(&window)->chunk, 0);
	issue(0, 0);
	cr_assert_eq(window_find(&window, 0)->sends, 2);
}

Test(window, bad_may_be_heard_before_sent, .init = start)
{
	issue(0, 0);
	cr_assert_not_null(window_again(&window, 0));
	cr_assert_null(window_next(&window), "the lane still has it");
	sent(0, 0);
	cr_assert_eq(window_next(&window)->chunk, 0);
}

Test(window, the_lowest_chunk_goes_first, .init = start)
{
	(void)window_add(&window, 5);
	(void)window_add(&window, 3);
	(void)window_add(&window, 4);
	cr_assert_eq(window_next(&window)->chunk, 3);
}

Test(window, an_end_cuts_what_lies_behind_it, .init = start)
{
	issue(0, 0);
	issue(1, 0);
	(void)window_add(&window, 2);
	window_cut(&window, 1);
	cr_assert_eq(window.count, 1);
	cr_assert_eq(window.todo_count, 0);
	sent(1, 0);
	cr_assert_eq(window.outstanding[0], 1, "the lane has answered for one of two");
}

Test(window, a_lane_with_more_than_it_can_is_a_bug, .init = start, .signal = SIGABRT)
{
	for (uint64_t i = 0; i <= HFT_LANE_DEPTH; i++)
		issue(i, 0);
}
