/* SPDX-License-Identifier: Apache-2.0 */
/* api_engine.c -- see api_engine.h. */
#include "daemon/api_engine.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <hft/version.h>

#include "base/text.h"

/* -- status ------------------------------------------------------------- */

static void status_tell_session(struct api_task *task, const struct session_line *line)
{
	struct control_news *news = &task->event.news;

	control_event_init(&task->event, CONTROL_PROGRESS);
	news->id = line->transfer;
	news->time_wall_ns = ops_wall_ns(task->api->engine->control->ops);
	news->attempt = line->attempt;
	news->receiving = !line->sending;
	news->bytes = line->progress.bytes_durable;
	news->bytes_total = line->progress.bytes_total == UINT64_MAX ? CONTROL_UNKNOWN
								     : line->progress.bytes_total;
	news->bytes_sent = line->progress.bytes_moved;
	news->bytes_skipped = line->progress.bytes_skipped;
	news->bytes_resent = line->progress.bytes_resent;
	news->reason = (uint8_t)line->progress.reason;
	(void)text_copy(news->host, sizeof(news->host), line->host);
	(void)text_copy(news->name, sizeof(news->name), line->name);
	api_tell(task);
}

static const char *status_service(const struct engine *engine, uint32_t service)
{
	return engine->config->engine.services & service ? "ready" : "off";
}

static_assert(FEATURE_COUNT <= HFT_CONTROL_CAPABILITIES_MAX, "a capability has no room");

static void status_fill_capabilities(const struct features *features, struct control_status *status)
{
	for (uint32_t i = 0; i < FEATURE_COUNT; i++) {
		const struct feature *feature = &features->list[i];
		struct control_capability *capability = &status->capabilities[i];

		capability->available = feature->available;
		(void)text_copy(capability->name, sizeof(capability->name), feature->name);
		(void)text_copy(capability->reason, sizeof(capability->reason), feature->reason);
		(void)text_copy(capability->remedy, sizeof(capability->remedy), feature->remedy);
		status->capability_count = i + 1;
	}
}

static void status_fill(struct api_task *task, struct control_status *status)
{
	const struct engine *engine = task->api->engine;

	status->engine.pid = (uint32_t)getpid();
	status->engine.movers = engine->mover_count;
	status->engine.started_wall_ns = task->api->started_wall_ns;
	status->engine.owner_epoch = engine->owner_epoch;
	(void)text_copy(status->engine.name, sizeof(status->engine.name),
			engine->config->engine.name);
	(void)text_copy(status->engine.version, sizeof(status->engine.version), HFT_VERSION);
	(void)text_copy(status->engine.io, sizeof(status->engine.io),
			ops_backend_name(engine->control->ops));
	(void)text_copy(status->engine.demotion, sizeof(status->engine.demotion),
			task->api->io_demotion);
	(void)text_copy(status->services.send, sizeof(status->services.send),
			status_service(engine, SERVICE_SEND));
	(void)text_copy(status->services.receive, sizeof(status->services.receive),
			status_service(engine, SERVICE_RECEIVE));
	(void)text_copy(status->services.observe, sizeof(status->services.observe), "off");
	status_fill_capabilities(&task->api->features, status);
	status->ports.receive = engine->listener_count > 0 ? engine->receive_port : 0;
}

static void status_count(struct api_task *task, struct control_status *status)
{
	struct control *control = task->api->engine->control;

	for (uint32_t i = 0; i < task->snapshot.line_count; i++) {
		if (task->snapshot.line[i].sending)
			status->sessions.sending++;
		else
			status->sessions.receiving++;
	}
	list_for_each(node, &control->requests) {
		const struct request_entry *entry = list_entry(node, struct request_entry, node);

		status->queues.send++;
		if (entry->request.state == QUEUE_AUTO_WAIT)
			status->sessions.waiting++;
	}
}

static void status_counted(struct journal_request *request)
{
	struct api_task *task = request->owner;

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return;
	}
	control_event_init(&task->event, CONTROL_STATUS_NOW);
	status_fill(task, &task->event.status);
	status_count(task, &task->event.status);
	/* A page says how many there are at least: counting more would not be bounded. */
	task->event.status.queues.resend = request->result == 0 ? request->list.ret_count : 0;
	api_tell(task);
	for (uint32_t i = 0; i < task->snapshot.line_count; i++)
		status_tell_session(task, &task->snapshot.line[i]);
	api_end(task, HFT_EXIT_DONE, "");
}

