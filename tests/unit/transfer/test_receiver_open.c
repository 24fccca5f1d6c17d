/* SPDX-License-Identifier: Apache-2.0 */
/* test_receiver_open.c -- what is already here when an offer comes. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

#define CHUNKS 10

/* A receiver that finds a checkpoint of so many chunks, which the test may change first. */
static struct rig *found(uint64_t chunks, struct checkpoint *checkpoint)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);

	rig_make_checkpoint(rig, chunks, checkpoint);
	return rig;
}

static void load(struct rig *rig, const struct checkpoint *checkpoint)
{
	rig_start_receiver(rig);
	cr_assert_not_null(rig_find(rig, ACTION_LOAD_CHECKPOINT));
	rig_loaded(rig, checkpoint);
}

/* Answers loads of digests until none is asked for. */
static void load_digests(struct rig *rig)
{
	const struct transfer_action *action = NULL;

	while ((action = rig_find(rig, ACTION_LOAD_DIGESTS))) {
		struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED};
		struct digest list[HFT_JOURNAL_LOAD_DIGESTS_MAX];

		for (uint32_t i = 0; i < action->of.digests.count; i++)
			list[i] = rig_digest(action->of.digests.first + i);
		event.of.digests.first = action->of.digests.first;
		event.of.digests.count = action->of.digests.count;
		event.of.digests.list = list;
		rig_event(rig, event);
	}
}

static const struct message_accept *accepted(struct rig *rig, uint64_t part_bytes)
{
	const struct message *message = NULL;

	while (!(message = rig_said(rig, MESSAGE_ACCEPT))) {
		if (rig_find(rig, ACTION_LOAD_DIGESTS))
			load_digests(rig);
		else if (rig_step(rig) != STEP_COUNT)
			rig_step_done(rig, rig_step(rig) == STEP_CHECK_TARGET ? -ENOENT : 0,
				      part_bytes);
		else if (rig_find(rig, ACTION_RECORD))
			rig_recorded(rig);
		else
			cr_assert_fail("nothing leads to ACCEPT");
	}
	return &message->of.accept;
}

static int refused(const struct rig *rig)
{
	const struct message *message = rig_said(rig, MESSAGE_REFUSE);

	return message ? message->of.refuse.outcome.status : -1;
}

Test(receiver_open, the_start_is_journaled_before_the_offer_is_accepted)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);

	HFT_RULE(D_35);
	load(rig, NULL);
	cr_assert_eq(rig_step(rig), STEP_OPEN_FOLDER);
	rig_step_done(rig, 0, 0);
	cr_assert_eq(rig_step(rig), STEP_OPEN_PART);
	rig_step_done(rig, 0, 0);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_null(rig_said(rig, MESSAGE_ACCEPT));
	cr_assert_str_eq(rig->checkpoint.part_name,
			 ".daily.dat.42424242424242424242424242424242.part");
	rig_recorded(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_ACCEPT));
	rig_free(rig);
}

Test(receiver_open, a_part_file_lies_beside_its_target)
{
	struct rig *rig = rig_new(10);

	HFT_RULE(D_301);
	memcpy(rig->receiving.final_name, "a/b/c.dat", sizeof("a/b/c.dat"));
	load(rig, NULL);
	cr_assert_str_eq(receiver_part_name(rig->receiver),
			 "a/b/.c.dat.42424242424242424242424242424242.part");
	rig_free(rig);
}

Test(receiver_open, mode_new_refuses_an_existing_target_before_data_flows)
{
	struct rig *rig = rig_new(10);

	HFT_RULE(D_43);
	rig->receiving.mode = TARGET_NEW;
	load(rig, NULL);
	rig_step_done(rig, 0, 0);
	cr_assert_eq(rig_step(rig), STEP_CHECK_TARGET);
	rig_step_done(rig, 0, 0);
	rig_recorded(rig);
	cr_assert_eq(refused(rig), HFT_TARGET_EXISTS);
	cr_assert_eq(rig_ended(rig), HFT_TARGET_EXISTS);
	rig_free(rig);
}

Test(receiver_open, a_missing_folder_is_909)
{
	struct rig *rig = rig_new(10);

	load(rig, NULL);
	rig_step_done(rig, -ENOENT, 0);
	rig_recorded(rig);
	cr_assert_eq(refused(rig), HFT_TARGET_UNWRITABLE);
	rig_free(rig);
}

