/* SPDX-License-Identifier: Apache-2.0 */
/* duet_disk.h -- the receiver's disk in the world of duet.h. */
#pragma once

#include "support/duet.h"
#include "wire/chain.h"

/* A step begins: what it will work on is fixed now. */
void duet_disk_begin(struct world *w, enum receive_step step, struct duet_item *item);
/* The step is done: its effect, and its result. */
int duet_disk_step(struct world *w, enum receive_step step, struct duet_item *item,
		   uint64_t *ret_bytes);
/* The receiving engine was killed, or its machine lost power. */
void duet_disk_crash(struct world *w);
/* Ends the test if coverage claims a chunk of that part file that is not on stable storage. */
void duet_check_coverage(const struct world *w, const struct ranges *coverage, int part);
/* Ends the test unless the target is the source, whole and durable. */
void duet_check_published(const struct world *w);
/* True if this is chunk n of the source, in any of its versions. */
bool duet_is_source(const struct world *w, uint64_t chunk, const struct digest *digest);
