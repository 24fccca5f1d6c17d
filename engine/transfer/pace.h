/* SPDX-License-Identifier: Apache-2.0 */
/* pace.h -- keeps what is sent below a rate.
 *
 * A bucket told as a time: each chunk may start when the ones before it have used up their
 * time at the wanted rate. What was not used is forgotten after HFT_PACE_BURST_NS, so
 * that a pause is not followed by a flood. */
#pragma once

#include <stdint.h>

struct pace {
	uint64_t rate_bps; /* bytes a second; 0 = no limit */
	uint64_t next_ns;  /* when the next chunk may start */
};

/* A full bucket. */
void pace_init(struct pace *pace, uint64_t rate_bps);

/* Takes `bytes` out of the bucket. Returns when they may be sent at the earliest; 0 = at
 * once. */
uint64_t pace_take(struct pace *pace, uint32_t bytes, uint64_t now_ns);
