/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.h -- the lanes of a sender: dialed, joined, lost, dialed again.
 *
 * Each lane goes its own way; none waits for another. A lost lane is dialed again after a
 * pause that doubles, HFT_LANE_TRIES_MAX times; then it is given up. What it carried is
 * the window's business. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "transfer/todo.h"

enum lane_way {
	LANE_OFF,     /* not wanted, or given up */
	LANE_PAUSING, /* until due_ns, then DIAL */
	LANE_TO_DIAL, /* DIAL is out, until due_ns */
	LANE_TO_JOIN, /* JOIN is out, until due_ns */
	LANE_UP,      /* carries chunks */
};

struct lane {
	enum lane_way way; /* see above */
	uint32_t tries;	   /* dials since it was up last */
	uint64_t due_ns;   /* see above; 0 for the others */
};

struct lanes {
	struct lane list[HFT_LANES_MAX]; /* [count] */
	uint32_t count;			 /* granted */
	uint32_t address;		 /* where the control connection goes to */
	uint64_t try_ns;		 /* setting: how long dial and join may take each */
	struct todo_list *todo;		 /* where DIAL, JOIN_LANE and CLOSE go */
};

/* No lane yet. `todo` outlives the lanes. */
void lanes_init(struct lanes *lanes, struct todo_list *todo, uint64_t try_ns);

/* Dials `count` lanes to that address. */
void lanes_start(struct lanes *lanes, uint32_t count, uint32_t address, uint64_t now_ns);

/* All are gone, because the host closes the whole session. */
void lanes_stop(struct lanes *lanes);

/* Answers of the host. A lane that is not waited for is ignored. */
void lanes_dialed(struct lanes *lanes, int lane, int error, uint64_t now_ns);
void lanes_joined(struct lanes *lanes, int lane, int error, uint64_t now_ns);

/* The lane ended: it is closed, and dialed again after a pause. */
void lanes_lost(struct lanes *lanes, int lane, uint64_t now_ns);

/* Does what has become due. */
void lanes_tick(struct lanes *lanes, uint64_t now_ns);

/* When lanes_tick() is wanted; UINT64_MAX = not at all. */
uint64_t lanes_deadline_ns(const struct lanes *lanes);

/* True for a lane that carries chunks. */
bool lanes_is_up(const struct lanes *lanes, int lane);

/* True when every lane was given up: nothing can be sent any more. */
bool lanes_are_gone(const struct lanes *lanes);
