/* SPDX-License-Identifier: Apache-2.0 */
/* tls_stream.c -- see tls_stream.h.
 *
 * OpenSSL reads through a BIO of ours straight from the window in: first the five bytes of a
 * record's header, then its body (read-ahead stays off). By looking at these headers as
 * they pass we know how much of the record it has, and from that what must still come. */
#include "io/tls_stream.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "io/tls.h"
#include "io/tls_context.h"

#define RECORD_HEADER_BYTES 5
#define RECORD_TAIL_BYTES   17 /* type byte and tag: what a body holds besides data */

struct tls_stream {
	SSL *ssl;			     /* owns the BIO */
	struct tls_context *context;	     /* held */
	struct cipher_window *in;	     /* the connection's */
	struct cipher_window *out;	     /* the connection's */
	uint8_t header[RECORD_HEADER_BYTES]; /* of the record that OpenSSL is reading */
	uint32_t header_bytes;		     /* of header that have passed */
	uint32_t body_bytes;		     /* length of its body, once the header has passed */
	uint32_t body_left;		     /* of the body, not passed yet */
	uint32_t records_left;		     /* to write until the key is changed */
	unsigned long error;		     /* OpenSSL's first error; 0 = none */
	bool failed;			     /* no further use */
};

/* ---- the windows, as OpenSSL sees them ---- */

/* Follows the record headers in the `bytes` that OpenSSL takes. */
static void stream_meter(struct tls_stream *stream, const uint8_t *data, size_t bytes)
{
	while (bytes > 0) {
		size_t part = 0;

		if (stream->header_bytes < RECORD_HEADER_BYTES) {
			part = min_size(bytes, RECORD_HEADER_BYTES - stream->header_bytes);
			memcpy(stream->header + stream->header_bytes, data, part);
			stream->header_bytes += (uint32_t)part;
			if (stream->header_bytes == RECORD_HEADER_BYTES) {
				stream->body_bytes = (uint32_t)stream->header[3] << 8 |
						     stream->header[4];
				stream->body_left = stream->body_bytes;
			}
		} else {
			part = min_size(bytes, stream->body_left);
			stream->body_left -= (uint32_t)part;
		}
		if (stream->header_bytes == RECORD_HEADER_BYTES && stream->body_left == 0)
			stream->header_bytes = 0;
		data += part;
		bytes -= part;
	}
}

static int windows_read(BIO *bio, char *data, size_t bytes, size_t *ret_bytes)
{
	struct tls_stream *stream = BIO_get_data(bio);
	struct cipher_window *in = stream->in;
	size_t part = min_size(bytes, in->end - in->start);

	BIO_clear_retry_flags(bio);
	if (part == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(data, in->memory + in->start, part);
	stream_meter(stream, in->memory + in->start, part);
	in->start += part;
	*ret_bytes = part;
	return 1;
}

static int windows_write(BIO *bio, const char *data, size_t bytes, size_t *ret_bytes)
{
	struct tls_stream *stream = BIO_get_data(bio);
	struct cipher_window *out = stream->out;
	size_t part = min_size(bytes, out->capacity - out->end);

	BIO_clear_retry_flags(bio);
	if (part == 0) {
		BIO_set_retry_write(bio);
		return 0;
	}
	memcpy(out->memory + out->end, data, part);
	out->end += part;
	*ret_bytes = part;
	return 1;
}

/* Flushing always succeeds: whoever lends the window sends it. All else is unknown here. */
static long windows_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

struct bio_method_st *tls_stream_windows_new(void)
{
	/* Without an index of its own: nobody looks for this kind in a chain, and OpenSSL has
	 * only 127 of them for the life of the process. */
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "windows");

	if (!method)
		return NULL;
	if (BIO_meth_set_read_ex(method, windows_read) == 1 &&
	    BIO_meth_set_write_ex(method, windows_write) == 1 &&
	    BIO_meth_set_ctrl(method, windows_control) == 1)
		return method;
	BIO_meth_free(method);
	return NULL;
}

/* ---- life ---- */

static int stream_prepare(struct tls_stream *stream, enum connection_role role)
{
	BIO *bio = NULL;

	stream->ssl = SSL_new(stream->context->rules);
	if (!stream->ssl)
		return -ENOMEM;
	bio = BIO_new(stream->context->windows);
	if (!bio)
		return -ENOMEM;
	BIO_set_data(bio, stream);
	BIO_set_init(bio, 1);
	SSL_set_bio(stream->ssl, bio, bio);
	if (role == CONNECTION_DIALED)
		SSL_set_connect_state(stream->ssl);
	else
		SSL_set_accept_state(stream->ssl);
	return 0;
}

int tls_stream_new(struct tls_context *context, enum connection_role role, struct cipher_window *in,
		   struct cipher_window *out, struct tls_stream **ret_stream)
{
	struct tls_stream *stream = NULL;
	int error = 0;

