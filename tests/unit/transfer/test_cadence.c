/* SPDX-License-Identifier: Apache-2.0 */
/* test_cadence.c -- when a checkpoint is taken. */
#include "transfer/cadence.h"

#include <criterion/criterion.h>

#include <hft/limits.h>

#define MS  UINT64_C(1000000)
#define MIB (UINT64_C(1) << 20)

static struct cadence usual(void)
{
	struct cadence cadence;

	cadence_init(&cadence, 64 * MIB, 250 * MS);
	return cadence;
}

Test(cadence, without_new_bytes_it_is_never_due)
{
	struct cadence cadence = usual();

	cadence_hurry(&cadence);
	cr_assert(!cadence_is_due(&cadence, UINT64_MAX));
	cr_assert_eq(cadence_deadline_ns(&cadence), UINT64_MAX);
}

Test(cadence, few_bytes_wait_for_the_time)
{
	struct cadence cadence = usual();

	cadence_wrote(&cadence, MIB, 1000 * MS);
	cr_assert(!cadence_is_due(&cadence, 1249 * MS));
	cr_assert(cadence_is_due(&cadence, 1250 * MS));
}

Test(cadence, many_bytes_do_not_wait)
{
	struct cadence cadence = usual();

	cadence_wrote(&cadence, 64 * MIB, 1000 * MS);
	cr_assert(cadence_is_due(&cadence, 1000 * MS));
}

Test(cadence, a_costly_checkpoint_moves_the_next_one_away)
{
	struct cadence cadence = usual();

	cadence_wrote(&cadence, 64 * MIB, 1000 * MS);
	cadence_begin(&cadence, 1000 * MS);
	cadence_done(&cadence, 10 * MS);
	cadence_wrote(&cadence, 64 * MIB, 1020 * MS);
	cr_assert(!cadence_is_due(&cadence, 1999 * MS));
	cr_assert(cadence_is_due(&cadence, 2000 * MS), "100 x 10 ms after the last began");
}

Test(cadence, the_distance_has_a_cap_in_time_and_in_bytes)
{
	struct cadence cadence = usual();

	cadence_begin(&cadence, 1000 * MS);
	cadence_done(&cadence, 1000 * MS);
	cadence_wrote(&cadence, MIB, 1000 * MS);
	cr_assert(!cadence_is_due(&cadence, 5999 * MS));
	cr_assert(cadence_is_due(&cadence, 6000 * MS));
	cadence_wrote(&cadence, HFT_CHECKPOINT_CAP_BYTES, 1001 * MS);
	cr_assert(cadence_is_due(&cadence, 1001 * MS));
}

Test(cadence, who_is_in_a_hurry_waits_for_nothing)
{
	struct cadence cadence = usual();

	cadence_begin(&cadence, 1000 * MS);
	cadence_done(&cadence, 1000 * MS);
	cadence_wrote(&cadence, 1, 1001 * MS);
	cadence_hurry(&cadence);
	cr_assert(cadence_is_due(&cadence, 1001 * MS));
	cadence_begin(&cadence, 1001 * MS);
	cadence_wrote(&cadence, 1, 1002 * MS);
	cr_assert(!cadence_is_due(&cadence, 1002 * MS), "the hurry is over");
}
