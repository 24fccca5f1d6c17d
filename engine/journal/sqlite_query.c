/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_query.c -- what a query asks, as statements; and the walks at start.
 *
 * Each function resets its statement on every way out: an open statement would keep a
 * read transaction, and with it the WAL, for ever. */

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "journal/digest_group.h"
#include "journal/sqlite.h"
#include "record/codec.h"

static void bind_id(struct database *database, enum statement statement, const struct id *id)
{
	database_bind_bytes(database, statement, 1, id->bytes, sizeof(id->bytes));
}

/* Of a decoder: what cannot be read is damage, whatever kind it is. */
static int damage_of(int error)
{
	return error < 0 ? -EUCLEAN : 0;
}

static int load_checkpoint(struct database *database, struct journal_load *load)
{
	const void *data;
	size_t bytes;
	int found;

	bind_id(database, STATEMENT_CHECKPOINT_GET, &load->transfer);
	database_bind_number(database, STATEMENT_CHECKPOINT_GET, 2, load->role);
	found = database_step(database, STATEMENT_CHECKPOINT_GET);
	if (found == 0)
		found = -ENOENT;
	if (found > 0) {
		data = database_bytes(database, STATEMENT_CHECKPOINT_GET, 0, &bytes);
		found = damage_of(checkpoint_decode(data, bytes, load->ret_checkpoint));
	}
	database_reset(database, STATEMENT_CHECKPOINT_GET);
	return found;
}

static int load_completed(struct database *database, struct journal_load *load)
{
	const void *data;
	size_t bytes;
	int found;

	bind_id(database, STATEMENT_COMPLETED_GET, &load->transfer);
	found = database_step(database, STATEMENT_COMPLETED_GET);
	if (found == 0)
		found = -ENOENT;
	if (found > 0) {
		data = database_bytes(database, STATEMENT_COMPLETED_GET, 0, &bytes);
		found = damage_of(completed_row_decode(data, bytes, load->ret_completed));
	}
	database_reset(database, STATEMENT_COMPLETED_GET);
	return found;
}

static int give_group(struct database *database, struct journal_load_digests *load)
{
	struct digest_group group;
	const void *list;
	size_t bytes;

	list = database_bytes(database, STATEMENT_DIGESTS_GET, 2, &bytes);
	if (bytes != sizeof(group.list))
		return -EUCLEAN;
	group.index = database_number(database, STATEMENT_DIGESTS_GET, 0);
	group.present = database_number(database, STATEMENT_DIGESTS_GET, 1);
	memcpy(group.list, list, bytes);
	digest_group_give(&group, load);
	return 0;
}

static int load_digests(struct database *database, struct journal_load_digests *load)
{
	uint64_t last = load->first + (load->count - 1);
	int found;

	load->ret_present_count = 0;
	memset(load->ret_digests, 0, load->count * sizeof(load->ret_digests[0]));
	memset(load->ret_present, 0, load->count * sizeof(load->ret_present[0]));
	bind_id(database, STATEMENT_DIGESTS_GET, &load->transfer);
	database_bind_number(database, STATEMENT_DIGESTS_GET, 2, load->role);
	database_bind_number(database, STATEMENT_DIGESTS_GET, 3, digest_group_of(load->first));
	database_bind_number(database, STATEMENT_DIGESTS_GET, 4, digest_group_of(last));
	while ((found = database_step(database, STATEMENT_DIGESTS_GET)) > 0) {
		int error = give_group(database, load);

		if (error < 0) {
			found = error;
			break;
		}
	}
	database_reset(database, STATEMENT_DIGESTS_GET);
	return found;
}

static int find_resend(struct database *database, struct journal_find_resend *find)
{
	enum statement statement = STATEMENT_RESEND_TRANSFER;
	const void *data;
	size_t bytes;
	int found;

	if (find->list_no != 0) {
		statement = STATEMENT_RESEND_NUMBER;
		database_bind_number(database, statement, 1, find->list_no);
	} else {
		bind_id(database, statement, &find->transfer);
	}
	found = database_step(database, statement);
	if (found == 0)
		found = -ENOENT;
	if (found > 0) {
		data = database_bytes(database, statement, 0, &bytes);
		found = damage_of(resend_row_decode(data, bytes, find->ret_row));
	}
	database_reset(database, statement);
	return found;
}

