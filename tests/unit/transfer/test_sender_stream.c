/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender_stream.c -- chunks out, STORED and DURABLE in, FINISH. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "support/transfer_rig.h"

static struct rig *streaming(uint64_t chunks, uint32_t lanes)
{
	struct rig *rig = rig_new(chunks * RIG_CHUNK - 10);

	rig->sending.lanes_wanted = lanes;
	rig_to_streaming(rig);
	return rig;
}

static void identified(struct rig *rig)
{
	cr_assert_not_null(rig_find(rig, ACTION_IDENTIFY_SOURCE));
	rig_event(rig, (struct transfer_event){.kind = EVENT_SOURCE_IDENTIFIED,
					       .of.identity = rig->identity});
}

Test(sender_stream, a_lane_gets_so_many_chunks_and_the_next_when_one_is_sent)
{
	struct rig *rig = streaming(10, 1);

	cr_assert_eq(rig_count(rig, ACTION_SEND_CHUNK), HFT_LANE_DEPTH);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, 0);
	rig_sent(rig, 0, 0);
	cr_assert_eq(rig_count(rig, ACTION_SEND_CHUNK), 1);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, HFT_LANE_DEPTH);
	rig_free(rig);
}

Test(sender_stream, the_last_chunk_is_as_short_as_the_file)
{
	struct rig *rig = streaming(2, 1);

	cr_assert_eq(rig->action[0].of.chunk.bytes, RIG_CHUNK);
	cr_assert_eq(rig->action[1].of.chunk.bytes, RIG_CHUNK - 10);
	rig_free(rig);
}

Test(sender_stream, all_written_and_the_source_the_same_is_finish_then_complete_ends_it)
{
	struct rig *rig = streaming(2, 1);
	struct message complete = {.type = MESSAGE_COMPLETE};
	struct chain chain = rig_chain(2);

	HFT_RULE(D_25);
	HFT_RULE(D_232);
	rig_sent(rig, 0, 0);
	rig_sent(rig, 0, 1);
	cr_assert_null(rig_find(rig, ACTION_IDENTIFY_SOURCE), "not yet written over there");
	rig_have(rig, MESSAGE_STORED, 2);
	identified(rig);
	cr_assert_not_null(rig_said(rig, MESSAGE_FINISH));
	cr_assert(digest_equal(&rig_said(rig, MESSAGE_FINISH)->of.finish.digest, &chain.value));
	cr_assert_eq(rig_said(rig, MESSAGE_FINISH)->of.finish.chunk_count, 2);
	memcpy(complete.of.complete.final_name, "daily.dat", sizeof("daily.dat"));
	rig_message(rig, &complete);
	cr_assert_not_null(rig_said(rig, MESSAGE_CONFIRM));
	cr_assert_eq(rig_ended(rig), HFT_DONE);
	rig_free(rig);
}

Test(sender_stream, an_empty_file_needs_no_lane)
{
	struct rig *rig = rig_new(0);
	struct message accept;
	struct chain empty;

	HFT_RULE(D_30);
	chain_init(&empty);
	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_make_accept(rig, 0, &accept);
	rig_message(rig, &accept);
	cr_assert_null(rig_find(rig, ACTION_DIAL));
	identified(rig);
	cr_assert(digest_equal(&rig_said(rig, MESSAGE_FINISH)->of.finish.digest, &empty.value));
	rig_free(rig);
}

Test(sender_stream, a_source_that_changed_while_it_was_read_is_903)
{
	struct rig *rig = streaming(1, 1);
	struct transfer_event event = {.kind = EVENT_SOURCE_IDENTIFIED};

	HFT_RULE(D_235);
	rig_sent(rig, 0, 0);
	rig_have(rig, MESSAGE_STORED, 1);
	event.of.identity = rig->identity;
	event.of.identity.mtime_ns++;
	rig_event(rig, event);
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_CHANGED);
	cr_assert_null(rig_said(rig, MESSAGE_FINISH));
	cr_assert_not_null(rig_said(rig, MESSAGE_CANCEL));
	rig_free(rig);
}

Test(sender_stream, a_short_read_looks_at_the_source_first)
{
	struct rig *rig = streaming(2, 1);
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT};

	event.of.sent.bytes = 5;
	rig_event(rig, event);
	cr_assert_not_null(rig_find(rig, ACTION_IDENTIFY_SOURCE));
	cr_assert_null(rig_find(rig, ACTION_SEND_CHUNK));
	event = (struct transfer_event){.kind = EVENT_SOURCE_IDENTIFIED};
	event.of.identity = rig->identity;
	event.of.identity.bytes = 5;
	rig_event(rig, event);
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_CHANGED);
	rig_free(rig);
}

