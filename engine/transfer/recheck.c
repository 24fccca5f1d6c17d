/* SPDX-License-Identifier: Apache-2.0 */
/* recheck.c -- see recheck.h. */
#include "transfer/recheck.h"

#include <assert.h>
#include <string.h>

#define RECHECK_OVER UINT64_MAX

/* First chunk of the last `last` ones. */
static uint64_t recheck_start(const struct ranges *chunks, uint32_t last)
{
	uint64_t left = last;

	if (last == RECHECK_ALL || ranges_total(chunks) <= left)
		return chunks->list[0].start;
	for (uint32_t i = chunks->count; i > 0; i--) {
		const struct range *range = &chunks->list[i - 1];

		if (range->end - range->start >= left)
			return range->end - left;
		left -= range->end - range->start;
	}
	return chunks->list[0].start;
}

void recheck_init(struct recheck *recheck, const struct ranges *chunks, uint32_t last)
{
	recheck->chunks = *chunks;
	recheck->read_count = 0;
	recheck->bad_count = 0;
	recheck->page_first = 0;
	recheck->page_count = 0;
	recheck->next = RECHECK_OVER;
	if (last > 0 && chunks->count > 0)
		recheck->next = recheck_start(chunks, last);
}

static bool recheck_has_digest(const struct recheck *recheck)
{
	return recheck->next >= recheck->page_first &&
	       recheck->next - recheck->page_first < recheck->page_count;
}

enum recheck_want recheck_next(const struct recheck *recheck, uint64_t *ret_chunk,
			       uint32_t *ret_count)
{
	uint64_t end = recheck->next + HFT_JOURNAL_LOAD_DIGESTS_MAX;
	struct range gap;

	if (recheck->next == RECHECK_OVER)
		return RECHECK_DONE;
	*ret_chunk = recheck->next;
	*ret_count = 1;
	if (recheck_has_digest(recheck))
		return RECHECK_READ;
	if (ranges_next_gap(&recheck->chunks, recheck->next, end, &gap))
		end = gap.start;
	assert(end > recheck->next);
	*ret_count = (uint32_t)(end - recheck->next);
	return RECHECK_LOAD;
}

/* Goes to the next chunk of the set, which may have lost the present one. */
static void recheck_advance(struct recheck *recheck)
{
	uint64_t from = recheck->next + 1;

	recheck->next = RECHECK_OVER;
	for (uint32_t i = 0; i < recheck->chunks.count; i++) {
		if (recheck->chunks.list[i].end <= from)
			continue;
		recheck->next = max_u64(from, recheck->chunks.list[i].start);
		return;
	}
}

static void recheck_bad(struct recheck *recheck)
{
	uint64_t chunk = recheck->next;

	recheck->bad_count++;
	/* No room to cut one chunk out: give up all from here on. */
	if (ranges_remove(&recheck->chunks, chunk, chunk + 1) < 0 &&
	    ranges_remove(&recheck->chunks, chunk, UINT64_MAX) < 0)
		ranges_clear(&recheck->chunks);
	recheck_advance(recheck);
}

void recheck_loaded(struct recheck *recheck, uint64_t first, const struct digest *list,
		    uint32_t count)
{
	if (recheck->next == RECHECK_OVER)
		return;
	recheck->page_first = first;
	recheck->page_count = min_u32(count, HFT_JOURNAL_LOAD_DIGESTS_MAX);
	memcpy(recheck->page, list, recheck->page_count * sizeof(*list));
	if (!recheck_has_digest(recheck))
		recheck_bad(recheck);
}

void recheck_read(struct recheck *recheck, const struct digest *digest)
{
	assert(recheck_has_digest(recheck));
	recheck->read_count++;
	if (digest && digest_equal(digest, &recheck->page[recheck->next - recheck->page_first]))
		recheck_advance(recheck);
	else
		recheck_bad(recheck);
}
