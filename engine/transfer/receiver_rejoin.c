/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_rejoin.c -- the connection lost and back, and the lanes (D-94, D-300).
 *
 * A lost connection ends nothing by itself: the part file stays open, what is being synced is
 * synced, a publish goes on. Only when nobody came back for a while the receive ends. */
#include <errno.h>

#include "transfer/receiver_state.h"

/* Nothing that waits to be said can be said any more. */
static void receiver_hush(struct receiver *r)
{
	todo_forget_messages(&r->todo);
	r->is_talking = false;
	r->stored_queued = false;
	r->durable_queued = false;
	r->asked_count = 0;
	ranges_clear(&r->fresh);
}

enum receiver_state receiver_lost(struct receiver *r, const char *sentence)
{
	if (!r->is_talking)
		return r->state;
	receiver_hush(r);
	r->lanes_joined = 0;
	todo_connection(&r->todo, ACTION_CLOSE, CONNECTION_CONTROL, 0);
	if (r->state == RECEIVER_CLEANING)
		return r->state;
	if (!r->is_accepted && r->state != RECEIVER_PUBLISHING) {
		outcome_set(&r->outcome, HFT_READ_FAILED, 0,
			    "reading from %s failed before data flowed: %s", r->settings.peer,
			    sentence ? sentence : "the connection ended");
		return receiver_fail(r, NOTICE_NOTHING);
	}
	r->noticed_ms = silence_ms(&r->silence, r->now_ns);
	r->patience_ns = r->now_ns + r->settings.dead_after_ns;
	if (r->state != RECEIVER_ANSWERING)
		r->patience_ns += r->settings.dead_after_ns + HFT_RECEIVE_GRACE_NS;
	return r->state;
}

enum receiver_state receiver_waited(struct receiver *r)
{
	r->patience_ns = 0;
	switch (r->state) {
	case RECEIVER_ANSWERING:
		return receiver_end(r);
	case RECEIVER_VERIFYING: /* all is here: the sender asks for the result later */
	case RECEIVER_PUBLISHING:
		return r->state;
	default:
		outcome_set(&r->outcome, HFT_READ_FAILED, 0,
			    "reading from %s failed after %llu bytes: it did not come back",
			    r->settings.peer,
			    (unsigned long long)plan_covered_bytes(&r->plan, &r->durable));
		return receiver_fail(r, NOTICE_NOTHING);
	}
}

int receiver_rejoin(struct receiver *r, const struct message_offer *offer, uint64_t now_ns)
{
	r->now_ns = max_u64(r->now_ns, now_ns);
	if (!id_equal_secret(&offer->token, &r->settings.token) ||
	    !id_equal(&offer->transfer_id, &r->offer.transfer_id))
		return -EACCES;
	if (!r->is_accepted || r->state >= RECEIVER_CLEANING ||
	    offer->attempt != r->offer.attempt || offer->session_epoch <= r->offer.session_epoch)
		return -ESTALE;
	if (r->is_talking)
		todo_connection(&r->todo, ACTION_CLOSE, CONNECTION_CONTROL, 0);
	receiver_hush(r);
	r->is_talking = true;
	r->lanes_joined = 0;
	r->patience_ns = 0;
	r->rejoins++;
	r->offer.session_epoch = offer->session_epoch;
	silence_init(&r->silence, r->settings.dead_after_ns, r->settings.socket_timeout_ns,
		     r->now_ns);
	todo_message(&r->todo, MESSAGE_ACCEPT);
	if (r->state != RECEIVER_ANSWERING)
		return 0;
	todo_message(&r->todo, MESSAGE_COMPLETE);
	r->patience_ns = r->now_ns + r->settings.dead_after_ns;
	return 0;
}

int receiver_join(struct receiver *r, const struct message_join *join, uint64_t now_ns)
{
	uint64_t bit = 0;

	r->now_ns = max_u64(r->now_ns, now_ns);
	if (!id_equal_secret(&join->token, &r->settings.token))
		return -EACCES;
	if (!r->is_talking || !r->is_accepted || r->state >= RECEIVER_CLEANING ||
	    join->session_epoch != r->offer.session_epoch)
		return -ESTALE;
	if (join->lane >= r->lanes_granted)
		return -ERANGE;
	/* BEGIN goes another way and may come later than a lane: no chunk before it is agreed,
	 * and journaled, what is missing. */
	if (r->state == RECEIVER_AGREEING)
		return -EAGAIN;
	silence_heard(&r->silence, r->now_ns);
	bit = UINT64_C(1) << join->lane;
	if (r->lanes_joined & bit) {
		/* The sender knows better than we that its lane is lost: the next try will do. */
		r->lanes_joined &= ~bit;
		todo_connection(&r->todo, ACTION_CLOSE, join->lane, 0);
		return -EEXIST;
	}
	r->lanes_joined |= bit;
	return 0;
}
