/* SPDX-License-Identifier: Apache-2.0 */
/* sender_state.h -- the inside of a sender, shared by the files sender*.c and nobody else.
 *
 *   sender.c          the way in and out: init, dispatch, actions, deadlines
 *   sender_open.c     OPENING, LOADING, DIALING, OFFERING
 *   sender_agree.c    AGREEING, RECHECKING, SKIPPING
 *   sender_stream.c   STREAMING, FINISHING
 *   sender_rejoin.c   REJOINING
 *   sender_message.c  what we say: every message, and the checkpoint
 *   sender_end.c      how it ends: every outcome */
#pragma once

#include "transfer/agree.h"
#include "transfer/lanes.h"
#include "transfer/ledger.h"
#include "transfer/pace.h"
#include "transfer/plan.h"
#include "transfer/recheck.h"
#include "transfer/sender.h"
#include "transfer/silence.h"
#include "transfer/todo.h"
#include "transfer/window.h"

enum sender_state {
	SENDER_OPENING,	   /* the source is being opened */
	SENDER_LOADING,	   /* our checkpoint is being loaded */
	SENDER_DIALING,	   /* control connection to one address after the other */
	SENDER_OFFERING,   /* offer is out, ACCEPT or REFUSE is awaited */
	SENDER_AGREEING,   /* what both hold is being proven by digests */
	SENDER_RECHECKING, /* last chunks of it are read again */
	SENDER_SKIPPING,   /* a stream's durable prefix is dropped */
	SENDER_STREAMING,  /* chunks go out; also: waits for the receiver to shrink first */
	SENDER_FINISHING,  /* FINISH is out, COMPLETE is awaited */
	SENDER_REJOINING,  /* control connection lost; dialing again */
	SENDER_ENDED,
	SENDER_STATES, /* how many; not a state */
};

/* Why the source is being identified. */
enum identify_why {
	IDENTIFY_NOT,
	IDENTIFY_SHORT,	   /* a chunk was shorter than planned */
	IDENTIFY_FINISHED, /* all was read (D-235) */
	IDENTIFY_DONE,	   /* it is the same after reading as before */
};

struct sender {
	struct sender_settings settings;
	enum sender_state state;
	uint64_t now_ns;	/* of the event being handled */
	struct todo_list todo;	/* decided and not taken */
	struct outcome outcome; /* of ACTION_END and CANCEL */
	bool end_taken;		/* ACTION_END is out */

	/* The source and its chunks. */
	struct source_identity source; /* taken at the open */
	bool is_stream;		       /* not seekable */
	struct plan plan;	       /* valid after ACCEPT */
	enum identify_why identify;    /* IDENTIFY_SOURCE is out, or over */

	/* Our record of earlier attempts. */
	bool has_record;		 /* a checkpoint of this source and chunk size exists */
	struct chain record_chain;	 /* over what it says */
	uint32_t record_chunk_bytes;	 /* its chunk size; 0 = none */
	uint64_t record_started_wall_ns; /* its first attempt */
	bool from_start;		 /* offered so */
	uint32_t resume_check;	   /* chunks to prove again; all if the identity is in doubt */
	enum resume_reason reason; /* why it does not continue */

	/* The control connection. */
	uint32_t address;		  /* being dialed, or in use */
	uint64_t deadline_ns;		  /* of the whole try, or of the rejoin */
	uint64_t address_ns;		  /* of this address */
	uint64_t redial_ns;		  /* REJOINING: when to dial; 0 = a dial is out */
	uint32_t redials;		  /* REJOINING: dials so far */
	bool is_talking;		  /* the connection stands: messages can go out */
	bool is_accepted;		  /* the offer was accepted once */
	uint32_t session_epoch;		  /* of the present or next connection */
	struct silence silence;		  /* valid while is_talking */
	uint64_t wanted_ns;		  /* deadline given out last */
	char trouble[HFT_SENTENCE_BYTES]; /* why the last try of an address failed */

	/* What ACCEPT said. */
	struct id token;		 /* of the session */
	uint64_t peer_epoch;		 /* owner epoch of the receiver; 0 = none */
	uint32_t lanes_granted;		 /* by the receiver */
	char final_name[HFT_NAME_BYTES]; /* published as; "" = not yet */
	struct digest digest;		 /* of the file, when done */

	/* Data. */
	struct lanes lanes;
	struct pace pace;
	struct window window;	/* issued, not yet written over there */
	struct ranges stored;	/* written over there; includes durable */
	struct ranges durable;	/* durable over there */
	uint64_t cursor;	/* the next chunk never issued is here or behind */
	uint64_t released;	/* stream: chunks below are released */
	bool holds_back;	/* BEGIN made the receiver forget chunks: wait for DURABLE */
	bool sync_asked;	/* SYNC is out since the last DURABLE */
	bool finish_sent;	/* FINISH went out on this connection */
	bool begun;		/* BEGIN went out once: data may be on its way */
	bool skip_asked;	/* SKIP_SOURCE is out or over */
	bool skipped;		/* SKIP_SOURCE is over */
	uint64_t skip_chunks;	/* what it dropped; the stream goes on behind */
	uint64_t skipped_bytes; /* durable when data began to flow */
	uint64_t moved_bytes;	/* payload taken by sockets */
	uint64_t resent_bytes;	/* of these not for the first time */
	uint32_t rejoins;	/* connections repaired */
	uint32_t rechecked;	/* chunks of the prefix read again */
	uint64_t noticed_ms;	/* silence before the last loss was noticed */

