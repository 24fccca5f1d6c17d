/* SPDX-License-Identifier: Apache-2.0 */
/* request_host.c -- see request_host.h. One short function per action; entry_act() is the table
 * of them. */
#include "daemon/request_host.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "daemon/mover.h"
#include "daemon/peer_epochs.h"

static void entry_run(struct request_entry *entry);

/* -- the way out -------------------------------------------------------- */

/* Frees the entry once its request is over and nothing is in flight. The last thing a caller does.
 */
static void entry_settle(struct request_entry *entry)
{
	struct control *control = entry->control;

	if (!entry->ended || entry->holds > 0 || entry->task_runs || entry->running)
		return;
	timers_cancel(control->timers, &entry->timer);
	schedule_remove(control->schedule, &entry->place);
	if (control->observer.gone)
		control->observer.gone(control->observer.arg, entry);
	if (entry->source_fd >= 0)
		ops_close(control->ops, entry->source_fd);
	list_remove(&entry->node);
	slab_give(control->entries, entry);
}

static void entry_event(struct request_entry *entry, const struct request_event *event)
{
	if (entry->ended)
		return;
	request_handle(&entry->request, event, entry->control->now_ns);
	entry_run(entry);
}

/* -- commit ------------------------------------------------------------- */

static uint64_t entry_list_no(const struct journal_request *request)
{
	for (uint32_t i = 0; i < request->commit.count; i++) {
		if (request->commit.changes[i].kind == JOURNAL_PUT_RESEND)
			return request->commit.changes[i].ret_list_no;
	}
	return 0;
}

static void entry_committed(struct journal_request *request)
{
	struct request_entry *entry = request->owner;
	struct request_event event = {
		.kind = REQUEST_COMMITTED,
		.error = request->result,
		.list_no = request->result == 0 ? entry_list_no(request) : 0,
	};

	entry->holds--;
	if (request->result < 0)
		log_line(entry->control->engine->log, LOG_ERROR, "commit-failed",
			 "what=request error=%d reason=\"%s\"", request->result,
			 strerror(-request->result));
	entry_event(entry, &event);
	entry_settle(entry);
}

static void entry_commit(struct request_entry *entry)
{
	struct journal_request *commit = &entry->commit;
	const struct id *id = &entry->request.row.core.transfer;

	request_take_commit(&entry->request, &entry->content);
	entry->row = entry->request.row;
	commit_gate_begin(&entry->control->gate, commit, entry, entry_committed);
	/* The resend row first: the log record in the same commit takes its number. */
	if (entry->content.put_resend)
		(void)journal_put_resend(commit, &entry->content.resend);
	if (entry->content.remove_list_no)
		(void)journal_remove_resend(commit, entry->content.remove_list_no);
	if (entry->content.add_log)
		(void)journal_add_log(commit, &entry->content.log);
	if (entry->content.put_row)
		(void)journal_put_queue(commit, &entry->row);
	if (entry->content.remove_row)
		(void)journal_remove_queue(commit, id);
	if (entry->content.forget_checkpoint) {
		(void)journal_remove_checkpoint(commit, id, CHECKPOINT_SENDER);
		(void)journal_remove_digests(commit, id, CHECKPOINT_SENDER);
	}
	entry->holds++;
	commit_gate_post(&entry->control->gate, commit);
}

/* -- tries -------------------------------------------------------------- */

