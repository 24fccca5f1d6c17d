/* SPDX-License-Identifier: Apache-2.0 */
/* request_state.h -- the steps of a request, and what its files share. Inside request/ only.
 *
 * A step is finer than a state of D-17: it also says what the request waits for. */
#pragma once

#include "request/request.h"

/* From: what led there. To: what comes next. COMMITTED means success, but for ACCEPTING and OVER:
 * a failed commit is tried again by request.c, and the step never hears of it. */
enum request_step {
	STEP_NEW,	/* From: init. To: ACCEPTING; recovered: QUEUED, CLOSING or WAITING */
	STEP_ACCEPTING, /* the new row is being committed. To: QUEUED; failed: ENDED */
	STEP_CLOSING,	/* an attempt found broken is being logged. To: QUEUED, BEGINNING */
	STEP_QUEUED,	/* waits for a slot. To: BEGINNING */
	STEP_BEGINNING, /* the attempt's number is being committed. To: TRYING */
	STEP_TRYING,	/* first connect. To: SENDING, PAUSING, ENDING */
	STEP_PAUSING,	/* between tries of the first connect. To: TRYING */
	STEP_SENDING,	/* connected. To: OVER, PLANNING, ENDING */
	STEP_STOPPING,	/* a try is being cancelled. To: OVER, ENDING */
	STEP_OVER,	/* the attempt ended while a commit ran. To: PLANNING, ENDING */
	STEP_PLANNING,	/* log and plan of the auto-wait are being committed. To: WAITING */
	STEP_WAITING,	/* auto-wait, no try runs. To: RETRYING */
	STEP_RETRYING,	/* auto-wait, a try runs. To: SENDING, WAITING, ENDING */
	STEP_ENDING,	/* the end is being committed. To: ENDED */
	STEP_ENDED,	/* nothing follows */
	STEP_COUNT,	/* how many; not a step */
};

/* Parts of a commit: bits of inner.commit_parts. */
enum request_commit_part {
	COMMIT_PUT_ROW = 1,
	COMMIT_REMOVE_ROW = 2,
	COMMIT_ADD_LOG = 4,
	COMMIT_PUT_RESEND = 8,
	COMMIT_FORGET = 16,	 /* checkpoint and digests */
	COMMIT_REMOVE_LIST = 32, /* the record it was resent from */
};

/* What a step does with an event. */
typedef void (*request_step_fn)(struct request *request, const struct request_event *event,
				uint64_t now_ns);

/* -- request.c: actions, commits, attempts ------------------------------- */

/* Queues one action. */
void request_do(struct request *request, const struct request_queued *action);
void request_announce(struct request *request, enum request_news news);
/* Asks for a slot, unless one was asked for already. */
void request_want_slot(struct request *request, bool ahead);
/* Gives the slot back, if there is one. */
void request_free_slot(struct request *request);
/* Asks for a commit of these parts. If the last one failed, it takes its place and its pause.
 * Requires that none runs. */
void request_ask_commit(struct request *request, uint32_t parts);
void request_set_state(struct request *request, enum queue_state state);
/* Begins the next attempt's number, unless it is begun. */
void request_open_attempt(struct request *request, uint64_t now_ns);
/* Closes the attempt: it will be in the next log record. Without one begun, that has number 0. */
void request_close_attempt(struct request *request);
/* The wall clock, as it was at start plus what has passed. */
uint64_t request_wall_ns(const struct request *request, uint64_t now_ns);
/* Notes who cancelled; the step acts on it. */
void request_note_cancel(struct request *request, const struct request_event *event);

/* -- request_begin.c ----------------------------------------------------- */

/* What each step does; its way in and out is above it in request_begin.c. */
void request_step_new(struct request *request, const struct request_event *event, uint64_t now_ns);
void request_step_accepting(struct request *request, const struct request_event *event,
			    uint64_t now_ns);
void request_step_closing(struct request *request, const struct request_event *event,
			  uint64_t now_ns);
void request_step_queued(struct request *request, const struct request_event *event,
			 uint64_t now_ns);
void request_step_beginning(struct request *request, const struct request_event *event,
			    uint64_t now_ns);

/* -- request_try.c ------------------------------------------------------- */

/* What each step does; its way in and out is above it in request_try.c. */
void request_step_trying(struct request *request, const struct request_event *event,
			 uint64_t now_ns);
void request_step_pausing(struct request *request, const struct request_event *event,
			  uint64_t now_ns);
void request_step_planning(struct request *request, const struct request_event *event,
			   uint64_t now_ns);
void request_step_waiting(struct request *request, const struct request_event *event,
			  uint64_t now_ns);
void request_step_retrying(struct request *request, const struct request_event *event,
			   uint64_t now_ns);
/* Starts the first connect of an attempt, whose grid begins now. */
void request_first_connect(struct request *request, uint64_t now_ns);
/* Enters the auto-wait; t0 is inner.ended_ns. Requires a Send Log record to write and a resend
 * left. */
void request_enter_wait(struct request *request);
/* Goes on with an auto-wait that the journal remembers (D-117, D-189). */
void request_resume_wait(struct request *request, uint64_t now_ns);

/* -- request_end.c ------------------------------------------------------- */

/* What each step does; its way in and out is above it in request_end.c. */
void request_step_sending(struct request *request, const struct request_event *event,
			  uint64_t now_ns);
void request_step_stopping(struct request *request, const struct request_event *event,
			   uint64_t now_ns);
void request_step_over(struct request *request, const struct request_event *event, uint64_t now_ns);
void request_step_ending(struct request *request, const struct request_event *event,
			 uint64_t now_ns);
/* Takes the numbers of a try that ended. */
void request_take_result(struct request *request, const struct attempt_result *result,
			 uint64_t now_ns);
/* Decides what follows an attempt that connected, or was stopped: its result is request->last. */
void request_judge(struct request *request);
/* Ends without success, with request->last.outcome, into the Resend Queue. */
void request_fail(struct request *request, uint64_t now_ns);
/* Ends with 901-0 (D-31). */
void request_end_cancelled(struct request *request, uint64_t now_ns);
/* Ends with 202-901: all tries are used up (D-116). */
void request_exhaust(struct request *request, uint64_t now_ns);
/* Stops what runs; the request is over when the try is. */
void request_stop_try(struct request *request);

/* -- request_record.c ---------------------------------------------------- */

/* The Send Log record of the attempt that ended. */
void request_build_log(const struct request *request, struct log_row *ret_log);
/* The Resend Queue record of the request that ended. */
void request_build_resend(const struct request *request, struct resend_row *ret_resend);
/* Size of the source, as far as known; 0 = not known. */
uint64_t request_total_bytes(const struct request *request);
