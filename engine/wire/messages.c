/* SPDX-License-Identifier: Apache-2.0 */
/* messages.c -- the payload of each message, byte by byte.
 *
 * Numbers are little endian. text = u16 length, then so many bytes, none of them 0 (bounds
 * without the length). ranges = u16 count (at most 256), then u64 start, u64 end of each,
 * ascending, not empty, not touching, at most 2^47. digests = u16 count (at most 256),
 * then 16 bytes each. outcome = u16 status, u16 detail, text 0..511. identity = u32 type (1
 * file, 2 stream), then u64 device, inode, bytes, mtime_ns, ctime_ns. flag = one byte, 0
 * or 1. Sizes of a type of field are in brackets where they are not in its name.
 *
 *   HELLO            u16 version_min 1.., u16 version_max >= version_min, u64 capabilities,
 *                    u64 owner_epoch 1.., u8 purpose 1..4, text engine_name 1..63
 *   OFFER            transfer_id (16, not zero), token (16), u32 attempt 1..,
 *                    u32 session_epoch 1.., u64 total_bytes (below 2^63, or 2^64-1 for a
 *                    stream), u64 recorded_chunks (at most 2^47), u32 chunk_bytes
 *                    (64 KiB..16 MiB, multiple of 4096), u32 resume_check,
 *                    u8 lanes_wanted 1..64, flag from_start, flag strict, identity
 *                    source, text file_id 0..50, text name 0..1024,
 *                    text source_path 0..1023
 *   ACCEPT           u16 version 1.., u64 capabilities (bits 0..3), u64 owner_epoch 1..,
 *                    token (16, not zero), u8 lanes 1..64, u32 chunk_bytes (as in OFFER),
 *                    u64 prefix_chunks (at most 2^47), root (16), u8 reason 0..11,
 *                    flag completed, text engine_name 1..63, ranges stored,
 *                    ranges durable, digests tail (count <= prefix_chunks); and if
 *                    completed: outcome, file_digest (16), text final_name 0..1024
 *   REFUSE           outcome, not 0-0
 *   BEGIN            u8 reason 0..11, ranges agreed
 *   JOIN             token (16, not zero), u32 session_epoch 1.., u8 lane 0..63
 *   JOINED           u8 lane 0..63
 *   STORED           ranges
 *   DURABLE          ranges
 *   AGAIN            u64 chunk (below 2^47), u8 tries 1..3
 *   SYNC             nothing
 *   DIGESTS-REQUEST  u64 first (below 2^47), u16 count 1..256
 *   DIGESTS          u64 first (below 2^47), digests
 *   FINISH           u64 chunk_count (at most 2^47), u64 total_bytes (below 2^63; both are
 *                    0 or none), digest (16), identity source
 *   COMPLETE         outcome, digest (16), text final_name 0..1024
 *   CONFIRM          nothing
 *   ALIVE            u64 stored_bytes, u64 durable_bytes, u16 flags (bit 0 DISK-BUSY)
 *   CANCEL           outcome, not 0-0
 *
 * A message is valid if and only if payload_crc of its header is the CRC-32C of the
 * payload, every field is inside the bounds above, and the payload ends with the last
 * field. */
#include "wire/messages.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/crc32c.h"
#include "wire/walk.h"

/* The numbers of the table above, and of hft-protocol(7). A change of a limit is a change
 * of the protocol. */
static_assert(HFT_HOST_BYTES == 64, "engine_name is 1..63 bytes");
static_assert(HFT_FILE_ID_BYTES == 51, "file_id is 0..50 bytes");
static_assert(HFT_NAME_BYTES == 1025, "names are 0..1024 bytes");
static_assert(HFT_SOURCE_TEXT_BYTES == 1024, "source_path is 0..1023 bytes");
static_assert(HFT_SENTENCE_BYTES == 512, "sentences are 0..511 bytes");
static_assert(HFT_RANGES_MAX == 256 && HFT_TAIL_DIGESTS_MAX == 256, "lists have 256 entries");
static_assert(HFT_CHUNK_BYTES_MIN == 64 << 10 && HFT_CHUNK_BYTES_MAX == 16 << 20, "chunk_bytes");
static_assert(HFT_CHUNK_BYTES_MIN % HFT_CHUNK_ALIGN_BYTES == 0, "the smallest chunk is aligned");
static_assert(RESUME_REASONS == 12, "reasons are 0..11");
static_assert(CAPABILITIES_KNOWN == 15 && ALIVE_FLAGS_KNOWN == 1, "bits known in version 1");
static_assert(HELLO_PURPOSES == 5 && MESSAGE_TYPES == 34, "numbers known in version 1");
static_assert(sizeof(struct message) <= 16384, "messages lie on stacks and in events");

