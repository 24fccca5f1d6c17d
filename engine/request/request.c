/* SPDX-License-Identifier: Apache-2.0 */
/* request.c -- see request.h. Actions, commits and the table of steps; the steps themselves are
 * in request_begin.c, request_try.c and request_end.c.
 *
 * Why REQUEST_QUEUE_MAX actions suffice: one event makes three at most (WANT_SLOT, COMMIT,
 * ANNOUNCE when a resend connects), and the host takes them all before the next event. What may
 * come in between is a CANCEL out of an announcement, once in a life, with two more. */
#include "request/request_state.h"

#include <assert.h>
#include <string.h>

#include <hft/limits.h>

/* -- actions ------------------------------------------------------------- */

void request_do(struct request *request, const struct request_queued *action)
{
	struct request_inner *inner = &request->inner;

	assert(inner->queue_count < REQUEST_QUEUE_MAX);
	inner->queue[(inner->queue_head + inner->queue_count) % REQUEST_QUEUE_MAX] = *action;
	inner->queue_count++;
}

void request_announce(struct request *request, enum request_news news)
{
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_ANNOUNCE, .news = news});
}

void request_want_slot(struct request *request, bool ahead)
{
	if (request->inner.wants_slot)
		return;
	request->inner.wants_slot = true;
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_WANT_SLOT, .ahead = ahead});
}

void request_free_slot(struct request *request)
{
	if (!request->inner.has_slot)
		return;
	request->inner.has_slot = false;
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_FREE_SLOT});
}

bool request_next_action(struct request *request, struct request_action *ret_action)
{
	struct request_inner *inner = &request->inner;
	const struct request_queued *queued = &inner->queue[inner->queue_head];

	assert(ret_action);

	if (inner->queue_count == 0)
		return false;
	ret_action->kind = queued->kind;
	ret_action->ahead = queued->ahead;
	ret_action->deadline_ns = queued->deadline_ns;
	ret_action->news = queued->news;
	ret_action->outcome = queued->kind == REQUEST_DO_STOP_TRY ? inner->cancel
								  : request->last.outcome;
	inner->queue_head = (inner->queue_head + 1) % REQUEST_QUEUE_MAX;
	inner->queue_count--;
	return true;
}

/* -- commits ------------------------------------------------------------- */

static void commit_start(struct request *request)
{
	request->inner.commit_due_ns = UINT64_MAX;
	request->inner.commit_runs = true;
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_COMMIT});
}

void request_ask_commit(struct request *request, uint32_t parts)
{
	assert(!request->inner.commit_runs);

	request->inner.commit_parts = parts;
	if (request->inner.commit_due_ns == UINT64_MAX)
		commit_start(request);
}

/* Another attempt at it later: a disk that is full now may not be in a while. */
static void commit_postpone(struct request *request, uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;

	inner->commit_due_ns = now_ns + inner->commit_pause_ns;
	inner->commit_pause_ns = min_u64(2 * inner->commit_pause_ns, HFT_COMMIT_RETRY_CAP_NS);
}

void request_take_commit(struct request *request, struct request_commit *ret_commit)
{
	uint32_t parts = request->inner.commit_parts;

	assert(ret_commit);
	assert(request->inner.commit_runs);

	memset(ret_commit, 0, sizeof(*ret_commit));
	ret_commit->put_row = parts & COMMIT_PUT_ROW;
	ret_commit->remove_row = parts & COMMIT_REMOVE_ROW;
	ret_commit->add_log = parts & COMMIT_ADD_LOG;
	ret_commit->put_resend = parts & COMMIT_PUT_RESEND;
	ret_commit->forget_checkpoint = parts & COMMIT_FORGET;
	if (parts & COMMIT_REMOVE_LIST)
		ret_commit->remove_list_no = request->row.core.resend_of;
	if (ret_commit->add_log)
		request_build_log(request, &ret_commit->log);
	if (ret_commit->put_resend)
		request_build_resend(request, &ret_commit->resend);
}

void request_change(struct request *request, uint16_t priority, uint64_t limit_rate_bytes)
{
	assert(request);
	assert(!request->inner.commit_runs);
	assert(priority <= 256);

	if (priority > 0)
		request->row.core.priority = priority;
	request->row.core.limit_rate_bytes = limit_rate_bytes;
}

/* -- what the steps share ------------------------------------------------ */

void request_set_state(struct request *request, enum queue_state state)
{
	request->state = state;
	request->row.state = (uint8_t)state;
}

uint64_t request_wall_ns(const struct request *request, uint64_t now_ns)
{
	return now_ns + request->inner.wall_offset_ns;
}

void request_open_attempt(struct request *request, uint64_t now_ns)
{
	struct outcome outcome = request->last.outcome;

	if (request->inner.attempt_open)
		return;
	request->inner.attempt_open = true;
	request->inner.started_wall_ns = request_wall_ns(request, now_ns);
	request->row.core.attempts++;
	memset(&request->last, 0, sizeof(request->last));
	request->last.outcome = outcome;
}

void request_close_attempt(struct request *request)
{
	struct request_inner *inner = &request->inner;

	inner->log_attempt = inner->attempt_open ? request->row.core.attempts : 0;
	inner->log_cycle = request->row.cycle;
	inner->attempt_open = false;
}

void request_note_cancel(struct request *request, const struct request_event *event)
{
	struct request_inner *inner = &request->inner;

	if (inner->is_cancelled)
		return;
	inner->is_cancelled = true;
	inner->cancel_drop = event->drop;
	outcome_set(&inner->cancel, HFT_CANCELLED, 0, "cancelled by %s",
		    event->by ? event->by : "nobody we know");
}

/* -- events -------------------------------------------------------------- */

