/* SPDX-License-Identifier: Apache-2.0 */
/* inbox.h -- where other threads put ops that are over, for one loop to fetch.
 *
 * A locked list and an eventfd. Each ops over the real kernel has one; file workers and the
 * resolver fill it, ops_wake() rings it. It is no general queue: only finished ops.
 * Its one idea: the lock is held for the length of a list operation, never across I/O, and
 * the eventfd is what the loop already waits on. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/list.h"

struct op;

struct inbox {
	pthread_mutex_t mutex; /* guards finished */
	struct list finished;  /* ops by backend.node, oldest first */
	int event_fd;	       /* readable when there is something or somebody rang; -1 = none */
};

/* Makes an empty inbox. Returns 0 or a negative errno (-EMFILE ...). */
HFT_MUST_USE int inbox_init(struct inbox *inbox);

/* Must be empty, and nobody may put any more. Harmless on an inbox whose init failed. */
void inbox_done(struct inbox *inbox);

/* Puts `op`, whose result is set, and rings. Any thread; the caller must not touch the op
 * afterwards. */
void inbox_put(struct inbox *inbox, struct op *op);

/* Rings without putting anything. Any thread. */
void inbox_ring(struct inbox *inbox);

/* Stops the ringing and moves all finished ops to the end of `list`. The loop's thread. */
void inbox_take(struct inbox *inbox, struct list *list);
