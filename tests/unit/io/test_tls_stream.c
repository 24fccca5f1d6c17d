/* SPDX-License-Identifier: Apache-2.0 */
/* test_tls_stream.c -- two TLS sides with nothing but memory between them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "io/tls.h"
#include "io/tls_context.h"
#include "io/tls_stream.h"

#define WINDOW_BYTES (64 * 1024)

struct side {
	struct tls_context *context;
	struct tls_stream *stream;
	struct cipher_window in;
	struct cipher_window out;
};

struct pair {
	struct side dialed;
	struct side accepted;
};

static void side_new(struct side *side, enum connection_role role, struct tls_context *context)
{
	side->context = context;
	if (!context)
		cr_assert_eq(tls_context_new_ephemeral(&side->context), 0);
	side->in = (struct cipher_window){.memory = malloc(WINDOW_BYTES), .capacity = WINDOW_BYTES};
	side->out = (struct cipher_window){.memory = malloc(WINDOW_BYTES),
					   .capacity = WINDOW_BYTES};
	cr_assert(side->in.memory && side->out.memory);
	cr_assert_eq(tls_stream_new(side->context, role, &side->in, &side->out, &side->stream), 0);
}

static void side_done(struct side *side)
{
	tls_stream_free(side->stream);
	tls_context_free(side->context);
	free(side->in.memory);
	free(side->out.memory);
}

static struct pair *pair_new(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	cr_assert(pair);
	side_new(&pair->dialed, CONNECTION_DIALED, NULL);
	side_new(&pair->accepted, CONNECTION_ACCEPTED, NULL);
	return pair;
}

static void pair_free(struct pair *pair)
{
	side_done(&pair->dialed);
	side_done(&pair->accepted);
	free(pair);
}

/* Moves at most `most` bytes; returns how many. */
static size_t carry(struct side *from, struct side *to, size_t most)
{
	struct cipher_window *out = &from->out;
	struct cipher_window *in = &to->in;
	size_t bytes = min_size(most, out->end - out->start);

	if (in->start == in->end)
		in->start = in->end = 0;
	bytes = min_size(bytes, in->capacity - in->end);
	memcpy(in->memory + in->end, out->memory + out->start, bytes);
	in->end += bytes;
	out->start += bytes;
	if (out->start == out->end)
		out->start = out->end = 0;
	return bytes;
}

/* Runs both until both are done or neither can go on; pieces of at most `most` bytes. */
static void shake(struct pair *pair, size_t most, enum tls_progress *ret_dialed,
		  enum tls_progress *ret_accepted)
{
	size_t carried = 1;

	while (carried > 0) {
		*ret_dialed = tls_stream_handshake(pair->dialed.stream);
		carried = carry(&pair->dialed, &pair->accepted, most);
		*ret_accepted = tls_stream_handshake(pair->accepted.stream);
		carried += carry(&pair->accepted, &pair->dialed, most);
	}
}

static struct pair *shaken_pair(void)
{
	struct pair *pair = pair_new();
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;

	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(dialed, TLS_DONE);
	cr_assert_eq(accepted, TLS_DONE);
	return pair;
}

/* Its failure, until the next call. */
static const char *failure(const struct side *side)
{
	static char sentence[HFT_CONNECTION_SENTENCE_BYTES];

	tls_stream_failure(side->stream, sentence, sizeof(sentence));
	return sentence;
}

static enum tls_progress give(struct pair *pair, const void *data, size_t bytes)
{
	return tls_stream_write(pair->dialed.stream, data, bytes);
}

static enum tls_progress take(struct pair *pair, void *data, size_t bytes, size_t *ret_moved)
{
	(void)carry(&pair->dialed, &pair->accepted, WINDOW_BYTES);
	return tls_stream_read(pair->accepted.stream, data, bytes, ret_moved);
}

