/* SPDX-License-Identifier: Apache-2.0 */
/* api_lists.c -- see api_lists.h. A list ends when its page is full or its client is behind; it
 * then asks again from there. */
#include "daemon/api_lists.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

static bool list_is_selected(const struct control_select *select, const struct request_core *core,
			     uint64_t list_no)
{
	bool by_id = select->id_count == 0;

	for (uint32_t i = 0; i < select->id_count && !by_id; i++)
		by_id = id_equal(&select->ids[i], &core->transfer);
	if (!by_id || (select->list_no > 0 && select->list_no != list_no))
		return false;
	if (select->host[0] && strcmp(select->host, core->host) != 0)
		return false;
	return !select->file_id[0] || strcmp(select->file_id, core->file_id) == 0;
}

static void list_fail(struct api_task *task, int error)
{
	(void)text_format(task->sentence, sizeof(task->sentence),
			  "hft: the journal could not be read: %s; see the engine's log",
			  strerror(-error));
	api_end(task, HFT_EXIT_FAILED, task->sentence);
}

/* False when the task is over, its client gone, or the journal failed: nothing is to be done. */
static bool list_came(struct journal_request *request)
{
	struct api_task *task = request->owner;

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return false;
	}
	if (request->result < 0) {
		list_fail(task, request->result);
		return false;
	}
	return true;
}

static void list_post(struct api_task *task, enum journal_request_kind kind,
		      void (*done)(struct journal_request *), uint64_t after)
{
	struct control *control = task->api->engine->control;

	commit_gate_ask(&control->gate, &task->journal, kind, task, done);
	task->journal.list.after = after;
	task->journal.list.limit = API_PAGE_ROWS;
	if (kind == JOURNAL_LIST_QUEUE)
		task->journal.list.rows.queue = task->rows.queue;
	else if (kind == JOURNAL_LIST_RESEND)
		task->journal.list.rows.resend = task->rows.resend;
	else
		task->journal.list.rows.log = task->rows.log;
	task->asking = true;
}

static void list_go(struct api_task *task)
{
	commit_gate_post(&task->api->engine->control->gate, &task->journal);
}

/* -- queue list --------------------------------------------------------- */

/* The journal's row says what survives; the live request what happens now. */
static void list_tell_queue(struct api_task *task, const struct queue_row *row)
{
	const struct request_entry *entry = request_host_find(task->api->engine->control,
							      &row->core.transfer);

	control_event_init(&task->event, CONTROL_QUEUE_ROW);
	task->event.queue_row = entry ? entry->request.row : *row;
	if (entry) {
		task->event.queue_row.state = (uint8_t)entry->request.state;
		task->event.queue_row.core.durable_bytes = entry->progress.bytes_durable;
	}
	api_tell(task);
}

static void list_tell_resend(struct api_task *task, const struct resend_row *row)
{
	control_event_init(&task->event, CONTROL_RESEND_ROW);
	task->event.resend_row = *row;
	task->event.resend_row.taken = request_host_find(task->api->engine->control,
							 &row->core.transfer) != NULL;
	api_tell(task);
}

static void list_queue_came(struct journal_request *request)
{
	struct api_task *task = request->owner;
	bool resend = request->kind == JOURNAL_LIST_RESEND;

	if (!list_came(request))
		return;
	for (uint32_t i = 0; i < request->list.ret_count; i++) {
		if (resend)
			list_tell_resend(task, &task->rows.resend[i]);
		else
			list_tell_queue(task, &task->rows.queue[i]);
	}
	task->runs = false;
	if (task->client)
		control_client_end_page(task->client, request->list.ret_more,
					request->list.ret_after);
}

void api_queue_list(struct api_task *task)
{
	const struct control_list *list = &task->request.list;

	list_post(task,
		  list->which == CONTROL_QUEUE_RESEND ? JOURNAL_LIST_RESEND : JOURNAL_LIST_QUEUE,
		  list_queue_came, list->after);
	list_go(task);
}

/* -- show, remove and change -------------------------------------------- */

