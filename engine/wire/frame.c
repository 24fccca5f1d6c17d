/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c -- frame headers and seals, byte by byte.
 *
 * Header, 64 bytes, numbers little endian:
 *
 *   offset bytes  field
 *        0     4  magic          "HFTF"
 *        4     1  version        1
 *        5     1  type           1 CHUNK, 16..33 messages (frame.h)
 *        6     2  flags          CHUNK: bit 0 LAST; all others 0
 *        8     4  payload_bytes  what follows, without the seal of a chunk
 *       12     4  payload_crc    messages: CRC-32C of the payload (0 if there is none);
 *                                CHUNK: 0
 *       16     8  chunk          CHUNK: index, below 2^47; else 0
 *       24     1  lane           CHUNK: 0..63; else 0
 *       25     1  tries          CHUNK: 0..3; else 0
 *       26    34  zero
 *       60     4  crc            CRC-32C of bytes 0..59
 *
 * Seal, 64 bytes, right behind the payload of a CHUNK, also of an empty one:
 *
 *        0     4  magic          "HFTF"
 *        4     1  version        1
 *        5     1  type           2
 *        6     2  zero
 *        8     4  payload_bytes  as in the header
 *       12     4  zero
 *       16     8  chunk          as in the header
 *       24    16  digest         XXH3-128 of the payload
 *       40    20  zero
 *       60     4  crc            CRC-32C of bytes 0..59
 *
 * A header is valid if and only if magic and crc are right, version is spoken, type and
 * flags are known, every field is inside the bounds above, and payload_bytes is inside
 * those of the type (frame_bounds). In every version to come a frame begins with magic
 * and version, is 64 bytes long, and HELLO and REFUSE are framed as in version 1. */
#include "wire/frame.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/messages.h"
#include "wire/walk.h"

#define FRAME_CRC_OFFSET   60
#define FRAME_HEADER_ZEROS 34
#define FRAME_SEAL_ZEROS   20

static_assert(HFT_FRAME_BYTES == 64, "the tables above say 64");
static_assert(4 + 1 + 1 + 2 + 4 + 4 + 8 + 1 + 1 + FRAME_HEADER_ZEROS == FRAME_CRC_OFFSET,
	      "the fields of a header do not end at its crc");
static_assert(4 + 1 + 1 + 2 + 4 + 4 + 8 + 16 + FRAME_SEAL_ZEROS == FRAME_CRC_OFFSET,
	      "the fields of a seal do not end at its crc");
static_assert(HFT_CHUNKS_MAX == UINT64_C(1) << 47, "the table above says 2^47");
static_assert(HFT_LANES_MAX == 64 && HFT_CHUNK_TRIES_MAX == 3, "the table above has these");

static const uint8_t frame_magic[4] = {'H', 'F', 'T', 'F'};

/* Sizes of what several messages are made of; the fields are in messages.c. */
enum {
	TEXT_MIN = 2, /* its length */
	NAME_MAX_BYTES = TEXT_MIN + HFT_NAME_BYTES - 1,
	HOST_MAX_BYTES = TEXT_MIN + HFT_HOST_BYTES - 1,
	RANGES_MAX_BYTES = 2 + 16 * HFT_RANGES_MAX,
	DIGESTS_MAX_BYTES = 2 + 16 * HFT_TAIL_DIGESTS_MAX,
	OUTCOME_MIN = 4 + TEXT_MIN,
	OUTCOME_MAX = OUTCOME_MIN + HFT_SENTENCE_BYTES - 1,
	IDENTITY_BYTES = 44,
	OFFER_FIXED = 67,
	ACCEPT_FIXED = 65,
	COMPLETED_MAX = OUTCOME_MAX + 16 + NAME_MAX_BYTES,
};

/* How long a payload may be. */
struct frame_bounds {
	uint32_t minimum; /* bytes */
	uint32_t maximum; /* bytes */
};

