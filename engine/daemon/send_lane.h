/* SPDX-License-Identifier: Apache-2.0 */
/* send_lane.h -- one lane at the sending side: reads chunks, hashes, frames and sends them in
 * order.
 *
 * Up to HFT_LANE_DEPTH chunks are in work at once: the next are read while the first is sent. A
 * chunk, its header and its seal are one contiguous send from one slot. It decides nothing: which
 * chunk comes when is the sender's business, and so is what follows a failure. */
#ifndef HFT_DAEMON_SEND_LANE_H
#define HFT_DAEMON_SEND_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timers.h"
#include "daemon/dial.h"
#include "io/buffer_pool.h"
#include "io/op.h"
#include "transfer/action.h"
#include "wire/frame.h"

struct send_session;

enum lane_job_state {
	JOB_NONE,
	JOB_SLOT, /* waits for a slot */
	JOB_TURN, /* a stream: waits until the chunk before it was read */
	JOB_READING,
	JOB_READY, /* framed; waits to be the first, and for its time */
	JOB_SENDING,
};

struct lane_job {
	struct send_lane *lane;
	enum lane_job_state state;
	uint64_t chunk;		/* index */
	uint64_t offset;	/* in the source */
	uint32_t wanted;	/* bytes asked for */
	uint32_t bytes;		/* bytes read so far */
	uint8_t tries;		/* earlier sends that arrived bad */
	bool last;		/* the source ended in it */
	bool held;		/* slot belongs to the session's held chunks, not to the job */
	int error;		/* of the read */
	uint64_t not_before_ns; /* pace; 0 = at once */
	struct digest digest;
	struct slot *slot;
	struct slot_waiter waiter;
	struct op read; /* of the chunk into its slot */
};

enum lane_state {
	LANE_IDLE,
	LANE_DIALING,
	LANE_DIALED, /* stands; JOIN not yet sent */
	LANE_JOINING,
	LANE_READY,
	LANE_CLOSING, /* waits for what is in flight */
};

struct send_lane {
	struct send_session *session;
	int number; /* from 0 */
	enum lane_state state;
	struct dial dial;
	struct connection *connection;
	bool sending;				 /* a send is in flight */
	bool receiving;				 /* a receive is in flight */
	bool calling;				 /* inside a callback of the connection */
	uint32_t reads;				 /* file reads in flight */
	struct lane_job job[HFT_LANE_DEPTH];	 /* a ring */
	uint32_t job_first;			 /* oldest job */
	uint32_t job_count;			 /* jobs in work */
	struct timer pace;			 /* fires when the first job may be sent */
	struct frame_header header;		 /* of the answer to JOIN */
	uint8_t out[HFT_HANDSHAKE_BYTES];	 /* HELLO and JOIN */
	uint8_t in_header[HFT_FRAME_BYTES];	 /* being received */
	uint8_t in_payload[HFT_HANDSHAKE_BYTES]; /* answer to JOIN, being received */
};

/* An idle lane; its memory needs no earlier init. */
void send_lane_init(struct send_lane *lane, struct send_session *session, int number);
/* ACTION_DIAL on a lane. */
void send_lane_dial(struct send_lane *lane, uint32_t address);
/* ACTION_JOIN_LANE. */
void send_lane_join(struct send_lane *lane);
/* ACTION_SEND_CHUNK. */
void send_lane_chunk(struct send_lane *lane, const struct transfer_action *action);
/* A stream's turn moved on: jobs that waited for it may read. */
void send_lane_kick(struct send_lane *lane);
/* Closes the hard way; send_session_lane_gone() follows, perhaps from here, when nothing is in
 * flight. Idempotent. */
void send_lane_close(struct send_lane *lane);

#endif
