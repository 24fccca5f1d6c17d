/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.c -- see schedule.h.
 *
 * The heap of a host is a leftist tree: every entry comes before those below it, and the way
 * down to the right is the shortest to an end, so at most log2(n) long. Two trees are merged by
 * walking only those two ways, and that is how all is done: adding merges with a tree of one,
 * taking out merges the two children. No memory but the entries is needed, so one queue of any
 * mix of hosts fits in what the requests already have.
 *
 * The heap of hosts is an array that counts from 1; position 0 says "not in it". */
#include "schedule/schedule.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SCHEDULE_PRIORITY_MAX 256

struct schedule_host {
	struct schedule_entry *first; /* its heap; NULL = nothing waits */
	uint32_t limit;		      /* running at once; 0 = no limit of its own */
	uint32_t running;	      /* slots given out */
	uint32_t position;	      /* in the heap of hosts; 0 = it may start nothing */
};

struct schedule {
	uint64_t sequence;	    /* of the last arrival */
	uint32_t capacity;	    /* most that may wait */
	uint32_t waiting;	    /* that wait */
	uint32_t send_limit;	    /* running at once, over all hosts */
	uint32_t running;	    /* slots given out */
	bool hold;		    /* give none */
	uint32_t host_count;	    /* elements of host */
	uint32_t ready_count;	    /* elements of ready in use */
	struct schedule_host *host; /* [host_count] */
	uint32_t *ready; /* [1..ready_count]: hosts that may start something, as a heap */
};

/* -- the heap of one host ------------------------------------------------ */

static bool entry_is_before(const struct schedule_entry *a, const struct schedule_entry *b)
{
	if (a->ahead != b->ahead)
		return a->ahead;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->sequence < b->sequence;
}

static uint32_t entry_rank(const struct schedule_entry *entry)
{
	return entry ? entry->position : 0;
}

/* Puts the child of higher rank to the left. True if the entry's own rank changed. */
static bool entry_lean(struct schedule_entry *entry)
{
	uint32_t rank = entry->position;

	if (entry_rank(entry->left) < entry_rank(entry->right)) {
		struct schedule_entry *left = entry->left;

		entry->left = entry->right;
		entry->right = left;
	}
	entry->position = entry_rank(entry->right) + 1;
	return entry->position != rank;
}

/* Makes one tree of two, either of which may be NULL. */
static struct schedule_entry *entry_merge(struct schedule_entry *a, struct schedule_entry *b)
{
	struct schedule_entry *top = NULL;
	struct schedule_entry *parent = NULL;
	struct schedule_entry **place = &top;

	while (a && b) {
		if (entry_is_before(b, a)) {
			struct schedule_entry *swap = a;

			a = b;
			b = swap;
		}
		*place = a;
		a->parent = parent;
		parent = a;
		place = &a->right;
		a = a->right;
	}
	*place = a ? a : b;
	if (*place)
		(*place)->parent = parent;
	for (; parent; parent = parent->parent)
		(void)entry_lean(parent);
	return top;
}

/* Takes the entry out of the tree whose first one is *first. */
static void entry_cut(struct schedule_entry **first, struct schedule_entry *entry)
{
	struct schedule_entry *parent = entry->parent;
	struct schedule_entry *rest = entry_merge(entry->left, entry->right);

	if (rest)
		rest->parent = parent;
	if (!parent)
		*first = rest;
	else if (parent->left == entry)
		parent->left = rest;
	else
		parent->right = rest;
	while (parent && entry_lean(parent))
		parent = parent->parent;
	entry->parent = NULL;
	entry->left = NULL;
	entry->right = NULL;
	entry->position = SCHEDULE_IDLE;
}

static void entry_join(struct schedule_entry **first, struct schedule_entry *entry)
{
	entry->parent = NULL;
	entry->left = NULL;
	entry->right = NULL;
	entry->position = 1;
	*first = entry_merge(*first, entry);
}

/* -- the heap of hosts --------------------------------------------------- */

static bool host_is_before(const struct schedule *schedule, uint32_t a, uint32_t b)
{
	return entry_is_before(schedule->host[a].first, schedule->host[b].first);
}

static void host_place(struct schedule *schedule, uint32_t host, uint32_t position)
{
	schedule->ready[position] = host;
	schedule->host[host].position = position;
}

static void host_rise(struct schedule *schedule, uint32_t host)
{
	uint32_t position = schedule->host[host].position;

	while (position > 1 && host_is_before(schedule, host, schedule->ready[position / 2])) {
		host_place(schedule, schedule->ready[position / 2], position);
		position /= 2;
	}
	host_place(schedule, host, position);
}

static void host_sink(struct schedule *schedule, uint32_t host)
{
	uint32_t position = schedule->host[host].position;

	while (2 * position <= schedule->ready_count) {
		uint32_t child = 2 * position;

		if (child < schedule->ready_count &&
		    host_is_before(schedule, schedule->ready[child + 1], schedule->ready[child]))
			child++;
		if (!host_is_before(schedule, schedule->ready[child], host))
			break;
		host_place(schedule, schedule->ready[child], position);
		position = child;
	}
	host_place(schedule, host, position);
}

