/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.h -- the CRC with Castagnoli's polynomial, for headers and other short things.
 *
 * What it is: reflected, initial value and final xor all ones, as iSCSI (RFC 3720) defines it.
 * What it is not: for payload; that has a digest (checksum.h). The processor does it where
 * it can (SSE 4.2), a table where not; both give the same number. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues a CRC: `seed` is 0 at the start, later the result so far. So
 * crc32c(crc32c(0, a), b) is the CRC of a followed by b. `data` may be NULL when `count`
 * is 0. Any thread. */
uint32_t crc32c(uint32_t seed, const void *data, size_t count);

/* The same by table only, whatever the processor can: for the test that compares both. */
uint32_t crc32c_by_table(uint32_t seed, const void *data, size_t count);