#define FILE_BYTES_MAX ((uint64_t)INT64_MAX)

static void walk_id_not_zero(struct walk *walk, struct id *id)
{
	walk_id(walk, id);
	walk_require(walk, !id_is_zero(id));
}

static void walk_chunk_bytes(struct walk *walk, uint32_t *chunk_bytes)
{
	walk_u32(walk, chunk_bytes, HFT_CHUNK_BYTES_MIN, HFT_CHUNK_BYTES_MAX);
	walk_require(walk, *chunk_bytes % HFT_CHUNK_ALIGN_BYTES == 0);
}

/* An outcome that ends something badly: 0-0 would be nonsense. */
static void walk_failure(struct walk *walk, struct outcome *outcome)
{
	walk_outcome(walk, outcome);
	walk_require(walk, outcome->status != HFT_DONE);
}

static void walk_hello(struct walk *walk, struct message_hello *hello)
{
	walk_u16(walk, &hello->version_min, 1, UINT16_MAX);
	walk_u16(walk, &hello->version_max, hello->version_min, UINT16_MAX);
	walk_u64(walk, &hello->capabilities, 0, UINT64_MAX);
	walk_u64(walk, &hello->owner_epoch, 1, UINT64_MAX);
	walk_u8(walk, &hello->purpose, HELLO_SESSION, HELLO_PURPOSES - 1);
	walk_text(walk, hello->engine_name, sizeof(hello->engine_name), 1);
}

static void walk_offer(struct walk *walk, struct message_offer *offer)
{
	walk_id_not_zero(walk, &offer->transfer_id);
	walk_id(walk, &offer->token);
	walk_u32(walk, &offer->attempt, 1, UINT32_MAX);
	walk_u32(walk, &offer->session_epoch, 1, UINT32_MAX);
	walk_u64(walk, &offer->total_bytes, 0, UINT64_MAX);
	walk_u64(walk, &offer->recorded_chunks, 0, HFT_CHUNKS_MAX);
	walk_chunk_bytes(walk, &offer->chunk_bytes);
	walk_u32(walk, &offer->resume_check, 0, UINT32_MAX);
	walk_u8(walk, &offer->lanes_wanted, 1, HFT_LANES_MAX);
	walk_bool(walk, &offer->from_start);
	walk_bool(walk, &offer->strict);
	walk_identity(walk, &offer->source);
	walk_require(walk, offer->total_bytes <= FILE_BYTES_MAX ||
				   (offer->total_bytes == TOTAL_BYTES_UNKNOWN &&
				    offer->source.type == SOURCE_STREAM));
	walk_text(walk, offer->file_id, sizeof(offer->file_id), 0);
	walk_text(walk, offer->name, sizeof(offer->name), 0);
	walk_text(walk, offer->source_path, sizeof(offer->source_path), 0);
}

static void walk_stored_result(struct walk *walk, struct message_accept *accept)
{
	walk_outcome(walk, &accept->outcome);
	walk_digest(walk, &accept->file_digest);
	walk_text(walk, accept->final_name, sizeof(accept->final_name), 0);
}

static void walk_accept(struct walk *walk, struct message_accept *accept)
{
	walk_u16(walk, &accept->version, 1, UINT16_MAX);
	walk_u64(walk, &accept->capabilities, 0, CAPABILITIES_KNOWN);
	walk_u64(walk, &accept->owner_epoch, 1, UINT64_MAX);
	walk_id_not_zero(walk, &accept->token);
	walk_u8(walk, &accept->lanes, 1, HFT_LANES_MAX);
	walk_chunk_bytes(walk, &accept->chunk_bytes);
	walk_u64(walk, &accept->prefix_chunks, 0, HFT_CHUNKS_MAX);
	walk_digest(walk, &accept->root);
	walk_u8(walk, &accept->reason, RESUME_NONE, RESUME_REASONS - 1);
	walk_bool(walk, &accept->completed);
	walk_text(walk, accept->engine_name, sizeof(accept->engine_name), 1);
	walk_ranges(walk, &accept->stored);
	walk_ranges(walk, &accept->durable);
	walk_digests(walk, &accept->tail_count, accept->tail);
	walk_require(walk, accept->tail_count <= accept->prefix_chunks);
	if (accept->completed)
		walk_stored_result(walk, accept);
}

static void walk_begin(struct walk *walk, struct message_begin *begin)
{
	walk_u8(walk, &begin->reason, RESUME_NONE, RESUME_REASONS - 1);
	walk_ranges(walk, &begin->agreed);
}

