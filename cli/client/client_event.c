/* SPDX-License-Identifier: Apache-2.0 */
/* client_event.c -- the events of control/ in the words of <hft/hft.h>.
 *
 * Texts are not copied: they lie in the handle's event. */

#include "client/client.h"

#include <string.h>

#include "control/words.h"
#include "record/resume_reason.h"

/* The two enums name the same; one is a contract with programs, the other a format. */
static const enum hft_event_kind kinds[] = {
	[CONTROL_QUEUED] = HFT_EVENT_QUEUED,
	[CONTROL_STARTED] = HFT_EVENT_STARTED,
	[CONTROL_PROGRESS] = HFT_EVENT_PROGRESS,
	[CONTROL_SUSPECT] = HFT_EVENT_SUSPECT,
	[CONTROL_LOST] = HFT_EVENT_LOST,
	[CONTROL_WAITING] = HFT_EVENT_WAITING,
	[CONTROL_RESUMED] = HFT_EVENT_RESUMED,
	[CONTROL_VERIFIED] = HFT_EVENT_VERIFIED,
	[CONTROL_PUBLISHED] = HFT_EVENT_PUBLISHED,
	[CONTROL_COMPLETED] = HFT_EVENT_COMPLETED,
	[CONTROL_FAILED] = HFT_EVENT_FAILED,
	[CONTROL_QUEUE_ROW] = HFT_EVENT_QUEUE_ROW,
	[CONTROL_RESEND_ROW] = HFT_EVENT_RESEND_ROW,
	[CONTROL_LOG_ROW] = HFT_EVENT_LOG_ROW,
	[CONTROL_HOST] = HFT_EVENT_HOST,
	[CONTROL_STATUS_NOW] = HFT_EVENT_STATUS,
	[CONTROL_IDENTITY_IS] = HFT_EVENT_IDENTITY,
	[CONTROL_END] = HFT_EVENT_END,
};
static_assert(ARRAY_COUNT(kinds) == CONTROL_EVENT_KINDS, "an event is not told");
static_assert(CONTROL_UNKNOWN == HFT_UNKNOWN, "unknown is the same");

static const char *word_or_nothing(const struct word_list *list, uint64_t value)
{
	const char *word = word_of(list, value);

	return word ? word : "";
}

/* No text of a transfer is NULL, no number that may be 0 is. */
static void transfer_init(struct hft_transfer *transfer)
{
	*transfer = (struct hft_transfer){
		.id = "",
		.file_id = "",
		.host = "",
		.address = "",
		.path = "",
		.name = "",
		.sentence = "",
		.outcome = "",
		.reason = "",
		.digest = "",
		.bytes = HFT_UNKNOWN,
		.bytes_total = HFT_UNKNOWN,
		.bytes_sent = HFT_UNKNOWN,
		.bytes_skipped = HFT_UNKNOWN,
		.bytes_resent = HFT_UNKNOWN,
		.rate_bytes = HFT_UNKNOWN,
		.eta_s = HFT_UNKNOWN,
		.duration_ms = HFT_UNKNOWN,
	};
}

static void row_init(struct hft_row *row)
{
	*row = (struct hft_row){.state = "", .kind = "", .requester = ""};
}

static void tell_outcome(struct hft_transfer *transfer, const struct outcome *outcome, bool is_set)
{
	transfer->sentence = outcome->sentence;
	transfer->has_outcome = is_set;
	if (!is_set)
		return;
	transfer->outcome = outcome_name(outcome);
	transfer->status = outcome->status;
	transfer->detail = outcome->detail;
	transfer->peer_detail = outcome->peer_detail;
	transfer->exit = outcome_is_known(outcome->status, outcome->detail)
				 ? outcome_exit_code(outcome)
				 : HFT_EXIT_FAILED;
}

static void tell_id(struct hft *handle, const struct id *id)
{
	if (id_is_zero(id))
		return;
	id_print(id, handle->id);
	handle->told.transfer.id = handle->id;
}

static void tell_digest(struct hft *handle, const struct digest *digest, bool is_set)
{
	if (!is_set)
		return;
	digest_print(digest, handle->digest);
	handle->told.transfer.digest = handle->digest;
}

