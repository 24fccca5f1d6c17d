/* SPDX-License-Identifier: Apache-2.0 */
/* request_begin.c -- from a new or recovered row to the start of an attempt. */
#include "request/request_state.h"

#include <errno.h>
#include <string.h>

/* -- new and recovered --------------------------------------------------- */

static void request_accept(struct request *request)
{
	struct queue_row *row = &request->row;

	row->auto_resends_left = request->rules.auto_resend_count;
	row->cycle = 0;
	row->next_try = 0;
	row->wait_from_wall_ns = 0;
	row->wait_until_wall_ns = 0;
	memset(&row->last, 0, sizeof(row->last));
	memset(&request->last, 0, sizeof(request->last));
	request->inner.is_waited_for = row->kind == QUEUE_SEND && row->core.file_id[0] == '\0' &&
				       !row->core.detach;
	request->inner.step = STEP_ACCEPTING;
	request_set_state(request, QUEUE_QUEUED);
	request_ask_commit(request, COMMIT_PUT_ROW);
}

/* The attempt was under way when the engine ended without a stop. It is over: its own record, and
 * a resend from the checkpoint that costs nothing of N (D-219). */
static void request_close_broken(struct request *request, uint64_t now_ns)
{
	struct outcome *outcome = &request->last.outcome;

	/* A row without an attempt's number says that none began; then there is nothing to log. */
	if (request->row.core.attempts == 0) {
		request->inner.step = STEP_QUEUED;
		request_set_state(request, QUEUE_QUEUED);
		request_want_slot(request, false);
		return;
	}
	memset(&request->last, 0, sizeof(request->last));
	outcome_set(
		outcome, HFT_FOUND_BROKEN, 0,
		"found in progress after an end without a stop; it goes on from the checkpoint");
	request->row.last = *outcome;
	request->inner.attempt_open = true;
	request_close_attempt(request);
	request->inner.started_wall_ns = request_wall_ns(request, now_ns);
	request->inner.ended_ns = now_ns;
	request->inner.step = STEP_CLOSING;
	request_set_state(request, QUEUE_QUEUED);
	/* Asked for now, or unsent ones that queue at the same start would be served first. */
	request_want_slot(request, true);
	request_ask_commit(request, COMMIT_ADD_LOG | COMMIT_PUT_ROW);
}

static void request_recover(struct request *request, uint64_t now_ns)
{
	switch (request->state) {
	case QUEUE_AUTO_WAIT:
		request_resume_wait(request, now_ns);
		break;
	case QUEUE_QUEUED:
	case QUEUE_PRE_JOB:
		/* Resends go before unsent ones after a restart (D-54). */
		request->inner.step = STEP_QUEUED;
		request_set_state(request, QUEUE_QUEUED);
		request_want_slot(request, request->row.core.attempts > 0);
		break;
	case QUEUE_CONNECTING:
	case QUEUE_SENDING:
	case QUEUE_SUCCESS_JOB:
	case QUEUE_FAILURE_JOB:
	case QUEUE_STATES:
		request_close_broken(request, now_ns);
		break;
	}
}

/* From: init. To: ACCEPTING for a new row; by its state for a recovered one. */
void request_step_new(struct request *request, const struct request_event *event, uint64_t now_ns)
{
	if (event->kind == REQUEST_ACCEPT)
		request_accept(request);
	else if (event->kind == REQUEST_RECOVER)
		request_recover(request, now_ns);
}

/* -- into the queue ------------------------------------------------------ */

static void request_begin_attempt(struct request *request, uint64_t now_ns)
{
	request->inner.step = STEP_BEGINNING;
	request_set_state(request, QUEUE_CONNECTING);
	request_open_attempt(request, now_ns);
	request_ask_commit(request, COMMIT_PUT_ROW);
}

/* The row is durable: the id may be shown. A resend may have got its slot already. */
static void request_enter_queue(struct request *request, uint64_t now_ns)
{
	request->inner.step = STEP_QUEUED;
	request_announce(request, NEWS_QUEUED);
	if (request->inner.is_cancelled)
		request_end_cancelled(request, now_ns);
	else if (request->inner.has_slot)
		request_begin_attempt(request, now_ns);
	else
		request_want_slot(request, false);
}

/* Nothing was promised yet, so nothing is kept: the caller may ask again. */
static void request_not_accepted(struct request *request, int error)
{
	struct outcome *outcome = &request->last.outcome;

	if (error == -ESTALE)
		outcome_set_errno(outcome, HFT_FENCED, 0, -error, "another node owns this journal");
	else
		outcome_set_errno(outcome, HFT_TARGET_UNWRITABLE, 0, -error,
				  "cannot write the journal: %s", strerror(-error));
	request->inner.step = STEP_ENDED;
	request_announce(request, NEWS_FAILED);
	request_do(request, &(struct request_queued){.kind = REQUEST_DO_END});
}

/* From: NEW. To: QUEUED when the row is durable, ENDED when it cannot be. */
void request_step_accepting(struct request *request, const struct request_event *event,
			    uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL)
		request_note_cancel(request, event);
	else if (event->kind == REQUEST_COMMITTED && event->error < 0)
		request_not_accepted(request, event->error);
	else if (event->kind == REQUEST_COMMITTED)
		request_enter_queue(request, now_ns);
}

/* From: NEW, for an attempt found broken. To: QUEUED when its record is durable, BEGINNING with a
 * slot by then. */
void request_step_closing(struct request *request, const struct request_event *event,
			  uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL)
		request_note_cancel(request, event);
	else if (event->kind == REQUEST_COMMITTED)
		request_enter_queue(request, now_ns);
}

/* -- an attempt begins --------------------------------------------------- */

/* From: ACCEPTING, CLOSING, NEW. To: BEGINNING with a slot, ENDING when cancelled. */
void request_step_queued(struct request *request, const struct request_event *event,
			 uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
		request_end_cancelled(request, now_ns);
	} else if (event->kind == REQUEST_SLOT) {
		request_begin_attempt(request, now_ns);
	}
}

/* From: QUEUED. To: TRYING when the attempt's number is durable: the receiver will see it, and it
 * must not be used again after a crash. */
void request_step_beginning(struct request *request, const struct request_event *event,
			    uint64_t now_ns)
{
	if (event->kind == REQUEST_CANCEL) {
		request_note_cancel(request, event);
	} else if (event->kind == REQUEST_COMMITTED) {
		if (request->inner.is_cancelled)
			request_end_cancelled(request, now_ns);
		else
			request_first_connect(request, now_ns);
	}
}