static const request_step_fn request_steps[] = {
	[STEP_NEW] = request_step_new,
	[STEP_ACCEPTING] = request_step_accepting,
	[STEP_CLOSING] = request_step_closing,
	[STEP_QUEUED] = request_step_queued,
	[STEP_BEGINNING] = request_step_beginning,
	[STEP_TRYING] = request_step_trying,
	[STEP_PAUSING] = request_step_pausing,
	[STEP_SENDING] = request_step_sending,
	[STEP_STOPPING] = request_step_stopping,
	[STEP_OVER] = request_step_over,
	[STEP_PLANNING] = request_step_planning,
	[STEP_WAITING] = request_step_waiting,
	[STEP_RETRYING] = request_step_retrying,
	[STEP_ENDING] = request_step_ending,
	[STEP_ENDED] = NULL,
};
static_assert(ARRAY_COUNT(request_steps) == STEP_COUNT, "a step has no function");

static void request_pass(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	if (request->inner.step != STEP_ENDED)
		request_steps[request->inner.step](request, event, now_ns);
}

static void request_committed(struct request *request, const struct request_event *event,
			      uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;

	if (!inner->commit_runs)
		return;
	inner->commit_runs = false;
	if (event->error == 0) {
		inner->commit_pause_ns = HFT_COMMIT_RETRY_FIRST_NS;
		request_pass(request, event, now_ns);
		return;
	}
	if (inner->step != STEP_ACCEPTING)
		commit_postpone(request, now_ns);
	if (inner->step == STEP_ACCEPTING || inner->step == STEP_OVER)
		request_pass(request, event, now_ns);
}

/* A slot is for a request that queues or is about to, or for a resend that runs already: it is
 * counted from here on. Anything else has no use for it any more. */
static void request_slot(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;

	if (!inner->wants_slot)
		return;
	inner->wants_slot = false;
	inner->has_slot = true;
	if (inner->step == STEP_QUEUED)
		request_pass(request, event, now_ns);
	else if (inner->step != STEP_CLOSING && inner->step != STEP_SENDING &&
		 inner->step != STEP_STOPPING)
		request_free_slot(request);
}

static void request_try_ended(struct request *request, const struct request_event *event,
			      uint64_t now_ns)
{
	assert(event->result);

	if (!request->inner.try_runs)
		return;
	request->inner.try_runs = false;
	request_take_result(request, event->result, now_ns);
	request_pass(request, event, now_ns);
}

static void request_tick(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	if (now_ns >= request->inner.commit_due_ns)
		commit_start(request);
	request_pass(request, event, now_ns);
}

/* dispatch */
void request_handle(struct request *request, const struct request_event *event, uint64_t now_ns)
{
	assert(request);
	assert(event);

	switch (event->kind) {
	case REQUEST_COMMITTED:
		request_committed(request, event, now_ns);
		break;
	case REQUEST_SLOT:
		request_slot(request, event, now_ns);
		break;
	case REQUEST_TRY_ENDED:
		request_try_ended(request, event, now_ns);
		break;
	case REQUEST_TICK:
		request_tick(request, event, now_ns);
		break;
	case REQUEST_ACCEPT:
	case REQUEST_RECOVER:
	case REQUEST_CONNECTED:
	case REQUEST_SIGN:
	case REQUEST_CANCEL:
		request_pass(request, event, now_ns);
		break;
	}
}

uint64_t request_deadline_ns(const struct request *request)
{
	const struct request_inner *inner = &request->inner;
	uint64_t deadline_ns = inner->commit_due_ns;

	if (inner->step == STEP_PAUSING || inner->step == STEP_WAITING)
		deadline_ns = min_u64(deadline_ns, request->plan.next_try_ns);
	return deadline_ns;
}

void request_init(struct request *request, const struct queue_row *row,
		  const struct request_rules *rules, uint64_t now_ns, uint64_t wall_ns)
{
	assert(request);
	assert(row);
	assert(rules && rules->connect_timeout_ns > 0);

	memset(request, 0, sizeof(*request));
	request->row = *row;
	request->rules = *rules;
	request->state = (enum queue_state)row->state;
	request->last.outcome = row->last;
	request->plan.next_try_ns = UINT64_MAX;
	request->inner.step = STEP_NEW;
	request->inner.commit_due_ns = UINT64_MAX;
	request->inner.commit_pause_ns = HFT_COMMIT_RETRY_FIRST_NS;
	request->inner.wall_offset_ns = wall_ns - now_ns;
}

/* -- names --------------------------------------------------------------- */

const char *request_news_name(enum request_news news)
{
	static const char *const names[] = {
		[NEWS_QUEUED] = "queued",	[NEWS_STARTED] = "started",
		[NEWS_WAITING] = "waiting",	[NEWS_RESUMED] = "resumed",
		[NEWS_COMPLETED] = "completed", [NEWS_FAILED] = "failed",
	};

	assert(news < ARRAY_COUNT(names));
	return names[news];
}

const char *request_state_name(const struct request *request)
{
	static const char *const names[] = {
		[QUEUE_QUEUED] = "queued",	     [QUEUE_PRE_JOB] = "pre-job",
		[QUEUE_CONNECTING] = "connecting",   [QUEUE_SENDING] = "sending",
		[QUEUE_AUTO_WAIT] = "auto-wait",     [QUEUE_SUCCESS_JOB] = "success-job",
		[QUEUE_FAILURE_JOB] = "failure-job",
	};
	static_assert(ARRAY_COUNT(names) == QUEUE_STATES, "a state without a name");

	assert(request);
	if (request->inner.step == STEP_ENDED)
		return "ended";
	assert(request->state >= QUEUE_QUEUED && request->state < QUEUE_STATES);
	return names[request->state];
}
