/* SPDX-License-Identifier: Apache-2.0 */
/* connection_send.c -- exact counts to the peer (connection.h, connection_inside.h).
 *
 * Plain: the kernel reads from the user's memory, or, for what is small, from a copy in the
 * connection. TLS: as many records as the window takes are encrypted, then sent by one op,
 * and so on; a slot makes the batches larger, and without one it works as well.
 * Between the user's sends the same op carries what TLS has to say by itself. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/connection_inside.h"

static bool send_has_cipher(const struct connection *connection)
{
	return connection->send.window.start < connection->send.window.end;
}

static void send_cipher(struct connection *connection)
{
	struct cipher_window *window = &connection->send.window;

	connection_submit(connection, &connection->send, OP_SEND, window->memory + window->start,
			  window->end - window->start);
}

static void send_drop_cipher(struct connection *connection)
{
	connection->send.window.start = 0;
	connection->send.window.end = 0;
}

/* ---- what went ---- */

/* All that was encrypted so far has gone. */
static void send_cipher_gone(struct connection *connection)
{
	send_drop_cipher(connection);
	connection->bytes_sent += connection->send.moved - connection->send_counted;
	connection->send_counted = connection->send.moved;
}

static void send_absorb(struct connection *connection)
{
	struct direction *send = &connection->send;
	int64_t result = send->op.result;

	if (send->op.kind == OP_NOTHING)
		return;
	if (result <= 0) {
		send->outcome = connection_note_error(connection, send,
						      result == 0 ? -EPIPE : (int)result);
		send_drop_cipher(connection);
		return;
	}
	if (connection->tls) {
		send->window.start += (size_t)result;
		if (!send_has_cipher(connection))
			send_cipher_gone(connection);
		return;
	}
	send->moved += (size_t)result;
	connection->bytes_sent += (uint64_t)result;
}

/* ---- what is still to go ---- */

/* Plain bytes for the next record: a full one or what is left; of an empty window that cannot
 * take that, what it can. 0: the window is to be sent first. */
static size_t send_record_bytes(const struct connection *connection)
{
	const struct cipher_window *window = &connection->send.window;
	size_t wanted = min_size(connection->send.bytes - connection->send.moved,
				 HFT_TLS_RECORD_BYTES);
	size_t room = window->capacity - window->end;
	size_t extra = TLS_RECORD_EXTRA_BYTES + TLS_RESERVE_BYTES;

	static_assert(HFT_CONNECTION_INLINE_BYTES >
			      2 * (TLS_RECORD_EXTRA_BYTES + TLS_RESERVE_BYTES),
		      "an inlined window takes no record");
	if (connection->send_retry_bytes > 0)
		return connection->send_retry_bytes;
	if (wanted + extra <= room)
		return wanted;
	return window->end == 0 ? room - extra : 0;
}

/* Encrypts until the window is full or nothing is left. 0, or what it failed by. */
static int send_encrypt(struct connection *connection)
{
	struct direction *send = &connection->send;

	while (send->moved < send->bytes) {
		size_t record = send_record_bytes(connection);
		enum tls_progress progress = TLS_WANTS_ROOM;

		if (record > 0)
			progress = tls_stream_write(connection->tls, send->data + send->moved,
						    record);
		if (progress == TLS_FAILED)
			return connection_note_tls(connection);
		if (progress != TLS_DONE) {
			connection->send_retry_bytes = record;
			break;
		}
		connection->send_retry_bytes = 0;
		send->moved += record;
	}
	return 0;
}

static int send_tls_turn(struct connection *connection)
{
	struct direction *send = &connection->send;
	int error = 0;

	if (!send_has_cipher(connection) && send->moved < send->bytes) {
		if (send->bytes - send->moved > sizeof(send->inlined))
			connection_borrow(connection, send);
		error = send_encrypt(connection);
	}
	if (error < 0 || !send_has_cipher(connection))
		return error;
	send_cipher(connection);
	return OUTCOME_PENDING;
}

static int send_plain_turn(struct connection *connection)
{
	struct direction *send = &connection->send;

	if (send->moved == send->bytes)
		return 0;
	connection_submit(connection, send, OP_SEND, send->data + send->moved,
			  send->bytes - send->moved);
	return OUTCOME_PENDING;
}

/* Goes on with what the user wants sent; no op is in flight. Returns the outcome. */
static int send_turn(struct connection *connection)
{
	if (connection->send.over)
		return connection->send.over;
	return connection->tls ? send_tls_turn(connection) : send_plain_turn(connection);
}

/* Our side ends in two steps: TLS's farewell, and when that has gone, the stream's. */
static void send_farewell(struct connection *connection)
{
	if (connection->tls && !connection->farewell_said) {
		connection->farewell_said = true;
		tls_stream_close(connection->tls);
		if (send_has_cipher(connection)) {
			send_cipher(connection);
			return;
		}
	}
	ops_shutdown(connection->ops, connection->fd);
	connection->send.over = -EPIPE;
}

void send_rest(struct connection *connection)
{
	struct direction *send = &connection->send;

	if (send->in_flight || send->done || connection->aborted)
		return;
	if (send->over)
		send_drop_cipher(connection);
	else if (send_has_cipher(connection))
		send_cipher(connection);
	else if (connection->shutdown_wanted && !connection->handshake)
		send_farewell(connection);
}

/* The receiving direction could not go on because the window was full. */
static void send_wake_receive(struct connection *connection)
{
	if (!connection->receive_stalled || send_has_cipher(connection))
		return;
	connection->receive_stalled = false;
	if (connection->receive.done)
		connection_later(connection, &connection->receive);
}

void send_op_done(struct op *op)
{
	struct connection *connection = op->owner;
	struct direction *send = &connection->send;

	connection_op_over(send);
	if (connection->aborted)
		send->outcome = -ECANCELED;
	else
		send_absorb(connection);
	if (connection->handshake) {
		handshake_op_over(connection);
		return;
	}
	send_wake_receive(connection);
	if (send->done && send->outcome == OUTCOME_PENDING)
		send->outcome = send_turn(connection);
	if (!send->done)
		send_rest(connection);
	if (!connection_bury(connection))
		connection_tell(connection, send);
}

/* What is small is sent from a copy, see the head of this file. */
static const uint8_t *send_copy_small(struct connection *connection, const void *data, size_t bytes)
{
	if (connection->tls || bytes > sizeof(connection->send.inlined))
		return data;
	memcpy(connection->send.inlined, data, bytes);
	return connection->send.inlined;
}

void connection_send(struct connection *connection, const void *data, size_t bytes,
		     connection_fn done)
{
	struct direction *send = &connection->send;

	assert(!send->done && !connection->handshake && !connection->freed);
	assert(data && bytes > 0 && done);
	assert(connection->open || !connection->tls || send->over || connection->aborted);

	send->done = done;
	send->data = (uint8_t *)send_copy_small(connection, data, bytes); /* only read */
	send->bytes = bytes;
	send->moved = 0;
	send->outcome = OUTCOME_PENDING;
	connection->send_counted = 0;
	if (connection->aborted)
		send->outcome = -ECANCELED;
	else if (connection->shutdown_wanted)
		send->outcome = -EPIPE;
	else if (!send->in_flight)
		send->outcome = send_turn(connection);
	if (send->outcome != OUTCOME_PENDING)
		connection_later(connection, send);
}