	assert(context);
	assert(in && out);

	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	tls_context_hold(context);
	stream->context = context;
	stream->in = in;
	stream->out = out;
	stream->records_left = HFT_TLS_KEY_RECORDS_MAX;
	error = stream_prepare(stream, role);
	if (error < 0) {
		ERR_clear_error();
		tls_stream_free(stream);
		return error;
	}
	*ret_stream = stream;
	return 0;
}

void tls_stream_free(struct tls_stream *stream)
{
	if (!stream)
		return;
	SSL_free(stream->ssl);
	tls_context_free(stream->context);
	free(stream);
}

/* ---- work ---- */

/* What a call to OpenSSL that did not succeed has come to. The error queue was empty before it,
 * and is again afterwards: it belongs to the thread, not to the connection. */
static enum tls_progress stream_explain(struct tls_stream *stream, int result)
{
	enum tls_progress progress = TLS_FAILED;

	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		progress = TLS_WANTS_INPUT;
		break;
	case SSL_ERROR_WANT_WRITE:
		progress = TLS_WANTS_ROOM;
		break;
	case SSL_ERROR_ZERO_RETURN:
		progress = TLS_CLOSED;
		break;
	default:
		stream->error = ERR_peek_error();
		stream->failed = true;
		break;
	}
	ERR_clear_error();
	return progress;
}

enum tls_progress tls_stream_handshake(struct tls_stream *stream)
{
	int result = 0;

	if (stream->failed)
		return TLS_FAILED;
	ERR_clear_error();
	result = SSL_do_handshake(stream->ssl);
	return result == 1 ? TLS_DONE : stream_explain(stream, result);
}

enum tls_progress tls_stream_read(struct tls_stream *stream, void *data, size_t bytes,
				  size_t *ret_moved)
{
	uint8_t *target = data;
	size_t moved = 0;
	enum tls_progress progress = stream->failed ? TLS_FAILED : TLS_DONE;

	while (progress == TLS_DONE && moved < bytes) {
		size_t part = 0;

		ERR_clear_error();
		if (SSL_read_ex(stream->ssl, target + moved, bytes - moved, &part) == 1)
			moved += part;
		else
			progress = stream_explain(stream, 0);
	}
	*ret_moved = moved;
	return progress;
}

/* The peer is not asked to change its key: it counts its own records. */
void tls_stream_renew_key(struct tls_stream *stream)
{
	if (SSL_key_update(stream->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1)
		stream->records_left = HFT_TLS_KEY_RECORDS_MAX;
	ERR_clear_error();
}

enum tls_progress tls_stream_write(struct tls_stream *stream, const void *data, size_t bytes)
{
	size_t moved = 0;

	assert(bytes > 0 && bytes <= HFT_TLS_RECORD_BYTES);

	if (stream->failed)
		return TLS_FAILED;
	if (stream->records_left == 0)
		tls_stream_renew_key(stream);
	ERR_clear_error();
	if (SSL_write_ex(stream->ssl, data, bytes, &moved) != 1)
		return stream_explain(stream, 0);
	assert(moved == bytes); /* partial writes are off */
	if (stream->records_left > 0)
		stream->records_left--;
	return TLS_DONE;
}

void tls_stream_close(struct tls_stream *stream)
{
	if (stream->failed || !SSL_is_init_finished(stream->ssl))
		return;
	ERR_clear_error();
	(void)SSL_shutdown(stream->ssl); /* 0: said, not answered yet */
	ERR_clear_error();
}

/* ---- questions ---- */

/* What `plain_bytes` are on the wire, at least: in the fullest records there can be. */
static size_t cipher_bytes(size_t plain_bytes)
{
	size_t records = (plain_bytes + HFT_TLS_RECORD_BYTES - 1) / HFT_TLS_RECORD_BYTES;

	return plain_bytes + records * TLS_RECORD_EXTRA_BYTES;
}

size_t tls_stream_needed(const struct tls_stream *stream, size_t plain_bytes)
{
	size_t in_record = 0;

	assert(plain_bytes > 0);

	if (stream->header_bytes < RECORD_HEADER_BYTES)
		return cipher_bytes(plain_bytes) - stream->header_bytes;
	if (stream->body_bytes > RECORD_TAIL_BYTES)
		in_record = stream->body_bytes - RECORD_TAIL_BYTES;
	if (plain_bytes <= in_record)
		return stream->body_left;
	return stream->body_left + cipher_bytes(plain_bytes - in_record);
}

int tls_stream_peer(const struct tls_stream *stream, struct fingerprint *ret_peer)
{
	const X509 *certificate = NULL;

	if (!SSL_is_init_finished(stream->ssl))
		return -ENOKEY;
	certificate = SSL_get0_peer_certificate(stream->ssl);
	if (!certificate)
		return -ENOKEY;
	return tls_identity_fingerprint(certificate, ret_peer);
}

void tls_stream_failure(const struct tls_stream *stream, char *sentence, size_t bytes)
{
	assert(bytes > 0);

	sentence[0] = '\0';
	if (stream->failed)
		tls_failure_print(stream->error, SSL_get_verify_result(stream->ssl), sentence,
				  bytes);
}