static void status_snapped(struct engine_snapshot *snapshot)
{
	struct api_task *task = snapshot->owner;
	struct control *control = task->api->engine->control;

	commit_gate_ask(&control->gate, &task->journal, JOURNAL_LIST_RESEND, task, status_counted);
	task->journal.list.limit = API_PAGE_ROWS;
	task->journal.list.rows.resend = task->rows.resend;
	commit_gate_post(&control->gate, &task->journal);
}

void api_status(struct api_task *task)
{
	task->asking = true;
	snapshot_take(task->api->engine, &task->snapshot, task, status_snapped);
}

/* -- hosts -------------------------------------------------------------- */

static void host_fill(struct control_host *host, const struct config_host *configured)
{
	size_t used = 0;

	(void)text_copy(host->name, sizeof(host->name), configured->name);
	for (uint32_t i = 0; i < configured->address_count; i++) {
		if (text_format(host->addresses + used, sizeof(host->addresses) - used, "%s%s",
				i > 0 ? ", " : "", configured->address[i]) < 0)
			break;
		used = strlen(host->addresses);
	}
	host->receive_port = configured->receive_port;
	host->plain = configured->plain;
	host->fingerprints = configured->fingerprint_count;
}

static void host_count(struct control_host *host, const struct engine_snapshot *snapshot)
{
	for (uint32_t i = 0; i < snapshot->line_count; i++) {
		if (strcmp(snapshot->line[i].host, host->name) != 0)
			continue;
		if (snapshot->line[i].sending)
			host->sending++;
		else
			host->receiving++;
	}
}

static void hosts_snapped(struct engine_snapshot *snapshot)
{
	struct api_task *task = snapshot->owner;
	const struct config *config = task->api->engine->config;

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return;
	}
	for (uint32_t i = 0; i < config->host_count; i++) {
		control_event_init(&task->event, CONTROL_HOST);
		host_fill(&task->event.host, &config->host[i]);
		host_count(&task->event.host, snapshot);
		api_tell(task);
	}
	api_end(task, HFT_EXIT_DONE, "");
}

void api_host_list(struct api_task *task)
{
	task->asking = true;
	snapshot_take(task->api->engine, &task->snapshot, task, hosts_snapped);
}

static void host_checked(struct host_check *check)
{
	struct api_task *task = check->owner;
	struct control_host *host = &task->event.host;

	task->asking = false;
	if (!task->client) {
		api_settle(task);
		return;
	}
	control_event_init(&task->event, CONTROL_HOST);
	host_fill(host, check->host);
	host->checked = true;
	host->reachable = check->reachable;
	host->rtt_us = check->rtt_ns > 0 ? check->rtt_ns / 1000 : CONTROL_UNKNOWN;
	(void)text_copy(host->address, sizeof(host->address), check->address_text);
	(void)text_copy(host->sentence, sizeof(host->sentence), check->sentence);
	api_tell(task);
	if (text_format(task->sentence, sizeof(task->sentence), "hft: %s: %s", check->host->name,
			check->sentence) < 0)
		(void)text_copy(task->sentence, sizeof(task->sentence), check->sentence);
	api_end(task, check->reachable ? HFT_EXIT_DONE : check->exit_code,
		check->reachable ? "" : task->sentence);
}

void api_host_check(struct api_task *task)
{
	const struct config_host *host = config_find_host(task->api->engine->config,
							  task->request.check.host);

	if (!host) {
		(void)text_format(
			task->sentence, sizeof(task->sentence),
			"hft: %s: no such [host] in the configuration; see `hft host list`",
			task->request.check.host);
		api_end(task, HFT_EXIT_NOT_FOUND, task->sentence);
		return;
	}
	task->asking = true;
	host_check_start(task->api->engine, &task->check, host, task, host_checked);
}

/* -- identity ----------------------------------------------------------- */

void api_identity(struct api_task *task)
{
	const struct engine *engine = task->api->engine;
	struct fingerprint own;

	control_event_init(&task->event, CONTROL_IDENTITY_IS);
	(void)text_copy(task->event.identity.name, sizeof(task->event.identity.name),
			engine->config->engine.name);
	if (engine->tls) {
		tls_context_fingerprint(engine->tls, &own);
		fingerprint_print(&own, task->event.identity.fingerprint);
	}
	api_tell(task);
	api_end(task, HFT_EXIT_DONE, "");
}
