/* SPDX-License-Identifier: Apache-2.0 */
/* pace.c -- see pace.h. */
#include "transfer/pace.h"

#include <hft/limits.h>

#include "base/compiler.h"

#define NS_PER_S UINT64_C(1000000000)

static_assert(HFT_CHUNK_BYTES_MAX <= UINT64_MAX / NS_PER_S, "bytes * NS_PER_S must fit");

void pace_init(struct pace *pace, uint64_t rate_bps)
{
	pace->rate_bps = rate_bps;
	pace->next_ns = 0;
}

uint64_t pace_take(struct pace *pace, uint32_t bytes, uint64_t now_ns)
{
	uint64_t oldest_ns = now_ns > HFT_PACE_BURST_NS ? now_ns - HFT_PACE_BURST_NS : 0;
	uint64_t start_ns = max_u64(pace->next_ns, oldest_ns);

	if (pace->rate_bps == 0)
		return 0;
	assert(bytes <= HFT_CHUNK_BYTES_MAX);
	pace->next_ns = start_ns + bytes * NS_PER_S / pace->rate_bps;
	return start_ns <= now_ns ? 0 : start_ns;
}
