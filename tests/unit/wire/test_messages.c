/* SPDX-License-Identifier: Apache-2.0 */
/* test_messages.c -- every message there and back, smallest and largest, and each rule of
 * the table in messages.c broken once. At the end: the engine reads what
 * tests/fuzz/make_wire_corpus.py made from hft-protocol(7) without the engine's code. Files
 * whose name ends in "-refused" must be refused, all others accepted: page and code say
 * the same. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/messages.h"

TestSuite(messages, .timeout = 30);

#define PAYLOAD (HFT_FRAME_BYTES)

/* A message encoded, with what it takes to decode it. */
struct encoded {
	uint8_t bytes[HFT_MESSAGE_BYTES_MAX]; /* header and payload */
	size_t count;			      /* bytes in use */
};

static void fill_text(char *text, size_t text_bytes)
{
	memset(text, 'x', text_bytes - 1);
	text[text_bytes - 1] = '\0';
}

static void fill_ranges(struct ranges *ranges)
{
	ranges->count = HFT_RANGES_MAX;
	for (uint32_t i = 0; i < HFT_RANGES_MAX; i++)
		ranges->list[i] = (struct range){2 * i, 2 * i + 1};
	ranges->list[HFT_RANGES_MAX - 1].end = HFT_CHUNKS_MAX;
}

static void fill_outcome(struct outcome *outcome)
{
	outcome->status = 65535;
	outcome->detail = 65535;
	fill_text(outcome->sentence, sizeof(outcome->sentence));
}

/* The smallest valid message of a type. */
static struct message smallest(enum message_type type)
{
	struct message message;

	memset(&message, 0, sizeof(message));
	message.type = type;
	switch (type) {
	case MESSAGE_HELLO:
		message.of.hello = (struct message_hello){1, 1, 0, 1, HELLO_SESSION, "a"};
		break;
	case MESSAGE_OFFER:
		message.of.offer.transfer_id.bytes[15] = 1;
		message.of.offer.attempt = 1;
		message.of.offer.session_epoch = 1;
		message.of.offer.chunk_bytes = HFT_CHUNK_BYTES_MIN;
		message.of.offer.lanes_wanted = 1;
		message.of.offer.source.type = SOURCE_FILE;
		break;
	case MESSAGE_ACCEPT:
		message.of.accept.version = 1;
		message.of.accept.owner_epoch = 1;
		message.of.accept.token.bytes[0] = 1;
		message.of.accept.lanes = 1;
		message.of.accept.chunk_bytes = HFT_CHUNK_BYTES_MIN;
		message.of.accept.engine_name[0] = 'a';
		break;
	case MESSAGE_REFUSE:
	case MESSAGE_CANCEL:
		message.of.refuse.outcome.status = 1;
		break;
	case MESSAGE_JOIN:
		message.of.join.token.bytes[7] = 1;
		message.of.join.session_epoch = 1;
		break;
	case MESSAGE_AGAIN:
		message.of.again.tries = 1;
		break;
	case MESSAGE_DIGESTS_REQUEST:
		message.of.digests_request.count = 1;
		break;
	case MESSAGE_FINISH:
		message.of.finish.source.type = SOURCE_STREAM;
		break;
	default:
		break;
	}
	return message;
}

static void fill_offer(struct message_offer *offer)
{
	memset(&offer->transfer_id, 0xff, sizeof(offer->transfer_id));
	memset(&offer->token, 0xff, sizeof(offer->token));
	offer->attempt = UINT32_MAX;
	offer->session_epoch = UINT32_MAX;
	offer->total_bytes = TOTAL_BYTES_UNKNOWN;
	offer->recorded_chunks = HFT_CHUNKS_MAX;
	offer->chunk_bytes = HFT_CHUNK_BYTES_MAX;
	offer->resume_check = UINT32_MAX;
	offer->lanes_wanted = HFT_LANES_MAX;
	offer->from_start = true;
	offer->strict = true;
	offer->source = (struct source_identity){1, 2, 3, 4, 5, SOURCE_STREAM};
	fill_text(offer->file_id, sizeof(offer->file_id));
	fill_text(offer->name, sizeof(offer->name));
	fill_text(offer->source_path, sizeof(offer->source_path));
}

