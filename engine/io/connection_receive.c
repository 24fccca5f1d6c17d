/* SPDX-License-Identifier: Apache-2.0 */
/* connection_receive.c -- exact counts from the peer (connection.h, connection_inside.h).
 *
 * Plain: the kernel writes into the user's memory, or, for what is small, into the
 * connection's own, so that a control connection may be freed with a receive in flight.
 * TLS: little is received into the inlined window, as much as there is; a payload into a
 * borrowed slot, and of it no more than the payload needs, so that the slot is empty when the
 * payload is complete and never kept by a connection that waits for its user. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/connection_inside.h"

static bool receive_is_small(const struct connection *connection)
{
	return connection->receive.bytes <= sizeof(connection->receive.inlined);
}

/* ---- what came ---- */

/* The stream has ended. Under TLS this is never in good order: that is said by TLS. */
static int receive_ended(struct connection *connection)
{
	struct direction *receive = &connection->receive;

	receive->over = -ECONNRESET;
	if (connection->handshake)
		connection_note(connection, "the peer closed the connection during the handshake");
	else if (connection->tls)
		connection_note(connection, "the connection ended without a farewell");
	else if (receive->moved > 0)
		connection_note(connection, "the peer closed the connection in mid-sentence");
	else
		receive->over = -ENODATA;
	if (receive->over == -ENODATA)
		connection_note(connection, "the peer closed the connection");
	return receive->over;
}

static void receive_absorb(struct connection *connection)
{
	struct direction *receive = &connection->receive;
	int64_t result = receive->op.result;

	if (receive->op.kind == OP_NOTHING)
		return;
	if (result < 0) {
		receive->outcome = connection_note_error(connection, receive, (int)result);
		return;
	}
	if (result == 0) {
		receive->outcome = receive_ended(connection);
		return;
	}
	if (connection->tls) {
		receive->window.end += (size_t)result;
		return;
	}
	if (receive_is_small(connection))
		memcpy(receive->data + receive->moved, receive->inlined, (size_t)result);
	receive->moved += (size_t)result;
	connection->bytes_received += (uint64_t)result;
}

/* ---- what is still to come ---- */

static int receive_plain_turn(struct connection *connection)
{
	struct direction *receive = &connection->receive;
	size_t left = receive->bytes - receive->moved;
	uint8_t *target = receive->data + receive->moved;

	if (left == 0)
		return 0;
	if (receive_is_small(connection))
		target = receive->inlined;
	connection_submit(connection, receive, OP_RECV, target, left);
	return OUTCOME_PENDING;
}

static void receive_cipher(struct connection *connection)
{
	struct direction *receive = &connection->receive;
	size_t left = receive->bytes - receive->moved;
	size_t wanted = 0;

	receive->window.start = 0;
	receive->window.end = 0;
	if (left > sizeof(receive->inlined))
		connection_borrow(connection, receive);
	wanted = receive->window.capacity;
	if (receive->slot)
		wanted = min_size(wanted, tls_stream_needed(connection->tls, left));
	connection_submit(connection, receive, OP_RECV, receive->window.memory, wanted);
}

/* The peer has said its farewell: in good order if it was not in the middle of something. */
static int receive_closed(struct connection *connection)
{
	struct direction *receive = &connection->receive;

	receive->over = receive->moved > 0 ? -ECONNRESET : -ENODATA;
	connection_note(connection, receive->moved > 0
					    ? "the peer closed the connection in mid-sentence"
					    : "the peer closed the connection");
	return receive->over;
}

static int receive_tls_turn(struct connection *connection)
{
	struct direction *receive = &connection->receive;
	size_t moved = 0;
	enum tls_progress progress = tls_stream_read(connection->tls,
						     receive->data + receive->moved,
						     receive->bytes - receive->moved, &moved);

	receive->moved += moved;
	connection->bytes_received += moved;
	send_rest(connection); /* an alert, or the answer to a key update */
	switch (progress) {
	case TLS_DONE:
		return 0;
	case TLS_CLOSED:
		return receive_closed(connection);
	case TLS_WANTS_INPUT:
		receive_cipher(connection);
		return OUTCOME_PENDING;
	case TLS_WANTS_ROOM: /* the sending direction wakes us when there is */
		if (connection->send.over)
			return connection->send.over;
		connection->receive_stalled = true;
		return OUTCOME_PENDING;
	case TLS_FAILED:
	default:
		return connection_note_tls(connection);
	}
}

static int receive_turn(struct connection *connection)
{
	if (connection->receive.over)
		return connection->receive.over;
	return connection->tls ? receive_tls_turn(connection) : receive_plain_turn(connection);
}

void receive_op_done(struct op *op)
{
	struct connection *connection = op->owner;
	struct direction *receive = &connection->receive;

	connection_op_over(receive);
	if (connection_bury(connection))
		return;
	if (connection->aborted)
		receive->outcome = -ECANCELED;
	else
		receive_absorb(connection);
	if (connection->handshake) {
		handshake_op_over(connection);
		return;
	}
	if (receive->done && receive->outcome == OUTCOME_PENDING)
		receive->outcome = receive_turn(connection);
	connection_tell(connection, receive);
}

void connection_receive(struct connection *connection, void *data, size_t bytes, connection_fn done)
{
	struct direction *receive = &connection->receive;

	assert(!receive->done && !connection->handshake && !connection->freed);
	assert(data && bytes > 0 && done);
	assert(connection->open || !connection->tls || receive->over || connection->aborted);

	receive->done = done;
	receive->data = data;
	receive->bytes = bytes;
	receive->moved = 0;
	receive->outcome = connection->aborted ? -ECANCELED : OUTCOME_PENDING;
	if (receive->outcome == OUTCOME_PENDING)
		receive->outcome = receive_turn(connection);
	if (receive->outcome != OUTCOME_PENDING)
		connection_later(connection, receive);
}
