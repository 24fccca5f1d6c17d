/* SPDX-License-Identifier: Apache-2.0 */
/* messages.h -- what two engines tell each other: one struct per message, and their bytes.
 *
 * A message is a frame header and a payload of at most HFT_CONTROL_PAYLOAD_BYTES. The byte
 * tables are in messages.c and in hft-protocol(7). The decoder believes nothing: a
 * message is valid if and only if every field is inside its bounds, no byte is missing
 * and none is left over. What a valid message means in the present state of a session is
 * for the deciders.
 *
 * Text is a C string here and a length with bytes on the wire; it holds no NUL there.
 * Ranges are sorted, not empty and do not touch, in chunks. Of an outcome only
 * status, detail and sentence travel; the rest of the struct is 0 after decoding. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/compiler.h"
#include "base/id.h"
#include "base/ranges.h"
#include "record/identity.h"
#include "record/outcome.h"
#include "record/resume_reason.h"
#include "wire/frame.h"

/* total_bytes of a source whose end is not known before it comes. */
#define TOTAL_BYTES_UNKNOWN UINT64_MAX

/* What an engine can do beyond the bare protocol. In HELLO unknown bits are allowed and
 * mean nothing; ACCEPT has the bits that both know. */
enum capability {
	CAP_RESUME = 1 << 0,		   /* continues from a checkpoint */
	CAP_LANES = 1 << 1,		   /* more lanes than one */
	CAP_STREAM = 1 << 2,		   /* sources of unknown size */
	CAP_AUTO_RESEND_591 = 1 << 3,	   /* understands the notice of a forced stop (250-591) */
	CAPABILITIES_KNOWN = (1 << 4) - 1, /* all of the above */
};

/* What the dialer wants with this connection; decides what follows its HELLO. */
enum hello_purpose {
	HELLO_SESSION = 1, /* control connection of a new attempt: OFFER follows */
	HELLO_REJOIN,	   /* control connection of an attempt that lost it: OFFER with token */
	HELLO_LANE,	   /* a lane of a session: JOIN follows */
	HELLO_CHECK,	   /* a host check: nothing follows, the answer is a HELLO */
	HELLO_PURPOSES,	   /* one more than the last; not a purpose */
};

/* Bits of message_alive.flags. */
enum alive_flags {
	ALIVE_DISK_BUSY = 1 << 0,	  /* writes or syncs take long: silence is not death */
	ALIVE_FLAGS_KNOWN = (1 << 1) - 1, /* all of the above */
};

/* Dialer, first on every connection. Its layout never changes, whatever the version, and
 * neither does that of REFUSE: two engines can always tell each other why not. */
struct message_hello {
	uint16_t version_min;		  /* oldest version spoken, from 1 */
	uint16_t version_max;		  /* newest version spoken, >= version_min */
	uint64_t capabilities;		  /* enum capability, and bits not known here */
	uint64_t owner_epoch;		  /* of the journal behind the engine, from 1 */
	uint8_t purpose;		  /* enum hello_purpose */
	char engine_name[HFT_HOST_BYTES]; /* for logs; not empty; proves nothing */
};

/* Sender, right behind a HELLO of SESSION or REJOIN. */
struct message_offer {
	struct id transfer_id;		 /* what the user asked for, the same in all attempts */
	struct id token;		 /* REJOIN: from ACCEPT; SESSION: zero */
	uint32_t attempt;		 /* counts from 1 */
	uint32_t session_epoch;		 /* from 1, one more with every control connection of the
					  * attempt: fences ghosts */
	uint64_t total_bytes;		 /* size, or TOTAL_BYTES_UNKNOWN (only a stream) */
	uint64_t recorded_chunks;	 /* 0..n-1 have digests in the sender's journal */
	uint32_t chunk_bytes;		 /* offered; HFT_CHUNK_BYTES_MIN..MAX, multiple of 4096 */
	uint32_t resume_check;		 /* last durable chunks to prove again; UINT32_MAX = all */
	uint8_t lanes_wanted;		 /* 1..HFT_LANES_MAX */
	bool from_start;		 /* ignore what is there (asked-from-start) */
	bool strict;			 /* refuse instead of falling back to byte 0 */
	struct source_identity source;	 /* its type is known */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = ad hoc */
	char name[HFT_NAME_BYTES];	 /* wanted name, relative; "" = by definition */
	char source_path[HFT_SOURCE_TEXT_BYTES]; /* for the receiver's log only; may be cut */
};

/* Receiver, the answer to OFFER. stored and durable may overlap and need not: a chunk in
 * either is not to be sent. */
struct message_accept {
	uint16_t version;	/* agreed, inside what HELLO said */
	uint64_t capabilities;	/* both have them; no unknown bit */
	uint64_t owner_epoch;	/* the receiver's, from 1 */
	struct id token;	/* secret of the session, for JOIN and REJOIN; not zero */
	uint8_t lanes;		/* granted, 1..HFT_LANES_MAX */
	uint32_t chunk_bytes;	/* valid from now on; on a resume the stored one */
	struct ranges stored;	/* written, not yet proven durable */
	struct ranges durable;	/* durable and journaled */
	uint64_t prefix_chunks; /* chunks 0..n-1 that root covers */
	struct digest root;	/* chain over the digests of the prefix (chain.h) */
	uint16_t tail_count;	/* digests in tail, <= prefix_chunks */
	struct digest tail[HFT_TAIL_DIGESTS_MAX]; /* of the last tail_count chunks of the prefix */
	uint8_t reason;			  /* enum resume_reason: why it starts from byte 0 */
	bool completed;			  /* this transfer id is done already: the stored result
					   * follows, nothing is to be sent */
	struct outcome outcome;		  /* completed only: the stored result */
	struct digest file_digest;	  /* completed only */
	char final_name[HFT_NAME_BYTES];  /* completed only: name it was published under */
	char engine_name[HFT_HOST_BYTES]; /* for logs; not empty */
};

