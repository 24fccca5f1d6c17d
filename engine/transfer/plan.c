/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c -- see plan.h. */
#include "transfer/plan.h"

#include <assert.h>

void plan_init(struct plan *plan, uint64_t total_bytes, uint32_t chunk_bytes)
{
	assert(chunk_bytes >= HFT_CHUNK_BYTES_MIN);
	assert(chunk_bytes <= HFT_CHUNK_BYTES_MAX);
	plan->total_bytes = TOTAL_BYTES_UNKNOWN;
	plan->chunk_count = UINT64_MAX;
	plan->chunk_bytes = chunk_bytes;
	if (total_bytes != TOTAL_BYTES_UNKNOWN)
		plan_end(plan, total_bytes);
}

void plan_end(struct plan *plan, uint64_t total_bytes)
{
	assert(total_bytes != TOTAL_BYTES_UNKNOWN);
	assert(!plan_is_bounded(plan) || plan->total_bytes == total_bytes);
	plan->total_bytes = total_bytes;
	plan->chunk_count = total_bytes / plan->chunk_bytes +
			    (total_bytes % plan->chunk_bytes != 0 ? 1 : 0);
}

bool plan_is_bounded(const struct plan *plan)
{
	return plan->chunk_count != UINT64_MAX;
}

uint64_t plan_offset(const struct plan *plan, uint64_t chunk)
{
	assert(chunk < HFT_CHUNKS_MAX);
	return chunk * plan->chunk_bytes;
}

uint32_t plan_bytes(const struct plan *plan, uint64_t chunk)
{
	uint64_t offset = plan_offset(plan, chunk);

	assert(chunk < plan->chunk_count);
	if (!plan_is_bounded(plan))
		return plan->chunk_bytes;
	return (uint32_t)min_u64(plan->chunk_bytes, plan->total_bytes - offset);
}

uint64_t plan_covered_bytes(const struct plan *plan, const struct ranges *chunks)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < chunks->count; i++) {
		uint64_t start = min_u64(chunks->list[i].start, plan->chunk_count);
		uint64_t end = min_u64(chunks->list[i].end, plan->chunk_count);

		bytes += (end - start) * plan->chunk_bytes;
		if (start < end && end == plan->chunk_count)
			bytes -= plan->chunk_bytes - plan_bytes(plan, end - 1);
	}
	return bytes;
}

bool plan_is_covered(const struct plan *plan, const struct ranges *chunks)
{
	return plan_is_bounded(plan) && ranges_prefix_end(chunks) == plan->chunk_count;
}