static void walk_join(struct walk *walk, struct message_join *join)
{
	walk_id_not_zero(walk, &join->token);
	walk_u32(walk, &join->session_epoch, 1, UINT32_MAX);
	walk_u8(walk, &join->lane, 0, HFT_LANES_MAX - 1);
}

static void walk_again(struct walk *walk, struct message_again *again)
{
	walk_u64(walk, &again->chunk, 0, HFT_CHUNKS_MAX - 1);
	walk_u8(walk, &again->tries, 1, HFT_CHUNK_TRIES_MAX);
}

static void walk_digests_request(struct walk *walk, struct message_digests_request *request)
{
	walk_u64(walk, &request->first, 0, HFT_CHUNKS_MAX - 1);
	walk_u16(walk, &request->count, 1, HFT_TAIL_DIGESTS_MAX);
}

static void walk_digests_answer(struct walk *walk, struct message_digests *digests)
{
	walk_u64(walk, &digests->first, 0, HFT_CHUNKS_MAX - 1);
	walk_digests(walk, &digests->count, digests->list);
}

static void walk_finish(struct walk *walk, struct message_finish *finish)
{
	walk_u64(walk, &finish->chunk_count, 0, HFT_CHUNKS_MAX);
	walk_u64(walk, &finish->total_bytes, 0, FILE_BYTES_MAX);
	walk_require(walk, (finish->chunk_count == 0) == (finish->total_bytes == 0));
	walk_digest(walk, &finish->digest);
	walk_identity(walk, &finish->source);
}

static void walk_complete(struct walk *walk, struct message_complete *complete)
{
	walk_outcome(walk, &complete->outcome);
	walk_digest(walk, &complete->digest);
	walk_text(walk, complete->final_name, sizeof(complete->final_name), 0);
}

static void walk_alive(struct walk *walk, struct message_alive *alive)
{
	walk_u64(walk, &alive->stored_bytes, 0, FILE_BYTES_MAX);
	walk_u64(walk, &alive->durable_bytes, 0, FILE_BYTES_MAX);
	walk_u16(walk, &alive->flags, 0, ALIVE_FLAGS_KNOWN);
}

/* The payload of the message, whose type is set. */
/* dispatch */
static void walk_message(struct walk *walk, struct message *message)
{
	switch (message->type) {
	case MESSAGE_HELLO:
		walk_hello(walk, &message->of.hello);
		break;
	case MESSAGE_OFFER:
		walk_offer(walk, &message->of.offer);
		break;
	case MESSAGE_ACCEPT:
		walk_accept(walk, &message->of.accept);
		break;
	case MESSAGE_REFUSE:
		walk_failure(walk, &message->of.refuse.outcome);
		break;
	case MESSAGE_BEGIN:
		walk_begin(walk, &message->of.begin);
		break;
	case MESSAGE_JOIN:
		walk_join(walk, &message->of.join);
		break;
	case MESSAGE_JOINED:
		walk_u8(walk, &message->of.joined.lane, 0, HFT_LANES_MAX - 1);
		break;
	case MESSAGE_STORED:
		walk_ranges(walk, &message->of.stored.ranges);
		break;
	case MESSAGE_DURABLE:
		walk_ranges(walk, &message->of.durable.ranges);
		break;
	case MESSAGE_AGAIN:
		walk_again(walk, &message->of.again);
		break;
	case MESSAGE_SYNC:
	case MESSAGE_CONFIRM:
		break;
	case MESSAGE_DIGESTS_REQUEST:
		walk_digests_request(walk, &message->of.digests_request);
		break;
	case MESSAGE_DIGESTS:
		walk_digests_answer(walk, &message->of.digests);
		break;
	case MESSAGE_FINISH:
		walk_finish(walk, &message->of.finish);
		break;
	case MESSAGE_COMPLETE:
		walk_complete(walk, &message->of.complete);
		break;
	case MESSAGE_ALIVE:
		walk_alive(walk, &message->of.alive);
		break;
	case MESSAGE_CANCEL:
		walk_failure(walk, &message->of.cancel.outcome);
		break;
	case MESSAGE_NONE:
	case MESSAGE_TYPES:
		walk_require(walk, false);
		break;
	}
}

