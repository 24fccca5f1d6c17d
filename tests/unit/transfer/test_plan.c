/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c -- where chunks are. */
#include "transfer/plan.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "support/rule.h"

#define CHUNK HFT_CHUNK_BYTES_MIN

Test(plan, the_last_chunk_has_what_is_left)
{
	struct plan plan;

	plan_init(&plan, 3 * (uint64_t)CHUNK + 5, CHUNK);
	cr_assert_eq(plan.chunk_count, 4);
	cr_assert_eq(plan_bytes(&plan, 2), CHUNK);
	cr_assert_eq(plan_bytes(&plan, 3), 5);
	cr_assert_eq(plan_offset(&plan, 3), 3 * (uint64_t)CHUNK);
}

Test(plan, an_exact_size_has_no_short_chunk)
{
	struct plan plan;

	plan_init(&plan, 3 * (uint64_t)CHUNK, CHUNK);
	cr_assert_eq(plan.chunk_count, 3);
	cr_assert_eq(plan_bytes(&plan, 2), CHUNK);
}

Test(plan, an_empty_file_has_no_chunk_and_is_covered_by_nothing)
{
	struct plan plan;
	struct ranges none = {0};

	HFT_RULE(D_30);
	plan_init(&plan, 0, CHUNK);
	cr_assert_eq(plan.chunk_count, 0);
	cr_assert(plan_is_covered(&plan, &none));
}

Test(plan, covered_bytes_count_a_short_last_chunk_as_what_it_is)
{
	struct plan plan;
	struct ranges chunks = {0};

	plan_init(&plan, 3 * (uint64_t)CHUNK + 5, CHUNK);
	cr_assert_eq(ranges_add(&chunks, 1, 4), 0);
	cr_assert_eq(plan_covered_bytes(&plan, &chunks), 2 * (uint64_t)CHUNK + 5);
}

Test(plan, a_stream_has_whole_chunks_until_it_ends)
{
	struct plan plan;
	struct ranges chunks = {0};

	plan_init(&plan, TOTAL_BYTES_UNKNOWN, CHUNK);
	cr_assert(!plan_is_bounded(&plan));
	cr_assert_eq(plan_bytes(&plan, 1000), CHUNK);
	cr_assert_eq(ranges_add(&chunks, 0, 3), 0);
	cr_assert(!plan_is_covered(&plan, &chunks));
	plan_end(&plan, 2 * (uint64_t)CHUNK + 1);
	cr_assert(plan_is_covered(&plan, &chunks));
	cr_assert_eq(plan_covered_bytes(&plan, &chunks), 2 * (uint64_t)CHUNK + 1);
}

Test(plan, a_second_other_end_is_a_bug, .signal = SIGABRT)
{
	struct plan plan;

	plan_init(&plan, 10, CHUNK);
	plan_end(&plan, 11);
}
