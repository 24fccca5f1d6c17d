/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h -- DECIDES which waiting request starts next: order and limits.
 *
 * A heap of waiting entries, ordered by class (resends ahead of unsent ones, D-54, D-55), priority
 * (small first), then arrival; and counts of running transfers in all and per host. Insert, remove
 * and pick are logarithmic. Entries are embedded in the host's requests. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct schedule_entry {
	uint64_t sequence; /* arrival; set by schedule_add() */
	uint32_t host;	   /* index of the host, below schedule's host_count */
	uint32_t priority; /* 1-256, small first */
	bool ahead;	   /* a resend: before all unsent ones */
	uint32_t position; /* in the heap; SCHEDULE_IDLE when not waiting */
	void *owner;	   /* the host's own */
};

#define SCHEDULE_IDLE UINT32_MAX

struct schedule;

/* `capacity` entries at most; send_limit over all hosts (D-55); host_limits[host_count]: 0 = none
 * of its own. */
HFT_MUST_USE int schedule_new(uint32_t capacity, uint32_t send_limit, const uint32_t *host_limits,
			      uint32_t host_count, struct schedule **ret_schedule);
void schedule_free(struct schedule *schedule);

/* Lets an entry wait for a slot. -ENOSPC when the queue is full. */
HFT_MUST_USE int schedule_add(struct schedule *schedule, struct schedule_entry *entry);
/* Stops waiting; nothing happens if it was not. */
void schedule_remove(struct schedule *schedule, struct schedule_entry *entry);
/* Changes the priority of a waiting or idle entry (D-62). */
void schedule_change(struct schedule *schedule, struct schedule_entry *entry, uint32_t priority);
/* The next entry that may start now, taken out and counted as running; NULL when none may. */
struct schedule_entry *schedule_next(struct schedule *schedule);
/* A running entry gave its slot back. */
void schedule_done(struct schedule *schedule, const struct schedule_entry *entry);
/* Stops (or starts again) giving slots: the send service is not ready or is draining. */
void schedule_hold(struct schedule *schedule, bool hold);
uint32_t schedule_waiting(const struct schedule *schedule);
uint32_t schedule_running(const struct schedule *schedule);