Test(tls_stream, both_sides_learn_the_key_of_the_other)
{
	struct pair *pair = shaken_pair();
	struct fingerprint own;
	struct fingerprint seen;

	tls_context_fingerprint(pair->accepted.context, &own);
	cr_assert_eq(tls_stream_peer(pair->dialed.stream, &seen), 0);
	cr_assert_arr_eq(own.bytes, seen.bytes, sizeof(own.bytes));
	tls_context_fingerprint(pair->dialed.context, &own);
	cr_assert_eq(tls_stream_peer(pair->accepted.stream, &seen), 0);
	cr_assert_arr_eq(own.bytes, seen.bytes, sizeof(own.bytes));
	pair_free(pair);
}

Test(tls_stream, has_no_peer_before_the_handshake)
{
	struct pair *pair = pair_new();
	struct fingerprint seen;

	cr_assert_eq(tls_stream_peer(pair->dialed.stream, &seen), -ENOKEY);
	pair_free(pair);
}

Test(tls_stream, shakes_hands_over_single_bytes)
{
	struct pair *pair = pair_new();
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;

	shake(pair, 1, &dialed, &accepted);
	cr_assert_eq(dialed, TLS_DONE);
	cr_assert_eq(accepted, TLS_DONE);
	pair_free(pair);
}

Test(tls_stream, shakes_hands_through_a_window_smaller_than_a_flight)
{
	struct pair *pair = pair_new();
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;

	pair->dialed.out.capacity = 100;
	pair->accepted.out.capacity = 100;
	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(dialed, TLS_DONE);
	cr_assert_eq(accepted, TLS_DONE);
	pair_free(pair);
}

Test(tls_stream, sends_nothing_after_the_handshake_by_itself)
{
	struct pair *pair = shaken_pair();
	uint8_t byte = 0;
	size_t moved = 0;

	cr_assert_eq(take(pair, &byte, 1, &moved), TLS_WANTS_INPUT);
	cr_assert_eq(pair->accepted.out.end, 0, "a ticket?");
	pair_free(pair);
}

Test(tls_stream, a_record_costs_what_the_header_says)
{
	struct pair *pair = shaken_pair();
	uint8_t data[1000] = {1};

	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	cr_assert_eq(pair->dialed.out.end, sizeof(data) + TLS_RECORD_EXTRA_BYTES);
	pair_free(pair);
}

Test(tls_stream, plain_bytes_arrive_in_any_cut)
{
	struct pair *pair = shaken_pair();
	uint8_t sent[HFT_TLS_RECORD_BYTES];
	uint8_t got[HFT_TLS_RECORD_BYTES];
	size_t total = 0;

	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7);
	cr_assert_eq(give(pair, sent, sizeof(sent)), TLS_DONE);
	while (total < sizeof(got)) {
		size_t moved = 0;
		size_t wanted = min_size(999, sizeof(got) - total);

		(void)carry(&pair->dialed, &pair->accepted, 100);
		(void)tls_stream_read(pair->accepted.stream, got + total, wanted, &moved);
		total += moved;
	}
	cr_assert_arr_eq(sent, got, sizeof(sent));
	pair_free(pair);
}

/* The promise that lets a slot be given back: reading no more than what is needed leaves
 * nothing over, whatever the records look like, and it is never too little for ever. */
Test(tls_stream, what_is_needed_is_never_too_much)
{
	static const size_t records[] = {1, 16384, 5000, 17, 16384, 3, 9000, 16000, 4, 1022};
	struct pair *pair = shaken_pair();
	uint8_t data[HFT_TLS_RECORD_BYTES] = {0};
	uint8_t *got = malloc(WINDOW_BYTES);
	size_t total = 0;

	pair->dialed.out.memory = realloc(pair->dialed.out.memory, 2 * WINDOW_BYTES);
	pair->dialed.out.capacity = 2 * WINDOW_BYTES;
	for (size_t i = 0; i < ARRAY_COUNT(records); i++) {
		cr_assert_eq(give(pair, data, records[i]), TLS_DONE);
		total += records[i];
	}
	while (total > 0) {
		size_t wanted = min_size(total, 10007);
		size_t done = 0;

		while (done < wanted) {
			size_t moved = 0;
			enum tls_progress progress = tls_stream_read(
				pair->accepted.stream, got + done, wanted - done, &moved);

			done += moved;
			if (progress != TLS_WANTS_INPUT)
				continue;
			cr_assert_gt(carry(&pair->dialed, &pair->accepted,
					   tls_stream_needed(pair->accepted.stream, wanted - done)),
				     0);
		}
		cr_assert_eq(pair->accepted.in.start, pair->accepted.in.end, "left over");
		total -= wanted;
	}
	free(got);
	pair_free(pair);
}

