/* SPDX-License-Identifier: Apache-2.0 */
/* request_try.c -- connect tries: the first connect, and the auto-wait with its grid.
 *
 * A first connect keeps its slot between tries. An auto-wait holds none (D-55): its tries are
 * made without, exactly on the grid (D-114), whatever the queue looks like. When one connects, a
 * slot is asked for ahead of all unsent ones and the transfer goes on meanwhile. So as many
 * transfers as there were auto-waits may run above send_limit, until other ones end; none is
 * started before they are counted. The other way, a slot before each try, would keep slots
 * for hosts that are down, or miss grid points. */
#include "request/request_state.h"

#include <assert.h>

#include <hft/limits.h>

/* What a try that did not connect means. */
enum try_meaning {
	TRY_DONE,   /* 0-0: the receiver had the stored result */
	TRY_FAILED, /* the grid goes on (D-115) */
	TRY_FINAL,  /* no other try would end differently */
};

/* D-115. What the receiver reported counts like what we saw: draining, not ready and missing are
 * a service that may be there at the next point; so may be the owner with the newer epoch. */
static enum try_meaning try_meaning_of(const struct request *request)
{
	const struct outcome *outcome = &request->last.outcome;
	uint16_t status = outcome->status == HFT_RECEIVER_FAILED ? outcome->detail
								 : outcome->status;

	switch (status) {
	case HFT_DONE:
		return outcome->status == HFT_DONE ? TRY_DONE : TRY_FINAL;
	case HFT_RECEIVER_BUSY:
		return request->rules.retry_on_busy ? TRY_FAILED : TRY_FINAL;
	case HFT_FENCED:
		/* Our own journal is fenced: that is no matter of the receiver. */
		return outcome->status == HFT_FENCED ? TRY_FINAL : TRY_FAILED;
	case HFT_CONNECT_FAILED:
	case HFT_READ_FAILED:
	case HFT_WRITE_FAILED:
	case HFT_RECEIVE_STOPPED:
	case HFT_SERVICE_MISSING:
	case HFT_NOT_READY:
		return TRY_FAILED;
	default:
		return TRY_FINAL;
	}
}

/* A connection lost before the offer was accepted is no connection: 202-0 (D-22). What the
 * receiver itself said stays as it is, because it says more. */
static void try_name_outcome(struct request *request)
{
	struct outcome *outcome = &request->last.outcome;

	if (outcome->status == HFT_READ_FAILED || outcome->status == HFT_WRITE_FAILED) {
		outcome->status = HFT_CONNECT_FAILED;
		outcome->detail = HFT_DETAIL_NONE;
	}
	request->row.last = *outcome;
}

/* -- the grid ------------------------------------------------------------ */

static void plan_set(struct request *request)
{
	const struct retry_grid *grid = &request->inner.grid;
	struct request_plan *plan = &request->plan;

	plan->cycle = request->row.cycle;
	plan->cycles = request->row.cycle + request->row.auto_resends_left;
	plan->first_try_ns = retry_grid_try_ns(grid, grid->first);
	plan->last_try_ns = retry_grid_try_ns(grid, grid->last);
	plan->tries = retry_grid_tries(grid);
	plan->window_ns = retry_grid_window_ns(grid);
	request->inner.next_k = grid->first;
	request->inner.sign_used = false;
}

static void plan_point(struct request *request, const struct retry_point *point)
{
	request->inner.next_k = point->k;
	request->plan.next_try = point->k;
	request->plan.next_try_ns = point->at_ns;
	if (request->state == QUEUE_AUTO_WAIT)
		request->row.next_try = point->k;
}

/* Plans the next try of the grid; false when all are used up. */
static bool plan_next(struct request *request, uint64_t now_ns)
{
	const struct request_inner *inner = &request->inner;
	struct retry_point point;

	if (!retry_grid_next(&inner->grid, inner->next_k, inner->try_started_ns, now_ns, &point))
		return false;
	plan_point(request, &point);
	return true;
}

