/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c -- the clocks are the ones they should be. */
#include "host/clock.h"

#include <criterion/criterion.h>
#include <time.h>

#define SECOND_NS UINT64_C(1000000000)

static uint64_t read_ns(clockid_t clock)
{
	struct timespec now;

	cr_assert_eq(clock_gettime(clock, &now), 0);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

Test(clock, boot_time_is_that_of_the_kernel)
{
	uint64_t before_ns = read_ns(CLOCK_BOOTTIME);
	uint64_t now_ns = clock_boot_ns();
	uint64_t after_ns = read_ns(CLOCK_BOOTTIME);

	cr_assert_leq(before_ns, now_ns);
	cr_assert_leq(now_ns, after_ns);
}

Test(clock, boot_time_never_goes_back)
{
	uint64_t last_ns = clock_boot_ns();

	for (int i = 0; i < 10000; i++) {
		uint64_t now_ns = clock_boot_ns();

		cr_assert_geq(now_ns, last_ns);
		last_ns = now_ns;
	}
}

Test(clock, wall_time_counts_from_1970)
{
	uint64_t now_ns = clock_wall_ns();
	uint64_t expected_ns = read_ns(CLOCK_REALTIME);

	/* A step of the clock between the two readings may come, but not one of a minute. */
	cr_assert_leq(now_ns, expected_ns + 60 * SECOND_NS);
	cr_assert_geq(now_ns + 60 * SECOND_NS, expected_ns);
}
