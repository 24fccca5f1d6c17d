/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_end.c -- how a receive ends without success: CLEANING (D-48..D-51).
 *
 * First what is under way comes back; then what was written is made durable, if a resume may use
 * it; a half-done append is cut back; the part file is kept or removed; the journal says so,
 * together with the log; then the sender is told. A failure in here changes nothing but the
 * journal's tale of it: what could not be cleaned up is found again at the next start. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "transfer/receiver_state.h"

enum receiver_state receiver_end(struct receiver *r)
{
	todo_plain(&r->todo, ACTION_END);
	return RECEIVER_ENDED;
}

static enum receiver_state receiver_tell_and_end(struct receiver *r)
{
	if (r->is_talking && r->notice != NOTICE_NOTHING) {
		if (!r->is_accepted)
			todo_message(&r->todo, MESSAGE_REFUSE);
		else if (r->notice == NOTICE_CANCEL)
			todo_message(&r->todo, MESSAGE_CANCEL);
		else
			todo_message(&r->todo, MESSAGE_COMPLETE);
	}
	return receiver_end(r);
}

/* A recovery that could not be finished stays what it is in the journal, and so does a target
 * that has its new content already, and what was never looked at. */
static bool receiver_leaves_record(const struct receiver *r)
{
	bool is_recovery = r->stage != CHECKPOINT_RECEIVING && !r->part_is_open;

	return !r->is_loaded || r->journal_failed || r->is_renamed ||
	       (is_recovery && r->outcome.status != HFT_TARGET_EXISTS);
}

static enum receiver_state receiver_clean(struct receiver *r)
{
	if (r->step_busy || r->record_busy || r->cycle != CYCLE_IDLE)
		return RECEIVER_CLEANING;
	if (receiver_leaves_record(r))
		return receiver_tell_and_end(r);
	if (r->stage == CHECKPOINT_APPENDING) {
		r->stage = CHECKPOINT_RECEIVING;
		r->cutting = true;
		return receiver_publish_begin(r, CUT_BACK);
	}
	if (!r->salvaged && r->settings.on_failure == ON_FAILURE_KEEP && r->part_is_open &&
	    !ranges_equal(&r->written, &r->durable)) {
		r->salvaged = true;
		receiver_checkpoint(r, true);
		if (r->cycle != CYCLE_IDLE)
			return RECEIVER_CLEANING;
	}
	if (r->settings.on_failure != ON_FAILURE_KEEP && r->part_is_open) {
		r->cleaning = true;
		return receiver_publish_begin(r, CLEAN_UP);
	}
	r->stage = CHECKPOINT_RECEIVING;
	r->recording = r->durable;
	receiver_record(r, true);
	return RECEIVER_CLEANING;
}

enum receiver_state receiver_fail(struct receiver *r, enum receiver_notice notice)
{
	if (r->state == RECEIVER_CLEANING || r->state == RECEIVER_ENDED)
		return r->state;
	r->notice = notice;
	if (notice != NOTICE_CANCEL)
		r->patience_ns = 0;
	r->state = RECEIVER_CLEANING;
	return receiver_clean(r);
}

enum receiver_state receiver_fail_disk(struct receiver *r, const char *what, int error)
{
	if (r->state < RECEIVER_CLEANING)
		outcome_set_errno(&r->outcome, HFT_TARGET_UNWRITABLE, 0, -error,
				  "cannot write %s: %s", what, strerror(-error));
	return receiver_fail(r, NOTICE_RESULT);
}

enum receiver_state receiver_fail_journal(struct receiver *r, int error)
{
	r->journal_failed = true;
	if (r->state < RECEIVER_CLEANING && error == -ESTALE)
		outcome_set_errno(&r->outcome, HFT_FENCED, 0, -error,
				  "another node owns the journal of this host");
	else if (r->state < RECEIVER_CLEANING)
		outcome_set_errno(&r->outcome, HFT_TARGET_UNWRITABLE, 0, -error,
				  "cannot write the journal: %s", strerror(-error));
	if (r->state == RECEIVER_CLEANING)
		return receiver_tell_and_end(r);
	return receiver_fail(r, NOTICE_RESULT);
}

