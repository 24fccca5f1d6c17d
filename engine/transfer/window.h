/* SPDX-License-Identifier: Apache-2.0 */
/* window.h -- the chunks between "taken from the plan" and "written over there".
 *
 * A bounded, ascending list with, for each chunk, which lane has it, whether we know its digest
 * and whether the receiver has it. A chunk leaves when it is hashed and stored. What a
 * lost lane had goes back to be sent by any other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/ranges.h"

enum window_state {
	WINDOW_TODO,   /* no lane has it */
	WINDOW_ISSUED, /* a lane reads and sends it; EVENT_CHUNK_SENT will come */
	WINDOW_SENT,   /* the socket took it; STORED or AGAIN will come */
};

struct window_chunk {
	uint64_t chunk;		 /* index in the file */
	struct digest digest;	 /* of its bytes, if hashed */
	enum window_state state; /* see above */
	uint8_t lane;		 /* ISSUED, SENT: who has it */
	uint8_t tries;		 /* how often it arrived bad */
	uint8_t sends;		 /* how often it was issued, up to 255 */
	bool hashed;		 /* digest is known */
	bool stored;		 /* the receiver has written it */
	bool again;		 /* ISSUED: it arrived bad before its CHUNK_SENT came */
};

struct window {
	struct window_chunk list[HFT_INFLIGHT_MAX]; /* ascending by chunk */
	uint32_t count;				    /* in use */
	uint32_t todo_count;			    /* of these WINDOW_TODO */
	uint8_t outstanding[HFT_LANES_MAX];	    /* CHUNK_SENTs that a lane owes */
};

/* Empty, and no lane owes anything. */
void window_init(struct window *window);

/* The chunk, or NULL. */
struct window_chunk *window_find(struct window *window, uint64_t chunk);

/* Adds a chunk that is to be sent. Requires room, and that it is not there. */
struct window_chunk *window_add(struct window *window, uint64_t chunk);

/* The first one that no lane has, or NULL. */
struct window_chunk *window_next(struct window *window);

/* Gives it to a lane. */
void window_issue(struct window *window, struct window_chunk *chunk, int lane);

/* A lane sent it. Returns the chunk; NULL when it is not in the window (any more). */
struct window_chunk *window_sent(struct window *window, uint64_t chunk, int lane,
				 const struct digest *digest);

/* It arrived bad and is to be sent again. Returns the chunk; NULL when it is not in
 * the window. */
struct window_chunk *window_again(struct window *window, uint64_t chunk);

/* The receiver has written these. */
void window_stored(struct window *window, const struct ranges *stored);

/* The lane is lost, and with it what it had and is not known to be written. */
void window_lane_lost(struct window *window, int lane);

/* Takes out one chunk that is hashed and stored; false when there is none. */
bool window_take(struct window *window, uint64_t *ret_chunk, struct digest *ret_digest);

/* Takes out all from chunk `end` on: the stream ended there. */
void window_cut(struct window *window, uint64_t end);
