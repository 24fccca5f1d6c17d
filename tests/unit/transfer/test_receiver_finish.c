/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_finish.c -- verify, publish, answer. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *received(enum target_mode mode)
{
	struct rig *rig = rig_new(3 * (uint64_t)RIG_CHUNK);

	rig->receiving.mode = mode;
	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	rig_receive_all(rig);
	return rig;
}

static void until(struct rig *rig, enum receive_step step)
{
	while (rig_step(rig) != step) {
		if (rig_find(rig, ACTION_RECORD))
			rig_recorded(rig);
		else
			rig_step_done(rig, 0, rig->identity.bytes);
	}
}

Test(receiver_finish, another_file_digest_is_535_and_nothing_is_published)
{
	struct rig *rig = rig_new(RIG_CHUNK);
	struct digest other = rig_digest(99);

	HFT_RULE(D_37);
	HFT_RULE(D_232);
	HFT_RULE(D_233);
	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	(void)rig_arrive(rig, 0, 0, true);
	rig_written(rig, 0);
	rig_finish(rig, &other);
	cr_assert_eq(rig_step(rig), STEP_SYNC_DATA, "kept for the resume");
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_VERIFY_FAILED);
	rig_free(rig);
}

Test(receiver_finish, with_verify_no_the_digest_is_not_compared)
{
	struct rig *rig = rig_new(RIG_CHUNK);
	struct digest other = rig_digest(99);

	HFT_RULE(D_232);
	rig->receiving.verify = false;
	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	(void)rig_arrive(rig, 0, 0, true);
	rig_written(rig, 0);
	rig_finish(rig, &other);
	(void)rig_say_yes(rig, 0);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_free(rig);
}

Test(receiver_finish, finish_before_all_is_written_is_a_breach)
{
	struct rig *rig = rig_new(2 * (uint64_t)RIG_CHUNK);
	struct chain chain = rig_chain(2);

	rig_to_receiving(rig);
	(void)rig_say_yes(rig, 0);
	(void)rig_arrive(rig, 0, 0, true);
	rig_written(rig, 0);
	rig_finish(rig, &chain.value);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_NO_AGREEMENT);
	rig_free(rig);
}

Test(receiver_finish, the_rename_comes_after_the_journal_knows)
{
	struct rig *rig = received(TARGET_REPLACE);

	HFT_RULE(D_38);
	until(rig, STEP_SYNC_PART);
	rig_step_done(rig, 0, 0);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_VERIFIED);
	cr_assert_eq(rig->checkpoint.prefix_chunks, 3);
	rig_recorded(rig);
	cr_assert_eq(rig_step(rig), STEP_RENAME);
	rig_free(rig);
}

Test(receiver_finish, the_result_is_told_after_the_final_record)
{
	struct rig *rig = received(TARGET_REPLACE);

	HFT_RULE(D_39);
	HFT_RULE(D_229);
	until(rig, STEP_SYNC_FOLDER);
	rig_step_done(rig, 0, 0);
	cr_assert(receiver_record_is_final(rig->receiver));
	cr_assert(!receiver_keeps_checkpoint(rig->receiver));
	cr_assert(outcome_is_done(receiver_outcome(rig->receiver)));
	cr_assert_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_recorded(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_COMPLETE));
	rig_free(rig);
}

Test(receiver_finish, a_target_that_appeared_meanwhile_is_906_and_the_part_file_is_kept)
{
	struct rig *rig = received(TARGET_NEW);

	HFT_RULE(D_43);
	until(rig, STEP_RENAME_NEW);
	rig_step_done(rig, -EEXIST, 0);
	cr_assert(receiver_record_is_final(rig->receiver));
	cr_assert(receiver_keeps_checkpoint(rig->receiver));
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_RECEIVING);
	rig_recorded(rig);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_EXISTS);
	rig_free(rig);
}

Test(receiver_finish, a_failure_behind_the_rename_leaves_the_journal_for_the_recovery)
{
	struct rig *rig = received(TARGET_REPLACE);

	until(rig, STEP_SYNC_FOLDER);
	rig_step_done(rig, -EIO, 0);
	cr_assert_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	rig_free(rig);
}

Test(receiver_finish, an_append_goes_behind_what_is_there)
{
	struct rig *rig = received(TARGET_APPEND);

	HFT_RULE(D_45);
	until(rig, STEP_STAT_TARGET);
	rig_step_done(rig, 0, 1234);
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_APPENDING);
	cr_assert_eq(rig->checkpoint.append_base_bytes, 1234);
	until(rig, STEP_COPY_TO_TARGET);
	cr_assert_eq(receiver_append_base(rig->receiver), 1234);
	until(rig, STEP_REMOVE_PART);
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_PUBLISHED);
	rig_step_done(rig, -EIO, 0);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	cr_assert(outcome_is_done(&rig_said(rig, MESSAGE_COMPLETE)->of.complete.outcome),
		  "a part file that cannot be removed fails nothing");
	rig_free(rig);
}

Test(receiver_finish, a_locked_target_is_909_1)
{
	struct rig *rig = received(TARGET_APPEND);

	until(rig, STEP_LOCK_TARGET);
	rig_step_done(rig, -EAGAIN, 0);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_DETAIL_LOCKED);
	rig_free(rig);
}

Test(receiver_finish, a_full_disk_during_an_append_cuts_the_target_back)
{
	struct rig *rig = received(TARGET_APPEND);

	HFT_RULE(D_51);
	until(rig, STEP_COPY_TO_TARGET);
	rig_step_done(rig, -ENOSPC, 0);
	cr_assert_eq(rig_step(rig), STEP_TRUNCATE_TARGET);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_UNWRITABLE);
	cr_assert_eq(rig->checkpoint.stage, CHECKPOINT_RECEIVING);
	rig_free(rig);
}

Test(receiver_finish, an_earlier_piece_of_the_same_transfer_is_replaced)
{
	struct rig *rig = rig_new(3 * (uint64_t)RIG_CHUNK);
	struct completed_row row = {.mode = TARGET_APPEND, .append_base_bytes = 100, .bytes = 50};
	struct message begin = {.type = MESSAGE_BEGIN};

	HFT_RULE(D_45);
	memcpy(row.final_name, "daily.dat", sizeof("daily.dat"));
	rig->receiving.mode = TARGET_APPEND;
	rig->offer.from_start = true;
	rig_start_receiver(rig);
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED, .completed = &row});
	(void)rig_say_yes(rig, 0);
	rig_message(rig, &begin);
	rig_receive_all(rig);
	until(rig, STEP_STAT_TARGET);
	rig_step_done(rig, 0, 150);
	cr_assert_eq(receiver_append_base(rig->receiver), 100);
	rig_free(rig);
}

Test(receiver_finish, without_a_confirmation_it_ends_after_a_while)
{
	struct rig *rig = received(TARGET_REPLACE);

	(void)rig_say_yes(rig, 0);
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(rig_ended(rig), -1);
	rig_wait(rig, rig->receiving.dead_after_ns);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}

Test(receiver_finish, publishing_goes_on_without_a_connection)
{
	struct rig *rig = received(TARGET_REPLACE);

	rig_event(rig,
		  (struct transfer_event){.kind = EVENT_LOST, .connection = CONNECTION_CONTROL});
	rig_event(rig, (struct transfer_event){.kind = EVENT_STEP_DONE,
					       .of.step.step = STEP_TRUNCATE_PART});
	cr_assert_eq(rig_step(rig), STEP_SET_MODE);
	(void)rig_say_yes(rig, 0);
	rig_wait(rig, rig->receiving.dead_after_ns);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}