Test(sender_stream, a_short_read_may_be_told_as_no_data)
{
	struct rig *rig = streaming(2, 1);
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT, .error = -ENODATA};

	event.of.sent.read_failed = true;
	rig_event(rig, event);
	cr_assert_not_null(rig_find(rig, ACTION_IDENTIFY_SOURCE));
	identified(rig);
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_UNREADABLE, "it did not change, and yet is short");
	rig_free(rig);
}

Test(sender_stream, a_read_error_is_908)
{
	struct rig *rig = streaming(2, 1);
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT, .error = -EIO};

	event.of.sent.read_failed = true;
	rig_event(rig, event);
	cr_assert_eq(rig_ended(rig), HFT_SOURCE_UNREADABLE);
	rig_free(rig);
}

Test(sender_stream, durable_is_recorded_one_record_at_a_time)
{
	struct rig *rig = streaming(10, 1);

	HFT_RULE(D_86);
	for (uint64_t i = 0; i < 4; i++)
		rig_sent(rig, 0, i);
	rig_have(rig, MESSAGE_DURABLE, 2);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig->checkpoint.prefix_chunks, 2);
	cr_assert_eq(rig->digest_count, 2);
	rig_have(rig, MESSAGE_DURABLE, 3);
	cr_assert_null(rig_find(rig, ACTION_RECORD), "one is under way");
	rig_have(rig, MESSAGE_DURABLE, 4);
	rig_recorded(rig);
	cr_assert_not_null(rig_find(rig, ACTION_RECORD));
	cr_assert_eq(rig->checkpoint.prefix_chunks, 4, "the latest wins");
	rig_free(rig);
}

Test(sender_stream, a_chunk_that_arrived_bad_goes_again_three_times_and_then_it_is_535)
{
	struct rig *rig = streaming(1, 1);
	struct message again = {.type = MESSAGE_AGAIN};

	HFT_RULE(D_231);
	HFT_RULE(D_97);
	rig_sent(rig, 0, 0);
	for (uint8_t i = 1; i <= HFT_CHUNK_TRIES_MAX; i++) {
		again.of.again.tries = i;
		rig_message(rig, &again);
		cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.tries, i);
		rig_sent(rig, 0, 0);
	}
	rig_message(rig, &again);
	cr_assert_eq(rig_ended(rig), HFT_RECEIVER_FAILED);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_VERIFY_FAILED);
	rig_free(rig);
}

Test(sender_stream, a_lost_lane_gives_its_chunks_to_the_other)
{
	struct rig *rig = streaming(20, 2);

	rig_lost(rig, 0);
	cr_assert_eq(rig_find(rig, ACTION_CLOSE)->of.connection.connection, 0);
	cr_assert_null(rig_find(rig, ACTION_SEND_CHUNK), "the other has enough for now");
	rig_sent(rig, 1, 1);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.lane, 1);
	cr_assert_eq(rig_find(rig, ACTION_SEND_CHUNK)->of.chunk.chunk, 0);
	rig_free(rig);
}

Test(sender_stream, when_no_lane_works_any_more_it_ends)
{
	struct rig *rig = streaming(20, 1);

	rig_lost(rig, 0);
	for (uint32_t i = 0; i <= HFT_LANE_TRIES_MAX && rig_ended(rig) < 0; i++) {
		struct message alive = {.type = MESSAGE_ALIVE};

		rig_wait(rig, 600 * RIG_MS);
		rig_message(rig, &alive);
		rig_event(rig, (struct transfer_event){.kind = EVENT_DIALED, .error = -111});
	}
	cr_assert_eq(rig_ended(rig), HFT_WRITE_FAILED);
	rig_free(rig);
}

Test(sender_stream, durable_for_what_was_not_sent_is_a_breach)
{
	struct rig *rig = streaming(20, 1);

	rig_have(rig, MESSAGE_DURABLE, 15);
	cr_assert_eq(rig_ended(rig), HFT_NO_AGREEMENT);
	rig_free(rig);
}

Test(sender_stream, durable_that_shrinks_is_a_breach)
{
	struct rig *rig = streaming(20, 1);

	for (uint64_t i = 0; i < 3; i++)
		rig_sent(rig, 0, i);
	rig_have(rig, MESSAGE_DURABLE, 3);
	rig_have(rig, MESSAGE_DURABLE, 2);
	cr_assert_eq(rig_ended(rig), HFT_NO_AGREEMENT);
	rig_free(rig);
}

Test(sender_stream, a_rate_limit_spaces_the_chunks)
{
	struct rig *rig = rig_new(20 * (uint64_t)RIG_CHUNK);

	rig->sending.limit_rate_bps = RIG_CHUNK;
	rig_to_streaming(rig);
	cr_assert_eq(rig->action[0].of.chunk.not_before_ns, 0);
	cr_assert_eq(rig->action[1].of.chunk.not_before_ns,
		     rig->now_ns + 1000 * RIG_MS - HFT_PACE_BURST_NS);
	rig_free(rig);
}