static void fill_accept(struct message_accept *accept)
{
	accept->version = UINT16_MAX;
	accept->capabilities = CAPABILITIES_KNOWN;
	accept->owner_epoch = UINT64_MAX;
	memset(&accept->token, 0xff, sizeof(accept->token));
	accept->lanes = HFT_LANES_MAX;
	accept->chunk_bytes = HFT_CHUNK_BYTES_MAX;
	fill_ranges(&accept->stored);
	fill_ranges(&accept->durable);
	accept->prefix_chunks = HFT_CHUNKS_MAX;
	memset(&accept->root, 0xff, sizeof(accept->root));
	accept->tail_count = HFT_TAIL_DIGESTS_MAX;
	memset(accept->tail, 0xee, sizeof(accept->tail));
	accept->reason = RESUME_REASONS - 1;
	accept->completed = true;
	fill_outcome(&accept->outcome);
	memset(&accept->file_digest, 0xff, sizeof(accept->file_digest));
	fill_text(accept->final_name, sizeof(accept->final_name));
	fill_text(accept->engine_name, sizeof(accept->engine_name));
}

/* The messages before data flows. */
static void fill_handshake(struct message *message)
{
	switch (message->type) {
	case MESSAGE_HELLO:
		message->of.hello = (struct message_hello){UINT16_MAX, UINT16_MAX,  UINT64_MAX,
							   UINT64_MAX, HELLO_CHECK, ""};
		fill_text(message->of.hello.engine_name, sizeof(message->of.hello.engine_name));
		break;
	case MESSAGE_OFFER:
		fill_offer(&message->of.offer);
		break;
	case MESSAGE_ACCEPT:
		fill_accept(&message->of.accept);
		break;
	case MESSAGE_REFUSE:
	case MESSAGE_CANCEL:
		fill_outcome(&message->of.refuse.outcome);
		break;
	case MESSAGE_BEGIN:
		fill_ranges(&message->of.begin.agreed);
		message->of.begin.reason = RESUME_REASONS - 1;
		break;
	case MESSAGE_JOIN:
		message->of.join.session_epoch = UINT32_MAX;
		message->of.join.lane = HFT_LANES_MAX - 1;
		break;
	case MESSAGE_JOINED:
		message->of.joined.lane = HFT_LANES_MAX - 1;
		break;
	default:
		break;
	}
}

/* The messages while data flows. */
static void fill_session(struct message *message)
{
	switch (message->type) {
	case MESSAGE_STORED:
	case MESSAGE_DURABLE:
		fill_ranges(&message->of.stored.ranges);
		break;
	case MESSAGE_AGAIN:
		message->of.again = (struct message_again){HFT_CHUNKS_MAX - 1, HFT_CHUNK_TRIES_MAX};
		break;
	case MESSAGE_DIGESTS_REQUEST:
		message->of.digests_request.first = HFT_CHUNKS_MAX - 1;
		message->of.digests_request.count = HFT_TAIL_DIGESTS_MAX;
		break;
	case MESSAGE_DIGESTS:
		message->of.digests.first = HFT_CHUNKS_MAX - 1;
		message->of.digests.count = HFT_TAIL_DIGESTS_MAX;
		memset(message->of.digests.list, 0xee, sizeof(message->of.digests.list));
		break;
	case MESSAGE_FINISH:
		message->of.finish.chunk_count = HFT_CHUNKS_MAX;
		message->of.finish.total_bytes = INT64_MAX;
		memset(&message->of.finish.digest, 0xff, sizeof(message->of.finish.digest));
		message->of.finish.source = (struct source_identity){1, 2, 3, 4, 5, SOURCE_FILE};
		break;
	case MESSAGE_COMPLETE:
		fill_outcome(&message->of.complete.outcome);
		memset(&message->of.complete.digest, 0xff, sizeof(message->of.complete.digest));
		fill_text(message->of.complete.final_name, sizeof(message->of.complete.final_name));
		break;
	case MESSAGE_ALIVE:
		message->of.alive = (struct message_alive){INT64_MAX, INT64_MAX, ALIVE_DISK_BUSY};
		break;
	default:
		break;
	}
}

