/* SPDX-License-Identifier: Apache-2.0 */
/* sender.c -- the way in and out of the sender: see sender.h, and sender_state.h for the map. */
#include "transfer/sender.h"

#include <assert.h>
#include <string.h>

#include "transfer/sender_state.h"

static enum sender_state sender_ended(struct sender *s, const struct transfer_event *event)
{
	(void)s;
	(void)event;
	return SENDER_ENDED;
}

static const sender_step_fn sender_steps[] = {
	[SENDER_OPENING] = sender_opening,     [SENDER_LOADING] = sender_loading,
	[SENDER_DIALING] = sender_dialing,     [SENDER_OFFERING] = sender_offering,
	[SENDER_AGREEING] = sender_agreeing,   [SENDER_RECHECKING] = sender_rechecking,
	[SENDER_SKIPPING] = sender_skipping,   [SENDER_STREAMING] = sender_streaming,
	[SENDER_FINISHING] = sender_finishing, [SENDER_REJOINING] = sender_rejoining,
	[SENDER_ENDED] = sender_ended,
};
static_assert(ARRAY_COUNT(sender_steps) == SENDER_STATES, "a state has no step");

/* -- init ----------------------------------------------------------------- */

size_t sender_bytes(void)
{
	return sizeof(struct sender);
}

struct sender *sender_init(void *memory, const struct sender_settings *settings, uint64_t now_ns)
{
	struct sender *s = memory;

	assert(settings->address_count > 0);
	assert(settings->lanes_wanted > 0 && settings->lanes_wanted <= HFT_LANES_MAX);
	assert(settings->attempt > 0);
	/* The large members come last and are initialised when they are used. */
	memset(s, 0, offsetof(struct sender, ledger));
	s->settings = *settings;
	s->now_ns = now_ns;
	s->state = SENDER_OPENING;
	s->from_start = settings->from_start;
	s->resume_check = settings->resume_check;
	s->session_epoch = max_u32(settings->session_epoch, 1);
	s->wanted_ns = UINT64_MAX;
	plan_init(&s->plan, TOTAL_BYTES_UNKNOWN, settings->chunk_bytes);
	lanes_init(&s->lanes, &s->todo, settings->connect_timeout_ns);
	pace_init(&s->pace, settings->limit_rate_bps);
	todo_plain(&s->todo, ACTION_OPEN_SOURCE);
	return s;
}

/* -- events --------------------------------------------------------------- */

static bool sender_is_in_session(const struct sender *s)
{
	return s->is_accepted && s->is_talking && s->state != SENDER_REJOINING;
}

/* Time: alive frames, silence, lanes. Returns the next state, which is the present one when
 * there is nothing to say. */
static enum sender_state sender_tick(struct sender *s)
{
	uint64_t late_ns = silence_tick(&s->silence, s->wanted_ns, s->now_ns);

	if (s->state == SENDER_REJOINING)
		s->deadline_ns += late_ns;
	if (!sender_is_in_session(s))
		return s->state;
	switch (silence_check(&s->silence, s->now_ns)) {
	case SILENCE_TOO_LONG:
		s->noticed_ms = silence_ms(&s->silence, s->now_ns);
		return sender_end_lost(s, s->silence.late_ns > 0 ? HFT_DETAIL_LOCAL_FAULT : 0,
				       "nothing was heard for socket_timeout");
	case SILENCE_DEAD:
		s->noticed_ms = silence_ms(&s->silence, s->now_ns);
		return sender_end_lost(s, 0, "nothing was heard for dead_after");
	case SILENCE_FINE:
		break;
	}
	if (silence_alive_due(&s->silence, s->now_ns))
		todo_message(&s->todo, MESSAGE_ALIVE);
	lanes_tick(&s->lanes, s->now_ns);
	return s->state;
}

/* Events about lanes mean the same in every state. True when it was one. */
static bool sender_take_lane_event(struct sender *s, const struct transfer_event *event)
{
	if (event->connection == CONNECTION_CONTROL)
		return false;
	switch (event->kind) {
	case EVENT_DIALED:
		lanes_dialed(&s->lanes, event->connection, event->error, s->now_ns);
		return true;
	case EVENT_LANE_JOINED:
		lanes_joined(&s->lanes, event->connection, event->error, s->now_ns);
		return true;
	case EVENT_LOST:
		lanes_lost(&s->lanes, event->connection, s->now_ns);
		if ((uint32_t)event->connection < s->lanes.count)
			window_lane_lost(&s->window, event->connection);
		return true;
	default:
		return false;
	}
}

/* Answers of the journal and the disk, some of which are to questions that are over. True
 * when the event needs nothing more. */
static bool sender_take_answer(struct sender *s, const struct transfer_event *event)
{
	bool stale = false;

	switch (event->kind) {
	case EVENT_DIGESTS_LOADED:
		stale = s->load_stale;
		s->load_busy = false;
		s->load_stale = false;
		break;
	case EVENT_RECHECKED:
		stale = s->recheck_stale;
		s->recheck_busy = false;
		s->recheck_stale = false;
		break;
	case EVENT_SOURCE_SKIPPED:
		s->skipped = event->error == 0;
		break;
	default:
		break;
	}
	if (stale)
		s->state = sender_agree_resume(s);
	return stale;
}

static enum sender_state sender_recorded(struct sender *s, int error)
{
	s->record_busy = false;
	if (error < 0)
		return sender_end_journal(s, error);
	if (s->record_wanted)
		sender_want_record(s);
	if (s->state == SENDER_STREAMING || s->state == SENDER_FINISHING)
		return sender_advance(s);
	return s->state;
}

