/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_message.c -- what the receiver says: messages and its checkpoint, built when taken. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "transfer/receiver_state.h"

static void copy_text(char *target, size_t capacity, const char *source)
{
	int error = text_copy(target, capacity, source);

	assert(error == 0); /* same capacity on both sides */
	(void)error;
}

static void receiver_build_accept(const struct receiver *r, struct message_accept *accept)
{
	struct chain empty;

	chain_init(&empty);
	memset(accept, 0, sizeof(*accept));
	accept->version = WIRE_VERSION_MAX;
	accept->capabilities = r->capabilities;
	accept->owner_epoch = r->settings.owner_epoch;
	accept->token = r->settings.token;
	accept->lanes = (uint8_t)min_u32(r->offer.lanes_wanted, r->settings.lanes_max);
	accept->chunk_bytes = r->plan.chunk_bytes;
	accept->stored = r->written;
	accept->durable = r->durable;
	accept->root = empty.value;
	accept->reason = (uint8_t)r->reason;
	accept->completed = r->answers_completed;
	copy_text(accept->engine_name, sizeof(accept->engine_name), r->settings.engine_name);
	if (r->answers_completed) {
		accept->outcome = r->outcome;
		accept->file_digest = r->digest;
		copy_text(accept->final_name, sizeof(accept->final_name), r->answer_name);
		ranges_clear(&accept->stored);
		ranges_clear(&accept->durable);
	} else if (r->state == RECEIVER_AGREEING) {
		accept->prefix_chunks = r->ledger.chain.chunks;
		accept->root = r->ledger.chain.value;
		accept->tail_count = r->tail_count;
		memcpy(accept->tail, r->tail, r->tail_count * sizeof(r->tail[0]));
	}
}

static void receiver_build_complete(const struct receiver *r, struct message_complete *complete)
{
	memset(complete, 0, sizeof(*complete));
	complete->outcome = r->outcome;
	if (!outcome_is_done(&r->outcome))
		return;
	complete->digest = r->digest;
	copy_text(complete->final_name, sizeof(complete->final_name), r->settings.final_name);
}

static void receiver_build_stored(struct receiver *r, struct message_stored *stored)
{
	stored->ranges = r->fresh;
	ranges_clear(&r->fresh);
	r->stored_queued = false;
}

static void receiver_build_digests(const struct receiver *r, const struct todo *todo,
				   struct message_digests *digests)
{
	memset(digests, 0, sizeof(*digests));
	digests->first = todo->chunk;
	digests->count = (uint16_t)todo->count;
	memcpy(digests->list, r->page, digests->count * sizeof(digests->list[0]));
}

static void receiver_build_alive(const struct receiver *r, struct message_alive *alive)
{
	alive->stored_bytes = plan_covered_bytes(&r->plan, &r->written);
	alive->durable_bytes = plan_covered_bytes(&r->plan, &r->durable);
	alive->flags = r->step_busy || r->writing_count > 0 ? ALIVE_DISK_BUSY : 0;
}

void receiver_build_message(struct receiver *r, const struct todo *todo,
			    struct message *ret_message)
{
	ret_message->type = (enum message_type)todo->number;
	switch (ret_message->type) {
	case MESSAGE_ACCEPT:
		receiver_build_accept(r, &ret_message->of.accept);
		break;
	case MESSAGE_REFUSE:
		ret_message->of.refuse.outcome = r->outcome;
		break;
	case MESSAGE_STORED:
		receiver_build_stored(r, &ret_message->of.stored);
		break;
	case MESSAGE_DURABLE:
		ret_message->of.durable.ranges = r->durable;
		r->durable_queued = false;
		break;
	case MESSAGE_AGAIN:
		ret_message->of.again.chunk = todo->chunk;
		ret_message->of.again.tries = (uint8_t)todo->count;
		break;
	case MESSAGE_DIGESTS:
		receiver_build_digests(r, todo, &ret_message->of.digests);
		break;
	case MESSAGE_COMPLETE:
		receiver_build_complete(r, &ret_message->of.complete);
		break;
	case MESSAGE_ALIVE:
		receiver_build_alive(r, &ret_message->of.alive);
		break;
	default:
		assert(ret_message->type == MESSAGE_CANCEL);
		ret_message->of.cancel.outcome = r->outcome;
		break;
	}
	silence_said(&r->silence, r->now_ns);
}

void receiver_take_record(struct receiver *r, struct checkpoint *ret_checkpoint,
			  struct chunk_digest *ret_digests, uint32_t *ret_count)
{
	*ret_count = ledger_take(&r->ledger, &r->recording, ret_digests);
	memset(ret_checkpoint, 0, sizeof(*ret_checkpoint));
	ret_checkpoint->transfer = r->offer.transfer_id;
	ret_checkpoint->role = CHECKPOINT_RECEIVER;
	ret_checkpoint->stage = (uint8_t)r->stage;
	ret_checkpoint->mode = (uint8_t)r->mode;
	ret_checkpoint->on_failure = (uint8_t)r->settings.on_failure;
	ret_checkpoint->repaired = r->repaired;
	ret_checkpoint->total_known = plan_is_bounded(&r->plan);
	ret_checkpoint->total_bytes = plan_is_bounded(&r->plan) ? r->plan.total_bytes : 0;
	ret_checkpoint->attempt = r->offer.attempt;
	ret_checkpoint->session_epoch = r->offer.session_epoch;
	ret_checkpoint->chunk_bytes = r->plan.chunk_bytes;
	ret_checkpoint->owner_epoch = r->settings.owner_epoch;
	ret_checkpoint->prefix_chunks = r->ledger.chain.chunks;
	ret_checkpoint->chain = r->ledger.chain.value;
	ret_checkpoint->append_base_bytes = r->append_base;
	ret_checkpoint->started_wall_ns = r->started_wall_ns;
	ret_checkpoint->changed_wall_ns = r->settings.wall_ns;
	ret_checkpoint->source = r->source;
	ret_checkpoint->coverage = r->recording;
	copy_text(ret_checkpoint->peer, sizeof(ret_checkpoint->peer), r->settings.peer);
	copy_text(ret_checkpoint->file_id, sizeof(ret_checkpoint->file_id), r->offer.file_id);
	copy_text(ret_checkpoint->folder, sizeof(ret_checkpoint->folder), r->settings.folder);
	copy_text(ret_checkpoint->final_name, sizeof(ret_checkpoint->final_name),
		  r->settings.final_name);
	copy_text(ret_checkpoint->part_name, sizeof(ret_checkpoint->part_name), r->part_name);
}