	/* Journal: one LOAD and one RECORD at a time. */
	bool load_busy;	    /* LOAD_DIGESTS is out */
	bool load_stale;    /* its answer is for a question that is over */
	bool recheck_busy;  /* RECHECK is out */
	bool recheck_stale; /* as load_stale */
	bool ask_busy;	    /* DIGESTS_REQUEST is out */
	bool record_busy;   /* RECORD is out */
	bool record_wanted; /* something new to record */

	/* Large, and touched only when used. */
	struct ledger ledger;	/* digests on their way into the chain */
	struct agree agree;	/* AGREEING, and its tail in RECHECKING */
	struct recheck recheck; /* RECHECKING */
};

/* One function per state: takes the event, returns the next state. */
typedef enum sender_state (*sender_step_fn)(struct sender *s, const struct transfer_event *event);

/* sender_open.c */
enum sender_state sender_opening(struct sender *s, const struct transfer_event *event);
enum sender_state sender_loading(struct sender *s, const struct transfer_event *event);
enum sender_state sender_dialing(struct sender *s, const struct transfer_event *event);
enum sender_state sender_offering(struct sender *s, const struct transfer_event *event);
/* Checks an ACCEPT against what we offered. Returns 0, or a negative errno with a sentence in
 * s->trouble. */
HFT_MUST_USE int sender_check_accept(struct sender *s, const struct message *answer);
/* This transfer id is done already: ends with the stored result. */
enum sender_state sender_end_completed(struct sender *s, const struct message_accept *accept);
/* Dials the control connection; the answer must come within the address's share of the
 * time that is left. */
void sender_dial(struct sender *s, uint32_t address);

/* sender_agree.c */
enum sender_state sender_agree_begin(struct sender *s, const struct message_accept *accept);
/* Asks again what could not be asked while an answer to an older question was on its way. */
enum sender_state sender_agree_resume(struct sender *s);
enum sender_state sender_agreeing(struct sender *s, const struct transfer_event *event);
enum sender_state sender_rechecking(struct sender *s, const struct transfer_event *event);
enum sender_state sender_skipping(struct sender *s, const struct transfer_event *event);

/* sender_stream.c */
enum sender_state sender_stream_begin(struct sender *s);
enum sender_state sender_streaming(struct sender *s, const struct transfer_event *event);
enum sender_state sender_finishing(struct sender *s, const struct transfer_event *event);
/* Picks a chunk and a lane for it; false when nothing can be sent now. */
bool sender_next_chunk(struct sender *s, struct transfer_action *ret_action);
/* Does what the state of the data asks for: what is settled goes to the ledger, chains go
 * on, FINISH goes out when all is written over there. Returns the next state. */
enum sender_state sender_advance(struct sender *s);
/* Asks for a commit of what is durable; at once, or after the one under way. */
void sender_want_record(struct sender *s);
/* Goes on after a rejoin with what the receiver says it has. */
enum sender_state sender_stream_again(struct sender *s, const struct message_accept *accept);
/* The identity after reading, or after a short read, is here. */
enum sender_state sender_identified(struct sender *s, const struct transfer_event *event);
/* Digests of a run came from the journal, to continue the chain. */
void sender_chain_loaded(struct sender *s, const struct transfer_event *event);

/* sender_rejoin.c */
enum sender_state sender_rejoin_begin(struct sender *s, const struct transfer_event *event);
enum sender_state sender_rejoining(struct sender *s, const struct transfer_event *event);

/* sender_message.c */
void sender_build_message(struct sender *s, const struct todo *todo, struct message *ret_message);
void sender_build_hello(const struct sender *s, struct message *ret_message);
void sender_build_offer(const struct sender *s, struct message *ret_message);

/* sender_end.c: each sets the outcome, says CANCEL to the receiver where that helps, and
 * returns SENDER_ENDED. */
enum sender_state sender_end(struct sender *s);
enum sender_state sender_end_cancel(struct sender *s);
enum sender_state sender_end_by_peer(struct sender *s, const struct outcome *peer);
enum sender_state sender_end_breach(struct sender *s, const char *what);
enum sender_state sender_end_lost(struct sender *s, uint16_t detail, const char *reason);
enum sender_state sender_end_not_connected(struct sender *s, const char *reason);
enum sender_state sender_end_source(struct sender *s, int error);
enum sender_state sender_end_resume_refused(struct sender *s);
enum sender_state sender_end_source_changed(struct sender *s, const struct source_identity *now);
enum sender_state sender_end_journal(struct sender *s, int error);
