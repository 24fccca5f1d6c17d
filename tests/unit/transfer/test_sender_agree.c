/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_agree.c -- what need not be sent again. */
#include <criterion/criterion.h>
#include <errno.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

#define CHUNKS 10

/* A sender that recorded `ours` chunks meets a receiver that has `theirs`. */
static struct rig *meet(uint64_t ours, uint64_t theirs, uint32_t resume_check, bool strict)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);
	struct checkpoint checkpoint;
	struct message accept;

	rig->sending.resume_check = resume_check;
	rig->sending.strict = strict;
	rig_start_sender(rig);
	rig_make_checkpoint(rig, ours, &checkpoint);
	rig_offer(rig, ours > 0 ? &checkpoint : NULL);
	rig_make_accept(rig, theirs, &accept);
	rig_message(rig, &accept);
	return rig;
}

static void reread(struct rig *rig, bool good)
{
	const struct transfer_action *action = rig_find(rig, ACTION_RECHECK);
	struct transfer_event event = {.kind = EVENT_RECHECKED};

	cr_assert_not_null(action);
	event.of.recheck.chunk = action->of.chunk.chunk;
	event.of.recheck.digest = rig_digest(action->of.chunk.chunk + (good ? 0 : 1000000));
	rig_event(rig, event);
}

static const struct message_begin *begun(const struct rig *rig)
{
	const struct message *message = rig_said(rig, MESSAGE_BEGIN);

	cr_assert_not_null(message);
	return &message->of.begin;
}

Test(sender_agree, a_resume_begins_behind_what_both_have_and_reads_nothing_of_it)
{
	struct rig *rig = meet(6, 6, 0, false);

	HFT_RULE(D_84);
	HFT_RULE(D_88);
	cr_assert_eq(ranges_prefix_end(&begun(rig)->agreed), 6);
	cr_assert_eq(begun(rig)->reason, RESUME_NONE);
	cr_assert_null(rig_find(rig, ACTION_RECHECK));
	rig_recorded(rig);
	rig_join_lanes(rig);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, 6);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.offset, 6 * (uint64_t)RIG_CHUNK);
	rig_free(rig);
}

Test(sender_agree, the_last_chunks_are_read_again_first)
{
	struct rig *rig = meet(6, 6, 2, false);
	struct transfer_progress progress;

	HFT_RULE(D_87);
	cr_assert_eq(rig_find(rig, ACTION_RECHECK)->of.chunk.chunk, 4);
	reread(rig, true);
	reread(rig, true);
	cr_assert_eq(ranges_prefix_end(&begun(rig)->agreed), 6);
	sender_progress(rig->sender, &progress);
	cr_assert_eq(progress.tail_rechecked, 2);
	cr_assert_eq(progress.bytes_skipped, 6 * (uint64_t)RIG_CHUNK);
	rig_free(rig);
}

Test(sender_agree, a_bad_chunk_is_sent_again_and_data_waits_until_the_receiver_forgot_it)
{
	struct rig *rig = meet(6, 6, 1, false);

	reread(rig, false);
	cr_assert_eq(ranges_prefix_end(&begun(rig)->agreed), 5);
	cr_assert_eq(begun(rig)->reason, RESUME_DIGEST_MISMATCH);
	cr_assert_eq(rig_find(rig, ACTION_LOAD_DIGESTS)->of.digests.count, 5,
		     "the chain is made again without it");
	rig_recorded(rig);
	rig_join_lanes(rig);
	cr_assert_null(rig_find(rig, ACTION_SEND_CHUNK));
	rig_have(rig, MESSAGE_DURABLE, 5);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, 5);
	rig_free(rig);
}

Test(sender_agree, a_source_that_cannot_be_read_again_ends_with_908)
{
	struct rig *rig = meet(6, 6, 1, false);

	rig_event(rig, (struct transfer_event){.kind = EVENT_RECHECKED, .error = -EIO});
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_UNREADABLE);
	cr_assert_not_null(rig_said(rig, MESSAGE_CANCEL), "the receiver is told");
	rig_free(rig);
}

Test(sender_agree, what_the_receiver_has_more_is_believed_and_recorded)
{
	struct rig *rig = meet(4, 6, 0, false);

	cr_assert_eq(ranges_prefix_end(&begun(rig)->agreed), 6);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig->checkpoint.prefix_chunks, 6);
	cr_assert_eq(rig->digest_count, 2);
	cr_assert_eq(rig->digest[0].chunk, 4);
	rig_free(rig);
}

Test(sender_agree, what_nobody_recorded_here_starts_over_with_the_reason)
{
	struct rig *rig = meet(0, 6, 0, false);

	HFT_RULE(D_90);
	cr_assert_eq(begun(rig)->agreed.count, 0);
	cr_assert_eq(begun(rig)->reason, RESUME_DIGEST_MISMATCH);
	rig_free(rig);
}

Test(sender_agree, and_is_refused_when_the_resume_is_strict)
{
	struct rig *rig = meet(0, 6, 0, true);

	HFT_RULE(D_92);
	cr_assert_eq(rig_ended(rig), HFT_RESUME_REFUSED);
	rig_free(rig);
}

Test(sender_agree, the_reason_of_the_receiver_is_shown_here_too)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);
	struct transfer_progress progress;
	struct checkpoint checkpoint;
	struct message accept;

	rig_start_sender(rig);
	rig_make_checkpoint(rig, 5, &checkpoint);
	rig_offer(rig, &checkpoint);
	rig_make_accept(rig, 0, &accept);
	accept.of.accept.reason = RESUME_PARTIAL_MISSING;
	rig_message(rig, &accept);
	sender_progress(rig->sender, &progress);
	cr_assert_eq(progress.reason, RESUME_PARTIAL_MISSING);
	rig_free(rig);
}

Test(sender_agree, a_stream_is_drained_up_to_the_last_chunk_but_one)
{
	struct rig *rig = rig_new(0);
	struct checkpoint checkpoint;
	struct message accept;

	HFT_RULE(D_88);
	rig->identity = (struct source_identity){.type = SOURCE_STREAM};
	rig_start_sender(rig);
	rig_make_checkpoint(rig, 6, &checkpoint);
	checkpoint.total_known = false;
	rig_offer(rig, &checkpoint);
	rig_make_accept(rig, 6, &accept);
	rig_message(rig, &accept);
	cr_assert_eq(rig_find(rig, ACTION_SKIP_SOURCE)->of.skip.bytes, 5 * (uint64_t)RIG_CHUNK);
	cr_assert_null(rig_said(rig, MESSAGE_BEGIN));
	rig_event(rig, (struct transfer_event){.kind = EVENT_SOURCE_SKIPPED});
	cr_assert_eq(ranges_prefix_end(&begun(rig)->agreed), 5);
	rig_free(rig);
}

Test(sender_agree, an_accept_whose_parts_do_not_fit_is_a_failed_try)
{
	struct rig *rig = rig_new(CHUNKS * (uint64_t)RIG_CHUNK);
	struct message accept;

	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_make_accept(rig, CHUNKS + 1, &accept);
	rig_message(rig, &accept);
	cr_assert_eq(rig_ended(rig), HFT_CONNECT_FAILED);
	rig_free(rig);
}
