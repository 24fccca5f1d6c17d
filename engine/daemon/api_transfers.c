/* SPDX-License-Identifier: Apache-2.0 */
/* api_transfers.c -- see api_transfers.h. */
#include "daemon/api_transfers.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "host/fd.h"

/* -- who is told what --------------------------------------------------- */

static bool task_watches(const struct api_task *task, const struct id *id)
{
	if (!task->runs || !task->client)
		return false;
	if (task->watches_all)
		return true;
	for (uint32_t i = 0; i < task->watched_count; i++) {
		if (id_equal(&task->watched[i], id))
			return true;
	}
	return false;
}

static void task_watch(struct api_task *task, const struct id *id)
{
	if (task->watched_count == HFT_CONTROL_IDS_MAX)
		return;
	task->watched[task->watched_count++] = *id;
	task->open_count++;
}

/* It was never accepted. */
static void task_unwatch(struct api_task *task, const struct id *id)
{
	if (task->watched_count == 0 || !id_equal(&task->watched[task->watched_count - 1], id))
		return;
	task->watched_count--;
	task->open_count--;
}

static uint64_t entry_known(uint64_t number)
{
	return number == UINT64_MAX ? CONTROL_UNKNOWN : number;
}

/* What every event about a request says. */
static void news_fill(struct control_news *news, const struct request_entry *entry)
{
	const struct request_core *core = &entry->request.row.core;
	const struct attempt_result *last = &entry->request.last;

	news->id = core->transfer;
	news->time_wall_ns = ops_wall_ns(entry->control->ops);
	news->attempt = core->attempts;
	news->reason = (uint8_t)entry->progress.reason;
	(void)text_copy(news->file_id, sizeof(news->file_id), core->file_id);
	(void)text_copy(news->host, sizeof(news->host), core->host);
	(void)text_copy(news->path, sizeof(news->path), core->path);
	(void)text_copy(news->name, sizeof(news->name),
			last->final_name[0] ? last->final_name : core->name);
	(void)text_copy(news->address, sizeof(news->address), last->address);
}

static void news_fill_plan(struct control_news *news, const struct request_entry *entry)
{
	const struct request_plan *plan = &entry->request.plan;
	uint64_t now_ns = entry->control->now_ns;
	uint64_t wall_ns = ops_wall_ns(entry->control->ops);
	uint64_t next_ns = request_deadline_ns(&entry->request);

	news->cycle = plan->cycle;
	news->cycles = plan->cycles;
	news->next_try = plan->next_try;
	news->tries = plan->tries;
	if (next_ns != UINT64_MAX)
		news->next_wall_ns = wall_ns + (next_ns > now_ns ? next_ns - now_ns : 0);
	news->until_wall_ns = wall_ns +
			      (plan->last_try_ns > now_ns ? plan->last_try_ns - now_ns : 0);
}

/* Payload moved more than once, over all attempts since the request was accepted here. */
static uint64_t news_resent(const struct request_entry *entry)
{
	const struct attempt_result *last = &entry->request.last;

	if (!outcome_is_done(&last->outcome))
		return last->bytes_resent; /* what is not durable yet may still be used */
	return entry->moved_bytes > last->bytes_durable ? entry->moved_bytes - last->bytes_durable
							: last->bytes_resent;
}

static void news_fill_end(struct control_news *news, const struct request_entry *entry,
			  const struct outcome *outcome)
{
	const struct attempt_result *last = &entry->request.last;
	uint64_t accepted_ns = entry->request.row.core.accepted_wall_ns;

	news->has_outcome = true;
	news->outcome = *outcome;
	news->bytes = last->bytes_durable;
	news->bytes_total = entry_known(last->bytes_total);
	news->bytes_sent = last->bytes_sent;
	news->bytes_skipped = last->bytes_skipped;
	news->bytes_resent = news_resent(entry);
	news->noticed_ms = (uint32_t)entry->noticed_ms;
	news->reason = (uint8_t)last->reason;
	news->list_no = entry->request.list_no;
	news->duration_ms = news->time_wall_ns > accepted_ns
				    ? (news->time_wall_ns - accepted_ns) / HFT_NS_PER_MS
				    : 0;
	news->has_digest = outcome_is_done(outcome);
	news->digest = last->digest;
	if (news->duration_ms > 0)
		news->rate_bytes = last->bytes_durable * 1000 / news->duration_ms;
}