/* The largest valid message of a type, every number at its maximum. */
static struct message largest(enum message_type type)
{
	struct message message = smallest(type);

	fill_handshake(&message);
	fill_session(&message);
	return message;
}

static struct encoded encode(const struct message *message)
{
	struct encoded encoded = {.count = 0};

	cr_assert_eq(message_encode(message, encoded.bytes, sizeof(encoded.bytes), &encoded.count),
		     0, "%s", message_type_name(message->type));
	return encoded;
}

/* Decodes exactly the payload of encoded, with the checksum it really has. */
static int decode(const struct encoded *encoded, struct message *ret_message)
{
	struct frame_header header = {
		.type = encoded->bytes[5],
		.payload_bytes = (uint32_t)(encoded->count - HFT_FRAME_BYTES),
	};

	header.payload_crc = crc32c(0, encoded->bytes + PAYLOAD, header.payload_bytes);
	return message_decode(&header, encoded->bytes + PAYLOAD, ret_message);
}

/* Encodes the smallest of a type, changes one byte of the payload, and decodes. */
static int decode_changed(enum message_type type, size_t offset, uint8_t value)
{
	struct message message = smallest(type);
	struct encoded encoded = encode(&message);

	encoded.bytes[PAYLOAD + offset] = value;
	return decode(&encoded, &message);
}

/* Encodes message and expects that it is invalid. */
static void expect_invalid(const struct message *message, const char *what)
{
	uint8_t buffer[HFT_MESSAGE_BYTES_MAX];
	size_t bytes = 77;

	cr_expect_eq(message_encode(message, buffer, sizeof(buffer), &bytes), -EINVAL, "%s", what);
	cr_expect_eq(bytes, 77, "%s: output touched", what);
}

/* There and back: the same bytes again, in which each field has its place. The structs are not
 * compared: what lies between their fields is anything. */
static void expect_round_trip(const struct message *message)
{
	const char *name = message_type_name(message->type);
	struct encoded encoded = encode(message);
	struct encoded again;
	struct frame_header header;
	struct message decoded;

	cr_assert_eq(frame_decode(encoded.bytes, &header), 0, "%s", name);
	cr_expect(frame_is_message(&header));
	cr_expect_eq(header.payload_bytes, encoded.count - HFT_FRAME_BYTES);
	cr_assert_eq(message_decode(&header, encoded.bytes + PAYLOAD, &decoded), 0, "%s", name);
	again = encode(&decoded);
	cr_expect_eq(again.count, encoded.count);
	cr_expect_arr_eq(again.bytes, encoded.bytes, encoded.count, "%s", name);
}

Test(messages, the_smallest_of_each_type_comes_back_as_it_was)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		struct message message = smallest((enum message_type)type);

		expect_round_trip(&message);
	}
}

Test(messages, the_largest_of_each_type_comes_back_as_it_was)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		struct message message = largest((enum message_type)type);

		expect_round_trip(&message);
	}
}

/* A header whose length was changed, with the right checksum. */
static int decode_length(const struct encoded *encoded, uint32_t payload_bytes)
{
	uint8_t bytes[HFT_FRAME_BYTES];
	struct frame_header header;

	memcpy(bytes, encoded->bytes, sizeof(bytes));
	bytes_put_u32le(bytes + 8, payload_bytes);
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	return frame_decode(bytes, &header);
}

