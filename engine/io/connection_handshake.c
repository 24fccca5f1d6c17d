/* SPDX-License-Identifier: Apache-2.0 */
/* connection_handshake.c -- the start of a connection (connection.h, connection_inside.h).
 *
 * The one phase in which both directions work for one user. It is told when it is decided
 * and nothing is in flight: a last flight or an alert has gone by then, so that the user may
 * end the connection at once and the peer still learns why. */
#include <assert.h>
#include <errno.h>

#include "io/connection_inside.h"

static void handshake_succeed(struct connection *connection)
{
	connection->handshake_outcome = tls_stream_peer(connection->tls, &connection->peer);
	if (connection->handshake_outcome == 0)
		return;
	connection_note(connection, "the peer's key could not be read");
	connection->handshake_outcome = -EBADMSG;
}

static void handshake_wait(struct connection *connection)
{
	struct direction *receive = &connection->receive;

	if (connection->send.over) {
		connection->handshake_outcome = connection->send.over;
		return;
	}
	if (receive->in_flight)
		return;
	receive->window.start = 0;
	receive->window.end = 0;
	connection_submit(connection, receive, OP_RECV, receive->window.memory,
			  receive->window.capacity);
}

static void handshake_turn(struct connection *connection)
{
	enum tls_progress progress = tls_stream_handshake(connection->tls);

	send_rest(connection);
	switch (progress) {
	case TLS_DONE:
		handshake_succeed(connection);
		break;
	case TLS_WANTS_INPUT:
		handshake_wait(connection);
		break;
	case TLS_WANTS_ROOM: /* the end of the send goes on */
		if (connection->send.over)
			connection->handshake_outcome = connection->send.over;
		break;
	case TLS_CLOSED:
		connection_note(connection, "the peer gave up during the handshake");
		connection->handshake_outcome = -ECONNRESET;
		break;
	case TLS_FAILED:
	default:
		connection->handshake_outcome = connection_note_tls(connection);
		break;
	}
}

static bool handshake_is_settled(const struct connection *connection)
{
	return connection->handshake_outcome != OUTCOME_PENDING && !connection->receive.in_flight &&
	       !connection->send.in_flight;
}

static void handshake_tell(struct connection *connection)
{
	connection_fn done = connection->handshake;
	int outcome = connection->handshake_outcome;

	connection->handshake = NULL;
	connection->open = outcome == 0;
	if (outcome < 0) {
		connection->receive.over = outcome;
		connection->send.over = outcome;
	} else {
		send_rest(connection); /* a shutdown may have been asked for meanwhile */
	}
	done(connection->owner, outcome);
}

void handshake_op_over(struct connection *connection)
{
	bool pending = connection->handshake_outcome == OUTCOME_PENDING;

	/* When sending has failed, the peer's reason may still be on its way to us. */
	if (connection->aborted)
		connection->handshake_outcome = -ECANCELED;
	else if (pending && connection->receive.over)
		connection->handshake_outcome = connection->receive.over;
	else if (pending && !(connection->send.over && connection->receive.in_flight))
		handshake_turn(connection);
	if (handshake_is_settled(connection))
		handshake_tell(connection);
}

void connection_handshake(struct connection *connection, connection_fn done)
{
	assert(!connection->handshake && !connection->open);
	assert(!connection->freed && done);

	connection->handshake = done;
	if (connection->aborted)
		connection->handshake_outcome = -ECANCELED;
	else if (connection->tls)
		handshake_turn(connection);
	else
		connection->handshake_outcome = 0;
	if (handshake_is_settled(connection))
		connection_later(connection, &connection->receive);
}