static const struct control_select *list_select(const struct api_task *task)
{
	return task->request.kind == CONTROL_QUEUE_CHANGE ? &task->request.change.select
							  : &task->request.select;
}

static void select_over(struct api_task *task)
{
	if (task->count == 0) {
		api_end(task, HFT_EXIT_NOT_FOUND, "hft: nothing in the queue matches");
		return;
	}
	task->runs = false;
	if (task->client)
		control_client_end_count(task->client, HFT_EXIT_DONE, task->count, "");
}

/* -- the Send Queue: what is not over lies in memory */

static bool select_may_touch(struct api_task *task, const struct request_core *core)
{
	const struct control_credentials *who = control_client_credentials(task->client);

	return who->privileged || who->uid == core->uid;
}

static void select_entry(struct api_task *task, struct request_entry *entry)
{
	if (!list_is_selected(list_select(task), &entry->request.row.core, 0))
		return;
	if (task->request.kind == CONTROL_QUEUE_SHOW) {
		list_tell_queue(task, &entry->request.row);
		task->count++;
		return;
	}
	if (!select_may_touch(task, &entry->request.row.core))
		return;
	task->count++;
	request_host_cancel(entry, control_client_credentials(task->client)->name, true);
}

static void select_entries(struct api_task *task)
{
	struct control *control = task->api->engine->control;

	list_for_each_safe(node, following, &control->requests)
		select_entry(task, list_entry(node, struct request_entry, node));
}

/* -- the Resend Queue: page by page */

static void select_resend_came(struct journal_request *request);

static void select_ask_resend(struct api_task *task, uint64_t after)
{
	list_post(task, JOURNAL_LIST_RESEND, select_resend_came, after);
	list_go(task);
}

static void select_removed(struct journal_request *request)
{
	struct api_task *task = request->owner;

	if (list_came(request))
		select_ask_resend(task, task->removed_after);
}

/* Removes up to a commit's worth of the page. Number and checkpoint go together; a record being
 * resent is left alone (D-59). Returns how many rows of the page were looked at. */
static uint32_t select_remove_some(struct api_task *task, uint32_t count)
{
	struct control *control = task->api->engine->control;
	uint32_t i = 0;
	uint32_t removed = 0;

	commit_gate_begin(&control->gate, &task->journal, task, select_removed);
	for (; i < count && task->journal.commit.count + 3 <= HFT_JOURNAL_CHANGES_MAX; i++) {
		const struct resend_row *row = &task->rows.resend[i];

		if (!list_is_selected(list_select(task), &row->core, row->list_no) ||
		    !select_may_touch(task, &row->core) ||
		    request_host_find(control, &row->core.transfer))
			continue;
		(void)journal_remove_resend(&task->journal, row->list_no);
		(void)journal_remove_checkpoint(&task->journal, &row->core.transfer,
						CHECKPOINT_SENDER);
		(void)journal_remove_digests(&task->journal, &row->core.transfer,
					     CHECKPOINT_SENDER);
		removed++;
	}
	task->count += removed;
	return i;
}

static void select_remove_page(struct api_task *task, uint32_t count, bool more, uint64_t after)
{
	uint32_t looked_at = select_remove_some(task, count);

	task->removed_after = looked_at == count ? after : task->rows.resend[looked_at - 1].list_no;
	if (task->journal.commit.count > 0) {
		task->asking = true;
		list_go(task);
	} else if (more || looked_at < count) {
		select_ask_resend(task, task->removed_after);
	} else {
		select_over(task);
	}
}

static void select_resend_came(struct journal_request *request)
{
	struct api_task *task = request->owner;
	uint32_t count = request->list.ret_count;
	bool more = request->list.ret_more;
	uint64_t after = request->list.ret_after;

	if (!list_came(request))
		return;
	if (task->request.kind == CONTROL_QUEUE_REMOVE) {
		select_remove_page(task, count, more, after);
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct resend_row *row = &task->rows.resend[i];

		if (!list_is_selected(list_select(task), &row->core, row->list_no))
			continue;
		list_tell_resend(task, row);
		task->count++;
	}
	if (more)
		select_ask_resend(task, after);
	else
		select_over(task);
}

