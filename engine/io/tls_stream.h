/* SPDX-License-Identifier: Apache-2.0 */
/* tls_stream.h -- TLS of one connection, between plain bytes and two windows of cipher bytes.
 *
 * What it is: the record layer and handshake of one peer, without any I/O. What it is not: it
 * owns no buffer and no descriptor. Its one idea: the caller lends memory for cipher bytes
 * only while bytes move, and is told exactly how many are still needed, so that nothing is
 * read that a lent buffer would have to keep.
 * One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/connection.h"

struct tls_context;
struct tls_stream;

/* Cipher bytes [start, end) in memory that the connection holds. TLS takes from the start of
 * the one that came in and appends at the end of the one that goes out. Appending never moves what
 * is there, so that a send may be in flight. */
struct cipher_window {
	uint8_t *memory; /* inline in the connection, or a slot's */
	size_t capacity; /* bytes of memory */
	size_t start;	 /* first byte not used yet */
	size_t end;	 /* one behind the last byte */
};

/* Plain bytes of a record become so many more on the wire: header, type byte and tag. */
#define TLS_RECORD_EXTRA_BYTES 22
/* Kept free in an outgoing window when data is written, for an alert or a key update. */
#define TLS_RESERVE_BYTES 64

enum tls_progress {
	TLS_DONE,	 /* all that was asked */
	TLS_WANTS_INPUT, /* the window in is empty and more is needed */
	TLS_WANTS_ROOM,	 /* the window out must be sent first; then call again, same arguments */
	TLS_CLOSED,	 /* the peer has ended its side in good order */
	TLS_FAILED,	 /* see tls_stream_failure(); an alert may lie in the window out */
};

/* Makes the TLS side of one connection; both windows must outlive it and may be empty.
 * Holds the context. -ENOMEM. */
HFT_MUST_USE int tls_stream_new(struct tls_context *context, enum connection_role role,
				struct cipher_window *in, struct cipher_window *out,
				struct tls_stream **ret_stream);

/* Frees it without a word to the peer. Accepts NULL. */
void tls_stream_free(struct tls_stream *stream);

/* Goes on with the handshake. TLS_DONE when it is over and well; the last flight may still lie
 * in the window out. */
HFT_MUST_USE enum tls_progress tls_stream_handshake(struct tls_stream *stream);

/* Decrypts up to `bytes` into `data`, and sets *ret_moved to how many, whatever it returns.
 * TLS_DONE: all of them. May put the answer to a key update into the window out. */
HFT_MUST_USE enum tls_progress tls_stream_read(struct tls_stream *stream, void *data, size_t bytes,
					       size_t *ret_moved);

/* Encrypts `bytes`, at most HFT_TLS_RECORD_BYTES, as one record into the window out. All of it is
 * taken with TLS_DONE, nothing otherwise. The window should have room for bytes
 * + TLS_RECORD_EXTRA_BYTES + TLS_RESERVE_BYTES. Changes the key from time to time. */
HFT_MUST_USE enum tls_progress tls_stream_write(struct tls_stream *stream, const void *data,
						size_t bytes);

/* Puts the farewell (close_notify) into the window out, once; receiving goes on. Says nothing
 * when the handshake is not over. */
void tls_stream_close(struct tls_stream *stream);

/* Has the next write send under a new key. */
void tls_stream_renew_key(struct tls_stream *stream);

/* How many cipher bytes must still come, at least, before tls_stream_read() can give `plain_bytes`
 * more, after it said TLS_WANTS_INPUT. Never 0. Who reads no more than that has nothing left over.
 */
size_t tls_stream_needed(const struct tls_stream *stream, size_t plain_bytes);

/* The key the peer has proven to hold. -ENOKEY before the handshake is over. */
HFT_MUST_USE int tls_stream_peer(const struct tls_stream *stream, struct fingerprint *ret_peer);

/* Writes why it failed, one sentence for people, cut to `bytes`; "" when it did not. */
void tls_stream_failure(const struct tls_stream *stream, char *sentence, size_t bytes);
