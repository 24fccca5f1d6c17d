/* SPDX-License-Identifier: Apache-2.0 */
/* request_rig.c -- see request_rig.h. */
#include "support/request_rig.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "support/sample_rows.h"

void rig_init(struct request_rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->now_ns = 1000 * RIG_SECOND;
	rig->wall_ns = RIG_WALL_NS;
	rig->rules.retry_interval_ns = 30 * RIG_SECOND;
	rig->rules.retry_count = 5;
	rig->rules.auto_resend_count = 2;
	rig->rules.connect_timeout_ns = 10 * RIG_SECOND;
	rig->rules.retry_on_busy = true;
	rig->rules.owner_epoch = 7;
	(void)snprintf(rig->rules.node, sizeof(rig->rules.node), "osaka");
}

struct queue_row rig_row(void)
{
	struct queue_row row;

	memset(&row, 0, sizeof(row));
	row.kind = QUEUE_SEND;
	row.core.transfer = sample_id(1);
	row.core.type = TRANSFER_BINARY;
	row.core.priority = 50;
	row.core.detach = true;
	(void)snprintf(row.core.file_id, sizeof(row.core.file_id), "SALES");
	(void)snprintf(row.core.host, sizeof(row.core.host), "tokyo");
	(void)snprintf(row.core.path, sizeof(row.core.path), "/data/out/sales.dat");
	(void)snprintf(row.core.requester, sizeof(row.core.requester), "anna");
	return row;
}

/* -- actions ------------------------------------------------------------- */

static void rig_act_commit(struct request_rig *rig)
{
	assert(!rig->commit_open);
	assert(!rig->ended);
	request_take_commit(&rig->request, &rig->taken);
	assert(!(rig->taken.put_row && rig->taken.remove_row));
	rig->taken_row = rig->request.row;
	rig->commit_open = true;
}

static void rig_act_try(struct request_rig *rig, const struct request_action *action)
{
	assert(!rig->try_open);
	assert(rig->row_present);
	rig->try_open = true;
	rig->stop_asked = false;
	rig->tries++;
	rig->try_started_ns = rig->now_ns;
	rig->try_deadline_ns = action->deadline_ns;
}

/* Whether what is told is true in the journal. */
static bool rig_is_promise_kept(const struct request_rig *rig, enum request_news news)
{
	switch (news) {
	case NEWS_QUEUED:
		return rig->row_present;
	case NEWS_COMPLETED:
		return !rig->row_present && rig->logs > 0 && outcome_is_done(&rig->log.outcome);
	case NEWS_FAILED:
		return !rig->was_durable || rig->row.state == QUEUE_QUEUED || !rig->row_present;
	default:
		return true;
	}
}

static void rig_act_announce(struct request_rig *rig, const struct request_action *action)
{
	assert(!rig->ended);
	assert(rig_is_promise_kept(rig, action->news));
	assert(request_news_name(action->news)[0]);
	rig->news_outcome = action->outcome;
	if (rig->news_count == RIG_NEWS_MAX)
		return;
	rig->news[rig->news_count] = action->news;
	rig->news_ns[rig->news_count] = rig->now_ns;
	rig->news_count++;
}

static void rig_act(struct request_rig *rig, const struct request_action *action)
{
	switch (action->kind) {
	case REQUEST_DO_COMMIT:
		rig_act_commit(rig);
		break;
	case REQUEST_DO_WANT_SLOT:
		assert(!rig->want_open && !rig->slot_held);
		rig->want_open = true;
		rig->want_ahead = action->ahead;
		break;
	case REQUEST_DO_FREE_SLOT:
		assert(rig->slot_held);
		rig->slot_held = false;
		break;
	case REQUEST_DO_TRY:
		rig_act_try(rig, action);
		break;
	case REQUEST_DO_STOP_TRY:
		assert(rig->try_open && !rig->stop_asked);
		rig->stop_asked = true;
		rig->stop_outcome = action->outcome;
		break;
	case REQUEST_DO_ANNOUNCE:
		rig_act_announce(rig, action);
		break;
	case REQUEST_DO_END:
		assert(!rig->commit_open && !rig->try_open && !rig->slot_held);
		rig->ended = true;
		break;
	}
}

static void rig_handle(struct request_rig *rig, const struct request_event *event)
{
	struct request_action action;

	request_handle(&rig->request, event, rig->now_ns);
	while (request_next_action(&rig->request, &action))
		rig_act(rig, &action);
	assert(rig->request.state == rig->request.row.state);
	if (rig->commit_open && !rig->holds_commits)
		rig_commit(rig, 0);
}

/* -- the journal --------------------------------------------------------- */

static void rig_apply_log(struct request_rig *rig)
{
	uint32_t attempt = rig->taken.log.attempt;

	rig->logs++;
	rig->log = rig->taken.log;
	if (attempt == 0)
		return;
	assert(attempt == rig->attempts_logged + 1);
	rig->attempts_logged = attempt;
}

static void rig_apply(struct request_rig *rig)
{
	const struct request_commit *commit = &rig->taken;

	rig->commits++;
	if (commit->add_log)
		rig_apply_log(rig);
	if (commit->put_resend) {
		rig->resends++;
		rig->resend = commit->resend;
	}
	if (commit->remove_list_no)
		rig->removed_list_no = commit->remove_list_no;
	if (commit->forget_checkpoint)
		rig->checkpoint_forgotten = true;
	if (commit->remove_row) {
		assert(rig->row_present);
		rig->row_present = false;
	}
	if (commit->put_row) {
		rig->row_present = true;
		rig->was_durable = true;
		rig->row = rig->taken_row;
	}
}

