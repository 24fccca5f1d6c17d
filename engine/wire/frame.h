/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h -- the 64 bytes that stand before everything on a connection, and the 64 that
 * seal a chunk.
 *
 * A header is always one exact read, whatever follows it: a control message of
 * payload_bytes, or a chunk of payload_bytes and a seal. It carries its own checksum, so
 * a length is believed only after it was checked. The byte tables are in frame.c.
 *
 * Pure: no I/O, no clock, no memory of its own. Nothing that comes from the network is
 * asserted. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/compiler.h"
#include "record/outcome.h"

/* The one version of the protocol that this engine speaks. */
#define WIRE_VERSION_MIN 1
#define WIRE_VERSION_MAX 1

/* Numbers on the wire, never used twice. The other types are messages, which begin at
 * MESSAGE_FIRST; what is in their payload is messages.h. */
enum frame_type {
	FRAME_CHUNK = 1, /* header, payload, seal */
	FRAME_SEAL = 2,	 /* never a header: seal_decode() reads it */
};

enum message_type {
	MESSAGE_NONE = 0, /* no message; never on the wire */
	MESSAGE_FIRST = 16,
	MESSAGE_HELLO = MESSAGE_FIRST,
	MESSAGE_OFFER,
	MESSAGE_ACCEPT,
	MESSAGE_REFUSE,
	MESSAGE_BEGIN,
	MESSAGE_JOIN,
	MESSAGE_JOINED,
	MESSAGE_STORED,
	MESSAGE_DURABLE,
	MESSAGE_AGAIN,
	MESSAGE_SYNC,
	MESSAGE_DIGESTS_REQUEST,
	MESSAGE_DIGESTS,
	MESSAGE_FINISH,
	MESSAGE_COMPLETE,
	MESSAGE_CONFIRM,
	MESSAGE_ALIVE,
	MESSAGE_CANCEL,
	MESSAGE_TYPES, /* one more than the last; not a type */
};

/* Flags of a CHUNK; no other type has any. */
enum frame_flags {
	CHUNK_LAST = 1 << 0, /* a source of unknown size ends with this chunk, which may be
			      * empty; an empty one is neither counted nor in the digest */
};

struct frame_header {
	uint8_t type;		/* FRAME_CHUNK or enum message_type */
	uint16_t flags;		/* enum frame_flags; 0 = none */
	uint32_t payload_bytes; /* what follows the header; without the seal of a chunk */
	uint32_t payload_crc;	/* messages: CRC-32C of the payload; CHUNK: 0, the seal has it */
	uint64_t chunk;		/* CHUNK: index in the file; else 0 */
	uint8_t lane;		/* CHUNK: lane it was sent on, from 0; else 0 */
	uint8_t tries;		/* CHUNK: earlier sends of it that arrived bad; else 0 */
};

/* What stands behind the payload of a chunk, so that it can be sent while it is hashed. */
struct seal {
	uint64_t chunk;		/* as in the header */
	uint32_t payload_bytes; /* as in the header */
	struct digest digest;	/* XXH3-128 of the payload */
};

/* Writes the header. Requires that frame_decode() would accept it: a header of ours that
 * breaks the protocol is a bug, not an error. */
void frame_encode(const struct frame_header *header, uint8_t out[HFT_FRAME_BYTES]);

/* Reads a header. *ret_header is untouched on failure:
 *   -EPROTO           not a frame: magic or checksum is wrong
 *   -EPROTONOSUPPORT  a version that this engine does not speak
 *   -EBADMSG          unknown type or flag, or a field used that must be 0 or smaller
 *   -EMSGSIZE         payload_bytes is outside the bounds of the type
 * After any of these the connection is useless: say so (frame_refusal()) and close it. */
HFT_MUST_USE int frame_decode(const uint8_t in[HFT_FRAME_BYTES], struct frame_header *ret_header);

/* Makes the outcome (913-0) for REFUSE out of an error of frame_decode() or seal_decode()
 * and the bytes it refused: the sentence names the offending value. Requires error < 0. */
void frame_refusal(int error, const uint8_t in[HFT_FRAME_BYTES], struct outcome *ret_outcome);

/* True for a header of a control message, false for a chunk. */
bool frame_is_message(const struct frame_header *header);

/* Writes the seal. Requires payload_bytes <= HFT_CHUNK_BYTES_MAX and
 * chunk < HFT_CHUNKS_MAX. */
void seal_encode(const struct seal *seal, uint8_t out[HFT_FRAME_BYTES]);

/* Reads a seal, errors as in frame_decode(). Whether it belongs to the header before it
 * is asked with seal_matches(). */
HFT_MUST_USE int seal_decode(const uint8_t in[HFT_FRAME_BYTES], struct seal *ret_seal);

/* True if the seal has the chunk and the length of the header: if not, the connection is
 * out of step and must be closed. The digests are compared by the caller. */
bool seal_matches(const struct seal *seal, const struct frame_header *header);
