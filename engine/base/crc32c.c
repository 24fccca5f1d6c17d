/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.c -- see crc32c.h.
 *
 * The table serves half a byte a step: 16 numbers instead of 256, because only old
 * processors use it and only for headers. */
#include "base/crc32c.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

/* The CRC of each half byte, by the reflected polynomial 0x82f63b78. */
static const uint32_t crc32c_table[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_by_table(uint32_t seed, const void *data, size_t count)
{
	const uint8_t *at = data;
	uint32_t crc = ~seed;

	assert(data || count == 0);

	for (size_t i = 0; i < count; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ crc32c_table[crc & 15];
		crc = crc >> 4 ^ crc32c_table[crc & 15];
	}
	return ~crc;
}

#ifdef __x86_64__

__attribute__((target("sse4.2"))) static uint32_t crc32c_by_processor(uint32_t seed,
								      const uint8_t *at,
								      size_t count)
{
	uint64_t crc = ~seed;

	for (; count >= 8; at += 8, count -= 8) {
		uint64_t word;

		memcpy(&word, at, sizeof(word)); /* x86-64 is little-endian, as the CRC wants */
		crc = _mm_crc32_u64(crc, word);
	}
	for (; count > 0; at++, count--)
		crc = _mm_crc32_u8((uint32_t)crc, *at);
	return ~(uint32_t)crc;
}

#endif

uint32_t crc32c(uint32_t seed, const void *data, size_t count)
{
	assert(data || count == 0);

#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_by_processor(seed, data, count);
#endif
	return crc32c_by_table(seed, data, count);
}
