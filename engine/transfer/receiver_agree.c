/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_agree.c -- what we show and what the sender makes of it: ACCEPTING, AGREEING.
 *
 * Also the digests that the journal gives back: for the chain, for the tail in ACCEPT, for
 * DIGESTS. One load at a time; the chain goes first. */
#include <errno.h>
#include <string.h>

#include "transfer/receiver_state.h"

/* -- loads ---------------------------------------------------------------- */

static void receiver_load(struct receiver *r, enum receiver_load what, uint64_t first,
			  uint32_t count)
{
	r->load = what;
	todo_load(&r->todo, first, count);
}

void receiver_drive_loads(struct receiver *r)
{
	uint64_t first = 0;
	uint32_t count = 0;

	if (r->load != LOAD_NOTHING)
		return;
	if (ledger_wants(&r->ledger, &r->durable, &first, &count))
		receiver_load(r, LOAD_CHAIN, first, count);
	else if (r->asked_count > 0)
		receiver_load(r, LOAD_ANSWER, r->asked_first, r->asked_count);
}

void receiver_asked(struct receiver *r, const struct message_digests_request *request)
{
	r->asked_first = request->first;
	r->asked_count = min_u32(request->count, HFT_TAIL_DIGESTS_MAX);
	receiver_drive_loads(r);
}

static void receiver_answer_digests(struct receiver *r, const struct transfer_event *event)
{
	if (r->asked_count == 0 || event->of.digests.first != r->asked_first)
		return; /* the connection that asked is gone */
	r->page_count = min_u32(event->of.digests.count, r->asked_count);
	memcpy(r->page, event->of.digests.list, r->page_count * sizeof(r->page[0]));
	r->asked_count = 0;
	todo_push(&r->todo, &(struct todo){.kind = ACTION_SEND,
					   .number = MESSAGE_DIGESTS,
					   .chunk = event->of.digests.first,
					   .count = r->page_count});
}

enum receiver_state receiver_take_digests(struct receiver *r, const struct transfer_event *event)
{
	enum receiver_load load = r->load;

	r->load = LOAD_NOTHING;
	if (event->error < 0)
		return receiver_fail_journal(r, event->error);
	if (load == LOAD_CHAIN && event->of.digests.count == 0)
		return receiver_fail_journal(r, -ENODATA);
	if (load == LOAD_CHAIN)
		ledger_loaded(&r->ledger, event->of.digests.first, event->of.digests.list,
			      event->of.digests.count);
	else if (load == LOAD_ANSWER)
		receiver_answer_digests(r, event);
	receiver_drive_loads(r);
	return r->state;
}

/* -- ACCEPTING ------------------------------------------------------------ */

/* A durable chunk without a digest proves nothing: it is sent again. */
static void receiver_drop_unproven(struct receiver *r, uint64_t chunk)
{
	r->reason = RESUME_PARTIAL_DAMAGED;
	r->repaired = true;
	if (ranges_remove(&r->durable, chunk, chunk + 1) < 0)
		ranges_clear(&r->durable);
	r->written = r->durable;
	ledger_keep(&r->ledger, &r->durable);
}

/* The start of this attempt goes into the journal before anything is promised or written. */
static void receiver_record_start(struct receiver *r)
{
	r->stage = CHECKPOINT_RECEIVING;
	r->recording = r->durable;
	receiver_record(r, false);
}

enum receiver_state receiver_accept_begin(struct receiver *r)
{
	uint64_t first = 0;
	uint32_t count = 0;
	uint64_t prefix = r->ledger.chain.chunks;

	if (ledger_wants(&r->ledger, &r->durable, &first, &count)) {
		receiver_load(r, LOAD_CHAIN, first, count);
		return RECEIVER_ACCEPTING;
	}
	count = (uint32_t)min_u64(prefix, HFT_TAIL_DIGESTS_MAX);
	if (count > 0)
		receiver_load(r, LOAD_TAIL, prefix - count, count);
	else
		receiver_record_start(r);
	return RECEIVER_ACCEPTING;
}