/* One field after the other: a list, not a decision. */
static void tell_news(struct hft *handle)
{
	const struct control_news *news = &handle->event.news;
	struct hft_transfer *transfer = &handle->told.transfer;

	tell_id(handle, &news->id);
	tell_outcome(transfer, &news->outcome, news->has_outcome);
	tell_digest(handle, &news->digest, news->has_digest);
	transfer->file_id = news->file_id;
	transfer->host = news->host;
	transfer->address = news->address;
	transfer->path = news->path;
	transfer->name = news->name;
	transfer->reason = resume_reason_name((enum resume_reason)news->reason);
	transfer->receiving = news->receiving;
	transfer->priority = news->priority;
	transfer->verdict = news->verdict;
	transfer->attempt = news->attempt;
	transfer->noticed_ms = news->noticed_ms;
	transfer->cycle = news->cycle;
	transfer->cycles = news->cycles;
	transfer->next_try = news->next_try;
	transfer->tries = news->tries;
	transfer->list_no = news->list_no;
	transfer->resend_of = news->resend_of;
	transfer->time_ns = news->time_wall_ns;
	transfer->next_ns = news->next_wall_ns;
	transfer->until_ns = news->until_wall_ns;
	transfer->bytes = news->bytes;
	transfer->bytes_total = news->bytes_total;
	transfer->bytes_sent = news->bytes_sent;
	transfer->bytes_skipped = news->bytes_skipped;
	transfer->bytes_resent = news->bytes_resent;
	transfer->rate_bytes = news->rate_bytes;
	transfer->eta_s = news->eta_s;
	transfer->duration_ms = news->duration_ms;
}

static void tell_core(struct hft *handle, const struct request_core *core)
{
	struct hft_transfer *transfer = &handle->told.transfer;
	struct hft_row *row = &handle->told.row;

	tell_id(handle, &core->transfer);
	transfer->file_id = core->file_id;
	transfer->host = core->host;
	transfer->path = core->path;
	transfer->name = core->name;
	transfer->priority = core->priority;
	transfer->attempt = core->attempts;
	transfer->resend_of = core->resend_of;
	transfer->bytes = core->durable_bytes;
	transfer->bytes_total = core->total_bytes > 0 ? core->total_bytes : HFT_UNKNOWN;
	row->requester = core->requester;
	row->accepted_ns = core->accepted_wall_ns;
	row->limit_rate_bytes = core->limit_rate_bytes;
}

static void tell_queue_row(struct hft *handle)
{
	const struct queue_row *row = &handle->event.queue_row;

	tell_core(handle, &row->core);
	tell_outcome(&handle->told.transfer, &row->last,
		     row->last.status != 0 || row->last.sentence[0] != '\0');
	handle->told.transfer.cycle = row->cycle;
	handle->told.transfer.cycles = row->cycle + row->auto_resends_left;
	handle->told.transfer.next_try = row->next_try;
	handle->told.transfer.until_ns = row->wait_until_wall_ns;
	handle->told.row.kind = word_or_nothing(&words_queue_kind, row->kind);
	handle->told.row.state = word_or_nothing(&words_queue_state, row->state);
}

static void tell_resend_row(struct hft *handle)
{
	const struct resend_row *row = &handle->event.resend_row;

	tell_core(handle, &row->core);
	tell_outcome(&handle->told.transfer, &row->outcome, true);
	handle->told.transfer.list_no = row->list_no;
	handle->told.row.taken = row->taken;
	handle->told.row.ended_ns = row->ended_wall_ns;
}

