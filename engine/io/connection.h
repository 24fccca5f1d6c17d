/* SPDX-License-Identifier: Apache-2.0 */
/* connection.h -- one stream to a peer, plain or TLS, that receives and sends exact counts.
 *
 * What it is: one TCP connection after connect or accept, its TLS state, one receive and
 * one send in flight at most. What it is not: it knows no frames and no sessions.
 * Its one idea: the user asks for N bytes and hears once, when all N are there or the
 * connection is over; records, short reads and cipher buffers stay inside.
 *
 * Works over any struct ops. A callback may do anything, also abort and free the connection; it
 * never comes from inside the call that asked for it, only from ops_dispatch().
 * TLS is OpenSSL over memory; cipher buffers are borrowed from the pool while bytes move,
 * so an idle connection costs a few KiB. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/buffer_pool.h"
#include "io/op.h"

struct connection;
struct tls_context; /* io/tls.h: identity and rules of this engine; NULL = plain */

enum connection_role {
	CONNECTION_DIALED,
	CONNECTION_ACCEPTED,
};

/* SHA-256 of the peer's public key (SubjectPublicKeyInfo), as in `SHA256:base64`. */
struct fingerprint {
	uint8_t bytes[32]; /* the digest; all 0 is nobody's */
};

struct connection_settings {
	struct ops *ops;	  /* the loop it lives on */
	struct buffer_pool *pool; /* cipher buffers; unused when plain; NULL = only small ones */
	struct tls_context *tls;  /* NULL = plain text, only where configuration says so */
	enum connection_role role;
	int fd;	     /* a connected stream; owned once connection_new() succeeds */
	void *owner; /* given to every callback */
};

/* How it ended.
 * result: 0 when all bytes moved; -ECONNRESET, -EPIPE, -ETIMEDOUT ... when the connection is over;
 * -ENODATA when the peer closed in good order before the first byte;
 * -EBADMSG on a TLS failure (sentence: connection_failure()). */
typedef void (*connection_fn)(void *owner, int result);

/* Nothing is sent or received yet. -ENOMEM, and the descriptor stays the caller's. */
HFT_MUST_USE int connection_new(const struct connection_settings *settings,
				struct connection **ret_connection);

/* Frees once nothing is in flight. No callback comes any more. Accepts NULL.
 * While bytes move it aborts; after connection_shutdown() what was said still arrives; otherwise
 * the stream just ends. On a plain connection the kernel may use `data` of more than
 * HFT_CONNECTION_INLINE_BYTES until the op is over: abort, wait for the callback, then free. */
void connection_free(struct connection *connection);

/* Runs the TLS handshake (both sides must present a key); for plain it ends at once, from the
 * next dispatch. Comes first, once. Deadlines are the caller's: abort when it takes too long. When
 * it fails, the peer has been told why, if TLS has a word for it. */
void connection_handshake(struct connection *connection, connection_fn done);

/* Receives exactly `bytes` (> 0) into `data`, which may be inside a slot or not, and stays the
 * connection's until `done`. One at a time. Once a receive has failed, all do. */
void connection_receive(struct connection *connection, void *data, size_t bytes,
			connection_fn done);

/* Sends all `bytes` (> 0) of `data`; done when the socket has taken them (data is free again). One
 * at a time. -EPIPE after connection_shutdown(). */
void connection_send(struct connection *connection, const void *data, size_t bytes,
		     connection_fn done);

/* Hard end: the peer gets a reset, callbacks in flight come with -ECANCELED. Idempotent. */
void connection_abort(struct connection *connection);

/* Orderly end of our sending side (TLS close_notify, FIN) once a send in flight is over.
 * Receiving goes on. Idempotent. */
void connection_shutdown(struct connection *connection);

/* The peer's key, after a TLS handshake. -ENOKEY for a plain connection. */
HFT_MUST_USE int connection_peer(const struct connection *connection, struct fingerprint *ret_peer);

/* Moves an idle connection (no receive, no send in flight) to another loop's ops and pool. Called
 * on the old loop's thread; from then on only the new loop's thread may touch it. */
void connection_move(struct connection *connection, struct ops *ops, struct buffer_pool *pool,
		     void *owner);

/* Changes who is given to later callbacks. */
void connection_set_owner(struct connection *connection, void *owner);

/* True from connection_send() until its callback. */
bool connection_is_sending(const struct connection *connection);
/* Why it failed or ended, one sentence; "" when it did not. Valid until it is freed. */
const char *connection_failure(const struct connection *connection);
/* The peer's address in text ("10.0.0.2:30000"), or "?" in doubt. */
const char *connection_peer_text(const struct connection *connection);
/* Plain bytes that came, as far as they are in the user's memory. */
uint64_t connection_bytes_received(const struct connection *connection);
/* Plain bytes that the socket has taken. */
uint64_t connection_bytes_sent(const struct connection *connection);
