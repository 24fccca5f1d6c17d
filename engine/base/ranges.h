/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.h -- which bytes of a file have arrived.
 *
 * A sorted set of half-open ranges [start, end) that never touch: adding
 * [0,10) to [10,20) gives [0,20). Holds at most HFT_RANGES_MAX ranges, because
 * a receiver that needs more is being fed nonsense; see limits.h. A zeroed set is
 * empty. What it is not: safe for two threads. An answer comes in one pass over the
 * list: with some hundred ranges that is as fast as anything cleverer. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"

/* The bytes from start up to, but without, end. */
struct range {
	uint64_t start; /* first byte in it */
	uint64_t end;	/* first byte behind it; more than start */
};

struct ranges {
	struct range list[HFT_RANGES_MAX]; /* ascending; between two there is always a gap */
	uint32_t count;			   /* ranges in use */
};

/* Makes the set empty. */
void ranges_clear(struct ranges *set);

/* Adds [start, end). Returns -E2BIG, and leaves the set as it was, if the set
 * would need more than HFT_RANGES_MAX ranges. Requires start < end. */
HFT_MUST_USE int ranges_add(struct ranges *set, uint64_t start, uint64_t end);

/* Removes [start, end), of which any part may be missing already. Returns -E2BIG, and leaves
 * the set as it was, if a range would have to be split and there is no room. Requires
 * start < end. */
HFT_MUST_USE int ranges_remove(struct ranges *set, uint64_t start, uint64_t end);

/* True when every byte of [start, end) is in the set. Requires start < end. */
bool ranges_contains(const struct ranges *set, uint64_t start, uint64_t end);

/* Bytes in the set. */
uint64_t ranges_total(const struct ranges *set);

/* Finds the first gap: the longest missing range that starts at or after `from` and before
 * `limit`, cut at `limit`. Returns false, with *ret_gap untouched, when nothing is missing
 * there (also when from >= limit). */
bool ranges_next_gap(const struct ranges *set, uint64_t from, uint64_t limit,
		     struct range *ret_gap);

/* Makes *target what is in both. Returns -E2BIG, with *target untouched, if that needs too many
 * ranges. *target may be one of the two. */
HFT_MUST_USE int ranges_intersect(struct ranges *target, const struct ranges *a,
				  const struct ranges *b);

/* Makes *target what is in `a` but not in `b`. Otherwise like ranges_intersect(). */
HFT_MUST_USE int ranges_subtract(struct ranges *target, const struct ranges *a,
				 const struct ranges *b);

/* True when both hold the same bytes. */
bool ranges_equal(const struct ranges *a, const struct ranges *b);

/* End of the last range, 0 for an empty set. */
uint64_t ranges_end(const struct ranges *set);

/* End of the range that starts at 0, or 0 when byte 0 is missing: how much of the file is
 * there without a gap. */
uint64_t ranges_prefix_end(const struct ranges *set);

/* True when the list is one that the functions above could have made: count within the limit,
 * ascending, no empty range, no two that touch. For sets that come from disk or network
 * and were not built by ranges_add(). */
bool ranges_is_valid(const struct ranges *set);
