/* SPDX-License-Identifier: Apache-2.0 */
/* request_end.c -- what follows the end of an attempt, and the end of the request.
 *
 * Every end is one commit: the attempt's Send Log record, the row out of the Send Queue, and
 * what becomes of the Resend Queue and the checkpoint. Watchers hear of it afterwards. */
#include "request/request_state.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include <hft/limits.h>

#include "base/text.h"

void request_take_result(struct request *request, const struct attempt_result *result,
			 uint64_t now_ns)
{
	struct request_core *core = &request->row.core;

	request->last = *result;
	request->inner.ended_ns = now_ns;
	core->total_bytes = request_total_bytes(request);
	if (request->inner.step == STEP_SENDING)
		request->last.connected = true;
	if (!request->last.connected)
		return;
	core->durable_bytes = result->bytes_durable;
	/* What was asked from the start is under way from there: the next attempt continues it
	 * (D-127), unless the receiver may not even know. */
	if (result->bytes_durable > 0)
		core->from_start = false;
}

/* -- the ends ------------------------------------------------------------ */

static void request_end(struct request *request, uint32_t parts)
{
	struct request_inner *inner = &request->inner;

	assert(!inner->try_runs);

	request_close_attempt(request);
	inner->step = STEP_ENDING;
	request->row.last = request->last.outcome;
	request->plan.next_try_ns = UINT64_MAX;
	request_free_slot(request);
	request_ask_commit(request, COMMIT_ADD_LOG | parts);
}

static void request_complete(struct request *request)
{
	request_end(request, COMMIT_REMOVE_ROW | COMMIT_FORGET | COMMIT_REMOVE_LIST);
}

/* 590-000, and what counts like it: the row stays, and the next start resends it before the unsent
 * ones (D-98, D-219). */
static void request_leave_for_start(struct request *request)
{
	request_set_state(request, QUEUE_QUEUED);
	request->row.next_try = 0;
	request->row.wait_from_wall_ns = 0;
	request->row.wait_until_wall_ns = 0;
	request_end(request, COMMIT_PUT_ROW);
}

void request_fail(struct request *request, uint64_t now_ns)
{
	request_open_attempt(request, now_ns);
	request_end(request, COMMIT_REMOVE_ROW | COMMIT_PUT_RESEND | COMMIT_REMOVE_LIST);
}

/* One that only waited in the queue leaves no new record, and no attempt's number: it has the
 * record it was resent from, or never had one. One with an attempt behind it in this life leaves a
 * record, so that what was sent is not lost; row.last tells, for ACCEPT clears it. */
void request_end_cancelled(struct request *request, uint64_t now_ns)
{
	struct request_inner *inner = &request->inner;
	bool has_begun = inner->attempt_open || !outcome_is_done(&request->row.last);

	if (has_begun)
		request_open_attempt(request, now_ns);
	else
		inner->started_wall_ns = request_wall_ns(request, now_ns);
	inner->ended_ns = now_ns;
	request->last.outcome = inner->cancel;
	if (inner->cancel_drop)
		request_complete(request);
	else if (has_begun)
		request_fail(request, now_ns);
	else
		request_end(request, COMMIT_REMOVE_ROW);
}

/* The list number is given with the commit, so the sentence for watchers has it and the one in
 * the records, which have the number beside it, does not need it. */
static void exhausted_sentence(struct request *request, const char *number, const char *reason)
{
	const struct request_plan *plan = &request->plan;
	uint64_t window_ns = plan->window_ns;

	if (window_ns == 0) /* R = 0: there is no window but the time it took */
		window_ns = request->inner.ended_ns - request->inner.grid.from_ns;
	outcome_set(&request->last.outcome, HFT_CONNECT_FAILED, HFT_DETAIL_TRIES_USED_UP,
		    "%s was not ready within %" PRIu64
		    " s (%u %s); waits in the Resend Queue%s%s%s",
		    request->row.core.host, window_ns / HFT_NS_PER_S, plan->tries,
		    plan->tries == 1 ? "try" : "tries", number, reason[0] ? "; the last try: " : "",
		    reason);
}