static enum receiver_state receiver_accept_loaded(struct receiver *r,
						  const struct transfer_event *event)
{
	enum receiver_load load = r->load;
	uint64_t end = event->of.digests.first + event->of.digests.count;

	r->load = LOAD_NOTHING;
	if (event->error < 0)
		return receiver_fail_journal(r, event->error);
	if (load == LOAD_CHAIN) {
		ledger_loaded(&r->ledger, event->of.digests.first, event->of.digests.list,
			      event->of.digests.count);
		if (event->of.digests.count == 0)
			receiver_drop_unproven(r, event->of.digests.first);
		return receiver_accept_begin(r);
	}
	r->tail_count = 0;
	if (end == r->ledger.chain.chunks && event->of.digests.count <= HFT_TAIL_DIGESTS_MAX) {
		r->tail_count = (uint16_t)event->of.digests.count;
		memcpy(r->tail, event->of.digests.list, r->tail_count * sizeof(r->tail[0]));
	}
	receiver_record_start(r);
	return RECEIVER_ACCEPTING;
}

static enum receiver_state receiver_accept(struct receiver *r)
{
	r->is_accepted = true;
	r->lanes_granted = min_u32(r->offer.lanes_wanted, r->settings.lanes_max);
	r->skipped_bytes = plan_covered_bytes(&r->plan, &r->durable);
	silence_init(&r->silence, r->settings.dead_after_ns, r->settings.socket_timeout_ns,
		     r->now_ns);
	todo_message(&r->todo, MESSAGE_ACCEPT);
	receiver_name(r);
	todo_plain(&r->todo, ACTION_PROGRESS);
	return RECEIVER_AGREEING;
}

/* From: RECHECKING.
 * To:   AGREEING when the start is journaled and ACCEPT is out, CLEANING when the journal fails. */
enum receiver_state receiver_accepting(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED)
		return receiver_accept_loaded(r, event);
	if (event->kind == EVENT_RECORDED)
		return receiver_accept(r);
	return RECEIVER_ACCEPTING;
}

/* -- AGREEING ------------------------------------------------------------- */

/* The sender's proof is smaller than what we have: forget the rest, in the journal first. */
static enum receiver_state receiver_shrink(struct receiver *r, const struct ranges *agreed)
{
	if (!ranges_equal(&r->written, &r->durable) || r->writing_count > 0)
		return receiver_fail_breach(r, "data came before it was agreed what is missing");
	r->shrinking = true;
	r->repaired = true;
	r->written = *agreed;
	r->recording = *agreed;
	r->tail_count = 0;
	ledger_keep(&r->ledger, agreed);
	receiver_record(r, false);
	return RECEIVER_AGREEING;
}

static enum receiver_state receiver_begin(struct receiver *r, const struct message_begin *begin)
{
	struct ranges beyond;

	if (ranges_subtract(&beyond, &begin->agreed, &r->durable) < 0 || beyond.count > 0)
		return receiver_fail_breach(r, "it agreed on chunks that are not here");
	if (begin->reason != RESUME_NONE)
		r->reason = (enum resume_reason)begin->reason;
	r->skipped_bytes = plan_covered_bytes(&r->plan, &begin->agreed);
	if (!ranges_equal(&begin->agreed, &r->durable))
		return receiver_shrink(r, &begin->agreed);
	return RECEIVER_STREAMING;
}

static enum receiver_state receiver_shrunk(struct receiver *r)
{
	r->shrinking = false;
	r->durable = r->recording;
	receiver_say_durable(r);
	receiver_drive_loads(r);
	return RECEIVER_STREAMING;
}

/* From: ACCEPTING.
 * To:   STREAMING on BEGIN, after a record when it agrees on less than we have,
 *       CLEANING when the sender breaks the protocol or gives up. */
enum receiver_state receiver_agreeing(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED)
		return receiver_take_digests(r, event);
	if (event->kind == EVENT_RECORDED && r->shrinking)
		return receiver_shrunk(r);
	if (event->kind != EVENT_MESSAGE)
		return RECEIVER_AGREEING;
	switch (event->of.message->type) {
	case MESSAGE_DIGESTS_REQUEST:
		receiver_asked(r, &event->of.message->of.digests_request);
		return RECEIVER_AGREEING;
	case MESSAGE_BEGIN:
		if (r->shrinking) /* said again after a rejoin */
			return RECEIVER_AGREEING;
		return receiver_begin(r, &event->of.message->of.begin);
	case MESSAGE_SYNC:
		return RECEIVER_AGREEING;
	default:
		return receiver_fail_breach(r, "it said something else than BEGIN");
	}
}
