/* SPDX-License-Identifier: Apache-2.0 */
/* tls.h -- this engine's key and what it demands of a peer's.
 *
 * TLS 1.3 only, both sides authenticated by the fingerprint of their key (an Ed25519 key in a
 * self-signed certificate, made at first start). Whom a fingerprint belongs to is not decided
 * here: the handshake accepts any well-formed key and the caller asks connection_peer(),
 * before it sends or takes a byte. */
#pragma once

#include <stddef.h>

#include "base/compiler.h"
#include "io/connection.h"

#define FINGERPRINT_TEXT_BYTES 56 /* "SHA256:" + 43 base64 digits + NUL, rounded up */

/* Loads the identity (key and certificate, PEM, mode 0600) at `path`, or makes it there, written
 * durably, if there is none. On failure `sentence` says why (capacity sentence_bytes). */
HFT_MUST_USE int tls_context_new(const char *path, struct tls_context **ret_context, char *sentence,
				 size_t sentence_bytes);
/* An identity in memory only, for simulation and tests. */
HFT_MUST_USE int tls_context_new_ephemeral(struct tls_context **ret_context);
void tls_context_free(struct tls_context *context);

/* Fingerprint of our own key. */
void tls_context_fingerprint(const struct tls_context *context, struct fingerprint *ret_own);

/* `SHA256:` and base64 without padding, as ssh prints its keys. */
void fingerprint_print(const struct fingerprint *fingerprint, char out[FINGERPRINT_TEXT_BYTES]);
HFT_MUST_USE int fingerprint_parse(const char *text, struct fingerprint *ret_fingerprint);
