/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.c -- see ranges.h.
 *
 * Every change is one replacement: the ranges it meets, a run in the list, give way to
 * the pieces that are there afterwards. So there is one place that moves the list
 * and one that can find it full. */
#include "base/ranges.h"

#include <errno.h>
#include <string.h>

/* Puts `pieces` in the place of list[first..last). -E2BIG, with the set untouched. */
static int ranges_replace(struct ranges *set, uint32_t first, uint32_t last,
			  const struct range *pieces, uint32_t piece_count)
{
	uint32_t kept = set->count - (last - first);

	assert(first <= last && last <= set->count);

	if (kept + piece_count > HFT_RANGES_MAX)
		return -E2BIG;
	memmove(&set->list[first + piece_count], &set->list[last],
		(set->count - last) * sizeof(set->list[0]));
	memcpy(&set->list[first], pieces, piece_count * sizeof(pieces[0]));
	set->count = kept + piece_count;
	return 0;
}

void ranges_clear(struct ranges *set)
{
	assert(set);

	set->count = 0;
}

int ranges_add(struct ranges *set, uint64_t start, uint64_t end)
{
	struct range merged = {start, end};
	uint32_t first = 0;
	uint32_t last;

	assert(set);
	assert(start < end);

	while (first < set->count && set->list[first].end < start)
		first++;
	last = first;
	while (last < set->count && set->list[last].start <= end)
		last++;
	if (first < last) {
		merged.start = min_u64(start, set->list[first].start);
		merged.end = max_u64(end, set->list[last - 1].end);
	}
	return ranges_replace(set, first, last, &merged, 1);
}

int ranges_remove(struct ranges *set, uint64_t start, uint64_t end)
{
	struct range rests[2];
	uint32_t rest_count = 0;
	uint32_t first = 0;
	uint32_t last;

	assert(set);
	assert(start < end);

	while (first < set->count && set->list[first].end <= start)
		first++;
	last = first;
	while (last < set->count && set->list[last].start < end)
		last++;
	if (first == last)
		return 0;
	if (set->list[first].start < start)
		rests[rest_count++] = (struct range){set->list[first].start, start};
	if (set->list[last - 1].end > end)
		rests[rest_count++] = (struct range){end, set->list[last - 1].end};
	return ranges_replace(set, first, last, rests, rest_count);
}

bool ranges_contains(const struct ranges *set, uint64_t start, uint64_t end)
{
	assert(set);
	assert(start < end);

	for (uint32_t i = 0; i < set->count; i++) {
		if (set->list[i].start <= start && end <= set->list[i].end)
			return true;
	}
	return false;
}

uint64_t ranges_total(const struct ranges *set)
{
	uint64_t total = 0;

	assert(set);

	for (uint32_t i = 0; i < set->count; i++)
		total += set->list[i].end - set->list[i].start;
	return total;
}

bool ranges_next_gap(const struct ranges *set, uint64_t from, uint64_t limit, struct range *ret_gap)
{
	uint64_t end = limit;

	assert(set);
	assert(ret_gap);

	for (uint32_t i = 0; i < set->count; i++) {
		const struct range *range = &set->list[i];

		if (range->start > from) {
			end = min_u64(range->start, limit);
			break;
		}
		from = max_u64(from, range->end);
	}
	if (from >= end)
		return false;
	*ret_gap = (struct range){from, end};
	return true;
}

/* Adds a range that begins behind all others. */
static int ranges_append(struct ranges *set, uint64_t start, uint64_t end)
{
	assert(start < end);
	assert(start >= ranges_end(set));

	return ranges_add(set, start, end);
}

int ranges_intersect(struct ranges *target, const struct ranges *a, const struct ranges *b)
{
	struct ranges both;
	uint32_t i = 0;
	uint32_t j = 0;

	assert(target);
	assert(a && b);

	ranges_clear(&both);
	while (i < a->count && j < b->count) {
		uint64_t start = max_u64(a->list[i].start, b->list[j].start);
		uint64_t end = min_u64(a->list[i].end, b->list[j].end);

		if (start < end && ranges_append(&both, start, end) < 0)
			return -E2BIG;
		if (a->list[i].end < b->list[j].end)
			i++;
		else
			j++;
	}
	*target = both;
	return 0;
}

int ranges_subtract(struct ranges *target, const struct ranges *a, const struct ranges *b)
{
	struct ranges rest;
	struct range gap;

	assert(target);
	assert(a && b);

	/* Removing b's ranges one by one from a copy of a could need more room on the way
	 * than at the end; what b lacks within each range of a is the result at once. */
	ranges_clear(&rest);
	for (uint32_t i = 0; i < a->count; i++) {
		uint64_t from = a->list[i].start;

		while (ranges_next_gap(b, from, a->list[i].end, &gap)) {
			if (ranges_append(&rest, gap.start, gap.end) < 0)
				return -E2BIG;
			from = gap.end;
		}
	}
	*target = rest;
	return 0;
}

bool ranges_equal(const struct ranges *a, const struct ranges *b)
{
	assert(a);
	assert(b);

	return a->count == b->count && memcmp(a->list, b->list, a->count * sizeof(a->list[0])) == 0;
}

uint64_t ranges_end(const struct ranges *set)
{
	assert(set);

	return set->count > 0 ? set->list[set->count - 1].end : 0;
}

uint64_t ranges_prefix_end(const struct ranges *set)
{
	assert(set);

	return set->count > 0 && set->list[0].start == 0 ? set->list[0].end : 0;
}

bool ranges_is_valid(const struct ranges *set)
{
	assert(set);

	if (set->count > HFT_RANGES_MAX)
		return false;
	for (uint32_t i = 0; i < set->count; i++) {
		if (set->list[i].start >= set->list[i].end)
			return false;
		if (i > 0 && set->list[i].start <= set->list[i - 1].end)
			return false;
	}
	return true;
}
