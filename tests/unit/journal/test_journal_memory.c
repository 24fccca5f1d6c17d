/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal_memory.c -- crash points and failures of the twin. */
#include <criterion/criterion.h>
#include <errno.h>

#include "journal/journal_memory.h"
#include "support/journal_steps.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static struct journal_steps steps;
static struct journal_steps *const s = &steps;
static int crashes;
static int answers;

static void count_crash(void *arg)
{
	cr_expect_eq(arg, &crashes);
	crashes++;
}

static void count_answer(struct journal_request *request)
{
	(void)request;
	answers++;
}

/* Posts a commit whose done() is called directly; row must stay. */
static void post_queue(struct journal_request *request, const struct queue_row *row)
{
	journal_commit_begin(request, NULL, count_answer, NULL);
	journal_put_queue(request, row);
	journal_driver_post(&s->driver, request);
}

/* Crashes at the second of three commits; returns how many rows survived. */
static uint32_t rows_after_crash(enum journal_crash_side side)
{
	static struct journal_request requests[3];
	static struct queue_row rows[3];

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	journal_memory_crash_at(s->driver.journal, 2, side, count_crash, &crashes);
	for (uint32_t index = 0; index < 3; index++) {
		rows[index] = sample_queue_row(index);
		post_queue(&requests[index], &rows[index]);
	}
	while (journal_memory_step(s->driver.journal))
		;
	cr_expect_eq(crashes, 1);
	cr_expect_eq(answers, 1);
	journal_driver_reopen(&s->driver);
	cr_expect(journal_was_left_open(s->driver.journal));
	return step_count_queue(s);
}

Test(journal_memory, a_crash_before_a_step_loses_it_and_what_waited)
{
	HFT_RULE(D_64);
	cr_assert_eq(rows_after_crash(JOURNAL_CRASH_BEFORE), 1);
	journal_driver_done(&s->driver);
}

Test(journal_memory, a_crash_after_a_step_keeps_it_without_an_answer)
{
	cr_assert_eq(rows_after_crash(JOURNAL_CRASH_AFTER), 2);
	journal_driver_done(&s->driver);
}

Test(journal_memory, a_crash_elsewhere_leaves_what_waits_undone)
{
	struct journal_request request = {0};
	struct queue_row row = sample_queue_row(1);

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	post_queue(&request, &row);
	journal_memory_crash(s->driver.journal);
	cr_expect_not(journal_memory_step(s->driver.journal));
	journal_driver_reopen(&s->driver);
	cr_expect_eq(answers, 0);
	cr_expect_eq(step_count_queue(s), 0);
	journal_driver_done(&s->driver);
}

Test(journal_memory, a_full_disk_fails_one_commit_and_leaves_no_trace)
{
	struct queue_row row;

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	journal_memory_fail_at(s->driver.journal, 2, -ENOSPC);
	cr_expect_eq(step_put_queue(s, 1), 0);
	row = sample_queue_row(2);
	journal_put_queue(step_begin(s), &row);
	cr_expect_eq(step_run(s), -ENOSPC);
	cr_expect_eq(step_put_queue(s, 3), 0);
	cr_expect_eq(step_count_queue(s), 2);
	journal_driver_done(&s->driver);
}

Test(journal_memory, queries_do_not_use_up_the_failure_point)
{
	journal_driver_init(&s->driver, DRIVE_MEMORY);
	journal_memory_fail_at(s->driver.journal, 1, -ENOSPC);
	cr_expect_eq(step_count_queue(s), 0);
	cr_expect_eq(step_put_queue(s, 1), -ENOSPC);
	journal_driver_done(&s->driver);
}

Test(journal_memory, one_request_is_one_step)
{
	static struct journal_request requests[3];
	struct queue_row row = sample_queue_row(1);
	uint64_t before;

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	before = journal_memory_steps(s->driver.journal);
	for (int index = 0; index < 3; index++)
		post_queue(&requests[index], &row);
	cr_expect(journal_memory_step(s->driver.journal));
	cr_expect_eq(answers, 1);
	cr_expect_eq(journal_memory_steps(s->driver.journal), before + 1);
	journal_driver_done(&s->driver);
}

Test(journal_memory, an_owner_that_was_passed_writes_nothing_more)
{
	HFT_RULE(D_222);
	struct journal *old;

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	cr_expect_eq(step_put_queue(s, 1), 0);
	old = s->driver.journal;
	s->driver.journal = NULL;
	journal_driver_open(&s->driver);
	cr_expect_eq(journal_owner_epoch(s->driver.journal), 2);
	cr_expect(journal_was_left_open(s->driver.journal));

	struct journal *fresh = s->driver.journal;

	s->driver.journal = old;
	cr_expect_eq(step_put_queue(s, 2), -ESTALE);
	s->driver.journal = fresh;
	cr_expect_eq(step_count_queue(s), 1);
	journal_free(old);
	journal_driver_done(&s->driver);
}

Test(journal_memory, posting_beyond_the_limit_is_refused)
{
	static struct journal_request requests[HFT_JOURNAL_REQUESTS_MAX + 1];
	struct queue_row row = sample_queue_row(1);
	int refused = 0;

	journal_driver_init(&s->driver, DRIVE_MEMORY);
	for (int index = 0; index <= HFT_JOURNAL_REQUESTS_MAX; index++) {
		journal_commit_begin(&requests[index], NULL, count_answer, NULL);
		journal_put_queue(&requests[index], &row);
		refused += journal_post(s->driver.journal, &requests[index]) == -EBUSY;
	}
	cr_assert_eq(refused, 1);
	journal_driver_done(&s->driver);
	cr_assert_eq(answers, HFT_JOURNAL_REQUESTS_MAX);
}
