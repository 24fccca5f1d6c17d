/* SPDX-License-Identifier: Apache-2.0 */
/* sender_agree.c -- what need not be sent again: AGREEING, RECHECKING, SKIPPING.
 *
 * First digests are compared (agree.h), then the last chunks are read again from the source
 * (recheck.h), then a stream is drained up to where it goes on. */
#include <assert.h>
#include <string.h>

#include "transfer/sender_state.h"

static enum sender_state sender_agree_drive(struct sender *s);
static enum sender_state sender_recheck_drive(struct sender *s);

enum sender_state sender_agree_resume(struct sender *s)
{
	if (s->state == SENDER_AGREEING)
		return sender_agree_drive(s);
	if (s->state == SENDER_RECHECKING)
		return sender_recheck_drive(s);
	return s->state;
}

enum sender_state sender_agree_begin(struct sender *s, const struct message_accept *accept)
{
	bool usable = s->has_record && s->record_chunk_bytes == accept->chunk_bytes;
	struct chain empty;

	chain_init(&empty);
	window_init(&s->window);
	ledger_init(&s->ledger, &empty);
	ranges_clear(&s->durable);
	ranges_clear(&s->stored);
	if (accept->reason != RESUME_NONE && s->reason == RESUME_NONE)
		s->reason = (enum resume_reason)accept->reason;
	agree_init(&s->agree, accept, usable ? &s->record_chain : NULL);
	return sender_agree_drive(s);
}

/* Digests that rolled our chain forward belong into our journal too. */
static void sender_keep_bridge(struct sender *s)
{
	uint64_t first = max_u64(s->record_chain.chunks,
				 s->agree.prefix_chunks - s->agree.tail_count);

	for (uint64_t chunk = first; chunk < s->agree.prefix_chunks; chunk++) {
		if (ledger_put(&s->ledger, chunk, agree_tail(&s->agree, chunk)) < 0)
			return; /* the chain has them; only a later comparison would miss them */
	}
}

static enum sender_state sender_agreed(struct sender *s)
{
	const struct agree *agree = &s->agree;
	struct chain empty;

	chain_init(&empty);
	s->durable = agree->agreed;
	if (agree->durable.count > 0 && (agree->chains_differ || agree->agreed.count == 0)) {
		s->reason = RESUME_DIGEST_MISMATCH;
		if (agree->agreed.count == 0 && s->settings.strict)
			return sender_end_resume_refused(s);
		ledger_init(&s->ledger, &empty);
	} else if (agree->durable.count > 0) {
		s->ledger.chain = agree->chain;
		sender_keep_bridge(s);
	}
	recheck_init(&s->recheck, &s->durable, s->is_stream ? 0 : s->resume_check);
	return sender_recheck_drive(s);
}

static enum sender_state sender_agree_drive(struct sender *s)
{
	uint64_t first = 0;
	uint32_t count = 0;

	switch (agree_next(&s->agree, &first, &count)) {
	case AGREE_LOAD:
		if (!s->load_busy)
			todo_load(&s->todo, first, count);
		s->load_busy = true;
		return SENDER_AGREEING;
	case AGREE_ASK:
		if (!s->ask_busy)
			todo_push(&s->todo, &(struct todo){.kind = ACTION_SEND,
							   .number = MESSAGE_DIGESTS_REQUEST,
							   .chunk = first,
							   .count = count});
		s->ask_busy = true;
		return SENDER_AGREEING;
	case AGREE_DONE:
		break;
	}
	return sender_agreed(s);
}

static void sender_digests_answered(struct sender *s, const struct message_digests *digests)
{
	bool bridging = s->agree.phase == AGREE_BRIDGE;

	s->ask_busy = false;
	for (uint32_t i = 0; i < digests->count && bridging; i++) {
		if (ledger_put(&s->ledger, digests->first + i, &digests->list[i]) < 0)
			bridging = false;
	}
	agree_answered(&s->agree, digests->first, digests->list, digests->count);
}

/* From: OFFERING; REJOINING when nothing was agreed yet.
 * To:   RECHECKING when it is known what both hold,
 *       ENDED when that is nothing and the resume is strict. */
enum sender_state sender_agreeing(struct sender *s, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED) {
		if (event->error < 0)
			return sender_end_journal(s, event->error);
		agree_loaded(&s->agree, event->of.digests.first, event->of.digests.list,
			     event->of.digests.count);
		return sender_agree_drive(s);
	}
	if (event->kind != EVENT_MESSAGE)
		return SENDER_AGREEING;
	if (event->of.message->type != MESSAGE_DIGESTS)
		return sender_end_breach(s, "it said something else while digests were compared");
	sender_digests_answered(s, &event->of.message->of.digests);
	return sender_agree_drive(s);
}

