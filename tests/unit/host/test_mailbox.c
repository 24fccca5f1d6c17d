/* SPDX-License-Identifier: Apache-2.0 */
/* test_mailbox.c -- order, the bound, the wake, and many threads at once. */
#include "host/mailbox.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define THREADS 4
#define POSTS	20000

static void count_wakes(void *wake_arg)
{
	++*(int *)wake_arg;
}

static struct mailbox *new_mailbox(uint32_t capacity, int *wakes)
{
	struct mailbox *mailbox = NULL;

	cr_assert_eq(mailbox_new(capacity, wakes ? count_wakes : NULL, wakes, &mailbox), 0);
	return mailbox;
}

Test(mailbox, messages_come_in_the_order_of_posting)
{
	struct mailbox *mailbox = new_mailbox(3, NULL);
	char messages[10];

	/* More than the capacity in all, so that the ring goes round. */
	for (size_t i = 0; i + 1 < sizeof(messages); i += 2) {
		cr_assert_eq(mailbox_post(mailbox, &messages[i]), 0);
		cr_assert_eq(mailbox_post(mailbox, &messages[i + 1]), 0);
		cr_assert_eq(mailbox_take(mailbox), &messages[i]);
		cr_assert_eq(mailbox_take(mailbox), &messages[i + 1]);
	}
	cr_assert_null(mailbox_take(mailbox));
	mailbox_free(mailbox);
}

Test(mailbox, a_full_mailbox_refuses_and_loses_nothing)
{
	struct mailbox *mailbox = new_mailbox(2, NULL);
	char messages[3];

	cr_assert_eq(mailbox_post(mailbox, &messages[0]), 0);
	cr_assert_eq(mailbox_post(mailbox, &messages[1]), 0);
	cr_assert_eq(mailbox_post(mailbox, &messages[2]), -EAGAIN);
	cr_assert_eq(mailbox_count(mailbox), 2);
	cr_assert_eq(mailbox_take(mailbox), &messages[0]);
	cr_assert_eq(mailbox_post(mailbox, &messages[2]), 0);
	cr_assert_eq(mailbox_take(mailbox), &messages[1]);
	cr_assert_eq(mailbox_take(mailbox), &messages[2]);
	mailbox_free(mailbox);
}

Test(mailbox, only_a_post_into_an_empty_mailbox_wakes)
{
	int wakes = 0;
	struct mailbox *mailbox = new_mailbox(2, &wakes);
	char message;

	cr_assert_eq(mailbox_post(mailbox, &message), 0);
	cr_assert_eq(wakes, 1);
	cr_assert_eq(mailbox_post(mailbox, &message), 0);
	cr_assert_eq(mailbox_post(mailbox, &message), -EAGAIN);
	cr_assert_eq(wakes, 1);
	cr_assert_not_null(mailbox_take(mailbox));
	cr_assert_not_null(mailbox_take(mailbox));
	cr_assert_eq(mailbox_post(mailbox, &message), 0);
	cr_assert_eq(wakes, 2);
	mailbox_free(mailbox);
}

/* A wake that looks into the mailbox: would hang if it were called under the lock. */
static void take_in_wake(void *wake_arg)
{
	struct mailbox **mailbox = wake_arg;

	cr_assert_not_null(mailbox_take(*mailbox));
}

Test(mailbox, the_wake_may_use_the_mailbox, .timeout = 10)
{
	struct mailbox *mailbox = NULL;
	char message;

	cr_assert_eq(mailbox_new(1, take_in_wake, &mailbox, &mailbox), 0);
	cr_assert_eq(mailbox_post(mailbox, &message), 0);
	cr_assert_eq(mailbox_count(mailbox), 0);
	mailbox_free(mailbox);
}

/* One message: who sent it, and the how manieth of that sender it is. */
struct letter {
	uint32_t sender; /* index of the thread */
	uint32_t number; /* from 0 */
};

/* What a posting thread works with. */
struct poster {
	struct mailbox *mailbox;      /* shared by all */
	struct letter letters[POSTS]; /* posted one after the other */
};

static void *post_all(void *argument)
{
	struct poster *poster = argument;

	for (uint32_t i = 0; i < POSTS; i++) {
		while (mailbox_post(poster->mailbox, &poster->letters[i]) == -EAGAIN)
			(void)sched_yield();
	}
	return NULL;
}

static void ring_eventfd(void *wake_arg)
{
	cr_assert_eq(eventfd_write(*(int *)wake_arg, 1), 0);
}

Test(mailbox, many_threads_post_and_one_is_woken_for_every_message, .timeout = 60)
{
	static struct poster posters[THREADS];
	pthread_t threads[THREADS];
	uint32_t next[THREADS] = {0};
	struct mailbox *mailbox = NULL;
	int wake_fd = eventfd(0, EFD_CLOEXEC);
	uint32_t taken = 0;

	cr_assert_eq(mailbox_new(64, ring_eventfd, &wake_fd, &mailbox), 0);
	for (uint32_t i = 0; i < THREADS; i++) {
		posters[i].mailbox = mailbox;
		for (uint32_t number = 0; number < POSTS; number++)
			posters[i].letters[number] = (struct letter){i, number};
		cr_assert_eq(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
	}
	while (taken < THREADS * POSTS) {
		struct letter *letter;
		eventfd_t wakes;

		/* Waits only here: a wake that gets lost makes the test hang until its timeout. */
		cr_assert_eq(eventfd_read(wake_fd, &wakes), 0);
		while ((letter = mailbox_take(mailbox))) {
			cr_assert_eq(letter->number, next[letter->sender]++);
			taken++;
		}
	}
	for (uint32_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_join(threads[i], NULL), 0);
	cr_assert_null(mailbox_take(mailbox));
	mailbox_free(mailbox);
	(void)close(wake_fd);
}

Test(mailbox, freeing_nothing_is_fine)
{
	mailbox_free(NULL);
}

Test(mailbox, posting_nothing_is_a_bug, .signal = SIGABRT)
{
	(void)mailbox_post(new_mailbox(1, NULL), NULL);
}
