/* SPDX-License-Identifier: Apache-2.0 */
/* agree.c -- see agree.h. */
#include "transfer/agree.h"

#include <assert.h>
#include <string.h>

static_assert(HFT_TAIL_DIGESTS_MAX <= HFT_JOURNAL_LOAD_DIGESTS_MAX,
	      "a page of theirs must be one load of ours");

const struct digest *agree_tail(const struct agree *agree, uint64_t chunk)
{
	uint64_t first = agree->prefix_chunks - agree->tail_count;

	if (chunk < first || chunk >= agree->prefix_chunks)
		return NULL;
	return &agree->tail[chunk - first];
}

/* Moves to the next run that is worth proving, or ends. */
static void agree_to_list(struct agree *agree)
{
	const struct ranges *durable = &agree->durable;

	agree->phase = AGREE_OVER;
	if (agree->runs >= HFT_LIST_RUNS_MAX)
		return;
	for (uint32_t i = 0; i < durable->count; i++) {
		if (durable->list[i].end <= agree->cursor)
			continue;
		if (agree->cursor < durable->list[i].start) {
			agree->cursor = durable->list[i].start;
			agree->runs++;
		}
		agree->phase = AGREE_LIST;
		return;
	}
}

/* Our chain has the length of their prefix, or cannot get there: decide. */
static void agree_compare(struct agree *agree)
{
	agree->chains_differ = agree->chain.chunks != agree->prefix_chunks ||
			       !digest_equal(&agree->chain.value, &agree->root);
	agree->cursor = 0;
	if (!agree->chains_differ && agree->prefix_chunks > 0) {
		int error = ranges_add(&agree->agreed, 0, agree->prefix_chunks);

		assert(error == 0); /* the first range of an empty set */
		agree->cursor = agree->prefix_chunks;
	}
	agree_to_list(agree);
}

/* Rolls the chain forward with what the tail has; true when that was enough. */
static bool agree_roll_tail(struct agree *agree)
{
	const struct digest *digest = NULL;

	while (agree->chain.chunks < agree->prefix_chunks) {
		digest = agree_tail(agree, agree->chain.chunks);
		if (!digest)
			return false;
		chain_add(&agree->chain, digest);
	}
	return true;
}

void agree_init(struct agree *agree, const struct message_accept *accept, const struct chain *own)
{
	agree->durable = accept->durable;
	ranges_clear(&agree->agreed);
	agree->prefix_chunks = accept->prefix_chunks;
	agree->root = accept->root;
	agree->tail_count = accept->tail_count;
	memcpy(agree->tail, accept->tail, sizeof(agree->tail));
	agree->cursor = 0;
	agree->runs = 0;
	agree->page_count = 0;
	agree->chains_differ = false;
	agree->phase = AGREE_OVER;
	if (!own || agree->durable.count == 0)
		return;
	agree->chain = *own;
	if (own->chunks > agree->prefix_chunks) {
		chain_init(&agree->chain);
		agree->phase = AGREE_OWN;
	}
	if (agree->chain.chunks == agree->prefix_chunks ||
	    (agree->phase != AGREE_OWN && agree_roll_tail(agree)))
		agree_compare(agree);
	else if (agree->phase != AGREE_OWN)
		agree->phase = AGREE_BRIDGE;
}

/* End of the run of durable chunks that has the cursor in it. */
static uint64_t agree_run_end(const struct agree *agree)
{
	struct range gap;

	if (ranges_next_gap(&agree->durable, agree->cursor, UINT64_MAX, &gap))
		return gap.start;
	return ranges_end(&agree->durable);
}

enum agree_want agree_next(const struct agree *agree, uint64_t *ret_first, uint32_t *ret_count)
{
	uint64_t first = agree->chain.chunks;
	uint64_t end = agree->prefix_chunks;

	switch (agree->phase) {
	case AGREE_LIST:
		first = agree->cursor;
		end = agree_run_end(agree);
		break;
	case AGREE_LISTED:
		first = agree->cursor;
		end = first + agree->page_count;
		break;
	case AGREE_OWN:
	case AGREE_BRIDGE:
		break;
	case AGREE_OVER:
		return AGREE_DONE;
	}
	assert(first < end);
	*ret_first = first;
	*ret_count = (uint32_t)min_u64(end - first, HFT_TAIL_DIGESTS_MAX);
	return agree->phase == AGREE_OWN || agree->phase == AGREE_LIST ? AGREE_LOAD : AGREE_ASK;
}

void agree_loaded(struct agree *agree, uint64_t first, const struct digest *list, uint32_t count)
{
	uint64_t wanted_first = 0;
	uint32_t wanted = 0;

	if (agree_next(agree, &wanted_first, &wanted) != AGREE_LOAD || first != wanted_first)
		return;
	count = min_u32(count, wanted);
	if (agree->phase == AGREE_OWN) {
		for (uint32_t i = 0; i < count; i++)
			chain_add(&agree->chain, &list[i]);
		if (count == 0 || agree->chain.chunks == agree->prefix_chunks)
			agree_compare(agree);
	} else if (count == 0) {
		agree->cursor += wanted; /* not provable: sent again */
		agree_to_list(agree);
	} else {
		memcpy(agree->page, list, count * sizeof(*list));
		agree->page_count = count;
		agree->phase = AGREE_LISTED;
	}
}

/* Compares our page with theirs; what they do not have is not proven either. */
static void agree_compare_page(struct agree *agree, const struct digest *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint64_t chunk = agree->cursor + i;

		if (!digest_equal(&agree->page[i], &list[i]))
			continue;
		if (ranges_add(&agree->agreed, chunk, chunk + 1) < 0) {
			agree->phase = AGREE_OVER; /* too many pieces: the rest is sent again */
			return;
		}
	}
	agree->cursor += count > 0 ? count : agree->page_count;
	agree_to_list(agree);
}

void agree_answered(struct agree *agree, uint64_t first, const struct digest *list, uint32_t count)
{
	uint64_t wanted_first = 0;
	uint32_t wanted = 0;

	if (agree_next(agree, &wanted_first, &wanted) != AGREE_ASK || first != wanted_first)
		return;
	count = min_u32(count, wanted);
	if (agree->phase == AGREE_LISTED) {
		agree_compare_page(agree, list, count);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		chain_add(&agree->chain, &list[i]);
	if (count == 0 || agree_roll_tail(agree))
		agree_compare(agree);
}
