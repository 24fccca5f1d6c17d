/* SPDX-License-Identifier: Apache-2.0 */
/* test_recheck.c -- the last chunks are read again. */
#include "transfer/recheck.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct recheck recheck;

/* Walks to the end; one chunk is bad on disk, and the journal has digests below `known`. Returns
 * the first chunk that was read. */
static uint64_t walk(uint64_t bad, uint64_t known)
{
	struct digest list[HFT_JOURNAL_LOAD_DIGESTS_MAX];
	uint64_t first_read = UINT64_MAX;
	uint64_t chunk = 0;
	uint32_t count = 0;

	for (;;) {
		enum recheck_want want = recheck_next(&recheck, &chunk, &count);
		struct digest digest = rig_digest(chunk == bad ? 1000000 : chunk);

		if (want == RECHECK_DONE)
			return first_read;
		if (want == RECHECK_READ) {
			first_read = min_u64(first_read, chunk);
			recheck_read(&recheck, &digest);
			continue;
		}
		for (uint32_t i = 0; i < count; i++)
			list[i] = rig_digest(chunk + i);
		recheck_loaded(&recheck, chunk, list,
			       chunk < known ? (uint32_t)min_u64(count, known - chunk) : 0);
	}
}

static struct ranges two_runs(void)
{
	struct ranges chunks = {0};

	cr_assert_eq(ranges_add(&chunks, 0, 10), 0);
	cr_assert_eq(ranges_add(&chunks, 20, 23), 0);
	return chunks;
}

Test(recheck, the_last_chunks_are_counted_over_gaps)
{
	struct ranges chunks = two_runs();

	HFT_RULE(D_87);
	recheck_init(&recheck, &chunks, 5);
	cr_assert_eq(walk(UINT64_MAX, 1000), 8);
	cr_assert_eq(recheck.read_count, 5);
	cr_assert_eq(recheck.bad_count, 0);
	cr_assert(ranges_equal(&recheck.chunks, &chunks));
}

Test(recheck, exactly_the_bad_chunk_is_dropped)
{
	struct ranges chunks = two_runs();

	recheck_init(&recheck, &chunks, RECHECK_ALL);
	cr_assert_eq(walk(4, 1000), 0);
	cr_assert_eq(recheck.read_count, 13);
	cr_assert_eq(recheck.bad_count, 1);
	cr_assert_eq(ranges_total(&recheck.chunks), 12);
	cr_assert(!ranges_contains(&recheck.chunks, 4, 5));
}

Test(recheck, a_chunk_without_a_digest_to_compare_with_is_bad)
{
	struct ranges chunks = two_runs();

	recheck_init(&recheck, &chunks, RECHECK_ALL);
	(void)walk(UINT64_MAX, 21);
	cr_assert_eq(recheck.bad_count, 2);
	cr_assert_eq(ranges_end(&recheck.chunks), 21);
}

Test(recheck, none_wanted_or_nothing_there_is_over_at_once)
{
	struct ranges chunks = two_runs();
	struct ranges none = {0};

	recheck_init(&recheck, &chunks, 0);
	cr_assert_eq(walk(0, 1000), UINT64_MAX);
	recheck_init(&recheck, &none, RECHECK_ALL);
	cr_assert_eq(walk(0, 1000), UINT64_MAX);
}

Test(recheck, a_long_run_is_loaded_in_pages)
{
	struct ranges chunks = {0};

	cr_assert_eq(ranges_add(&chunks, 0, 3 * HFT_JOURNAL_LOAD_DIGESTS_MAX), 0);
	recheck_init(&recheck, &chunks, RECHECK_ALL);
	(void)walk(UINT64_MAX, UINT64_MAX);
	cr_assert_eq(recheck.read_count, 3 * HFT_JOURNAL_LOAD_DIGESTS_MAX);
	cr_assert_eq(recheck.bad_count, 0);
}

Test(recheck, a_read_that_was_not_wanted_is_a_bug, .signal = SIGABRT)
{
	struct ranges chunks = two_runs();

	recheck_init(&recheck, &chunks, 1);
	recheck_read(&recheck, NULL);
}
