/* SPDX-License-Identifier: Apache-2.0 */
/* event.h -- what happens to an attempt, as told to the deciders sender and receiver.
 *
 * An event is a fact with its numbers; it never carries file bytes. Pointers in an event are
 * valid only during the call that hands it over.
 *
 * Order. Each action is answered exactly once, except that nothing more is heard of a connection
 * after its EVENT_LOST, after ACTION_CLOSE, and after a failed EVENT_DIALED or
 * EVENT_LANE_JOINED: no CHUNK_SENT, no MESSAGE, until it is dialed again. What was asked of journal
 * and disk is always answered, in the order in which it was asked (each kind on its own). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/checksum.h"
#include "record/checkpoint.h"
#include "record/chunk_digest.h"
#include "record/completed_row.h"
#include "record/identity.h"
#include "record/outcome.h"
#include "transfer/step.h"
#include "wire/messages.h"

/* Names a connection of a session: lanes count from 0, the control connection is apart. */
#define CONNECTION_CONTROL (-1)

enum transfer_event_kind {
	/* Both sides. */
	EVENT_TICK,    /* time has come to the wanted deadline, or passed */
	EVENT_MESSAGE, /* a control message arrived */
	EVENT_LOST,    /* a connection ended or failed; error says how */
	/* The user, a forced stop or a newer attempt ends it; outcome says why. At the receiver 208
	 * and 911 mean that somebody newer took over: it ends at once and leaves all as it is. */
	EVENT_CANCEL,
	EVENT_CHECKPOINT_LOADED, /* answer to ACTION_LOAD_CHECKPOINT */
	EVENT_DIGESTS_LOADED,	 /* answer to ACTION_LOAD_DIGESTS */
	EVENT_RECHECKED,	 /* answer to ACTION_RECHECK */
	EVENT_RECORDED,		 /* answer to ACTION_RECORD: durable, or error */
	/* Sender. */
	EVENT_SOURCE_OPENED,	 /* answer to ACTION_OPEN_SOURCE */
	EVENT_SOURCE_IDENTIFIED, /* answer to ACTION_IDENTIFY_SOURCE */
	EVENT_SOURCE_SKIPPED,	 /* answer to ACTION_SKIP_SOURCE */
	EVENT_DIALED,		 /* a connection stands, TLS done and pinned; or error */
	EVENT_LANE_JOINED,	 /* the receiver answered JOINED on that lane; or error */
	EVENT_CHUNK_SENT,	 /* a chunk was read, hashed and taken by the socket; or error */
	/* Receiver. */
	EVENT_STEP_DONE,     /* answer to ACTION_STEP */
	EVENT_CHUNK_WRITTEN, /* answer to a CHUNK_KEEP verdict */
};

struct transfer_event {
	enum transfer_event_kind kind;
	int error;	      /* 0 or negative errno, where the kind can fail */
	int connection;	      /* LOST, DIALED, LANE_JOINED, CHUNK_SENT: which */
	const char *sentence; /* LOST, DIALED: reason for people; NULL = none */
	/* CHECKPOINT_LOADED at the receiver: the stored result, if this transfer id is done
	 * already (D-42); it answers only for the same source identity and not for FROM_START.
	 * NULL = none. */
	const struct completed_row *completed;
	union {
		const struct message *message;	     /* MESSAGE */
		const struct outcome *outcome;	     /* CANCEL */
		const struct checkpoint *checkpoint; /* CHECKPOINT_LOADED; NULL = none */
		struct {
			uint64_t first;		   /* first chunk, as asked for */
			uint32_t count;		   /* how many were found, in a row from first */
			const struct digest *list; /* [count] */
		} digests;			   /* DIGESTS_LOADED */
		struct {
			uint64_t chunk;		 /* as asked for */
			struct digest digest;	 /* of what is on disk now; error if unreadable */
		} recheck;			 /* RECHECKED */
		struct source_identity identity; /* SOURCE_OPENED, SOURCE_IDENTIFIED */
		struct {
			uint64_t chunk; /* index */
			uint32_t bytes; /* really read; less than asked: the source shrank.
					 * Then nothing was sent, and it may be told as
					 * read_failed with -ENODATA as well */
			/* A stream ended with this chunk; bytes may be 0. Chunks that were asked
			 * for behind the end are answered with 0 bytes and last. */
			bool last;
			bool read_failed;     /* error is the source's, not the connection's */
			struct digest digest; /* of the bytes */
		} sent;			      /* CHUNK_SENT */
		struct {
			enum receive_step step; /* which */
			uint64_t bytes; /* OPEN_PART, STAT_TARGET: length; COPY_TO_TARGET: copied */
			uint64_t cost_ns; /* SYNC_DATA: how long it took */
		} step;			  /* STEP_DONE */
		struct {
			uint64_t chunk; /* index; comes also after its lane was lost */
		} written;		/* CHUNK_WRITTEN */
	} of;
};
