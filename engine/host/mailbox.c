/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.c -- see mailbox.h.
 *
 * A ring of pointers under a mutex. Lock-free rings exist, but a message here stands for a
 * chunk of a MiB or a commit: some tens of nanoseconds do not show. */
#include "host/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct mailbox {
	pthread_mutex_t lock; /* for first, count and messages */
	void (*wake)(void *); /* told that the mailbox is no longer empty, or NULL */
	void *wake_arg;	      /* for wake */
	uint32_t capacity;    /* messages it has room for */
	uint32_t first;	      /* index of the oldest message */
	uint32_t count;	      /* messages in it */
	void *messages[];     /* a ring of `capacity` */
};

int mailbox_new(uint32_t capacity, void (*wake)(void *wake_arg), void *wake_arg,
		struct mailbox **ret_mailbox)
{
	struct mailbox *mailbox;
	int error;

	assert(ret_mailbox);
	assert(capacity > 0 && capacity <= UINT32_MAX / 2);

	mailbox = calloc(1, sizeof(*mailbox) + capacity * sizeof(mailbox->messages[0]));
	if (!mailbox)
		return -ENOMEM;
	error = pthread_mutex_init(&mailbox->lock, NULL);
	if (error != 0) {
		free(mailbox);
		return -error;
	}
	mailbox->wake = wake;
	mailbox->wake_arg = wake_arg;
	mailbox->capacity = capacity;
	*ret_mailbox = mailbox;
	return 0;
}

void mailbox_free(struct mailbox *mailbox)
{
	if (!mailbox)
		return;
	(void)pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

/* A mutex that cannot be locked or unlocked is one that is not there any more. */
static void mailbox_lock(struct mailbox *mailbox)
{
	int error = pthread_mutex_lock(&mailbox->lock);

	assert(error == 0);
	(void)error;
}

static void mailbox_unlock(struct mailbox *mailbox)
{
	int error = pthread_mutex_unlock(&mailbox->lock);

	assert(error == 0);
	(void)error;
}

int mailbox_post(struct mailbox *mailbox, void *message)
{
	uint32_t before;

	assert(mailbox);
	assert(message);

	mailbox_lock(mailbox);
	before = mailbox->count;
	if (before < mailbox->capacity) {
		mailbox->messages[(mailbox->first + before) % mailbox->capacity] = message;
		mailbox->count++;
	}
	mailbox_unlock(mailbox);

	if (before == mailbox->capacity)
		return -EAGAIN;
	if (before == 0 && mailbox->wake)
		mailbox->wake(mailbox->wake_arg);
	return 0;
}

void *mailbox_take(struct mailbox *mailbox)
{
	void *message = NULL;

	assert(mailbox);

	mailbox_lock(mailbox);
	if (mailbox->count > 0) {
		message = mailbox->messages[mailbox->first];
		mailbox->first = (mailbox->first + 1) % mailbox->capacity;
		mailbox->count--;
	}
	mailbox_unlock(mailbox);
	return message;
}

uint32_t mailbox_count(struct mailbox *mailbox)
{
	uint32_t count;

	assert(mailbox);

	mailbox_lock(mailbox);
	count = mailbox->count;
	mailbox_unlock(mailbox);
	return count;
}
