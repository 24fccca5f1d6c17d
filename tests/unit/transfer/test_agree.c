/* SPDX-License-Identifier: Apache-2.0 */
/* test_agree.c -- what both sides can prove. */
#include "transfer/agree.h"

#include <criterion/criterion.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

#define PAGE HFT_TAIL_DIGESTS_MAX

static struct agree agree;
static struct message accepted;

/* An ACCEPT of a receiver that has the first `chunks`. */
static struct message_accept *theirs(uint64_t chunks)
{
	struct rig *rig = rig_new(1 << 30);

	rig_make_accept(rig, chunks, &accepted);
	rig_free(rig);
	return &accepted.of.accept;
}

static bool only_prefix(uint64_t end)
{
	return agree.agreed.count == 1 && ranges_prefix_end(&agree.agreed) == end;
}

/* Answers everything that is asked: our journal has chunks below ours, theirs are right but for
 * one. */
static void answer(uint64_t ours, uint64_t bad)
{
	struct digest list[PAGE];
	uint64_t first = 0;
	uint32_t count = 0;

	for (;;) {
		enum agree_want want = agree_next(&agree, &first, &count);

		for (uint32_t i = 0; i < count; i++)
			list[i] = rig_digest(first + i);
		if (want == AGREE_DONE)
			return;
		if (want == AGREE_LOAD) {
			agree_loaded(&agree, first, list,
				     first < ours ? (uint32_t)min_u64(count, ours - first) : 0);
			continue;
		}
		if (bad >= first && bad < first + count)
			list[bad - first] = rig_digest(bad + 1000000);
		agree_answered(&agree, first, list, count);
	}
}

Test(agree, equal_chains_prove_equal_prefixes_at_once)
{
	struct chain own = rig_chain(500);
	uint64_t first = 0;
	uint32_t count = 0;

	HFT_RULE(D_87);
	agree_init(&agree, theirs(500), &own);
	cr_assert_eq(agree_next(&agree, &first, &count), AGREE_DONE);
	cr_assert(only_prefix(500));
}

Test(agree, a_longer_prefix_of_theirs_is_bridged_by_the_tail)
{
	struct chain own = rig_chain(490);
	uint64_t first = 0;
	uint32_t count = 0;

	agree_init(&agree, theirs(500), &own);
	cr_assert_eq(agree_next(&agree, &first, &count), AGREE_DONE);
	cr_assert(only_prefix(500));
}

Test(agree, what_lies_before_the_tail_is_asked_for)
{
	struct chain own = rig_chain(10);
	uint64_t first = 0;
	uint32_t count = 0;

	agree_init(&agree, theirs(1000), &own);
	cr_assert_eq(agree_next(&agree, &first, &count), AGREE_ASK);
	cr_assert_eq(first, 10);
	answer(10, UINT64_MAX);
	cr_assert(only_prefix(1000));
}

Test(agree, a_shorter_prefix_of_theirs_is_proven_from_our_journal)
{
	struct chain own = rig_chain(700);
	uint64_t first = 0;
	uint32_t count = 0;

	agree_init(&agree, theirs(600), &own);
	cr_assert_eq(agree_next(&agree, &first, &count), AGREE_LOAD);
	answer(700, UINT64_MAX);
	cr_assert(only_prefix(600));
}

Test(agree, exactly_the_chunk_that_differs_is_left_out)
{
	struct chain own = rig_chain(600);
	struct message_accept *accept = theirs(600);

	HFT_RULE(D_233);
	accept->root = rig_digest(5);
	agree_init(&agree, accept, &own);
	answer(600, 300);
	cr_assert(agree.chains_differ);
	cr_assert_eq(ranges_total(&agree.agreed), 599);
	cr_assert(!ranges_contains(&agree.agreed, 300, 301));
}

Test(agree, what_we_have_no_digest_of_is_not_proven)
{
	struct chain own = rig_chain(600);
	struct message_accept *accept = theirs(600);

	accept->root = rig_digest(5);
	agree_init(&agree, accept, &own);
	answer(100, UINT64_MAX);
	cr_assert(only_prefix(100));
}

Test(agree, runs_behind_the_prefix_are_proven_one_by_one)
{
	struct chain own = rig_chain(100);
	struct message_accept *accept = theirs(100);

	cr_assert_eq(ranges_add(&accept->durable, 110, 120), 0);
	cr_assert_eq(ranges_add(&accept->durable, 130, 140), 0);
	agree_init(&agree, accept, &own);
	answer(140, 135);
	cr_assert_eq(ranges_total(&agree.agreed), 100 + 10 + 9);
	cr_assert(!agree.chains_differ);
}

Test(agree, without_a_record_of_ours_nothing_is_agreed)
{
	uint64_t first = 0;
	uint32_t count = 0;

	agree_init(&agree, theirs(100), NULL);
	cr_assert_eq(agree_next(&agree, &first, &count), AGREE_DONE);
	cr_assert_eq(agree.agreed.count, 0);
}

Test(agree, an_answer_that_nobody_asked_for_changes_nothing)
{
	struct chain own = rig_chain(10);
	struct digest digest = rig_digest(11);

	agree_init(&agree, theirs(1000), &own);
	agree_answered(&agree, 11, &digest, 1);
	agree_loaded(&agree, 10, &digest, 1);
	answer(10, UINT64_MAX);
	cr_assert(only_prefix(1000));
}
