/* SPDX-License-Identifier: Apache-2.0 */
/* test_silence.c -- what it means that nothing is heard. */
#include "transfer/silence.h"

#include <criterion/criterion.h>

#include <hft/limits.h>

#include "support/rule.h"

#define MS UINT64_C(1000000)

static struct silence usual(void)
{
	struct silence silence;

	silence_init(&silence, 2000 * MS, 60000 * MS, 1000 * MS);
	return silence;
}

Test(silence, dead_after_of_it_is_a_verdict)
{
	struct silence silence = usual();

	HFT_RULE(D_129);
	cr_assert_eq(silence_check(&silence, 2999 * MS), SILENCE_FINE);
	cr_assert_eq(silence_check(&silence, 3000 * MS), SILENCE_DEAD);
	silence_heard(&silence, 2500 * MS);
	cr_assert_eq(silence_check(&silence, 3000 * MS), SILENCE_FINE);
}

Test(silence, time_in_which_our_own_timer_was_late_does_not_count)
{
	struct silence silence = usual();

	HFT_RULE(D_130);
	cr_assert_eq(silence_tick(&silence, 1200 * MS, 31200 * MS), 30000 * MS);
	cr_assert_eq(silence_check(&silence, 31200 * MS), SILENCE_FINE);
	cr_assert_eq(silence_check(&silence, 33000 * MS), SILENCE_DEAD);
}

Test(silence, a_tick_that_is_a_little_late_changes_nothing)
{
	struct silence silence = usual();

	cr_assert_eq(silence_tick(&silence, 1200 * MS, 1299 * MS), 0);
	cr_assert_eq(silence_tick(&silence, UINT64_MAX, 90000 * MS), 0);
	cr_assert_eq(silence_check(&silence, 3000 * MS), SILENCE_DEAD);
}

Test(silence, the_bound_counts_all_time)
{
	struct silence silence = usual();

	HFT_RULE(D_128);
	cr_assert_eq(silence_tick(&silence, 1200 * MS, 70000 * MS), 68800 * MS);
	cr_assert_eq(silence_check(&silence, 70000 * MS), SILENCE_TOO_LONG);
}

Test(silence, an_alive_frame_is_due_when_we_said_nothing_for_long)
{
	struct silence silence = usual();

	cr_assert(!silence_alive_due(&silence, 1199 * MS));
	cr_assert(silence_alive_due(&silence, 1000 * MS + HFT_ALIVE_NS));
	cr_assert_eq(silence_deadline_ns(&silence), 1000 * MS + HFT_ALIVE_NS);
	silence_said(&silence, 1150 * MS);
	cr_assert(!silence_alive_due(&silence, 1200 * MS));
	cr_assert_eq(silence_ms(&silence, 1500 * MS), 500);
}
