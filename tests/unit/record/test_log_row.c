/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_row.c -- the rate of an attempt. */
#include <criterion/criterion.h>

#include "record/log_row.h"

Test(log_row, the_rate_is_bytes_over_time)
{
	struct log_row row = {
		.bytes_moved = 3000, .started_wall_ns = 5, .ended_wall_ns = UINT64_C(2000000005)};

	cr_assert_eq(log_row_rate(&row), 1500);
}

Test(log_row, a_large_file_in_a_nanosecond_does_not_overflow)
{
	struct log_row row = {
		.bytes_moved = UINT64_C(1) << 33, .started_wall_ns = 1, .ended_wall_ns = 2};

	cr_assert_eq(log_row_rate(&row), (UINT64_C(1) << 33) * 1000000000);
}

Test(log_row, no_time_or_a_clock_set_back_gives_no_rate)
{
	struct log_row row = {.bytes_moved = 3000, .started_wall_ns = 5, .ended_wall_ns = 5};

	cr_assert_eq(log_row_rate(&row), 0);
	row.ended_wall_ns = 4;
	cr_assert_eq(log_row_rate(&row), 0);
}
