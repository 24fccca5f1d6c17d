/* SPDX-License-Identifier: Apache-2.0 */
/* test_random.c -- the published sequence, and results that stay within their bounds. */
#include "base/random.h"

#include <criterion/criterion.h>
#include <signal.h>

Test(random, the_sequence_is_that_of_xoshiro256starstar)
{
	/* From the state 1, 2, 3, 4, worked out by hand from the definition. */
	struct random random = {{1, 2, 3, 4}};

	cr_assert_eq(random_u64(&random), 11520);
	cr_assert_eq(random_u64(&random), 0);
	cr_assert_eq(random_u64(&random), 1509978240);
	cr_assert_eq(random_u64(&random), UINT64_C(1215971899390074240));
}

Test(random, the_state_comes_from_the_seed_through_splitmix64)
{
	struct random random;

	random_seed(&random, 0);
	cr_assert_eq(random.state[0], UINT64_C(0xe220a8397b1dcdaf));
	cr_assert_eq(random.state[1], UINT64_C(0x6e789e6aa1b965f4));
}

Test(random, the_same_seed_gives_the_same_numbers_and_another_gives_others)
{
	struct random a, b, c;

	random_seed(&a, 7);
	random_seed(&b, 7);
	random_seed(&c, 8);
	for (int i = 0; i < 100; i++) {
		uint64_t number = random_u64(&a);

		cr_assert_eq(random_u64(&b), number);
		cr_assert_neq(random_u64(&c), number);
	}
}

Test(random, numbers_stay_below_their_bound_and_reach_all_below_it)
{
	struct random random;
	uint32_t seen[7] = {0};

	random_seed(&random, 1);
	for (int i = 0; i < 70000; i++)
		seen[random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		cr_assert(seen[i] > 9500 && seen[i] < 10500, "%d came %u times", i, seen[i]);
	cr_assert_eq(random_below(&random, 1), 0);
	for (int i = 0; i < 100; i++)
		cr_assert_lt(random_below(&random, UINT64_MAX), UINT64_MAX);
}

Test(random, a_chance_happens_as_often_as_it_says)
{
	struct random random;
	int hits = 0;

	random_seed(&random, 1);
	for (int i = 0; i < 10000; i++) {
		hits += random_chance(&random, 3, 10);
		cr_assert_not(random_chance(&random, 0, 10));
		cr_assert(random_chance(&random, 10, 10));
	}
	cr_assert(hits > 2800 && hits < 3200, "%d hits", hits);
}

Test(random, a_generator_without_a_seed_is_a_bug, .signal = SIGABRT)
{
	struct random random = {{0, 0, 0, 0}};

	(void)random_u64(&random);
}

Test(random, a_number_below_zero_is_a_bug, .signal = SIGABRT)
{
	struct random random;

	random_seed(&random, 1);
	(void)random_below(&random, 0);
}
