/* SPDX-License-Identifier: Apache-2.0 */
/* slab.h -- a fixed number of things of one size, allocated once.
 *
 * What it is: how the data path has memory without allocating it. What it is not: a cache that
 * grows: when all are taken, that is an answer, and the caller says "later". Things come
 * zeroed. Not safe for two threads.
 *
 * Large things (HFT_SLAB_PAGED_BYTES) have pages of their own: of these only what is touched
 * takes memory, and all but the last few given back return it to the system. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct slab; /* opaque */

/* Allocates `count` things of `object_bytes` each, aligned for any type of C. -ENOMEM or
 * -EOVERFLOW, with *ret_slab untouched. Requires both numbers above 0. */
HFT_MUST_USE int slab_new(struct slab **ret_slab, size_t object_bytes, uint32_t count);

/* Frees the slab with all its things, also those still taken. NULL is allowed. */
void slab_free(struct slab *slab);

/* Takes a thing, zeroed; NULL when all are taken. */
void *slab_take(struct slab *slab);

/* Gives a thing back. Requires that it came from this slab and was not given back since, and that
 * nobody writes to it any more, the kernel neither. */
void slab_give(struct slab *slab, void *object);

/* Things taken. */
uint32_t slab_in_use(const struct slab *slab);

/* Things there are. */
uint32_t slab_capacity(const struct slab *slab);

/* The number of a thing of this slab, below the capacity: a short name for it. */
uint32_t slab_index(const struct slab *slab, const void *object);

/* The thing with that number if it is taken, else NULL. The number may come from anywhere. */
void *slab_at(const struct slab *slab, uint32_t index);
