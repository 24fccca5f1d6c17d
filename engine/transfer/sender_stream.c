/* SPDX-License-Identifier: Apache-2.0 */
/* sender_stream.c -- data: STREAMING and FINISHING.
 *
 * Chunks go out in the order of the file over whatever lanes are up. A chunk is done with when
 * the receiver has written it and we know its digest; what is durable is recorded here. When all
 * is written over there and the source is still the one we opened, FINISH goes out. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "transfer/sender_state.h"

/* -- what to send where --------------------------------------------------- */

/* The lane with the least to do; -1 when all have enough. */
static int sender_pick_lane(const struct sender *s)
{
	int best = -1;
	uint8_t best_outstanding = HFT_LANE_DEPTH;

	for (int i = 0; (uint32_t)i < s->lanes.count; i++) {
		uint8_t outstanding = s->window.outstanding[i];

		if (!lanes_is_up(&s->lanes, i))
			continue;
		/* A stream is read in order, so it stays on one lane as long as that works. */
		if (s->is_stream && outstanding > 0)
			return outstanding < HFT_LANE_DEPTH ? i : -1;
		if (outstanding < best_outstanding) {
			best = i;
			best_outstanding = outstanding;
		}
	}
	return best;
}

/* True when a stream must not be read on to this chunk: what is not durable is held. */
static bool sender_is_held(const struct sender *s, uint64_t chunk)
{
	return s->is_stream && chunk >= s->released + HFT_STREAM_HELD_MAX;
}

/* True when a stream, or the table of digests, cannot take another chunk. */
static bool sender_is_full(const struct sender *s)
{
	return sender_is_held(s, s->cursor) || ledger_room(&s->ledger) <= s->window.count;
}

/* The next chunk that was never given to a lane, into the window; NULL when there is none or
 * no room for it. */
static struct window_chunk *sender_new_chunk(struct sender *s)
{
	struct range gap;

	if (s->window.count == HFT_INFLIGHT_MAX || sender_is_full(s))
		return NULL;
	while (ranges_next_gap(&s->stored, s->cursor, s->plan.chunk_count, &gap)) {
		s->cursor = gap.start;
		if (sender_is_held(s, gap.start))
			return NULL;
		s->cursor++;
		if (!window_find(&s->window, gap.start))
			return window_add(&s->window, gap.start);
	}
	return NULL;
}

bool sender_next_chunk(struct sender *s, struct transfer_action *ret_action)
{
	struct window_chunk *chunk = NULL;
	int lane = -1;

	if (s->state != SENDER_STREAMING || s->holds_back || s->identify == IDENTIFY_SHORT)
		return false;
	lane = sender_pick_lane(s);
	if (lane < 0)
		return false;
	chunk = window_next(&s->window);
	if (!chunk)
		chunk = sender_new_chunk(s);
	if (!chunk)
		return false;
	window_issue(&s->window, chunk, lane);
	ret_action->kind = ACTION_SEND_CHUNK;
	ret_action->of.chunk.lane = lane;
	ret_action->of.chunk.chunk = chunk->chunk;
	ret_action->of.chunk.offset = plan_offset(&s->plan, chunk->chunk);
	ret_action->of.chunk.bytes = plan_bytes(&s->plan, chunk->chunk);
	ret_action->of.chunk.tries = chunk->tries;
	ret_action->of.chunk.not_before_ns = pace_take(&s->pace, ret_action->of.chunk.bytes,
						       s->now_ns);
	return true;
}

/* -- after each event ----------------------------------------------------- */

void sender_want_record(struct sender *s)
{
	if (s->record_busy) {
		s->record_wanted = true;
		return;
	}
	s->record_busy = true;
	s->record_wanted = false;
	todo_plain(&s->todo, ACTION_RECORD);
}

static void sender_settle(struct sender *s)
{
	struct digest digest;
	uint64_t chunk = 0;

	while (window_take(&s->window, &chunk, &digest)) {
		int error = ledger_put(&s->ledger, chunk, &digest);

		assert(error == 0); /* sender_is_full() kept room for it */
		if (ranges_contains(&s->durable, chunk, chunk + 1))
			s->record_wanted = true;
	}
	if (s->record_wanted && !s->record_busy)
		sender_want_record(s);
}

/* What is durable of a stream need not be held any more, once we know its digest too: a chunk
 * whose lane was lost just behind it is sent again to learn that. */
