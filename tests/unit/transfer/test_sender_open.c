/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_open.c -- from the source to the receiver's answer. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"
#include "transfer/sender_state.h"

static void dial_failed(struct rig *rig)
{
	rig_event(rig, (struct transfer_event){.kind = EVENT_DIALED,
					       .connection = CONNECTION_CONTROL,
					       .error = -ECONNREFUSED,
					       .sentence = "connection refused"});
}

Test(sender_open, hello_and_offer_go_out_in_one_flight)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);

	HFT_RULE(D_23);
	rig_start_sender(rig);
	cr_assert_not_null(rig_find(rig, ACTION_OPEN_SOURCE));
	rig_offer(rig, NULL);
	cr_assert_not_null(rig_said(rig, MESSAGE_HELLO));
	cr_assert_not_null(rig_said(rig, MESSAGE_OFFER));
	cr_assert_eq(rig_said(rig, MESSAGE_OFFER)->of.offer.recorded_chunks, 0);
	rig_free(rig);
}

Test(sender_open, a_source_that_cannot_be_read_ends_with_908)
{
	struct rig *rig = rig_new(10);

	rig_start_sender(rig);
	rig_event(rig, (struct transfer_event){.kind = EVENT_SOURCE_OPENED, .error = -ENOENT});
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_UNREADABLE);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.cause_errno, ENOENT);
	rig_free(rig);
}

Test(sender_open, addresses_are_tried_in_turn_and_all_failed_is_202)
{
	struct rig *rig = rig_new(10);
	struct transfer_progress progress;

	HFT_RULE(D_22);
	rig_start_sender(rig);
	rig_event(rig, (struct transfer_event){.kind = EVENT_SOURCE_OPENED,
					       .of.identity = rig->identity});
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED});
	cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, 0);
	dial_failed(rig);
	cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, 1);
	dial_failed(rig);
	cr_assert_eq(rig_ended(rig), HFT_CONNECT_FAILED);
	cr_assert(strstr(rig_find(rig, ACTION_END)->of.outcome.sentence, "connection refused"));
	sender_progress(rig->sender, &progress);
	cr_assert(!progress.connected);
	rig_free(rig);
}

Test(sender_open, a_silent_address_gets_its_share_and_the_try_has_an_end)
{
	struct rig *rig = rig_new(10);
	uint64_t began_ns = rig->now_ns;

	HFT_RULE(D_113);
	rig_start_sender(rig);
	rig_event(rig, (struct transfer_event){.kind = EVENT_SOURCE_OPENED,
					       .of.identity = rig->identity});
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED});
	rig_wait(rig, 5000 * RIG_MS);
	cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, 1);
	rig_wait(rig, 5000 * RIG_MS);
	cr_assert_eq(rig_ended(rig), HFT_CONNECT_FAILED);
	cr_assert_leq(rig->now_ns - began_ns, rig->sending.connect_timeout_ns);
	rig_free(rig);
}

Test(sender_open, a_refusal_is_250_with_the_status_of_the_receiver)
{
	struct rig *rig = rig_new(10);
	struct message refuse = {.type = MESSAGE_REFUSE};

	HFT_RULE(D_242);
	rig_start_sender(rig);
	rig_offer(rig, NULL);
	outcome_set(&refuse.of.refuse.outcome, HFT_REFUSED, 0, "the path is outside");
	rig_message(rig, &refuse);
	cr_assert_eq(rig_ended(rig), HFT_RECEIVER_FAILED);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_REFUSED);
	cr_assert(strstr(rig_find(rig, ACTION_END)->of.outcome.sentence, "the path is outside"));
	rig_free(rig);
}

Test(sender_open, an_older_owner_epoch_is_a_failed_try)
{
	struct rig *rig = rig_new(10);
	struct message accept;

	HFT_RULE(D_115);
	HFT_RULE(D_223);
	rig->sending.peer_epoch_seen = 5;
	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_make_accept(rig, 0, &accept);
	accept.of.accept.owner_epoch = 4;
	rig_message(rig, &accept);
	cr_assert_eq(rig_ended(rig), HFT_CONNECT_FAILED);
	rig_free(rig);
}