static void entry_settings(struct request_entry *entry, uint64_t deadline_ns)
{
	const struct engine *engine = entry->control->engine;
	const struct request_core *core = &entry->request.row.core;
	const struct config_retry *retry = &entry->host->retry;
	struct sender_settings *settings = &entry->task.settings;
	uint64_t now_ns = entry->control->now_ns;

	memset(settings, 0, sizeof(*settings));
	settings->transfer_id = core->transfer;
	settings->attempt = max_u32(core->attempts, 1);
	settings->session_epoch = entry->session_epoch + 1;
	(void)text_copy(settings->file_id, sizeof(settings->file_id), core->file_id);
	(void)text_copy(settings->host, sizeof(settings->host), core->host);
	(void)text_copy(settings->name, sizeof(settings->name), core->name);
	(void)text_copy(settings->source_path, sizeof(settings->source_path), core->path);
	(void)text_copy(settings->engine_name, sizeof(settings->engine_name),
			engine->config->engine.name);
	settings->owner_epoch = engine->owner_epoch;
	settings->peer_epoch_seen = peer_epochs_seen(engine, entry->host);
	settings->from_start = core->from_start;
	settings->strict = engine->config->engine.resume_strict;
	settings->lanes_wanted = max_u32(entry->host->lanes, 1);
	settings->chunk_bytes = engine->chunk_bytes;
	settings->resume_check = engine->config->engine.resume_check;
	settings->address_count = entry->host->address_count;
	settings->limit_rate_bps = core->limit_rate_bytes ? core->limit_rate_bytes
							  : entry->host->limit_rate_bytes;
	settings->connect_timeout_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 1;
	settings->dead_after_ns = retry->dead_after_ms * HFT_NS_PER_MS;
	settings->socket_timeout_ns = retry->socket_timeout_s * HFT_NS_PER_S;
}

/* The operator named this path for this file id: whoever may ask at all may have it sent. */
static bool entry_path_is_defined(const struct request_entry *entry)
{
	const struct request_core *core = &entry->request.row.core;
	const struct config_send *definition = config_find_send(entry->control->engine->config,
								core->file_id);

	return definition && strcmp(definition->path, core->path) == 0;
}

static void entry_try(struct request_entry *entry, uint64_t deadline_ns)
{
	struct engine *engine = entry->control->engine;
	struct send_task *task = &entry->task;

	assert(!entry->task_runs);
	memset(task, 0, sizeof(*task));
	entry_settings(entry, deadline_ns);
	task->host = entry->host;
	task->source_fd = entry->stream_touched ? -1 : entry->source_fd;
	task->uid = entry->request.row.core.uid;
	task->gid = entry->request.row.core.gid;
	task->as_user = !entry_path_is_defined(entry);
	task->owner = entry;
	task->mover = mover_index_of(engine, &task->settings.transfer_id);
	task->start.kind = ORDER_SEND;
	task->start.subject = task;
	entry->task_runs = true;
	mover_order(engine->mover[task->mover], &task->start);
}

static void entry_stop_try(struct request_entry *entry, const struct outcome *outcome)
{
	struct send_task *task = &entry->task;

	if (!entry->task_runs || task->cancel_posted || task->ended_came)
		return;
	task->cancel_posted = true;
	task->cancel_outcome = *outcome;
	task->cancel.kind = ORDER_CANCEL;
	task->cancel.subject = task;
	mover_order(entry->control->engine->mover[task->mover], &task->cancel);
}

/* -- the other actions -------------------------------------------------- */

static void entry_want_slot(struct request_entry *entry, bool ahead)
{
	entry->place.ahead = ahead;
	entry->place.priority = entry->request.row.core.priority;
	entry->place.host = (uint32_t)(entry->host - entry->control->engine->config->host);
	entry->place.owner = entry;
	if (schedule_add(entry->control->schedule, &entry->place) < 0)
		log_line(entry->control->engine->log, LOG_ERROR, "queue-full", "host=%s",
			 entry->host->name);
}

static void entry_announce(struct request_entry *entry, const struct request_action *action)
{
	struct request_observer *observer = &entry->control->observer;
	char id[ID_TEXT_BYTES];
	char code[OUTCOME_CODE_BYTES];

	id_print(&entry->request.row.core.transfer, id);
	log_line(entry->control->engine->log, LOG_INFO, request_news_name(action->news),
		 "id=%s attempt=%u host=%s path=\"%s\" code=%s sentence=\"%s\" list_no=%lu", id,
		 entry->request.row.core.attempts, entry->host->name, entry->request.row.core.path,
		 outcome_print(&action->outcome, code), action->outcome.sentence,
		 (unsigned long)entry->request.list_no);
	if (observer->news)
		observer->news(observer->arg, entry, action->news, &action->outcome);
}

