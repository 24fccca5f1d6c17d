/* SPDX-License-Identifier: Apache-2.0 */
/* journal_batch.c -- what waits becomes one transaction with one fsync.
 *
 * Requests run in the order they came, each commit behind a savepoint, so that one that
 * cannot be stored takes only itself back. Nobody is answered before the transaction is
 * on disk, queries neither: they may have seen rows of it. If the transaction itself
 * fails (disk full), nothing of it is there, and each request is tried once more alone. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "host/log.h"
#include "journal/journal_owner.h"
#include "journal/sqlite.h"

/* One commit behind a savepoint. Its own failure is its result; the return value is only
 * negative when the whole transaction is lost. */
static int run_commit(struct journal_sqlite *journal, struct journal_request *request)
{
	struct database *database = &journal->database;
	struct journal_numbers before = journal->numbers;
	int error = database_run(database, STATEMENT_SAVE);

	if (error < 0)
		return error;
	request->result = sqlite_commit(journal, &request->commit);
	if (!database_in_transaction(database))
		return request->result < 0 ? request->result : -EIO;
	if (request->result < 0) {
		journal->numbers = before;
		error = database_run(database, STATEMENT_SAVED_BACK);
	}
	if (error == 0)
		error = database_run(database, STATEMENT_SAVED_DROP);
	return error;
}

static int run_requests(struct journal_sqlite *journal, struct journal_request **list,
			uint32_t count)
{
	for (uint32_t index = 0; index < count; index++) {
		struct journal_request *request = list[index];
		int error = 0;

		if (request->kind == JOURNAL_COMMIT)
			error = run_commit(journal, request);
		else
			request->result = sqlite_query(journal, request);
		if (error < 0)
			return error;
	}
	return 0;
}

static bool has_commit(struct journal_request **list, uint32_t count)
{
	for (uint32_t index = 0; index < count; index++) {
		if (list[index]->kind == JOURNAL_COMMIT)
			return true;
	}
	return false;
}

static int transaction_body(struct journal_sqlite *journal, struct journal_request **list,
			    uint32_t count)
{
	uint64_t pruned = 0;
	int error = run_requests(journal, list, count);

	if (error == 0)
		error = sqlite_prune(journal, &pruned);
	if (error == 0)
		error = database_run(&journal->database, STATEMENT_COMMIT);
	if (error == 0) {
		atomic_fetch_add(&journal->base.tally.transactions, 1);
		atomic_fetch_add(&journal->base.tally.pruned_rows, pruned);
	}
	return error;
}

/* Says so once when the journal begins to fail, and once when it works again. */
static void tell(struct journal_sqlite *journal, int error)
{
	struct log *log = journal->base.settings.log;

	if (error < 0 && !journal->failing)
		log_line(log, LOG_ERROR, "journal-failed", "error=%d reason=\"%s\" sqlite=\"%s\"",
			 -error, strerror(-error), database_error_text(&journal->database));
	else if (error == 0 && journal->failing)
		log_line(log, LOG_INFO, "journal-works-again", "%s", "");
	journal->failing = error < 0;
}

/* All of list or nothing. */
static int transaction(struct journal_sqlite *journal, struct journal_request **list,
		       uint32_t count)
{
	struct database *database = &journal->database;
	struct journal_numbers before = journal->numbers;
	int error;

	if (!has_commit(list, count))
		return run_requests(journal, list, count);

	error = database_run(database, STATEMENT_BEGIN);
	if (error == 0)
		error = transaction_body(journal, list, count);
	tell(journal, error);
	if (error < 0) {
		journal->numbers = before;
		database_roll_back(database);
	}
	return error;
}

static void run_alone(struct journal_sqlite *journal, uint32_t count)
{
	for (uint32_t index = 0; index < count; index++) {
		int error = transaction(journal, &journal->batch[index], 1);

		if (error < 0)
			journal->batch[index]->result = error;
	}
}

static void fail_all(struct journal_sqlite *journal, uint32_t count, int error)
{
	for (uint32_t index = 0; index < count; index++)
		journal->batch[index]->result = error;
}

void journal_batch_execute(struct journal_sqlite *journal, uint32_t count)
{
	int error;

	assert(journal);
	assert(count > 0 && count <= HFT_JOURNAL_BATCH_MAX);

	error = journal_owner_check(journal->owner_path, journal->base.owner_epoch);
	if (error < 0) {
		tell(journal, error);
		fail_all(journal, count, error);
	} else {
		error = transaction(journal, journal->batch, count);
		if (error < 0 && count > 1)
			run_alone(journal, count);
		else if (error < 0)
			fail_all(journal, count, error);
	}
	for (uint32_t index = 0; index < count; index++) {
		journal_count(&journal->base, journal->batch[index]);
		journal_answer(journal->batch[index]);
	}
}
