/* SPDX-License-Identifier: Apache-2.0 */
/* request_record.c -- the records a request leaves: of each attempt, and of an unsuccessful end.
 *
 * They are built when the commit is taken, from what the request holds then, so that a commit
 * that waits needs no memory of its own. */
#include "request/request_state.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

uint64_t request_total_bytes(const struct request *request)
{
	uint64_t bytes_total = request->last.bytes_total;

	if (bytes_total == UINT64_MAX || bytes_total == 0)
		return request->row.core.total_bytes;
	return bytes_total;
}

/* 961..965 of 208-d and 212-d; 0 = none. */
static uint16_t outcome_verdict(const struct outcome *outcome)
{
	bool is_network = outcome->status == HFT_READ_FAILED || outcome->status == HFT_WRITE_FAILED;

	if (!is_network || outcome->detail < HFT_DETAIL_HOST_DEAD ||
	    outcome->detail > HFT_DETAIL_LOCAL_FAULT)
		return 0;
	return outcome->detail;
}

static void log_add_core(struct log_row *log, const struct request_core *core)
{
	log->type = core->type;
	log->resend_of = core->resend_of;
	log->transfer = core->transfer;
	(void)text_copy(log->file_id, sizeof(log->file_id), core->file_id);
	(void)text_copy(log->host, sizeof(log->host), core->host);
	(void)text_copy(log->path, sizeof(log->path), core->path);
	(void)text_copy(log->requester, sizeof(log->requester), core->requester);
}

static void log_add_result(struct log_row *log, const struct attempt_result *result)
{
	log->reason = (uint8_t)result->reason;
	log->verdict = outcome_verdict(&result->outcome);
	log->noticed_ms = (uint32_t)min_u64(result->noticed_ms, UINT32_MAX);
	log->bytes_moved = result->bytes_sent;
	log->bytes_skipped = result->bytes_skipped;
	log->bytes_resent = result->bytes_resent;
	log->outcome = result->outcome;
	log->has_digest = outcome_is_done(&result->outcome);
	if (log->has_digest)
		log->digest = result->digest;
	(void)text_copy(log->address, sizeof(log->address), result->address);
}

void request_build_log(const struct request *request, struct log_row *ret_log)
{
	assert(request);
	assert(ret_log);

	memset(ret_log, 0, sizeof(*ret_log));
	ret_log->kind = LOG_SEND;
	ret_log->attempt = request->inner.log_attempt;
	ret_log->cycle = request->inner.log_cycle;
	ret_log->started_wall_ns = request->inner.started_wall_ns;
	ret_log->ended_wall_ns = request_wall_ns(request, request->inner.ended_ns);
	ret_log->bytes_total = request_total_bytes(request);
	ret_log->owner_epoch = request->rules.owner_epoch;
	log_add_core(ret_log, &request->row.core);
	log_add_result(ret_log, &request->last);
	(void)text_copy(ret_log->node, sizeof(ret_log->node), request->rules.node);
}

void request_build_resend(const struct request *request, struct resend_row *ret_resend)
{
	const struct request_core *core = &request->row.core;

	assert(ret_resend);

	memset(ret_resend, 0, sizeof(*ret_resend));
	ret_resend->core = *core;
	ret_resend->ended_wall_ns = request_wall_ns(request, request->inner.ended_ns);
	ret_resend->source_offset_bytes = core->durable_bytes;
	ret_resend->target_offset_bytes = core->durable_bytes;
	ret_resend->outcome = request->last.outcome;
}
