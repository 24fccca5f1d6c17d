/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.c -- see lanes.h. */
#include "transfer/lanes.h"

#include <assert.h>

#include "base/compiler.h"

void lanes_init(struct lanes *lanes, struct todo_list *todo, uint64_t try_ns)
{
	*lanes = (struct lanes){.todo = todo, .try_ns = try_ns};
}

static void lane_dial(struct lanes *lanes, uint32_t number, uint64_t now_ns)
{
	struct lane *lane = &lanes->list[number];

	lane->way = LANE_TO_DIAL;
	lane->tries++;
	lane->due_ns = now_ns + lanes->try_ns;
	todo_connection(lanes->todo, ACTION_DIAL, (int)number, lanes->address);
}

void lanes_start(struct lanes *lanes, uint32_t count, uint32_t address, uint64_t now_ns)
{
	assert(count > 0 && count <= HFT_LANES_MAX);
	lanes->count = count;
	lanes->address = address;
	for (uint32_t i = 0; i < count; i++) {
		lanes->list[i] = (struct lane){.way = LANE_OFF};
		lane_dial(lanes, i, now_ns);
	}
}

void lanes_stop(struct lanes *lanes)
{
	lanes->count = 0;
}

static struct lane *lane_of(struct lanes *lanes, int number)
{
	if (number < 0 || (uint32_t)number >= lanes->count)
		return NULL;
	return &lanes->list[number];
}

static uint64_t lane_pause_ns(uint32_t tries)
{
	uint64_t pause_ns = HFT_REDIAL_FIRST_NS << min_u32(tries, 16);

	return min_u64(pause_ns / 2, HFT_LANE_REDIAL_CAP_NS);
}

void lanes_lost(struct lanes *lanes, int number, uint64_t now_ns)
{
	struct lane *lane = lane_of(lanes, number);

	if (!lane || lane->way == LANE_OFF || lane->way == LANE_PAUSING)
		return;
	todo_connection(lanes->todo, ACTION_CLOSE, number, 0);
	lane->due_ns = 0;
	lane->way = LANE_OFF;
	if (lane->tries >= HFT_LANE_TRIES_MAX)
		return;
	lane->way = LANE_PAUSING;
	lane->due_ns = now_ns + lane_pause_ns(lane->tries);
}

void lanes_dialed(struct lanes *lanes, int number, int error, uint64_t now_ns)
{
	struct lane *lane = lane_of(lanes, number);

	if (!lane || lane->way != LANE_TO_DIAL)
		return;
	if (error < 0) {
		lanes_lost(lanes, number, now_ns);
		return;
	}
	lane->way = LANE_TO_JOIN;
	lane->due_ns = now_ns + lanes->try_ns;
	todo_connection(lanes->todo, ACTION_JOIN_LANE, number, 0);
}

void lanes_joined(struct lanes *lanes, int number, int error, uint64_t now_ns)
{
	struct lane *lane = lane_of(lanes, number);

	if (!lane || lane->way != LANE_TO_JOIN)
		return;
	if (error < 0) {
		lanes_lost(lanes, number, now_ns);
		return;
	}
	lane->way = LANE_UP;
	lane->tries = 0;
	lane->due_ns = 0;
}

void lanes_tick(struct lanes *lanes, uint64_t now_ns)
{
	for (uint32_t i = 0; i < lanes->count; i++) {
		struct lane *lane = &lanes->list[i];

		if (lane->due_ns == 0 || lane->due_ns > now_ns)
			continue;
		if (lane->way == LANE_PAUSING)
			lane_dial(lanes, i, now_ns);
		else
			lanes_lost(lanes, (int)i, now_ns);
	}
}

uint64_t lanes_deadline_ns(const struct lanes *lanes)
{
	uint64_t deadline_ns = UINT64_MAX;

	for (uint32_t i = 0; i < lanes->count; i++) {
		if (lanes->list[i].due_ns != 0)
			deadline_ns = min_u64(deadline_ns, lanes->list[i].due_ns);
	}
	return deadline_ns;
}

bool lanes_is_up(const struct lanes *lanes, int lane)
{
	return lane >= 0 && (uint32_t)lane < lanes->count && lanes->list[lane].way == LANE_UP;
}

bool lanes_are_gone(const struct lanes *lanes)
{
	for (uint32_t i = 0; i < lanes->count; i++) {
		if (lanes->list[i].way != LANE_OFF)
			return false;
	}
	return lanes->count > 0;
}
