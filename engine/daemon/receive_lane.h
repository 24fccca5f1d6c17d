/* SPDX-License-Identifier: Apache-2.0 */
/* receive_lane.h -- one lane at the receiving side: takes chunks off the socket and writes them.
 *
 * Header, then payload and seal into a slot, hash while hot, then write at the offset the
 * receiver names, while the next chunk comes in. A slot is lent only when a header has
 * arrived, and whoever lets us wait for the payload too long is cut off. */
#ifndef HFT_DAEMON_RECEIVE_LANE_H
#define HFT_DAEMON_RECEIVE_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/timers.h"
#include "io/buffer_pool.h"
#include "io/connection.h"
#include "io/op.h"
#include "transfer/receiver.h"
#include "wire/frame.h"

struct receive_session;

struct lane_write {
	struct receive_lane *lane;
	struct slot *slot; /* NULL = free place */
	struct op op;
	uint64_t chunk;	  /* index */
	uint32_t bytes;	  /* to write, rounded up to the alignment */
	uint32_t written; /* bytes of it that are written */
};

struct receive_lane {
	struct receive_session *session;
	struct connection *connection;
	int number;	   /* from 0 */
	bool closing;	   /* receive_lane_close() was called */
	bool calling;	   /* inside a callback */
	bool receiving;	   /* a receive is in flight */
	bool sending;	   /* JOINED is on its way */
	bool paused;	   /* all places for writes are taken */
	uint32_t writes;   /* in flight */
	struct slot *slot; /* being filled; NULL = none */
	struct slot_waiter waiter;
	enum chunk_verdict verdict; /* of the header */
	struct frame_header header;
	struct timer payload_timer; /* cuts off who sends a header and no payload */
	struct lane_write write[HFT_LANE_WRITES_MAX]; /* writes in flight */
	uint8_t in_header[HFT_FRAME_BYTES];	      /* being received */
	uint8_t out[HFT_HANDSHAKE_BYTES];	      /* JOINED, being sent */
};

/* Takes an idle connection whose JOIN was granted, sends JOINED and starts to receive. */
void receive_lane_open(struct receive_lane *lane, struct receive_session *session,
		       struct connection *connection, int number); /* from 0 */
/* Closes the hard way; receive_session_lane_gone() follows, perhaps from here. Idempotent. */
void receive_lane_close(struct receive_lane *lane);

#endif
