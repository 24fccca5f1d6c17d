/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_commit.c -- the changes of a commit as statements, inside an open transaction. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "journal/digest_group.h"
#include "journal/sqlite.h"

static void bind_id(struct database *database, enum statement statement, const struct id *id)
{
	database_bind_bytes(database, statement, 1, id->bytes, sizeof(id->bytes));
}

/* Removals by transfer id and, where the table has one, role. */
static int remove_rows(struct database *database, enum statement statement,
		       struct journal_change *change)
{
	int error;

	bind_id(database, statement, &change->transfer);
	if (change->role != 0)
		database_bind_number(database, statement, 2, change->role);
	error = database_run(database, statement);
	if (error == 0)
		change->ret_found = database_changed(database) > 0;
	return error;
}

static int remove_resend(struct database *database, struct journal_change *change)
{
	int error;

	database_bind_number(database, STATEMENT_RESEND_REMOVE, 1, change->list_no);
	error = database_run(database, STATEMENT_RESEND_REMOVE);
	if (error == 0)
		change->ret_found = database_changed(database) > 0;
	return error;
}

static int put_queue(struct journal_sqlite *journal, const struct queue_row *row, size_t bytes)
{
	struct database *database = &journal->database;

	bind_id(database, STATEMENT_QUEUE_PUT, &row->core.transfer);
	database_bind_bytes(database, STATEMENT_QUEUE_PUT, 2, journal->row, bytes);
	return database_run(database, STATEMENT_QUEUE_PUT);
}

static int put_meta(struct database *database, const char *name, uint64_t value)
{
	database_bind_text(database, STATEMENT_META_PUT, 1, name);
	database_bind_number(database, STATEMENT_META_PUT, 2, value);
	return database_run(database, STATEMENT_META_PUT);
}

static int put_resend(struct journal_sqlite *journal, const struct journal_change *change,
		      size_t bytes)
{
	struct database *database = &journal->database;
	const struct id *id = &change->resend->core.transfer;
	int error;

	database_bind_number(database, STATEMENT_RESEND_PUT, 1, change->ret_list_no);
	database_bind_bytes(database, STATEMENT_RESEND_PUT, 2, id->bytes, sizeof(id->bytes));
	database_bind_bytes(database, STATEMENT_RESEND_PUT, 3, journal->row, bytes);
	error = database_run(database, STATEMENT_RESEND_PUT);
	if (error == 0 && change->resend->list_no == 0)
		error = put_meta(database, "list_no", change->ret_list_no);
	return error;
}

static int put_checkpoint(struct journal_sqlite *journal, const struct checkpoint *row,
			  size_t bytes)
{
	struct database *database = &journal->database;

	bind_id(database, STATEMENT_CHECKPOINT_PUT, &row->transfer);
	database_bind_number(database, STATEMENT_CHECKPOINT_PUT, 2, row->role);
	database_bind_bytes(database, STATEMENT_CHECKPOINT_PUT, 3, journal->row, bytes);
	return database_run(database, STATEMENT_CHECKPOINT_PUT);
}

static int add_log(struct journal_sqlite *journal, const struct journal_change *change,
		   uint64_t list_no, size_t bytes)
{
	struct database *database = &journal->database;
	const struct log_row *row = change->log;

	if (row->kind != LOG_SEND || row->list_no != 0)
		list_no = row->list_no;
	database_bind_number(database, STATEMENT_LOG_ADD, 1, change->ret_sequence);
	database_bind_number(database, STATEMENT_LOG_ADD, 2, row->kind);
	database_bind_number(database, STATEMENT_LOG_ADD, 3, row->outcome.status);
	database_bind_number(database, STATEMENT_LOG_ADD, 4, row->outcome.detail);
	database_bind_number(database, STATEMENT_LOG_ADD, 5, list_no);
	database_bind_bytes(database, STATEMENT_LOG_ADD, 6, journal->row, bytes);
	return database_run(database, STATEMENT_LOG_ADD);
}

static int put_completed(struct journal_sqlite *journal, const struct completed_row *row,
			 size_t bytes)
{
	struct database *database = &journal->database;

	database_bind_number(database, STATEMENT_COMPLETED_PUT, 1, journal->numbers.completed);
	database_bind_bytes(database, STATEMENT_COMPLETED_PUT, 2, row->transfer.bytes,
			    sizeof(row->transfer.bytes));
	database_bind_number(database, STATEMENT_COMPLETED_PUT, 3, row->completed_wall_ns);
	database_bind_bytes(database, STATEMENT_COMPLETED_PUT, 4, journal->row, bytes);
	return database_run(database, STATEMENT_COMPLETED_PUT);
}

/* Reads the group that is there already, if any. */
static int load_group(struct database *database, const struct journal_change *change,
		      struct digest_group *group)
{
	const void *list;
	size_t bytes;
	int found;

	bind_id(database, STATEMENT_DIGESTS_GET, &change->transfer);
	database_bind_number(database, STATEMENT_DIGESTS_GET, 2, change->role);
	database_bind_number(database, STATEMENT_DIGESTS_GET, 3, group->index);
	database_bind_number(database, STATEMENT_DIGESTS_GET, 4, group->index);
	found = database_step(database, STATEMENT_DIGESTS_GET);
	if (found > 0) {
		group->present = database_number(database, STATEMENT_DIGESTS_GET, 1);
		list = database_bytes(database, STATEMENT_DIGESTS_GET, 2, &bytes);
		if (bytes == sizeof(group->list))
			memcpy(group->list, list, bytes);
		else
			found = -EUCLEAN;
	}
	database_reset(database, STATEMENT_DIGESTS_GET);
	return found < 0 ? found : 0;
}

