/* SPDX-License-Identifier: Apache-2.0 */
/* send_session.h -- carries out what the sender decides: one try of one request on its mover.
 *
 * Turns actions into ops, dials and journal requests, and what comes back into events. When the
 * sender has said END it closes everything, waits until nothing is in flight, and reports. */
#ifndef HFT_DAEMON_SEND_SESSION_H
#define HFT_DAEMON_SEND_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/timers.h"
#include "daemon/dial.h"
#include "daemon/frame_channel.h"
#include "daemon/send_lane.h"
#include "daemon/send_task.h"

/* A chunk of a stream, kept until it is durable over there. */
struct held_chunk {
	struct slot *slot; /* NULL = free place */
	uint64_t chunk;	   /* index */
	uint32_t bytes;	   /* of its payload */
	bool last;	   /* the stream ends with it */
	uint32_t users;	   /* lanes that have it in hand; its slot goes back when there is none */
	bool released;	   /* durable: goes when it is not busy */
	struct digest digest;
};

struct send_session {
	struct list_node node; /* in mover->sends */
	struct mover *mover;
	struct send_task *task;
	struct sender *sender;	/* lies behind the struct */
	uint32_t holds;		/* what is in flight and must come back before the end */
	bool running;		/* inside send_session_run() */
	bool ended;		/* ACTION_END was taken */
	bool abandoned;		/* the engine ends: nobody is told */
	bool connected;		/* REPORT_CONNECTED went out */
	struct outcome outcome; /* of ACTION_END */
	int source_fd;		/* -1 = not open */
	bool source_is_ours;	/* opened here, to be closed here */
	bool source_is_stream;	/* a pipe or FIFO: read once, in order */
	uint64_t stream_next;	/* chunk of the stream that is read next */
	bool stream_reading;	/* a job reads from it now */
	bool stream_ended;	/* its end was read: there are no more chunks */
	struct held_chunk held[HFT_STREAM_HELD_MAX]; /* kept until durable */
	struct dial dial;			     /* of the control connection */
	bool dial_again;       /* dial dial_address when the present dial, given up, is over */
	uint32_t dial_address; /* of the latest dial of the control connection */
	struct connection *standing; /* dialed, waits until the old channel is gone */
	struct frame_channel channel;
	struct send_lane *lane[HFT_LANES_MAX]; /* by number; NULL = not dialed */
	struct timer timer;		       /* the sender's deadline */
	uint64_t reported_ns;		       /* when the last progress report went out */
	struct op file_op;		       /* open, stat, skip: one at a time */
	bool file_runs;			       /* file_op is in flight */
	uint64_t skip_left;		       /* bytes of a stream still to be dropped */
	uint64_t refused_lanes;		       /* dials that could not start, by lane number */
	struct op_stat stat;
	struct op check_op;		 /* re-check read */
	struct slot *check_slot;	 /* being read into; NULL = none */
	struct slot_waiter check_waiter; /* waits for check_slot */
	uint64_t check_chunk;		 /* index of the chunk being re-checked */
	struct journal_request record;	 /* RECORD in flight */
	struct journal_request load;	 /* LOAD_CHECKPOINT, LOAD_DIGESTS in flight */
	struct checkpoint checkpoint;	 /* being recorded or loaded */
	struct checkpoint loaded;	 /* what the journal had */
	struct chunk_digest digests[HFT_CHECKPOINT_DIGESTS_MAX]; /* being recorded */
	struct digest page[HFT_JOURNAL_LOAD_DIGESTS_MAX];	 /* loaded */
	bool page_present[HFT_JOURNAL_LOAD_DIGESTS_MAX];	 /* which of page the journal had */
};

/* Bytes of one session with its sender, for the mover's slab. */
size_t send_session_bytes(void);

/* ORDER_SEND: takes a session from the mover's slab and starts. Reports ENDED at once if there is
 * none. */
void send_session_start(struct mover *mover, struct send_task *task);
/* ORDER_CANCEL. Reports that it was taken; nothing else happens if the task has ended. */
void send_session_cancel(struct mover *mover, struct send_task *task);

/* The engine ends: leaves everything as a crash would, and settles when nothing is in flight. No
 * report follows. Not from inside a callback of the session. Idempotent. */
void send_session_abandon(struct send_session *session);

/* For send_lane.c: hands an event to the sender and carries out what it wants. */
void send_session_event(struct send_session *session, const struct transfer_event *event);
/* For send_lane.c: the lane is closed and nothing of it is in flight; it is freed here. */
void send_session_lane_gone(struct send_session *session, struct send_lane *lane);

/* For send_source.c and send_records.c: one thing less in flight. */
void send_session_release(struct send_session *session);
/* The same, and the event it was waiting for. The session may be gone after it. */
void send_session_answer(struct send_session *session, const struct transfer_event *event);
/* Frees the session once its attempt has ended and nothing is in flight. Must be the last
 * thing a callback does. */
void send_session_settle(struct send_session *session);

#endif
