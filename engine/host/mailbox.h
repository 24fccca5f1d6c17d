/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.h -- how one thread tells another something: a bounded queue of pointers.
 *
 * What it is: many post, one takes; first come, first served. What it is not: an owner: a
 * message belongs to who posted it until it is taken, and to the taker then. Its one idea: the
 * taker is woken by a callback, which is an eventfd or a ring message between threads and
 * nothing at all in the simulation, so the same code runs in both. The mutex inside is
 * held for a few instructions, never across a call out of here. */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

struct mailbox; /* opaque */

/* Allocates a mailbox for `capacity` messages. `wake` (or NULL) is called, in the posting thread
 * and without the lock, after each post that found the mailbox empty. -ENOMEM, with
 * *ret_mailbox untouched. Requires capacity > 0. */
HFT_MUST_USE int mailbox_new(uint32_t capacity, void (*wake)(void *wake_arg), void *wake_arg,
			     struct mailbox **ret_mailbox);

/* Frees the mailbox, not the messages in it. No thread may use it any more. NULL is allowed. */
void mailbox_free(struct mailbox *mailbox);

/* Adds a message as the last. -EAGAIN when the mailbox is full. Requires a message that is not
 * NULL. Any thread. */
HFT_MUST_USE int mailbox_post(struct mailbox *mailbox, void *message);

/* Takes the oldest message; NULL when there is none. After it was woken, the taker takes until
 * NULL: there is one wake for all that came meanwhile. */
void *mailbox_take(struct mailbox *mailbox);

/* Messages waiting now; with other threads posting, only a hint. */
uint32_t mailbox_count(struct mailbox *mailbox);