static void sender_release(struct sender *s)
{
	uint64_t end = ranges_prefix_end(&s->durable);

	while (s->is_stream && s->released < end && !window_find(&s->window, s->released)) {
		todo_push(&s->todo,
			  &(struct todo){.kind = ACTION_RELEASE_CHUNK, .chunk = s->released});
		s->released++;
	}
	s->cursor = max_u64(s->cursor, s->released);
}

static void sender_ask_sync(struct sender *s)
{
	if (s->sync_asked)
		return;
	s->sync_asked = true;
	todo_message(&s->todo, MESSAGE_SYNC);
}

/* The chain stands at chunks whose digests left the table: get them back. */
static void sender_drive_chain(struct sender *s)
{
	uint64_t first = 0;
	uint32_t count = 0;

	if (s->load_busy || s->ask_busy || !ledger_wants(&s->ledger, &s->durable, &first, &count) ||
	    window_find(&s->window, first))
		return;
	s->load_busy = true;
	todo_load(&s->todo, first, count);
}

void sender_chain_loaded(struct sender *s, const struct transfer_event *event)
{
	if (event->of.digests.count > 0) {
		ledger_loaded(&s->ledger, event->of.digests.first, event->of.digests.list,
			      event->of.digests.count);
		return;
	}
	/* Not in our journal (a bridge too long to keep): the receiver has them, and both
	 * have proven those chunks. */
	s->ask_busy = true;
	todo_push(&s->todo, &(struct todo){.kind = ACTION_SEND,
					   .number = MESSAGE_DIGESTS_REQUEST,
					   .chunk = event->of.digests.first,
					   .count = 1});
}

static enum sender_state sender_finish(struct sender *s)
{
	if (!ledger_total(&s->ledger, s->plan.chunk_count, &s->digest)) {
		sender_ask_sync(s); /* the chain goes on when more is durable */
		return s->state;
	}
	s->finish_sent = true;
	todo_message(&s->todo, MESSAGE_FINISH);
	return SENDER_FINISHING;
}

enum sender_state sender_advance(struct sender *s)
{
	sender_settle(s);
	sender_release(s);
	sender_drive_chain(s);
	if (s->holds_back || s->finish_sent)
		return s->state;
	if (sender_is_full(s))
		sender_ask_sync(s);
	if (s->window.count > 0 || !plan_is_covered(&s->plan, &s->stored))
		return s->state;
	if (s->is_stream)
		s->identify = IDENTIFY_DONE;
	if (s->identify == IDENTIFY_NOT) {
		s->identify = IDENTIFY_FINISHED;
		todo_plain(&s->todo, ACTION_IDENTIFY_SOURCE);
	}
	return s->identify == IDENTIFY_DONE ? sender_finish(s) : s->state;
}

/* -- way in --------------------------------------------------------------- */

enum sender_state sender_stream_begin(struct sender *s)
{
	s->stored = s->durable;
	s->cursor = s->skip_chunks;
	s->released = s->skip_chunks;
	s->skipped_bytes = plan_covered_bytes(&s->plan, &s->durable);
	s->holds_back = !ranges_equal(&s->durable, &s->agree.durable);
	s->begun = true;
	s->state = SENDER_STREAMING;
	todo_message(&s->todo, MESSAGE_BEGIN);
	/* Not before: the receiver takes no lane as long as it is not agreed what is missing, which
	 * may take as long as reading a large file again does. */
	if (s->plan.chunk_count > 0)
		lanes_start(&s->lanes, s->lanes_granted, s->address, s->now_ns);
	sender_want_record(s);
	todo_plain(&s->todo, ACTION_PROGRESS);
	return sender_advance(s);
}

/* True when the receiver still has all that it called durable, or all that we agreed on. */
static bool sender_take_coverage(struct sender *s, const struct message_accept *accept)
{
	for (uint32_t i = 0; i < s->durable.count; i++) {
		const struct range *range = &s->durable.list[i];

		if (!ranges_contains(&accept->durable, range->start, range->end))
			return false;
	}
	if (s->holds_back) {
		s->holds_back = !ranges_equal(&s->durable, &accept->durable);
		s->stored = s->durable;
		return true;
	}
	s->durable = accept->durable;
	s->stored = accept->durable;
	for (uint32_t i = 0; i < accept->stored.count; i++) {
		if (ranges_add(&s->stored, accept->stored.list[i].start,
			       accept->stored.list[i].end) < 0)
			return true; /* the rest is sent again */
	}
	return true;
}