Test(messages, the_bounds_of_a_type_are_its_smallest_and_largest_message)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		struct message message = smallest((enum message_type)type);
		struct encoded encoded = encode(&message);
		uint32_t least = (uint32_t)(encoded.count - HFT_FRAME_BYTES);
		uint32_t most = 0;

		message = largest((enum message_type)type);
		most = (uint32_t)(encode(&message).count - HFT_FRAME_BYTES);
		cr_expect_eq(decode_length(&encoded, least), 0);
		cr_expect_eq(decode_length(&encoded, most), 0);
		cr_expect_eq(decode_length(&encoded, least - 1), -EMSGSIZE, "%s",
			     message_type_name((unsigned int)type));
		cr_expect_eq(decode_length(&encoded, most + 1), -EMSGSIZE, "%s",
			     message_type_name((unsigned int)type));
	}
}

Test(messages, every_missing_byte_is_noticed)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		struct message message = largest((enum message_type)type);
		struct encoded encoded = encode(&message);

		while (encoded.count > HFT_FRAME_BYTES) {
			encoded.count--;
			cr_expect_eq(decode(&encoded, &message), -EBADMSG, "%s with %zu bytes",
				     message_type_name((unsigned int)type), encoded.count);
			if (encoded.count > HFT_FRAME_BYTES + 600)
				encoded.count -= 97; /* all would take seconds */
		}
	}
}

Test(messages, a_byte_too_many_is_noticed)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		struct message message = smallest((enum message_type)type);
		struct encoded encoded = encode(&message);

		encoded.count++;
		cr_expect_eq(decode(&encoded, &message), -EBADMSG, "%s",
			     message_type_name((unsigned int)type));
	}
}

Test(messages, a_damaged_payload_is_noticed)
{
	struct message message = largest(MESSAGE_OFFER);
	struct encoded encoded = encode(&message);
	struct frame_header header;

	cr_assert_eq(frame_decode(encoded.bytes, &header), 0);
	encoded.bytes[PAYLOAD + 1000] ^= 1;
	cr_expect_eq(message_decode(&header, encoded.bytes + PAYLOAD, &message), -EBADMSG);
}

Test(messages, a_refused_payload_leaves_the_output_alone)
{
	struct message message = smallest(MESSAGE_JOIN);
	struct encoded encoded = encode(&message);
	struct message before;

	encoded.count--;
	message = largest(MESSAGE_ACCEPT);
	before = message;
	cr_expect_eq(decode(&encoded, &message), -EBADMSG);
	cr_expect_eq(memcmp(&message, &before, sizeof(message)), 0);
}

Test(messages, a_buffer_too_small_is_named_whatever_is_missing)
{
	struct message message = largest(MESSAGE_COMPLETE);
	struct encoded encoded = encode(&message);
	size_t bytes = 77;

	for (size_t capacity = 0; capacity < encoded.count; capacity++)
		cr_expect_eq(message_encode(&message, encoded.bytes, capacity, &bytes), -ENOBUFS);
	cr_expect_eq(bytes, 77);
	cr_expect_eq(message_encode(&message, encoded.bytes, encoded.count, &bytes), 0);
}

Test(messages, no_message_has_the_type_none)
{
	struct message message;

	memset(&message, 0, sizeof(message));
	expect_invalid(&message, "MESSAGE_NONE");
	message.type = MESSAGE_TYPES;
	expect_invalid(&message, "MESSAGE_TYPES");
}