static void try_start(struct request *request, enum request_step step, uint64_t deadline_ns,
		      uint64_t now_ns)
{
	request_open_attempt(request, now_ns);
	request->inner.step = step;
	request->inner.try_runs = true;
	request->inner.try_started_ns = now_ns;
	request->plan.next_try_ns = UINT64_MAX;
	request_do(request,
		   &(struct request_queued){.kind = REQUEST_DO_TRY, .deadline_ns = deadline_ns});
}

/* Time has come for the next try, unless the clock was away so long that it was missed. */
static void try_if_due(struct request *request, enum request_step step, uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;
	struct retry_point point;
	bool is_left;

	if (now_ns < request->plan.next_try_ns)
		return;
	is_left = retry_grid_next(&inner->grid, inner->next_k, inner->try_started_ns, now_ns,
				  &point);
	assert(is_left); /* it was planned */
	(void)is_left;
	plan_point(request, &point);
	if (point.at_ns > now_ns)
		return;
	inner->next_k = point.k + 1;
	inner->sign_used = false;
	try_start(request, step, point.deadline_ns, now_ns);
}

/* A try that did not connect: the next one, or the end. */
static void try_failed(struct request *request, enum request_step pause, uint64_t now_ns)
{
	if (!plan_next(request, now_ns)) {
		request_exhaust(request, now_ns);
		return;
	}
	request->inner.step = pause;
	request_announce(request, NEWS_WAITING);
}

/* -- first connect ------------------------------------------------------- */

void request_first_connect(struct request *request, uint64_t now_ns)
{
	const struct request_rules *rules = &request->rules;

	retry_grid_first_connect(&request->inner.grid, now_ns, rules->retry_interval_ns,
				 rules->retry_count, rules->connect_timeout_ns);
	plan_set(request);
	request->plan.next_try_ns = now_ns;
	try_if_due(request, STEP_TRYING, now_ns);
	assert(request->inner.try_runs);
}

static void trying_ended(struct request *request, uint64_t now_ns)
{
	enum try_meaning meaning = try_meaning_of(request);

	if (request->last.connected || meaning == TRY_DONE) {
		request_judge(request);
		return;
	}
	try_name_outcome(request);
	if (meaning == TRY_FINAL)
		request_judge(request);
	else if (request->inner.is_waited_for)
		request_fail(request, now_ns);
	else
		try_failed(request, STEP_PAUSING, now_ns);
}

/* From: BEGINNING, PAUSING. To: SENDING when the offer was accepted; when the try failed PAUSING,
 * or ENDING with nothing left, with somebody waiting (D-22), or for a reason that stays. */
void request_step_trying(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_stop_try(request);
	} else if (event->kind == REQUEST_CONNECTED) {
		request->inner.step = STEP_SENDING;
		request_set_state(request, QUEUE_SENDING);
		request_announce(request,
				 request->row.core.attempts > 1 ? NEWS_RESUMED : NEWS_STARTED);
	} else if (event->kind == REQUEST_TRY_ENDED) {
		trying_ended(request, now_ns);
	}
}

/* From: TRYING. To: TRYING at the next grid point, ENDING when cancelled. */
void request_step_pausing(struct request *request, const struct request_event *event,
			  uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_end_cancelled(request, now_ns);
	} else if (event->kind == REQUEST_TICK) {
		try_if_due(request, STEP_TRYING, now_ns);
	}
}

/* -- auto-wait ----------------------------------------------------------- */

static void wait_set_grid(struct request *request, uint64_t from_ns)
{
	const struct request_rules *rules = &request->rules;

	retry_grid_auto_wait(&request->inner.grid, from_ns, rules->retry_interval_ns,
			     rules->retry_count, rules->connect_timeout_ns);
	plan_set(request);
	request->plan.next_try = request->inner.grid.first;
	request->plan.next_try_ns = request->plan.first_try_ns;
}

