/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.c -- see handshake.h. One table says what follows a HELLO of each purpose and
 * what answers it. */
#include "wire/handshake.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"

struct first_flight {
	enum message_type second; /* what the dialer sends behind HELLO, or MESSAGE_NONE */
	enum message_type answer; /* what the other side says when it agrees */
};

static const struct first_flight first_flights[] = {
	[HELLO_SESSION] = {MESSAGE_OFFER, MESSAGE_ACCEPT},
	[HELLO_REJOIN] = {MESSAGE_OFFER, MESSAGE_ACCEPT},
	[HELLO_LANE] = {MESSAGE_JOIN, MESSAGE_JOINED},
	[HELLO_CHECK] = {MESSAGE_NONE, MESSAGE_HELLO},
};
static_assert(ARRAY_COUNT(first_flights) == HELLO_PURPOSES, "a purpose has no first flight");

static int refuse(struct outcome *ret_refusal, const char *what, const char *of)
{
	outcome_set(ret_refusal, HFT_NO_AGREEMENT, HFT_DETAIL_NONE, "protocol error: %s (%s)", what,
		    of);
	return -EBADMSG;
}

void handshake_hello(struct message *ret_message, enum hello_purpose purpose,
		     const char *engine_name, uint64_t owner_epoch)
{
	struct message_hello *hello = NULL;
	size_t length = 0;

	assert(ret_message);
	assert(purpose > 0 && purpose < HELLO_PURPOSES);
	assert(engine_name && *engine_name);
	assert(owner_epoch > 0);

	memset(ret_message, 0, sizeof(*ret_message));
	ret_message->type = MESSAGE_HELLO;
	hello = &ret_message->of.hello;
	hello->version_min = WIRE_VERSION_MIN;
	hello->version_max = WIRE_VERSION_MAX;
	hello->capabilities = CAPABILITIES_KNOWN;
	hello->owner_epoch = owner_epoch;
	hello->purpose = (uint8_t)purpose;
	length = strnlen(engine_name, sizeof(hello->engine_name) - 1);
	memcpy(hello->engine_name, engine_name, length);
}

bool handshake_may_begin_with(enum message_type type)
{
	return type == MESSAGE_HELLO;
}

bool handshake_has_second(enum hello_purpose purpose)
{
	assert(purpose > 0 && purpose < HELLO_PURPOSES);

	return first_flights[purpose].second != MESSAGE_NONE;
}

int handshake_check_second(const struct message_hello *hello, const struct message *second,
			   struct outcome *ret_refusal)
{
	bool has_token = false;

	assert(hello && hello->purpose > 0 && hello->purpose < HELLO_PURPOSES);
	assert(second);
	assert(ret_refusal);

	if (second->type != first_flights[hello->purpose].second)
		return refuse(ret_refusal, "this message cannot follow this HELLO",
			      message_type_name(second->type));
	if (second->type != MESSAGE_OFFER)
		return 0;

	has_token = !id_is_zero(&second->of.offer.token);
	if (has_token && hello->purpose == HELLO_SESSION)
		return refuse(ret_refusal, "a new session has a token already", "OFFER");
	if (!has_token && hello->purpose == HELLO_REJOIN)
		return refuse(ret_refusal, "a session is rejoined without its token", "OFFER");
	return 0;
}

int handshake_agree_version(const struct message_hello *hello, uint16_t *ret_version,
			    struct outcome *ret_refusal)
{
	assert(hello);
	assert(ret_version);
	assert(ret_refusal);

	if (hello->version_min > WIRE_VERSION_MAX || hello->version_max < WIRE_VERSION_MIN) {
		outcome_set(ret_refusal, HFT_NO_AGREEMENT, HFT_DETAIL_NONE,
			    "no common protocol version: you speak %u to %u, this side %d to %d",
			    hello->version_min, hello->version_max, WIRE_VERSION_MIN,
			    WIRE_VERSION_MAX);
		return -EPROTONOSUPPORT;
	}
	*ret_version = (uint16_t)min_u32(hello->version_max, WIRE_VERSION_MAX);
	return 0;
}

uint64_t handshake_agree_capabilities(const struct message_hello *hello)
{
	assert(hello);

	return hello->capabilities & CAPABILITIES_KNOWN;
}

int handshake_check_epoch(const char *engine_name, uint64_t seen, uint64_t shown,
			  struct outcome *ret_refusal)
{
	assert(engine_name);
	assert(ret_refusal);

	if (shown >= seen)
		return 0;
	outcome_set(ret_refusal, HFT_FENCED, HFT_DETAIL_NONE,
		    "%s is no longer the owner: it shows epoch %" PRIu64 ", but %" PRIu64
		    " was seen already",
		    engine_name, shown, seen);
	return -ESTALE;
}

/* The answer to an OFFER may only narrow what was offered. */
static int check_accept(const struct message_hello *hello, const struct message_offer *offer,
			const struct message_accept *accept, struct outcome *ret_refusal)
{
	if (accept->version < hello->version_min || accept->version > hello->version_max)
		return refuse(ret_refusal, "a version that was not offered", "ACCEPT");
	if (accept->capabilities & ~hello->capabilities)
		return refuse(ret_refusal, "capabilities that were not offered", "ACCEPT");
	if (accept->lanes > offer->lanes_wanted)
		return refuse(ret_refusal, "more lanes than were wanted", "ACCEPT");
	if (hello->purpose == HELLO_REJOIN && !id_equal_secret(&accept->token, &offer->token))
		return refuse(ret_refusal, "another token than that of the session", "ACCEPT");
	return 0;
}

int handshake_check_answer(const struct message_hello *hello, const struct message *second,
			   const struct message *answer, struct outcome *ret_refusal)
{
	assert(hello && hello->purpose > 0 && hello->purpose < HELLO_PURPOSES);
	assert(handshake_has_second(hello->purpose) == (second != NULL));
	assert(!second || second->type == first_flights[hello->purpose].second);
	assert(answer);
	assert(ret_refusal);

	if (answer->type == MESSAGE_REFUSE)
		return 0;
	if (answer->type != first_flights[hello->purpose].answer)
		return refuse(ret_refusal, "this message is no answer to the first flight",
			      message_type_name(answer->type));
	switch (answer->type) {
	case MESSAGE_ACCEPT:
		return check_accept(hello, &second->of.offer, &answer->of.accept, ret_refusal);
	case MESSAGE_JOINED:
		if (answer->of.joined.lane != second->of.join.lane)
			return refuse(ret_refusal, "another lane than was asked for", "JOINED");
		return 0;
	case MESSAGE_HELLO:
		if (answer->of.hello.purpose != HELLO_CHECK)
			return refuse(ret_refusal, "a check is answered by a check", "HELLO");
		return 0;
	default:
		return refuse(ret_refusal, "no answer", message_type_name(answer->type));
	}
}
