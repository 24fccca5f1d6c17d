/* SPDX-License-Identifier: Apache-2.0 */
/* random.c -- see random.h.
 *
 * xoshiro256** 1.0 by Blackman and Vigna; its authors advise splitmix64 to make the state from a
 * seed, because similar seeds must not give similar states. */
#include "base/random.h"

#include <assert.h>

static uint64_t rotate_left(uint64_t value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void random_seed(struct random *random, uint64_t seed)
{
	assert(random);

	for (int i = 0; i < 4; i++)
		random->state[i] = splitmix64(&seed);
}

uint64_t random_u64(struct random *random)
{
	uint64_t *s = random->state;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	assert(s[0] | s[1] | s[2] | s[3]); /* all zero would stay so: nobody seeded it */

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate_left(s[3], 45);
	return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	uint64_t uneven; /* so many numbers at the start would favour small results */
	uint64_t value;

	assert(random);
	assert(bound > 0);

	uneven = (UINT64_MAX - bound + 1) % bound;
	do {
		value = random_u64(random);
	} while (value < uneven);
	return value % bound;
}

bool random_chance(struct random *random, uint64_t numerator, uint64_t denominator)
{
	return random_below(random, denominator) < numerator;
}