static const struct frame_bounds message_bounds[] = {
	[MESSAGE_HELLO] = {21 + TEXT_MIN + 1, 21 + HOST_MAX_BYTES},
	[MESSAGE_OFFER] = {OFFER_FIXED + IDENTITY_BYTES + 3 * TEXT_MIN,
			   OFFER_FIXED + IDENTITY_BYTES + TEXT_MIN + HFT_FILE_ID_BYTES - 1 +
				   NAME_MAX_BYTES + TEXT_MIN + HFT_SOURCE_TEXT_BYTES - 1},
	[MESSAGE_ACCEPT] = {ACCEPT_FIXED + TEXT_MIN + 1 + 2 + 2 + 2,
			    ACCEPT_FIXED + HOST_MAX_BYTES + 2 * RANGES_MAX_BYTES +
				    DIGESTS_MAX_BYTES + COMPLETED_MAX},
	[MESSAGE_REFUSE] = {OUTCOME_MIN, OUTCOME_MAX},
	[MESSAGE_BEGIN] = {3, 1 + RANGES_MAX_BYTES},
	[MESSAGE_JOIN] = {21, 21},
	[MESSAGE_JOINED] = {1, 1},
	[MESSAGE_STORED] = {2, RANGES_MAX_BYTES},
	[MESSAGE_DURABLE] = {2, RANGES_MAX_BYTES},
	[MESSAGE_AGAIN] = {9, 9},
	[MESSAGE_SYNC] = {0, 0},
	[MESSAGE_DIGESTS_REQUEST] = {10, 10},
	[MESSAGE_DIGESTS] = {10, 8 + DIGESTS_MAX_BYTES},
	[MESSAGE_FINISH] = {32 + IDENTITY_BYTES, 32 + IDENTITY_BYTES},
	[MESSAGE_COMPLETE] = {OUTCOME_MIN + 16 + TEXT_MIN, COMPLETED_MAX},
	[MESSAGE_CONFIRM] = {0, 0},
	[MESSAGE_ALIVE] = {18, 18},
	[MESSAGE_CANCEL] = {OUTCOME_MIN, OUTCOME_MAX},
};
static_assert(ARRAY_COUNT(message_bounds) == MESSAGE_TYPES, "a message has no bounds");
static_assert(ACCEPT_FIXED + HOST_MAX_BYTES + 2 * RANGES_MAX_BYTES + DIGESTS_MAX_BYTES +
			      COMPLETED_MAX <=
		      HFT_CONTROL_PAYLOAD_BYTES,
	      "the largest message is larger than a payload may be");

static bool type_is_message(unsigned int type)
{
	return type >= MESSAGE_FIRST && type < MESSAGE_TYPES;
}

static bool type_is_known(unsigned int type)
{
	return type == FRAME_CHUNK || type_is_message(type);
}

bool frame_is_message(const struct frame_header *header)
{
	assert(header);

	return type_is_message(header->type);
}

/* Requires a known type. */
static struct frame_bounds frame_bounds(unsigned int type, unsigned int flags)
{
	struct frame_bounds bounds = {(flags & CHUNK_LAST) ? 0 : 1, HFT_CHUNK_BYTES_MAX};

	return type_is_message(type) ? message_bounds[type] : bounds;
}

/* Bytes 0..59 of a header of a known type. */
static void walk_header(struct walk *walk, struct frame_header *header)
{
	bool chunk = header->type == FRAME_CHUNK;
	uint8_t magic[sizeof(frame_magic)] = {0};
	uint8_t version = WIRE_VERSION_MAX;

	memcpy(magic, frame_magic, sizeof(magic));
	walk_bytes(walk, magic, sizeof(magic));
	walk_u8(walk, &version, WIRE_VERSION_MIN, WIRE_VERSION_MAX);
	walk_u8(walk, &header->type, header->type, header->type);
	walk_u16(walk, &header->flags, 0, chunk ? CHUNK_LAST : 0);
	walk_u32(walk, &header->payload_bytes, 0, UINT32_MAX);
	walk_u32(walk, &header->payload_crc, 0, chunk ? 0 : UINT32_MAX);
	walk_u64(walk, &header->chunk, 0, chunk ? HFT_CHUNKS_MAX - 1 : 0);
	walk_u8(walk, &header->lane, 0, chunk ? HFT_LANES_MAX - 1 : 0);
	walk_u8(walk, &header->tries, 0, chunk ? HFT_CHUNK_TRIES_MAX : 0);
	walk_zeros(walk, FRAME_HEADER_ZEROS);
}

/* Bytes 0..59 of a seal. */
static void walk_seal(struct walk *walk, struct seal *seal)
{
	uint8_t magic[sizeof(frame_magic)] = {0};
	uint8_t version = WIRE_VERSION_MAX;
	uint8_t type = FRAME_SEAL;

	memcpy(magic, frame_magic, sizeof(magic));
	walk_bytes(walk, magic, sizeof(magic));
	walk_u8(walk, &version, WIRE_VERSION_MIN, WIRE_VERSION_MAX);
	walk_u8(walk, &type, FRAME_SEAL, FRAME_SEAL);
	walk_zeros(walk, 2);
	walk_u32(walk, &seal->payload_bytes, 0, UINT32_MAX);
	walk_zeros(walk, 4);
	walk_u64(walk, &seal->chunk, 0, HFT_CHUNKS_MAX - 1);
	walk_digest(walk, &seal->digest);
	walk_zeros(walk, FRAME_SEAL_ZEROS);
}

static void frame_write_crc(uint8_t out[HFT_FRAME_BYTES])
{
	bytes_put_u32le(out + FRAME_CRC_OFFSET, crc32c(0, out, FRAME_CRC_OFFSET));
}

static bool frame_crc_is_right(const uint8_t in[HFT_FRAME_BYTES])
{
	return bytes_get_u32le(in + FRAME_CRC_OFFSET) == crc32c(0, in, FRAME_CRC_OFFSET);
}

/* What header and seal have in common: is this a whole frame of a version we speak? */
static int frame_check(const uint8_t in[HFT_FRAME_BYTES])
{
	if (memcmp(in, frame_magic, sizeof(frame_magic)) != 0)
		return -EPROTO;
	if (in[4] < WIRE_VERSION_MIN || in[4] > WIRE_VERSION_MAX)
		return -EPROTONOSUPPORT;
	return frame_crc_is_right(in) ? 0 : -EPROTO;
}

