/* SPDX-License-Identifier: Apache-2.0 */
/* test_frame.c -- headers and seals: exact bytes, and each way to be refused. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/frame.h"

TestSuite(frame, .timeout = 10);

static const struct frame_header chunk_header = {
	.type = FRAME_CHUNK,
	.payload_bytes = 1048576,
	.chunk = 0x010203040506,
	.lane = 63,
	.tries = 3,
};

/* Encodes header, puts value into the byte at offset, and makes the checksum right again. */
static int decode_changed(const struct frame_header *header, size_t offset, uint8_t value)
{
	uint8_t bytes[HFT_FRAME_BYTES];
	struct frame_header decoded;

	frame_encode(header, bytes);
	bytes[offset] = value;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	return frame_decode(bytes, &decoded);
}

/* A header with these bytes, whatever frame_encode() thinks of them. */
static int decode_made(uint8_t type, uint16_t flags, uint32_t payload_bytes)
{
	uint8_t bytes[HFT_FRAME_BYTES] = {'H', 'F', 'T', 'F', 1, type};
	struct frame_header decoded;

	bytes_put_u16le(bytes + 6, flags);
	bytes_put_u32le(bytes + 8, payload_bytes);
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	return frame_decode(bytes, &decoded);
}

static int seal_decode_changed(size_t offset, uint8_t value)
{
	const struct seal seal = {.chunk = 7, .payload_bytes = 9};
	uint8_t bytes[HFT_FRAME_BYTES];
	struct seal decoded;

	seal_encode(&seal, bytes);
	bytes[offset] = value;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	return seal_decode(bytes, &decoded);
}

Test(frame, a_chunk_header_is_these_bytes)
{
	const uint8_t expected[60] = {'H', 'F', 'T', 'F', 1, 1, 0, 0, 0, 0, 16, 0,  0,
				      0,   0,	0,   6,	  5, 4, 3, 2, 1, 0, 0,	63, 3};
	uint8_t bytes[HFT_FRAME_BYTES];

	frame_encode(&chunk_header, bytes);
	cr_expect_arr_eq(bytes, expected, sizeof(expected));
	cr_expect_eq(bytes_get_u32le(bytes + 60), crc32c(0, bytes, 60));
}

Test(frame, what_was_encoded_is_decoded)
{
	uint8_t bytes[HFT_FRAME_BYTES];
	struct frame_header decoded;

	frame_encode(&chunk_header, bytes);
	cr_assert_eq(frame_decode(bytes, &decoded), 0);
	cr_expect_eq(decoded.type, FRAME_CHUNK);
	cr_expect_eq(decoded.flags, 0);
	cr_expect_eq(decoded.payload_bytes, 1048576);
	cr_expect_eq(decoded.payload_crc, 0);
	cr_expect_eq(decoded.chunk, 0x010203040506);
	cr_expect_eq(decoded.lane, 63);
	cr_expect_eq(decoded.tries, 3);
	cr_expect_not(frame_is_message(&decoded));
}

Test(frame, any_flipped_bit_is_noticed)
{
	uint8_t bytes[HFT_FRAME_BYTES];
	struct frame_header decoded;

	frame_encode(&chunk_header, bytes);
	for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_expect_lt(frame_decode(bytes, &decoded), 0, "bit %zu", bit);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	cr_expect_eq(frame_decode(bytes, &decoded), 0);
}

Test(frame, a_refused_header_leaves_the_output_alone)
{
	uint8_t bytes[HFT_FRAME_BYTES] = {0};
	struct frame_header decoded = {.type = 99, .chunk = 42};

	cr_expect_eq(frame_decode(bytes, &decoded), -EPROTO);
	cr_expect_eq(decoded.type, 99);
	cr_expect_eq(decoded.chunk, 42);
}

Test(frame, another_magic_is_no_frame)
{
	cr_expect_eq(decode_changed(&chunk_header, 0, 'h'), -EPROTO);
}

Test(frame, another_version_is_refused_as_such)
{
	cr_expect_eq(decode_changed(&chunk_header, 4, 0), -EPROTONOSUPPORT);
	cr_expect_eq(decode_changed(&chunk_header, 4, 2), -EPROTONOSUPPORT);
}

Test(frame, unknown_types_are_refused)
{
	const uint8_t unknown[] = {0, 2, 3, 15, MESSAGE_TYPES, 255};

	for (size_t i = 0; i < sizeof(unknown); i++)
		cr_expect_eq(decode_made(unknown[i], 0, 1), -EBADMSG, "type %u", unknown[i]);
}

