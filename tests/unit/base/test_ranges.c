/* SPDX-License-Identifier: Apache-2.0 */
/* test_ranges.c -- single claims, and then a comparison with an array of booleans.
 *
 * The comparison works on a file of NAIVE_BYTES bytes: large enough that random ranges can need
 * more than HFT_RANGES_MAX places, so that a full set is compared as well. */
#include "base/ranges.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/random.h"

#define NAIVE_BYTES (HFT_RANGES_MAX * 8)

/* Every byte on its own: too simple to be wrong. */
struct naive {
	bool has[NAIVE_BYTES]; /* byte i is in the set */
};

static void naive_put(struct naive *naive, const struct range *range, bool has)
{
	for (uint64_t i = range->start; i < range->end; i++)
		naive->has[i] = has;
}

static uint32_t naive_count(const struct naive *naive)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < NAIVE_BYTES; i++)
		count += naive->has[i] && (i == 0 || !naive->has[i - 1]);
	return count;
}

/* Makes the set that holds the same; false when it would be too large. */
static bool naive_convert(const struct naive *naive, struct ranges *ret_set)
{
	ret_set->count = 0;
	if (naive_count(naive) > HFT_RANGES_MAX)
		return false;
	for (uint32_t i = 0; i < NAIVE_BYTES; i++) {
		if (!naive->has[i])
			continue;
		if (i == 0 || !naive->has[i - 1])
			ret_set->list[ret_set->count++].start = i;
		ret_set->list[ret_set->count - 1].end = i + 1;
	}
	return true;
}

static void assert_same(const struct ranges *set, const struct naive *naive)
{
	struct ranges expected;

	cr_assert(naive_convert(naive, &expected));
	cr_assert(ranges_is_valid(set));
	cr_assert(ranges_equal(set, &expected));
}

static struct range random_range(struct random *random, uint64_t longest)
{
	uint64_t start = random_below(random, NAIVE_BYTES);
	uint64_t room = min_u64(longest, NAIVE_BYTES - start);

	return (struct range){start, start + 1 + random_below(random, room)};
}

/* One random change to both; the set has to follow, or to refuse what does not fit. */
static void change_both(struct random *random, struct ranges *set, struct naive *naive)
{
	struct range range = random_range(random, random_chance(random, 1, 500) ? 400 : 2);
	bool has = random_chance(random, 11, 20);
	struct ranges before = *set;
	struct naive after = *naive;
	int error;

	naive_put(&after, &range, has);
	error = has ? ranges_add(set, range.start, range.end)
		    : ranges_remove(set, range.start, range.end);
	if (naive_count(&after) > HFT_RANGES_MAX) {
		cr_assert_eq(error, -E2BIG);
		cr_assert(ranges_equal(set, &before));
		return;
	}
	cr_assert_eq(error, 0);
	*naive = after;
}

static void assert_same_questions(struct random *random, const struct ranges *set,
				  const struct naive *naive)
{
	struct range range = random_range(random, 20);
	struct range gap = {7, 7};
	uint64_t at = range.start;
	uint64_t end;
	uint64_t total = 0;
	bool all = true;

	for (uint64_t i = range.start; i < range.end; i++)
		all = all && naive->has[i];
	cr_assert_eq(ranges_contains(set, range.start, range.end), all);

	while (at < range.end && naive->has[at])
		at++;
	for (end = at; end < range.end && !naive->has[end];)
		end++;
	cr_assert_eq(ranges_next_gap(set, range.start, range.end, &gap), !all);
	cr_assert_eq(gap.start, all ? 7 : at);
	cr_assert_eq(gap.end, all ? 7 : end);

	for (uint32_t i = 0; i < NAIVE_BYTES; i++)
		total += naive->has[i];
	cr_assert_eq(ranges_total(set), total);
}

Test(ranges, a_set_under_random_changes_holds_what_an_array_of_booleans_holds)
{
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct ranges set = {.count = 0};
		struct naive naive = {0};
		struct random random;
		uint32_t largest = 0;

		random_seed(&random, seed);
		for (int i = 0; i < 20000; i++) {
			change_both(&random, &set, &naive);
			assert_same(&set, &naive);
			assert_same_questions(&random, &set, &naive);
			largest = max_u32(largest, set.count);
		}
		/* Otherwise the limit was never met, and the test is weaker than it says. */
		cr_assert_eq(largest, HFT_RANGES_MAX, "seed %lu: %u ranges", seed, largest);
	}
}

static void random_set(struct random *random, struct ranges *set, struct naive *naive)
{
	uint64_t changes = random_below(random, 2500);

	ranges_clear(set);
	memset(naive, 0, sizeof(*naive));
	for (uint64_t i = 0; i < changes; i++)
		change_both(random, set, naive);
}

/* Checks one result of an operation of two sets. */
static void assert_result(int error, const struct ranges *result, const struct naive *expected)
{
	if (naive_count(expected) > HFT_RANGES_MAX) {
		cr_assert_eq(error, -E2BIG);
		cr_assert_eq(result->count, 0);
	} else {
		cr_assert_eq(error, 0);
		assert_same(result, expected);
	}
}

Test(ranges, intersecting_and_subtracting_agree_with_booleans)
{
	struct random random;

	random_seed(&random, 5);
	for (int i = 0; i < 300; i++) {
		struct ranges a, b, result = {.count = 0};
		struct naive naive_a, naive_b, both, rest;

		random_set(&random, &a, &naive_a);
		random_set(&random, &b, &naive_b);
		for (uint32_t at = 0; at < NAIVE_BYTES; at++) {
			both.has[at] = naive_a.has[at] && naive_b.has[at];
			rest.has[at] = naive_a.has[at] && !naive_b.has[at];
		}
		assert_result(ranges_intersect(&result, &a, &b), &result, &both);
		ranges_clear(&result);
		assert_result(ranges_subtract(&result, &a, &b), &result, &rest);
	}
}

