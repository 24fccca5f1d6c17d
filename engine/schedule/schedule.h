/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h -- DECIDES which waiting request starts next: order and limits.
 *
 * What it is: waiting entries, ordered by class (resends ahead of unsent ones, D-54, D-55),
 * priority (small first), then arrival; and counts of running transfers in all and per host.
 * What it is not: a clock, or an owner of entries: they are embedded in the host's requests.
 * Its one idea: a heap per host, linked through the entries themselves, and above them a heap of
 * those hosts that may start something now. A host at its limit is in no heap, so however much
 * waits for it, it is never looked at. Add, remove, change, next and done are logarithmic. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* The owner sets host, priority, ahead, owner, and position to SCHEDULE_IDLE before the first
 * use, and leaves host and ahead alone while the entry waits or runs. */
struct schedule_entry {
	uint64_t sequence;	       /* arrival; set by schedule_add() */
	uint32_t host;		       /* index of the host, below schedule's host_count */
	uint32_t priority;	       /* 1-256, small first */
	bool ahead;		       /* a resend: before all unsent ones */
	uint32_t position;	       /* rank in its host's heap; SCHEDULE_IDLE when not waiting */
	void *owner;		       /* the owner's own */
	struct schedule_entry *parent; /* in its host's heap; NULL = first */
	struct schedule_entry *left;   /* entries that come later; NULL = none */
	struct schedule_entry *right;  /* likewise; never of higher rank than left */
};

#define SCHEDULE_IDLE UINT32_MAX

struct schedule;

/* Makes a schedule for at most `capacity` waiting entries, `send_limit` running ones over all
 * hosts, and host_limits[host_count] running ones for each host, where 0 is no limit of its own
 * (D-55). host_limits is copied. Returns -ENOMEM. Requires capacity, send_limit and host_count
 * above 0. */
HFT_MUST_USE int schedule_new(uint32_t capacity, uint32_t send_limit, const uint32_t *host_limits,
			      uint32_t host_count, struct schedule **ret_schedule);

/* Frees the schedule, not its entries, which are not touched. Accepts NULL. */
void schedule_free(struct schedule *schedule);

/* Lets an entry wait for a slot. -ENOSPC, and nothing changes, when the queue is full. Requires
 * that it does not wait already. */
HFT_MUST_USE int schedule_add(struct schedule *schedule, struct schedule_entry *entry);

/* Stops waiting; nothing happens if it was not. */
void schedule_remove(struct schedule *schedule, struct schedule_entry *entry);

/* Changes the priority of a waiting or idle entry (D-62). A waiting one keeps its arrival: it
 * goes before those of the new priority that came later. */
void schedule_change(struct schedule *schedule, struct schedule_entry *entry, uint32_t priority);

/* The next entry that may start now, taken out and counted as running; NULL when none may. */
struct schedule_entry *schedule_next(struct schedule *schedule);

/* A running entry gave its slot back. Requires that schedule_next() gave it out. */
void schedule_done(struct schedule *schedule, const struct schedule_entry *entry);

/* Stops (or starts again) giving slots: the send service is not ready or is draining. */
void schedule_hold(struct schedule *schedule, bool hold);

/* How many wait. */
uint32_t schedule_waiting(const struct schedule *schedule);

/* How many run, over all hosts. */
uint32_t schedule_running(const struct schedule *schedule);