Test(receiver_open, what_is_durable_is_shown_with_root_and_tail)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);
	const struct message_accept *accept = NULL;
	struct chain chain = rig_chain(6);

	HFT_RULE(D_23);
	load(rig, &checkpoint);
	accept = accepted(rig, CHUNKS * (uint64_t)RIG_CHUNK);
	cr_assert_eq(ranges_prefix_end(&accept->durable), 6);
	cr_assert_eq(accept->prefix_chunks, 6);
	cr_assert(digest_equal(&accept->root, &chain.value));
	cr_assert_eq(accept->tail_count, 6);
	cr_assert_eq(accept->reason, RESUME_NONE);
	rig_free(rig);
}

Test(receiver_open, the_last_durable_chunks_are_read_again_and_a_bad_one_is_dropped)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);
	struct transfer_event event = {.kind = EVENT_RECHECKED};
	const struct message_accept *accept = NULL;

	HFT_RULE(D_87);
	rig->receiving.resume_check = 1;
	load(rig, &checkpoint);
	rig_step_done(rig, 0, 0);
	rig_step_done(rig, 0, CHUNKS * (uint64_t)RIG_CHUNK);
	load_digests(rig);
	cr_assert_eq(rig_find(rig, ACTION_RECHECK)->of.chunk.chunk, 5);
	event.of.recheck.chunk = 5;
	event.of.recheck.digest = rig_digest(1000000);
	rig_event(rig, event);
	accept = accepted(rig, 0);
	cr_assert_eq(ranges_prefix_end(&accept->durable), 5);
	cr_assert_eq(accept->prefix_chunks, 5);
	cr_assert_eq(accept->reason, RESUME_PARTIAL_DAMAGED);
	cr_assert(rig->checkpoint.repaired);
	rig_free(rig);
}

static void check_reason(struct rig *rig, const struct checkpoint *checkpoint,
			 enum resume_reason reason)
{
	const struct message_accept *accept = NULL;

	load(rig, checkpoint);
	accept = accepted(rig, 0);
	cr_assert_eq(accept->durable.count, 0);
	cr_assert_eq(accept->reason, reason);
	cr_assert_eq(rig->checkpoint.coverage.count, 0, "the journal forgot before data flows");
	rig_free(rig);
}

Test(receiver_open, append_does_not_continue)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_85);
	rig->receiving.mode = TARGET_APPEND;
	check_reason(rig, &checkpoint, RESUME_MODE_APPEND);
}

Test(receiver_open, without_keep_it_does_not_continue)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_85);
	rig->receiving.on_failure = ON_FAILURE_DELETE;
	check_reason(rig, &checkpoint, RESUME_ON_FAILURE_NOT_KEEP);
}

Test(receiver_open, another_source_does_not_continue)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_91);
	checkpoint.source.mtime_ns = 99;
	check_reason(rig, &checkpoint, RESUME_SOURCE_CHANGED);
}

Test(receiver_open, from_start_does_not_continue)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_66);
	rig->offer.from_start = true;
	check_reason(rig, &checkpoint, RESUME_ASKED_FROM_START);
}

Test(receiver_open, a_part_file_that_is_gone_does_not_continue)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	check_reason(rig, &checkpoint, RESUME_PARTIAL_MISSING);
}

Test(receiver_open, a_part_file_that_is_too_short_continues_with_what_it_has)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);
	const struct message_accept *accept = NULL;

	load(rig, &checkpoint);
	accept = accepted(rig, 4 * (uint64_t)RIG_CHUNK + 1);
	cr_assert_eq(ranges_prefix_end(&accept->durable), 4);
	cr_assert_eq(accept->prefix_chunks, 4);
	cr_assert_eq(accept->reason, RESUME_PARTIAL_DAMAGED);
	rig_free(rig);
}

Test(receiver_open, a_strict_resume_is_refused_with_the_reason)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_92);
	rig->offer.strict = true;
	rig->receiving.mode = TARGET_APPEND;
	load(rig, &checkpoint);
	rig_recorded(rig);
	cr_assert_eq(refused(rig), HFT_RESUME_REFUSED);
	rig_free(rig);
}

Test(receiver_open, a_strict_resume_of_another_source_is_903)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(6, &checkpoint);

	HFT_RULE(D_92);
	rig->receiving.strict = true;
	checkpoint.source.mtime_ns = 99;
	load(rig, &checkpoint);
	rig_recorded(rig);
	cr_assert_eq(refused(rig), HFT_SOURCE_CHANGED);
	rig_free(rig);
}

Test(receiver_open, a_lost_checkpoint_is_a_reason_when_the_sender_has_one)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);

	HFT_RULE(D_90);
	rig->offer.recorded_chunks = 6;
	check_reason(rig, NULL, RESUME_PARTIAL_MISSING);
}