enum sender_state sender_stream_again(struct sender *s, const struct message_accept *accept)
{
	if (!sender_take_coverage(s, accept))
		return sender_end_lost(s, 0, "the receiver forgot what it had called durable");
	for (uint32_t i = 0; i < s->window.count; i++)
		s->window.list[i].stored = false;
	window_stored(&s->window, &s->stored);
	ledger_keep(&s->ledger, &s->stored);
	s->cursor = 0;
	s->sync_asked = false;
	s->ask_busy = false;
	s->finish_sent = false;
	s->state = SENDER_STREAMING;
	todo_message(&s->todo, MESSAGE_BEGIN);
	sender_want_record(s);
	todo_plain(&s->todo, ACTION_PROGRESS);
	return sender_advance(s);
}

/* -- events --------------------------------------------------------------- */

/* The stream ended in or before this chunk. */
static void sender_stream_ended(struct sender *s, uint64_t chunk, uint32_t bytes)
{
	uint64_t end = chunk + (bytes > 0 ? 1 : 0);

	if (!plan_is_bounded(&s->plan))
		plan_end(&s->plan, plan_offset(&s->plan, chunk) + bytes);
	window_cut(&s->window, end);
}

/* The source gave less than its size promised: has it changed? Nothing more is sent. */
static enum sender_state sender_came_short(struct sender *s)
{
	if (s->identify != IDENTIFY_SHORT && s->identify != IDENTIFY_FINISHED)
		todo_plain(&s->todo, ACTION_IDENTIFY_SOURCE);
	s->identify = IDENTIFY_SHORT;
	return s->state;
}

static enum sender_state sender_chunk_failed(struct sender *s, const struct transfer_event *event)
{
	if (event->of.sent.read_failed && event->error == -ENODATA)
		return sender_came_short(s);
	if (event->of.sent.read_failed)
		return sender_end_source(s, event->error);
	window_lane_lost(&s->window, event->connection);
	lanes_lost(&s->lanes, event->connection, s->now_ns);
	return s->state;
}

static enum sender_state sender_chunk_sent(struct sender *s, const struct transfer_event *event)
{
	uint64_t number = event->of.sent.chunk;
	struct window_chunk *chunk = NULL;

	if (event->error < 0)
		return sender_chunk_failed(s, event);
	chunk = window_sent(&s->window, number, event->connection, &event->of.sent.digest);
	if (!chunk)
		return s->state;
	s->moved_bytes += event->of.sent.bytes;
	if (chunk->sends > 1)
		s->resent_bytes += event->of.sent.bytes;
	if (s->is_stream && event->of.sent.last)
		sender_stream_ended(s, number, event->of.sent.bytes);
	if (number >= s->plan.chunk_count || event->of.sent.bytes == plan_bytes(&s->plan, number))
		return s->state;
	return sender_came_short(s);
}

enum sender_state sender_identified(struct sender *s, const struct transfer_event *event)
{
	bool is_same = event->error == 0 &&
		       identity_compare(&s->source, &event->of.identity) == IDENTITY_SAME;

	if (!is_same)
		return sender_end_source_changed(s, event->error ? NULL : &event->of.identity);
	if (s->identify == IDENTIFY_SHORT)
		return sender_end_source(s, -EIO);
	s->identify = IDENTIFY_DONE;
	return s->state;
}

static void sender_took_stored(struct sender *s, const struct ranges *stored)
{
	window_stored(&s->window, stored);
	for (uint32_t i = 0; i < stored->count; i++) {
		/* Without room the window still knows; DURABLE brings it later. */
		if (ranges_add(&s->stored, stored->list[i].start, stored->list[i].end) < 0)
			return;
	}
}

/* Chunks that are newly called durable must be ones that we sent. */
static bool sender_sent_all_of(struct sender *s, const struct ranges *fresh)
{
	for (uint32_t i = 0; i < fresh->count; i++) {
		if (fresh->list[i].end - fresh->list[i].start > HFT_CHECKPOINT_DIGESTS_MAX)
			return false;
		for (uint64_t chunk = fresh->list[i].start; chunk < fresh->list[i].end; chunk++) {
			if (!window_find(&s->window, chunk) && !ledger_find(&s->ledger, chunk))
				return false;
		}
	}
	return true;
}

static enum sender_state sender_took_durable(struct sender *s, const struct ranges *durable)
{
	struct ranges fresh;
	struct ranges lost;

