/* SPDX-License-Identifier: Apache-2.0 */
/* test_secret_random.c -- all bytes are filled, and differently each time. */
#include "host/secret_random.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(secret_random, fills_every_byte)
{
	static uint8_t bytes[100000];
	uint32_t seen[256] = {0};

	cr_assert_eq(secret_random(bytes, sizeof(bytes)), 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		seen[bytes[i]]++;
	/* About 390 each; 200 is ten standard deviations away, a piece left out is more. */
	for (int i = 0; i < 256; i++)
		cr_assert(seen[i] > 200 && seen[i] < 600, "byte %d came %u times", i, seen[i]);
}

Test(secret_random, two_calls_give_different_bytes)
{
	uint8_t a[16], b[16];

	cr_assert_eq(secret_random(a, sizeof(a)), 0);
	cr_assert_eq(secret_random(b, sizeof(b)), 0);
	cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
}

Test(secret_random, writes_nothing_beyond_the_count)
{
	uint8_t bytes[4] = {0, 0, 0, 7};

	cr_assert_eq(secret_random(bytes, 3), 0);
	cr_assert_eq(bytes[3], 7);
	cr_assert_eq(secret_random(NULL, 0), 0);
}
