/* SPDX-License-Identifier: Apache-2.0 */
/* test_checksum.c -- known digests, and streams that agree with them however they are cut. */
#include "base/checksum.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

/* What `xxhsum -H2` of xxHash 0.8.1 says about these bytes. */
#define DIGEST_OF_NOTHING "99aa06d3014798d86001c324468d497f"
#define DIGEST_OF_ABC	  "06b05ab6733a618578af5f94892f3950"

static void assert_digest(const struct digest *digest, const char *expected)
{
	char text[DIGEST_TEXT_BYTES];

	digest_print(digest, text);
	cr_assert_str_eq(text, expected);
}

Test(checksum, digests_are_those_of_xxhsum)
{
	struct digest nothing = digest_of(NULL, 0);
	struct digest abc = digest_of("abc", 3);

	assert_digest(&nothing, DIGEST_OF_NOTHING);
	assert_digest(&abc, DIGEST_OF_ABC);
}

Test(checksum, a_stream_in_any_pieces_gives_the_digest_of_the_whole)
{
	static uint8_t data[100000];
	struct digest_stream stream;
	struct random random;

	random_seed(&random, 1);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random_u64(&random);

	for (int round = 0; round < 200; round++) {
		size_t count = random_below(&random, sizeof(data) + 1);
		size_t longest = 1 + random_below(&random, 5000);
		struct digest whole = digest_of(data, count);
		struct digest value;

		digest_stream_init(&stream);
		for (size_t at = 0; at < count;) {
			size_t piece = 1 + random_below(&random, longest);

			piece = piece < count - at ? piece : count - at;
			digest_stream_add(&stream, data + at, piece);
			at += piece;
		}
		value = digest_stream_value(&stream);
		cr_assert(digest_equal(&value, &whole), "%zu bytes, pieces to %zu", count, longest);
	}
}

Test(checksum, asking_a_stream_does_not_disturb_it)
{
	struct digest_stream stream;
	struct digest value;

	digest_stream_init(&stream);
	value = digest_stream_value(&stream);
	assert_digest(&value, DIGEST_OF_NOTHING);
	digest_stream_add(&stream, "ab", 2);
	(void)digest_stream_value(&stream);
	digest_stream_add(&stream, NULL, 0);
	digest_stream_add(&stream, "c", 1);
	value = digest_stream_value(&stream);
	assert_digest(&value, DIGEST_OF_ABC);
}

Test(checksum, a_stream_works_at_any_address)
{
	static uint8_t memory[sizeof(struct digest_stream) + 64];
	const size_t step = sizeof(void *);

	for (size_t offset = 0; offset < 64; offset += step) {
		struct digest_stream *stream = (void *)(memory + offset);
		struct digest value;

		digest_stream_init(stream);
		digest_stream_add(stream, "abc", 3);
		value = digest_stream_value(stream);
		assert_digest(&value, DIGEST_OF_ABC);
	}
}

Test(checksum, using_a_copy_of_a_stream_is_a_bug, .signal = SIGABRT)
{
	struct digest_stream stream;
	struct digest_stream copy;

	digest_stream_init(&stream);
	copy = stream;
	digest_stream_add(&copy, "a", 1);
}

Test(checksum, digests_that_differ_in_one_bit_differ)
{
	struct digest a = digest_of("a", 1);
	struct digest b = a;

	cr_assert(digest_equal(&a, &b));
	b.bytes[15] ^= 1;
	cr_assert_not(digest_equal(&a, &b));
}

Test(checksum, a_printed_digest_is_read_again)
{
	struct digest digest;
	struct digest untouched = digest_of("b", 1);
	struct digest before = untouched;

	cr_assert_eq(digest_parse(DIGEST_OF_ABC, &digest), 0);
	assert_digest(&digest, DIGEST_OF_ABC);
	cr_assert_eq(digest_parse("06b05a", &untouched), -EINVAL);
	cr_assert(digest_equal(&untouched, &before));
}
