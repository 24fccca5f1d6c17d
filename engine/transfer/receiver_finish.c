/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_finish.c -- from data to the result: STREAMING, VERIFYING, PUBLISHING, ANSWERING. */
#include <assert.h>
#include <errno.h>

#include "transfer/receiver_state.h"

/* -- STREAMING ------------------------------------------------------------ */

/* What FINISH says must be what came; NULL when it is. */
static const char *receiver_finish_flaw(const struct receiver *r,
					const struct message_finish *finish)
{
	struct plan plan;

	plan_init(&plan, finish->total_bytes, r->plan.chunk_bytes);
	if (plan.chunk_count != finish->chunk_count)
		return "it finished with a number of chunks that the size does not have";
	if (plan_is_bounded(&r->plan) && r->plan.total_bytes != finish->total_bytes)
		return "it finished with another size than it offered";
	if (r->short_chunk != UINT64_MAX &&
	    finish->total_bytes != plan_offset(&plan, r->short_chunk) + r->short_bytes)
		return "a chunk before the end of the stream was not whole";
	if (!plan_is_covered(&plan, &r->written) || ranges_end(&r->written) > plan.chunk_count ||
	    r->writing_count > 0)
		return "it finished before all was written";
	return NULL;
}

static enum receiver_state receiver_verify_drive(struct receiver *r);

static enum receiver_state receiver_finish_came(struct receiver *r,
						const struct message_finish *finish)
{
	const char *flaw = receiver_finish_flaw(r, finish);

	if (flaw)
		return receiver_fail_breach(r, flaw);
	plan_end(&r->plan, finish->total_bytes);
	r->finish_digest = finish->digest;
	r->state = RECEIVER_VERIFYING;
	return receiver_verify_drive(r);
}

static enum receiver_state receiver_stream_message(struct receiver *r,
						   const struct message *message)
{
	switch (message->type) {
	case MESSAGE_SYNC:
		cadence_hurry(&r->cadence);
		if (r->cycle == CYCLE_IDLE && ranges_equal(&r->written, &r->durable))
			receiver_say_durable(r); /* nothing new: say so at once */
		return r->state;
	case MESSAGE_DIGESTS_REQUEST:
		receiver_asked(r, &message->of.digests_request);
		return r->state;
	case MESSAGE_BEGIN: /* said again after a rejoin */
		return r->state;
	case MESSAGE_FINISH:
		return receiver_finish_came(r, &message->of.finish);
	default:
		return receiver_fail_breach(r, "it said something that a sender never says");
	}
}

/* From: AGREEING.
 * To:   VERIFYING on FINISH, CLEANING when disk, journal or sender fail. */
enum receiver_state receiver_streaming(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED)
		return receiver_take_digests(r, event);
	if (event->kind == EVENT_MESSAGE) {
		enum receiver_state next = receiver_stream_message(r, event->of.message);

		if (next != RECEIVER_STREAMING)
			return next;
	}
	receiver_checkpoint(r, false);
	return RECEIVER_STREAMING;
}

/* -- VERIFYING ------------------------------------------------------------ */

static enum publish_way receiver_way(const struct receiver *r)
{
	switch (r->mode) {
	case TARGET_APPEND:
		return PUBLISH_APPEND;
	case TARGET_NEW:
		return PUBLISH_NEW;
	default:
		return PUBLISH_REPLACE;
	}
}

static enum receiver_state receiver_verify_drive(struct receiver *r)
{
	if (r->cycle != CYCLE_IDLE || r->step_busy || r->record_busy)
		return RECEIVER_VERIFYING;
	receiver_drive_loads(r);
	if (!ledger_total(&r->ledger, r->plan.chunk_count, &r->digest)) {
		/* The chain is waiting for the journal, or must be moved on by a checkpoint. */
		if (r->load == LOAD_NOTHING)
			receiver_checkpoint(r, true);
		return RECEIVER_VERIFYING;
	}
	if (r->settings.verify && !digest_equal(&r->digest, &r->finish_digest)) {
		outcome_set(&r->outcome, HFT_VERIFY_FAILED, 0,
			    "what arrived differs from what was sent (file digest); "
			    "nothing was published");
		return receiver_fail(r, NOTICE_RESULT);
	}
	return receiver_publish_begin(r, receiver_way(r));
}