/* What is on the wire never changes within a version. */
Test(messages, a_hello_is_these_bytes)
{
	const uint8_t payload[] = {1, 0, 1, 0, 15, 0, 0, 0, 0, 0,   0,	 0,   5,   0,
				   0, 0, 0, 0, 0,  0, 3, 5, 0, 'o', 's', 'a', 'k', 'a'};
	struct message message = smallest(MESSAGE_HELLO);
	struct encoded encoded;

	message.of.hello = (struct message_hello){1, 1, CAPABILITIES_KNOWN, 5, HELLO_LANE, "osaka"};
	encoded = encode(&message);
	cr_assert_eq(encoded.count, HFT_FRAME_BYTES + sizeof(payload));
	cr_expect_eq(encoded.bytes[5], 16);
	cr_expect_eq(bytes_get_u32le(encoded.bytes + 8), sizeof(payload));
	cr_expect_eq(bytes_get_u32le(encoded.bytes + 12), crc32c(0, payload, sizeof(payload)));
	cr_expect_arr_eq(encoded.bytes + PAYLOAD, payload, sizeof(payload));
}

Test(messages, hello_has_a_range_of_versions)
{
	struct message message = smallest(MESSAGE_HELLO);

	message.of.hello.version_min = 0;
	expect_invalid(&message, "version 0");
	message.of.hello.version_min = 2;
	message.of.hello.version_max = 1;
	expect_invalid(&message, "a range that is upside down");
	cr_expect_eq(decode_changed(MESSAGE_HELLO, 0, 2), -EBADMSG);
}

Test(messages, hello_has_a_purpose_a_name_and_an_epoch)
{
	struct message message = smallest(MESSAGE_HELLO);

	cr_expect_eq(decode_changed(MESSAGE_HELLO, 20, 0), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_HELLO, 20, HELLO_PURPOSES), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_HELLO, 12, 0), -EBADMSG, "epoch 0");
	message.of.hello.engine_name[0] = '\0';
	expect_invalid(&message, "no name");
}

Test(messages, hello_may_have_capabilities_that_we_do_not_know)
{
	cr_expect_eq(decode_changed(MESSAGE_HELLO, 11, 0x80), 0);
}

Test(messages, an_offer_needs_its_numbers)
{
	struct message message = smallest(MESSAGE_OFFER);

	message.of.offer.transfer_id.bytes[15] = 0;
	expect_invalid(&message, "no transfer id");
	message = smallest(MESSAGE_OFFER);
	message.of.offer.attempt = 0;
	expect_invalid(&message, "attempt 0");
	message = smallest(MESSAGE_OFFER);
	message.of.offer.session_epoch = 0;
	expect_invalid(&message, "session epoch 0");
	message = smallest(MESSAGE_OFFER);
	message.of.offer.lanes_wanted = 0;
	expect_invalid(&message, "no lane");
	message.of.offer.lanes_wanted = HFT_LANES_MAX + 1;
	expect_invalid(&message, "too many lanes");
	message = smallest(MESSAGE_OFFER);
	message.of.offer.source.type = 0;
	expect_invalid(&message, "source not known");
	message = smallest(MESSAGE_OFFER);
	message.of.offer.recorded_chunks = HFT_CHUNKS_MAX + 1;
	expect_invalid(&message, "too many chunks");
}

Test(messages, chunks_are_offered_in_sizes_that_a_disk_can_write)
{
	const uint32_t bad[] = {0, HFT_CHUNK_BYTES_MIN - 4096, HFT_CHUNK_BYTES_MIN + 1,
				HFT_CHUNK_BYTES_MAX + 4096, UINT32_MAX};
	struct message message;

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		message = smallest(MESSAGE_OFFER);
		message.of.offer.chunk_bytes = bad[i];
		expect_invalid(&message, "OFFER chunk_bytes");
		message = smallest(MESSAGE_ACCEPT);
		message.of.accept.chunk_bytes = bad[i];
		expect_invalid(&message, "ACCEPT chunk_bytes");
	}
	message = smallest(MESSAGE_OFFER);
	message.of.offer.chunk_bytes = HFT_CHUNK_BYTES_MIN + 4096;
	expect_round_trip(&message);
}

