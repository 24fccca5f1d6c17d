/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h -- the file digest: a hash chain over the digests of the chunks, in order.
 *
 *   value(0)     XXH3-128 of the 18 bytes "hft file digest v1", without NUL
 *   value(n + 1) XXH3-128 of the 32 bytes value(n), digest of chunk n
 *
 * and the file digest is value(number of chunks). An empty file has no chunk: its
 * digest is value(0), which is not zero, so "no digest" and "empty file" differ.
 *
 * Why a chain and not a tree or a hash of the whole list: its state is 16 bytes. It fits
 * into each checkpoint, so resume at 1 TiB costs what it costs at 1 MiB, and two sides
 * compare any prefix by comparing 16 bytes. The position of a chunk is in the chain by
 * itself, so no index is hashed. What it cannot do is find the bad chunk: that is what
 * the digests of the chunks are kept for.
 *
 * The value depends on the size of the chunks: who compares files must use the same. */
#pragma once

#include <stdint.h>

#include "base/checksum.h"

struct chain {
	struct digest value; /* over the chunks added so far */
	uint64_t chunks;     /* how many were added = index of the next one */
};

/* An empty chain: the digest of an empty file. */
void chain_init(struct chain *chain);

/* Adds the digest of chunk number chain->chunks. */
void chain_add(struct chain *chain, const struct digest *chunk);
