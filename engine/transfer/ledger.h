/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h -- the digests of chunks on their way from "known" to "in the chain".
 *
 * Chunks become durable in about the order of the file; the file digest is a chain over them in
 * exactly that order. The ledger holds the chain over the prefix that is durable and in
 * the journal, and a bounded table of digests that cannot be folded into it yet. Both
 * ends of a transfer have one. Its one idea: a digest that is in the journal may leave the
 * table at any time, because it can be loaded again (ledger_wants()). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "base/ranges.h"
#include "record/chunk_digest.h"
#include "wire/chain.h"

struct ledger_entry {
	uint64_t chunk;	      /* index in the file */
	struct digest digest; /* of its bytes */
	bool journaled;	      /* it is in the journal, or in the commit under way */
};

struct ledger {
	struct chain chain; /* over the prefix of the file that is durable and journaled */
	uint32_t count;	    /* entries in use */
	struct ledger_entry list[HFT_CHECKPOINT_DIGESTS_MAX]; /* ascending by chunk */
};

/* An empty ledger, of which the prefix is `chain`. */
void ledger_init(struct ledger *ledger, const struct chain *chain);

/* How many more digests fit, counting those that may be thrown out. */
uint32_t ledger_room(const struct ledger *ledger);

/* Adds or replaces the digest of a chunk that is not in the journal. -ENOSPC, with
 * nothing changed, when there is no room. */
HFT_MUST_USE int ledger_put(struct ledger *ledger, uint64_t chunk, const struct digest *digest);

/* The digest of that chunk, or NULL when it is not in the table. Valid until the next
 * change. */
const struct digest *ledger_find(const struct ledger *ledger, uint64_t chunk);

/* Puts all digests of durable chunks that are not in the journal into list (room for
 * HFT_CHECKPOINT_DIGESTS_MAX), counts them as journaled, and moves the chain forward over
 * what is durable. To be called for each commit, which must contain the list. Returns
 * how many. */
uint32_t ledger_take(struct ledger *ledger, const struct ranges *durable,
		     struct chunk_digest *list);

/* True when the chain stands at a durable chunk whose digest is only in the journal: load
 * that run (at most HFT_JOURNAL_LOAD_DIGESTS_MAX) and hand it to ledger_loaded(). */
bool ledger_wants(const struct ledger *ledger, const struct ranges *durable, uint64_t *ret_first,
		  uint32_t *ret_count);

/* Folds digests from the journal, chunks first.., into the chain as far as they continue it. */
void ledger_loaded(struct ledger *ledger, uint64_t first, const struct digest *list,
		   uint32_t count);

/* The file digest over `chunks` chunks: the chain, and the table behind it. False when a
 * digest in between is not there. */
bool ledger_total(const struct ledger *ledger, uint64_t chunks, struct digest *ret_digest);

/* Throws out the digests of all chunks that are not in keep. If the chain covers such a
 * chunk it starts again from nothing, and ledger_wants() loads what is left. */
void ledger_keep(struct ledger *ledger, const struct ranges *keep);