Test(tls_stream, in_full_records_needs_no_second_look)
{
	struct pair *pair = shaken_pair();
	uint8_t data[HFT_TLS_RECORD_BYTES] = {0};
	uint8_t *got = malloc(WINDOW_BYTES);
	size_t moved = 0;

	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	cr_assert_eq(give(pair, data, 100), TLS_DONE);
	cr_assert_eq(tls_stream_needed(pair->accepted.stream, 2 * sizeof(data) + 100),
		     pair->dialed.out.end);
	cr_assert_eq(take(pair, got, 2 * sizeof(data) + 100, &moved), TLS_DONE);
	free(got);
	pair_free(pair);
}

Test(tls_stream, a_changed_bit_is_noticed_and_said_in_a_sentence)
{
	struct pair *pair = shaken_pair();
	uint8_t data[100] = {0};
	size_t moved = 0;

	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	pair->dialed.out.memory[50] ^= 4;
	cr_assert_eq(take(pair, data, sizeof(data), &moved), TLS_FAILED);
	cr_assert_eq(moved, 0);
	cr_assert_str_eq(failure(&pair->accepted), "a TLS record was changed on the way");
	cr_assert_eq(tls_stream_write(pair->accepted.stream, data, 1), TLS_FAILED);
	pair_free(pair);
}

Test(tls_stream, the_farewell_ends_one_direction_only)
{
	struct pair *pair = shaken_pair();
	uint8_t data[10] = {5};
	size_t moved = 0;

	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	tls_stream_close(pair->dialed.stream);
	cr_assert_eq(take(pair, data, sizeof(data), &moved), TLS_DONE);
	cr_assert_eq(take(pair, data, sizeof(data), &moved), TLS_CLOSED);

	cr_assert_eq(tls_stream_write(pair->accepted.stream, data, sizeof(data)), TLS_DONE);
	(void)carry(&pair->accepted, &pair->dialed, WINDOW_BYTES);
	cr_assert_eq(tls_stream_read(pair->dialed.stream, data, sizeof(data), &moved), TLS_DONE);
	pair_free(pair);
}

Test(tls_stream, goes_on_under_a_new_key)
{
	struct pair *pair = shaken_pair();
	uint8_t sent[100] = {9, 8, 7};
	uint8_t got[100] = {0};
	size_t moved = 0;

	cr_assert_eq(give(pair, sent, sizeof(sent)), TLS_DONE);
	tls_stream_renew_key(pair->dialed.stream);
	cr_assert_eq(give(pair, sent, sizeof(sent)), TLS_DONE);
	cr_assert_gt(pair->dialed.out.end, 2 * (sizeof(sent) + TLS_RECORD_EXTRA_BYTES));
	cr_assert_leq(pair->dialed.out.end,
		      2 * (sizeof(sent) + TLS_RECORD_EXTRA_BYTES) + TLS_RESERVE_BYTES);
	for (int i = 0; i < 2; i++) {
		memset(got, 0, sizeof(got));
		cr_assert_eq(take(pair, got, sizeof(got), &moved), TLS_DONE);
		cr_assert_arr_eq(sent, got, sizeof(sent));
	}
	pair_free(pair);
}

Test(tls_stream, a_write_without_room_takes_nothing_and_works_later)
{
	struct pair *pair = shaken_pair();
	uint8_t sent[3000] = {1};
	uint8_t got[3000] = {0};
	size_t moved = 0;

	pair->dialed.out.capacity = 1000;
	cr_assert_eq(give(pair, sent, sizeof(sent)), TLS_WANTS_ROOM);
	while (give(pair, sent, sizeof(sent)) == TLS_WANTS_ROOM)
		cr_assert_gt(carry(&pair->dialed, &pair->accepted, WINDOW_BYTES), 0);
	cr_assert_eq(take(pair, got, sizeof(got), &moved), TLS_DONE);
	cr_assert_arr_eq(sent, got, sizeof(sent));
	pair_free(pair);
}