enum receiver_state receiver_fail_breach(struct receiver *r, const char *what)
{
	if (r->state < RECEIVER_CLEANING)
		outcome_set(&r->outcome, HFT_NO_AGREEMENT, 0, "%s broke the protocol: %s",
			    r->settings.peer, what);
	return receiver_fail(r, NOTICE_RESULT);
}

enum receiver_state receiver_fail_resume(struct receiver *r)
{
	if (r->reason == RESUME_SOURCE_CHANGED)
		outcome_set(&r->outcome, HFT_SOURCE_CHANGED, 0,
			    "%s is not the file that was sent before", r->offer.source_path);
	else
		outcome_set(&r->outcome, HFT_RESUME_REFUSED, 0,
			    "cannot continue: %s; `--from-start` sends all",
			    resume_reason_name(r->reason));
	return receiver_fail(r, NOTICE_RESULT);
}

/* A newer attempt, or a newer owner, takes over: nothing is touched, and nobody is told. The
 * log record is committed ahead of whatever the newer one does. */
static enum receiver_state receiver_yield(struct receiver *r)
{
	todo_clear(&r->todo);
	if (!r->is_final && !r->journal_failed && r->has_record && !r->record_busy) {
		r->recording = r->durable;
		receiver_record(r, true);
	}
	return receiver_end(r);
}

enum receiver_state receiver_cancelled(struct receiver *r, const struct outcome *outcome)
{
	bool yields = outcome->status == HFT_READ_FAILED || outcome->status == HFT_FENCED;

	if (r->state == RECEIVER_ENDED)
		return r->state;
	if (yields) {
		if (!r->is_final)
			r->outcome = *outcome;
		return receiver_yield(r);
	}
	if (r->state == RECEIVER_PUBLISHING || r->state == RECEIVER_ANSWERING ||
	    r->state == RECEIVER_CLEANING)
		return r->state; /* too late: it is decided already */
	r->outcome = *outcome;
	r->patience_ns = r->now_ns + HFT_NOTICE_COMMIT_NS;
	return receiver_fail(r, NOTICE_CANCEL);
}

/* Rows of CUT_BACK and CLEAN_UP. */
static enum receiver_state receiver_clean_row(struct receiver *r,
					      const struct transfer_event *event)
{
	const struct publish_row *row = publish_row(&r->publish);

	if ((event->kind == EVENT_STEP_DONE) != (row->act == PUBLISH_STEP) ||
	    (event->kind != EVENT_STEP_DONE && event->kind != EVENT_RECORDED))
		return RECEIVER_CLEANING;
	if (event->error < 0) {
		r->journal_failed = true; /* it stays as it is, for the next start */
		return receiver_tell_and_end(r);
	}
	publish_advance(&r->publish);
	if (publish_row(&r->publish)->act != PUBLISH_OVER)
		return receiver_publish_row(r);
	if (r->cleaning)
		return receiver_tell_and_end(r);
	r->cutting = false;
	return receiver_clean(r);
}

/* From: every state but ENDED, on a failure or a cancel.
 * To:   ENDED when part file and journal are in the agreed state, or when a cancelled
 *       receive waited HFT_NOTICE_COMMIT_NS for a disk that hangs (D-163). */
enum receiver_state receiver_cleaning(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_TICK && r->patience_ns != 0 && r->now_ns >= r->patience_ns)
		return receiver_tell_and_end(r);
	if (r->cutting || r->cleaning)
		return receiver_clean_row(r, event);
	if (event->kind == EVENT_RECORDED && r->record_final)
		return receiver_tell_and_end(r);
	return receiver_clean(r);
}