static enum control_event_kind news_kind(enum request_news news)
{
	static const enum control_event_kind kinds[] = {
		[NEWS_QUEUED] = CONTROL_QUEUED,	      [NEWS_STARTED] = CONTROL_STARTED,
		[NEWS_WAITING] = CONTROL_WAITING,     [NEWS_RESUMED] = CONTROL_RESUMED,
		[NEWS_COMPLETED] = CONTROL_COMPLETED, [NEWS_FAILED] = CONTROL_FAILED,
	};

	return kinds[news];
}

static void news_make(struct control_event *event, const struct request_entry *entry,
		      enum request_news news, const struct outcome *outcome)
{
	control_event_init(event, news_kind(news));
	news_fill(&event->news, entry);
	switch (news) {
	case NEWS_QUEUED:
		event->news.priority = entry->request.row.core.priority;
		event->news.resend_of = entry->request.row.core.resend_of;
		break;
	case NEWS_STARTED:
	case NEWS_RESUMED:
		event->news.bytes = entry->progress.bytes_durable;
		event->news.bytes_total = entry_known(entry->progress.bytes_total);
		break;
	case NEWS_WAITING:
		event->news.outcome = *outcome;
		event->news.has_outcome = true;
		event->news.noticed_ms = (uint32_t)entry->noticed_ms;
		news_fill_plan(&event->news, entry);
		break;
	case NEWS_COMPLETED:
	case NEWS_FAILED:
		news_fill_end(&event->news, entry, outcome);
		break;
	}
}

/* One transfer of the task is over: the task is, when it was the last. */
static void task_one_over(struct api_task *task, const struct outcome *outcome)
{
	char code[OUTCOME_CODE_BYTES];

	if (task->watches_all)
		return;
	if (!outcome_is_done(outcome) && task->exit_code == HFT_EXIT_DONE) {
		task->exit_code = outcome_exit_code(outcome);
		if (text_format(task->sentence, sizeof(task->sentence), "hft: %s %s",
				outcome->sentence, outcome_print(outcome, code)) < 0)
			(void)text_copy(task->sentence, sizeof(task->sentence), outcome->sentence);
	}
	if (task->open_count > 0)
		task->open_count--;
	if (task->open_count == 0)
		api_end(task, task->exit_code, task->sentence);
}

static bool task_is_detached(const struct api_task *task)
{
	return (task->request.kind == CONTROL_SEND && task->request.send.detach) ||
	       (task->request.kind == CONTROL_RESEND && task->request.resend.detach);
}

static void task_news(struct api_task *task, const struct request_entry *entry,
		      enum request_news news, const struct outcome *outcome)
{
	bool failed = news == NEWS_FAILED;

	if (!task_watches(task, &entry->request.row.core.transfer))
		return;
	news_make(&task->event, entry, news, outcome);
	api_tell(task);
	if (news == NEWS_COMPLETED || failed)
		task_one_over(task, outcome);
	else if (news == NEWS_QUEUED && task_is_detached(task))
		task_one_over(task, &(struct outcome){0});
}

void api_news(void *arg, struct request_entry *entry, enum request_news news,
	      const struct outcome *outcome)
{
	struct control_api *api = arg;

	list_for_each_safe(node, following, &api->tasks)
		task_news(list_entry(node, struct api_task, node), entry, news, outcome);
}

static void progress_make(struct control_event *event, const struct request_entry *entry,
			  const struct transfer_progress *progress)
{
	control_event_init(event, CONTROL_PROGRESS);
	news_fill(&event->news, entry);
	event->news.bytes = progress->bytes_durable;
	event->news.bytes_total = entry_known(progress->bytes_total);
	event->news.bytes_sent = progress->bytes_moved;
	event->news.bytes_skipped = progress->bytes_skipped;
	event->news.bytes_resent = progress->bytes_resent;
	event->news.noticed_ms = (uint32_t)progress->noticed_ms;
}