void request_exhaust(struct request *request, uint64_t now_ns)
{
	char reason[HFT_SENTENCE_BYTES];

	memcpy(reason, request->last.outcome.sentence, sizeof(reason));
	exhausted_sentence(request, "", reason);
	request_fail(request, now_ns);
}

/* -- an attempt is over -------------------------------------------------- */

void request_judge(struct request *request)
{
	const struct outcome *outcome = &request->last.outcome;
	uint64_t ended_ns = request->inner.ended_ns;

	if (outcome_is_done(outcome))
		request_complete(request);
	else if (request->inner.is_cancelled)
		request_end_cancelled(request, ended_ns);
	else if (outcome_resend(outcome) == HFT_RESEND_AT_START)
		request_leave_for_start(request);
	else if (request->last.connected && outcome_auto_resend(outcome) &&
		 request->row.auto_resends_left > 0)
		request_enter_wait(request);
	else
		request_fail(request, ended_ns);
}

/* A commit that runs has the row as it was; what the end changes has to wait for it. */
static void request_over(struct request *request)
{
	request_free_slot(request);
	if (request->inner.commit_runs)
		request->inner.step = STEP_OVER;
	else
		request_judge(request);
}

void request_stop_try(struct request *request)
{
	assert(request->inner.try_runs);

	request->inner.step = STEP_STOPPING;
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_STOP_TRY});
}

/* From: TRYING, RETRYING. To: by the outcome, when the attempt is over; STOPPING when
 * cancelled. */
void request_step_sending(struct request *request, const struct request_event *event,
			  uint64_t now_ns)
{
	(void)now_ns;
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_stop_try(request);
	} else if (event->kind == REQUEST_TRY_ENDED) {
		request_over(request);
	}
}

/* From: TRYING, RETRYING, SENDING. To: ENDING when the try is over, with 901-0 unless it was done
 * by then. */
void request_step_stopping(struct request *request, const struct request_event *event,
			   uint64_t now_ns)
{
	(void)now_ns;
	if (event->kind == REQUEST_TRY_ENDED)
		request_over(request);
}

/* From: SENDING, STOPPING. To: by the outcome, when the commit that ran is over, well or not: what
 * the end commits replaces it. */
void request_step_over(struct request *request, const struct request_event *event, uint64_t now_ns)
{
	(void)now_ns;
	if (event->kind == REQUEST_CANCEL)
		request_note_cancel(request, event);
	else if (event->kind == REQUEST_COMMITTED)
		request_judge(request);
}

/* -- the end is durable -------------------------------------------------- */

/* 202-901 with the number it was given. */
static void request_name_list_no(struct request *request)
{
	static const char mark[] = "; the last try: ";
	const struct outcome *outcome = &request->last.outcome;
	char number[sizeof(" as 18446744073709551615")] = "";
	char reason[HFT_SENTENCE_BYTES] = "";
	const char *found = strstr(outcome->sentence, mark);

	if (outcome->status != HFT_CONNECT_FAILED || outcome->detail != HFT_DETAIL_TRIES_USED_UP)
		return;
	if (found)
		memcpy(reason, found + strlen(mark), strlen(found + strlen(mark)) + 1);
	(void)text_format(number, sizeof(number), " as %" PRIu64, request->list_no);
	exhausted_sentence(request, number, reason);
}

/* From: everywhere. To: ENDED when it is durable. */
void request_step_ending(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	(void)now_ns;
	if (event->kind != REQUEST_COMMITTED)
		return;
	request->inner.step = STEP_ENDED;
	request->list_no = event->list_no;
	if (request->list_no != 0)
		request_name_list_no(request);
	request_announce(request,
			 outcome_is_done(&request->last.outcome) ? NEWS_COMPLETED : NEWS_FAILED);
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_END});
}
