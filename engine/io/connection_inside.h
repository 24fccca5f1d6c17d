/* SPDX-License-Identifier: Apache-2.0 */
/* connection_inside.h -- the inside of a connection, for the files named connection* only.
 *
 * A connection has two directions that know little of each other. Each has one op, and
 * whatever its user waits for is told from that op's end and from nowhere else: so nobody
 * is called from inside his own call, and one end of an op calls one callback at most, last
 * of all, because the callback may free the connection.
 *
 *   connection_receive()  -> receive_turn() -> submits, or has the outcome
 *   the op ends           -> absorbs what came -> receive_turn() -> ... -> the callback
 *
 * An outcome that is there before the user's call has returned waits for an OP_NOTHING. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/connection.h"
#include "io/tls_stream.h"

#define OUTCOME_PENDING 1 /* not over yet; outcomes are 0 or a negative errno */

/* One direction of a connection. */
struct direction {
	struct op op;		     /* the one op, of any kind */
	bool in_flight;		     /* op is submitted and not over */
	connection_fn done;	     /* who waits; NULL = nobody */
	uint8_t *data;		     /* the user's memory; only read when sending */
	size_t bytes;		     /* how many the user wants moved */
	size_t moved;		     /* of these; TLS: decrypted, or encrypted */
	int outcome;		     /* for done: OUTCOME_PENDING, 0 or a negative errno */
	int over;		     /* 0, or why nothing moves this way any more */
	struct slot *slot;	     /* lent for cipher bytes; NULL = window is inlined */
	struct cipher_window window; /* TLS: cipher bytes that came, or that go */
	uint8_t inlined[HFT_CONNECTION_INLINE_BYTES]; /* window without a slot; plain: small pieces
						       */
};

struct connection {
	struct ops *ops;	  /* the loop it lives on */
	struct buffer_pool *pool; /* slots for cipher bytes; NULL = inlined only */
	struct tls_stream *tls;	  /* NULL = plain */
	void *owner;		  /* given to callbacks */
	int fd;			  /* -1 once aborted */
	bool aborted;		  /* everything ends with -ECANCELED */
	bool freed;		  /* goes away when nothing is in flight */
	connection_fn handshake;  /* who waits for the handshake; NULL = nobody */
	int handshake_outcome;	  /* OUTCOME_PENDING until it is decided */
	bool open;		  /* the handshake went well */
	bool receive_stalled;	  /* decrypting waits until the outgoing window has been sent */
	bool shutdown_wanted;	  /* nothing is sent any more */
	bool farewell_said;	  /* close_notify is in the window, or has left */
	size_t send_retry_bytes;  /* a write to be repeated with the same length; 0 = none */
	size_t send_counted;	  /* of send.moved, already in bytes_sent */
	uint64_t bytes_received;  /* plain bytes */
	uint64_t bytes_sent;	  /* plain bytes */
	struct fingerprint peer;  /* once open, with TLS */
	struct direction receive; /* from the peer */
	struct direction send;	  /* to the peer */
	char peer_text[HFT_ADDRESS_BYTES];	     /* where the peer is */
	char failure[HFT_CONNECTION_SENTENCE_BYTES]; /* the first one; "" = none */
};

/* ---- connection.c: what both directions need ---- */

/* Submits the direction's op for `bytes` of `data`; kind is OP_RECV or OP_SEND. */
void connection_submit(struct connection *connection, struct direction *direction,
		       enum op_kind kind, void *data, size_t bytes);
/* Has the direction's op end at the next dispatch; nothing happens when it is in flight. */
void connection_later(struct connection *connection, struct direction *direction);
/* Borrows a slot for the direction's empty window, if there is one to be had. */
void connection_borrow(struct connection *connection, struct direction *direction);
/* Tells a final outcome to who waits, and gives the slot back, in this order; nothing when it is
 * pending or nobody waits. The connection may be gone afterwards. */
void connection_tell(struct connection *connection, struct direction *direction);
/* Notes why it failed, if nothing was noted before. */
void connection_note(struct connection *connection, const char *sentence);
/* Notes TLS's reason, and that nothing moves any more. Returns -EBADMSG. */
int connection_note_tls(struct connection *connection);
/* Notes what the system said against this direction, which is over by that. Returns `error`. */
int connection_note_error(struct connection *connection, struct direction *direction, int error);
/* The first step at the end of an op: it is not in flight any more. */
void connection_op_over(struct direction *direction);
/* True if the connection was freed by its user; it is gone then, unless an op is in flight. */
bool connection_bury(struct connection *connection);

/* ---- connection_handshake.c ---- */

/* Goes on after an op of either direction has ended during the handshake. */
void handshake_op_over(struct connection *connection);

/* ---- connection_receive.c ---- */

/* The end of an op of the receiving direction. */
void receive_op_done(struct op *op);

/* ---- connection_send.c ---- */

/* The end of an op of the sending direction. */
void send_op_done(struct op *op);
/* Sends what TLS has put into the window out by itself, and the farewell when it is wanted;
 * nothing happens when an op is in flight, which does so at its end. */
void send_rest(struct connection *connection);
