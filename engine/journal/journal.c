/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c -- the part of the journal that is the same whatever keeps the rows:
 * building requests, checking them, handing them over. */

#include "journal/journal.h"

#include <assert.h>
#include <string.h>

#include "host/mailbox.h"
#include "journal/backend.h"

static struct journal_change *next_change(struct journal_request *request,
					  enum journal_change_kind kind)
{
	struct journal_change *change;

	assert(request);
	assert(request->kind == JOURNAL_COMMIT);
	assert(request->commit.count < HFT_JOURNAL_CHANGES_MAX);

	change = &request->commit.changes[request->commit.count++];
	memset(change, 0, sizeof(*change));
	change->kind = kind;
	return change;
}

static struct journal_change *next_transfer_change(struct journal_request *request,
						   enum journal_change_kind kind,
						   const struct id *transfer)
{
	struct journal_change *change = next_change(request, kind);

	assert(transfer);
	change->transfer = *transfer;
	return change;
}

static struct journal_change *next_role_change(struct journal_request *request,
					       enum journal_change_kind kind,
					       const struct id *transfer, enum checkpoint_role role)
{
	struct journal_change *change = next_transfer_change(request, kind, transfer);

	assert(role == CHECKPOINT_SENDER || role == CHECKPOINT_RECEIVER);
	change->role = (uint8_t)role;
	return change;
}

struct journal_change *journal_put_queue(struct journal_request *request,
					 const struct queue_row *row)
{
	struct journal_change *change = next_change(request, JOURNAL_PUT_QUEUE);

	assert(row);
	change->queue = row;
	return change;
}

struct journal_change *journal_remove_queue(struct journal_request *request,
					    const struct id *transfer)
{
	return next_transfer_change(request, JOURNAL_REMOVE_QUEUE, transfer);
}

struct journal_change *journal_put_resend(struct journal_request *request,
					  const struct resend_row *row)
{
	struct journal_change *change = next_change(request, JOURNAL_PUT_RESEND);

	assert(row);
	change->resend = row;
	return change;
}

struct journal_change *journal_remove_resend(struct journal_request *request, uint64_t list_no)
{
	struct journal_change *change = next_change(request, JOURNAL_REMOVE_RESEND);

	assert(list_no > 0 && list_no <= INT64_MAX);
	change->list_no = list_no;
	return change;
}

struct journal_change *journal_put_checkpoint(struct journal_request *request,
					      const struct checkpoint *row)
{
	struct journal_change *change = next_change(request, JOURNAL_PUT_CHECKPOINT);

	assert(row);
	change->checkpoint = row;
	return change;
}

struct journal_change *journal_remove_checkpoint(struct journal_request *request,
						 const struct id *transfer,
						 enum checkpoint_role role)
{
	return next_role_change(request, JOURNAL_REMOVE_CHECKPOINT, transfer, role);
}

struct journal_change *journal_add_digests(struct journal_request *request,
					   const struct id *transfer, enum checkpoint_role role,
					   const struct chunk_digest *list, uint32_t count)
{
	struct journal_change *change = next_role_change(request, JOURNAL_ADD_DIGESTS, transfer,
							 role);

	assert(list || count == 0);
	assert(count <= HFT_JOURNAL_DIGESTS_MAX);
	change->digests = list;
	change->digest_count = count;
	return change;
}

struct journal_change *journal_remove_digests(struct journal_request *request,
					      const struct id *transfer, enum checkpoint_role role)
{
	return next_role_change(request, JOURNAL_REMOVE_DIGESTS, transfer, role);
}

struct journal_change *journal_add_log(struct journal_request *request, const struct log_row *row)
{
	struct journal_change *change = next_change(request, JOURNAL_ADD_LOG);

	assert(row);
	change->log = row;
	return change;
}

struct journal_change *journal_put_completed(struct journal_request *request,
					     const struct completed_row *row)
{
	struct journal_change *change = next_change(request, JOURNAL_PUT_COMPLETED);

	assert(row);
	change->completed = row;
	return change;
}

struct journal_change *journal_remove_completed(struct journal_request *request,
						const struct id *transfer)
{
	return next_transfer_change(request, JOURNAL_REMOVE_COMPLETED, transfer);
}

void journal_commit_begin(struct journal_request *request, void *owner,
			  void (*done)(struct journal_request *request), struct mailbox *reply_to)
{
	assert(request);
	assert(done);

	request->kind = JOURNAL_COMMIT;
	request->result = 0;
	request->owner = owner;
	request->done = done;
	request->reply_to = reply_to;
	request->commit.count = 0;
}