/* dispatch */
static void entry_act(struct request_entry *entry, const struct request_action *action)
{
	switch (action->kind) {
	case REQUEST_DO_COMMIT:
		entry_commit(entry);
		break;
	case REQUEST_DO_WANT_SLOT:
		entry_want_slot(entry, action->ahead);
		break;
	case REQUEST_DO_FREE_SLOT:
		schedule_done(entry->control->schedule, &entry->place);
		break;
	case REQUEST_DO_TRY:
		entry_try(entry, action->deadline_ns);
		break;
	case REQUEST_DO_STOP_TRY:
		entry_stop_try(entry, &action->outcome);
		break;
	case REQUEST_DO_ANNOUNCE:
		entry_announce(entry, action);
		break;
	case REQUEST_DO_END:
		entry->ended = true;
		break;
	}
}

static void entry_run(struct request_entry *entry)
{
	struct control *control = entry->control;
	struct request_action action;
	uint64_t deadline_ns = 0;

	if (entry->running)
		return;
	entry->running = true;
	while (!entry->ended && request_next_action(&entry->request, &action))
		entry_act(entry, &action);
	entry->running = false;
	deadline_ns = request_deadline_ns(&entry->request);
	if (entry->ended || deadline_ns == UINT64_MAX)
		timers_cancel(control->timers, &entry->timer);
	else
		timers_set(control->timers, &entry->timer, deadline_ns);
}

static void entry_deadline_fired(struct timer *timer, uint64_t now_ns)
{
	struct request_entry *entry = timer->owner;
	struct request_event event = {.kind = REQUEST_TICK};

	(void)now_ns;
	entry_event(entry, &event);
	entry_settle(entry);
}

/* -- start -------------------------------------------------------------- */

static void entry_rules(const struct control *control, const struct config_host *host,
			struct request_rules *rules)
{
	const struct config_retry *retry = &host->retry;

	*rules = (struct request_rules){
		.retry_interval_ns = retry->retry_interval_s * HFT_NS_PER_S,
		.retry_count = retry->retry_count,
		.auto_resend_count = retry->auto_resend_count,
		.connect_timeout_ns = retry->connect_timeout_s * HFT_NS_PER_S,
		.retry_on_busy = retry->retry_on_busy,
		.early_reconnect = retry->early_reconnect,
		.owner_epoch = control->engine->owner_epoch,
	};
	(void)text_copy(rules->node, sizeof(rules->node), control->engine->config->engine.name);
}

static int entry_start(struct control *control, const struct queue_row *row, int source_fd,
		       enum request_event_kind how, struct request_entry **ret_entry)
{
	const struct config_host *host = config_find_host(control->engine->config, row->core.host);
	struct request_event event = {.kind = how};
	struct request_rules rules;
	struct request_entry *entry = NULL;

	if (!host)
		return -ENOENT;
	entry = slab_take(control->entries);
	if (!entry)
		return -ENOSPC;
	entry->control = control;
	entry->host = host;
	entry->source_fd = source_fd;
	/* An attempt that was begun and not yet journaled is begun again after a crash, under the
	 * same number: the owner epoch makes its sessions newer than those before the crash. */
	entry->session_epoch = (uint32_t)(control->engine->owner_epoch & 0x7fff) << 16;
	entry->place.position = SCHEDULE_IDLE;
	timer_init(&entry->timer, entry, entry_deadline_fired);
	list_push_tail(&control->requests, &entry->node);
	entry_rules(control, host, &rules);
	request_init(&entry->request, row, &rules, control->now_ns, ops_wall_ns(control->ops));
	*ret_entry = entry;
	request_handle(&entry->request, &event, control->now_ns);
	entry_run(entry);
	return 0;
}

int request_host_accept(struct control *control, const struct queue_row *row, int source_fd,
			struct request_entry **ret_entry)
{
	return entry_start(control, row, source_fd, REQUEST_ACCEPT, ret_entry);
}

