/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver.c -- the receiver as a whole: its way, its clock. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

Test(receiver, a_file_is_received_published_and_answered)
{
	struct rig *rig = rig_new(3 * (uint64_t)RIG_CHUNK - 7);
	struct message confirm = {.type = MESSAGE_CONFIRM};
	struct chain chain = rig_chain(3);

	HFT_RULE(D_236);
	rig_to_receiving(rig);
	rig_receive_all(rig);
	cr_assert_null(rig_said(rig, MESSAGE_COMPLETE));
	(void)rig_say_yes(rig, 0);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	cr_assert(outcome_is_done(&rig_said(rig, MESSAGE_COMPLETE)->of.complete.outcome));
	cr_assert(digest_equal(&rig_said(rig, MESSAGE_COMPLETE)->of.complete.digest, &chain.value));
	cr_assert_eq(rig_ended(rig), -1);
	rig_message(rig, &confirm);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}

Test(receiver, an_empty_file_is_a_file)
{
	struct rig *rig = rig_new(0);

	HFT_RULE(D_30);
	rig_to_receiving(rig);
	rig_receive_all(rig);
	(void)rig_say_yes(rig, 0);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_free(rig);
}

Test(receiver, it_says_that_it_is_alive_and_how_far_it_is)
{
	struct rig *rig = rig_new(3 * (uint64_t)RIG_CHUNK);

	rig_to_receiving(rig);
	cr_assert_eq(rig_arrive(rig, 0, 0, true), CHUNK_KEEP);
	rig_written(rig, 0);
	rig_wait(rig, HFT_ALIVE_NS);
	cr_assert_not_null(rig_said(rig, MESSAGE_ALIVE));
	cr_assert_eq(rig_said(rig, MESSAGE_ALIVE)->of.alive.stored_bytes, RIG_CHUNK);
	cr_assert_eq(rig_said(rig, MESSAGE_ALIVE)->of.alive.durable_bytes, 0);
	rig_free(rig);
}

Test(receiver, a_silent_sender_is_waited_for_and_the_receive_ends_later)
{
	struct rig *rig = rig_new(3 * (uint64_t)RIG_CHUNK);
	uint64_t patience_ns = 0;

	HFT_RULE(D_300);
	rig_to_receiving(rig);
	rig_wait(rig, rig->receiving.dead_after_ns);
	cr_assert_not_null(rig_find(rig, ACTION_CLOSE));
	cr_assert_eq(rig_ended(rig), -1);
	patience_ns = 2 * rig->receiving.dead_after_ns + HFT_RECEIVE_GRACE_NS;
	rig_wait(rig, patience_ns - 1);
	cr_assert_null(rig_find(rig, ACTION_RECORD));
	rig_wait(rig, 1);
	cr_assert(rig_find(rig, ACTION_RECORD) && receiver_record_is_final(rig->receiver));
	cr_assert(receiver_keeps_checkpoint(rig->receiver));
	rig_recorded(rig);
	cr_assert_eq(rig_ended(rig), HFT_READ_FAILED);
	rig_free(rig);
}

Test(receiver, chunks_are_signs_of_life_too)
{
	struct rig *rig = rig_new(100 * (uint64_t)RIG_CHUNK);

	rig_to_receiving(rig);
	for (uint64_t i = 0; i < 10; i++) {
		rig_wait(rig, rig->receiving.dead_after_ns - 1);
		(void)rig_arrive(rig, i, 0, true);
		cr_assert_null(rig_find(rig, ACTION_CLOSE));
	}
	rig_free(rig);
}
