/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c -- see tls.h.
 *
 * One set of rules for both roles. There is no resumption of any kind (tickets, cache): every
 * connection proves both keys anew, and nothing is kept for a peer that has gone. */
#include "io/tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include <hft/limits.h>

#include "io/tls_context.h"

/* AES-128-GCM first: the fastest where there are AES instructions, and strong enough. */
static const char suites[] =
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char signatures[] = "ed25519:ecdsa_secp256r1_sha256";
static const char groups[] = "X25519:P-256";

/* Called by OpenSSL instead of its own check of a chain. A certificate is only the envelope of
 * a key here: names, dates and issuers do not count, whose key it is the caller asks later. That
 * the peer holds the key is proven by the handshake itself. */
static int tls_check_peer(X509_STORE_CTX *store, void *unused)
{
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	EVP_PKEY *key = leaf ? X509_get0_pubkey(leaf) : NULL;
	int verdict = X509_V_OK;

	(void)unused;
	if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) != 1)
		verdict = X509_V_ERR_CERT_CHAIN_TOO_LONG;
	else if (!key || !tls_identity_key_is_fit(key))
		verdict = X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM;
	else if (X509_verify(leaf, key) != 1)
		verdict = X509_V_ERR_CERT_SIGNATURE_FAILURE;
	ERR_clear_error();
	X509_STORE_CTX_set_error(store, verdict);
	return verdict == X509_V_OK;
}

static int tls_set_numbers(SSL_CTX *rules)
{
	if (SSL_CTX_set_min_proto_version(rules, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_proto_version(rules, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(rules, suites) != 1 ||
	    SSL_CTX_set1_sigalgs_list(rules, signatures) != 1 ||
	    SSL_CTX_set1_groups_list(rules, groups) != 1 || SSL_CTX_set_num_tickets(rules, 0) != 1)
		return -ENOTSUP;
	return 0;
}

static int tls_set_rules(SSL_CTX *rules)
{
	int error = tls_set_numbers(rules);

	if (error < 0)
		return error;
	SSL_CTX_set_options(rules, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					   SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* No dummy records for boxes in between that know TLS 1.2 only. */
	SSL_CTX_clear_options(rules, SSL_OP_ENABLE_MIDDLEBOX_COMPAT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_session_cache_mode(rules, SSL_SESS_CACHE_OFF);
	/* Gives back 33 KiB of record buffers whenever none is in use. */
	(void)SSL_CTX_set_mode(rules,
			       SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(rules, 0); /* tls_stream.c counts on it */
	SSL_CTX_set_max_cert_list(rules, HFT_TLS_CERTIFICATE_BYTES_MAX);
	SSL_CTX_set_verify(rules, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(rules, tls_check_peer, NULL);
	return 0;
}

static int tls_use_identity(struct tls_context *context, const struct tls_identity *identity)
{
	if (SSL_CTX_use_certificate(context->rules, identity->certificate) != 1 ||
	    SSL_CTX_use_PrivateKey(context->rules, identity->key) != 1)
		return -EINVAL;
	return tls_identity_fingerprint(identity->certificate, &context->own);
}

static int tls_context_build(const struct tls_identity *identity, struct tls_context **ret_context)
{
	struct tls_context *context = calloc(1, sizeof(*context));
	int error = -ENOMEM;

	if (!context)
		return -ENOMEM;
	atomic_init(&context->holders, 1);
	context->windows = tls_stream_windows_new();
	context->rules = SSL_CTX_new(TLS_method());
	if (!context->windows || !context->rules)
		goto fail;
	error = tls_set_rules(context->rules);
	if (error < 0)
		goto fail;
	error = tls_use_identity(context, identity);
	if (error < 0)
		goto fail;
	*ret_context = context;
	return 0;

fail:
	ERR_clear_error();
	tls_context_free(context);
	return error;
}

int tls_context_new(const char *path, struct tls_context **ret_context, char *sentence,
		    size_t sentence_bytes)
{
	struct tls_identity identity = {.key = NULL};
	int error = 0;

	assert(path && ret_context);
	assert(sentence && sentence_bytes > 0);

	error = tls_identity_open(path, &identity, sentence, sentence_bytes);
	if (error < 0)
		return error;
	error = tls_context_build(&identity, ret_context);
	if (error == -EINVAL)
		(void)snprintf(sentence, sentence_bytes,
			       "the key in %s does not belong to the certificate there", path);
	else if (error < 0)
		(void)snprintf(sentence, sentence_bytes, "the TLS library cannot do what we need%s",
			       error == -ENOMEM ? ": out of memory" : "");
	tls_identity_done(&identity);
	return error;
}

int tls_context_new_ephemeral(struct tls_context **ret_context)
{
	struct tls_identity identity = {.key = NULL};
	int error = tls_identity_make(&identity);

	assert(ret_context);

	if (error == 0)
		error = tls_context_build(&identity, ret_context);
	tls_identity_done(&identity);
	return error;
}

void tls_context_hold(struct tls_context *context)
{
	(void)atomic_fetch_add(&context->holders, 1);
}

void tls_context_free(struct tls_context *context)
{
	if (!context || atomic_fetch_sub(&context->holders, 1) > 1)
		return;
	SSL_CTX_free(context->rules);
	BIO_meth_free(context->windows);
	free(context);
}

void tls_context_fingerprint(const struct tls_context *context, struct fingerprint *ret_own)
{
	*ret_own = context->own;
}
