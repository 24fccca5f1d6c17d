/* SPDX-License-Identifier: Apache-2.0 */
/* receiver.c -- the way in and out of the receiver: see receiver.h, and receiver_state.h for the
 * map. */
#include "transfer/receiver.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "transfer/receiver_state.h"
#include "wire/handshake.h"

static enum receiver_state receiver_ended(struct receiver *r, const struct transfer_event *event)
{
	(void)r;
	(void)event;
	return RECEIVER_ENDED;
}

static const receiver_step_fn receiver_steps[] = {
	[RECEIVER_LOADING] = receiver_loading,	     [RECEIVER_UNDOING] = receiver_undoing,
	[RECEIVER_OPENING] = receiver_opening,	     [RECEIVER_RECHECKING] = receiver_rechecking,
	[RECEIVER_ACCEPTING] = receiver_accepting,   [RECEIVER_AGREEING] = receiver_agreeing,
	[RECEIVER_STREAMING] = receiver_streaming,   [RECEIVER_VERIFYING] = receiver_verifying,
	[RECEIVER_PUBLISHING] = receiver_publishing, [RECEIVER_ANSWERING] = receiver_answering,
	[RECEIVER_CLEANING] = receiver_cleaning,     [RECEIVER_ENDED] = receiver_ended,
};
static_assert(ARRAY_COUNT(receiver_steps) == RECEIVER_STATES, "a state has no step");
static_assert(HFT_LANES_MAX <= 64, "lanes_joined has a bit per lane");

/* -- init ----------------------------------------------------------------- */

size_t receiver_bytes(void)
{
	return sizeof(struct receiver);
}

static struct receiver *receiver_new(void *memory, const struct receiver_settings *settings,
				     uint64_t now_ns)
{
	struct receiver *r = memory;
	struct chain empty;

	/* The large members come last and are initialised when they are used. */
	memset(r, 0, offsetof(struct receiver, ledger));
	chain_init(&empty);
	ledger_init(&r->ledger, &empty);
	r->recheck.read_count = 0;
	r->tail_count = 0;
	r->page_count = 0;
	r->settings = *settings;
	r->now_ns = now_ns;
	r->mode = settings->mode;
	r->stage = CHECKPOINT_RECEIVING;
	r->started_wall_ns = settings->wall_ns;
	r->short_chunk = UINT64_MAX;
	r->wanted_ns = UINT64_MAX;
	cadence_init(&r->cadence, settings->checkpoint_bytes, settings->checkpoint_ns);
	return r;
}

struct receiver *receiver_init(void *memory, const struct receiver_settings *settings,
			       const struct message_hello *hello, const struct message_offer *offer,
			       uint64_t now_ns)
{
	struct receiver *r = receiver_new(memory, settings, now_ns);

	r->offer = *offer;
	r->source = offer->source;
	r->is_talking = true;
	r->capabilities = handshake_agree_capabilities(hello);
	plan_init(&r->plan, offer->total_bytes,
		  min_u32(offer->chunk_bytes, settings->chunk_bytes_max));
	r->state = RECEIVER_LOADING;
	todo_plain(&r->todo, ACTION_LOAD_CHECKPOINT);
	return r;
}

struct receiver *receiver_init_recovery(void *memory, const struct receiver_settings *settings,
					const struct checkpoint *checkpoint, uint64_t now_ns)
{
	struct receiver *r = receiver_new(memory, settings, now_ns);

	assert(checkpoint->stage != CHECKPOINT_SENDING);
	assert(checkpoint->stage != CHECKPOINT_RECEIVING);
	r->offer.transfer_id = checkpoint->transfer;
	r->offer.attempt = checkpoint->attempt;
	r->offer.session_epoch = checkpoint->session_epoch;
	r->offer.source = checkpoint->source;
	r->source = checkpoint->source;
	(void)text_copy(r->offer.file_id, sizeof(r->offer.file_id), checkpoint->file_id);
	r->state = receiver_recover_begin(r, checkpoint);
	return r;
}

/* -- events --------------------------------------------------------------- */