/* From: STREAMING.
 * To:   PUBLISHING when the file digest is the sender's,
 *       CLEANING when it is not (535), or disk or journal fail. */
enum receiver_state receiver_verifying(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED) {
		enum receiver_state next = receiver_take_digests(r, event);

		if (next != RECEIVER_VERIFYING)
			return next;
	}
	return receiver_verify_drive(r);
}

/* -- PUBLISHING ----------------------------------------------------------- */

static void receiver_set_done(struct receiver *r)
{
	outcome_set(&r->outcome, HFT_DONE, 0, "%s is complete, durable and in place",
		    r->settings.final_name);
}

/* All rows are done. */
static enum receiver_state receiver_published(struct receiver *r)
{
	if (r->publish.way == RECOVER_CLEAN_UP)
		return receiver_end(r);
	if (r->begins_anew && r->is_talking)
		return receiver_begin_anew(r);
	if (!r->is_accepted) {
		/* Recovered: the sender, if there is one, gets the stored result. */
		if (r->is_talking)
			todo_message(&r->todo, MESSAGE_ACCEPT);
		return receiver_end(r);
	}
	if (r->is_talking)
		todo_message(&r->todo, MESSAGE_COMPLETE);
	r->patience_ns = r->now_ns + r->settings.dead_after_ns;
	return RECEIVER_ANSWERING;
}

enum receiver_state receiver_publish_row(struct receiver *r)
{
	const struct publish_row *row = publish_row(&r->publish);

	switch (row->act) {
	case PUBLISH_STEP:
		receiver_step(r, row->step);
		break;
	case PUBLISH_VERIFIED:
		r->stage = CHECKPOINT_VERIFIED;
		r->recording = r->written;
		receiver_record(r, false);
		break;
	case PUBLISH_APPENDING:
		r->stage = CHECKPOINT_APPENDING;
		r->recording = r->written;
		receiver_record(r, false);
		break;
	case PUBLISH_PUBLISHED:
		r->stage = CHECKPOINT_PUBLISHED;
		receiver_record(r, false);
		break;
	case PUBLISH_CLEANING:
		r->stage = CHECKPOINT_CLEANING;
		r->recording = r->durable;
		receiver_record(r, false);
		break;
	case PUBLISH_FINAL:
		if (r->state == RECEIVER_PUBLISHING && r->publish.way != RECOVER_CLEAN_UP)
			receiver_set_done(r);
		receiver_record(r, true);
		break;
	case PUBLISH_OVER:
		if (r->state == RECEIVER_PUBLISHING)
			return receiver_published(r);
		break;
	}
	return r->state;
}

enum receiver_state receiver_publish_begin(struct receiver *r, enum publish_way way)
{
	publish_begin(&r->publish, way);
	if (way == UNDO_APPEND)
		r->state = RECEIVER_UNDOING;
	else if (way != CUT_BACK && way != CLEAN_UP)
		r->state = RECEIVER_PUBLISHING;
	if (way == RECOVER_CLEAN_UP)
		outcome_set(&r->outcome, HFT_FOUND_BROKEN, 0,
			    "found in progress after an end without a stop");
	return receiver_publish_row(r);
}