void request_enter_wait(struct request *request)
{
	struct queue_row *row = &request->row;
	uint64_t from_ns = request->inner.ended_ns;

	assert(row->auto_resends_left > 0);
	assert(request->inner.attempt_open);

	request_close_attempt(request);
	row->auto_resends_left--;
	row->cycle++;
	row->last = request->last.outcome;
	request_set_state(request, QUEUE_AUTO_WAIT);
	wait_set_grid(request, from_ns);
	row->next_try = request->plan.next_try;
	row->wait_from_wall_ns = request_wall_ns(request, from_ns);
	row->wait_until_wall_ns = row->wait_from_wall_ns + request->plan.window_ns;
	request_free_slot(request);
	request->inner.step = STEP_PLANNING;
	request_ask_commit(request, COMMIT_ADD_LOG | COMMIT_PUT_ROW);
}

/* The journal has t0 as wall time. A wall clock that was set back since would prolong the wait
 * without bound; then t0 is now. */
void request_resume_wait(struct request *request, uint64_t now_ns)
{
	uint64_t wall_ns = request_wall_ns(request, now_ns);
	uint64_t from_wall_ns = min_u64(request->row.wait_from_wall_ns, wall_ns);
	struct retry_point point;

	wait_set_grid(request, now_ns - (wall_ns - from_wall_ns));
	retry_grid_resume(&request->inner.grid, now_ns, &point);
	request->inner.try_started_ns = now_ns - HFT_TRY_APART_NS;
	request->inner.step = STEP_WAITING;
	plan_point(request, &point);
}

/* From: SENDING, OVER, STOPPING, TRYING. To: WAITING when the plan and the counter are durable:
 * a crash must neither reset nor forget them (D-126). */
void request_step_planning(struct request *request, const struct request_event *event,
			   uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
	} else if (event->kind == REQUEST_COMMITTED) {
		if (request->inner.is_cancelled) {
			request_end_cancelled(request, now_ns);
			return;
		}
		request->inner.step = STEP_WAITING;
		request_announce(request, NEWS_WAITING);
		try_if_due(request, STEP_RETRYING, now_ns);
	}
}

/* One extra try between two grid points (D-123). It ends before the next one, which does not
 * move. */
static void wait_sign(struct request *request, uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;
	uint64_t next_ns = request->plan.next_try_ns;

	if (!request->rules.early_reconnect || inner->sign_used ||
	    next_ns < now_ns + HFT_TRY_APART_NS)
		return;
	inner->sign_used = true;
	try_start(request, STEP_RETRYING,
		  min_u64(next_ns, now_ns + retry_grid_bound_ns(&inner->grid)), now_ns);
}

/* From: PLANNING, RETRYING. To: RETRYING at the next grid point, ENDING when cancelled. */
void request_step_waiting(struct request *request, const struct request_event *event,
			  uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_end_cancelled(request, now_ns);
	} else if (event->kind == REQUEST_TICK) {
		try_if_due(request, STEP_RETRYING, now_ns);
	} else if (event->kind == REQUEST_SIGN) {
		wait_sign(request, now_ns);
	}
}

/* The wait is over: the attempt runs, and a crash from here on finds it broken. */
static void wait_is_over(struct request *request)
{
	request->row.next_try = 0;
	request->row.wait_from_wall_ns = 0;
	request->row.wait_until_wall_ns = 0;
	request->inner.step = STEP_SENDING;
	request_set_state(request, QUEUE_SENDING);
	request_want_slot(request, true);
	request_ask_commit(request, COMMIT_PUT_ROW);
	request_announce(request, NEWS_RESUMED);
}

static void retrying_ended(struct request *request, uint64_t now_ns)
{
	enum try_meaning meaning = try_meaning_of(request);

	if (request->last.connected || meaning == TRY_DONE) {
		request_judge(request);
		return;
	}
	try_name_outcome(request);
	if (meaning == TRY_FINAL)
		request_judge(request);
	else
		try_failed(request, STEP_WAITING, now_ns);
}

/* From: WAITING. To: SENDING when the offer was accepted; when the try failed WAITING, or ENDING
 * with nothing left or for a reason that stays. */
void request_step_retrying(struct request *request, const struct request_event *event,
			   uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_stop_try(request);
	} else if (event->kind == REQUEST_CONNECTED) {
		wait_is_over(request);
	} else if (event->kind == REQUEST_TRY_ENDED) {
		retrying_ended(request, now_ns);
	}
}