static enum receiver_state receiver_tick(struct receiver *r)
{
	uint64_t late_ns = silence_tick(&r->silence, r->wanted_ns, r->now_ns);

	if (r->patience_ns != 0 && r->state != RECEIVER_CLEANING) {
		r->patience_ns += late_ns;
		if (r->now_ns >= r->patience_ns)
			return receiver_waited(r);
	}
	if (!r->is_talking || !r->is_accepted)
		return r->state;
	if (silence_check(&r->silence, r->now_ns) != SILENCE_FINE)
		return receiver_lost(r, "nothing was heard for dead_after");
	if (silence_alive_due(&r->silence, r->now_ns))
		todo_message(&r->todo, MESSAGE_ALIVE);
	return r->state;
}

static enum receiver_state receiver_ended_by_peer(struct receiver *r, const struct outcome *peer)
{
	/* All is here and decided: the sender asks for the result later. */
	if (r->state == RECEIVER_PUBLISHING || r->state >= RECEIVER_ANSWERING)
		return r->state;
	outcome_set_from_peer(&r->outcome, HFT_SENDER_FAILED, r->settings.peer, peer);
	return receiver_fail(r, NOTICE_NOTHING);
}

/* What a message means in every state. True when there is nothing more in it. */
static bool receiver_take_message(struct receiver *r, const struct message *message)
{
	silence_heard(&r->silence, r->now_ns);
	switch (message->type) {
	case MESSAGE_ALIVE:
		return true;
	case MESSAGE_CANCEL:
		r->state = receiver_ended_by_peer(r, &message->of.cancel.outcome);
		return true;
	case MESSAGE_REFUSE:
		r->state = receiver_ended_by_peer(r, &message->of.refuse.outcome);
		return true;
	default:
		if (r->is_accepted || r->state == RECEIVER_CLEANING)
			return false;
		r->state = receiver_fail_breach(r, "it did not wait for the answer to its offer");
		return true;
	}
}

static bool receiver_take_lost(struct receiver *r, const struct transfer_event *event)
{
	if (event->connection == CONNECTION_CONTROL)
		r->state = receiver_lost(r, event->sentence);
	else if (event->connection >= 0 && event->connection < HFT_LANES_MAX)
		r->lanes_joined &= ~(UINT64_C(1) << event->connection);
	return event->connection != CONNECTION_CONTROL;
}

static bool receiver_take_recorded(struct receiver *r, const struct transfer_event *event)
{
	r->record_busy = false;
	if (event->error < 0) {
		r->cycle = CYCLE_IDLE;
		r->state = receiver_fail_journal(r, event->error);
		return true;
	}
	r->has_record = !r->record_final;
	(void)receiver_take_cycle(r, event);
	return false;
}

/* True when the step was a checkpoint's, and its failure has begun the cleaning. */
static bool receiver_take_stepped(struct receiver *r, const struct transfer_event *event)
{
	bool was_cleaning = r->state == RECEIVER_CLEANING;

	r->step_busy = false;
	if (!receiver_take_cycle(r, event))
		return false;
	return event->error < 0 && !was_cleaning;
}

/* What means the same in every state. True when the event needs nothing more. */
static bool receiver_take_common(struct receiver *r, const struct transfer_event *event)
{
	switch (event->kind) {
	case EVENT_TICK:
		r->state = receiver_tick(r);
		return r->state == RECEIVER_ENDED;
	case EVENT_CANCEL:
		r->state = receiver_cancelled(r, event->of.outcome);
		return true;
	case EVENT_MESSAGE:
		return receiver_take_message(r, event->of.message);
	case EVENT_LOST:
		return receiver_take_lost(r, event);
	case EVENT_RECORDED:
		return receiver_take_recorded(r, event);
	case EVENT_STEP_DONE:
		return receiver_take_stepped(r, event);
	case EVENT_CHUNK_WRITTEN:
		r->state = receiver_chunk_written(r, event);
		return r->state == RECEIVER_ENDED;
	default:
		return false;
	}
}

