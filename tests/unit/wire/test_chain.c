/* SPDX-License-Identifier: Apache-2.0 */
/* test_chain.c -- the file digest is what chain.h says, and nothing else. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/checksum.h"
#include "wire/chain.h"

TestSuite(chain, .timeout = 10);

/* Digest of a chunk of one byte. */
static struct digest chunk_digest(uint8_t byte)
{
	return digest_of(&byte, 1);
}

Test(chain, the_digest_of_an_empty_file_is_that_of_the_label)
{
	struct digest label = digest_of("hft file digest v1", 18);
	struct digest nothing = {{0}};
	struct chain chain;

	chain_init(&chain);
	cr_expect(digest_equal(&chain.value, &label));
	cr_expect_not(digest_equal(&chain.value, &nothing));
	cr_expect_eq(chain.chunks, 0);
}

Test(chain, a_link_is_the_digest_of_the_value_before_and_the_chunk)
{
	struct digest chunk = chunk_digest('a');
	struct digest link;
	uint8_t bytes[32];
	struct chain chain;

	chain_init(&chain);
	memcpy(bytes, chain.value.bytes, 16);
	memcpy(bytes + 16, chunk.bytes, 16);
	link = digest_of(bytes, sizeof(bytes));

	chain_add(&chain, &chunk);
	cr_expect(digest_equal(&chain.value, &link));
	cr_expect_eq(chain.chunks, 1);
}

Test(chain, the_order_of_chunks_matters)
{
	struct digest a = chunk_digest('a');
	struct digest b = chunk_digest('b');
	struct chain ab;
	struct chain ba;

	chain_init(&ab);
	chain_add(&ab, &a);
	chain_add(&ab, &b);
	chain_init(&ba);
	chain_add(&ba, &b);
	chain_add(&ba, &a);
	cr_expect_not(digest_equal(&ab.value, &ba.value));
}

Test(chain, a_chunk_more_of_the_same_content_matters)
{
	struct digest zeros = chunk_digest(0);
	struct digest before;
	struct chain chain;

	chain_init(&chain);
	chain_add(&chain, &zeros);
	before = chain.value;
	chain_add(&chain, &zeros);
	cr_expect_not(digest_equal(&chain.value, &before));
}

Test(chain, continues_from_a_copied_state_as_if_never_interrupted)
{
	struct chain whole;
	struct chain resumed;

	chain_init(&whole);
	for (uint8_t i = 0; i < 200; i++) {
		struct digest chunk = chunk_digest(i);

		chain_add(&whole, &chunk);
		if (i == 99)
			resumed = whole;
	}
	for (uint8_t i = 100; i < 200; i++) {
		struct digest chunk = chunk_digest(i);

		chain_add(&resumed, &chunk);
	}
	cr_expect(digest_equal(&whole.value, &resumed.value));
	cr_expect_eq(resumed.chunks, 200);
}

/* These are on disks and in logs: a change of them is a change of the protocol. */
Test(chain, known_values_never_change)
{
	struct digest chunk = chunk_digest('a');
	char text[DIGEST_TEXT_BYTES];
	struct chain chain;

	chain_init(&chain);
	digest_print(&chain.value, text);
	cr_expect_str_eq(text, "b3ef4b947034847c0b9e0391425e926d");
	chain_add(&chain, &chunk);
	digest_print(&chain.value, text);
	cr_expect_str_eq(text, "419ad3db4d68c0d86d434da889b96ba3");
}
