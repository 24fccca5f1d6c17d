/* SPDX-License-Identifier: Apache-2.0 */
/* inbox.c -- see inbox.h.
 *
 * The eventfd is written under the lock, on purpose: a loop that has fetched the last op may
 * free its ops at once, and then nobody may still be about to write to that descriptor. The
 * eventfd does not block, so the lock stays short. */
#include "io/inbox.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "io/op.h"

int inbox_init(struct inbox *inbox)
{
	int error = 0;

	assert(inbox);

	list_init(&inbox->finished);
	inbox->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (inbox->event_fd < 0)
		return -errno;
	error = pthread_mutex_init(&inbox->mutex, NULL);
	if (error != 0) {
		(void)close(inbox->event_fd);
		inbox->event_fd = -1;
		return -error;
	}
	return 0;
}

void inbox_done(struct inbox *inbox)
{
	if (inbox->event_fd < 0)
		return;
	assert(list_is_empty(&inbox->finished));
	(void)pthread_mutex_destroy(&inbox->mutex);
	(void)close(inbox->event_fd);
	inbox->event_fd = -1;
}

/* A full counter (EAGAIN) rings as well as one more. */
static void inbox_ring_locked(struct inbox *inbox)
{
	const uint64_t one = 1;

	while (write(inbox->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

void inbox_put(struct inbox *inbox, struct op *op)
{
	(void)pthread_mutex_lock(&inbox->mutex);
	if (list_is_empty(&inbox->finished))
		inbox_ring_locked(inbox);
	list_push_tail(&inbox->finished, &op->backend.node);
	(void)pthread_mutex_unlock(&inbox->mutex);
}

void inbox_ring(struct inbox *inbox)
{
	(void)pthread_mutex_lock(&inbox->mutex);
	inbox_ring_locked(inbox);
	(void)pthread_mutex_unlock(&inbox->mutex);
}

/* Silenced before the list is read: what is put in between rings again or is taken now. */
void inbox_take(struct inbox *inbox, struct list *list)
{
	uint64_t rings = 0;

	while (read(inbox->event_fd, &rings, sizeof(rings)) < 0 && errno == EINTR)
		;
	(void)pthread_mutex_lock(&inbox->mutex);
	list_append(list, &inbox->finished);
	(void)pthread_mutex_unlock(&inbox->mutex);
}