Test(sender_open, a_finished_transfer_ends_at_once_with_the_stored_result)
{
	struct rig *rig = rig_new(10);
	struct digest digest;
	struct message accept;

	HFT_RULE(D_42);
	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_make_accept(rig, 0, &accept);
	accept.of.accept.completed = true;
	accept.of.accept.file_digest = rig_digest(77);
	memcpy(accept.of.accept.final_name, "daily.dat", sizeof("daily.dat"));
	rig_message(rig, &accept);
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	sender_digest(rig->sender, &digest);
	cr_assert(digest_equal(&digest, &accept.of.accept.file_digest));
	cr_assert_str_eq(sender_final_name(rig->sender), "daily.dat");
	cr_assert_null(rig_find(rig, ACTION_DIAL), "no lane for nothing");
	rig_free(rig);
}

Test(sender_open, a_changed_source_starts_over_and_says_why)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);
	struct transfer_progress progress;
	struct checkpoint checkpoint;

	HFT_RULE(D_90);
	HFT_RULE(D_91);
	rig_start_sender(rig);
	rig_make_checkpoint(rig, 5, &checkpoint);
	checkpoint.source.mtime_ns = 99;
	rig_offer(rig, &checkpoint);
	cr_assert(rig_said(rig, MESSAGE_OFFER)->of.offer.from_start);
	cr_assert_eq(rig_said(rig, MESSAGE_OFFER)->of.offer.recorded_chunks, 0);
	sender_progress(rig->sender, &progress);
	cr_assert_eq(progress.reason, RESUME_SOURCE_CHANGED);
	rig_free(rig);
}

Test(sender_open, a_changed_source_is_refused_when_the_resume_is_strict)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);
	struct checkpoint checkpoint;

	HFT_RULE(D_92);
	rig->sending.strict = true;
	rig_start_sender(rig);
	rig_make_checkpoint(rig, 5, &checkpoint);
	checkpoint.source.mtime_ns = 99;
	rig_offer(rig, &checkpoint);
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_CHANGED);
	rig_free(rig);
}

Test(sender_open, only_a_changed_ctime_has_all_durable_chunks_compared)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);
	struct checkpoint checkpoint;

	HFT_RULE(D_234);
	rig_start_sender(rig);
	rig_make_checkpoint(rig, 5, &checkpoint);
	checkpoint.source.ctime_ns = 99;
	rig_offer(rig, &checkpoint);
	cr_assert_eq(rig_said(rig, MESSAGE_OFFER)->of.offer.recorded_chunks, 5);
	cr_assert_eq(rig_said(rig, MESSAGE_OFFER)->of.offer.resume_check, UINT32_MAX);
	rig_free(rig);
}

Test(sender_open, the_recorded_chunk_size_is_offered_again)
{
	struct rig *rig = rig_new(10 * (uint64_t)RIG_CHUNK);
	struct checkpoint checkpoint;

	rig->sending.chunk_bytes = 4 * RIG_CHUNK;
	rig_start_sender(rig);
	rig_make_checkpoint(rig, 5, &checkpoint);
	rig_offer(rig, &checkpoint);
	cr_assert_eq(rig_said(rig, MESSAGE_OFFER)->of.offer.chunk_bytes, RIG_CHUNK);
	rig_free(rig);
}

Test(sender_open, a_connection_lost_before_the_answer_goes_to_the_next_address)
{
	struct rig *rig = rig_new(10);

	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(rig_find(rig, ACTION_DIAL)->of.connection.address, 1);
	rig_event(rig,
		  (struct transfer_event){.kind = EVENT_DIALED, .connection = CONNECTION_CONTROL});
	cr_assert_not_null(rig_said(rig, MESSAGE_OFFER));
	rig_lost(rig, CONNECTION_CONTROL);
	cr_assert_eq(rig_ended(rig), HFT_CONNECT_FAILED);
	rig_free(rig);
}
