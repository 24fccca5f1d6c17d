/* SPDX-License-Identifier: Apache-2.0 */
/* sender_open.c -- from the source to the receiver's answer: OPENING, LOADING, DIALING,
 * OFFERING. A failure here is a failed try (202-0): the offer was never accepted. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "transfer/sender_state.h"
#include "wire/handshake.h"

/* From: init.
 * To:   LOADING when the source is open,
 *       ENDED when it cannot be read. */
enum sender_state sender_opening(struct sender *s, const struct transfer_event *event)
{
	if (event->kind != EVENT_SOURCE_OPENED)
		return SENDER_OPENING;
	if (event->error < 0)
		return sender_end_source(s, event->error);
	s->source = event->of.identity;
	s->is_stream = s->source.type == SOURCE_STREAM;
	plan_init(&s->plan, s->is_stream ? TOTAL_BYTES_UNKNOWN : s->source.bytes,
		  s->settings.chunk_bytes);
	todo_plain(&s->todo, ACTION_LOAD_CHECKPOINT);
	return SENDER_LOADING;
}

/* Looks at what an earlier attempt left; false when a strict resume must be refused. */
static bool sender_consider_record(struct sender *s, const struct checkpoint *checkpoint)
{
	enum identity_difference difference = identity_compare(&checkpoint->source, &s->source);

	if (s->settings.from_start) {
		s->reason = RESUME_ASKED_FROM_START;
		return true;
	}
	if (difference == IDENTITY_DIFFERENT) {
		s->reason = RESUME_SOURCE_CHANGED;
		s->from_start = true;
		return !s->settings.strict;
	}
	if (difference != IDENTITY_SAME)
		s->resume_check = RECHECK_ALL; /* D-234: durable chunks are compared instead */
	s->has_record = true;
	s->record_chunk_bytes = checkpoint->chunk_bytes;
	s->record_started_wall_ns = checkpoint->started_wall_ns;
	chain_init(&s->record_chain);
	if (checkpoint->prefix_chunks > 0) {
		s->record_chain.value = checkpoint->chain;
		s->record_chain.chunks = checkpoint->prefix_chunks;
	}
	return true;
}

void sender_dial(struct sender *s, uint32_t address)
{
	uint32_t left = s->settings.address_count - address;
	uint64_t share_ns = 0;

	assert(address < s->settings.address_count);
	if (s->deadline_ns > s->now_ns)
		share_ns = (s->deadline_ns - s->now_ns) / left;
	s->address = address;
	s->address_ns = s->now_ns + max_u64(share_ns, HFT_DIAL_SHARE_MIN_NS);
	todo_connection(&s->todo, ACTION_DIAL, CONNECTION_CONTROL, address);
}

/* From: OPENING.
 * To:   DIALING when it is known what earlier attempts recorded,
 *       ENDED when the source changed and the resume is strict. */
enum sender_state sender_loading(struct sender *s, const struct transfer_event *event)
{
	if (event->kind != EVENT_CHECKPOINT_LOADED)
		return SENDER_LOADING;
	if (event->error < 0)
		return sender_end_journal(s, event->error);
	if (event->of.checkpoint && !sender_consider_record(s, event->of.checkpoint)) {
		struct source_identity now = s->source;

		s->source = event->of.checkpoint->source;
		return sender_end_source_changed(s, &now);
	}
	s->deadline_ns = s->now_ns + s->settings.connect_timeout_ns;
	sender_dial(s, 0);
	return SENDER_DIALING;
}

/* The address did not work: the next one, or a failed try. */
static enum sender_state sender_next_address(struct sender *s, const char *sentence)
{
	if (sentence && sentence[0])
		(void)text_format(s->trouble, sizeof(s->trouble), "%s", sentence);
	todo_forget_messages(&s->todo);
	s->is_talking = false;
	if (s->address + 1 >= s->settings.address_count || s->now_ns >= s->deadline_ns)
		return sender_end_not_connected(s, s->trouble);
	todo_connection(&s->todo, ACTION_CLOSE, CONNECTION_CONTROL, 0);
	s->session_epoch++; /* the offer that is on its way there may arrive after the next one */
	sender_dial(s, s->address + 1);
	return SENDER_DIALING;
}

/* From: LOADING, and OFFERING when the connection was lost before the answer.
 * To:   OFFERING when a connection stands,
 *       ENDED when no address works within connect_timeout. */
enum sender_state sender_dialing(struct sender *s, const struct transfer_event *event)
{
	if (event->kind == EVENT_TICK && s->now_ns >= min_u64(s->address_ns, s->deadline_ns))
		return sender_next_address(s, "no answer in time");
	if (event->kind != EVENT_DIALED || event->connection != CONNECTION_CONTROL)
		return SENDER_DIALING;
	if (event->error < 0)
		return sender_next_address(s, event->sentence ? event->sentence
							      : strerror(-event->error));
	s->is_talking = true;
	silence_init(&s->silence, s->settings.dead_after_ns, s->settings.socket_timeout_ns,
		     s->now_ns);
	todo_message(&s->todo, MESSAGE_HELLO);
	todo_message(&s->todo, MESSAGE_OFFER);
	return SENDER_OFFERING;
}

