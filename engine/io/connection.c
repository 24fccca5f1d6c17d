/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c -- see connection.h: a connection's life, and what both directions need.
 *
 * The two directions are in connection_receive.c and connection_send.c, the handshake, which
 * uses both, is in connection_handshake.c; connection_inside.h says how they fit together. */
#include "io/connection.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "io/address.h"
#include "io/connection_inside.h"

/* ---- life ---- */

static void direction_inline(struct direction *direction)
{
	direction->window.memory = direction->inlined;
	direction->window.capacity = sizeof(direction->inlined);
	direction->window.start = 0;
	direction->window.end = 0;
}

static void direction_init(struct direction *direction, struct connection *connection,
			   void (*done)(struct op *op))
{
	direction->op.owner = connection;
	direction->op.done = done;
	direction->outcome = OUTCOME_PENDING;
	direction_inline(direction);
}

/* A descriptor that is not the kernel's has no peer; that is fine. */
static void connection_ask_peer(struct connection *connection)
{
	struct net_address peer = {.bytes = sizeof(peer.storage)};

	if (getpeername(connection->fd, (struct sockaddr *)&peer.storage, &peer.bytes) < 0)
		peer.bytes = 0;
	(void)net_address_print(&peer, connection->peer_text, sizeof(connection->peer_text));
}

int connection_new(const struct connection_settings *settings, struct connection **ret_connection)
{
	struct connection *connection = NULL;
	int error = 0;

	assert(settings->ops);
	assert(settings->fd >= 0);
	assert(ret_connection);

	connection = calloc(1, sizeof(*connection));
	if (!connection)
		return -ENOMEM;
	direction_init(&connection->receive, connection, receive_op_done);
	direction_init(&connection->send, connection, send_op_done);
	if (settings->tls) {
		error = tls_stream_new(settings->tls, settings->role, &connection->receive.window,
				       &connection->send.window, &connection->tls);
		if (error < 0) {
			free(connection);
			return error;
		}
	}
	connection->ops = settings->ops;
	connection->pool = settings->pool;
	connection->owner = settings->owner;
	connection->fd = settings->fd;
	connection->handshake_outcome = OUTCOME_PENDING;
	connection_ask_peer(connection);
	*ret_connection = connection;
	return 0;
}

static bool direction_is_moving(const struct direction *direction)
{
	return direction->in_flight && direction->op.kind != OP_NOTHING;
}

bool connection_bury(struct connection *connection)
{
	struct buffer_pool *pool = connection->pool;
	struct slot *slots[] = {connection->receive.slot, connection->send.slot};

	if (!connection->freed)
		return false;
	if (connection->receive.in_flight || connection->send.in_flight)
		return true;
	if (connection->fd >= 0)
		ops_close(connection->ops, connection->fd);
	tls_stream_free(connection->tls);
	free(connection);
	for (size_t i = 0; i < ARRAY_COUNT(slots); i++) {
		if (slots[i])
			buffer_pool_give(pool, slots[i]);
	}
	return true;
}

/* What was said before a shutdown shall arrive, so the socket is closed only after the farewell;
 * but a peer that takes nothing must not keep it for ever. */
static void connection_linger(struct connection *connection)
{
	unsigned limit_ms = HFT_FAREWELL_MS;

	(void)setsockopt(connection->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms,
			 sizeof(limit_ms));
	if (direction_is_moving(&connection->receive))
		ops_cancel(connection->ops, &connection->receive.op);
}

void connection_free(struct connection *connection)
{
	bool in_order = false;

	if (!connection)
		return;
	assert(!connection->freed);
	in_order = connection->shutdown_wanted && !connection->send.done && !connection->handshake;
	connection->freed = true;
	connection->receive.done = NULL;
	connection->send.done = NULL;
	connection->handshake = NULL;
	if (!connection->aborted && in_order)
		connection_linger(connection);
	else if (direction_is_moving(&connection->receive) ||
		 direction_is_moving(&connection->send))
		connection_abort(connection);
	connection_bury(connection);
}

void connection_abort(struct connection *connection)
{
	if (connection->aborted)
		return;
	connection->aborted = true;
	ops_abort(connection->ops, connection->fd);
	connection->fd = -1;
	/* The ops in flight end by themselves; who waits without one hears it by this. */
	if (connection->receive.done || connection->handshake)
		connection_later(connection, &connection->receive);
	if (connection->send.done)
		connection_later(connection, &connection->send);
}

void connection_shutdown(struct connection *connection)
{
	if (connection->aborted || connection->shutdown_wanted)
		return;
	connection->shutdown_wanted = true;
	send_rest(connection);
}

void connection_move(struct connection *connection, struct ops *ops, struct buffer_pool *pool,
		     void *owner)
{
	assert(!connection->receive.in_flight && !connection->send.in_flight);
	assert(!connection->receive.slot && !connection->send.slot);
	assert(ops);

	connection->ops = ops;
	connection->pool = pool;
	connection->owner = owner;
}

