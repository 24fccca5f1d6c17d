/* SPDX-License-Identifier: Apache-2.0 */
/* sender_message.c -- what the sender says: messages and its checkpoint, built when taken. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "transfer/sender_state.h"
#include "wire/handshake.h"

static void copy_text(char *target, size_t capacity, const char *source)
{
	int error = text_copy(target, capacity, source);

	assert(error == 0); /* same capacity on both sides */
	(void)error;
}

/* The source path is for a log only, so a long one loses its beginning. */
static void copy_path_end(char *target, size_t capacity, const char *path)
{
	size_t bytes = strlen(path);
	size_t skip = bytes < capacity ? 0 : bytes + 1 - capacity;

	/* Not into the middle of a UTF-8 character. */
	while (skip > 0 && ((unsigned char)path[skip] & 0xc0) == 0x80)
		skip++;
	memcpy(target, path + skip, bytes - skip + 1);
}

void sender_build_hello(const struct sender *s, struct message *ret_message)
{
	handshake_hello(ret_message, s->is_accepted ? HELLO_REJOIN : HELLO_SESSION,
			s->settings.engine_name, s->settings.owner_epoch);
}

void sender_build_offer(const struct sender *s, struct message *ret_message)
{
	struct message_offer *offer = &ret_message->of.offer;

	ret_message->type = MESSAGE_OFFER;
	memset(offer, 0, sizeof(*offer));
	offer->transfer_id = s->settings.transfer_id;
	if (s->is_accepted)
		offer->token = s->token;
	offer->attempt = s->settings.attempt;
	offer->session_epoch = s->session_epoch;
	offer->total_bytes = s->is_stream ? TOTAL_BYTES_UNKNOWN : s->source.bytes;
	offer->recorded_chunks = s->has_record ? s->record_chain.chunks : 0;
	offer->chunk_bytes = s->has_record ? s->record_chunk_bytes : s->settings.chunk_bytes;
	offer->resume_check = s->resume_check;
	offer->lanes_wanted = (uint8_t)s->settings.lanes_wanted;
	offer->from_start = s->from_start;
	offer->strict = s->settings.strict;
	offer->source = s->source;
	copy_text(offer->file_id, sizeof(offer->file_id), s->settings.file_id);
	copy_text(offer->name, sizeof(offer->name), s->settings.name);
	copy_path_end(offer->source_path, sizeof(offer->source_path), s->settings.source_path);
}

static void sender_build_finish(const struct sender *s, struct message_finish *finish)
{
	memset(finish, 0, sizeof(*finish));
	finish->chunk_count = s->plan.chunk_count;
	finish->total_bytes = s->plan.total_bytes;
	finish->digest = s->digest;
	finish->source = s->source;
}

void sender_build_message(struct sender *s, const struct todo *todo, struct message *ret_message)
{
	ret_message->type = (enum message_type)todo->number;
	switch (ret_message->type) {
	case MESSAGE_HELLO:
		sender_build_hello(s, ret_message);
		break;
	case MESSAGE_OFFER:
		sender_build_offer(s, ret_message);
		break;
	case MESSAGE_BEGIN:
		ret_message->of.begin.agreed = s->durable;
		ret_message->of.begin.reason = (uint8_t)s->reason;
		break;
	case MESSAGE_DIGESTS_REQUEST:
		ret_message->of.digests_request.first = todo->chunk;
		ret_message->of.digests_request.count = (uint16_t)todo->count;
		break;
	case MESSAGE_FINISH:
		sender_build_finish(s, &ret_message->of.finish);
		break;
	case MESSAGE_ALIVE:
		memset(&ret_message->of.alive, 0, sizeof(ret_message->of.alive));
		break;
	case MESSAGE_CANCEL:
		ret_message->of.cancel.outcome = s->outcome;
		break;
	default:
		assert(ret_message->type == MESSAGE_SYNC || ret_message->type == MESSAGE_CONFIRM);
		break;
	}
	silence_said(&s->silence, s->now_ns);
}

void sender_join_message(const struct sender *sender, int lane, struct message *ret_message)
{
	assert(lane >= 0 && lane < HFT_LANES_MAX);
	ret_message->type = MESSAGE_JOIN;
	ret_message->of.join.token = sender->token;
	ret_message->of.join.session_epoch = sender->session_epoch;
	ret_message->of.join.lane = (uint8_t)lane;
}

void sender_take_record(struct sender *s, struct checkpoint *ret_checkpoint,
			struct chunk_digest *ret_digests, uint32_t *ret_count)
{
	*ret_count = ledger_take(&s->ledger, &s->durable, ret_digests);
	memset(ret_checkpoint, 0, sizeof(*ret_checkpoint));
	ret_checkpoint->transfer = s->settings.transfer_id;
	ret_checkpoint->role = CHECKPOINT_SENDER;
	ret_checkpoint->stage = CHECKPOINT_SENDING;
	ret_checkpoint->total_known = plan_is_bounded(&s->plan);
	ret_checkpoint->total_bytes = plan_is_bounded(&s->plan) ? s->plan.total_bytes : 0;
	ret_checkpoint->attempt = s->settings.attempt;
	ret_checkpoint->session_epoch = s->session_epoch;
	ret_checkpoint->chunk_bytes = s->plan.chunk_bytes;
	ret_checkpoint->owner_epoch = s->settings.owner_epoch;
	ret_checkpoint->prefix_chunks = s->ledger.chain.chunks;
	ret_checkpoint->chain = s->ledger.chain.value;
	ret_checkpoint->started_wall_ns = s->record_started_wall_ns;
	ret_checkpoint->source = s->source;
	ret_checkpoint->coverage = s->durable;
	copy_text(ret_checkpoint->peer, sizeof(ret_checkpoint->peer), s->settings.host);
	copy_text(ret_checkpoint->file_id, sizeof(ret_checkpoint->file_id), s->settings.file_id);
}
