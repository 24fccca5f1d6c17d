/* SPDX-License-Identifier: Apache-2.0 */
/* timers.c -- see timers.h.
 *
 * The heap counts from 1: the children of place p are 2p and 2p + 1, and 0 is left to say "in
 * no heap". */
#include "base/timers.h"

#include <errno.h>
#include <stdlib.h>

struct timers {
	uint32_t count;	      /* timers in the heap */
	uint32_t capacity;    /* timers it has room for */
	struct timer *heap[]; /* [1..count]; no timer is due before the one above it */
};

void timer_init(struct timer *timer, void *owner,
		void (*fire)(struct timer *timer, uint64_t now_ns))
{
	assert(timer);

	*timer = (struct timer){.position = TIMER_IDLE, .owner = owner, .fire = fire};
}

bool timer_is_set(const struct timer *timer)
{
	assert(timer);

	return timer->position != TIMER_IDLE;
}

int timers_new(struct timers **ret_timers, uint32_t capacity)
{
	struct timers *timers;

	assert(ret_timers);
	assert(capacity > 0 && capacity < UINT32_MAX / 2);

	timers = calloc(1, sizeof(*timers) + (capacity + 1ul) * sizeof(timers->heap[0]));
	if (!timers)
		return -ENOMEM;
	timers->capacity = capacity;
	*ret_timers = timers;
	return 0;
}

void timers_free(struct timers *timers)
{
	if (!timers)
		return;
	for (uint32_t i = 1; i <= timers->count; i++)
		timers->heap[i]->position = TIMER_IDLE;
	free(timers);
}

static void timers_place(struct timers *timers, struct timer *timer, uint32_t position)
{
	timers->heap[position] = timer;
	timer->position = position;
}

/* Moves the timer up from where it is, as far as it is due before those above. */
static void timers_rise(struct timers *timers, struct timer *timer)
{
	uint32_t position = timer->position;

	while (position > 1 && timer->due_ns < timers->heap[position / 2]->due_ns) {
		timers_place(timers, timers->heap[position / 2], position);
		position /= 2;
	}
	timers_place(timers, timer, position);
}

/* Moves the timer down from where it is, as far as those below are due before it. */
static void timers_sink(struct timers *timers, struct timer *timer)
{
	uint32_t position = timer->position;

	while (2 * position <= timers->count) {
		uint32_t child = 2 * position;

		if (child < timers->count &&
		    timers->heap[child + 1]->due_ns < timers->heap[child]->due_ns)
			child++;
		if (timer->due_ns <= timers->heap[child]->due_ns)
			break;
		timers_place(timers, timers->heap[child], position);
		position = child;
	}
	timers_place(timers, timer, position);
}

void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ns)
{
	assert(timers);
	assert(timer);
	assert(due_ns < TIMERS_NONE_DUE);

	if (timer->position == TIMER_IDLE) {
		assert(timers->count < timers->capacity);
		timers->count++;
		timers_place(timers, timer, timers->count);
	}
	assert(timer->position <= timers->count && timers->heap[timer->position] == timer);

	timer->due_ns = due_ns;
	timers_rise(timers, timer);
	timers_sink(timers, timer);
}

void timers_cancel(struct timers *timers, struct timer *timer)
{
	struct timer *last;
	uint32_t position;

	assert(timers);
	assert(timer);

	position = timer->position;
	if (position == TIMER_IDLE)
		return;
	assert(position <= timers->count && timers->heap[position] == timer);

	last = timers->heap[timers->count];
	timers->count--;
	timer->position = TIMER_IDLE;
	if (last == timer)
		return;
	timers_place(timers, last, position);
	timers_rise(timers, last);
	timers_sink(timers, last);
}

uint64_t timers_next_due(const struct timers *timers)
{
	assert(timers);

	return timers->count > 0 ? timers->heap[1]->due_ns : TIMERS_NONE_DUE;
}

struct timer *timers_take_due(struct timers *timers, uint64_t now_ns)
{
	struct timer *timer;

	assert(timers);

	if (timers->count == 0 || timers->heap[1]->due_ns > now_ns)
		return NULL;
	timer = timers->heap[1];
	timers_cancel(timers, timer);
	return timer;
}

uint32_t timers_count(const struct timers *timers)
{
	assert(timers);

	return timers->count;
}