static struct completed_row finished(const struct rig *rig)
{
	struct completed_row row = {.source = rig->identity, .digest = rig_digest(77)};

	memcpy(row.final_name, "daily.dat", sizeof("daily.dat"));
	return row;
}

static void load_completed(struct rig *rig, const struct completed_row *row)
{
	rig_start_receiver(rig);
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED, .completed = row});
}

Test(receiver_open, a_finished_transfer_is_answered_and_nothing_is_touched)
{
	struct rig *rig = rig_new(10);
	struct completed_row row = finished(rig);

	HFT_RULE(D_42);
	load_completed(rig, &row);
	cr_assert(rig_said(rig, MESSAGE_ACCEPT)->of.accept.completed);
	cr_assert(digest_equal(&rig_said(rig, MESSAGE_ACCEPT)->of.accept.file_digest, &row.digest));
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	cr_assert_eq(rig_step(rig), STEP_COUNT);
	rig_free(rig);
}

Test(receiver_open, the_stored_result_answers_neither_from_start_nor_another_source)
{
	struct rig *rig = rig_new(10);
	struct completed_row row = finished(rig);

	HFT_RULE(D_42);
	rig->offer.from_start = true;
	load_completed(rig, &row);
	cr_assert_eq(rig_step(rig), STEP_OPEN_FOLDER);
	rig_free(rig);
	rig = rig_new(10);
	row.source.inode = 99;
	load_completed(rig, &row);
	cr_assert_eq(rig_step(rig), STEP_OPEN_FOLDER);
	rig_free(rig);
}

Test(receiver_open, mode_new_may_replace_what_the_same_transfer_published)
{
	struct rig *rig = rig_new(10);
	struct completed_row row = finished(rig);

	HFT_RULE(D_43);
	rig->receiving.mode = TARGET_NEW;
	rig->offer.from_start = true;
	load_completed(rig, &row);
	rig_step_done(rig, 0, 0);
	cr_assert_eq(rig_step(rig), STEP_OPEN_PART, "no look at the target");
	rig_free(rig);
}

Test(receiver_open, an_interrupted_publish_is_finished_and_answered)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(CHUNKS, &checkpoint);

	HFT_RULE(D_38);
	checkpoint.stage = CHECKPOINT_VERIFIED;
	load(rig, &checkpoint);
	rig_step_done(rig, 0, 0);
	cr_assert_eq(rig_step(rig), STEP_RENAME);
	rig_step_done(rig, -ENOENT, 0);
	cr_assert_eq(rig_step(rig), STEP_SYNC_FOLDER);
	rig_step_done(rig, 0, 0);
	cr_assert(receiver_record_is_final(rig->receiver));
	rig_recorded(rig);
	cr_assert(rig_said(rig, MESSAGE_ACCEPT)->of.accept.completed);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}

Test(receiver_open, a_half_append_that_is_not_wanted_any_more_is_cut_back)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(CHUNKS, &checkpoint);

	HFT_RULE(D_45);
	rig->receiving.mode = TARGET_APPEND;
	rig->offer.from_start = true;
	checkpoint.stage = CHECKPOINT_APPENDING;
	checkpoint.mode = TARGET_APPEND;
	checkpoint.append_base_bytes = 123;
	load(rig, &checkpoint);
	while (rig_step(rig) != STEP_TRUNCATE_TARGET)
		rig_step_done(rig, 0, 0);
	cr_assert_eq(receiver_append_base(rig->receiver), 123);
	while (rig_step(rig) != STEP_REMOVE_PART)
		rig_step_done(rig, 0, 0);
	(void)accepted(rig, 0);
	rig_free(rig);
}

Test(receiver_open, the_chunk_size_is_bounded_by_our_slots)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);

	rig->offer.chunk_bytes = 16 * RIG_CHUNK;
	rig->receiving.chunk_bytes_max = 4 * RIG_CHUNK;
	load(rig, NULL);
	cr_assert_eq(accepted(rig, 0)->chunk_bytes, 4 * RIG_CHUNK);
	rig_free(rig);
}

Test(receiver_open, a_publish_that_a_crash_interrupted_is_finished_without_a_peer)
{
	struct checkpoint checkpoint;
	struct rig *rig = found(CHUNKS, &checkpoint);
	void *memory = NULL;

	load(rig, NULL);
	memory = rig->memory;
	checkpoint.stage = CHECKPOINT_VERIFIED;
	rig->receiver = receiver_init_recovery(memory, &rig->receiving, &checkpoint, rig->now_ns);
	rig_take(rig);
	(void)rig_say_yes(rig, 0);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	cr_assert_null(rig_find(rig, ACTION_SEND));
	rig_free(rig);
}
