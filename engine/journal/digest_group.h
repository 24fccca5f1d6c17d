/* SPDX-License-Identifier: Apache-2.0 */
/* digest_group.h -- the digests of 64 neighbouring chunks: how they are stored.
 *
 * One stored row per chunk would be a million rows for 1 TiB, one row for all would be
 * written again with every checkpoint. A group is 1 KiB; at the cadence of checkpoints
 * (64 chunks and more) each is written about twice. */
#ifndef HFT_JOURNAL_DIGEST_GROUP_H
#define HFT_JOURNAL_DIGEST_GROUP_H

#include <stdint.h>

#include "journal/journal.h"

#define DIGEST_GROUP_CHUNKS 64

struct digest_group {
	uint64_t index;				 /* holds chunks [64 * index, 64 * index + 64) */
	uint64_t present;			 /* bit n: chunk 64 * index + n is there */
	struct digest list[DIGEST_GROUP_CHUNKS]; /* zero where not present */
};

/* Group that chunk belongs to. */
uint64_t digest_group_of(uint64_t chunk);

/* Takes digests from list into the group as long as they belong to it; a digest that is
 * there already is overridden. Returns how many it took, at least 1. Requires that the
 * first one belongs to it, and count > 0. */
uint32_t digest_group_take(struct digest_group *group, const struct chunk_digest *list,
			   uint32_t count);

/* Copies what of the group lies in the asked range into the answer. */
void digest_group_give(const struct digest_group *group, struct journal_load_digests *load);

#endif
