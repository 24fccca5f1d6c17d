/* SPDX-License-Identifier: Apache-2.0 */
/* plan.h -- where the chunks of a file are.
 *
 * Pure arithmetic over size and chunk size. A stream has no size until it ends: its chunks
 * are all whole, and there is no last one, until plan_end() says where it ended. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ranges.h"
#include "wire/messages.h"

struct plan {
	uint64_t total_bytes; /* TOTAL_BYTES_UNKNOWN = a stream that has not ended */
	uint64_t chunk_count; /* UINT64_MAX = not known yet */
	uint32_t chunk_bytes; /* of every chunk but the last */
};

/* Requires a chunk_bytes inside HFT_CHUNK_BYTES_MIN..MAX. */
void plan_init(struct plan *plan, uint64_t total_bytes, uint32_t chunk_bytes);

/* The stream ended after total_bytes. Requires a plan without an end, or with this one. */
void plan_end(struct plan *plan, uint64_t total_bytes);

/* False as long as the end of a stream is not known. */
bool plan_is_bounded(const struct plan *plan);

/* Where a chunk starts in the file. */
uint64_t plan_offset(const struct plan *plan, uint64_t chunk);

/* Bytes of a chunk; all of chunk_bytes while the end is not known. Requires
 * chunk < chunk_count. */
uint32_t plan_bytes(const struct plan *plan, uint64_t chunk);

/* Bytes that a set of chunks stands for; chunks behind the end count for nothing. */
uint64_t plan_covered_bytes(const struct plan *plan, const struct ranges *chunks);

/* True if every chunk of the file is in the set; never for a stream without an end. */
bool plan_is_covered(const struct plan *plan, const struct ranges *chunks);