void api_progress(void *arg, struct request_entry *entry, const struct transfer_progress *progress)
{
	struct control_api *api = arg;

	list_for_each(node, &api->tasks) {
		struct api_task *task = list_entry(node, struct api_task, node);

		if (!task_watches(task, &entry->request.row.core.transfer))
			continue;
		progress_make(&task->event, entry, progress);
		api_tell(task);
	}
}

/* -- waiting ------------------------------------------------------------ */

/* `--wait` is over. 8 while nothing is decided and the request only waits, else 5. */
static void task_wait_over(struct timer *timer, uint64_t now_ns)
{
	struct api_task *task = timer->owner;
	struct control *control = task->api->engine->control;
	int exit_code = HFT_EXIT_TIMEOUT;

	(void)now_ns;
	for (uint32_t i = 0; i < task->watched_count; i++) {
		const struct request_entry *entry = request_host_find(control, &task->watched[i]);

		if (entry && entry->request.state == QUEUE_AUTO_WAIT)
			exit_code = HFT_EXIT_WAITING;
	}
	api_end(task, exit_code,
		exit_code == HFT_EXIT_WAITING
			? "hft: waiting is over; it goes on when its host is back"
			: "hft: waiting is over; the engine goes on");
}

static void task_wait(struct api_task *task, uint32_t wait_s)
{
	struct control *control = task->api->engine->control;

	if (wait_s == 0 || !task->runs)
		return;
	task->timer.fire = task_wait_over;
	timers_set(control->timers, &task->timer, control->now_ns + wait_s * HFT_NS_PER_S);
}

/* -- send --------------------------------------------------------------- */

static void send_row_from_definition(struct queue_row *row, const struct config_send *definition)
{
	(void)text_copy(row->core.file_id, sizeof(row->core.file_id), definition->file_id);
	if (!row->core.path[0])
		(void)text_copy(row->core.path, sizeof(row->core.path), definition->path);
	if (row->core.priority == 0)
		row->core.priority = (uint16_t)definition->priority;
}

static void send_row(struct api_task *task, struct queue_row *row)
{
	struct engine *engine = task->api->engine;
	const struct control_send *send = &task->request.send;
	const struct control_credentials *who = control_client_credentials(task->client);
	const struct config_send *definition = config_find_send(engine->config, send->file_id);

	memset(row, 0, sizeof(*row));
	row->kind = QUEUE_SEND;
	row->state = QUEUE_QUEUED;
	row->core.type = TRANSFER_BINARY;
	row->core.from_start = send->from_start;
	row->core.detach = send->detach;
	row->core.priority = send->priority;
	row->core.uid = who->uid;
	row->core.gid = who->gid;
	row->core.limit_rate_bytes = send->limit_rate_bytes;
	row->core.accepted_wall_ns = ops_wall_ns(engine->control->ops);
	(void)text_copy(row->core.path, sizeof(row->core.path), send->path);
	(void)text_copy(row->core.name, sizeof(row->core.name), send->name);
	(void)text_copy(row->core.requester, sizeof(row->core.requester), who->name);
	if (definition)
		send_row_from_definition(row, definition);
	if (row->core.priority == 0)
		row->core.priority = HFT_PRIORITY_DEFAULT;
}

static int send_one(struct api_task *task, struct queue_row *row, const char *host, int source_fd)
{
	struct engine *engine = task->api->engine;
	struct request_entry *entry = NULL;
	int error = 0;

	(void)text_copy(row->core.host, sizeof(row->core.host), host);
	engine->random(engine->random_arg, &row->core.transfer, sizeof(row->core.transfer));
	task_watch(task, &row->core.transfer);
	error = request_host_accept(engine->control, row, source_fd, &entry);
	if (error == 0)
		return 0;
	if (source_fd >= 0)
		ops_close(engine->control->ops, source_fd);
	task_unwatch(task, &row->core.transfer);
	(void)text_format(task->sentence, sizeof(task->sentence), "hft: %s: %s", host,
			  error == -ENOENT ? "no such [host] here; see `hft host list`"
					   : "the Send Queue is full; see `hft queue list`");
	task->exit_code = error == -ENOENT ? HFT_EXIT_NOT_FOUND : HFT_EXIT_FAILED;
	return error;
}