/* ---- what both directions need ---- */

void connection_submit(struct connection *connection, struct direction *direction,
		       enum op_kind kind, void *data, size_t bytes)
{
	struct op *op = &direction->op;
	struct slot *slot = direction->slot;

	assert(!direction->in_flight);
	assert(bytes > 0);

	if (slot)
		slot->state = kind == OP_SEND ? SLOT_SENDING : SLOT_FILLING;
	direction->in_flight = true;
	op->kind = kind;
	op->fd = connection->fd;
	op->result = 0;
	op->args.data.data = data;
	op->args.data.bytes = bytes;
	op->args.data.offset = OP_NO_OFFSET;
	op->args.data.buffer_index = slot ? slot->buffer_index : OP_NO_BUFFER;
	/* Cipher bytes are decrypted as they come, while the next are on their way. */
	op->args.data.whole = kind == OP_SEND || !connection->tls;
	ops_submit(connection->ops, op);
}

void connection_later(struct connection *connection, struct direction *direction)
{
	if (direction->in_flight)
		return;
	direction->in_flight = true;
	direction->op.kind = OP_NOTHING;
	direction->op.fd = -1;
	direction->op.result = 0;
	ops_submit(connection->ops, &direction->op);
}

void connection_op_over(struct direction *direction)
{
	direction->in_flight = false;
	if (direction->slot)
		direction->slot->state = SLOT_FILLING;
}

void connection_borrow(struct connection *connection, struct direction *direction)
{
	struct slot *slot = NULL;

	assert(direction->window.start == direction->window.end);

	if (direction->slot || !connection->pool)
		return;
	slot = buffer_pool_take(connection->pool);
	if (!slot)
		return;
	direction->slot = slot;
	direction->window.memory = slot->memory;
	direction->window.capacity = min_size(buffer_pool_slot_bytes(connection->pool),
					      HFT_TLS_BATCH_BYTES);
	direction->window.start = 0;
	direction->window.end = 0;
}

/* The slot to be given back, or NULL. Bytes that nobody will use do not keep it. */
static struct slot *direction_take_slot(struct direction *direction)
{
	struct slot *slot = direction->slot;

	if (!slot || direction->in_flight)
		return NULL;
	if (direction->outcome == 0 && direction->window.start < direction->window.end)
		return NULL;
	direction->slot = NULL;
	direction_inline(direction);
	return slot;
}

void connection_tell(struct connection *connection, struct direction *direction)
{
	struct buffer_pool *pool = connection->pool;
	connection_fn done = direction->done;
	struct slot *slot = NULL;

	if (!done || direction->outcome == OUTCOME_PENDING)
		return;
	direction->done = NULL;
	slot = direction_take_slot(direction);
	if (direction == &connection->send)
		send_rest(connection);
	/* The callback before the slot: giving wakes others, who may free this connection. */
	done(connection->owner, direction->outcome);
	if (slot)
		buffer_pool_give(pool, slot);
}

void connection_note(struct connection *connection, const char *sentence)
{
	if (connection->failure[0] == '\0')
		(void)snprintf(connection->failure, sizeof(connection->failure), "%s", sentence);
}

int connection_note_tls(struct connection *connection)
{
	char sentence[HFT_CONNECTION_SENTENCE_BYTES];

	tls_stream_failure(connection->tls, sentence, sizeof(sentence));
	connection_note(connection, sentence);
	connection->receive.over = -EBADMSG;
	connection->send.over = -EBADMSG;
	return -EBADMSG;
}

int connection_note_error(struct connection *connection, struct direction *direction, int error)
{
	switch (error) {
	case -ECONNRESET:
		connection_note(connection, "the peer has reset the connection");
		break;
	case -EPIPE:
		connection_note(connection, "the peer has closed the connection");
		break;
	case -ETIMEDOUT:
		connection_note(connection, "the peer has not answered for too long");
		break;
	default:
		connection_note(connection, strerror(-error));
		break;
	}
	direction->over = error;
	return error;
}

/* ---- questions ---- */

int connection_peer(const struct connection *connection, struct fingerprint *ret_peer)
{
	if (!connection->tls || !connection->open)
		return -ENOKEY;
	*ret_peer = connection->peer;
	return 0;
}

void connection_set_owner(struct connection *connection, void *owner)
{
	connection->owner = owner;
}

bool connection_is_sending(const struct connection *connection)
{
	return connection->send.done != NULL;
}

const char *connection_failure(const struct connection *connection)
{
	return connection->failure;
}

const char *connection_peer_text(const struct connection *connection)
{
	return connection->peer_text;
}

uint64_t connection_bytes_received(const struct connection *connection)
{
	return connection->bytes_received;
}

uint64_t connection_bytes_sent(const struct connection *connection)
{
	return connection->bytes_sent;
}
