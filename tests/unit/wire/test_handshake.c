/* SPDX-License-Identifier: Apache-2.0 */
/* test_handshake.c -- what may stand in a first flight, and what may answer it. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "support/rule.h"
#include "wire/handshake.h"

TestSuite(handshake, .timeout = 10);

static struct message hello_of(enum hello_purpose purpose)
{
	struct message message;

	handshake_hello(&message, purpose, "osaka", 5);
	return message;
}

static struct message empty_of(enum message_type type)
{
	struct message message;

	memset(&message, 0, sizeof(message));
	message.type = type;
	return message;
}

static struct message offer_of(uint8_t token)
{
	struct message offer = empty_of(MESSAGE_OFFER);

	offer.of.offer.token.bytes[0] = token;
	offer.of.offer.lanes_wanted = 4;
	return offer;
}

/* An ACCEPT that is a good answer to offer_of(token). */
static struct message accept_of(uint8_t token)
{
	struct message accept = empty_of(MESSAGE_ACCEPT);

	accept.of.accept.version = WIRE_VERSION_MAX;
	accept.of.accept.capabilities = CAP_RESUME;
	accept.of.accept.token.bytes[0] = token;
	accept.of.accept.lanes = 4;
	return accept;
}

/* Expects that second may not follow a HELLO of this purpose, and why. */
static void expect_no_second(enum hello_purpose purpose, const struct message *second,
			     const char *word)
{
	struct message hello = hello_of(purpose);
	struct outcome refusal;

	cr_assert_eq(handshake_check_second(&hello.of.hello, second, &refusal), -EBADMSG);
	cr_expect_eq(refusal.status, HFT_NO_AGREEMENT);
	cr_expect(strstr(refusal.sentence, word), "no \"%s\" in: %s", word, refusal.sentence);
}

static int check_second(enum hello_purpose purpose, struct message second)
{
	struct message hello = hello_of(purpose);
	struct outcome refusal;

	return handshake_check_second(&hello.of.hello, &second, &refusal);
}

static int check_answer(enum hello_purpose purpose, struct message second, struct message answer)
{
	struct message hello = hello_of(purpose);
	struct outcome refusal = {.status = 1};
	int error = handshake_check_answer(&hello.of.hello, &second, &answer, &refusal);

	cr_expect_eq(refusal.status, error ? HFT_NO_AGREEMENT : 1);
	return error;
}

Test(handshake, our_hello_can_be_encoded)
{
	struct message hello = hello_of(HELLO_SESSION);
	uint8_t buffer[HFT_MESSAGE_BYTES_MAX];
	size_t bytes = 0;

	cr_expect_eq(message_encode(&hello, buffer, sizeof(buffer), &bytes), 0);
	cr_expect_eq(hello.of.hello.version_min, WIRE_VERSION_MIN);
	cr_expect_eq(hello.of.hello.version_max, WIRE_VERSION_MAX);
	cr_expect_eq(hello.of.hello.capabilities, CAPABILITIES_KNOWN);
	cr_expect_eq(hello.of.hello.owner_epoch, 5);
	cr_expect_str_eq(hello.of.hello.engine_name, "osaka");
}

Test(handshake, a_name_too_long_is_cut)
{
	char name[2 * HFT_HOST_BYTES];
	struct message hello;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	handshake_hello(&hello, HELLO_CHECK, name, 1);
	cr_expect_eq(strlen(hello.of.hello.engine_name), HFT_HOST_BYTES - 1);
}

Test(handshake, begins_with_hello_and_nothing_else)
{
	for (unsigned int type = 0; type < MESSAGE_TYPES; type++)
		cr_expect_eq(handshake_may_begin_with((enum message_type)type),
			     type == MESSAGE_HELLO, "%s", message_type_name(type));
}

Test(handshake, each_purpose_has_its_second_message)
{
	cr_expect_eq(check_second(HELLO_SESSION, offer_of(0)), 0);
	cr_expect_eq(check_second(HELLO_REJOIN, offer_of(1)), 0);
	cr_expect_eq(check_second(HELLO_LANE, empty_of(MESSAGE_JOIN)), 0);
	cr_expect_not(handshake_has_second(HELLO_CHECK));
	cr_expect(handshake_has_second(HELLO_LANE));
}

Test(handshake, another_second_message_is_refused_by_name)
{
	struct message join = empty_of(MESSAGE_JOIN);
	struct message offer = offer_of(0);
	struct message finish = empty_of(MESSAGE_FINISH);

	expect_no_second(HELLO_SESSION, &join, "JOIN");
	expect_no_second(HELLO_LANE, &offer, "OFFER");
	expect_no_second(HELLO_REJOIN, &finish, "FINISH");
	expect_no_second(HELLO_CHECK, &offer, "OFFER");
}

Test(handshake, only_a_rejoin_has_a_token)
{
	struct message without = offer_of(0);
	struct message with = offer_of(1);

	HFT_RULE(D_300);
	expect_no_second(HELLO_SESSION, &with, "token");
	expect_no_second(HELLO_REJOIN, &without, "token");
}