void receiver_handle(struct receiver *r, const struct transfer_event *event, uint64_t now_ns)
{
	r->now_ns = max_u64(r->now_ns, now_ns);
	if (r->state == RECEIVER_ENDED)
		return;
	if (receiver_take_common(r, event))
		return;
	r->state = receiver_steps[r->state](r, event);
}

/* -- actions -------------------------------------------------------------- */

bool receiver_next_action(struct receiver *r, struct transfer_action *ret_action, uint64_t now_ns)
{
	struct todo todo;

	r->now_ns = max_u64(r->now_ns, now_ns);
	if (r->end_taken || !todo_take(&r->todo, &todo)) {
		r->wanted_ns = receiver_deadline_ns(r);
		return false;
	}
	todo_fill(&todo, ret_action);
	switch (todo.kind) {
	case ACTION_SEND:
		receiver_build_message(r, &todo, &ret_action->of.message);
		break;
	case ACTION_RECHECK:
		memset(&ret_action->of.chunk, 0, sizeof(ret_action->of.chunk));
		ret_action->of.chunk.chunk = todo.chunk;
		ret_action->of.chunk.offset = plan_offset(&r->plan, todo.chunk);
		ret_action->of.chunk.bytes = plan_bytes(&r->plan, todo.chunk);
		break;
	case ACTION_END:
		ret_action->of.outcome = r->outcome;
		r->end_taken = true;
		break;
	default:
		break;
	}
	return true;
}

uint64_t receiver_deadline_ns(const struct receiver *r)
{
	uint64_t deadline_ns = r->patience_ns != 0 ? r->patience_ns : UINT64_MAX;

	if (r->state == RECEIVER_ENDED)
		return UINT64_MAX;
	if (r->is_talking && r->is_accepted)
		deadline_ns = min_u64(deadline_ns, silence_deadline_ns(&r->silence));
	if (r->state == RECEIVER_STREAMING && r->cycle == CYCLE_IDLE)
		deadline_ns = min_u64(deadline_ns, cadence_deadline_ns(&r->cadence));
	return deadline_ns;
}

/* -- what others may ask -------------------------------------------------- */

void receiver_progress(const struct receiver *r, struct transfer_progress *ret_progress)
{
	*ret_progress = (struct transfer_progress){
		.bytes_total = r->plan.total_bytes,
		.bytes_durable = plan_covered_bytes(&r->plan, &r->durable),
		.bytes_moved = r->moved_bytes,
		.bytes_skipped = r->skipped_bytes,
		.bytes_resent = r->resent_bytes,
		.rejoins = r->rejoins,
		.reason = r->reason,
		.connected = r->is_accepted,
		.noticed_ms = r->noticed_ms,
		.tail_rechecked = r->recheck.read_count,
	};
}

const char *receiver_folder(const struct receiver *receiver)
{
	return receiver->settings.folder;
}

const char *receiver_part_name(const struct receiver *receiver)
{
	return receiver->part_name;
}

const char *receiver_final_name(const struct receiver *receiver)
{
	return receiver->settings.final_name;
}

uint64_t receiver_total_bytes(const struct receiver *receiver)
{
	return receiver->plan.total_bytes;
}

uint64_t receiver_append_base(const struct receiver *receiver)
{
	return receiver->append_base;
}

uint32_t receiver_chunk_bytes(const struct receiver *receiver)
{
	return receiver->plan.chunk_bytes;
}

void receiver_digest(const struct receiver *receiver, struct digest *ret_digest)
{
	*ret_digest = receiver->digest;
}

const struct id *receiver_transfer_id(const struct receiver *receiver)
{
	return &receiver->offer.transfer_id;
}

uint32_t receiver_attempt(const struct receiver *receiver)
{
	return receiver->offer.attempt;
}

bool receiver_record_is_final(const struct receiver *receiver)
{
	return receiver->record_final;
}

bool receiver_keeps_checkpoint(const struct receiver *receiver)
{
	if (outcome_is_done(&receiver->outcome))
		return false;
	return receiver->has_record && !receiver->cleaning &&
	       receiver->publish.way != RECOVER_CLEAN_UP;
}

const struct outcome *receiver_outcome(const struct receiver *receiver)
{
	return &receiver->outcome;
}
