/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite_query.c -- queries over a damaged store, and over more than one page scans.
 *
 * What queries give otherwise is in test_journal.c, over both journals. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sqlite3.h>

#include "journal/journal_sqlite.h"
#include "support/journal_steps.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static struct journal_steps steps;
static struct journal_steps *const s = &steps;

/* Closes the journal, changes its file, opens it again. */
static void tamper(const char *text)
{
	sqlite3 *handle = NULL;

	journal_free(s->driver.journal);
	s->driver.journal = NULL;
	cr_assert_eq(sqlite3_open(s->driver.path, &handle), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(handle, text, NULL, NULL, NULL), SQLITE_OK, "%s",
		     sqlite3_errmsg(handle));
	(void)sqlite3_close(handle);
	journal_driver_open(&s->driver);
}

static void begin(void)
{
	journal_driver_init(&s->driver, DRIVE_SQLITE);
}

static void end(void)
{
	journal_driver_done(&s->driver);
}

TestSuite(sqlite_query, .init = begin, .fini = end, .timeout = 20);

Test(sqlite_query, a_row_that_cannot_be_read_is_damage_not_absence)
{
	struct checkpoint checkpoint = sample_checkpoint(1);
	struct completed_row completed;
	struct resend_row resend;

	journal_put_checkpoint(step_begin(s), &checkpoint);
	cr_assert_eq(step_run(s), 0);
	cr_assert_eq(step_put_completed(s, 1, 1), 0);
	cr_assert_eq(step_put_resend(s, 1), 1);
	tamper("UPDATE checkpoint SET row = x'0301ff'; UPDATE completed SET row = x'05';"
	       "UPDATE resend SET row = x'0209'");
	cr_expect_eq(step_load_checkpoint(s, 1, CHECKPOINT_RECEIVER, &checkpoint), -EUCLEAN);
	cr_expect_eq(step_load_completed(s, 1, &completed), -EUCLEAN);
	cr_expect_eq(step_find_resend(s, 1, 0, &resend), -EUCLEAN);
}

static int take_none(const struct queue_row *row, void *arg)
{
	(void)row;
	(void)arg;
	return 0;
}

Test(sqlite_query, the_walk_at_start_stops_at_damage)
{
	cr_assert_eq(step_put_queue(s, 1), 0);
	tamper("UPDATE queue SET row = x'01'");
	journal_stop(s->driver.journal);
	cr_assert_eq(journal_each_queue_row(s->driver.journal, take_none, NULL), -EUCLEAN);
}

/* 5,000 rows of which the filter wants none but the last. */
Test(sqlite_query, a_filter_that_matches_late_gives_an_empty_page_and_more)
{
	cr_assert_eq(step_add_log(s, 1), 1);
	tamper("WITH RECURSIVE n(x) AS (SELECT 2 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)"
	       "INSERT INTO log SELECT x, kind, status, detail, list_no, row FROM n, log");
	cr_assert_eq(step_add_log(s, 2), 5001);

	step_prepare_list(s, JOURNAL_LIST_LOG, 4)->since_wall_ns = UINT64_C(2000000000);
	cr_assert_eq(step_list(s), 0);
	cr_assert(s->request.list.ret_more);
	cr_expect_eq(s->request.list.ret_after, HFT_JOURNAL_SCAN_MAX);
	s->request.list.after = s->request.list.ret_after;
	cr_assert_eq(step_list(s), 1);
	cr_expect_not(s->request.list.ret_more);
	cr_expect_eq(s->page.log[0].sequence, 5001);
}