Test(messages, only_a_stream_has_an_unknown_size)
{
	struct message message = smallest(MESSAGE_OFFER);

	message.of.offer.total_bytes = TOTAL_BYTES_UNKNOWN;
	expect_invalid(&message, "a file of unknown size");
	message.of.offer.source.type = SOURCE_STREAM;
	expect_round_trip(&message);
	message.of.offer.total_bytes = TOTAL_BYTES_UNKNOWN - 1;
	expect_invalid(&message, "larger than any file");
	message.of.offer.total_bytes = INT64_MAX;
	expect_round_trip(&message);
}

Test(messages, an_offer_flag_is_zero_or_one)
{
	cr_expect_eq(decode_changed(MESSAGE_OFFER, 65, 2), -EBADMSG, "from_start");
	cr_expect_eq(decode_changed(MESSAGE_OFFER, 66, 2), -EBADMSG, "strict");
}

Test(messages, an_accept_needs_its_numbers)
{
	struct message message = smallest(MESSAGE_ACCEPT);

	message.of.accept.version = 0;
	expect_invalid(&message, "version 0");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.capabilities = CAPABILITIES_KNOWN + 1;
	expect_invalid(&message, "unknown capability");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.owner_epoch = 0;
	expect_invalid(&message, "epoch 0");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.token.bytes[0] = 0;
	expect_invalid(&message, "no token");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.lanes = 0;
	expect_invalid(&message, "no lane");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.reason = RESUME_REASONS;
	expect_invalid(&message, "unknown reason");
	message = smallest(MESSAGE_ACCEPT);
	message.of.accept.engine_name[0] = '\0';
	expect_invalid(&message, "no name");
}

Test(messages, the_tail_is_part_of_the_prefix)
{
	struct message message = smallest(MESSAGE_ACCEPT);

	message.of.accept.tail_count = 3;
	message.of.accept.prefix_chunks = 2;
	expect_invalid(&message, "a tail longer than the prefix");
	message.of.accept.prefix_chunks = 3;
	expect_round_trip(&message);
}

Test(messages, the_stored_result_travels_only_when_there_is_one)
{
	struct message message = smallest(MESSAGE_ACCEPT);
	size_t without = encode(&message).count;

	fill_outcome(&message.of.accept.outcome);
	cr_expect_eq(encode(&message).count, without);
	message.of.accept.completed = true;
	cr_expect_eq(encode(&message).count, without + 4 + 2 + 511 + 16 + 2);
}

Test(messages, what_stays_at_home_of_an_outcome_does_not_travel)
{
	struct message message = smallest(MESSAGE_CANCEL);
	struct encoded encoded;

	message.of.cancel.outcome.peer_detail = 3;
	message.of.cancel.outcome.cause_errno = ENOENT;
	encoded = encode(&message);
	cr_assert_eq(decode(&encoded, &message), 0);
	cr_expect_eq(message.of.cancel.outcome.peer_detail, 0);
	cr_expect_eq(message.of.cancel.outcome.cause_errno, 0);
}

Test(messages, nothing_is_refused_or_cancelled_as_done)
{
	cr_expect_eq(decode_changed(MESSAGE_REFUSE, 0, 0), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_CANCEL, 0, 0), -EBADMSG);
}

Test(messages, a_status_that_we_do_not_know_is_still_told)
{
	struct message message = smallest(MESSAGE_REFUSE);

	message.of.refuse.outcome.status = 4711;
	expect_round_trip(&message);
}

Test(messages, a_join_needs_a_token_an_epoch_and_a_lane)
{
	cr_expect_eq(decode_changed(MESSAGE_JOIN, 7, 0), -EBADMSG, "no token");
	cr_expect_eq(decode_changed(MESSAGE_JOIN, 16, 0), -EBADMSG, "epoch 0");
	cr_expect_eq(decode_changed(MESSAGE_JOIN, 20, HFT_LANES_MAX), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_JOINED, 0, HFT_LANES_MAX), -EBADMSG);
}

