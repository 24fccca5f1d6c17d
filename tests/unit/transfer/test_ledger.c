/* SPDX-License-Identifier: Apache-2.0 */
/* test_ledger.c -- digests on their way into the chain. */
#include "transfer/ledger.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/transfer_rig.h"

static struct ledger ledger;
static struct chunk_digest taken[HFT_CHECKPOINT_DIGESTS_MAX];

static void put(uint64_t chunk)
{
	struct digest digest = rig_digest(chunk);

	cr_assert_eq(ledger_put(&ledger, chunk, &digest), 0);
}

static void start(void)
{
	struct chain empty;

	chain_init(&empty);
	ledger_init(&ledger, &empty);
}

static struct ranges upto(uint64_t start, uint64_t end)
{
	struct ranges ranges = {0};

	cr_assert_eq(ranges_add(&ranges, start, end), 0);
	return ranges;
}

Test(ledger, only_what_is_durable_is_taken_and_folded, .init = start)
{
	struct ranges durable = upto(0, 2);
	struct chain wanted = rig_chain(2);

	put(2);
	put(0);
	put(1);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 2);
	cr_assert_eq(taken[0].chunk, 0);
	cr_assert_eq(taken[1].chunk, 1);
	cr_assert_eq(ledger.chain.chunks, 2);
	cr_assert(digest_equal(&ledger.chain.value, &wanted.value));
	cr_assert_eq(ledger.count, 1);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 0, "each goes into one commit only");
}

Test(ledger, a_gap_stops_the_chain_until_it_is_filled, .init = start)
{
	struct ranges durable = upto(1, 4);
	struct chain wanted = rig_chain(4);

	put(1);
	put(2);
	put(3);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 3);
	cr_assert_eq(ledger.chain.chunks, 0);
	put(0);
	durable = upto(0, 4);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 1);
	cr_assert_eq(ledger.chain.chunks, 4);
	cr_assert(digest_equal(&ledger.chain.value, &wanted.value));
}

Test(ledger, a_full_table_throws_out_what_the_journal_has, .init = start)
{
	struct ranges durable = upto(1, HFT_CHECKPOINT_DIGESTS_MAX + 1);
	struct digest digest = rig_digest(0);

	for (uint64_t i = 1; i <= HFT_CHECKPOINT_DIGESTS_MAX; i++)
		put(i);
	cr_assert_eq(ledger_room(&ledger), 0);
	cr_assert_eq(ledger_put(&ledger, 0, &digest), -ENOSPC);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), HFT_CHECKPOINT_DIGESTS_MAX);
	cr_assert_eq(ledger_room(&ledger), HFT_CHECKPOINT_DIGESTS_MAX);
	put(0);
	cr_assert_null(ledger_find(&ledger, HFT_CHECKPOINT_DIGESTS_MAX));
	cr_assert_not_null(ledger_find(&ledger, 1));
}

Test(ledger, what_was_thrown_out_is_wanted_back_when_the_chain_gets_there, .init = start)
{
	struct ranges durable = upto(0, 10);
	struct digest list[10];
	struct chain wanted = rig_chain(10);
	uint64_t first = 0;
	uint32_t count = 0;

	for (uint64_t i = 0; i < 10; i++)
		list[i] = rig_digest(i);
	put(7);
	cr_assert(ledger_wants(&ledger, &durable, &first, &count));
	cr_assert_eq(first, 0);
	cr_assert_eq(count, 7, "not those that the table has");
	ledger_loaded(&ledger, 0, list, 7);
	cr_assert(!ledger_wants(&ledger, &durable, &first, &count));
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 1);
	cr_assert(ledger_wants(&ledger, &durable, &first, &count));
	cr_assert_eq(first, 8);
	ledger_loaded(&ledger, 8, list + 8, 2);
	cr_assert(digest_equal(&ledger.chain.value, &wanted.value));
}

Test(ledger, the_file_digest_needs_every_chunk_but_not_the_journal, .init = start)
{
	struct digest digest;
	struct chain wanted = rig_chain(3);

	put(0);
	put(2);
	cr_assert(!ledger_total(&ledger, 3, &digest));
	put(1);
	cr_assert(ledger_total(&ledger, 3, &digest));
	cr_assert(digest_equal(&digest, &wanted.value));
	cr_assert_eq(ledger.chain.chunks, 0, "looking changes nothing");
}

Test(ledger, a_dropped_chunk_of_the_prefix_starts_the_chain_again, .init = start)
{
	struct ranges durable = upto(0, 4);
	struct ranges kept = {0};
	uint64_t first = 9;
	uint32_t count = 0;

	for (uint64_t i = 0; i < 4; i++)
		put(i);
	put(5);
	cr_assert_eq(ledger_take(&ledger, &durable, taken), 4);
	cr_assert_eq(ranges_add(&kept, 0, 2), 0);
	cr_assert_eq(ranges_add(&kept, 3, 4), 0);
	ledger_keep(&ledger, &kept);
	cr_assert_eq(ledger.chain.chunks, 0);
	cr_assert_eq(ledger.count, 0);
	cr_assert(ledger_wants(&ledger, &kept, &first, &count));
	cr_assert_eq(first, 0);
	cr_assert_eq(count, 2);
}
