/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_agree.c -- ACCEPT is out; the sender says what is agreed. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

/* A receiver that showed so many durable chunks of ten. */
static struct rig *accepted(uint64_t chunks)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);
	struct checkpoint checkpoint;

	rig_make_checkpoint(rig, chunks, &checkpoint);
	rig_start_receiver(rig);
	rig_loaded(rig, &checkpoint);
	rig_step_done(rig, 0, 0);
	rig_step_done(rig, 0, 10 * (uint64_t)RIG_CHUNK);
	while (rig_find(rig, ACTION_LOAD_DIGESTS)) {
		struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED};
		struct digest list[HFT_JOURNAL_LOAD_DIGESTS_MAX];
		const struct transfer_action *action = rig_find(rig, ACTION_LOAD_DIGESTS);

		for (uint32_t i = 0; i < action->of.digests.count; i++)
			list[i] = rig_digest(action->of.digests.first + i);
		event.of.digests.first = action->of.digests.first;
		event.of.digests.count = action->of.digests.count;
		event.of.digests.list = list;
		rig_event(rig, event);
	}
	rig_recorded(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_ACCEPT));
	return rig;
}

static void begin(struct rig *rig, uint64_t chunks)
{
	struct message message = {.type = MESSAGE_BEGIN};

	if (chunks > 0)
		cr_assert_eq(ranges_add(&message.of.begin.agreed, 0, chunks), 0);
	message.of.begin.reason = RESUME_DIGEST_MISMATCH;
	rig_message(rig, &message);
}

Test(receiver_agree, an_agreement_on_everything_lets_data_flow)
{
	struct rig *rig = accepted(6);

	begin(rig, 6);
	cr_assert_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig_arrive(rig, 6, 0, true), CHUNK_KEEP);
	cr_assert_eq(rig_arrive(rig, 5, 0, true), CHUNK_DROP);
	rig_free(rig);
}

Test(receiver_agree, an_agreement_on_less_is_journaled_before_data_is_taken)
{
	struct rig *rig = accepted(6);
	struct transfer_progress progress;

	HFT_RULE(D_36);
	begin(rig, 4);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(ranges_prefix_end(&rig->checkpoint.coverage), 4);
	cr_assert_eq(rig_arrive(rig, 4, 0, true), CHUNK_BREACH);
	rig_recorded(rig);
	cr_assert_eq(ranges_prefix_end(&rig_said(rig, MESSAGE_DURABLE)->of.durable.ranges), 4);
	cr_assert_eq(rig_arrive(rig, 4, 0, true), CHUNK_KEEP);
	receiver_progress(rig->receiver, &progress);
	cr_assert_eq(progress.reason, RESUME_DIGEST_MISMATCH);
	rig_free(rig);
}

Test(receiver_agree, an_agreement_on_more_is_a_breach)
{
	struct rig *rig = accepted(6);

	begin(rig, 7);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_NO_AGREEMENT);
	rig_free(rig);
}

Test(receiver_agree, chunks_that_are_missing_anyway_may_overtake_begin)
{
	struct rig *rig = accepted(6);

	cr_assert_eq(rig_arrive(rig, 6, 0, true), CHUNK_KEEP);
	rig_written(rig, 6);
	begin(rig, 6);
	cr_assert_eq(rig_arrive(rig, 6, 0, true), CHUNK_DROP);
	rig_free(rig);
}

Test(receiver_agree, digests_are_given_from_the_journal)
{
	struct rig *rig = accepted(6);
	struct message request = {.type = MESSAGE_DIGESTS_REQUEST};
	struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED};
	struct digest list[2] = {rig_digest(1), rig_digest(2)};

	request.of.digests_request.first = 1;
	request.of.digests_request.count = 5;
	rig_message(rig, &request);
	cr_assert_eq(rig_find(rig, ACTION_LOAD_DIGESTS)->of.digests.first, 1);
	event.of.digests.first = 1;
	event.of.digests.count = 2;
	event.of.digests.list = list;
	rig_event(rig, event);
	cr_assert_eq(rig_said(rig, MESSAGE_DIGESTS)->of.digests.count, 2);
	cr_assert(digest_equal(&rig_said(rig, MESSAGE_DIGESTS)->of.digests.list[1], &list[1]));
	rig_free(rig);
}

Test(receiver_agree, finish_without_begin_is_a_breach)
{
	struct rig *rig = accepted(10);
	struct chain chain = rig_chain(10);

	rig_finish(rig, &chain.value);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_NO_AGREEMENT);
	rig_free(rig);
}
