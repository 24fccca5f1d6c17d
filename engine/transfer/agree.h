/* SPDX-License-Identifier: Apache-2.0 */
/* agree.h -- what both sides can prove to hold: the sender's half of a resume (D-87).
 *
 * The receiver says which chunks are durable there, and shows the chain over its prefix and the
 * digests at its end. The sender has the chain over what it recorded. Equal chains prove
 * equal prefixes in 16 bytes: where one prefix is longer, the shorter chain is rolled forward with
 * digests, or ours is computed again. Where chains differ, and behind the prefix, digests
 * are compared run by run, and exactly the chunks that differ are left out.
 *
 * It asks (agree_next()) and is answered; it knows nothing of connections or journals. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ranges.h"
#include "wire/chain.h"
#include "wire/messages.h"

enum agree_want {
	AGREE_LOAD, /* our digests of a run -> agree_loaded() */
	AGREE_ASK,  /* their digests of a run -> agree_answered() */
	AGREE_DONE, /* agreed is final */
};

enum agree_phase {
	AGREE_OWN,    /* ours is longer: our chain is computed again, up to theirs */
	AGREE_BRIDGE, /* theirs is longer: our chain is rolled forward with their digests */
	AGREE_LIST,   /* run by run: our digests of it are wanted */
	AGREE_LISTED, /* run by run: theirs are wanted */
	AGREE_OVER,
};

struct agree {
	enum agree_phase phase;			  /* see above */
	struct ranges durable;			  /* what the receiver has; not yet proven */
	struct ranges agreed;			  /* what is proven */
	struct chain chain;			  /* ours, on its way to their prefix */
	uint64_t prefix_chunks;			  /* of theirs */
	struct digest root;			  /* chain over it */
	uint16_t tail_count;			  /* digests at the end of their prefix */
	struct digest tail[HFT_TAIL_DIGESTS_MAX]; /* [tail_count] */
	uint64_t cursor;			  /* LIST: the next chunk to prove */
	uint32_t runs;				  /* LIST: runs looked at so far */
	uint32_t page_count;			  /* LISTED: our digests from cursor on */
	struct digest page[HFT_TAIL_DIGESTS_MAX]; /* [page_count] */
	bool chains_differ;			  /* the prefix was not proven by its chain */
};

/* Starts with what ACCEPT said and our chain over what we recorded; own is NULL when we recorded
 * nothing, and then nothing can be agreed. */
void agree_init(struct agree *agree, const struct message_accept *accept, const struct chain *own);

/* What is wanted next: chunks [*ret_first, + *ret_count) for LOAD and ASK. */
enum agree_want agree_next(const struct agree *agree, uint64_t *ret_first, uint32_t *ret_count);

/* The answers; fewer than wanted = there are no more in a row. An answer that was not
 * asked for is ignored. */
void agree_loaded(struct agree *agree, uint64_t first, const struct digest *list, uint32_t count);
void agree_answered(struct agree *agree, uint64_t first, const struct digest *list, uint32_t count);

/* Their digest of a chunk at the end of their prefix, or NULL. */
const struct digest *agree_tail(const struct agree *agree, uint64_t chunk);
