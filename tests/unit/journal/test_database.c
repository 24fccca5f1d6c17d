/* SPDX-License-Identifier: Apache-2.0 */
/* test_database.c -- which files are opened as a journal, and how. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/database.h"

static char folder[64];
static char path[96];
static struct database database;
static char sentence[512];

static void begin(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/hft-database-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/journal.db", folder);
}

static void end(void)
{
	char wal[128];

	database_close(&database);
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	(void)unlink(wal);
	(void)unlink(path);
	(void)rmdir(folder);
}

TestSuite(database, .init = begin, .fini = end);

static int open_it(void)
{
	return database_open(&database, path, sentence, sizeof(sentence));
}

/* Changes the file with SQLite itself. */
static void tamper(const char *text)
{
	sqlite3 *handle;

	cr_assert_eq(sqlite3_open(path, &handle), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(handle, text, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(handle);
}

Test(database, a_new_one_is_private_and_opens_again)
{
	struct stat status;

	cr_assert_eq(open_it(), 0, "%s", sentence);
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	database_close(&database);
	cr_assert_eq(open_it(), 0, "%s", sentence);
}

Test(database, it_has_a_wal_and_no_shared_memory)
{
	char file[128];

	cr_assert_eq(open_it(), 0);
	(void)snprintf(file, sizeof(file), "%s-wal", path);
	cr_expect_eq(access(file, F_OK), 0);
	(void)snprintf(file, sizeof(file), "%s-shm", path);
	cr_expect_neq(access(file, F_OK), 0);
}

Test(database, another_connection_is_kept_out)
{
	struct database second;

	cr_assert_eq(open_it(), 0);
	cr_assert_eq(database_open(&second, path, sentence, sizeof(sentence)), -EBUSY);
	cr_expect_not_null(strstr(sentence, "in use"));
}

Test(database, a_newer_version_is_refused_as_such)
{
	cr_assert_eq(open_it(), 0);
	database_close(&database);
	tamper("PRAGMA user_version=2");
	cr_assert_eq(open_it(), -EPROTONOSUPPORT);
	cr_expect_not_null(strstr(sentence, "version 2"), "%s", sentence);
}

Test(database, a_database_of_another_program_is_refused)
{
	tamper("CREATE TABLE other (x)");
	cr_assert_eq(open_it(), -EUCLEAN);
	cr_expect_not_null(strstr(sentence, "another program"), "%s", sentence);
}

Test(database, a_file_that_is_no_database_is_refused)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	cr_assert_eq(write(fd, "this is not a database, it is a text of some length....", 55), 55);
	(void)close(fd);
	cr_assert_eq(open_it(), -EUCLEAN);
	cr_expect_not_null(strstr(sentence, path), "%s", sentence);
}

Test(database, a_damaged_page_is_noticed_at_open)
{
	uint8_t junk[4096];
	int fd;

	cr_assert_eq(open_it(), 0);
	database_close(&database);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, junk, sizeof(junk), 2 * 4096), (ssize_t)sizeof(junk));
	(void)close(fd);
	cr_assert_eq(open_it(), -EUCLEAN);
	cr_expect_not_null(strstr(sentence, "damaged"), "%s", sentence);
}

Test(database, a_folder_that_is_not_there_is_said_so)
{
	cr_assert_eq(
		database_open(&database, "/nonexistent/journal.db", sentence, sizeof(sentence)),
		-ENOENT);
}

Test(database, numbers_bytes_and_text_come_back)
{
	const void *data;
	size_t bytes = 0;

	cr_assert_eq(open_it(), 0);
	database_bind_text(&database, STATEMENT_META_PUT, 1, "blob");
	database_bind_bytes(&database, STATEMENT_META_PUT, 2, "a\0b", 3);
	cr_assert_eq(database_run(&database, STATEMENT_META_PUT), 0);
	database_bind_text(&database, STATEMENT_META_GET, 1, "blob");
	cr_assert_eq(database_step(&database, STATEMENT_META_GET), 1);
	data = database_bytes(&database, STATEMENT_META_GET, 0, &bytes);
	cr_expect_eq(bytes, 3);
	cr_expect_arr_eq(data, "a\0b", 3);
	database_reset(&database, STATEMENT_META_GET);

	database_bind_text(&database, STATEMENT_META_PUT, 1, "number");
	database_bind_number(&database, STATEMENT_META_PUT, 2, UINT64_MAX);
	cr_assert_eq(database_run(&database, STATEMENT_META_PUT), 0);
	database_bind_text(&database, STATEMENT_META_GET, 1, "number");
	cr_assert_eq(database_step(&database, STATEMENT_META_GET), 1);
	cr_expect_eq(database_number(&database, STATEMENT_META_GET, 0), UINT64_MAX);
	cr_expect_eq(database_step(&database, STATEMENT_META_GET), 0);
	database_reset(&database, STATEMENT_META_GET);
}

Test(database, rolling_back_takes_the_changes_away_and_is_harmless_without_any)
{
	cr_assert_eq(open_it(), 0);
	database_roll_back(&database);
	cr_assert_eq(database_run(&database, STATEMENT_BEGIN), 0);
	cr_expect(database_in_transaction(&database));
	database_bind_text(&database, STATEMENT_META_PUT, 1, "x");
	database_bind_number(&database, STATEMENT_META_PUT, 2, 1);
	cr_assert_eq(database_run(&database, STATEMENT_META_PUT), 0);
	cr_expect_eq(database_changed(&database), 1);
	database_roll_back(&database);
	cr_expect_not(database_in_transaction(&database));
	database_bind_text(&database, STATEMENT_META_GET, 1, "x");
	cr_expect_eq(database_step(&database, STATEMENT_META_GET), 0);
	database_reset(&database, STATEMENT_META_GET);
}
