/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_data.c -- chunks: admitted by their header, judged when they are whole, written. */
#include <assert.h>
#include <errno.h>

#include "transfer/receiver_state.h"

static bool receiver_is_writing(const struct receiver *r, uint64_t chunk)
{
	for (uint32_t i = 0; i < r->writing_count; i++) {
		if (r->writing[i] == chunk)
			return true;
	}
	return false;
}

/* Is this a chunk of our file, with the length that it must have? */
static bool receiver_fits_plan(const struct receiver *r, const struct frame_header *header)
{
	if (header->chunk >= min_u64(r->plan.chunk_count, HFT_CHUNKS_MAX))
		return false;
	if (plan_is_bounded(&r->plan))
		return header->payload_bytes == plan_bytes(&r->plan, header->chunk);
	if (header->payload_bytes == r->plan.chunk_bytes)
		return true;
	/* Only the last chunk of a stream may be shorter, and there is only one. */
	return header->payload_bytes < r->plan.chunk_bytes && (header->flags & CHUNK_LAST) &&
	       (r->short_chunk == UINT64_MAX || r->short_chunk == header->chunk);
}

static enum chunk_verdict receiver_judge(const struct receiver *r, int lane,
					 const struct frame_header *header)
{
	bool is_open = r->state >= RECEIVER_AGREEING && r->state <= RECEIVER_ANSWERING;

	if (!is_open || !r->is_accepted || r->shrinking || header->type != FRAME_CHUNK ||
	    header->lane != lane)
		return CHUNK_BREACH;
	/* The end of a stream at the end of a chunk: FINISH says the same. */
	if (header->payload_bytes == 0)
		return header->flags & CHUNK_LAST ? CHUNK_DROP : CHUNK_BREACH;
	if (!receiver_fits_plan(r, header))
		return CHUNK_BREACH;
	if (r->state > RECEIVER_STREAMING ||
	    ranges_contains(&r->written, header->chunk, header->chunk + 1) ||
	    receiver_is_writing(r, header->chunk))
		return CHUNK_DROP;
	return CHUNK_KEEP;
}

enum chunk_verdict receiver_admit(struct receiver *r, int lane, const struct frame_header *header,
				  uint64_t now_ns)
{
	r->now_ns = max_u64(r->now_ns, now_ns);
	silence_heard(&r->silence, r->now_ns);
	return receiver_judge(r, lane, header);
}

/* The bytes are not those that were sent: ask again, a few times (D-231). */
static enum chunk_verdict receiver_ask_again(struct receiver *r, const struct frame_header *header)
{
	uint32_t tries = header->tries + 1U;

	if (tries > HFT_CHUNK_TRIES_MAX) {
		outcome_set(&r->outcome, HFT_VERIFY_FAILED, 0,
			    "chunk %llu arrived damaged %u times; nothing was published",
			    (unsigned long long)header->chunk, tries);
		r->state = receiver_fail(r, NOTICE_RESULT);
		return CHUNK_DROP;
	}
	if (r->is_talking)
		todo_push(&r->todo, &(struct todo){.kind = ACTION_SEND,
						   .number = MESSAGE_AGAIN,
						   .chunk = header->chunk,
						   .count = tries});
	return CHUNK_DROP;
}

enum chunk_verdict receiver_arrived(struct receiver *r, const struct frame_header *header,
				    const struct digest *digest, const struct digest *sealed,
				    uint64_t *ret_offset, uint64_t now_ns)
{
	enum chunk_verdict verdict = receiver_admit(r, header->lane, header, now_ns);

	if (verdict != CHUNK_BREACH)
		r->moved_bytes += header->payload_bytes;
	if (verdict == CHUNK_DROP)
		r->resent_bytes += header->payload_bytes;
	if (verdict != CHUNK_KEEP)
		return verdict;
	if (!digest_equal(digest, sealed))
		return receiver_ask_again(r, header);
	if (r->writing_count == HFT_INFLIGHT_MAX ||
	    ledger_put(&r->ledger, header->chunk, digest) < 0)
		return CHUNK_BREACH;
	if (header->payload_bytes < r->plan.chunk_bytes && !plan_is_bounded(&r->plan)) {
		r->short_chunk = header->chunk;
		r->short_bytes = header->payload_bytes;
	}
	if (ledger_room(&r->ledger) <= HFT_INFLIGHT_MAX)
		cadence_hurry(&r->cadence); /* the table fills up before the cadence is due */
	r->writing[r->writing_count++] = header->chunk;
	*ret_offset = plan_offset(&r->plan, header->chunk);
	return CHUNK_KEEP;
}

static void receiver_forget_writing(struct receiver *r, uint64_t chunk)
{
	uint32_t i = 0;

	while (i < r->writing_count && r->writing[i] != chunk)
		i++;
	assert(i < r->writing_count); /* the host writes only what it was told to */
	r->writing_count--;
	r->writing[i] = r->writing[r->writing_count];
}

/* Comes in any state: a write in flight ends whatever happened meanwhile. */
enum receiver_state receiver_chunk_written(struct receiver *r, const struct transfer_event *event)
{
	uint64_t chunk = event->of.written.chunk;

	receiver_forget_writing(r, chunk);
	if (event->error < 0) {
		r->disk_failed |= event->error != -ENOSPC && event->error != -EDQUOT;
		return receiver_fail_disk(r, r->part_name, event->error);
	}
	if (ranges_add(&r->written, chunk, chunk + 1) < 0)
		return receiver_fail_breach(r, "chunks come in no order at all");
	cadence_wrote(&r->cadence, plan_bytes(&r->plan, chunk), r->now_ns);
	/* Without room, or without a connection, DURABLE or the next ACCEPT says it. */
	if (r->is_talking && ranges_add(&r->fresh, chunk, chunk + 1) == 0)
		receiver_say_stored(r);
	return r->state;
}
