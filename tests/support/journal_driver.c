/* SPDX-License-Identifier: Apache-2.0 */
/* journal_driver.c -- the loop that asks, as small as it can be. */
#include "support/journal_driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/mailbox.h"
#include "journal/journal_memory.h"
#include "journal/journal_sqlite.h"

#define REPLIES_MAX 8192

static void fail_unless(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "journal driver: %s: %s\n", what, strerror(errno));
	abort();
}

static void wake(void *arg)
{
	struct journal_driver *driver = (struct journal_driver *)arg;
	uint64_t one = 1;

	fail_unless(write(driver->wake_fd, &one, sizeof(one)) == sizeof(one), "wake");
}

static void nothing(struct journal_request *request)
{
	(void)request;
}

void journal_driver_open(struct journal_driver *driver)
{
	char sentence[HFT_SENTENCE_BYTES] = "";
	int error;

	fail_unless(driver->journal == NULL, "open twice");
	if (driver->kind == DRIVE_SQLITE)
		error = journal_open(driver->path, &driver->settings, &driver->journal, sentence,
				     sizeof(sentence));
	else
		error = journal_memory_open(driver->disk, &driver->settings, &driver->journal);
	errno = -error;
	fail_unless(error == 0, sentence);
	fail_unless(journal_start(driver->journal) == 0, "start");
}

void journal_driver_init(struct journal_driver *driver, enum journal_driver_kind kind)
{
	const char *place = getenv("TMPDIR");

	memset(driver, 0, sizeof(*driver));
	driver->kind = kind;
	(void)snprintf(driver->settings.node, sizeof(driver->settings.node), "node1");
	driver->wake_fd = eventfd(0, EFD_CLOEXEC);
	fail_unless(driver->wake_fd >= 0, "eventfd");
	fail_unless(mailbox_new(REPLIES_MAX, wake, driver, &driver->replies) == 0, "mailbox");
	if (kind == DRIVE_MEMORY) {
		driver->disk = journal_memory_disk_new();
		fail_unless(driver->disk != NULL, "disk");
	} else {
		(void)snprintf(driver->folder, sizeof(driver->folder), "%s/hft-journal-XXXXXX",
			       place && strlen(place) < 32 ? place : "/tmp");
		fail_unless(mkdtemp(driver->folder) != NULL, driver->folder);
		(void)snprintf(driver->path, sizeof(driver->path), "%s/journal.db", driver->folder);
	}
	journal_driver_open(driver);
}

static void remove_store(const struct journal_driver *driver)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".owner"};
	char path[128];

	if (driver->kind != DRIVE_SQLITE)
		return;
	for (size_t index = 0; index < sizeof(suffixes) / sizeof(suffixes[0]); index++) {
		(void)snprintf(path, sizeof(path), "%s%s", driver->path, suffixes[index]);
		(void)unlink(path);
	}
	(void)rmdir(driver->folder);
}

void journal_driver_done(struct journal_driver *driver)
{
	journal_free(driver->journal);
	driver->journal = NULL;
	journal_memory_disk_free(driver->disk);
	mailbox_free(driver->replies);
	(void)close(driver->wake_fd);
	remove_store(driver);
}

void journal_driver_reopen(struct journal_driver *driver)
{
	journal_free(driver->journal);
	driver->journal = NULL;
	journal_driver_open(driver);
}

void journal_driver_post(struct journal_driver *driver, struct journal_request *request)
{
	fail_unless(journal_post(driver->journal, request) == 0, "post");
}

void journal_driver_take(struct journal_driver *driver, uint32_t count)
{
	while (count > 0) {
		struct journal_request *request =
			(struct journal_request *)mailbox_take(driver->replies);
		uint64_t wakes;

		if (request) {
			request->done(request);
			count--;
		} else if (driver->kind == DRIVE_MEMORY) {
			fail_unless(journal_memory_step(driver->journal), "no more answers");
		} else {
			fail_unless(read(driver->wake_fd, &wakes, sizeof(wakes)) > 0, "read");
		}
	}
}

int journal_driver_run(struct journal_driver *driver, struct journal_request *request)
{
	journal_driver_post(driver, request);
	journal_driver_take(driver, 1);
	return request->result;
}

void journal_driver_begin(struct journal_driver *driver, struct journal_request *request)
{
	memset(request, 0, sizeof(*request));
	journal_commit_begin(request, driver, nothing, driver->replies);
}

void journal_driver_query(struct journal_driver *driver, struct journal_request *request,
			  enum journal_request_kind kind)
{
	memset(request, 0, sizeof(*request));
	request->kind = kind;
	request->done = nothing;
	request->owner = driver;
	request->reply_to = driver->replies;
}
