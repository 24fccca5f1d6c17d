/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_end.c -- what is left behind by a receive that fails. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *receiving(enum target_on_failure on_failure)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);

	rig->receiving.on_failure = on_failure;
	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	(void)rig_arrive(rig, 0, 0, true);
	rig_written(rig, 0);
	return rig;
}

static void cancel(struct rig *rig, uint16_t status)
{
	struct outcome outcome;

	outcome_set(&outcome, status, 0, "somebody wanted it");
	rig_event(rig, (struct transfer_event){.kind = EVENT_CANCEL, .of.outcome = &outcome});
}

Test(receiver_end, keep_makes_durable_what_arrived_and_keeps_it)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);

	HFT_RULE(D_49);
	cancel(rig, HFT_CANCELLED);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	cr_assert(receiver_record_is_final(rig->receiver));
	cr_assert(receiver_keeps_checkpoint(rig->receiver));
	cr_assert_eq(ranges_total(&rig->checkpoint.coverage), 1);
	rig_recorded(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_CANCEL));
	cr_assert_eq(rig_ended(rig), HFT_CANCELLED);
	rig_free(rig);
}

Test(receiver_end, delete_removes_the_part_file_and_journals_that_before_and_after)
{
	struct rig *rig = receiving(ON_FAILURE_DELETE);

	HFT_RULE(D_48);
	HFT_RULE(D_51);
	cancel(rig, HFT_CANCELLED);
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_CLEANING);
	cr_assert(!receiver_record_is_final(rig->receiver));
	rig_recorded(rig);
	cr_assert_eq(rig_step(rig), STEP_REMOVE_PART);
	rig_step_done(rig, 0, 0);
	rig_step_done(rig, 0, 0);
	cr_assert(receiver_record_is_final(rig->receiver));
	cr_assert(!receiver_keeps_checkpoint(rig->receiver));
	rig_recorded(rig);
	cr_assert_eq(rig_ended(rig), HFT_CANCELLED);
	rig_free(rig);
}

Test(receiver_end, what_cannot_be_removed_is_left_to_the_next_start)
{
	struct rig *rig = receiving(ON_FAILURE_DELETE);

	cancel(rig, HFT_CANCELLED);
	rig_recorded(rig);
	rig_step_done(rig, -EIO, 0);
	cr_assert_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig_ended(rig), HFT_CANCELLED);
	rig_free(rig);
}

Test(receiver_end, an_unfinished_clean_up_is_finished_at_the_next_start)
{
	struct rig *rig = receiving(ON_FAILURE_DELETE);
	struct checkpoint checkpoint;

	HFT_RULE(D_51);
	rig_make_checkpoint(rig, 1, &checkpoint);
	checkpoint.stage = CHECKPOINT_CLEANING;
	rig->receiver = receiver_init_recovery(rig->memory, &rig->receiving, &checkpoint,
					       rig->now_ns);
	rig_take(rig);
	rig_step_done(rig, 0, 0);
	cr_assert_eq(rig_step(rig), STEP_REMOVE_PART);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_FOUND_BROKEN);
	rig_free(rig);
}

Test(receiver_end, a_forced_stop_is_told_when_the_coverage_is_safe)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);

	HFT_RULE(D_163);
	cancel(rig, HFT_RECEIVE_STOPPED);
	cr_assert_null(rig_said(rig, MESSAGE_CANCEL));
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_said(rig, MESSAGE_CANCEL)->of.cancel.outcome.status, HFT_RECEIVE_STOPPED);
	rig_free(rig);
}

Test(receiver_end, a_disk_that_hangs_holds_the_notice_up_for_three_seconds)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);
	struct message alive = {.type = MESSAGE_ALIVE};

	HFT_RULE(D_163);
	cancel(rig, HFT_RECEIVE_STOPPED);
	rig_wait(rig, HFT_NOTICE_COMMIT_NS / 2);
	rig_message(rig, &alive);
	rig_wait(rig, HFT_NOTICE_COMMIT_NS / 2 - 1);
	cr_assert_null(rig_said(rig, MESSAGE_CANCEL));
	rig_wait(rig, 1);
	cr_assert_not_null(rig_said(rig, MESSAGE_CANCEL));
	cr_assert_eq(rig_ended(rig), HFT_RECEIVE_STOPPED);
	rig_free(rig);
}

Test(receiver_end, a_newer_attempt_ends_it_at_once_and_touches_nothing)
{
	struct rig *rig = receiving(ON_FAILURE_DELETE);

	HFT_RULE(D_94);
	cancel(rig, HFT_READ_FAILED);
	cr_assert_eq(rig_ended(rig), HFT_READ_FAILED);
	cr_assert_eq(rig_step(rig), STEP_COUNT);
	cr_assert_null(rig_find(rig, ACTION_SEND));
	cr_assert(receiver_keeps_checkpoint(rig->receiver));
	rig_free(rig);
}

Test(receiver_end, the_senders_cancel_is_917_and_needs_no_answer)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);
	struct message message = {.type = MESSAGE_CANCEL};

	HFT_RULE(D_266);
	outcome_set(&message.of.cancel.outcome, HFT_SOURCE_CHANGED, 0, "the size changed");
	rig_message(rig, &message);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_SENDER_FAILED);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_SOURCE_CHANGED);
	cr_assert_null(rig_find(rig, ACTION_SEND));
	rig_free(rig);
}

Test(receiver_end, a_failure_during_a_checkpoint_waits_for_it)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);

	rig_wait(rig, rig->receiving.checkpoint_ns);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA);
	cancel(rig, HFT_CANCELLED);
	cr_assert_eq(rig->count, 0);
	rig_event(rig,
		  (struct transfer_event){.kind = EVENT_STEP_DONE, .of.step.step = STEP_SYNC_DATA});
	cr_assert_eq(rig_say_yes(rig, 0), 2, "the checkpoint's record, and the final one");
	cr_assert_eq(rig_ended(rig), HFT_CANCELLED);
	rig_free(rig);
}

Test(receiver_end, after_publishing_began_a_cancel_is_too_late)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);

	for (uint64_t i = 1; i < 10; i++) {
		(void)rig_arrive(rig, i, 0, true);
		rig_written(rig, i);
	}
	rig_receive_all(rig);
	cr_assert_eq(rig_step(rig), STEP_TRUNCATE_PART);
	receiver_handle(rig->receiver,
			&(struct transfer_event){.kind = EVENT_CANCEL,
						 .of.outcome = receiver_outcome(rig->receiver)},
			rig->now_ns);
	(void)rig_say_yes(rig, 0);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_free(rig);
}

Test(receiver_end, after_the_end_nothing_happens_any_more)
{
	struct rig *rig = receiving(ON_FAILURE_KEEP);

	cancel(rig, HFT_READ_FAILED);
	rig_recorded(rig);
	cr_assert_eq(rig->count, 0);
	cr_assert_eq(receiver_deadline_ns(rig->receiver), UINT64_MAX);
	rig_free(rig);
}
