/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_state.h -- the inside of a receiver, shared by the files receiver*.c and nobody else.
 *
 *   receiver.c            the way in and out: init, dispatch, actions, deadlines
 *   receiver_open.c       LOADING, UNDOING, OPENING, RECHECKING
 *   receiver_agree.c      ACCEPTING, AGREEING
 *   receiver_data.c       chunks: admitted, arrived, written
 *   receiver_checkpoint.c the order "written, synced, journaled, told"
 *   receiver_finish.c     STREAMING, VERIFYING, PUBLISHING, ANSWERING
 *   receiver_rejoin.c     the connection lost and back; lanes
 *   receiver_message.c    what we say: every message, and the checkpoint
 *   receiver_end.c        CLEANING, and how it ends: every outcome */
#pragma once

#include "transfer/cadence.h"
#include "transfer/ledger.h"
#include "transfer/plan.h"
#include "transfer/publish.h"
#include "transfer/receiver.h"
#include "transfer/recheck.h"
#include "transfer/silence.h"
#include "transfer/todo.h"

enum receiver_state {
	RECEIVER_LOADING,    /* our checkpoint is being loaded */
	RECEIVER_UNDOING,    /* an append that is not wanted any more is cut back */
	RECEIVER_OPENING,    /* folder and part file */
	RECEIVER_RECHECKING, /* the last durable chunks are read again */
	RECEIVER_ACCEPTING,  /* digests to show are loaded, the start is journaled */
	RECEIVER_AGREEING,   /* ACCEPT is out, BEGIN is awaited */
	RECEIVER_STREAMING,  /* chunks come in */
	RECEIVER_VERIFYING,  /* FINISH came; the file digest is made and compared */
	RECEIVER_PUBLISHING, /* steps of publish.h */
	RECEIVER_ANSWERING,  /* published and journaled; CONFIRM is awaited */
	RECEIVER_CLEANING,   /* failed; part file and journal are put in the agreed state */
	RECEIVER_ENDED,
	RECEIVER_STATES, /* how many; not a state */
};

/* Where a checkpoint is on its way. */
enum receiver_cycle {
	CYCLE_IDLE,
	CYCLE_NAMING,	 /* STEP_SYNC_FOLDER is out: the name of a new part file becomes durable,
			  * while ACCEPT is on its way; nothing in it is worth anything before */
	CYCLE_SYNCING,	 /* STEP_SYNC_DATA is out */
	CYCLE_RECORDING, /* ACTION_RECORD is out */
};

/* What a LOAD_DIGESTS is for. */
enum receiver_load {
	LOAD_NOTHING, /* none is out */
	LOAD_RECHECK,
	LOAD_CHAIN,
	LOAD_TAIL,
	LOAD_ANSWER, /* DIGESTS_REQUEST */
};

/* What the peer is told at the end. */
enum receiver_notice {
	NOTICE_NOTHING, /* it is gone, or it said so itself */
	NOTICE_RESULT,	/* COMPLETE; REFUSE before ACCEPT */
	NOTICE_CANCEL,	/* CANCEL; REFUSE before ACCEPT */
};

struct receiver {
	struct receiver_settings settings;
	struct message_offer offer; /* of the sender; session_epoch is kept up to date */
	uint64_t capabilities;	    /* that both have */
	enum receiver_state state;
	uint64_t now_ns;	       /* of the event being handled */
	struct todo_list todo;	       /* decided and not taken */
	struct outcome outcome;	       /* how it ended, or ends */
	bool end_taken;		       /* ACTION_END is out */
	enum resume_reason reason;     /* why it starts from byte 0, or with less */
	bool answers_completed;	       /* ACCEPT says that it is done already */
	bool begins_anew;	       /* an earlier publish is finished first, for the journal */
	struct source_identity source; /* of what is recorded: the offer's, or that of the
					* earlier publish */
	char answer_name[HFT_NAME_BYTES]; /* and under which name it was published */

	/* The file. */
	struct plan plan;
	enum target_mode mode;		/* of the definition; REPLACE for NEW received anew */
	char part_name[HFT_NAME_BYTES]; /* beneath folder */
	enum checkpoint_stage stage;	/* for the next record */
	bool is_loaded;			/* what the journal has is known */
	bool has_record;		/* the journal has a checkpoint of this transfer */
	bool discard;			/* an older part file is removed first */
	bool part_is_open;		/* the part file exists */
	bool is_named;			/* and its name is durable */
	bool repaired;			/* chunks were dropped */
	uint32_t record_attempt;	/* attempt that made the checkpoint that was found */
	uint64_t started_wall_ns;	/* of the first attempt */
	uint64_t append_base;		/* length of the target before */
	bool has_earlier;		/* append: this transfer id was appended before */
	uint64_t earlier_base;		/* where that piece starts */
	uint64_t earlier_bytes;		/* and its length */

	/* The connection. */
	bool is_talking;	/* a control connection stands */
	bool is_accepted;	/* ACCEPT went out once */
	struct silence silence; /* valid after ACCEPT while is_talking */
	uint64_t wanted_ns;	/* deadline given out last */
	uint64_t patience_ns;	/* no connection, or no CONFIRM: until then; 0 = none */
	uint32_t lanes_granted;
	uint64_t lanes_joined; /* a bit per lane */
	uint32_t rejoins;      /* connections repaired */
	uint64_t noticed_ms;   /* silence before the last loss was noticed */