/* A set of HFT_RANGES_MAX ranges [10, 15), [20, 25) ... */
static struct ranges full_set(void)
{
	struct ranges set = {.count = 0};

	for (uint64_t i = 1; i <= HFT_RANGES_MAX; i++)
		cr_assert_eq(ranges_add(&set, 10 * i, 10 * i + 5), 0);
	return set;
}

Test(ranges, adding_a_touching_range_merges_it)
{
	struct ranges set = {.count = 0};

	cr_assert_eq(ranges_add(&set, 0, 10), 0);
	cr_assert_eq(ranges_add(&set, 20, 30), 0);
	cr_assert_eq(set.count, 2);
	cr_assert_eq(ranges_add(&set, 10, 20), 0);
	cr_assert_eq(set.count, 1);
	cr_assert_eq(ranges_prefix_end(&set), 30);
}

Test(ranges, a_full_set_takes_what_merges_and_refuses_what_does_not)
{
	struct ranges set = full_set();
	struct ranges before = set;

	cr_assert_eq(ranges_add(&set, 0, 5), -E2BIG);
	cr_assert(ranges_equal(&set, &before));
	cr_assert_eq(ranges_remove(&set, 11, 12), -E2BIG);
	cr_assert(ranges_equal(&set, &before));

	cr_assert_eq(ranges_add(&set, 15, 16), 0);
	cr_assert_eq(ranges_remove(&set, 10, 12), 0);
	cr_assert_eq(set.count, HFT_RANGES_MAX);
}

Test(ranges, subtracting_may_pass_through_more_ranges_than_fit)
{
	struct ranges a = full_set();
	struct ranges b = {.count = 0};

	/* Splits the first, takes away the second: the result fits, the way there does not. */
	cr_assert_eq(ranges_add(&b, 12, 13), 0);
	cr_assert_eq(ranges_add(&b, 20, 25), 0);
	cr_assert_eq(ranges_subtract(&a, &a, &b), 0);
	cr_assert_eq(a.count, HFT_RANGES_MAX);
	cr_assert(ranges_is_valid(&a));
}

Test(ranges, the_target_of_an_intersection_may_be_one_of_its_sets)
{
	struct ranges a = {.count = 0};
	struct ranges b = {.count = 0};

	cr_assert_eq(ranges_add(&a, 0, 10), 0);
	cr_assert_eq(ranges_add(&b, 5, 20), 0);
	cr_assert_eq(ranges_intersect(&b, &a, &b), 0);
	cr_assert_eq(b.count, 1);
	cr_assert_eq(b.list[0].start, 5);
	cr_assert_eq(b.list[0].end, 10);
}

Test(ranges, the_whole_range_of_offsets_is_usable)
{
	struct ranges set = {.count = 0};
	struct range gap;

	cr_assert_eq(ranges_add(&set, UINT64_MAX - 1, UINT64_MAX), 0);
	cr_assert_eq(ranges_end(&set), UINT64_MAX);
	cr_assert(ranges_next_gap(&set, 0, UINT64_MAX, &gap));
	cr_assert_eq(gap.end, UINT64_MAX - 1);
	cr_assert_eq(ranges_add(&set, 0, UINT64_MAX), 0);
	cr_assert_eq(ranges_total(&set), UINT64_MAX);
	cr_assert_not(ranges_next_gap(&set, 0, UINT64_MAX, &gap));
}

Test(ranges, ends_of_an_empty_set_are_zero)
{
	struct ranges set = {.count = 0};

	cr_assert_eq(ranges_end(&set), 0);
	cr_assert_eq(ranges_prefix_end(&set), 0);
	cr_assert_eq(ranges_total(&set), 0);
}

Test(ranges, without_byte_0_there_is_no_prefix)
{
	struct ranges set = {.count = 0};

	cr_assert_eq(ranges_add(&set, 1, 10), 0);
	cr_assert_eq(ranges_prefix_end(&set), 0);
	cr_assert_eq(ranges_end(&set), 10);
}

Test(ranges, no_gap_is_found_in_no_room)
{
	struct ranges set = {.count = 0};
	struct range gap;

	cr_assert_not(ranges_next_gap(&set, 5, 5, &gap));
	cr_assert_not(ranges_next_gap(&set, 6, 5, &gap));
}

Test(ranges, sets_that_no_call_could_make_are_found_invalid)
{
	struct ranges empty_range = {.list = {{3, 3}}, .count = 1};
	struct ranges touching = {.list = {{0, 3}, {3, 5}}, .count = 2};
	struct ranges descending = {.list = {{5, 6}, {1, 2}}, .count = 2};
	struct ranges too_many = {.count = HFT_RANGES_MAX + 1};
	struct ranges good = {.list = {{0, 3}, {4, 5}}, .count = 2};

	cr_assert_not(ranges_is_valid(&empty_range));
	cr_assert_not(ranges_is_valid(&touching));
	cr_assert_not(ranges_is_valid(&descending));
	cr_assert_not(ranges_is_valid(&too_many));
	cr_assert(ranges_is_valid(&good));
}

Test(ranges, adding_an_empty_range_is_a_bug, .signal = SIGABRT)
{
	struct ranges set = {.count = 0};

	(void)ranges_add(&set, 5, 5);
}