/* What a message means in every state of a session. True when there is nothing more in it. */
static bool sender_take_message(struct sender *s, const struct message *message)
{
	silence_heard(&s->silence, s->now_ns);
	switch (message->type) {
	case MESSAGE_ALIVE:
		return true;
	case MESSAGE_CANCEL:
		s->state = sender_end_by_peer(s, &message->of.cancel.outcome);
		return true;
	case MESSAGE_REFUSE:
		if (!sender_is_in_session(s))
			return false;
		s->state = sender_end_by_peer(s, &message->of.refuse.outcome);
		return true;
	default:
		return false;
	}
}

/* What means the same in every state. True when the event needs nothing more. */
static bool sender_take_common(struct sender *s, const struct transfer_event *event)
{
	switch (event->kind) {
	case EVENT_TICK:
		s->state = sender_tick(s);
		return s->state == SENDER_ENDED;
	case EVENT_CANCEL:
		s->outcome = *event->of.outcome;
		s->state = sender_end_cancel(s);
		return true;
	case EVENT_RECORDED:
		s->state = sender_recorded(s, event->error);
		return true;
	case EVENT_MESSAGE:
		return sender_take_message(s, event->of.message);
	case EVENT_SOURCE_SKIPPED:
		if (event->error < 0) {
			s->state = sender_end_source(s, event->error);
			return true;
		}
		return sender_take_answer(s, event);
	case EVENT_LOST:
		if (event->connection == CONNECTION_CONTROL && sender_is_in_session(s)) {
			s->state = sender_rejoin_begin(s, event);
			return true;
		}
		break;
	default:
		break;
	}
	return sender_take_answer(s, event);
}

void sender_handle(struct sender *s, const struct transfer_event *event, uint64_t now_ns)
{
	bool is_lane = false;

	s->now_ns = max_u64(s->now_ns, now_ns);
	if (s->state == SENDER_ENDED)
		return;
	is_lane = event->connection != CONNECTION_CONTROL && sender_take_lane_event(s, event);
	if (!is_lane && sender_take_common(s, event))
		return;
	s->state = sender_steps[s->state](s, event);
}

/* -- actions -------------------------------------------------------------- */

static void sender_build_action(struct sender *s, const struct todo *todo,
				struct transfer_action *ret_action)
{
	todo_fill(todo, ret_action);
	switch (todo->kind) {
	case ACTION_SEND:
		sender_build_message(s, todo, &ret_action->of.message);
		break;
	case ACTION_RECHECK:
	case ACTION_RELEASE_CHUNK:
		memset(&ret_action->of.chunk, 0, sizeof(ret_action->of.chunk));
		ret_action->of.chunk.chunk = todo->chunk;
		ret_action->of.chunk.offset = plan_offset(&s->plan, todo->chunk);
		if (todo->chunk < s->plan.chunk_count)
			ret_action->of.chunk.bytes = plan_bytes(&s->plan, todo->chunk);
		break;
	case ACTION_END:
		ret_action->of.outcome = s->outcome;
		s->end_taken = true;
		todo_clear(&s->todo);
		break;
	default:
		break;
	}
}

bool sender_next_action(struct sender *s, struct transfer_action *ret_action, uint64_t now_ns)
{
	struct todo todo;

	s->now_ns = max_u64(s->now_ns, now_ns);
	if (s->end_taken)
		return false;
	if (todo_take(&s->todo, &todo)) {
		sender_build_action(s, &todo, ret_action);
		return true;
	}
	if (sender_next_chunk(s, ret_action))
		return true;
	s->wanted_ns = sender_deadline_ns(s);
	return false;
}

uint64_t sender_deadline_ns(const struct sender *s)
{
	switch (s->state) {
	case SENDER_OPENING:
	case SENDER_LOADING:
	case SENDER_ENDED:
		return UINT64_MAX;
	case SENDER_DIALING:
		return min_u64(s->address_ns, s->deadline_ns);
	case SENDER_OFFERING:
		return s->deadline_ns;
	case SENDER_REJOINING:
		return min_u64(s->deadline_ns, s->redial_ns ? s->redial_ns : s->address_ns);
	default:
		return min_u64(silence_deadline_ns(&s->silence), lanes_deadline_ns(&s->lanes));
	}
}

/* -- what others may ask -------------------------------------------------- */

void sender_progress(const struct sender *s, struct transfer_progress *ret_progress)
{
	*ret_progress = (struct transfer_progress){
		.bytes_total = s->plan.total_bytes,
		.bytes_durable = plan_covered_bytes(&s->plan, &s->durable),
		.bytes_moved = s->moved_bytes,
		.bytes_skipped = s->skipped_bytes,
		.bytes_resent = s->resent_bytes,
		.rejoins = s->rejoins,
		.reason = s->reason,
		.connected = s->is_accepted,
		.noticed_ms = s->noticed_ms,
		.tail_rechecked = s->rechecked,
	};
}

uint32_t sender_chunk_bytes(const struct sender *sender)
{
	return sender->plan.chunk_bytes;
}

void sender_digest(const struct sender *sender, struct digest *ret_digest)
{
	*ret_digest = sender->digest;
}

const char *sender_final_name(const struct sender *sender)
{
	return sender->final_name;
}

uint32_t sender_session_epoch(const struct sender *sender)
{
	return sender->session_epoch;
}

uint64_t sender_peer_epoch(const struct sender *sender)
{
	return sender->peer_epoch;
}
