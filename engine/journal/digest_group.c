/* SPDX-License-Identifier: Apache-2.0 */
/* digest_group.c -- digests in and out of a group of 64 chunks. */

#include "journal/digest_group.h"

#include <assert.h>

uint64_t digest_group_of(uint64_t chunk)
{
	return chunk / DIGEST_GROUP_CHUNKS;
}

uint32_t digest_group_take(struct digest_group *group, const struct chunk_digest *list,
			   uint32_t count)
{
	uint32_t taken = 0;

	assert(group);
	assert(list);
	assert(count > 0);
	assert(digest_group_of(list[0].chunk) == group->index);

	while (taken < count && digest_group_of(list[taken].chunk) == group->index) {
		unsigned int slot = (unsigned int)(list[taken].chunk % DIGEST_GROUP_CHUNKS);

		group->list[slot] = list[taken].digest;
		group->present |= UINT64_C(1) << slot;
		taken++;
	}
	return taken;
}

void digest_group_give(const struct digest_group *group, struct journal_load_digests *load)
{
	assert(group);
	assert(load);

	for (unsigned int slot = 0; slot < DIGEST_GROUP_CHUNKS; slot++) {
		uint64_t chunk = group->index * DIGEST_GROUP_CHUNKS + slot;

		if (!(group->present >> slot & 1) || chunk < load->first ||
		    chunk - load->first >= load->count)
			continue;
		load->ret_digests[chunk - load->first] = group->list[slot];
		load->ret_present[chunk - load->first] = true;
		load->ret_present_count++;
	}
}
