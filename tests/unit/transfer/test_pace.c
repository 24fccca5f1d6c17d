/* SPDX-License-Identifier: Apache-2.0 */
/* test_pace.c -- a rate is kept. */
#include "transfer/pace.h"

#include <criterion/criterion.h>

#include <hft/limits.h>

#define S UINT64_C(1000000000)

Test(pace, without_a_rate_everything_may_go_at_once)
{
	struct pace pace;

	pace_init(&pace, 0);
	cr_assert_eq(pace_take(&pace, 1000000, 5 * S), 0);
	cr_assert_eq(pace_take(&pace, 1000000, 5 * S), 0);
}

Test(pace, chunks_are_apart_by_their_time_at_the_rate)
{
	struct pace pace;

	pace_init(&pace, 1000000);
	cr_assert_eq(pace_take(&pace, 1000000, 5 * S), 0);
	cr_assert_eq(pace_take(&pace, 500000, 5 * S), 6 * S - HFT_PACE_BURST_NS);
	cr_assert_eq(pace_take(&pace, 1000000, 5 * S), 6 * S + S / 2 - HFT_PACE_BURST_NS);
}

Test(pace, a_pause_is_not_followed_by_a_flood)
{
	struct pace pace;

	pace_init(&pace, 1000000);
	cr_assert_eq(pace_take(&pace, 1000000, 5 * S), 0);
	cr_assert_eq(pace_take(&pace, 1000000, 100 * S), 0);
	cr_assert_eq(pace_take(&pace, 1000000, 100 * S), 101 * S - HFT_PACE_BURST_NS);
}
