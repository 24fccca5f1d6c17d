/* SPDX-License-Identifier: Apache-2.0 */
/* tls_failure.c -- what OpenSSL's error codes mean for the people who run two engines.
 *
 * A code without a sentence here is given in OpenSSL's own short words; nothing is lost, it
 * only reads worse. Alerts are codes too: what the peer said about us. */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "base/compiler.h"
#include "io/tls_context.h"

struct failure_sentence {
	int reason;	      /* SSL_R_... */
	const char *sentence; /* for people */
};

static const char no_common_version[] = "the peer speaks no TLS 1.3";
static const char not_tls[] = "what the peer sent is not TLS: is it set to plain text?";
static const char certificate_rejected[] =
	"the peer rejected our certificate: is it an hft-engine of another version?";

static const struct failure_sentence sentences[] = {
	{SSL_R_UNSUPPORTED_PROTOCOL, no_common_version},
	{SSL_R_WRONG_SSL_VERSION, no_common_version},
	{SSL_R_VERSION_TOO_LOW, no_common_version},
	{SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, no_common_version},
	{SSL_R_WRONG_VERSION_NUMBER, not_tls},
	{SSL_R_NO_PROTOCOLS_AVAILABLE, not_tls},
	{SSL_R_HTTP_REQUEST, "the peer speaks HTTP, not TLS: is it an hft-engine?"},
	{SSL_R_HTTPS_PROXY_REQUEST, "the peer speaks HTTP, not TLS: is it an hft-engine?"},
	{SSL_R_NO_SHARED_CIPHER, "no cipher suite that both sides know"},
	{SSL_R_NO_SUITABLE_KEY_SHARE, "no key exchange that both sides know"},
	{SSL_R_NO_SHARED_GROUPS, "no key exchange that both sides know"},
	{SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "the peer cannot check keys of our kind"},
	{SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, "the peer cannot check keys of our kind"},
	{SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the peer has shown no certificate"},
	{SSL_R_EXCESSIVE_MESSAGE_SIZE, "the peer's certificate is too long"},
	{SSL_R_BAD_SIGNATURE, "the peer does not hold the key it has shown"},
	{SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "a TLS record was changed on the way"},
	{SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, "a TLS record of ours was changed on the way"},
	{SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, certificate_rejected},
	{SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, certificate_rejected},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, certificate_rejected},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, certificate_rejected},
	{SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, certificate_rejected},
	{SSL_R_TLSV1_ALERT_UNKNOWN_CA, certificate_rejected},
	{SSL_R_TLSV1_ALERT_ACCESS_DENIED, certificate_rejected},
	{SSL_R_TLSV1_ALERT_DECRYPT_ERROR, certificate_rejected},
	{SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "the peer got no certificate from us"},
	{SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the peer found no common way of TLS"},
	{SSL_R_TLSV1_ALERT_INTERNAL_ERROR, "the peer failed inside its TLS"},
	{SSL_R_TLSV1_ALERT_USER_CANCELLED, "the peer gave up during the TLS handshake"},
};

/* What our own check in tls.c had against the certificate. */
static const char *failure_of_certificate(long verdict)
{
	switch (verdict) {
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
		return "the peer's certificate is not a single one";
	case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
		return "the peer's key is neither Ed25519 nor P-256";
	default:
		return "the peer's certificate is not signed by its own key";
	}
}

void tls_failure_print(unsigned long error, long verdict, char *sentence, size_t bytes)
{
	int reason = ERR_GET_REASON(error);
	const char *words = NULL;

	assert(bytes > 0);

	if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
		if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
			words = failure_of_certificate(verdict);
		for (size_t i = 0; i < ARRAY_COUNT(sentences) && !words; i++) {
			if (sentences[i].reason == reason)
				words = sentences[i].sentence;
		}
	}
	if (words) {
		(void)snprintf(sentence, bytes, "%s", words);
		return;
	}
	words = ERR_reason_error_string(error);
	(void)snprintf(sentence, bytes, "TLS failed: %s", words ? words : "no reason given");
}
