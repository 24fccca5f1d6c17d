/* SPDX-License-Identifier: Apache-2.0 */
/* recheck.h -- reads the last durable chunks again, to prove that they are what was said.
 *
 * Both ends do it before a transfer continues: the sender with its source, the receiver
 * with its part file. One chunk at a time, ascending; the digest that a chunk must have
 * comes from who knows it, or from the journal, in pages. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/checksum.h"
#include "base/ranges.h"

#define RECHECK_ALL UINT32_MAX

enum recheck_want {
	RECHECK_LOAD, /* journaled digests from *ret_chunk on -> recheck_loaded() */
	RECHECK_READ, /* chunk *ret_chunk -> recheck_read() */
	RECHECK_DONE,
};

struct recheck {
	struct ranges chunks; /* what is still believed; bad ones are taken out */
	uint64_t next;	      /* chunk to look at; UINT64_MAX = over */
	uint32_t read_count;  /* chunks read so far */
	uint32_t bad_count;   /* of these bad, or without a digest to compare with */
	uint64_t page_first;  /* first chunk of page */
	uint32_t page_count;  /* digests in page */
	struct digest page[HFT_JOURNAL_LOAD_DIGESTS_MAX]; /* [page_count] */
};

/* To look at the last `last` chunks of the set; RECHECK_ALL, or 0 for none. */
void recheck_init(struct recheck *recheck, const struct ranges *chunks, uint32_t last);

enum recheck_want recheck_next(const struct recheck *recheck, uint64_t *ret_chunk,
			       uint32_t *ret_count);

/* Digests of chunks first.. that are believed: from the journal, or given by who knows them. When
 * the list does not begin with the wanted chunk, that chunk counts as bad. */
void recheck_loaded(struct recheck *recheck, uint64_t first, const struct digest *list,
		    uint32_t count);

/* The chunk was read: this is its digest; NULL = it could not be read. Requires that
 * RECHECK_READ was wanted. */
void recheck_read(struct recheck *recheck, const struct digest *digest);