void rig_commit(struct request_rig *rig, int error)
{
	struct request_event event = {.kind = REQUEST_COMMITTED, .error = error};

	assert(rig->commit_open);
	rig->commit_open = false;
	if (error == 0)
		rig_apply(rig);
	if (error == 0 && rig->taken.put_resend)
		event.list_no = 100 + rig->resends;
	rig_handle(rig, &event);
}

/* -- events -------------------------------------------------------------- */

static void rig_begin(struct request_rig *rig, const struct queue_row *row,
		      enum request_event_kind kind)
{
	struct request_event event = {.kind = kind};

	request_init(&rig->request, row, &rig->rules, rig->now_ns, rig->wall_ns + rig->now_ns);
	rig->ended = false;
	rig_handle(rig, &event);
}

void rig_accept(struct request_rig *rig, const struct queue_row *row)
{
	rig->attempts_logged = row->core.attempts;
	rig_begin(rig, row, REQUEST_ACCEPT);
}

void rig_recover(struct request_rig *rig, const struct queue_row *row)
{
	rig->row = *row;
	rig->row_present = true;
	rig->was_durable = true;
	if (row->state == QUEUE_CONNECTING || row->state == QUEUE_SENDING)
		rig->attempts_logged = row->core.attempts - 1;
	else
		rig->attempts_logged = row->core.attempts;
	rig_begin(rig, row, REQUEST_RECOVER);
}

void rig_restart(struct request_rig *rig, uint64_t down_ns)
{
	struct queue_row row = rig->row;

	assert(rig->row_present);
	rig->commit_open = false;
	rig->try_open = false;
	rig->want_open = false;
	rig->slot_held = false;
	rig->now_ns += down_ns;
	rig_begin(rig, &row, REQUEST_RECOVER);
}

void rig_land_commit(struct request_rig *rig)
{
	assert(rig->commit_open);
	rig->commit_open = false;
	rig_apply(rig);
}

void rig_slot(struct request_rig *rig)
{
	assert(rig->want_open);
	rig->want_open = false;
	rig->slot_held = true;
	rig_handle(rig, &(struct request_event){.kind = REQUEST_SLOT});
}

void rig_connect(struct request_rig *rig)
{
	assert(rig->try_open);
	rig_handle(rig, &(struct request_event){.kind = REQUEST_CONNECTED});
}

void rig_end_result(struct request_rig *rig, const struct attempt_result *result)
{
	assert(rig->try_open);
	rig->try_open = false;
	rig_handle(rig, &(struct request_event){.kind = REQUEST_TRY_ENDED, .result = result});
}

static void rig_end_outcome(struct request_rig *rig, bool connected, const struct outcome *outcome)
{
	struct attempt_result result;

	memset(&result, 0, sizeof(result));
	result.connected = connected;
	result.outcome = *outcome;
	result.bytes_total = 4096;
	if (connected) {
		result.bytes_sent = 2048;
		result.bytes_durable = outcome_is_done(outcome) ? 4096 : 1024;
	}
	rig_end_result(rig, &result);
}

void rig_end_try(struct request_rig *rig, bool connected, uint16_t status, uint16_t detail)
{
	struct outcome outcome;

	outcome_set(&outcome, status, detail, "what happened");
	rig_end_outcome(rig, connected, &outcome);
}

void rig_end_peer(struct request_rig *rig, bool connected, uint16_t status, uint16_t detail)
{
	struct outcome peer, outcome;

	outcome_set(&peer, status, detail, "what happened there");
	outcome_set_from_peer(&outcome, HFT_RECEIVER_FAILED, "tokyo", &peer);
	rig_end_outcome(rig, connected, &outcome);
}

void rig_cancel(struct request_rig *rig, bool drop)
{
	rig_handle(rig,
		   &(struct request_event){.kind = REQUEST_CANCEL, .by = "anna", .drop = drop});
}

void rig_sign(struct request_rig *rig)
{
	rig_handle(rig, &(struct request_event){.kind = REQUEST_SIGN});
}

bool rig_advance(struct request_rig *rig, uint64_t to_ns)
{
	uint32_t tries = rig->tries;

	while (request_deadline_ns(&rig->request) <= to_ns) {
		uint64_t due_ns = request_deadline_ns(&rig->request);

		rig->now_ns = due_ns > rig->now_ns ? due_ns : rig->now_ns;
		rig_handle(rig, &(struct request_event){.kind = REQUEST_TICK});
		if (rig->tries > tries)
			return true;
		/* A deadline that stays in the past would make a loop spin. */
		assert(request_deadline_ns(&rig->request) > rig->now_ns);
	}
	rig->now_ns = to_ns;
	return false;
}

/* -- on the way ---------------------------------------------------------- */

void rig_start_try(struct request_rig *rig, const struct queue_row *row)
{
	rig_accept(rig, row);
	rig_slot(rig);
	assert(rig->try_open);
}

void rig_start_sending(struct request_rig *rig, const struct queue_row *row)
{
	rig_start_try(rig, row);
	rig_connect(rig);
	assert(rig->request.state == QUEUE_SENDING);
}

void rig_start_waiting(struct request_rig *rig, const struct queue_row *row)
{
	rig_start_sending(rig, row);
	rig_end_try(rig, true, HFT_READ_FAILED, 0);
	assert(rig->request.state == QUEUE_AUTO_WAIT);
}

bool rig_last_news(const struct request_rig *rig, enum request_news news)
{
	return rig->news_count > 0 && rig->news[rig->news_count - 1] == news;
}