static void select_run(struct api_task *task)
{
	enum control_queue which = list_select(task)->which;

	if (which != CONTROL_QUEUE_RESEND && list_select(task)->list_no == 0)
		select_entries(task);
	if (which != CONTROL_QUEUE_SEND)
		select_ask_resend(task, 0);
	else
		select_over(task);
}

void api_queue_show(struct api_task *task)
{
	select_run(task);
}

void api_queue_remove(struct api_task *task)
{
	select_run(task);
}

/* -- change: in memory first, so that the request's own next commit has it too, then durable,
 * then told */

static void change_some(struct api_task *task);

static void change_done(struct journal_request *request)
{
	struct api_task *task = request->owner;

	if (list_came(request))
		change_some(task);
}

static void change_entry(struct api_task *task, struct request_entry *entry)
{
	const struct control_change *change = &task->request.change;
	struct queue_row *row = &task->rows.queue[task->journal.commit.count];
	uint64_t rate = change->limit_rate_bytes == CONTROL_RATE_LEAVE
				? entry->request.row.core.limit_rate_bytes
				: change->limit_rate_bytes;

	entry->change_mark = task->api->changes;
	if (!list_is_selected(&change->select, &entry->request.row.core, 0) ||
	    !select_may_touch(task, &entry->request.row.core) ||
	    !request_host_change(entry, change->priority, rate))
		return;
	*row = entry->request.row;
	(void)journal_put_queue(&task->journal, row);
	task->count++;
}

static_assert(API_PAGE_ROWS >= HFT_JOURNAL_CHANGES_MAX, "a commit's rows have no room");

static void change_some(struct api_task *task)
{
	struct control *control = task->api->engine->control;

	commit_gate_begin(&control->gate, &task->journal, task, change_done);
	list_for_each(node, &control->requests) {
		struct request_entry *entry = list_entry(node, struct request_entry, node);

		if (task->journal.commit.count == HFT_JOURNAL_CHANGES_MAX)
			break;
		if (entry->change_mark != task->api->changes)
			change_entry(task, entry);
	}
	if (task->journal.commit.count == 0) {
		select_over(task);
		return;
	}
	task->asking = true;
	list_go(task);
}

void api_queue_change(struct api_task *task)
{
	task->api->changes++;
	change_some(task);
}

/* -- logs --------------------------------------------------------------- */

static void log_ask(struct api_task *task, uint64_t after);

static void log_look_again(struct timer *timer, uint64_t now_ns)
{
	struct api_task *task = timer->owner;

	(void)now_ns;
	log_ask(task, task->request.log.after);
}

static void log_came(struct journal_request *request)
{
	struct api_task *task = request->owner;
	struct control *control = task->api->engine->control;
	bool more = request->list.ret_more;

	if (!list_came(request))
		return;
	for (uint32_t i = 0; i < request->list.ret_count; i++) {
		control_event_init(&task->event, CONTROL_LOG_ROW);
		task->event.log_row = task->rows.log[i];
		api_tell(task);
	}
	if (request->list.ret_after > task->request.log.after)
		task->request.log.after = request->list.ret_after;
	if (!task->request.log.follow) {
		task->runs = false;
		if (task->client)
			control_client_end_page(task->client, more, request->list.ret_after);
		return;
	}
	task->timer.fire = log_look_again;
	timers_set(control->timers, &task->timer, control->now_ns + (more ? 0 : HFT_LOG_FOLLOW_NS));
}

static void log_ask(struct api_task *task, uint64_t after)
{
	const struct control_log *log = &task->request.log;

	list_post(task, JOURNAL_LIST_LOG, log_came, after);
	task->journal.list.log_kind = (uint8_t)log->kind;
	task->journal.list.by_status = log->by_status;
	task->journal.list.status = log->status;
	task->journal.list.since_wall_ns = log->since_wall_ns;
	task->journal.list.host = log->host[0] ? log->host : NULL;
	task->journal.list.file_id = log->file_id[0] ? log->file_id : NULL;
	list_go(task);
}

void api_log(struct api_task *task)
{
	log_ask(task, task->request.log.after);
}
