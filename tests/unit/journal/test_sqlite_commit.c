/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite_commit.c -- what a person with sqlite3 sees of what was committed.
 *
 * That each change does what journal.h says is in test_journal.c, over both journals. */
#include <criterion/criterion.h>
#include <errno.h>
#include <sqlite3.h>
#include <string.h>

#include "journal/digest_group.h"
#include "support/journal_steps.h"
#include "support/sample_rows.h"

static struct journal_steps steps;
static struct journal_steps *const s = &steps;

/* Closes the journal and asks its file for one number. */
static int64_t ask(const char *question)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *handle = NULL;
	int64_t answer = -1;

	journal_free(s->driver.journal);
	s->driver.journal = NULL;
	cr_assert_eq(sqlite3_open(s->driver.path, &handle), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(handle, question, -1, &statement, NULL), SQLITE_OK, "%s",
		     sqlite3_errmsg(handle));
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(handle);
	journal_driver_open(&s->driver);
	return answer;
}

static void begin(void)
{
	journal_driver_init(&s->driver, DRIVE_SQLITE);
}

static void end(void)
{
	journal_driver_done(&s->driver);
}

TestSuite(sqlite_commit, .init = begin, .fini = end, .timeout = 20);

Test(sqlite_commit, log_columns_are_those_of_the_row)
{
	struct log_row row = sample_log_row(1);
	struct resend_row resend = sample_resend_row(1);

	step_begin(s);
	journal_put_resend(&s->request, &resend);
	journal_add_log(&s->request, &row);
	cr_assert_eq(step_run(s), 0);
	cr_expect_eq(ask("SELECT kind FROM log"), LOG_SEND);
	cr_expect_eq(ask("SELECT status FROM log"), HFT_WRITE_FAILED);
	cr_expect_eq(ask("SELECT detail FROM log"), HFT_DETAIL_PATH_DEAD);
	cr_expect_eq(ask("SELECT list_no FROM log"), 1);
}

Test(sqlite_commit, digests_of_neighbours_share_a_row)
{
	struct chunk_digest list[130];

	for (uint32_t index = 0; index < 130; index++)
		list[index] = (struct chunk_digest){.chunk = index, .digest = sample_digest(index)};
	for (uint32_t index = 0; index < 130; index++)
		cr_assert_eq(step_add_digests(s, 1, &list[index], 1), 0);
	cr_expect_eq(ask("SELECT count(*) FROM digests"), 3);
	cr_expect_eq(step_load_digests(s, 1, 0, 256), 130);
	cr_expect(digest_equal(&s->digests[129], &list[129].digest));
}

Test(sqlite_commit, a_damaged_group_of_digests_fails_the_commit)
{
	struct chunk_digest list[1] = {{.chunk = 3}};

	cr_assert_eq(step_add_digests(s, 1, list, 1), 0);
	cr_assert_eq(ask("UPDATE digests SET list = x'00' RETURNING 5"), 5);
	cr_expect_eq(step_add_digests(s, 1, list, 1), -EUCLEAN);
}

Test(sqlite_commit, what_was_applied_before_a_failure_is_taken_back)
{
	struct chunk_digest list[1] = {{.chunk = 3}};
	struct queue_row row = sample_queue_row(1);
	struct id id = sample_id(1);

	cr_assert_eq(step_add_digests(s, 1, list, 1), 0);
	cr_assert_eq(ask("UPDATE digests SET list = x'00' RETURNING 5"), 5);
	step_begin(s);
	journal_put_queue(&s->request, &row);
	journal_add_digests(&s->request, &id, CHECKPOINT_RECEIVER, list, 1);
	cr_assert_eq(step_run(s), -EUCLEAN);
	cr_expect_eq(step_count_queue(s), 0);
}

Test(sqlite_commit, the_owner_is_written_down)
{
	cr_expect_eq(ask("SELECT value FROM meta WHERE name = 'owner_open'"), 0);
	cr_expect_eq(ask("SELECT value = 'node1' FROM meta WHERE name = 'owner_node'"), 1);
	cr_expect_eq(ask("SELECT value FROM meta WHERE name = 'owner_epoch'"), 3);
}
