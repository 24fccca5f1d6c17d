/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c -- see clock.h.
 *
 * Both clocks are answered in user space (vDSO), in some ten nanoseconds. */
#include "host/clock.h"

#include <assert.h>
#include <time.h>

static uint64_t clock_read_ns(clockid_t clock)
{
	struct timespec now;
	int error = clock_gettime(clock, &now);

	assert(error == 0); /* only for a clock the kernel does not know */
	(void)error;
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

uint64_t clock_boot_ns(void)
{
	return clock_read_ns(CLOCK_BOOTTIME);
}

uint64_t clock_wall_ns(void)
{
	return clock_read_ns(CLOCK_REALTIME);
}