static int store_group(struct database *database, const struct journal_change *change,
		       const struct digest_group *group)
{
	bind_id(database, STATEMENT_DIGESTS_PUT, &change->transfer);
	database_bind_number(database, STATEMENT_DIGESTS_PUT, 2, change->role);
	database_bind_number(database, STATEMENT_DIGESTS_PUT, 3, group->index);
	database_bind_number(database, STATEMENT_DIGESTS_PUT, 4, group->present);
	database_bind_bytes(database, STATEMENT_DIGESTS_PUT, 5, group->list, sizeof(group->list));
	return database_run(database, STATEMENT_DIGESTS_PUT);
}

static int add_digests(struct database *database, const struct journal_change *change)
{
	uint32_t index = 0;

	while (index < change->digest_count) {
		const struct chunk_digest *list = &change->digests[index];
		struct digest_group group = {.index = digest_group_of(list->chunk)};
		int error = load_group(database, change, &group);

		if (error < 0)
			return error;
		index += digest_group_take(&group, list, change->digest_count - index);
		error = store_group(database, change, &group);
		if (error < 0)
			return error;
	}
	return 0;
}

static int put_row(struct journal_sqlite *journal, const struct journal_change *change,
		   uint64_t list_no)
{
	size_t bytes = 0;
	int error = change_encode(change, list_no, journal->row, sizeof(journal->row), &bytes);

	if (error < 0)
		return error;
	switch (change->kind) {
	case JOURNAL_PUT_QUEUE:
		return put_queue(journal, change->queue, bytes);
	case JOURNAL_PUT_RESEND:
		return put_resend(journal, change, bytes);
	case JOURNAL_PUT_CHECKPOINT:
		return put_checkpoint(journal, change->checkpoint, bytes);
	case JOURNAL_ADD_LOG:
		return add_log(journal, change, list_no, bytes);
	default:
		assert(change->kind == JOURNAL_PUT_COMPLETED);
		return put_completed(journal, change->completed, bytes);
	}
}

static int apply_change(struct journal_sqlite *journal, struct journal_change *change,
			uint64_t list_no)
{
	struct database *database = &journal->database;

	switch (change->kind) {
	case JOURNAL_REMOVE_QUEUE:
		return remove_rows(database, STATEMENT_QUEUE_REMOVE, change);
	case JOURNAL_REMOVE_RESEND:
		return remove_resend(database, change);
	case JOURNAL_REMOVE_CHECKPOINT:
		return remove_rows(database, STATEMENT_CHECKPOINT_REMOVE, change);
	case JOURNAL_ADD_DIGESTS:
		return add_digests(database, change);
	case JOURNAL_REMOVE_DIGESTS:
		return remove_rows(database, STATEMENT_DIGESTS_REMOVE, change);
	case JOURNAL_REMOVE_COMPLETED:
		return remove_rows(database, STATEMENT_COMPLETED_REMOVE, change);
	default:
		return put_row(journal, change, list_no);
	}
}

int sqlite_commit(struct journal_sqlite *journal, struct journal_commit *commit)
{
	uint64_t list_no = 0;
	int error;

	assert(journal);
	assert(commit);

	error = commit_check(commit, &journal->numbers);
	for (uint32_t index = 0; index < commit->count && error == 0; index++) {
		change_number(&commit->changes[index], &journal->numbers, &list_no);
		error = apply_change(journal, &commit->changes[index], list_no);
	}
	return error;
}

static int prune_rows(struct database *database, enum statement statement, uint64_t bound,
		      uint64_t *rows)
{
	int error;

	*rows = 0;
	if (bound == 0)
		return 0;
	database_bind_number(database, statement, 1, bound);
	database_bind_number(database, statement, 2, HFT_PRUNE_ROWS_MAX);
	error = database_run(database, statement);
	if (error == 0)
		*rows = database_changed(database);
	return error;
}

int sqlite_prune(struct journal_sqlite *journal, uint64_t *ret_rows)
{
	struct database *database = &journal->database;
	struct journal_numbers *numbers = &journal->numbers;
	const struct journal_settings *settings = &journal->base.settings;
	uint64_t log = 0;
	uint64_t completed = 0;
	uint64_t expired = 0;
	int error;

	assert(ret_rows);

	*ret_rows = 0;
	if (numbers->prune_due < PRUNE_EVERY_COUNT)
		return 0;
	error = prune_rows(database, STATEMENT_LOG_PRUNE, prune_log_through(numbers, settings),
			   &log);
	if (error == 0)
		error = prune_rows(database, STATEMENT_COMPLETED_PRUNE,
				   prune_completed_through(numbers, settings), &completed);
	if (error == 0)
		error = prune_rows(database, STATEMENT_COMPLETED_EXPIRE,
				   prune_completed_before_ns(numbers, settings), &expired);
	if (error < 0)
		return error;
	if (log < HFT_PRUNE_ROWS_MAX && completed < HFT_PRUNE_ROWS_MAX &&
	    expired < HFT_PRUNE_ROWS_MAX)
		numbers->prune_due = 0;
	*ret_rows = log + completed + expired;
	return 0;
}
