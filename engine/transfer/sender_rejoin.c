/* SPDX-License-Identifier: Apache-2.0 */
/* sender_rejoin.c -- the control connection is lost after the offer was accepted: REJOINING.
 *
 * Address after address, at once and then after short, growing pauses, until the receiver
 * accepts our token with a higher session epoch, or dead_after is over (D-300). Nothing
 * counts, nothing is logged; what was durable or written stays so. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "transfer/sender_state.h"

static uint64_t rejoin_pause_ns(uint32_t redials)
{
	if (redials == 0)
		return 0;
	return min_u64(HFT_REDIAL_FIRST_NS << min_u32(redials - 1, 16), HFT_REDIAL_CAP_NS);
}

enum sender_state sender_rejoin_begin(struct sender *s, const struct transfer_event *event)
{
	const char *sentence = event->sentence ? event->sentence : "the connection ended";

	s->noticed_ms = silence_ms(&s->silence, s->now_ns);
	s->is_talking = false;
	(void)text_format(s->trouble, sizeof(s->trouble), "%s", sentence);
	todo_forget_messages(&s->todo);
	todo_connection(&s->todo, ACTION_CLOSE, CONNECTION_CONTROL, 0);
	for (int i = 0; (uint32_t)i < s->lanes.count; i++)
		window_lane_lost(&s->window, i);
	lanes_stop(&s->lanes);
	if (!s->begun) {
		s->load_stale = s->load_busy;
		s->recheck_stale = s->recheck_busy;
	}
	s->ask_busy = false;
	s->deadline_ns = s->now_ns + s->settings.dead_after_ns;
	s->redials = 0;
	s->redial_ns = s->now_ns;
	todo_plain(&s->todo, ACTION_PROGRESS);
	return SENDER_REJOINING;
}

static void rejoin_dial(struct sender *s)
{
	uint64_t share_ns = s->settings.dead_after_ns / (2 * (uint64_t)s->settings.address_count);

	s->redial_ns = 0;
	s->session_epoch++;
	s->address_ns = s->now_ns + max_u64(share_ns, HFT_DIAL_SHARE_MIN_NS);
	todo_connection(&s->todo, ACTION_DIAL, CONNECTION_CONTROL, s->address);
}

static enum sender_state rejoin_failed(struct sender *s, const char *sentence)
{
	if (sentence && sentence[0] && sentence != s->trouble)
		(void)text_format(s->trouble, sizeof(s->trouble), "%s", sentence);
	todo_forget_messages(&s->todo);
	todo_connection(&s->todo, ACTION_CLOSE, CONNECTION_CONTROL, 0);
	s->is_talking = false;
	s->redials++;
	s->redial_ns = s->now_ns + rejoin_pause_ns(s->redials);
	s->address = (s->address + 1) % s->settings.address_count;
	return SENDER_REJOINING;
}

static enum sender_state rejoin_accepted(struct sender *s, const struct message *answer)
{
	const struct message_accept *accept = &answer->of.accept;

	if (sender_check_accept(s, answer) < 0)
		return rejoin_failed(s, s->trouble);
	s->rejoins++;
	s->peer_epoch = accept->owner_epoch;
	silence_init(&s->silence, s->settings.dead_after_ns, s->settings.socket_timeout_ns,
		     s->now_ns);
	if (accept->completed)
		return sender_end_completed(s, accept);
	if (s->begun && s->plan.chunk_count > 0)
		lanes_start(&s->lanes, s->lanes_granted, s->address, s->now_ns);
	if (s->begun)
		return sender_stream_again(s, accept);
	return sender_agree_begin(s, accept);
}

static enum sender_state rejoin_tick(struct sender *s)
{
	if (s->now_ns >= s->deadline_ns)
		return sender_end_lost(s, 0, s->trouble);
	if (s->redial_ns != 0 && s->now_ns >= s->redial_ns)
		rejoin_dial(s);
	else if (s->redial_ns == 0 && s->now_ns >= s->address_ns)
		return rejoin_failed(s, "no answer in time");
	return SENDER_REJOINING;
}

/* From: any state from AGREEING on, when the control connection is lost.
 * To:   AGREEING when nothing was agreed yet, else STREAMING,
 *       ENDED after dead_after (208, 212), or when the receiver is done already. */
enum sender_state sender_rejoining(struct sender *s, const struct transfer_event *event)
{
	if (event->kind == EVENT_TICK)
		return rejoin_tick(s);
	if (event->kind == EVENT_DIALED && event->connection == CONNECTION_CONTROL) {
		if (event->error < 0)
			return rejoin_failed(s, event->sentence ? event->sentence
								: strerror(-event->error));
		s->is_talking = true;
		todo_message(&s->todo, MESSAGE_HELLO);
		todo_message(&s->todo, MESSAGE_OFFER);
		return SENDER_REJOINING;
	}
	if (event->kind == EVENT_LOST && event->connection == CONNECTION_CONTROL)
		return rejoin_failed(s, event->sentence);
	if (event->kind == EVENT_SOURCE_IDENTIFIED)
		return sender_identified(s, event);
	if (event->kind != EVENT_MESSAGE)
		return SENDER_REJOINING;
	if (event->of.message->type == MESSAGE_ACCEPT)
		return rejoin_accepted(s, event->of.message);
	if (event->of.message->type == MESSAGE_REFUSE)
		return rejoin_failed(s, event->of.message->of.refuse.outcome.sentence);
	return rejoin_failed(s, "it answered an offer with something else");
}
