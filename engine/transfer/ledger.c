/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c -- see ledger.h. */
#include "transfer/ledger.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(HFT_CHECKPOINT_DIGESTS_MAX <= HFT_JOURNAL_DIGESTS_MAX,
	      "one commit must take the whole table");
static_assert(HFT_INFLIGHT_MAX < HFT_CHECKPOINT_DIGESTS_MAX,
	      "what is in flight must fit into the table");

void ledger_init(struct ledger *ledger, const struct chain *chain)
{
	ledger->chain = *chain;
	ledger->count = 0;
}

/* Index of the first entry that is not below chunk. */
static uint32_t ledger_lower(const struct ledger *ledger, uint64_t chunk)
{
	uint32_t low = 0;
	uint32_t high = ledger->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (ledger->list[middle].chunk < chunk)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void ledger_drop(struct ledger *ledger, uint32_t index, uint32_t count)
{
	assert(index + count <= ledger->count);
	memmove(&ledger->list[index], &ledger->list[index + count],
		(ledger->count - index - count) * sizeof(ledger->list[0]));
	ledger->count -= count;
}

uint32_t ledger_room(const struct ledger *ledger)
{
	uint32_t room = HFT_CHECKPOINT_DIGESTS_MAX - ledger->count;

	for (uint32_t i = 0; i < ledger->count; i++)
		room += ledger->list[i].journaled ? 1 : 0;
	return room;
}

/* Makes room by throwing out the last entry that the journal has. */
static int ledger_evict(struct ledger *ledger)
{
	for (uint32_t i = ledger->count; i > 0; i--) {
		if (!ledger->list[i - 1].journaled)
			continue;
		ledger_drop(ledger, i - 1, 1);
		return 0;
	}
	return -ENOSPC;
}

int ledger_put(struct ledger *ledger, uint64_t chunk, const struct digest *digest)
{
	uint32_t index = ledger_lower(ledger, chunk);
	struct ledger_entry *entry = NULL;
	int error = 0;

	if (index == ledger->count || ledger->list[index].chunk != chunk) {
		if (ledger->count == HFT_CHECKPOINT_DIGESTS_MAX)
			error = ledger_evict(ledger);
		if (error < 0)
			return error;
		index = ledger_lower(ledger, chunk);
		memmove(&ledger->list[index + 1], &ledger->list[index],
			(ledger->count - index) * sizeof(ledger->list[0]));
		ledger->count++;
	}
	entry = &ledger->list[index];
	entry->chunk = chunk;
	entry->digest = *digest;
	entry->journaled = false;
	return 0;
}

const struct digest *ledger_find(const struct ledger *ledger, uint64_t chunk)
{
	uint32_t index = ledger_lower(ledger, chunk);

	if (index == ledger->count || ledger->list[index].chunk != chunk)
		return NULL;
	return &ledger->list[index].digest;
}

/* Folds entries that continue the chain and are in the journal; what lies before the chain
 * and is in the journal is of no use any more. */
static void ledger_fold(struct ledger *ledger)
{
	uint32_t used = 0;

	while (used < ledger->count && ledger->list[used].journaled &&
	       ledger->list[used].chunk <= ledger->chain.chunks) {
		if (ledger->list[used].chunk == ledger->chain.chunks)
			chain_add(&ledger->chain, &ledger->list[used].digest);
		used++;
	}
	if (used > 0)
		ledger_drop(ledger, 0, used);
}

uint32_t ledger_take(struct ledger *ledger, const struct ranges *durable, struct chunk_digest *list)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ledger->count; i++) {
		struct ledger_entry *entry = &ledger->list[i];

		if (entry->journaled || !ranges_contains(durable, entry->chunk, entry->chunk + 1))
			continue;
		list[count].chunk = entry->chunk;
		list[count].digest = entry->digest;
		entry->journaled = true;
		count++;
	}
	ledger_fold(ledger);
	return count;
}

bool ledger_wants(const struct ledger *ledger, const struct ranges *durable, uint64_t *ret_first,
		  uint32_t *ret_count)
{
	uint64_t first = ledger->chain.chunks;
	uint32_t index = ledger_lower(ledger, first);
	uint64_t end = first + HFT_JOURNAL_LOAD_DIGESTS_MAX;
	struct range gap;

	if (!ranges_contains(durable, first, first + 1))
		return false;
	if (ranges_next_gap(durable, first, end, &gap))
		end = gap.start;
	if (index < ledger->count)
		end = min_u64(end, ledger->list[index].chunk);
	if (end <= first)
		return false;
	*ret_first = first;
	*ret_count = (uint32_t)(end - first);
	return true;
}

void ledger_loaded(struct ledger *ledger, uint64_t first, const struct digest *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (first + i == ledger->chain.chunks)
			chain_add(&ledger->chain, &list[i]);
	}
	ledger_fold(ledger);
}

bool ledger_total(const struct ledger *ledger, uint64_t chunks, struct digest *ret_digest)
{
	struct chain chain = ledger->chain;
	uint32_t index = ledger_lower(ledger, chain.chunks);

	while (chain.chunks < chunks && index < ledger->count &&
	       ledger->list[index].chunk == chain.chunks) {
		chain_add(&chain, &ledger->list[index].digest);
		index++;
	}
	if (chain.chunks != chunks)
		return false;
	*ret_digest = chain.value;
	return true;
}

void ledger_keep(struct ledger *ledger, const struct ranges *keep)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < ledger->count; i++) {
		uint64_t chunk = ledger->list[i].chunk;

		if (ranges_contains(keep, chunk, chunk + 1))
			ledger->list[kept++] = ledger->list[i];
	}
	ledger->count = kept;
	if (ranges_prefix_end(keep) < ledger->chain.chunks)
		chain_init(&ledger->chain);
}
