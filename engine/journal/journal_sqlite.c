/* SPDX-License-Identifier: Apache-2.0 */
/* journal_sqlite.c -- opening and closing: first the lock, then the database, then the
 * ownership; and back in the other order. */

#include "journal/journal_sqlite.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/fd.h"
#include "journal/journal_owner.h"
#include "journal/sqlite.h"

static struct journal_sqlite *sqlite_of(struct journal *journal)
{
	return (struct journal_sqlite *)journal;
}

static int get_meta(struct database *database, const char *name, uint64_t *ret_value)
{
	int found;

	database_bind_text(database, STATEMENT_META_GET, 1, name);
	found = database_step(database, STATEMENT_META_GET);
	*ret_value = found > 0 ? database_number(database, STATEMENT_META_GET, 0) : 0;
	database_reset(database, STATEMENT_META_GET);
	return found < 0 ? found : 0;
}

static int put_meta_number(struct database *database, const char *name, uint64_t value)
{
	database_bind_text(database, STATEMENT_META_PUT, 1, name);
	database_bind_number(database, STATEMENT_META_PUT, 2, value);
	return database_run(database, STATEMENT_META_PUT);
}

static int put_meta_text(struct database *database, const char *name, const char *value)
{
	database_bind_text(database, STATEMENT_META_PUT, 1, name);
	database_bind_text(database, STATEMENT_META_PUT, 2, value);
	return database_run(database, STATEMENT_META_PUT);
}

/* Where counting goes on. The list number also looks at what is there, in case the
 * counter row is older than the records (a folder restored by hand). */
static int load_numbers(struct journal_sqlite *journal)
{
	struct database *database = &journal->database;
	struct journal_numbers *numbers = &journal->numbers;
	int found = database_step(database, STATEMENT_LIST_NO_HIGHEST);

	if (found > 0)
		numbers->list_no = database_number(database, STATEMENT_LIST_NO_HIGHEST, 0);
	database_reset(database, STATEMENT_LIST_NO_HIGHEST);
	if (found < 0)
		return found;
	found = database_step(database, STATEMENT_PLACES_HIGHEST);
	if (found > 0) {
		numbers->sequence = database_number(database, STATEMENT_PLACES_HIGHEST, 0);
		numbers->completed = database_number(database, STATEMENT_PLACES_HIGHEST, 1);
		numbers->completed_wall_ns = database_number(database, STATEMENT_PLACES_HIGHEST, 2);
	}
	database_reset(database, STATEMENT_PLACES_HIGHEST);
	numbers->prune_due = PRUNE_EVERY_COUNT;
	return found < 0 ? found : 0;
}

/* The one commit that takes the ownership: epoch + 1, and who we are. */
static int commit_ownership(struct journal_sqlite *journal, const struct journal_owner *owner)
{
	struct database *database = &journal->database;
	int error = database_run(database, STATEMENT_BEGIN);

	if (error == 0)
		error = put_meta_number(database, "owner_epoch", owner->epoch);
	if (error == 0)
		error = put_meta_number(database, "owner_open", 1);
	if (error == 0)
		error = put_meta_number(database, "owner_pid", owner->pid);
	if (error == 0)
		error = put_meta_text(database, "owner_node", owner->node);
	if (error == 0)
		error = put_meta_text(database, "owner_boot", owner->boot_id);
	if (error == 0)
		error = database_run(database, STATEMENT_COMMIT);
	if (error < 0)
		database_roll_back(database);
	return error;
}

/* previous is what the owner file said. The larger epoch of file and database counts:
 * a crash may have come between the two. */