void request_host_recover(struct control *control, const struct queue_row *row)
{
	struct request_entry *entry = NULL;
	int error = entry_start(control, row, -1, REQUEST_RECOVER, &entry);
	char id[ID_TEXT_BYTES];

	if (error == 0)
		return;
	id_print(&row->core.transfer, id);
	log_line(control->engine->log, LOG_ERROR, "request-not-recovered",
		 "id=%s host=%s reason=\"%s\"", id, row->core.host,
		 error == -ENOENT ? "no such [host] any more; the record stays" : strerror(-error));
}

/* -- what others want --------------------------------------------------- */

struct request_entry *request_host_find(struct control *control, const struct id *transfer_id)
{
	list_for_each(node, &control->requests) {
		struct request_entry *entry = list_entry(node, struct request_entry, node);

		if (id_equal(&entry->request.row.core.transfer, transfer_id))
			return entry;
	}
	return NULL;
}

void request_host_cancel(struct request_entry *entry, const char *by, bool drop)
{
	struct request_event event = {.kind = REQUEST_CANCEL, .drop = drop, .by = by};

	entry_event(entry, &event);
	entry_settle(entry);
}

bool request_host_change(struct request_entry *entry, uint16_t priority, uint64_t limit_rate_bytes)
{
	if (entry->holds > 0 || entry->ended)
		return false;
	request_change(&entry->request, priority, limit_rate_bytes);
	if (priority > 0)
		schedule_change(entry->control->schedule, &entry->place, priority);
	return true;
}

static void entry_try_ended(struct request_entry *entry)
{
	struct engine *engine = entry->control->engine;
	struct outcome ignored;
	struct request_event event = {
		.kind = REQUEST_TRY_ENDED,
		.result = &entry->task.result,
	};

	/* An order of ours may still be on its way to the mover, and it lies in the task. */
	if (!entry->task.ended_came || (entry->task.cancel_posted && !entry->task.cancel_seen))
		return;
	entry->task_runs = false;
	entry->moved_bytes += entry->task.result.bytes_sent;
	entry->stream_touched |= entry->task.stream_touched;
	if (entry->task.result.noticed_ms > 0)
		entry->noticed_ms = entry->task.result.noticed_ms;
	entry->session_epoch = max_u32(entry->session_epoch, entry->task.session_epoch);
	if (entry->task.peer_epoch > 0)
		(void)peer_epochs_check(engine, entry->host, entry->task.peer_epoch, &ignored);
	entry_event(entry, &event);
	entry_settle(entry);
}

static void entry_progress(struct request_entry *entry)
{
	struct request_observer *observer = &entry->control->observer;

	entry->progress = entry->task.progress;
	atomic_store_explicit(&entry->task.progress_posted, false, memory_order_release);
	if (observer->progress)
		observer->progress(observer->arg, entry, &entry->progress);
}

void request_host_report(struct control *control, struct mover_report *report)
{
	struct send_task *task = report->subject;
	struct request_entry *entry = task->owner;
	struct request_event event = {.kind = REQUEST_CONNECTED};

	(void)control;
	switch (report->kind) {
	case REPORT_CONNECTED:
		entry->progress = task->at_connect;
		entry_event(entry, &event);
		break;
	case REPORT_PROGRESS:
		entry_progress(entry);
		break;
	case REPORT_ENDED:
		task->ended_came = true;
		entry_try_ended(entry);
		break;
	case REPORT_CANCEL_TAKEN:
		task->cancel_seen = true;
		entry_try_ended(entry);
		break;
	case REPORT_CHECK:
	case REPORT_SNAPSHOT:
		assert(false); /* not about a request */
		break;
	}
}

void request_host_fill_slots(struct control *control)
{
	struct schedule_entry *place = NULL;

	while ((place = schedule_next(control->schedule)) != NULL) {
		struct request_entry *entry = place->owner;
		struct request_event event = {.kind = REQUEST_SLOT};

		entry_event(entry, &event);
		entry_settle(entry);
	}
}
