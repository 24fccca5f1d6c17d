/* SPDX-License-Identifier: Apache-2.0 */
/* journal_thread.c -- the one thread that talks to SQLite.
 *
 * It sleeps on an eventfd, takes all that waits, works on it as one batch, and goes back.
 * What arrives while it waits for the disk becomes the next batch: the slower the disk,
 * the larger the batches. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pthread_setname_np */
#endif

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/fd.h"
#include "host/mailbox.h"
#include "journal/sqlite.h"

static void wake(void *arg)
{
	struct journal_sqlite *journal = (struct journal_sqlite *)arg;
	uint64_t one = 1;
	ssize_t written;

	do {
		written = write(journal->wake_fd, &one, sizeof(one));
	} while (written < 0 && errno == EINTR);
	assert(written == sizeof(one)); /* it would take 2^64 wakes to fill it */
	(void)written;
}

static void sleep_until_woken(struct journal_sqlite *journal)
{
	uint64_t wakes;
	ssize_t got = read(journal->wake_fd, &wakes, sizeof(wakes));

	assert(got == sizeof(wakes) || errno == EINTR);
	(void)got;
}

static uint32_t take_batch(struct journal_sqlite *journal)
{
	uint32_t count = 0;

	while (count < HFT_JOURNAL_BATCH_MAX) {
		void *message = mailbox_take(journal->mailbox);

		if (!message)
			break;
		journal->batch[count++] = (struct journal_request *)message;
	}
	return count;
}

static void *journal_thread(void *arg)
{
	struct journal_sqlite *journal = (struct journal_sqlite *)arg;

	for (;;) {
		/* Asked before looking: what was posted before the stop is then seen. */
		bool stopping = atomic_load(&journal->stopping);
		uint32_t count = take_batch(journal);

		if (count > 0)
			journal_batch_execute(journal, count);
		else if (stopping)
			return NULL;
		else
			sleep_until_woken(journal);
	}
}

int journal_thread_start(struct journal_sqlite *journal)
{
	sigset_t all;
	sigset_t before;
	int error;

	assert(journal);
	assert(!journal->started);

	journal->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (journal->wake_fd < 0)
		return -errno;
	error = mailbox_new(HFT_JOURNAL_REQUESTS_MAX, wake, journal, &journal->mailbox);
	if (error < 0)
		return error;

	/* Signals are for the control loop. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&journal->thread, NULL, journal_thread, journal);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error < 0)
		return error;
	(void)pthread_setname_np(journal->thread, "hft-journal");
	journal->started = true;
	return 0;
}

int journal_thread_post(struct journal_sqlite *journal, struct journal_request *request)
{
	int error;

	assert(journal);
	assert(request->reply_to); /* done() must not run on the journal's thread */

	if (!journal->started || atomic_load(&journal->stopping))
		return -ESHUTDOWN;
	error = mailbox_post(journal->mailbox, request);
	return error == -EAGAIN ? -EBUSY : error;
}

void journal_thread_stop(struct journal_sqlite *journal)
{
	assert(journal);

	if (journal->started) {
		atomic_store(&journal->stopping, true);
		wake(journal);
		(void)pthread_join(journal->thread, NULL);
		journal->started = false;
	}
	mailbox_free(journal->mailbox);
	journal->mailbox = NULL;
	fd_close(&journal->wake_fd);
}