/* Receiver, instead of ACCEPT, JOINED or the HELLO of a check; or either side, when it got
 * something that it cannot read. The connection is closed behind it. */
struct message_refuse {
	struct outcome outcome; /* not 0-0 */
};

/* Sender: chunks that both sides have proven; all others are sent. Data flows after it. */
struct message_begin {
	struct ranges agreed; /* subset of what ACCEPT said; the receiver forgets the rest */
	uint8_t reason;	      /* enum resume_reason: why it is less */
};

/* Dialer, right behind a HELLO of LANE. */
struct message_join {
	struct id token;	/* from ACCEPT; not zero */
	uint32_t session_epoch; /* of the control connection in use, from 1 */
	uint8_t lane;		/* 0..lanes granted - 1 */
};

/* Receiver, the answer to JOIN. */
struct message_joined {
	uint8_t lane; /* as asked for */
};

/* Receiver: written since the last STORED, not yet durable. */
struct message_stored {
	struct ranges ranges; /* chunks */
};

/* Receiver: everything that is durable and journaled. */
struct message_durable {
	struct ranges ranges; /* chunks, the whole coverage */
};

/* Receiver: a chunk arrived bad, send it again. */
struct message_again {
	uint64_t chunk; /* index */
	uint8_t tries;	/* bad arrivals so far, 1..HFT_CHUNK_TRIES_MAX */
};

/* Sender: asks for digests that the receiver has journaled. */
struct message_digests_request {
	uint64_t first; /* chunk */
	uint16_t count; /* 1..HFT_TAIL_DIGESTS_MAX */
};

/* Receiver, the answer to DIGESTS_REQUEST; fewer than asked for = it has no more in a row. */
struct message_digests {
	uint64_t first;				  /* as asked for */
	uint16_t count;				  /* 0..HFT_TAIL_DIGESTS_MAX */
	struct digest list[HFT_TAIL_DIGESTS_MAX]; /* of chunks first.. */
};

/* Sender: all chunks were sent, this is what they must add up to. */
struct message_finish {
	uint64_t chunk_count;	       /* 0 if and only if total_bytes is 0 */
	uint64_t total_bytes;	       /* of the file; now it is known */
	struct digest digest;	       /* file digest */
	struct source_identity source; /* taken again after the last read */
};

/* Receiver: how it ended here; 0-0 = complete, verified, durable, under its final name. */
struct message_complete {
	struct outcome outcome;		 /* the result */
	struct digest digest;		 /* file digest here; zero if it did not come so far */
	char final_name[HFT_NAME_BYTES]; /* name it was published under; "" = it was not */
};

/* Both, when nothing else was sent for a while. The sender's numbers are 0. */
struct message_alive {
	uint64_t stored_bytes;	/* written at the receiver */
	uint64_t durable_bytes; /* durable at the receiver */
	uint16_t flags;		/* enum alive_flags */
};

/* Either side ends the session on purpose. */
struct message_cancel {
	struct outcome outcome; /* not 0-0 */
};

/* SYNC (sender: an early checkpoint, please) and CONFIRM (sender: COMPLETE is recorded
 * here) carry nothing but their type. */
struct message {
	enum message_type type;
	union {
		struct message_hello hello;
		struct message_offer offer;
		struct message_accept accept;
		struct message_refuse refuse;
		struct message_begin begin;
		struct message_join join;
		struct message_joined joined;
		struct message_stored stored;
		struct message_durable durable;
		struct message_again again;
		struct message_digests_request digests_request;
		struct message_digests digests;
		struct message_finish finish;
		struct message_complete complete;
		struct message_alive alive;
		struct message_cancel cancel;
	} of;
};

/* Writes frame header and payload; HFT_MESSAGE_BYTES_MAX always suffices. *ret_bytes is
 * what to send. Returns -ENOBUFS if capacity does not suffice, -EINVAL if a field is
 * outside its bounds or text has no NUL; buffer holds nothing useful then. */
HFT_MUST_USE int message_encode(const struct message *message, uint8_t *buffer, size_t capacity,
				size_t *ret_bytes);

/* Reads the header.payload_bytes at payload, which may be NULL if that is 0. The header
 * comes from frame_decode() and is one of a message. Returns -EBADMSG, and leaves
 * *ret_message untouched, if anything is wrong with the payload. */
HFT_MUST_USE int message_decode(const struct frame_header *header, const uint8_t *payload,
				struct message *ret_message);

/* Makes the outcome (913-0) for REFUSE when message_decode() refused a payload. */
void message_refusal(const struct frame_header *header, struct outcome *ret_outcome);

/* "HELLO", "DIGESTS-REQUEST"...; "CHUNK", "SEAL"; "unknown" for anything else: for logs. */
const char *message_type_name(unsigned int type);

/* "session", "rejoin", "lane", "check"; "unknown" for anything else: for logs. */
const char *hello_purpose_name(unsigned int purpose);

/* Whether the sender of a session, or its receiver, may send this type on a connection of
 * the session at all. REFUSE, ALIVE and CANCEL may come from both; HELLO counts as the
 * sender's, although it also answers a check, which has no session. */
bool message_is_from_sender(enum message_type type);
bool message_is_from_receiver(enum message_type type);