static void host_leave(struct schedule *schedule, uint32_t host)
{
	uint32_t position = schedule->host[host].position;
	uint32_t last = schedule->ready[schedule->ready_count];

	schedule->ready_count--;
	schedule->host[host].position = 0;
	if (last == host)
		return;
	host_place(schedule, last, position);
	host_rise(schedule, last);
	host_sink(schedule, last);
}

/* Puts the host where it belongs after its heap or its count changed. */
static void host_settle(struct schedule *schedule, uint32_t index)
{
	struct schedule_host *host = &schedule->host[index];
	bool may_start = host->first && (host->limit == 0 || host->running < host->limit);

	if (!may_start) {
		if (host->position > 0)
			host_leave(schedule, index);
		return;
	}
	if (host->position == 0)
		host_place(schedule, index, ++schedule->ready_count);
	host_rise(schedule, index);
	host_sink(schedule, index);
}

/* -- the schedule -------------------------------------------------------- */

int schedule_new(uint32_t capacity, uint32_t send_limit, const uint32_t *host_limits,
		 uint32_t host_count, struct schedule **ret_schedule)
{
	struct schedule *schedule = NULL;

	assert(capacity > 0 && send_limit > 0);
	assert(host_count > 0 && host_count < UINT32_MAX / 2);
	assert(host_limits);
	assert(ret_schedule);

	schedule = calloc(1, sizeof(*schedule));
	if (!schedule)
		return -ENOMEM;
	schedule->host = calloc(host_count, sizeof(*schedule->host));
	schedule->ready = calloc(host_count + 1ul, sizeof(*schedule->ready));
	if (!schedule->host || !schedule->ready) {
		schedule_free(schedule);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < host_count; i++)
		schedule->host[i].limit = host_limits[i];
	schedule->capacity = capacity;
	schedule->send_limit = send_limit;
	schedule->host_count = host_count;
	*ret_schedule = schedule;
	return 0;
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	free(schedule->ready);
	free(schedule->host);
	free(schedule);
}

int schedule_add(struct schedule *schedule, struct schedule_entry *entry)
{
	assert(schedule);
	assert(entry && entry->position == SCHEDULE_IDLE);
	assert(entry->host < schedule->host_count);
	assert(entry->priority >= 1 && entry->priority <= SCHEDULE_PRIORITY_MAX);

	if (schedule->waiting == schedule->capacity)
		return -ENOSPC;
	schedule->waiting++;
	entry->sequence = ++schedule->sequence;
	entry_join(&schedule->host[entry->host].first, entry);
	host_settle(schedule, entry->host);
	return 0;
}

void schedule_remove(struct schedule *schedule, struct schedule_entry *entry)
{
	assert(schedule);
	assert(entry);

	if (entry->position == SCHEDULE_IDLE)
		return;
	assert(entry->host < schedule->host_count);
	assert(schedule->waiting > 0);
	schedule->waiting--;
	entry_cut(&schedule->host[entry->host].first, entry);
	host_settle(schedule, entry->host);
}

void schedule_change(struct schedule *schedule, struct schedule_entry *entry, uint32_t priority)
{
	assert(schedule);
	assert(entry);
	assert(priority >= 1 && priority <= SCHEDULE_PRIORITY_MAX);

	if (entry->position == SCHEDULE_IDLE) {
		entry->priority = priority;
		return;
	}
	assert(entry->host < schedule->host_count);
	entry_cut(&schedule->host[entry->host].first, entry);
	entry->priority = priority;
	entry_join(&schedule->host[entry->host].first, entry);
	host_settle(schedule, entry->host);
}

struct schedule_entry *schedule_next(struct schedule *schedule)
{
	struct schedule_entry *entry = NULL;
	uint32_t index = 0;

	assert(schedule);

	if (schedule->hold || schedule->running >= schedule->send_limit ||
	    schedule->ready_count == 0)
		return NULL;
	index = schedule->ready[1];
	entry = schedule->host[index].first;
	schedule->host[index].running++;
	schedule->running++;
	schedule_remove(schedule, entry);
	return entry;
}

void schedule_done(struct schedule *schedule, const struct schedule_entry *entry)
{
	assert(schedule);
	assert(entry && entry->host < schedule->host_count);
	assert(schedule->running > 0);
	assert(schedule->host[entry->host].running > 0);

	schedule->running--;
	schedule->host[entry->host].running--;
	host_settle(schedule, entry->host);
}

void schedule_hold(struct schedule *schedule, bool hold)
{
	assert(schedule);

	schedule->hold = hold;
}

uint32_t schedule_waiting(const struct schedule *schedule)
{
	assert(schedule);

	return schedule->waiting;
}

uint32_t schedule_running(const struct schedule *schedule)
{
	assert(schedule);

	return schedule->running;
}