static const char *answer_to(const void *first, size_t bytes)
{
	struct pair *pair = pair_new();
	const char *sentence = NULL;
	enum tls_progress progress = TLS_DONE;

	memcpy(pair->accepted.in.memory, first, bytes);
	pair->accepted.in.end = bytes;
	progress = tls_stream_handshake(pair->accepted.stream);
	cr_assert_eq(progress, TLS_FAILED, "progress %d", (int)progress);
	sentence = failure(&pair->accepted);
	pair_free(pair);
	return sentence;
}

Test(tls_stream, http_is_called_by_its_name)
{
	cr_assert_str_eq(answer_to("GET / HTTP/1.1\r\n\r\n", 18),
			 "the peer speaks HTTP, not TLS: is it an hft-engine?");
}

Test(tls_stream, garbage_is_not_tls)
{
	uint8_t garbage[100];

	memset(garbage, 0x5a, sizeof(garbage));
	cr_assert_str_eq(answer_to(garbage, sizeof(garbage)),
			 "what the peer sent is not TLS: is it set to plain text?");
	cr_assert_eq(strstr(answer_to("HFT1....................", 24), ":error:"), NULL);
}

/* ---- peers that are not as they should be: contexts of OpenSSL's own ---- */

/* Shakes hands with a dialing peer that has other rules; gives the accepting side's sentence, and
 * the peer's through ret_peer. */
static const char *shake_with(void (*spoil)(SSL_CTX *rules), const char **ret_peer)
{
	static char peer_sentence[HFT_CONNECTION_SENTENCE_BYTES];
	struct pair *pair = calloc(1, sizeof(*pair));
	struct tls_context *context = NULL;
	const char *sentence = NULL;
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;
	uint8_t byte = 0;
	size_t moved = 0;

	cr_assert_eq(tls_context_new_ephemeral(&context), 0);
	spoil(context->rules);
	side_new(&pair->dialed, CONNECTION_DIALED, context);
	side_new(&pair->accepted, CONNECTION_ACCEPTED, NULL);
	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(accepted, TLS_FAILED);
	if (dialed == TLS_DONE) /* in TLS 1.3 the dialing side is done before it is judged */
		cr_assert_eq(tls_stream_read(pair->dialed.stream, &byte, 1, &moved), TLS_FAILED);
	(void)snprintf(peer_sentence, sizeof(peer_sentence), "%s", failure(&pair->dialed));
	*ret_peer = peer_sentence;
	sentence = failure(&pair->accepted);
	pair_free(pair);
	return sentence;
}

static void speaks_tls_1_2(SSL_CTX *rules)
{
	cr_assert_eq(SSL_CTX_set_min_proto_version(rules, TLS1_2_VERSION), 1);
	cr_assert_eq(SSL_CTX_set_max_proto_version(rules, TLS1_2_VERSION), 1);
	SSL_CTX_clear_options(rules, SSL_OP_NO_TLSv1_2);
}

Test(tls_stream, a_peer_with_tls_1_2_only_is_refused)
{
	const char *peer = NULL;

	cr_assert_str_eq(shake_with(speaks_tls_1_2, &peer), "the peer speaks no TLS 1.3");
	cr_assert_str_eq(peer, "the peer speaks no TLS 1.3");
}

static void use_key(SSL_CTX *rules, EVP_PKEY *key, EVP_PKEY *signer)
{
	X509 *certificate = X509_new();
	const EVP_MD *digest = EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();

	cr_assert(certificate && key && signer);
	cr_assert(X509_gmtime_adj(X509_getm_notBefore(certificate), 0));
	cr_assert(X509_gmtime_adj(X509_getm_notAfter(certificate), 0)); /* dates do not count */
	cr_assert_eq(X509_set_pubkey(certificate, key), 1);
	cr_assert_gt(X509_sign(certificate, signer, digest), 0);
	cr_assert_eq(SSL_CTX_use_certificate(rules, certificate), 1);
	cr_assert_eq(SSL_CTX_use_PrivateKey(rules, key), 1);
	X509_free(certificate);
}