int message_encode(const struct message *message, uint8_t *buffer, size_t capacity,
		   size_t *ret_bytes)
{
	struct frame_header header = {0};
	struct walk walk;
	size_t payload_bytes = 0;
	int error = 0;

	assert(message);
	assert(buffer);
	assert(ret_bytes);

	if (message->type < MESSAGE_FIRST || message->type >= MESSAGE_TYPES)
		return -EINVAL;
	if (capacity < HFT_FRAME_BYTES)
		return -ENOBUFS;

	walk_begin_writing(&walk, buffer + HFT_FRAME_BYTES, capacity - HFT_FRAME_BYTES);
	/* A walk that writes leaves the message as it is (walk.h). */
	walk_message(&walk, (struct message *)message);
	error = walk_end(&walk);
	if (error < 0)
		return error;

	payload_bytes = bytes_writer_count(&walk.writer);
	assert(payload_bytes <= HFT_CONTROL_PAYLOAD_BYTES);
	header.type = (uint8_t)message->type;
	header.payload_bytes = (uint32_t)payload_bytes;
	header.payload_crc = crc32c(0, buffer + HFT_FRAME_BYTES, payload_bytes);
	frame_encode(&header, buffer);
	*ret_bytes = HFT_FRAME_BYTES + payload_bytes;
	return 0;
}

int message_decode(const struct frame_header *header, const uint8_t *payload,
		   struct message *ret_message)
{
	struct message message;
	struct walk walk;
	int error = 0;

	assert(header);
	assert(frame_is_message(header));
	assert(payload || header->payload_bytes == 0);
	assert(ret_message);

	if (crc32c(0, payload, header->payload_bytes) != header->payload_crc)
		return -EBADMSG;
	memset(&message, 0, sizeof(message));
	message.type = (enum message_type)header->type;
	walk_begin_reading(&walk, payload, header->payload_bytes);
	walk_message(&walk, &message);
	error = walk_end(&walk);
	if (error < 0)
		return error;
	*ret_message = message;
	return 0;
}

void message_refusal(const struct frame_header *header, struct outcome *ret_outcome)
{
	assert(header);
	assert(ret_outcome);

	outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
		    "protocol error: the %u bytes of a %s message are not valid",
		    header->payload_bytes, message_type_name(header->type));
}

const char *message_type_name(unsigned int type)
{
	static const char *const names[MESSAGE_TYPES] = {
		[FRAME_CHUNK] = "CHUNK",	 [FRAME_SEAL] = "SEAL",
		[MESSAGE_HELLO] = "HELLO",	 [MESSAGE_OFFER] = "OFFER",
		[MESSAGE_ACCEPT] = "ACCEPT",	 [MESSAGE_REFUSE] = "REFUSE",
		[MESSAGE_BEGIN] = "BEGIN",	 [MESSAGE_JOIN] = "JOIN",
		[MESSAGE_JOINED] = "JOINED",	 [MESSAGE_STORED] = "STORED",
		[MESSAGE_DURABLE] = "DURABLE",	 [MESSAGE_AGAIN] = "AGAIN",
		[MESSAGE_SYNC] = "SYNC",	 [MESSAGE_DIGESTS_REQUEST] = "DIGESTS-REQUEST",
		[MESSAGE_DIGESTS] = "DIGESTS",	 [MESSAGE_FINISH] = "FINISH",
		[MESSAGE_COMPLETE] = "COMPLETE", [MESSAGE_CONFIRM] = "CONFIRM",
		[MESSAGE_ALIVE] = "ALIVE",	 [MESSAGE_CANCEL] = "CANCEL",
	};

	return type < MESSAGE_TYPES && names[type] ? names[type] : "unknown";
}

const char *hello_purpose_name(unsigned int purpose)
{
	static const char *const names[HELLO_PURPOSES] = {
		[HELLO_SESSION] = "session",
		[HELLO_REJOIN] = "rejoin",
		[HELLO_LANE] = "lane",
		[HELLO_CHECK] = "check",
	};

	return purpose < HELLO_PURPOSES && names[purpose] ? names[purpose] : "unknown";
}

bool message_is_from_sender(enum message_type type)
{
	switch (type) {
	case MESSAGE_HELLO:
	case MESSAGE_OFFER:
	case MESSAGE_BEGIN:
	case MESSAGE_JOIN:
	case MESSAGE_SYNC:
	case MESSAGE_DIGESTS_REQUEST:
	case MESSAGE_FINISH:
	case MESSAGE_CONFIRM:
	case MESSAGE_REFUSE:
	case MESSAGE_ALIVE:
	case MESSAGE_CANCEL:
		return true;
	default:
		return false;
	}
}

bool message_is_from_receiver(enum message_type type)
{
	switch (type) {
	case MESSAGE_ACCEPT:
	case MESSAGE_JOINED:
	case MESSAGE_STORED:
	case MESSAGE_DURABLE:
	case MESSAGE_AGAIN:
	case MESSAGE_DIGESTS:
	case MESSAGE_COMPLETE:
	case MESSAGE_REFUSE:
	case MESSAGE_ALIVE:
	case MESSAGE_CANCEL:
		return true;
	default:
		return false;
	}
}
