/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c -- numbers, filters and retention, the same for both journals. */

#include "journal/changes.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "record/codec.h"

#define NS_PER_DAY (UINT64_C(86400) * 1000000000)

static int change_check(const struct journal_change *change, const struct journal_numbers *numbers)
{
	uint8_t buffer[HFT_ROW_BYTES_MAX];
	size_t bytes;

	switch (change->kind) {
	case JOURNAL_PUT_RESEND:
		if (change->resend->list_no > numbers->list_no)
			return -EINVAL;
		return change_encode(change, 0, buffer, sizeof(buffer), &bytes);
	case JOURNAL_PUT_QUEUE:
	case JOURNAL_PUT_CHECKPOINT:
	case JOURNAL_ADD_LOG:
	case JOURNAL_PUT_COMPLETED:
		return change_encode(change, 0, buffer, sizeof(buffer), &bytes);
	default:
		return 0;
	}
}

int commit_check(const struct journal_commit *commit, const struct journal_numbers *numbers)
{
	assert(commit);
	assert(numbers);

	for (uint32_t index = 0; index < commit->count; index++) {
		int error = change_check(&commit->changes[index], numbers);

		if (error < 0)
			return error;
	}
	return 0;
}

void change_number(struct journal_change *change, struct journal_numbers *numbers,
		   uint64_t *list_no)
{
	assert(change);
	assert(numbers);
	assert(list_no);

	switch (change->kind) {
	case JOURNAL_PUT_RESEND:
		change->ret_list_no = change->resend->list_no;
		if (change->ret_list_no == 0) {
			change->ret_list_no = ++numbers->list_no;
			*list_no = change->ret_list_no;
		}
		break;
	case JOURNAL_ADD_LOG:
		change->ret_sequence = ++numbers->sequence;
		numbers->prune_due++;
		break;
	case JOURNAL_PUT_COMPLETED:
		numbers->completed++;
		numbers->completed_wall_ns = change->completed->completed_wall_ns;
		numbers->prune_due++;
		break;
	default:
		break;
	}
}

static int log_encode(const struct journal_change *change, uint64_t list_no, void *buffer,
		      size_t capacity, size_t *ret_bytes)
{
	struct log_row row = *change->log;

	row.sequence = change->ret_sequence;
	if (row.kind == LOG_SEND && row.list_no == 0)
		row.list_no = list_no;
	return log_row_encode(&row, buffer, capacity, ret_bytes);
}

static int resend_encode(const struct journal_change *change, void *buffer, size_t capacity,
			 size_t *ret_bytes)
{
	struct resend_row row = *change->resend;

	row.list_no = change->ret_list_no;
	return resend_row_encode(&row, buffer, capacity, ret_bytes);
}

int change_encode(const struct journal_change *change, uint64_t list_no, void *buffer,
		  size_t capacity, size_t *ret_bytes)
{
	assert(change);

	switch (change->kind) {
	case JOURNAL_PUT_QUEUE:
		return queue_row_encode(change->queue, buffer, capacity, ret_bytes);
	case JOURNAL_PUT_RESEND:
		return resend_encode(change, buffer, capacity, ret_bytes);
	case JOURNAL_PUT_CHECKPOINT:
		return checkpoint_encode(change->checkpoint, buffer, capacity, ret_bytes);
	case JOURNAL_ADD_LOG:
		return log_encode(change, list_no, buffer, capacity, ret_bytes);
	default:
		assert(change->kind == JOURNAL_PUT_COMPLETED);
		return completed_row_encode(change->completed, buffer, capacity, ret_bytes);
	}
}

static bool wants_text(const char *wanted, const char *found)
{
	return !wanted || strcmp(wanted, found) == 0;
}

static bool wants_log(const struct journal_list *list, const struct log_row *row)
{
	if (list->log_kind != 0 && row->kind != list->log_kind)
		return false;
	if (list->by_status && row->outcome.status != list->status)
		return false;
	return row->ended_wall_ns >= list->since_wall_ns && wants_text(list->host, row->host) &&
	       wants_text(list->file_id, row->file_id);
}

static int take_queue(struct journal_list *list, const void *data, size_t bytes)
{
	struct queue_row *row = &list->rows.queue[list->ret_count];
	int error = queue_row_decode(data, bytes, row);

	if (error == 0 && wants_text(list->host, row->core.host) &&
	    wants_text(list->file_id, row->core.file_id))
		list->ret_count++;
	return error;
}

static int take_resend(struct journal_list *list, const void *data, size_t bytes)
{
	struct resend_row *row = &list->rows.resend[list->ret_count];
	int error = resend_row_decode(data, bytes, row);

	if (error == 0 && wants_text(list->host, row->core.host) &&
	    wants_text(list->file_id, row->core.file_id))
		list->ret_count++;
	return error;
}

static int take_log(struct journal_list *list, const void *data, size_t bytes)
{
	struct log_row *row = &list->rows.log[list->ret_count];
	int error = log_row_decode(data, bytes, row);

	if (error == 0 && wants_log(list, row))
		list->ret_count++;
	return error;
}

int list_take(struct journal_list *list, enum journal_request_kind kind, const void *data,
	      size_t bytes)
{
	int error;

	assert(list);
	assert(!list_is_full(list));

	switch (kind) {
	case JOURNAL_LIST_QUEUE:
		error = take_queue(list, data, bytes);
		break;
	case JOURNAL_LIST_RESEND:
		error = take_resend(list, data, bytes);
		break;
	default:
		assert(kind == JOURNAL_LIST_LOG);
		error = take_log(list, data, bytes);
		break;
	}
	return error < 0 ? -EUCLEAN : 0;
}

bool list_is_full(const struct journal_list *list)
{
	assert(list);
	return list->ret_count >= list->limit;
}

uint64_t prune_log_through(const struct journal_numbers *numbers,
			   const struct journal_settings *settings)
{
	if (numbers->sequence <= settings->log_rows_max)
		return 0;
	return numbers->sequence - settings->log_rows_max;
}

uint64_t prune_completed_through(const struct journal_numbers *numbers,
				 const struct journal_settings *settings)
{
	if (numbers->completed <= settings->completed_rows_max)
		return 0;
	return numbers->completed - settings->completed_rows_max;
}

uint64_t prune_completed_before_ns(const struct journal_numbers *numbers,
				   const struct journal_settings *settings)
{
	uint64_t keep_ns = settings->complete_keep_days * NS_PER_DAY;

	return numbers->completed_wall_ns > keep_ns ? numbers->completed_wall_ns - keep_ns : 0;
}
