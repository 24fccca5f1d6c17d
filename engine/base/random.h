/* SPDX-License-Identifier: Apache-2.0 */
/* random.h -- numbers that look random and come again from the same seed.
 *
 * What it is: for simulation, tests and jitter (xoshiro256**, seeded through splitmix64, from
 * their published definitions). What it is not: secret: who sees some numbers knows the rest.
 * Ids, tokens and keys come from secret_random() in host/. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state[4]; /* never all zero after random_seed() */
};

/* Starts the sequence that belongs to this seed; any seed is good. */
void random_seed(struct random *random, uint64_t seed);

/* The next number, of 64 bits. Requires a seeded generator. */
uint64_t random_u64(struct random *random);

/* A number below `bound`, all equally likely. Requires bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* True in `numerator` of `denominator` cases. Requires denominator > 0. */
bool random_chance(struct random *random, uint64_t numerator, uint64_t denominator);