	/* Chunks. */
	struct ranges written;		    /* in the part file; includes durable */
	struct ranges recording;	    /* what the sync or record under way covers */
	struct ranges durable;		    /* synced and journaled */
	struct ranges fresh;		    /* written since the last STORED */
	uint64_t writing[HFT_INFLIGHT_MAX]; /* being written now */
	uint32_t writing_count;
	uint64_t short_chunk;	     /* stream: the chunk that was not whole; UINT64_MAX = none */
	uint32_t short_bytes;	     /* its length */
	bool stored_queued;	     /* STORED waits to be taken */
	bool durable_queued;	     /* DURABLE waits to be taken */
	bool shrinking;		     /* BEGIN agreed on less; its record is out */
	struct digest finish_digest; /* what FINISH says */
	struct digest digest;	     /* of the file, when verified */
	uint64_t moved_bytes;	     /* payload that came in */
	uint64_t resent_bytes;	     /* of these of chunks that came more than once */
	uint64_t skipped_bytes;	     /* durable before this attempt */

	/* The disk and the journal: one step, one record, one load at a time. */
	struct cadence cadence;
	enum receiver_cycle cycle;
	uint64_t cost_ns;	 /* of the sync under way */
	bool step_busy;		 /* ACTION_STEP is out */
	bool record_busy;	 /* ACTION_RECORD is out */
	bool record_final;	 /* and it is the final one */
	bool disk_failed;	 /* a sync or write failed: nothing new may be claimed */
	enum receiver_load load; /* LOAD_DIGESTS is out, for this */
	bool recheck_busy;	 /* ACTION_RECHECK is out */
	uint64_t asked_first;	 /* DIGESTS_REQUEST waiting, or being answered */
	uint32_t asked_count;	 /* 0 = none */
	struct publish publish;	 /* PUBLISHING, UNDOING, CLEANING */
	bool is_renamed;	 /* the target has the new content */
	bool is_final;		 /* the final record is durable: nothing can fail any more */

	/* The end. */
	enum receiver_notice notice;
	bool journal_failed; /* nothing can be recorded any more */
	bool salvaged;	     /* CLEANING: what was written is synced, or cannot be */
	bool cutting;	     /* CLEANING: publish is at CUT_BACK */
	bool cleaning;	     /* CLEANING: publish is at CLEAN_UP */

	/* Large, and touched only when used. */
	struct ledger ledger;	/* digests on their way into the chain */
	struct recheck recheck; /* RECHECKING */
	uint16_t tail_count;	/* digests for ACCEPT */
	struct digest tail[HFT_TAIL_DIGESTS_MAX];
	uint32_t page_count; /* digests for DIGESTS */
	struct digest page[HFT_TAIL_DIGESTS_MAX];
};

/* One function per state: takes the event, returns the next state. */
typedef enum receiver_state (*receiver_step_fn)(struct receiver *r,
						const struct transfer_event *event);

/* receiver_open.c */
enum receiver_state receiver_loading(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_undoing(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_opening(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_rechecking(struct receiver *r, const struct transfer_event *event);
/* An earlier publish is finished, and now the offer is looked at again. */
enum receiver_state receiver_begin_anew(struct receiver *r);
/* Begins to finish what the journal says was being published. */
enum receiver_state receiver_recover_begin(struct receiver *r, const struct checkpoint *checkpoint);

/* receiver_agree.c */
enum receiver_state receiver_accept_begin(struct receiver *r);
enum receiver_state receiver_accepting(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_agreeing(struct receiver *r, const struct transfer_event *event);
/* Answers a DIGESTS_REQUEST, now or when the journal is free. */
void receiver_asked(struct receiver *r, const struct message_digests_request *request);
/* Does what the loads that wait ask for. */
void receiver_drive_loads(struct receiver *r);
/* Digests came from the journal while data flows. Returns the next state. */
enum receiver_state receiver_take_digests(struct receiver *r, const struct transfer_event *event);

/* receiver_data.c */
enum receiver_state receiver_chunk_written(struct receiver *r, const struct transfer_event *event);

/* receiver_checkpoint.c */
void receiver_record(struct receiver *r, bool is_final);
void receiver_step(struct receiver *r, enum receive_step step);
/* Makes the name of a new part file durable. */
void receiver_name(struct receiver *r);
/* Begins a checkpoint if one is due, or if `force`, and none is under way. */
void receiver_checkpoint(struct receiver *r, bool force);
/* Takes the answers of a checkpoint under way. True when the event was one. */
bool receiver_take_cycle(struct receiver *r, const struct transfer_event *event);
void receiver_say_stored(struct receiver *r);
void receiver_say_durable(struct receiver *r);

/* receiver_finish.c */
enum receiver_state receiver_streaming(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_verifying(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_publishing(struct receiver *r, const struct transfer_event *event);
enum receiver_state receiver_answering(struct receiver *r, const struct transfer_event *event);
/* Does the present row of publish. */
enum receiver_state receiver_publish_row(struct receiver *r);
enum receiver_state receiver_publish_begin(struct receiver *r, enum publish_way way);

/* receiver_rejoin.c */
enum receiver_state receiver_lost(struct receiver *r, const char *sentence);
enum receiver_state receiver_waited(struct receiver *r);

/* receiver_message.c */
void receiver_build_message(struct receiver *r, const struct todo *todo,
			    struct message *ret_message);

/* receiver_end.c: each sets the outcome and begins to clean up. */
enum receiver_state receiver_fail(struct receiver *r, enum receiver_notice notice);
enum receiver_state receiver_fail_disk(struct receiver *r, const char *what, int error);
enum receiver_state receiver_fail_journal(struct receiver *r, int error);
enum receiver_state receiver_fail_breach(struct receiver *r, const char *what);
enum receiver_state receiver_fail_resume(struct receiver *r);
enum receiver_state receiver_cancelled(struct receiver *r, const struct outcome *outcome);
enum receiver_state receiver_cleaning(struct receiver *r, const struct transfer_event *event);
/* ACTION_END, after what waits to be said. */
enum receiver_state receiver_end(struct receiver *r);