/* One record per host of the definition, each with its own fate. */
static void send_by_definition(struct api_task *task, struct queue_row *row,
			       const struct config_send *definition, int source_fd)
{
	const struct config *config = task->api->engine->config;

	for (uint32_t i = 0; i < definition->host_count; i++) {
		int fd = i == 0 ? source_fd : -1;

		if (send_one(task, row, config->host[definition->host[i]].name, fd) < 0)
			break;
	}
	if (definition->host_count == 0) {
		fd_close(&source_fd);
		task->exit_code = HFT_EXIT_USAGE;
		(void)text_format(task->sentence, sizeof(task->sentence),
				  "hft: [send %s] names no hosts: say --host", definition->file_id);
	}
}

void api_send(struct api_task *task, int source_fd)
{
	const struct control_send *send = &task->request.send;
	const struct config_send *definition = config_find_send(task->api->engine->config,
								send->file_id);
	struct queue_row row;

	if (send->file_id[0] && !definition) {
		fd_close(&source_fd);
		(void)text_format(task->sentence, sizeof(task->sentence),
				  "hft: %s: no [send %s] in the configuration", send->file_id,
				  send->file_id);
		api_end(task, HFT_EXIT_NOT_FOUND, task->sentence);
		return;
	}
	if (source_fd < 0 && (!definition || send->path[0])) {
		/* A path in words would be opened with our rights, not with the caller's. */
		api_end(task, HFT_EXIT_USAGE, "hft: a named source must come opened");
		return;
	}
	if (send->group[0] || send->lanes > 0) {
		fd_close(&source_fd);
		api_end(task, HFT_EXIT_USAGE,
			"hft: groups, and lanes for one send, are not implemented in this "
			"version; see `lanes` in the [host] section");
		return;
	}
	send_row(task, &row);
	if (send->host[0])
		(void)send_one(task, &row, send->host, source_fd);
	else if (definition)
		send_by_definition(task, &row, definition, source_fd);
	else
		fd_close(&source_fd);
	if (task->runs && task->open_count == 0)
		api_end(task, task->exit_code, task->sentence);
	else
		task_wait(task, send->wait_s);
}

/* -- resend ------------------------------------------------------------- */

/* A record is taken while a request that came from it is not over (D-59). */
static bool resend_is_taken(struct control *control, const struct resend_row *row)
{
	return request_host_find(control, &row->core.transfer) != NULL;
}

static void resend_one(struct api_task *task, const struct resend_row *from)
{
	struct control *control = task->api->engine->control;
	struct request_entry *entry = NULL;
	struct queue_row row = {.core = from->core, .kind = QUEUE_RESEND, .state = QUEUE_QUEUED};

	if (resend_is_taken(control, from))
		return;
	row.core.resend_of = from->list_no;
	row.core.from_start = task->request.resend.from_start;
	row.core.detach = true; /* its first connect follows the grid (D-22) */
	task_watch(task, &row.core.transfer);
	if (request_host_accept(control, &row, -1, &entry) < 0) {
		task_unwatch(task, &row.core.transfer);
		task->exit_code = HFT_EXIT_FAILED;
		(void)text_format(task->sentence, sizeof(task->sentence),
				  "hft: record %lu: its host %s is not configured any more, or the "
				  "Send Queue is full",
				  (unsigned long)from->list_no, from->core.host);
		return;
	}
	task->count++;
}

static void resend_over(struct api_task *task)
{
	if (task->count == 0 && task->exit_code == HFT_EXIT_DONE) {
		api_end(task, HFT_EXIT_NOT_FOUND,
			"hft: nothing in the Resend Queue matches, or it is being resent already");
		return;
	}
	if (task->runs && task->open_count == 0)
		api_end(task, task->exit_code, task->sentence);
	else
		task_wait(task, task->request.resend.wait_s);
}

static void resend_ask(struct api_task *task, uint64_t after);

static void resend_listed(struct journal_request *request)
{
	struct api_task *task = request->owner;

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return;
	}
	for (uint32_t i = 0; request->result == 0 && i < request->list.ret_count; i++) {
		const struct resend_row *row = &task->rows.resend[i];
		uint64_t wanted = task->request.resend.list_no;

		if (wanted == 0 || wanted == row->list_no)
			resend_one(task, row);
	}
	if (request->result == 0 && request->list.ret_more && task->request.resend.list_no == 0)
		resend_ask(task, request->list.ret_after);
	else
		resend_over(task);
}

