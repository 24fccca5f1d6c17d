/* SPDX-License-Identifier: Apache-2.0 */
/* window.c -- see window.h. */
#include "transfer/window.h"

#include <assert.h>
#include <string.h>

static_assert(HFT_LANES_MAX * HFT_LANE_DEPTH <= HFT_INFLIGHT_MAX,
	      "every lane must be able to be busy");

void window_init(struct window *window)
{
	window->count = 0;
	window->todo_count = 0;
	memset(window->outstanding, 0, sizeof(window->outstanding));
}

static uint32_t window_lower(const struct window *window, uint64_t chunk)
{
	uint32_t low = 0;
	uint32_t high = window->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (window->list[middle].chunk < chunk)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct window_chunk *window_find(struct window *window, uint64_t chunk)
{
	uint32_t index = window_lower(window, chunk);

	if (index == window->count || window->list[index].chunk != chunk)
		return NULL;
	return &window->list[index];
}

struct window_chunk *window_add(struct window *window, uint64_t chunk)
{
	uint32_t index = window_lower(window, chunk);

	assert(window->count < HFT_INFLIGHT_MAX);
	assert(index == window->count || window->list[index].chunk != chunk);
	memmove(&window->list[index + 1], &window->list[index],
		(window->count - index) * sizeof(window->list[0]));
	window->list[index] = (struct window_chunk){.chunk = chunk, .state = WINDOW_TODO};
	window->count++;
	window->todo_count++;
	return &window->list[index];
}

struct window_chunk *window_next(struct window *window)
{
	for (uint32_t i = 0; i < window->count && window->todo_count > 0; i++) {
		if (window->list[i].state == WINDOW_TODO)
			return &window->list[i];
	}
	return NULL;
}

static void window_set(struct window *window, struct window_chunk *chunk, enum window_state state)
{
	if (chunk->state == WINDOW_TODO)
		window->todo_count--;
	if (state == WINDOW_TODO)
		window->todo_count++;
	chunk->state = state;
}

void window_issue(struct window *window, struct window_chunk *chunk, int lane)
{
	assert(chunk->state == WINDOW_TODO);
	assert(lane >= 0 && lane < HFT_LANES_MAX);
	assert(window->outstanding[lane] < HFT_LANE_DEPTH);
	window_set(window, chunk, WINDOW_ISSUED);
	window->outstanding[lane]++;
	chunk->lane = (uint8_t)lane;
	chunk->again = false;
	if (chunk->sends < UINT8_MAX)
		chunk->sends++;
}

struct window_chunk *window_sent(struct window *window, uint64_t chunk, int lane,
				 const struct digest *digest)
{
	struct window_chunk *found = window_find(window, chunk);

	assert(lane >= 0 && lane < HFT_LANES_MAX);
	if (window->outstanding[lane] > 0)
		window->outstanding[lane]--;
	if (!found || found->state != WINDOW_ISSUED || found->lane != lane)
		return NULL;
	found->digest = *digest;
	found->hashed = true;
	window_set(window, found, found->again && !found->stored ? WINDOW_TODO : WINDOW_SENT);
	found->again = false;
	return found;
}

struct window_chunk *window_again(struct window *window, uint64_t chunk)
{
	struct window_chunk *found = window_find(window, chunk);

	if (!found || found->stored)
		return NULL;
	if (found->tries < UINT8_MAX)
		found->tries++;
	if (found->state == WINDOW_ISSUED)
		found->again = true;
	else
		window_set(window, found, WINDOW_TODO);
	return found;
}

void window_stored(struct window *window, const struct ranges *stored)
{
	for (uint32_t i = 0; i < window->count; i++) {
		uint64_t chunk = window->list[i].chunk;

		if (ranges_contains(stored, chunk, chunk + 1))
			window->list[i].stored = true;
	}
}

void window_lane_lost(struct window *window, int lane)
{
	assert(lane >= 0 && lane < HFT_LANES_MAX);
	window->outstanding[lane] = 0;
	for (uint32_t i = 0; i < window->count; i++) {
		struct window_chunk *chunk = &window->list[i];

		if (chunk->state == WINDOW_TODO || chunk->lane != lane)
			continue;
		if (chunk->stored && chunk->hashed)
			window_set(window, chunk, WINDOW_SENT);
		else
			window_set(window, chunk, WINDOW_TODO);
	}
}

static void window_drop(struct window *window, uint32_t index)
{
	if (window->list[index].state == WINDOW_TODO)
		window->todo_count--;
	memmove(&window->list[index], &window->list[index + 1],
		(window->count - index - 1) * sizeof(window->list[0]));
	window->count--;
}

bool window_take(struct window *window, uint64_t *ret_chunk, struct digest *ret_digest)
{
	for (uint32_t i = 0; i < window->count; i++) {
		const struct window_chunk *chunk = &window->list[i];

		if (!chunk->stored || !chunk->hashed || chunk->state == WINDOW_ISSUED)
			continue;
		*ret_chunk = chunk->chunk;
		*ret_digest = chunk->digest;
		window_drop(window, i);
		return true;
	}
	return false;
}

void window_cut(struct window *window, uint64_t end)
{
	while (window->count > 0 && window->list[window->count - 1].chunk >= end)
		window_drop(window, window->count - 1);
}