	if (ranges_subtract(&fresh, durable, &s->durable) < 0 ||
	    ranges_subtract(&lost, &s->durable, durable) < 0)
		return sender_end_breach(s, "its coverage has too many holes");
	if (lost.count > 0)
		return sender_end_breach(s, "it forgot what it had called durable");
	if (!sender_sent_all_of(s, &fresh))
		return sender_end_breach(s, "it calls chunks durable that were not sent");
	s->durable = *durable;
	s->holds_back = false;
	s->sync_asked = false;
	sender_took_stored(s, durable);
	sender_want_record(s);
	todo_plain(&s->todo, ACTION_PROGRESS);
	return s->state;
}

static enum sender_state sender_took_again(struct sender *s, uint64_t number)
{
	const struct window_chunk *chunk = window_again(&s->window, number);
	struct outcome verify;

	if (!chunk || chunk->tries <= HFT_CHUNK_TRIES_MAX)
		return s->state;
	outcome_set(&verify, HFT_VERIFY_FAILED, 0, "a chunk arrived damaged %u times",
		    chunk->tries);
	outcome_set_from_peer(&s->outcome, HFT_RECEIVER_FAILED, s->settings.host, &verify);
	return sender_end_cancel(s);
}

static enum sender_state sender_completed(struct sender *s, const struct message_complete *complete)
{
	if (!outcome_is_done(&complete->outcome))
		return sender_end_by_peer(s, &complete->outcome);
	if (!s->finish_sent)
		return sender_end_breach(s, "it was complete before we were");
	if (s->plan.chunk_count > 0) {
		ranges_clear(&s->durable);
		(void)ranges_add(&s->durable, 0, s->plan.chunk_count);
	}
	(void)text_copy(s->final_name, sizeof(s->final_name), complete->final_name);
	outcome_set(&s->outcome, HFT_DONE, 0, "%s is complete, durable and in place at %s",
		    complete->final_name, s->settings.host);
	todo_message(&s->todo, MESSAGE_CONFIRM);
	todo_plain(&s->todo, ACTION_PROGRESS);
	return sender_end(s);
}

static enum sender_state sender_data_message(struct sender *s, const struct message *message)
{
	switch (message->type) {
	case MESSAGE_STORED:
		sender_took_stored(s, &message->of.stored.ranges);
		return s->state;
	case MESSAGE_DURABLE:
		return sender_took_durable(s, &message->of.durable.ranges);
	case MESSAGE_AGAIN:
		return sender_took_again(s, message->of.again.chunk);
	case MESSAGE_DIGESTS:
		s->ask_busy = false;
		if (message->of.digests.count == 0)
			return sender_end_breach(s, "it has no digest of a durable chunk");
		ledger_loaded(&s->ledger, message->of.digests.first, message->of.digests.list,
			      message->of.digests.count);
		return s->state;
	case MESSAGE_COMPLETE:
		return sender_completed(s, &message->of.complete);
	default:
		return sender_end_breach(s, "it said something that a receiver never says");
	}
}

static enum sender_state sender_data(struct sender *s, const struct transfer_event *event)
{
	enum sender_state next = s->state;

	if (event->kind == EVENT_CHUNK_SENT)
		next = sender_chunk_sent(s, event);
	else if (event->kind == EVENT_SOURCE_IDENTIFIED)
		next = sender_identified(s, event);
	else if (event->kind == EVENT_MESSAGE)
		next = sender_data_message(s, event->of.message);
	else if (event->kind == EVENT_DIGESTS_LOADED && event->error < 0)
		return sender_end_journal(s, event->error);
	else if (event->kind == EVENT_DIGESTS_LOADED)
		sender_chain_loaded(s, event);
	if (next == SENDER_ENDED)
		return next;
	if (lanes_are_gone(&s->lanes) && next == SENDER_STREAMING)
		return sender_end_lost(s, 0, "no data connection works any more");
	return sender_advance(s);
}

/* From: RECHECKING, SKIPPING; REJOINING when data had begun to flow.
 * To:   FINISHING when all is written over there and FINISH is out,
 *       ENDED when the source changed or cannot be read, a chunk arrives bad too often, the
 *       receiver gives up, or no lane works any more. */
enum sender_state sender_streaming(struct sender *s, const struct transfer_event *event)
{
	return sender_data(s, event);
}

/* From: STREAMING.
 * To:   ENDED with what COMPLETE says, or as STREAMING. */
enum sender_state sender_finishing(struct sender *s, const struct transfer_event *event)
{
	return sender_data(s, event);
}