static void tell_log_row(struct hft *handle)
{
	const struct log_row *log = &handle->event.log_row;
	struct hft_transfer *transfer = &handle->told.transfer;
	struct hft_row *row = &handle->told.row;

	tell_id(handle, &log->transfer);
	tell_outcome(transfer, &log->outcome, true);
	tell_digest(handle, &log->digest, log->has_digest);
	transfer->file_id = log->file_id;
	transfer->host = log->host;
	transfer->address = log->address;
	transfer->path = log->path;
	transfer->reason = resume_reason_name((enum resume_reason)log->reason);
	transfer->receiving = log->kind == LOG_RECEIVE;
	transfer->verdict = log->verdict;
	transfer->attempt = log->attempt;
	transfer->noticed_ms = log->noticed_ms;
	transfer->cycle = log->cycle;
	transfer->list_no = log->list_no;
	transfer->resend_of = log->resend_of;
	transfer->bytes_total = log->bytes_total;
	transfer->bytes_sent = log->bytes_moved;
	transfer->bytes_skipped = log->bytes_skipped;
	transfer->bytes_resent = log->bytes_resent;
	transfer->rate_bytes = log_row_rate(log);
	row->kind = word_or_nothing(&words_log_kind, log->kind);
	row->requester = log->requester;
	row->sequence = log->sequence;
	row->started_ns = log->started_wall_ns;
	row->ended_ns = log->ended_wall_ns;
}

static void tell_host(struct hft *handle)
{
	const struct control_host *host = &handle->event.host;

	handle->told.host = (struct hft_host){
		.name = host->name,
		.addresses = host->addresses,
		.address = host->address,
		.sentence = host->sentence,
		.plain = host->plain,
		.checked = host->checked,
		.reachable = host->reachable,
		.receive_port = host->receive_port,
		.verdict = host->verdict,
		.fingerprints = host->fingerprints,
		.sending = host->sending,
		.receiving = host->receiving,
		.rtt_us = host->rtt_us,
	};
}

static void tell_status(struct hft *handle)
{
	const struct control_status *status = &handle->event.status;
	struct hft_engine_status *told = &handle->told.status;

	*told = (struct hft_engine_status){
		.name = status->engine.name,
		.version = status->engine.version,
		.io = status->engine.io,
		.demotion = status->engine.demotion,
		.send = status->services.send,
		.receive = status->services.receive,
		.observe = status->services.observe,
		.pid = status->engine.pid,
		.movers = status->engine.movers,
		.sending = status->sessions.sending,
		.receiving = status->sessions.receiving,
		.waiting = status->sessions.waiting,
		.receive_port = status->ports.receive,
		.observe_port = status->ports.observe,
		.probe_port = status->ports.probe,
		.capability_count = status->capability_count,
		.started_ns = status->engine.started_wall_ns,
		.send_queue = status->queues.send,
		.resend_queue = status->queues.resend,
	};
	for (uint32_t i = 0; i < status->capability_count; i++) {
		const struct control_capability *capability = &status->capabilities[i];

		told->capabilities[i] = (struct hft_capability){
			.name = capability->name,
			.reason = capability->reason,
			.remedy = capability->remedy,
			.available = capability->available,
		};
	}
}

static void tell_identity(struct hft *handle)
{
	handle->told.identity = (struct hft_identity){
		.name = handle->event.identity.name,
		.fingerprint = handle->event.identity.fingerprint,
	};
}

static void tell_end(struct hft *handle)
{
	const struct control_end *end = &handle->event.end;

	handle->told.end = (struct hft_end){
		.exit = end->exit,
		.more = end->more,
		.after = end->after,
		.count = end->count,
		.message = end->message,
	};
}

void client_tell_nothing(struct hft *handle)
{
	memset(&handle->told, 0, sizeof(handle->told));
	transfer_init(&handle->told.transfer);
	row_init(&handle->told.row);
}

void client_tell(struct hft *handle)
{
	static void (*const tellers[CONTROL_EVENT_KINDS])(struct hft *) = {
		[CONTROL_QUEUE_ROW] = tell_queue_row,
		[CONTROL_RESEND_ROW] = tell_resend_row,
		[CONTROL_LOG_ROW] = tell_log_row,
		[CONTROL_HOST] = tell_host,
		[CONTROL_STATUS_NOW] = tell_status,
		[CONTROL_IDENTITY_IS] = tell_identity,
		[CONTROL_END] = tell_end,
	};
	const enum control_event_kind kind = handle->event.kind;

	assert(kind >= 1 && kind < CONTROL_EVENT_KINDS);

	handle->told.kind = kinds[kind];
	if (control_event_is_news(kind))
		tell_news(handle);
	else
		tellers[kind](handle);
}