static void shows_a_key_signed_by_another(SSL_CTX *rules)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	use_key(rules, key, signer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(signer);
}

Test(tls_stream, a_key_signed_by_another_is_refused_and_the_peer_hears_it)
{
	const char *peer = NULL;

	cr_assert_str_eq(shake_with(shows_a_key_signed_by_another, &peer),
			 "the peer's certificate is not signed by its own key");
	cr_assert(strstr(peer, "rejected our certificate"), "%s", peer);
}

static void shows_a_chain(SSL_CTX *rules)
{
	X509 *copy = X509_dup(SSL_CTX_get0_certificate(rules));

	cr_assert_eq(SSL_CTX_add_extra_chain_cert(rules, copy), 1);
}

Test(tls_stream, a_chain_of_certificates_is_refused)
{
	const char *peer = NULL;

	cr_assert_str_eq(shake_with(shows_a_chain, &peer),
			 "the peer's certificate is not a single one");
}

static void shows_an_endless_certificate(SSL_CTX *rules)
{
	for (int i = 0; i < 40; i++)
		shows_a_chain(rules);
}

Test(tls_stream, a_very_long_certificate_is_refused)
{
	const char *peer = NULL;

	cr_assert_str_eq(shake_with(shows_an_endless_certificate, &peer),
			 "the peer's certificate is too long");
}

/* A dialing side with rules that are not ours at all. */
static struct pair *pair_with(SSL_CTX *rules)
{
	struct pair *pair = pair_new();
	struct ssl_ctx_st *kept = pair->dialed.context->rules;

	tls_stream_free(pair->dialed.stream);
	pair->dialed.context->rules = rules;
	cr_assert_eq(tls_stream_new(pair->dialed.context, CONNECTION_DIALED, &pair->dialed.in,
				    &pair->dialed.out, &pair->dialed.stream),
		     0);
	pair->dialed.context->rules = kept;
	return pair;
}

Test(tls_stream, a_p256_key_is_welcome)
{
	SSL_CTX *rules = SSL_CTX_new(TLS_client_method());
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;
	struct fingerprint expected;
	struct fingerprint seen;
	struct pair *pair = NULL;

	use_key(rules, key, key);
	cr_assert_eq(tls_identity_fingerprint(SSL_CTX_get0_certificate(rules), &expected), 0);
	pair = pair_with(rules);
	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(dialed, TLS_DONE);
	cr_assert_eq(accepted, TLS_DONE);
	cr_assert_eq(tls_stream_peer(pair->accepted.stream, &seen), 0);
	cr_assert_arr_eq(seen.bytes, expected.bytes, sizeof(seen.bytes));
	EVP_PKEY_free(key);
	SSL_CTX_free(rules);
	pair_free(pair);
}

Test(tls_stream, another_kind_of_key_is_refused)
{
	SSL_CTX *rules = SSL_CTX_new(TLS_client_method());
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;
	struct pair *pair = NULL;

	use_key(rules, key, key);
	pair = pair_with(rules);
	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(accepted, TLS_FAILED);
	EVP_PKEY_free(key);
	SSL_CTX_free(rules);
	pair_free(pair);
}

Test(tls_stream, a_peer_without_a_certificate_is_refused)
{
	SSL_CTX *rules = SSL_CTX_new(TLS_client_method());
	struct pair *pair = pair_with(rules);
	enum tls_progress dialed = TLS_FAILED;
	enum tls_progress accepted = TLS_FAILED;

	shake(pair, WINDOW_BYTES, &dialed, &accepted);
	cr_assert_eq(accepted, TLS_FAILED);
	cr_assert_str_eq(failure(&pair->accepted), "the peer has shown no certificate");
	SSL_CTX_free(rules);
	pair_free(pair);
}

Test(tls_stream, a_context_lives_as_long_as_its_streams)
{
	struct pair *pair = shaken_pair();
	uint8_t data[10] = {1};
	size_t moved = 0;

	tls_context_free(pair->dialed.context);
	pair->dialed.context = NULL;
	cr_assert_eq(give(pair, data, sizeof(data)), TLS_DONE);
	cr_assert_eq(take(pair, data, sizeof(data), &moved), TLS_DONE);
	pair_free(pair);
}
