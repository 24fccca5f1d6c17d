/* SPDX-License-Identifier: Apache-2.0 */
/* tls_context.h -- the inside of a tls_context, for the files named tls* only.
 *
 * It is held by its owner and by every stream, which may end on other threads, and goes with
 * the last of them. The types of OpenSSL are only named here. */
#pragma once

#include <stdatomic.h>

#include "base/compiler.h"
#include "io/connection.h"

struct bio_method_st;
struct evp_pkey_st;
struct ssl_ctx_st;
struct x509_st;

struct tls_context {
	struct ssl_ctx_st *rules;      /* versions, suites, our key, what we demand of a peer */
	struct bio_method_st *windows; /* how OpenSSL gets at the windows of a stream */
	struct fingerprint own;	       /* of our key */
	atomic_uint holders;	       /* the owner and the streams */
};

/* A key and the certificate that carries it; both NULL = none. */
struct tls_identity {
	struct evp_pkey_st *key;     /* private */
	struct x509_st *certificate; /* signed by itself */
};

/* One more holder. */
void tls_context_hold(struct tls_context *context);

/* How OpenSSL reads and writes the windows of a stream; NULL when memory is short. Free it with
 * BIO_meth_free(). */
struct bio_method_st *tls_stream_windows_new(void);

/* Makes a new identity. -ENOMEM, or -EIO when there is no randomness. */
HFT_MUST_USE int tls_identity_make(struct tls_identity *ret_identity);

/* Loads the identity at `path`, or makes it there durably. On failure there is a sentence, and
 * *ret_identity is untouched. */
HFT_MUST_USE int tls_identity_open(const char *path, struct tls_identity *ret_identity,
				   char *sentence, size_t sentence_bytes);

/* Frees both and makes it none. */
void tls_identity_done(struct tls_identity *identity);

/* True if a key is of a kind that we use and accept: Ed25519, or ECDSA on P-256. */
bool tls_identity_key_is_fit(const struct evp_pkey_st *key);

/* SHA-256 of the public key of a certificate, in the form SubjectPublicKeyInfo. -ENOMEM. */
HFT_MUST_USE int tls_identity_fingerprint(const struct x509_st *certificate,
					  struct fingerprint *ret_fingerprint);

/* A sentence for an error code of OpenSSL (and the verdict on the peer's certificate), written to
 * `sentence` and cut to `bytes`. */
void tls_failure_print(unsigned long error, long verdict, char *sentence, size_t bytes);