static enum sender_state sender_skip_begin(struct sender *s)
{
	uint64_t prefix = ranges_prefix_end(&s->durable);

	if (!s->is_stream)
		return sender_stream_begin(s);
	/* Of a stream only what lies in order can be left out, and not the last chunk, which
	 * may have been a short one: then it could not be dropped as a whole. */
	if (!s->skip_asked)
		s->skip_chunks = prefix > 0 ? prefix - 1 : 0;
	else if (prefix < s->skip_chunks)
		return sender_end_lost(s, 0, "the receiver forgot a part that is gone here");
	ranges_clear(&s->durable);
	if (s->skip_chunks > 0) {
		(void)ranges_add(&s->durable, 0, s->skip_chunks);
		if (!s->skip_asked)
			todo_push(&s->todo,
				  &(struct todo){.kind = ACTION_SKIP_SOURCE,
						 .chunk = plan_offset(&s->plan, s->skip_chunks)});
		s->skip_asked = true;
	}
	ledger_keep(&s->ledger, &s->durable);
	if (s->skip_asked && !s->skipped)
		return SENDER_SKIPPING;
	return sender_stream_begin(s);
}

static enum sender_state sender_rechecked(struct sender *s)
{
	s->rechecked += s->recheck.read_count;
	s->durable = s->recheck.chunks;
	if (s->recheck.bad_count == 0)
		return sender_skip_begin(s);
	s->reason = RESUME_DIGEST_MISMATCH;
	ledger_keep(&s->ledger, &s->durable);
	if (s->durable.count == 0 && s->settings.strict)
		return sender_end_resume_refused(s);
	return sender_skip_begin(s);
}

/* The digest that a chunk must have, from those who know it without asking. */
static bool sender_recheck_known(struct sender *s, uint64_t chunk)
{
	const struct digest *digest = agree_tail(&s->agree, chunk);

	if (!digest)
		digest = ledger_find(&s->ledger, chunk);
	if (digest)
		recheck_loaded(&s->recheck, chunk, digest, 1);
	return digest != NULL;
}

static enum sender_state sender_recheck_drive(struct sender *s)
{
	uint64_t chunk = 0;
	uint32_t count = 0;

	for (;;) {
		switch (recheck_next(&s->recheck, &chunk, &count)) {
		case RECHECK_DONE:
			return sender_rechecked(s);
		case RECHECK_READ:
			if (!s->recheck_busy)
				todo_push(&s->todo,
					  &(struct todo){.kind = ACTION_RECHECK, .chunk = chunk});
			s->recheck_busy = true;
			return SENDER_RECHECKING;
		case RECHECK_LOAD:
			if (sender_recheck_known(s, chunk))
				break;
			if (!s->load_busy)
				todo_load(&s->todo, chunk, count);
			s->load_busy = true;
			return SENDER_RECHECKING;
		}
	}
}

/* From: AGREEING.
 * To:   SKIPPING or STREAMING when the last chunks were read again; bad ones are left out,
 *       ENDED when the source cannot be read, or nothing is left and the resume is strict. */
enum sender_state sender_rechecking(struct sender *s, const struct transfer_event *event)
{
	switch (event->kind) {
	case EVENT_DIGESTS_LOADED:
		if (event->error < 0)
			return sender_end_journal(s, event->error);
		recheck_loaded(&s->recheck, event->of.digests.first, event->of.digests.list,
			       event->of.digests.count);
		return sender_recheck_drive(s);
	case EVENT_RECHECKED:
		if (event->error < 0)
			return sender_end_source(s, event->error);
		recheck_read(&s->recheck, &event->of.recheck.digest);
		return sender_recheck_drive(s);
	case EVENT_MESSAGE:
		return sender_end_breach(s, "it spoke before data began to flow");
	default:
		return SENDER_RECHECKING;
	}
}

/* From: RECHECKING, for a stream of which a prefix is durable.
 * To:   STREAMING when the prefix is dropped, ENDED when the stream is too short. */
enum sender_state sender_skipping(struct sender *s, const struct transfer_event *event)
{
	if (event->kind == EVENT_MESSAGE)
		return sender_end_breach(s, "it spoke before data began to flow");
	if (event->kind != EVENT_SOURCE_SKIPPED)
		return SENDER_SKIPPING;
	return sender_stream_begin(s);
}