void frame_encode(const struct frame_header *header, uint8_t out[HFT_FRAME_BYTES])
{
	struct frame_header copy;
	struct frame_bounds bounds;
	struct walk walk;
	int error = 0;

	assert(header);
	assert(out);
	assert(type_is_known(header->type));
	bounds = frame_bounds(header->type, header->flags);
	assert(header->payload_bytes >= bounds.minimum);
	assert(header->payload_bytes <= bounds.maximum);

	copy = *header;
	walk_begin_writing(&walk, out, FRAME_CRC_OFFSET);
	walk_header(&walk, &copy);
	error = walk_end(&walk);
	assert(!error);
	(void)error;
	frame_write_crc(out);
}

int frame_decode(const uint8_t in[HFT_FRAME_BYTES], struct frame_header *ret_header)
{
	struct frame_header header = {0};
	struct frame_bounds bounds;
	struct walk walk;
	int error = 0;

	assert(in);
	assert(ret_header);

	error = frame_check(in);
	if (error < 0)
		return error;
	header.type = in[5];
	if (!type_is_known(header.type))
		return -EBADMSG;

	walk_begin_reading(&walk, in, FRAME_CRC_OFFSET);
	walk_header(&walk, &header);
	error = walk_end(&walk);
	if (error < 0)
		return error;

	bounds = frame_bounds(header.type, header.flags);
	if (header.payload_bytes < bounds.minimum || header.payload_bytes > bounds.maximum)
		return -EMSGSIZE;
	*ret_header = header;
	return 0;
}

void seal_encode(const struct seal *seal, uint8_t out[HFT_FRAME_BYTES])
{
	struct seal copy;
	struct walk walk;
	int error = 0;

	assert(seal);
	assert(out);
	assert(seal->payload_bytes <= HFT_CHUNK_BYTES_MAX);

	copy = *seal;
	walk_begin_writing(&walk, out, FRAME_CRC_OFFSET);
	walk_seal(&walk, &copy);
	error = walk_end(&walk);
	assert(!error);
	(void)error;
	frame_write_crc(out);
}

int seal_decode(const uint8_t in[HFT_FRAME_BYTES], struct seal *ret_seal)
{
	struct seal seal = {0};
	struct walk walk;
	int error = 0;

	assert(in);
	assert(ret_seal);

	error = frame_check(in);
	if (error < 0)
		return error;
	walk_begin_reading(&walk, in, FRAME_CRC_OFFSET);
	walk_seal(&walk, &seal);
	error = walk_end(&walk);
	if (error < 0)
		return error;
	if (seal.payload_bytes > HFT_CHUNK_BYTES_MAX)
		return -EMSGSIZE;
	*ret_seal = seal;
	return 0;
}

bool seal_matches(const struct seal *seal, const struct frame_header *header)
{
	assert(seal);
	assert(header);

	return header->type == FRAME_CHUNK && seal->chunk == header->chunk &&
	       seal->payload_bytes == header->payload_bytes;
}

/* Whole but not understood: type, flags, or a field that should be 0 or smaller. */
static void refuse_content(const uint8_t in[HFT_FRAME_BYTES], struct outcome *ret_outcome)
{
	unsigned int type = in[5];
	unsigned int flags = bytes_get_u16le(in + 6);

	if (!type_is_known(type) && type != FRAME_SEAL)
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "protocol error: frame type %u is unknown", type);
	else if (flags & ~(type == FRAME_CHUNK ? (unsigned int)CHUNK_LAST : 0U))
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "protocol error: flags 0x%04x of a %s frame are unknown", flags,
			    message_type_name(type));
	else
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "protocol error: a %s frame is out of place or out of bounds",
			    message_type_name(type));
}

static void refuse_length(const uint8_t in[HFT_FRAME_BYTES], struct outcome *ret_outcome)
{
	unsigned int type = in[5];
	struct frame_bounds bounds = frame_bounds(type, bytes_get_u16le(in + 6));

	outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
		    "protocol error: a %s frame cannot have %u bytes (%u to %u)",
		    message_type_name(type), bytes_get_u32le(in + 8), bounds.minimum,
		    bounds.maximum);
}

void frame_refusal(int error, const uint8_t in[HFT_FRAME_BYTES], struct outcome *ret_outcome)
{
	assert(error < 0);
	assert(in);
	assert(ret_outcome);

	if (error == -EPROTONOSUPPORT)
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "frames of protocol version %u are not understood (%d to %d are)",
			    in[4], WIRE_VERSION_MIN, WIRE_VERSION_MAX);
	else if (error == -EMSGSIZE)
		refuse_length(in, ret_outcome);
	else if (error == -EBADMSG)
		refuse_content(in, ret_outcome);
	else if (memcmp(in, frame_magic, sizeof(frame_magic)) != 0)
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "protocol error: no hft frame begins with %02x %02x %02x %02x", in[0],
			    in[1], in[2], in[3]);
	else
		outcome_set(ret_outcome, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "protocol error: a frame header arrived damaged");
}
