/* SPDX-License-Identifier: Apache-2.0 */
/* cadence.c -- see cadence.h. */
#include "transfer/cadence.h"

#include <hft/limits.h>

#include "base/compiler.h"

void cadence_init(struct cadence *cadence, uint64_t bytes, uint64_t ns)
{
	*cadence = (struct cadence){.bytes = bytes, .ns = ns};
}

void cadence_wrote(struct cadence *cadence, uint64_t bytes, uint64_t now_ns)
{
	if (cadence->new_bytes == 0)
		cadence->first_ns = now_ns;
	cadence->new_bytes += bytes;
}

void cadence_hurry(struct cadence *cadence)
{
	cadence->hurry = true;
}

/* Earliest start of the next one, so that the last one's cost stays below its share. */
static uint64_t cadence_earliest_ns(const struct cadence *cadence)
{
	uint64_t pause_ns = min_u64(cadence->cost_ns, HFT_CHECKPOINT_CAP_NS) *
			    HFT_CHECKPOINT_COST_FACTOR;

	return cadence->began_ns + min_u64(pause_ns, HFT_CHECKPOINT_CAP_NS);
}

uint64_t cadence_deadline_ns(const struct cadence *cadence)
{
	uint64_t wanted_ns = cadence->first_ns;

	if (cadence->new_bytes == 0)
		return UINT64_MAX;
	if (cadence->hurry || cadence->new_bytes >= HFT_CHECKPOINT_CAP_BYTES)
		return 0;
	if (cadence->new_bytes < cadence->bytes)
		wanted_ns += min_u64(cadence->ns, HFT_CHECKPOINT_CAP_NS);
	return max_u64(wanted_ns, cadence_earliest_ns(cadence));
}

bool cadence_is_due(const struct cadence *cadence, uint64_t now_ns)
{
	return cadence->new_bytes > 0 && cadence_deadline_ns(cadence) <= now_ns;
}

void cadence_begin(struct cadence *cadence, uint64_t now_ns)
{
	cadence->new_bytes = 0;
	cadence->first_ns = 0;
	cadence->began_ns = now_ns;
	cadence->hurry = false;
}

void cadence_done(struct cadence *cadence, uint64_t cost_ns)
{
	cadence->cost_ns = cost_ns;
}