/* What a decoder cannot know: do the parts of ACCEPT fit each other and our file? */
static const char *sender_accept_flaw(const struct sender *s, const struct message_accept *accept)
{
	struct plan plan;

	plan_init(&plan, s->is_stream ? TOTAL_BYTES_UNKNOWN : s->source.bytes, accept->chunk_bytes);
	if (max_u64(ranges_end(&accept->durable), ranges_end(&accept->stored)) > plan.chunk_count)
		return "it claims chunks behind the end of the file";
	if (accept->prefix_chunks > ranges_prefix_end(&accept->durable))
		return "it shows a digest over chunks it does not have";
	if (s->is_accepted && accept->chunk_bytes != s->plan.chunk_bytes)
		return "it changed the size of chunks within a session";
	return NULL;
}

int sender_check_accept(struct sender *s, const struct message *answer)
{
	struct message hello;
	struct message offer;
	struct outcome refusal;
	const char *flaw = NULL;
	int error = 0;

	sender_build_hello(s, &hello);
	sender_build_offer(s, &offer);
	error = handshake_check_answer(&hello.of.hello, &offer, answer, &refusal);
	if (error == 0)
		error = handshake_check_epoch(answer->of.accept.engine_name,
					      max_u64(s->settings.peer_epoch_seen, s->peer_epoch),
					      answer->of.accept.owner_epoch, &refusal);
	if (error < 0) {
		(void)text_format(s->trouble, sizeof(s->trouble), "%s", refusal.sentence);
		return error;
	}
	flaw = answer->of.accept.completed ? NULL : sender_accept_flaw(s, &answer->of.accept);
	if (!flaw)
		return 0;
	(void)text_format(s->trouble, sizeof(s->trouble), "%s: %s", s->settings.host, flaw);
	return -EBADMSG;
}

enum sender_state sender_end_completed(struct sender *s, const struct message_accept *accept)
{
	plan_init(&s->plan, s->is_stream ? TOTAL_BYTES_UNKNOWN : s->source.bytes,
		  accept->chunk_bytes);
	s->is_accepted = true;
	s->digest = accept->file_digest;
	if (!outcome_is_done(&accept->outcome))
		return sender_end_by_peer(s, &accept->outcome);
	(void)text_copy(s->final_name, sizeof(s->final_name), accept->final_name);
	if (plan_is_bounded(&s->plan) && s->plan.chunk_count > 0) {
		ranges_clear(&s->durable);
		(void)ranges_add(&s->durable, 0, s->plan.chunk_count);
	}
	outcome_set(&s->outcome, HFT_DONE, 0, "%s was complete, durable and in place at %s before",
		    accept->final_name, s->settings.host);
	return sender_end(s);
}

static enum sender_state sender_accepted(struct sender *s, const struct message *answer)
{
	const struct message_accept *accept = &answer->of.accept;

	if (sender_check_accept(s, answer) < 0)
		return sender_end_not_connected(s, s->trouble);
	s->peer_epoch = accept->owner_epoch;
	s->token = accept->token;
	s->lanes_granted = accept->lanes;
	todo_plain(&s->todo, ACTION_PROGRESS);
	if (accept->completed)
		return sender_end_completed(s, accept);
	plan_init(&s->plan, s->is_stream ? TOTAL_BYTES_UNKNOWN : s->source.bytes,
		  accept->chunk_bytes);
	s->is_accepted = true;
	return sender_agree_begin(s, accept);
}

/* From: DIALING.
 * To:   AGREEING when the receiver accepts (that state may be over at once),
 *       DIALING when the connection is lost, ENDED on a refusal, no answer in time,
 *       an answer that breaks the protocol, or a transfer that is done already. */
enum sender_state sender_offering(struct sender *s, const struct transfer_event *event)
{
	if (event->kind == EVENT_TICK && s->now_ns >= s->deadline_ns)
		return sender_end_not_connected(s, "it did not answer the offer in time");
	if (event->kind == EVENT_LOST && event->connection == CONNECTION_CONTROL)
		return sender_next_address(s, event->sentence ? event->sentence
							      : "the connection ended");
	if (event->kind != EVENT_MESSAGE)
		return SENDER_OFFERING;
	if (event->of.message->type == MESSAGE_REFUSE)
		return sender_end_by_peer(s, &event->of.message->of.refuse.outcome);
	if (event->of.message->type == MESSAGE_ACCEPT)
		return sender_accepted(s, event->of.message);
	return sender_end_not_connected(s, "it answered an offer with something else");
}