Test(handshake, the_newest_common_version_is_taken)
{
	struct message_hello hello = {.version_min = 1, .version_max = 9};
	struct outcome refusal;
	uint16_t version = 0;

	cr_assert_eq(handshake_agree_version(&hello, &version, &refusal), 0);
	cr_expect_eq(version, WIRE_VERSION_MAX);
}

Test(handshake, no_common_version_is_913_with_both_ranges)
{
	struct message_hello hello = {.version_min = 2, .version_max = 9};
	struct outcome refusal;
	uint16_t version = 77;

	cr_assert_eq(handshake_agree_version(&hello, &version, &refusal), -EPROTONOSUPPORT);
	cr_expect_eq(version, 77);
	cr_expect_eq(refusal.status, HFT_NO_AGREEMENT);
	cr_expect(strstr(refusal.sentence, "2 to 9"), "%s", refusal.sentence);
	cr_expect(strstr(refusal.sentence, "1 to 1"), "%s", refusal.sentence);
}

Test(handshake, unknown_capabilities_are_left_out)
{
	struct message_hello hello = {.capabilities = CAP_LANES | UINT64_C(1) << 63};

	cr_expect_eq(handshake_agree_capabilities(&hello), CAP_LANES);
}

Test(handshake, an_older_owner_epoch_is_fenced)
{
	struct outcome refusal = {0};

	HFT_RULE(D_223);
	cr_expect_eq(handshake_check_epoch("osaka", 7, 6, &refusal), -ESTALE);
	cr_expect_eq(refusal.status, HFT_FENCED);
	cr_expect(strstr(refusal.sentence, "osaka"), "%s", refusal.sentence);
	cr_expect(strstr(refusal.sentence, "7"), "%s", refusal.sentence);
}

Test(handshake, the_same_and_a_newer_owner_epoch_are_believed)
{
	struct outcome refusal = {.status = 1};

	HFT_RULE(D_223);
	cr_expect_eq(handshake_check_epoch("osaka", 0, 1, &refusal), 0);
	cr_expect_eq(handshake_check_epoch("osaka", 7, 7, &refusal), 0);
	cr_expect_eq(handshake_check_epoch("osaka", 7, UINT64_MAX, &refusal), 0);
	cr_expect_eq(refusal.status, 1, "untouched");
}

Test(handshake, an_accept_within_the_offer_is_good)
{
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), accept_of(9)), 0);
	cr_expect_eq(check_answer(HELLO_REJOIN, offer_of(9), accept_of(9)), 0);
}

Test(handshake, a_refusal_answers_everything)
{
	struct message hello = hello_of(HELLO_CHECK);
	struct message refuse = empty_of(MESSAGE_REFUSE);
	struct outcome refusal;

	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), refuse), 0);
	cr_expect_eq(check_answer(HELLO_LANE, empty_of(MESSAGE_JOIN), refuse), 0);
	cr_expect_eq(handshake_check_answer(&hello.of.hello, NULL, &refuse, &refusal), 0);
}

Test(handshake, an_accept_beyond_the_offer_is_refused)
{
	struct message accept = accept_of(9);

	accept.of.accept.version = 2;
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), accept), -EBADMSG);
	accept = accept_of(9);
	accept.of.accept.capabilities = UINT64_C(1) << 40;
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), accept), -EBADMSG);
	accept = accept_of(9);
	accept.of.accept.lanes = 5;
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), accept), -EBADMSG);
	cr_expect_eq(check_answer(HELLO_REJOIN, offer_of(8), accept_of(9)), -EBADMSG, "token");
}

Test(handshake, a_lane_is_joined_as_asked)
{
	struct message join = empty_of(MESSAGE_JOIN);
	struct message joined = empty_of(MESSAGE_JOINED);

	join.of.join.lane = 3;
	joined.of.joined.lane = 3;
	cr_expect_eq(check_answer(HELLO_LANE, join, joined), 0);
	joined.of.joined.lane = 2;
	cr_expect_eq(check_answer(HELLO_LANE, join, joined), -EBADMSG);
}

Test(handshake, a_check_is_answered_by_a_check)
{
	struct message hello = hello_of(HELLO_CHECK);
	struct message answer = hello_of(HELLO_CHECK);
	struct outcome refusal;

	cr_expect_eq(handshake_check_answer(&hello.of.hello, NULL, &answer, &refusal), 0);
	answer.of.hello.purpose = HELLO_SESSION;
	cr_expect_eq(handshake_check_answer(&hello.of.hello, NULL, &answer, &refusal), -EBADMSG);
}

Test(handshake, another_message_is_no_answer)
{
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), empty_of(MESSAGE_JOINED)), -EBADMSG);
	cr_expect_eq(check_answer(HELLO_LANE, empty_of(MESSAGE_JOIN), accept_of(1)), -EBADMSG);
	cr_expect_eq(check_answer(HELLO_SESSION, offer_of(0), hello_of(HELLO_CHECK)), -EBADMSG);
}