/* What a publishing step failed for, as an outcome. */
static enum receiver_state receiver_publish_failed(struct receiver *r, enum receive_step step,
						   int error)
{
	if (step == STEP_RENAME_NEW && error == -EEXIST) {
		outcome_set(&r->outcome, HFT_TARGET_EXISTS, 0, "%s exists and the mode is new",
			    r->settings.final_name);
		return receiver_fail(r, NOTICE_RESULT);
	}
	if (step == STEP_LOCK_TARGET && error == -EAGAIN && r->publish.way != PUBLISH_APPEND) {
		outcome_set(&r->outcome, HFT_NOT_READY, 0,
			    "%s is still being finished by an earlier session",
			    r->settings.final_name);
		return receiver_fail(r, NOTICE_RESULT);
	}
	if (step == STEP_LOCK_TARGET && (error == -EAGAIN || error == -EACCES)) {
		outcome_set(&r->outcome, HFT_TARGET_UNWRITABLE, HFT_DETAIL_LOCKED,
			    "cannot write %s: locked or being received", r->settings.final_name);
		return receiver_fail(r, NOTICE_RESULT);
	}
	r->disk_failed = r->disk_failed || step == STEP_SYNC_PART;
	return receiver_fail_disk(r, r->settings.final_name, error);
}

/* Where the target ends now is where our piece begins, unless an earlier piece of this very
 * transfer is at its end, which is then replaced (D-45). Returns 0 or what is wrong. */
static int receiver_set_base(struct receiver *r, uint64_t target_bytes)
{
	r->append_base = target_bytes;
	if (!r->has_earlier)
		return 0;
	if (target_bytes != r->earlier_base + r->earlier_bytes)
		return -ESTALE;
	r->append_base = r->earlier_base;
	return 0;
}

/* What a good step tells besides that it was good. Returns 0 or what is wrong with it. */
static int receiver_publish_stepped(struct receiver *r, const struct transfer_event *event)
{
	switch (event->of.step.step) {
	case STEP_STAT_TARGET:
		return receiver_set_base(r, event->of.step.bytes);
	case STEP_COPY_TO_TARGET:
		return event->of.step.bytes == r->plan.total_bytes ? 0 : -EIO;
	case STEP_OPEN_PART: /* RECOVER_APPEND: it must be the whole file */
		return event->of.step.bytes >= r->plan.total_bytes ? 0 : -ENODATA;
	case STEP_RENAME:
	case STEP_RENAME_NEW:
		r->is_renamed = true;
		return 0;
	default:
		return 0;
	}
}

/* From: VERIFYING; LOADING or the start of the engine when a publish was interrupted.
 * To:   ANSWERING when the file is in place and that is journaled; ENDED when nobody waits
 *       for the answer, CLEANING when a step fails. */
enum receiver_state receiver_publishing(struct receiver *r, const struct transfer_event *event)
{
	const struct publish_row *row = publish_row(&r->publish);
	/* The target is whole and durable: a part file that cannot be removed fails nothing. */
	bool is_past = r->is_final || r->stage == CHECKPOINT_PUBLISHED;
	int error = event->error == row->tolerated || is_past ? 0 : event->error;

	if (event->kind == EVENT_STEP_DONE && row->act == PUBLISH_STEP) {
		if (error == 0)
			error = receiver_publish_stepped(r, event);
		if (error < 0)
			return receiver_publish_failed(r, event->of.step.step, error);
	} else if (event->kind != EVENT_RECORDED || row->act == PUBLISH_STEP) {
		return r->state;
	} else if (row->act == PUBLISH_VERIFIED || row->act == PUBLISH_APPENDING) {
		r->durable = r->recording;
		receiver_say_durable(r);
	} else if (row->act == PUBLISH_PUBLISHED) {
		r->is_renamed = true; /* as good as: the next attempt finishes it */
	} else if (row->act == PUBLISH_FINAL) {
		r->is_final = true;
	}
	publish_advance(&r->publish);
	return receiver_publish_row(r);
}

/* From: PUBLISHING.
 * To:   ENDED on CONFIRM, or when nobody says so for dead_after: the result is journaled. */
enum receiver_state receiver_answering(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_MESSAGE && event->of.message->type == MESSAGE_CONFIRM)
		return receiver_end(r);
	return RECEIVER_ANSWERING;
}
