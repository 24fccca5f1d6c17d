/* SPDX-License-Identifier: Apache-2.0 */
/* cadence.h -- when the receiver takes a checkpoint.
 *
 * After so many new bytes, or so long after the first of them, whichever comes first;
 * stretched so that checkpoints cost 1 % of the time at most, but never further apart than
 * HFT_CHECKPOINT_CAP_NS or HFT_CHECKPOINT_CAP_BYTES; at once when somebody is in a hurry. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cadence {
	uint64_t bytes;	    /* setting: checkpoint after so many new bytes */
	uint64_t ns;	    /* setting: or so long after the first of them */
	uint64_t new_bytes; /* written since the last checkpoint began */
	uint64_t first_ns;  /* when the first of them was written; 0 = none */
	uint64_t began_ns;  /* when the last checkpoint began; 0 = none yet */
	uint64_t cost_ns;   /* what the last one took */
	bool hurry;	    /* the next one is due as soon as there is something new */
};

/* Nothing is written yet; the settings are taken as they are. */
void cadence_init(struct cadence *cadence, uint64_t bytes, uint64_t ns);

/* A chunk was written. */
void cadence_wrote(struct cadence *cadence, uint64_t bytes, uint64_t now_ns);

/* Somebody waits for durability: a stream's sender, a full table, the end. */
void cadence_hurry(struct cadence *cadence);

/* True when a checkpoint should begin now. */
bool cadence_is_due(const struct cadence *cadence, uint64_t now_ns);

/* When it will be due if nothing more is written; UINT64_MAX = never. */
uint64_t cadence_deadline_ns(const struct cadence *cadence);

/* A checkpoint begins: it will cover all that is written now. */
void cadence_begin(struct cadence *cadence, uint64_t now_ns);

/* It is over, and this is what it cost the disk. */
void cadence_done(struct cadence *cadence, uint64_t cost_ns);