static int take_ownership(struct journal_sqlite *journal, const struct journal_owner *previous)
{
	struct journal_owner owner;
	uint64_t epoch = 0;
	uint64_t was_open = 0;
	int error = get_meta(&journal->database, "owner_epoch", &epoch);

	if (error == 0)
		error = get_meta(&journal->database, "owner_open", &was_open);
	if (error < 0)
		return error;
	if (epoch < previous->epoch)
		epoch = previous->epoch;
	journal_owner_of_process(&owner, journal->base.settings.node, epoch + 1);
	error = commit_ownership(journal, &owner);
	if (error == 0)
		error = journal_owner_write(journal->owner_fd, &owner);
	if (error < 0)
		return error;
	journal->base.owner_epoch = owner.epoch;
	journal->base.was_left_open = was_open != 0;
	return 0;
}

/* Says in the database that the ownership was given up, unless somebody took it. */
static void give_up_ownership(struct journal_sqlite *journal)
{
	if (journal->base.owner_epoch == 0 || !journal->database.handle)
		return;
	if (journal_owner_check(journal->owner_path, journal->base.owner_epoch) < 0)
		return;
	(void)put_meta_number(&journal->database, "owner_open", 0);
}

static int sqlite_start(struct journal *journal)
{
	return journal_thread_start(sqlite_of(journal));
}

static int sqlite_post(struct journal *journal, struct journal_request *request)
{
	return journal_thread_post(sqlite_of(journal), request);
}

static void sqlite_stop(struct journal *journal)
{
	journal_thread_stop(sqlite_of(journal));
}

static void sqlite_free(struct journal *base)
{
	struct journal_sqlite *journal = sqlite_of(base);

	give_up_ownership(journal);
	database_close(&journal->database);
	fd_close(&journal->owner_fd);
	free(journal);
}

static const struct journal_backend sqlite_backend = {
	.each_queue_row = sqlite_each_queue_row,
	.each_checkpoint = sqlite_each_checkpoint,
	.start = sqlite_start,
	.post = sqlite_post,
	.stop = sqlite_stop,
	.free = sqlite_free,
};

static int lock_folder(struct journal_sqlite *journal, const char *path,
		       struct journal_owner *previous, char *sentence, size_t sentence_bytes)
{
	int error = text_format(journal->owner_path, sizeof(journal->owner_path), "%s.owner", path);

	if (error == 0)
		error = journal_owner_lock(journal->owner_path, &journal->owner_fd, previous);
	if (error == -EBUSY)
		(void)snprintf(sentence, sentence_bytes,
			       "%s is owned by node %s (process %" PRIu64
			       "): stop hft-engine there first",
			       path, previous->node[0] ? previous->node : "?", previous->pid);
	else if (error < 0)
		(void)snprintf(sentence, sentence_bytes, "cannot lock %s.owner: %s", path,
			       strerror(-error));
	return error;
}

static int open_all(struct journal_sqlite *journal, const char *path, char *sentence,
		    size_t sentence_bytes)
{
	struct journal_owner previous = {0};
	int error = lock_folder(journal, path, &previous, sentence, sentence_bytes);

	if (error < 0)
		return error;
	error = database_open(&journal->database, path, sentence, sentence_bytes);
	if (error < 0)
		return error;
	error = load_numbers(journal);
	if (error == 0)
		error = take_ownership(journal, &previous);
	if (error < 0)
		(void)snprintf(sentence, sentence_bytes, "cannot take over %s: %s", path,
			       strerror(-error));
	return error;
}

int journal_open(const char *path, const struct journal_settings *settings,
		 struct journal **ret_journal, char *sentence, size_t sentence_bytes)
{
	struct journal_sqlite *journal;
	int error;

	assert(path);
	assert(ret_journal);
	assert(sentence && sentence_bytes > 0);

	sentence[0] = '\0';
	journal = (struct journal_sqlite *)calloc(1, sizeof(*journal));
	if (!journal) {
		(void)snprintf(sentence, sentence_bytes, "no memory for the journal");
		return -ENOMEM;
	}
	journal_init(&journal->base, &sqlite_backend, settings);
	journal->owner_fd = -1;
	journal->wake_fd = -1;
	error = open_all(journal, path, sentence, sentence_bytes);
	if (error < 0) {
		sqlite_free(&journal->base);
		return error;
	}
	*ret_journal = &journal->base;
	return 0;
}