Test(frame, unknown_flags_are_refused)
{
	cr_expect_eq(decode_made(FRAME_CHUNK, CHUNK_LAST, 1), 0);
	cr_expect_eq(decode_made(FRAME_CHUNK, 2, 1), -EBADMSG);
	cr_expect_eq(decode_made(FRAME_CHUNK, 0x8000, 1), -EBADMSG);
	cr_expect_eq(decode_made(MESSAGE_SYNC, 0, 0), 0);
	cr_expect_eq(decode_made(MESSAGE_SYNC, CHUNK_LAST, 0), -EBADMSG);
}

Test(frame, every_reserved_byte_must_be_zero)
{
	for (size_t offset = 26; offset < 60; offset++)
		cr_expect_eq(decode_changed(&chunk_header, offset, 1), -EBADMSG, "%zu", offset);
}

Test(frame, a_chunk_has_no_payload_checksum)
{
	cr_expect_eq(decode_changed(&chunk_header, 12, 1), -EBADMSG);
}

Test(frame, a_message_uses_no_field_of_a_chunk)
{
	const struct frame_header sync = {.type = MESSAGE_SYNC};

	for (size_t offset = 16; offset < 26; offset++)
		cr_expect_eq(decode_changed(&sync, offset, 1), -EBADMSG, "%zu", offset);
}

Test(frame, chunk_lane_and_tries_have_bounds)
{
	cr_expect_eq(decode_changed(&chunk_header, 21, 0x7f), 0);
	cr_expect_eq(decode_changed(&chunk_header, 21, 0x80), -EBADMSG, "chunk 2^47");
	cr_expect_eq(decode_changed(&chunk_header, 24, HFT_LANES_MAX), -EBADMSG);
	cr_expect_eq(decode_changed(&chunk_header, 25, HFT_CHUNK_TRIES_MAX + 1), -EBADMSG);
}

Test(frame, only_the_last_chunk_may_be_empty)
{
	cr_expect_eq(decode_made(FRAME_CHUNK, 0, 0), -EMSGSIZE);
	cr_expect_eq(decode_made(FRAME_CHUNK, CHUNK_LAST, 0), 0);
}

Test(frame, a_chunk_is_not_larger_than_a_slot)
{
	cr_expect_eq(decode_made(FRAME_CHUNK, 0, HFT_CHUNK_BYTES_MAX), 0);
	cr_expect_eq(decode_made(FRAME_CHUNK, 0, HFT_CHUNK_BYTES_MAX + 1), -EMSGSIZE);
	cr_expect_eq(decode_made(FRAME_CHUNK, 0, UINT32_MAX), -EMSGSIZE);
}

Test(frame, no_message_is_larger_than_a_control_payload)
{
	for (unsigned int type = MESSAGE_FIRST; type < MESSAGE_TYPES; type++)
		cr_expect_eq(decode_made((uint8_t)type, 0, HFT_CONTROL_PAYLOAD_BYTES + 1),
			     -EMSGSIZE, "type %u", type);
}

Test(frame, a_message_of_fixed_size_has_that_size)
{
	cr_expect_eq(decode_made(MESSAGE_JOIN, 0, 20), -EMSGSIZE);
	cr_expect_eq(decode_made(MESSAGE_JOIN, 0, 21), 0);
	cr_expect_eq(decode_made(MESSAGE_JOIN, 0, 22), -EMSGSIZE);
	cr_expect_eq(decode_made(MESSAGE_SYNC, 0, 1), -EMSGSIZE);
}

Test(frame, encoding_an_unknown_type_is_a_bug, .signal = SIGABRT)
{
	const struct frame_header header = {.type = FRAME_SEAL, .payload_bytes = 1};
	uint8_t bytes[HFT_FRAME_BYTES];

	frame_encode(&header, bytes);
}

Test(frame, encoding_an_empty_chunk_is_a_bug, .signal = SIGABRT)
{
	const struct frame_header header = {.type = FRAME_CHUNK};
	uint8_t bytes[HFT_FRAME_BYTES];

	frame_encode(&header, bytes);
}

Test(frame, encoding_a_lane_out_of_bounds_is_a_bug, .signal = SIGABRT)
{
	const struct frame_header header = {.type = FRAME_CHUNK, .payload_bytes = 1, .lane = 64};
	uint8_t bytes[HFT_FRAME_BYTES];

	frame_encode(&header, bytes);
}

Test(frame, a_seal_is_these_bytes)
{
	const uint8_t expected[60] = {'H', 'F', 'T', 'F', 1, 2, 0, 0, 9, 0, 0, 0, 0, 0,
				      0,   0,	7,   0,	  0, 0, 0, 0, 0, 0, 1, 2, 3};
	const struct seal seal = {.chunk = 7, .payload_bytes = 9, .digest = {{1, 2, 3}}};
	uint8_t bytes[HFT_FRAME_BYTES];

	seal_encode(&seal, bytes);
	cr_expect_arr_eq(bytes, expected, sizeof(expected));
	cr_expect_eq(bytes_get_u32le(bytes + 60), crc32c(0, bytes, 60));
}