Test(sender_stream, what_is_not_written_is_bounded)
{
	struct rig *rig = streaming(1000, 1);
	uint64_t sent = 0;

	for (sent = 0; sent < 1000 && rig_find(rig, ACTION_SEND_CHUNK); sent++)
		rig_sent(rig, 0, sent);
	cr_assert_lt(sent, HFT_INFLIGHT_MAX);
	rig_have(rig, MESSAGE_STORED, 10);
	cr_assert_not_null(rig_find(rig, ACTION_SEND_CHUNK));
	rig_free(rig);
}

Test(sender_stream, what_is_not_durable_is_bounded_and_a_checkpoint_is_asked_for)
{
	struct rig *rig = streaming(3000, 1);
	uint64_t issued = rig_count(rig, ACTION_SEND_CHUNK);
	bool asked = false;
	uint64_t sent = 0;

	for (sent = 0; sent < issued; sent++) {
		rig_sent(rig, 0, sent);
		issued += rig_count(rig, ACTION_SEND_CHUNK);
		asked = asked || rig_said(rig, MESSAGE_SYNC);
		rig_have(rig, MESSAGE_STORED, sent + 1);
		issued += rig_count(rig, ACTION_SEND_CHUNK);
		asked = asked || rig_said(rig, MESSAGE_SYNC);
	}
	cr_assert_eq(issued, HFT_CHECKPOINT_DIGESTS_MAX);
	cr_assert(asked);
	rig_have(rig, MESSAGE_DURABLE, sent);
	cr_assert_not_null(rig_find(rig, ACTION_SEND_CHUNK));
	rig_free(rig);
}

Test(sender_stream, a_failure_of_the_receiver_is_250)
{
	struct rig *rig = streaming(3, 1);
	struct message complete = {.type = MESSAGE_COMPLETE};

	HFT_RULE(D_242);
	outcome_set(&complete.of.complete.outcome, HFT_TARGET_UNWRITABLE, 0, "no space left");
	rig_message(rig, &complete);
	cr_assert_eq(rig_ended(rig), HFT_RECEIVER_FAILED);
	cr_assert_eq(rig_find(rig, ACTION_END)->of.outcome.detail, HFT_TARGET_UNWRITABLE);
	rig_free(rig);
}

static struct rig *streaming_pipe(void)
{
	struct rig *rig = rig_new(0);

	rig->identity = (struct source_identity){.type = SOURCE_STREAM};
	rig->sending.lanes_wanted = 2;
	rig_to_streaming(rig);
	return rig;
}

static void pipe_sent(struct rig *rig, uint64_t chunk, uint32_t bytes, bool last)
{
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT};

	event.of.sent.chunk = chunk;
	event.of.sent.bytes = bytes;
	event.of.sent.last = last;
	event.of.sent.digest = rig_digest(chunk);
	rig_event(rig, event);
}

Test(sender_stream, a_pipe_stays_on_one_lane_and_holds_few_chunks)
{
	struct rig *rig = streaming_pipe();
	uint64_t issued = HFT_LANE_DEPTH; /* when the first lane was up */
	uint64_t sent = 0;

	for (sent = 0; sent < issued; sent++) {
		pipe_sent(rig, sent, RIG_CHUNK, false);
		issued += rig_count(rig, ACTION_SEND_CHUNK);
		for (uint32_t i = 0; i < rig->count; i++)
			cr_assert(rig->action[i].kind != ACTION_SEND_CHUNK ||
				  rig->action[i].of.chunk.lane == 0);
	}
	cr_assert_eq(issued, HFT_STREAM_HELD_MAX);
	rig_have(rig, MESSAGE_DURABLE, 2);
	cr_assert_eq(rig_count(rig, ACTION_RELEASE_CHUNK), 2);
	rig_free(rig);
}

Test(sender_stream, a_pipe_that_ends_is_finished_with_what_it_gave)
{
	struct rig *rig = streaming_pipe();

	pipe_sent(rig, 0, RIG_CHUNK, false);
	pipe_sent(rig, 1, 5, true);
	pipe_sent(rig, 2, 0, true);
	rig_have(rig, MESSAGE_STORED, 2);
	cr_assert_not_null(rig_said(rig, MESSAGE_FINISH));
	cr_assert_eq(rig_said(rig, MESSAGE_FINISH)->of.finish.total_bytes, RIG_CHUNK + 5);
	cr_assert_eq(rig_said(rig, MESSAGE_FINISH)->of.finish.chunk_count, 2);
	rig_free(rig);
}
