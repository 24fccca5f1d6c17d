/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal_sqlite.c -- opening, ownership, kill -9. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/journal_sqlite.h"
#include "support/journal_steps.h"
#include "support/rule.h"
#include "support/sample_rows.h"

static struct journal_steps steps;
static struct journal_steps *const s = &steps;

Test(journal_sqlite, a_second_engine_is_refused_and_told_who_owns_it)
{
	HFT_RULE(D_221);
	struct journal *second = NULL;
	char sentence[HFT_SENTENCE_BYTES];
	char pid[32];

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	cr_assert_eq(journal_open(s->driver.path, &s->driver.settings, &second, sentence,
				  sizeof(sentence)),
		     -EBUSY);
	cr_expect_null(second);
	(void)snprintf(pid, sizeof(pid), "process %d", (int)getpid());
	cr_expect_not_null(strstr(sentence, "node1"), "%s", sentence);
	cr_expect_not_null(strstr(sentence, pid), "%s", sentence);
	/* The refused one has not disturbed the owner. */
	cr_expect_eq(step_put_queue(s, 1), 0);
	journal_driver_done(&s->driver);
}

Test(journal_sqlite, an_owner_that_was_passed_writes_nothing_more)
{
	HFT_RULE(D_222);
	struct queue_row row = sample_queue_row(2);
	char owner[128];
	FILE *file;

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	cr_assert_eq(step_put_queue(s, 1), 0);
	/* What another node does that does not see our lock. */
	(void)snprintf(owner, sizeof(owner), "%s.owner", s->driver.path);
	file = fopen(owner, "w");
	cr_assert_not_null(file);
	(void)fprintf(file, "epoch=2 pid=1 boot=x node=node2\n");
	(void)fclose(file);

	journal_put_queue(step_begin(s), &row);
	cr_expect_eq(step_run(s), -ESTALE);
	(void)step_prepare_list(s, JOURNAL_LIST_QUEUE, 4);
	cr_expect_eq(step_run(s), -ESTALE);
	/* The next owner is above both, and finds only what was ours. */
	journal_driver_reopen(&s->driver);
	cr_expect_eq(journal_owner_epoch(s->driver.journal), 3);
	cr_expect_eq(step_count_queue(s), 1);
	journal_driver_done(&s->driver);
}

Test(journal_sqlite, files_are_private)
{
	static const char *const suffixes[] = {"", "-wal", ".owner"};
	struct stat status;
	char path[128];

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	cr_assert_eq(step_put_queue(s, 1), 0);
	for (int index = 0; index < 3; index++) {
		(void)snprintf(path, sizeof(path), "%s%s", s->driver.path, suffixes[index]);
		cr_assert_eq(stat(path, &status), 0, "%s", path);
		cr_expect_eq(status.st_mode & 0777, 0600, "%s", path);
	}
	journal_driver_done(&s->driver);
}

Test(journal_sqlite, a_failed_opening_says_why_and_gives_nothing)
{
	struct journal_settings settings = {.node = "node1"};
	struct journal *journal = NULL;
	char sentence[HFT_SENTENCE_BYTES];

	cr_assert_eq(journal_open("/nonexistent/journal.db", &settings, &journal, sentence,
				  sizeof(sentence)),
		     -ENOENT);
	cr_expect_null(journal);
	cr_expect_not_null(strstr(sentence, "/nonexistent/journal.db"), "%s", sentence);
}

Test(journal_sqlite, a_counter_row_older_than_the_records_is_not_believed)
{
	HFT_RULE(D_56);
	sqlite3 *handle = NULL;

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	cr_assert_eq(step_put_resend(s, 1), 1);
	cr_assert_eq(step_put_resend(s, 2), 2);
	journal_free(s->driver.journal);
	s->driver.journal = NULL;
	cr_assert_eq(sqlite3_open(s->driver.path, &handle), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(handle, "UPDATE meta SET value = 1 WHERE name = 'list_no'", NULL,
				  NULL, NULL),
		     SQLITE_OK);
	(void)sqlite3_close(handle);
	journal_driver_open(&s->driver);
	cr_expect_eq(step_put_resend(s, 3), 3);
	journal_driver_done(&s->driver);
}

/* ---- kill -9 ---- */

/* The child: commits queue rows and tells each number only after its done(). */
static void commit_for_ever(int tell_fd, uint32_t first)
{
	journal_driver_open(&s->driver);
	for (uint32_t number = first;; number++) {
		if (step_put_queue(s, number) != 0 ||
		    write(tell_fd, &number, sizeof(number)) != sizeof(number))
			_exit(1);
	}
}

/* Takes numbers until `enough`, then kills; returns the highest number told. */
static uint32_t kill_after(pid_t child, int told_fd, uint32_t enough)
{
	uint32_t highest = 0;
	uint32_t number;
	int status;

	while (read(told_fd, &number, sizeof(number)) == sizeof(number)) {
		highest = number;
		if (enough > 0 && --enough == 0)
			cr_assert_eq(kill(child, SIGKILL), 0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status), "the child ended by itself");
	return highest;
}

static int check_number(const struct queue_row *row, void *arg)
{
	uint32_t *next = (uint32_t *)arg;

	cr_assert(is_id(&row->core.transfer, *next));
	(*next)++;
	return 0;
}

Test(journal_sqlite, what_was_told_is_there_after_kill_9, .timeout = 20)
{
	HFT_RULE(D_64);
	HFT_RULE(D_229);
	uint32_t next = 1;

	journal_driver_init(&s->driver, DRIVE_SQLITE);
	journal_free(s->driver.journal);
	s->driver.journal = NULL;
	for (uint32_t round = 0; round < 20; round++) {
		char sentence[HFT_SENTENCE_BYTES] = "";
		uint32_t told;
		uint32_t found = 1;
		int pipes[2];
		pid_t child;

		cr_assert_eq(pipe(pipes), 0);
		child = fork();
		cr_assert_geq(child, 0);
		if (child == 0)
			commit_for_ever(pipes[1], next);
		(void)close(pipes[1]);
		told = kill_after(child, pipes[0], 1 + (round * 7) % 11);
		(void)close(pipes[0]);

		cr_assert_eq(journal_open(s->driver.path, &s->driver.settings, &s->driver.journal,
					  sentence, sizeof(sentence)),
			     0, "%s", sentence);
		cr_expect(journal_was_left_open(s->driver.journal));
		cr_assert_eq(journal_each_queue_row(s->driver.journal, check_number, &found), 0);
		cr_assert_gt(found, told, "number %u was told, %u are there", told, found - 1);
		journal_free(s->driver.journal);
		s->driver.journal = NULL;
		next = found;
	}
	journal_driver_done(&s->driver);
}