Test(frame, a_seal_comes_back_as_it_was)
{
	struct seal seal = {.chunk = HFT_CHUNKS_MAX - 1, .payload_bytes = HFT_CHUNK_BYTES_MAX};
	uint8_t bytes[HFT_FRAME_BYTES];
	struct seal decoded;

	memset(&seal.digest, 0xab, sizeof(seal.digest));
	seal_encode(&seal, bytes);
	cr_assert_eq(seal_decode(bytes, &decoded), 0);
	cr_expect_eq(decoded.chunk, seal.chunk);
	cr_expect_eq(decoded.payload_bytes, seal.payload_bytes);
	cr_expect(digest_equal(&decoded.digest, &seal.digest));
}

Test(frame, seals_are_as_strict_as_headers)
{
	cr_expect_eq(seal_decode_changed(63, 0), 0, "the checksum is made right again");
	cr_expect_eq(seal_decode_changed(0, 0), -EPROTO);
	cr_expect_eq(seal_decode_changed(4, 9), -EPROTONOSUPPORT);
	cr_expect_eq(seal_decode_changed(5, FRAME_CHUNK), -EBADMSG);
	cr_expect_eq(seal_decode_changed(6, 1), -EBADMSG);
	cr_expect_eq(seal_decode_changed(12, 1), -EBADMSG);
	cr_expect_eq(seal_decode_changed(40, 1), -EBADMSG);
	cr_expect_eq(seal_decode_changed(59, 1), -EBADMSG);
	cr_expect_eq(seal_decode_changed(22, 1), -EBADMSG, "chunk 2^48");
	cr_expect_eq(seal_decode_changed(11, 2), -EMSGSIZE, "32 MiB");
}

Test(frame, a_damaged_seal_is_noticed)
{
	const struct seal seal = {.chunk = 7, .payload_bytes = 9};
	uint8_t bytes[HFT_FRAME_BYTES];
	struct seal decoded;

	seal_encode(&seal, bytes);
	bytes[30] ^= 0x10;
	cr_expect_eq(seal_decode(bytes, &decoded), -EPROTO);
}

Test(frame, a_seal_is_no_header_and_a_header_no_seal)
{
	const struct seal seal = {.chunk = 7, .payload_bytes = 9};
	uint8_t bytes[HFT_FRAME_BYTES];
	struct frame_header header;
	struct seal decoded;

	seal_encode(&seal, bytes);
	cr_expect_eq(frame_decode(bytes, &header), -EBADMSG);
	frame_encode(&chunk_header, bytes);
	cr_expect_eq(seal_decode(bytes, &decoded), -EBADMSG);
}

Test(frame, a_seal_belongs_to_one_header)
{
	const struct seal right = {.chunk = 0x010203040506, .payload_bytes = 1048576};
	struct seal other = right;

	cr_expect(seal_matches(&right, &chunk_header));
	other.chunk++;
	cr_expect_not(seal_matches(&other, &chunk_header));
	other = right;
	other.payload_bytes--;
	cr_expect_not(seal_matches(&other, &chunk_header));
}

/* Refuses bytes, and expects word in the sentence. */
static void expect_refusal(const uint8_t bytes[HFT_FRAME_BYTES], const char *word)
{
	struct frame_header header;
	struct outcome refusal;
	int error = frame_decode(bytes, &header);

	cr_assert_lt(error, 0);
	frame_refusal(error, bytes, &refusal);
	cr_expect_eq(refusal.status, HFT_NO_AGREEMENT);
	cr_expect_eq(refusal.detail, HFT_DETAIL_NONE);
	cr_expect(strstr(refusal.sentence, word), "no \"%s\" in: %s", word, refusal.sentence);
}

Test(frame, a_refusal_names_what_was_wrong)
{
	uint8_t bytes[HFT_FRAME_BYTES] = "GET / HTTP/1.1";

	expect_refusal(bytes, "47 45 54 20");
	memcpy(bytes, "HFTF\x07", 5);
	expect_refusal(bytes, "version 7");
	bytes[4] = 1;
	expect_refusal(bytes, "damaged");

	memset(bytes + 5, 0, sizeof(bytes) - 5);
	bytes[5] = 77;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	expect_refusal(bytes, "type 77");

	bytes[5] = FRAME_CHUNK;
	bytes[6] = 6;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	expect_refusal(bytes, "flags 0x0006 of a CHUNK");

	bytes[6] = 0;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	expect_refusal(bytes, "CHUNK frame cannot have 0 bytes");

	bytes[30] = 1;
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	expect_refusal(bytes, "out of bounds");
}