int journal_each_queue_row(struct journal *journal, journal_queue_fn fn, void *arg)
{
	assert(journal);
	assert(fn);
	return journal->backend->each_queue_row(journal, fn, arg);
}

int journal_each_checkpoint(struct journal *journal, enum checkpoint_role role,
			    journal_checkpoint_fn fn, void *arg)
{
	assert(journal);
	assert(fn);
	assert(role == CHECKPOINT_SENDER || role == CHECKPOINT_RECEIVER);
	return journal->backend->each_checkpoint(journal, role, fn, arg);
}

int journal_start(struct journal *journal)
{
	assert(journal);
	return journal->backend->start(journal);
}

/* Limits that a caller breaks only by a bug. */
static void check_request(const struct journal_request *request)
{
	assert(request->done);
	switch (request->kind) {
	case JOURNAL_COMMIT:
		assert(request->commit.count > 0);
		assert(request->commit.count <= HFT_JOURNAL_CHANGES_MAX);
		break;
	case JOURNAL_LOAD_CHECKPOINT:
		assert(request->load.ret_checkpoint);
		break;
	case JOURNAL_LOAD_COMPLETED:
		assert(request->load.ret_completed);
		break;
	case JOURNAL_LOAD_DIGESTS:
		assert(request->digests.count > 0);
		assert(request->digests.count <= HFT_JOURNAL_LOAD_DIGESTS_MAX);
		assert(request->digests.ret_digests && request->digests.ret_present);
		break;
	case JOURNAL_FIND_RESEND:
		assert(request->find.ret_row);
		break;
	case JOURNAL_LIST_QUEUE:
	case JOURNAL_LIST_RESEND:
	case JOURNAL_LIST_LOG:
		assert(request->list.limit > 0);
		assert(request->list.limit <= HFT_JOURNAL_PAGE_MAX);
		assert(request->list.rows.queue);
		break;
	default:
		assert(request->kind < JOURNAL_REQUEST_KINDS);
		break;
	}
}

int journal_post(struct journal *journal, struct journal_request *request)
{
	assert(journal);
	assert(request);
	check_request(request);
	return journal->backend->post(journal, request);
}

void journal_stop(struct journal *journal)
{
	assert(journal);
	journal->backend->stop(journal);
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	journal->backend->stop(journal);
	journal->backend->free(journal);
}

uint64_t journal_owner_epoch(const struct journal *journal)
{
	assert(journal);
	return journal->owner_epoch;
}

bool journal_was_left_open(const struct journal *journal)
{
	assert(journal);
	return journal->was_left_open;
}

void journal_read_counters(const struct journal *journal, struct journal_counters *ret_counters)
{
	assert(journal);
	assert(ret_counters);

	*ret_counters = (struct journal_counters){
		.commits = atomic_load(&journal->tally.commits),
		.queries = atomic_load(&journal->tally.queries),
		.failures = atomic_load(&journal->tally.failures),
		.transactions = atomic_load(&journal->tally.transactions),
		.pruned_rows = atomic_load(&journal->tally.pruned_rows),
	};
}

void journal_init(struct journal *journal, const struct journal_backend *backend,
		  const struct journal_settings *settings)
{
	assert(journal);
	assert(backend);
	assert(settings);
	assert(settings->node[0] != '\0');

	memset(journal, 0, sizeof(*journal));
	journal->backend = backend;
	journal->settings = *settings;
	if (journal->settings.complete_keep_days == 0)
		journal->settings.complete_keep_days = HFT_COMPLETE_KEEP_DAYS;
	if (journal->settings.log_rows_max == 0)
		journal->settings.log_rows_max = HFT_LOG_ROWS_MAX;
	if (journal->settings.completed_rows_max == 0)
		journal->settings.completed_rows_max = HFT_COMPLETED_ROWS_MAX;
}

void journal_answer(struct journal_request *request)
{
	int error;

	assert(request);
	if (!request->reply_to) {
		request->done(request);
		return;
	}
	/* A full mailbox would lose an answer; journal.h makes its size the caller's promise. */
	error = mailbox_post(request->reply_to, request);
	assert(error == 0);
	(void)error;
}

void journal_count(struct journal *journal, const struct journal_request *request)
{
	if (request->kind != JOURNAL_COMMIT)
		atomic_fetch_add(&journal->tally.queries, 1);
	else if (request->result < 0)
		atomic_fetch_add(&journal->tally.failures, 1);
	else
		atomic_fetch_add(&journal->tally.commits, 1);
}