Test(messages, a_chunk_is_asked_for_again_at_most_three_times)
{
	cr_expect_eq(decode_changed(MESSAGE_AGAIN, 8, 0), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_AGAIN, 8, 3), 0);
	cr_expect_eq(decode_changed(MESSAGE_AGAIN, 8, 4), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_AGAIN, 5, 0x80), -EBADMSG, "chunk 2^47");
}

Test(messages, digests_are_asked_for_by_the_message)
{
	cr_expect_eq(decode_changed(MESSAGE_DIGESTS_REQUEST, 8, 0), -EBADMSG, "none");
	cr_expect_eq(decode_changed(MESSAGE_DIGESTS_REQUEST, 9, 1), -EBADMSG, "257");
	cr_expect_eq(decode_changed(MESSAGE_DIGESTS_REQUEST, 7, 1), -EBADMSG, "chunk 2^56");
	cr_expect_eq(decode_changed(MESSAGE_DIGESTS, 8, 1), -EBADMSG, "one that is missing");
}

Test(messages, chunks_and_bytes_of_finish_are_both_zero_or_none)
{
	struct message message = smallest(MESSAGE_FINISH);

	message.of.finish.chunk_count = 1;
	expect_invalid(&message, "a chunk without a byte");
	message.of.finish.total_bytes = 1;
	expect_round_trip(&message);
	message.of.finish.chunk_count = 0;
	expect_invalid(&message, "a byte without a chunk");
}

Test(messages, alive_has_no_flag_that_we_do_not_know)
{
	cr_expect_eq(decode_changed(MESSAGE_ALIVE, 16, ALIVE_DISK_BUSY), 0);
	cr_expect_eq(decode_changed(MESSAGE_ALIVE, 16, 2), -EBADMSG);
	cr_expect_eq(decode_changed(MESSAGE_ALIVE, 7, 0x80), -EBADMSG, "bytes 2^63");
}

Test(messages, bad_ranges_are_refused_wherever_they_are)
{
	struct message message;

	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		message = largest((enum message_type)type);
		if (type == MESSAGE_ACCEPT)
			message.of.accept.durable.list[1].start = 1;
		else if (type == MESSAGE_BEGIN)
			message.of.begin.agreed.list[1].start = 1;
		else if (type == MESSAGE_STORED || type == MESSAGE_DURABLE)
			message.of.stored.ranges.list[1].start = 1;
		else
			continue;
		expect_invalid(&message, message_type_name((unsigned int)type));
	}
}

Test(messages, a_refusal_names_the_message)
{
	const struct frame_header header = {.type = MESSAGE_OFFER, .payload_bytes = 123};
	struct outcome refusal;

	message_refusal(&header, &refusal);
	cr_expect_eq(refusal.status, HFT_NO_AGREEMENT);
	cr_expect(strstr(refusal.sentence, "OFFER"), "%s", refusal.sentence);
	cr_expect(strstr(refusal.sentence, "123"), "%s", refusal.sentence);
}

Test(messages, every_type_and_purpose_has_a_name)
{
	for (unsigned int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++)
		cr_expect_str_neq(message_type_name(type), "unknown", "%u", type);
	for (unsigned int purpose = HELLO_SESSION; purpose < HELLO_PURPOSES; purpose++)
		cr_expect_str_neq(hello_purpose_name(purpose), "unknown", "%u", purpose);
	cr_expect_str_eq(message_type_name(FRAME_CHUNK), "CHUNK");
	cr_expect_str_eq(message_type_name(MESSAGE_DIGESTS_REQUEST), "DIGESTS-REQUEST");
	cr_expect_str_eq(message_type_name(MESSAGE_TYPES), "unknown");
	cr_expect_str_eq(message_type_name(UINT32_MAX), "unknown");
	cr_expect_str_eq(hello_purpose_name(0), "unknown");
	cr_expect_str_eq(hello_purpose_name(UINT32_MAX), "unknown");
}

