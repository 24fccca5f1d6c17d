/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_checkpoint.c -- written, synced, journaled, told: in that order. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *receiving(void)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);

	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	return rig;
}

static void take(struct rig *rig, uint64_t chunk)
{
	cr_assert_eq(rig_arrive(rig, chunk, 0, true), CHUNK_KEEP);
	rig_written(rig, chunk);
}

Test(receiver_checkpoint, the_name_of_a_new_part_file_is_synced_while_accept_is_on_its_way)
{
	struct rig *rig = rig_new(10);

	HFT_RULE(D_36);
	rig_start_receiver(rig);
	rig_loaded(rig, NULL);
	rig_step_done(rig, 0, 0);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_ACCEPT));
	cr_assert_eq(rig_step(rig), STEP_SYNC_FOLDER);
	rig_free(rig);
}

Test(receiver_checkpoint, durable_is_told_after_sync_and_record)
{
	struct rig *rig = receiving();

	HFT_RULE(D_36);
	HFT_RULE(D_229);
	take(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	cr_assert_null(rig_find(rig, ACTION_RECORD));
	rig_step_done(rig, 0, 0);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig->digest_count, 1);
	cr_assert_null(rig_said(rig, MESSAGE_DURABLE));
	rig_recorded(rig);
	cr_assert_eq(ranges_prefix_end(&rig_said(rig, MESSAGE_DURABLE)->of.durable.ranges), 1);
	rig_free(rig);
}

Test(receiver_checkpoint, what_was_written_after_the_sync_began_is_not_claimed)
{
	struct rig *rig = receiving();

	HFT_RULE(D_36);
	take(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	cr_assert_eq(rig_arrive(rig, 1, 0, true), CHUNK_KEEP);
	receiver_handle(
		rig->receiver,
		&(struct transfer_event){.kind = EVENT_CHUNK_WRITTEN, .of.written.chunk = 1},
		rig->now_ns);
	rig_take(rig);
	rig_event(rig,
		  (struct transfer_event){.kind = EVENT_STEP_DONE, .of.step.step = STEP_SYNC_DATA});
	cr_assert_eq(ranges_total(&rig->checkpoint.coverage), 1);
	rig_free(rig);
}

Test(receiver_checkpoint, a_failed_sync_claims_nothing_that_was_not_claimed_before)
{
	struct rig *rig = receiving();

	take(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	take(rig, 1);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	rig_step_done(rig, -EIO, 0);
	cr_assert_eq(ranges_total(&rig->checkpoint.coverage), 1);
	cr_assert_eq(rig_step(rig), STEP_COUNT, "no second sync may hide the first");
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	rig_free(rig);
}

Test(receiver_checkpoint, a_sync_that_is_asked_for_does_not_wait)
{
	struct rig *rig = receiving();
	struct message sync = {.type = MESSAGE_SYNC};

	take(rig, 0);
	rig_message(rig, &sync);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	rig_free(rig);
}

Test(receiver_checkpoint, and_is_answered_at_once_when_nothing_is_new)
{
	struct rig *rig = receiving();
	struct message sync = {.type = MESSAGE_SYNC};

	rig_message(rig, &sync);
	cr_assert_not_null(rig_said(rig, MESSAGE_DURABLE));
	rig_free(rig);
}

Test(receiver_checkpoint, a_journal_that_fails_ends_it_and_tells_nothing_durable)
{
	struct rig *rig = receiving();

	take(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	rig_step_done(rig, 0, 0);
	rig_event(rig, (struct transfer_event){.kind = EVENT_RECORDED, .error = -EIO});
	cr_assert_null(rig_said(rig, MESSAGE_DURABLE));
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	rig_free(rig);
}

Test(receiver_checkpoint, a_journal_that_another_node_owns_is_911)
{
	struct rig *rig = receiving();

	HFT_RULE(D_222);
	take(rig, 0);
	rig_wait(rig, rig->receiving.checkpoint_ns);
	rig_step_done(rig, 0, 0);
	rig_event(rig, (struct transfer_event){.kind = EVENT_RECORDED, .error = -ESTALE});
	cr_assert_eq(rig_ended(rig), HFT_FENCED);
	rig_free(rig);
}
