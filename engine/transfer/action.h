/* SPDX-License-Identifier: Apache-2.0 */
/* action.h -- what the deciders sender and receiver want done.
 *
 * An action names bytes (file, offset, length), never carries them. The host in daemon/ performs
 * actions in the order given and answers each with the event named beside it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "record/outcome.h"
#include "transfer/step.h"
#include "wire/messages.h"

enum transfer_action_kind {
	/* Both sides. */
	ACTION_SEND, /* a control message, in order with the others */
	/* A connection, the hard way; CONNECTION_CONTROL = all of the session. Harmless for what is
	 * closed already. What waits to be sent on it is lost. */
	ACTION_CLOSE,
	ACTION_LOAD_CHECKPOINT, /* -> EVENT_CHECKPOINT_LOADED */
	ACTION_LOAD_DIGESTS,	/* journaled digests of a run of chunks -> EVENT_DIGESTS_LOADED */
	ACTION_RECHECK,		/* read a chunk from disk again and hash it -> EVENT_RECHECKED */
	ACTION_RECORD,		/* commit what *_take_record() gives -> EVENT_RECORDED */
	ACTION_PROGRESS,	/* numbers for watchers changed; see *_progress() */
	/* The attempt is over with this outcome; nothing follows. What was to be sent before leaves
	 * first, then all is closed. */
	ACTION_END,
	/* Sender. */
	ACTION_OPEN_SOURCE,	/* -> EVENT_SOURCE_OPENED */
	ACTION_IDENTIFY_SOURCE, /* -> EVENT_SOURCE_IDENTIFIED */
	ACTION_SKIP_SOURCE,	/* drop bytes of a stream without copying -> EVENT_SOURCE_SKIPPED */
	ACTION_DIAL, /* connect a control connection or lane to address number n -> EVENT_DIALED */
	ACTION_JOIN_LANE,     /* send JOIN on a dialed lane, await JOINED -> EVENT_LANE_JOINED */
	ACTION_SEND_CHUNK,    /* read, hash, frame, send; in order per lane -> EVENT_CHUNK_SENT */
	ACTION_RELEASE_CHUNK, /* a stream's chunk is durable: its held slot is free */
	/* Receiver. */
	ACTION_STEP, /* -> EVENT_STEP_DONE */
};

struct transfer_action {
	enum transfer_action_kind kind;
	union {
		struct message message; /* SEND */
		struct {
			int connection;	  /* CLOSE, DIAL, JOIN_LANE */
			uint32_t address; /* DIAL: index into the host's addresses */
		} connection;
		struct {
			uint64_t first; /* first chunk */
			uint32_t count; /* how many chunks */
		} digests;		/* LOAD_DIGESTS */
		struct {
			int lane;		/* SEND_CHUNK */
			uint64_t chunk;		/* index */
			uint64_t offset;	/* in source or part file */
			uint32_t bytes;		/* how much to read; a stream may give less */
			uint8_t tries;		/* earlier sends of this chunk that arrived bad */
			uint64_t not_before_ns; /* SEND_CHUNK: pace (limit rate); 0 = at once */
		} chunk;			/* SEND_CHUNK, RECHECK, RELEASE_CHUNK */
		struct {
			uint64_t bytes;
		} skip;			/* SKIP_SOURCE */
		enum receive_step step; /* STEP */
		struct outcome outcome; /* END */
	} of;
};