/* One page of rows (key, row) from a statement that walks upwards or downwards. */
static int list_rows(struct database *database, enum statement statement,
		     enum journal_request_kind kind, struct journal_list *list)
{
	uint64_t after = list->after;
	uint32_t looked_at = 0;
	int found;

	if (list->newest_first && after == 0)
		after = INT64_MAX;
	list->ret_count = 0;
	list->ret_more = false;
	list->ret_after = list->after;
	database_bind_number(database, statement, 1, after);
	database_bind_number(database, statement, 2, HFT_JOURNAL_SCAN_MAX + 1);
	while ((found = database_step(database, statement)) > 0) {
		const void *data;
		size_t bytes;

		if (list_is_full(list) || looked_at == HFT_JOURNAL_SCAN_MAX) {
			list->ret_more = true;
			found = 0;
			break;
		}
		data = database_bytes(database, statement, 1, &bytes);
		found = list_take(list, kind, data, bytes);
		if (found < 0)
			break;
		list->ret_after = database_number(database, statement, 0);
		looked_at++;
	}
	database_reset(database, statement);
	return found;
}

int sqlite_query(struct journal_sqlite *journal, struct journal_request *request)
{
	struct database *database = &journal->database;
	bool down = false;

	assert(journal);
	assert(request);

	switch (request->kind) {
	case JOURNAL_LOAD_CHECKPOINT:
		return load_checkpoint(database, &request->load);
	case JOURNAL_LOAD_COMPLETED:
		return load_completed(database, &request->load);
	case JOURNAL_LOAD_DIGESTS:
		return load_digests(database, &request->digests);
	case JOURNAL_FIND_RESEND:
		return find_resend(database, &request->find);
	default:
		break;
	}
	down = request->list.newest_first;
	switch (request->kind) {
	case JOURNAL_LIST_QUEUE:
		return list_rows(database, down ? STATEMENT_QUEUE_DOWN : STATEMENT_QUEUE_UP,
				 request->kind, &request->list);
	case JOURNAL_LIST_RESEND:
		return list_rows(database, down ? STATEMENT_RESEND_DOWN : STATEMENT_RESEND_UP,
				 request->kind, &request->list);
	default:
		assert(request->kind == JOURNAL_LIST_LOG);
		return list_rows(database, down ? STATEMENT_LOG_DOWN : STATEMENT_LOG_UP,
				 request->kind, &request->list);
	}
}

int sqlite_each_queue_row(struct journal *journal, journal_queue_fn fn, void *arg)
{
	struct database *database = &((struct journal_sqlite *)journal)->database;
	int found;

	database_bind_number(database, STATEMENT_QUEUE_UP, 1, 0);
	database_bind_number(database, STATEMENT_QUEUE_UP, 2, INT64_MAX);
	while ((found = database_step(database, STATEMENT_QUEUE_UP)) > 0) {
		struct queue_row row;
		size_t bytes;
		const void *data = database_bytes(database, STATEMENT_QUEUE_UP, 1, &bytes);

		found = damage_of(queue_row_decode(data, bytes, &row));
		if (found == 0)
			found = fn(&row, arg);
		if (found < 0)
			break;
	}
	database_reset(database, STATEMENT_QUEUE_UP);
	return found;
}

int sqlite_each_checkpoint(struct journal *journal, enum checkpoint_role role,
			   journal_checkpoint_fn fn, void *arg)
{
	struct database *database = &((struct journal_sqlite *)journal)->database;
	int found;

	database_bind_number(database, STATEMENT_CHECKPOINT_ALL, 1, role);
	while ((found = database_step(database, STATEMENT_CHECKPOINT_ALL)) > 0) {
		struct checkpoint row;
		size_t bytes;
		const void *data = database_bytes(database, STATEMENT_CHECKPOINT_ALL, 0, &bytes);

		found = damage_of(checkpoint_decode(data, bytes, &row));
		if (found == 0)
			found = fn(&row, arg);
		if (found < 0)
			break;
	}
	database_reset(database, STATEMENT_CHECKPOINT_ALL);
	return found;
}
