/* SPDX-License-Identifier: Apache-2.0 */
/* timers.h -- what is due next.
 *
 * What it is: a binary heap of timers that lie in their owners; setting, moving and cancelling
 * take logarithmic time and never allocate. What it is not: a clock; the time is
 * always an argument, so it works on simulated time as well. Its one idea: the owner of the
 * loop takes due timers one by one and calls them, so no timer runs inside another.
 * A zeroed timer is idle. Timers due at the same time come in an order that depends
 * only on the calls made, never on addresses. Not safe for two threads. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define TIMER_IDLE	0u	   /* position of a timer in no heap */
#define TIMERS_NONE_DUE UINT64_MAX /* next due time of an empty heap */

struct timer {
	uint64_t due_ns;   /* when; means nothing while idle */
	uint32_t position; /* its place in the heap, from 1; TIMER_IDLE when in none */
	void *owner;	   /* for fire(); the heap never looks at it */
	void (*fire)(struct timer *timer, uint64_t now_ns); /* called by the loop, never here */
};

struct timers; /* opaque */

/* Makes the timer idle, without a look at what it was. */
void timer_init(struct timer *timer, void *owner,
		void (*fire)(struct timer *timer, uint64_t now_ns));

/* True while it is in a heap. */
bool timer_is_set(const struct timer *timer);

/* Allocates a heap for `capacity` timers. -ENOMEM, with *ret_timers untouched. Requires
 * capacity > 0. */
HFT_MUST_USE int timers_new(struct timers **ret_timers, uint32_t capacity);

/* Frees the heap; timers still in it become idle. NULL is allowed. */
void timers_free(struct timers *timers);

/* Makes the timer due at due_ns: adds it, or moves it when it is in the heap already. Requires
 * room: the capacity is the number of timers there are. Requires due_ns below
 * TIMERS_NONE_DUE: what shall never fire is cancelled. */
void timers_set(struct timers *timers, struct timer *timer, uint64_t due_ns);

/* Takes the timer out of the heap; nothing happens when it is idle. */
void timers_cancel(struct timers *timers, struct timer *timer);

/* The earliest due time, TIMERS_NONE_DUE when there is no timer. */
uint64_t timers_next_due(const struct timers *timers);

/* Takes out the earliest timer that is due at now_ns (due_ns <= now_ns); NULL when none is. */
struct timer *timers_take_due(struct timers *timers, uint64_t now_ns);

/* Timers in the heap. */
uint32_t timers_count(const struct timers *timers);