Test(messages, every_type_has_a_direction)
{
	for (int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++) {
		bool both = type == MESSAGE_REFUSE || type == MESSAGE_ALIVE ||
			    type == MESSAGE_CANCEL;
		bool sender = message_is_from_sender((enum message_type)type);
		bool receiver = message_is_from_receiver((enum message_type)type);

		cr_expect(sender || receiver, "%d", type);
		cr_expect_eq(sender && receiver, both, "%d", type);
	}
	cr_expect_not(message_is_from_sender(MESSAGE_DURABLE));
	cr_expect_not(message_is_from_receiver(MESSAGE_OFFER));
	cr_expect_not(message_is_from_sender(MESSAGE_NONE));
	cr_expect_not(message_is_from_receiver(MESSAGE_NONE));
}

/* ---- what another program wrote from the manual page alone ---- */

struct sample {
	char name[256];				  /* of the file */
	uint8_t bytes[HFT_MESSAGE_BYTES_MAX + 1]; /* its content */
	size_t count;				  /* bytes in use */
};

static bool is_to_be_refused(const struct sample *sample)
{
	return strstr(sample->name, "-refused") != NULL;
}

/* The next file of the folder into sample; false after the last. */
static bool next_sample(DIR *folder, const char *path, struct sample *sample)
{
	const struct dirent *entry = NULL;
	char full[1024];
	FILE *file = NULL;

	do {
		entry = readdir(folder);
	} while (entry && entry->d_name[0] == '.');
	if (!entry)
		return false;
	(void)snprintf(sample->name, sizeof(sample->name), "%s", entry->d_name);
	(void)snprintf(full, sizeof(full), "%s/%s", path, sample->name);
	file = fopen(full, "rb");
	cr_assert(file, "%s", full);
	sample->count = fread(sample->bytes, 1, sizeof(sample->bytes), file);
	(void)fclose(file);
	return true;
}

static void check_frame(struct sample *sample)
{
	struct frame_header header;
	struct seal seal;
	bool accepted = false;

	if (sample->count < HFT_FRAME_BYTES)
		memset(sample->bytes + sample->count, 0, HFT_FRAME_BYTES - sample->count);
	if (strncmp(sample->name, "seal", 4) == 0)
		accepted = seal_decode(sample->bytes, &seal) == 0;
	else
		accepted = frame_decode(sample->bytes, &header) == 0;
	cr_expect_neq(accepted, is_to_be_refused(sample), "%s", sample->name);
}

static void check_message(struct sample *sample)
{
	struct frame_header header = {
		.type = (uint8_t)(MESSAGE_FIRST + sample->bytes[0]),
		.payload_bytes = (uint32_t)(sample->count - 1),
		.payload_crc = crc32c(0, sample->bytes + 1, sample->count - 1),
	};
	uint8_t bytes[HFT_FRAME_BYTES];
	struct message message;
	bool accepted = false;

	cr_assert_gt(sample->count, 0);
	accepted = message_decode(&header, sample->bytes + 1, &message) == 0;
	cr_expect_neq(accepted, is_to_be_refused(sample), "%s", sample->name);
	frame_encode(&header, bytes); /* aborts if the length is out of bounds */
}

static void check_folder(const char *name, void (*check)(struct sample *sample))
{
	const char *source = getenv("HFT_SOURCE");
	struct sample sample = {.count = 0};
	char path[512];
	DIR *folder = NULL;
	int count = 0;

	if (!source)
		cr_skip_test("HFT_SOURCE is not set");
	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", source, name);
	folder = opendir(path);
	cr_assert(folder, "%s", path);
	while (next_sample(folder, path, &sample)) {
		check(&sample);
		count++;
	}
	(void)closedir(folder);
	cr_expect_geq(count, 10, "only %d files in %s", count, path);
}

Test(messages, frames_made_from_the_page_are_what_the_code_says)
{
	check_folder("frame", check_frame);
}

Test(messages, messages_made_from_the_page_are_what_the_code_says)
{
	check_folder("messages", check_message);
}
