/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal_batch.c -- many commits become few transactions, and a full disk. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "journal/digest_group.h"
#include "journal/sqlite.h"
#include "support/journal_steps.h"
#include "support/rule.h"
#include "support/sample_rows.h"

#define MANY 100

static struct journal_steps steps;
static struct journal_steps *const s = &steps;
static struct journal_request requests[MANY];
static struct queue_row rows[MANY];

static void prepare_many(void)
{
	for (uint32_t index = 0; index < MANY; index++) {
		rows[index] = sample_queue_row(index);
		journal_driver_begin(&s->driver, &requests[index]);
		journal_put_queue(&requests[index], &rows[index]);
	}
}

/* Runs the prepared requests as one batch, on this thread. */
static void execute_many(void)
{
	struct journal_sqlite *journal = (struct journal_sqlite *)s->driver.journal;

	for (uint32_t index = 0; index < MANY; index++)
		journal->batch[index] = &requests[index];
	journal_batch_execute(journal, MANY);
	journal_driver_take(&s->driver, MANY);
}

static int count_rows(const struct queue_row *row, void *arg)
{
	(void)row;
	(*(uint32_t *)arg)++;
	return 0;
}

static uint32_t stored_rows(void)
{
	uint32_t count = 0;

	cr_assert_eq(journal_each_queue_row(s->driver.journal, count_rows, &count), 0);
	return count;
}

static void begin(void)
{
	journal_driver_init(&s->driver, DRIVE_SQLITE);
	journal_stop(s->driver.journal);
}

static void end(void)
{
	journal_driver_done(&s->driver);
}

TestSuite(journal_batch, .init = begin, .fini = end, .timeout = 20);

Test(journal_batch, all_that_waits_is_one_transaction)
{
	struct journal_counters counters;

	prepare_many();
	execute_many();
	journal_read_counters(s->driver.journal, &counters);
	cr_expect_eq(counters.commits, MANY);
	cr_expect_eq(counters.transactions, 1);
	cr_expect_eq(stored_rows(), MANY);
}

Test(journal_batch, a_bad_request_does_not_cost_a_second_transaction)
{
	struct journal_counters counters;

	prepare_many();
	rows[50].state = 0;
	execute_many();
	journal_read_counters(s->driver.journal, &counters);
	cr_expect_eq(requests[50].result, -EINVAL);
	cr_expect_eq(requests[51].result, 0);
	cr_expect_eq(counters.transactions, 1);
	cr_expect_eq(stored_rows(), MANY - 1);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(journal_batch, a_disk_that_is_full_promises_nothing_and_recovers)
{
	HFT_RULE(D_229);
	struct journal_counters counters;
	uint32_t failed = 0;

	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	prepare_many();
	limit_files(4096); /* no file may grow: as if the disk were full */
	execute_many();
	for (int index = 0; index < MANY; index++)
		failed += requests[index].result < 0;
	cr_expect_eq(failed, MANY);
	limit_files(RLIM_INFINITY);
	journal_read_counters(s->driver.journal, &counters);
	cr_expect_eq(counters.failures, MANY);
	cr_expect_eq(stored_rows(), 0);

	prepare_many();
	execute_many();
	for (int index = 0; index < MANY; index++)
		cr_expect_eq(requests[index].result, 0);
	cr_expect_eq(stored_rows(), MANY);
}

/* A disk with a little room: one commit of a megabyte among small ones. */
Test(journal_batch, what_fits_a_full_disk_is_committed_alone)
{
	HFT_RULE(D_229);
	static struct chunk_digest list[HFT_JOURNAL_DIGESTS_MAX];
	struct id id = sample_id(1);

	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	prepare_many();
	for (uint32_t index = 0; index < HFT_JOURNAL_DIGESTS_MAX; index++)
		list[index].chunk = (uint64_t)index * DIGEST_GROUP_CHUNKS;
	journal_driver_begin(&s->driver, &requests[7]);
	journal_add_digests(&requests[7], &id, CHECKPOINT_SENDER, list, HFT_JOURNAL_DIGESTS_MAX);
	limit_files((rlim_t)1 << 20);
	execute_many();
	limit_files(RLIM_INFINITY);
	for (int index = 0; index < 20; index++)
		cr_expect_eq(requests[index].result < 0, index == 7, "%d", index);
	cr_expect_geq(stored_rows(), 19);
}

Test(journal_batch, a_failed_transaction_gives_its_numbers_back)
{
	struct resend_row resend = sample_resend_row(1);
	struct journal_sqlite *journal = (struct journal_sqlite *)s->driver.journal;
	struct journal_change *change;

	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	for (int round = 0; round < 2; round++) {
		limit_files(round == 0 ? 4096 : RLIM_INFINITY);
		change = journal_put_resend(step_begin(s), &resend);
		journal->batch[0] = &s->request;
		journal_batch_execute(journal, 1);
		journal_driver_take(&s->driver, 1);
		cr_expect_eq(s->request.result == 0, round == 1);
		cr_expect_eq(change->ret_list_no, 1);
	}
}

Test(journal_batch, queries_alone_need_no_transaction)
{
	struct journal_counters counters;
	struct journal_sqlite *journal = (struct journal_sqlite *)s->driver.journal;

	(void)step_prepare_list(s, JOURNAL_LIST_QUEUE, 4);
	journal->batch[0] = &s->request;
	journal_batch_execute(journal, 1);
	journal_driver_take(&s->driver, 1);
	journal_read_counters(s->driver.journal, &counters);
	cr_expect_eq(s->request.result, 0);
	cr_expect_eq(counters.transactions, 0);
}