static void resend_ask(struct api_task *task, uint64_t after)
{
	struct control *control = task->api->engine->control;
	const struct control_resend *resend = &task->request.resend;

	commit_gate_ask(&control->gate, &task->journal, JOURNAL_LIST_RESEND, task, resend_listed);
	/* With a number the page begins right before it. */
	task->journal.list.after = resend->list_no > 0 ? resend->list_no - 1 : after;
	task->journal.list.limit = resend->list_no > 0 ? 1 : API_PAGE_ROWS;
	task->journal.list.host = resend->host[0] ? resend->host : NULL;
	task->journal.list.file_id = resend->file_id[0] ? resend->file_id : NULL;
	task->journal.list.rows.resend = task->rows.resend;
	task->asking = true;
	commit_gate_post(&control->gate, &task->journal);
}

void api_resend(struct api_task *task)
{
	resend_ask(task, 0);
}

/* -- watch and cancel --------------------------------------------------- */

static enum request_news watch_present(const struct request_entry *entry)
{
	switch (entry->request.state) {
	case QUEUE_AUTO_WAIT:
		return NEWS_WAITING;
	case QUEUE_SENDING:
		return NEWS_STARTED;
	default:
		return NEWS_QUEUED;
	}
}

static void watch_tell_present(struct api_task *task, struct request_entry *entry)
{
	news_make(&task->event, entry, watch_present(entry), &entry->request.row.last);
	api_tell(task);
}

static void watch_logged(struct journal_request *request)
{
	struct api_task *task = request->owner;
	const struct log_row *row = &task->rows.log[0];

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return;
	}
	for (uint32_t i = 0; request->result == 0 && i < request->list.ret_count; i++, row++) {
		if (!id_equal(&row->transfer, &task->request.watch.id))
			continue;
		control_event_init(&task->event, CONTROL_LOG_ROW);
		task->event.log_row = *row;
		api_tell(task);
		api_end(task, outcome_exit_code(&row->outcome), "");
		return;
	}
	api_end(task, HFT_EXIT_NOT_FOUND, "hft: no such transfer; see `hft log send`");
}

/* It is not under way: perhaps it has just ended. */
static void watch_look_back(struct api_task *task)
{
	struct control *control = task->api->engine->control;

	commit_gate_ask(&control->gate, &task->journal, JOURNAL_LIST_LOG, task, watch_logged);
	task->journal.list.limit = API_PAGE_ROWS;
	task->journal.list.newest_first = true;
	task->journal.list.log_kind = LOG_SEND;
	task->journal.list.rows.log = task->rows.log;
	task->asking = true;
	commit_gate_post(&control->gate, &task->journal);
}

void api_watch(struct api_task *task)
{
	struct control *control = task->api->engine->control;
	struct request_entry *entry = NULL;

	task->watches_all = id_is_zero(&task->request.watch.id);
	if (task->watches_all) {
		list_for_each(node, &control->requests)
			watch_tell_present(task, list_entry(node, struct request_entry, node));
		return;
	}
	entry = request_host_find(control, &task->request.watch.id);
	if (!entry) {
		watch_look_back(task);
		return;
	}
	task_watch(task, &task->request.watch.id);
	watch_tell_present(task, entry);
}

void api_cancel(struct api_task *task)
{
	struct control *control = task->api->engine->control;
	const struct control_credentials *who = control_client_credentials(task->client);
	struct request_entry *entry = request_host_find(control, &task->request.cancel.id);

	if (!entry) {
		api_end(task, HFT_EXIT_NOT_FOUND, "hft: no such transfer is queued or running");
		return;
	}
	if (!who->privileged && who->uid != entry->request.row.core.uid) {
		api_end(task, HFT_EXIT_REFUSED,

			"hft: only root and who asked for a transfer may cancel it");
		return;
	}
	request_host_cancel(entry, who->name, task->request.cancel.drop);
	api_end(task, HFT_EXIT_DONE, "");
}
