/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal_thread.c -- posting from several threads, and the end of the thread. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "host/mailbox.h"
#include "support/journal_steps.h"
#include "support/sample_rows.h"

#define THREADS 4
#define POSTS	50

static struct journal_steps steps;
static struct journal_steps *const s = &steps;
static struct journal_request requests[THREADS][POSTS];
static struct queue_row rows[THREADS][POSTS];
static pthread_t answer_thread;

static void *post_many(void *arg)
{
	size_t thread = (size_t)arg;

	for (size_t index = 0; index < POSTS; index++)
		journal_driver_post(&s->driver, &requests[thread][index]);
	return NULL;
}

static void note_thread(struct journal_request *request)
{
	(void)request;
	answer_thread = pthread_self();
}

Test(journal_thread, everybody_who_posts_is_answered_once, .timeout = 20)
{
	pthread_t threads[THREADS];

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	for (uint32_t thread = 0; thread < THREADS; thread++) {
		for (uint32_t index = 0; index < POSTS; index++) {
			rows[thread][index] = sample_queue_row(thread * POSTS + index);
			journal_driver_begin(&s->driver, &requests[thread][index]);
			journal_put_queue(&requests[thread][index], &rows[thread][index]);
		}
		cr_assert_eq(
			pthread_create(&threads[thread], NULL, post_many, (void *)(size_t)thread),
			0);
	}
	journal_driver_take(&s->driver, THREADS * POSTS);
	for (int thread = 0; thread < THREADS; thread++)
		cr_assert_eq(pthread_join(threads[thread], NULL), 0);
	for (int thread = 0; thread < THREADS; thread++) {
		for (int index = 0; index < POSTS; index++)
			cr_expect_eq(requests[thread][index].result, 0);
	}
	cr_expect_null(mailbox_take(s->driver.replies));
	journal_driver_done(&s->driver);
}

Test(journal_thread, done_runs_on_the_thread_that_asked, .timeout = 20)
{
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	journal_put_queue(step_begin(s), &row);
	s->request.done = note_thread;
	cr_assert_eq(step_run(s), 0);
	cr_expect(pthread_equal(answer_thread, pthread_self()));
	journal_driver_done(&s->driver);
}

Test(journal_thread, a_post_after_the_stop_is_refused, .timeout = 20)
{
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	journal_stop(s->driver.journal);
	journal_put_queue(step_begin(s), &row);
	cr_expect_eq(journal_post(s->driver.journal, &s->request), -ESHUTDOWN);
	journal_driver_done(&s->driver);
}
