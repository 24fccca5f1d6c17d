/* SPDX-License-Identifier: Apache-2.0 */
/* test_journal_owner.c -- one owner at a time, and everybody can read who. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_owner.h"
#include "support/rule.h"

static char path[64];

static void begin(void)
{
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/hft-owner-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	(void)close(fd);
	cr_assert_eq(unlink(path), 0);
}

static void end(void)
{
	(void)unlink(path);
}

TestSuite(journal_owner, .init = begin, .fini = end);

Test(journal_owner, a_new_file_has_no_owner_and_is_private)
{
	struct journal_owner previous = {.epoch = 9};
	struct stat status;
	int fd = -1;

	cr_assert_eq(journal_owner_lock(path, &fd, &previous), 0);
	cr_expect_eq(previous.epoch, 0);
	cr_expect_str_eq(previous.node, "");
	cr_assert_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0600);
	(void)close(fd);
}

Test(journal_owner, a_second_owner_is_told_who_the_first_is)
{
	HFT_RULE(D_221);
	struct journal_owner previous;
	struct journal_owner owner;
	int first = -1;
	int second = -1;

	cr_assert_eq(journal_owner_lock(path, &first, &previous), 0);
	journal_owner_of_process(&owner, "alpha", 12);
	cr_assert_eq(journal_owner_write(first, &owner), 0);
	cr_assert_eq(journal_owner_lock(path, &second, &previous), -EBUSY);
	cr_expect_eq(second, -1);
	cr_expect_str_eq(previous.node, "alpha");
	cr_expect_eq(previous.pid, (uint64_t)getpid());
	cr_expect_eq(previous.epoch, 12);
	cr_expect_eq(strlen(previous.boot_id), 36);

	(void)close(first);
	cr_assert_eq(journal_owner_lock(path, &second, &previous), 0);
	cr_expect_eq(previous.epoch, 12);
	(void)close(second);
}

Test(journal_owner, a_shorter_line_leaves_nothing_of_the_longer)
{
	struct journal_owner owner;
	struct journal_owner previous;
	int fd = -1;

	cr_assert_eq(journal_owner_lock(path, &fd, &previous), 0);
	journal_owner_of_process(&owner, "a-rather-long-name", UINT64_C(1) << 40);
	cr_assert_eq(journal_owner_write(fd, &owner), 0);
	journal_owner_of_process(&owner, "b", (UINT64_C(1) << 40) + 1);
	cr_assert_eq(journal_owner_write(fd, &owner), 0);
	(void)close(fd);
	cr_assert_eq(journal_owner_lock(path, &fd, &previous), 0);
	cr_expect_str_eq(previous.node, "b");
	cr_expect_eq(previous.epoch, (UINT64_C(1) << 40) + 1);
	(void)close(fd);
}

Test(journal_owner, a_higher_epoch_in_the_file_means_we_were_passed)
{
	HFT_RULE(D_222);
	struct journal_owner owner;
	struct journal_owner previous;
	int fd = -1;

	cr_expect_eq(journal_owner_check(path, 5), 0, "a file that is not there proves nothing");
	cr_assert_eq(journal_owner_lock(path, &fd, &previous), 0);
	journal_owner_of_process(&owner, "alpha", 5);
	cr_assert_eq(journal_owner_write(fd, &owner), 0);
	cr_expect_eq(journal_owner_check(path, 5), 0);
	cr_expect_eq(journal_owner_check(path, 4), -ESTALE);
	(void)close(fd);
}

Test(journal_owner, damaged_text_is_nobody)
{
	static const char junk[] = "epoch=99999999999999999999999 node= pid=x";
	struct journal_owner previous;
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	cr_assert_eq(write(fd, junk, sizeof(junk) - 1), (ssize_t)(sizeof(junk) - 1));
	(void)close(fd);
	cr_assert_eq(journal_owner_lock(path, &fd, &previous), 0);
	cr_expect_eq(previous.epoch, 0);
	cr_expect_eq(previous.pid, 0);
	cr_expect_str_eq(previous.node, "");
	(void)close(fd);
}
