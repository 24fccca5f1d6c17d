/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_open.c -- what is already here: LOADING, UNDOING, OPENING, RECHECKING.
 *
 * The journal says how far an earlier attempt came; the part file is found or made; the last
 * durable chunks are read again. Whatever does not continue has a reason (D-90, D-91). */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "base/text.h"
#include "transfer/receiver_state.h"

/* -- LOADING -------------------------------------------------------------- */

/* The part file lies beside the target: its folder, and a name that the transfer id makes
 * unique (D-35). */
static int receiver_name_part(struct receiver *r)
{
	const char *final_name = r->settings.final_name;
	const char *slash = strrchr(final_name, '/');
	const char *name = slash ? slash + 1 : final_name;
	char component[HFT_COMPONENT_BYTES];

	if (!name_is_safe(name))
		return -EINVAL;
	if (name_part(component, sizeof(component), name, &r->offer.transfer_id) < 0)
		return -ENAMETOOLONG;
	return text_format(r->part_name, sizeof(r->part_name), "%.*s%s",
			   slash ? (int)(slash + 1 - final_name) : 0, final_name, component);
}

static void receiver_adopt(struct receiver *r, const struct checkpoint *checkpoint)
{
	uint64_t total_bytes = checkpoint->total_known ? checkpoint->total_bytes
						       : TOTAL_BYTES_UNKNOWN;
	struct chain chain;

	chain_init(&chain);
	if (checkpoint->prefix_chunks > 0) {
		chain.value = checkpoint->chain;
		chain.chunks = checkpoint->prefix_chunks;
	}
	ledger_init(&r->ledger, &chain);
	plan_init(&r->plan, total_bytes, checkpoint->chunk_bytes);
	r->stage = (enum checkpoint_stage)checkpoint->stage;
	r->has_record = true;
	r->repaired = checkpoint->repaired;
	r->record_attempt = checkpoint->attempt;
	r->started_wall_ns = checkpoint->started_wall_ns;
	r->append_base = checkpoint->append_base_bytes;
	r->written = checkpoint->coverage;
	r->recording = checkpoint->coverage;
	r->durable = checkpoint->coverage;
}

/* Nothing of what an earlier attempt left is used. */
static void receiver_forget_record(struct receiver *r)
{
	struct chain empty;

	chain_init(&empty);
	ledger_init(&r->ledger, &empty);
	plan_init(&r->plan, r->offer.total_bytes,
		  min_u32(r->offer.chunk_bytes, r->settings.chunk_bytes_max));
	ranges_clear(&r->written);
	ranges_clear(&r->recording);
	ranges_clear(&r->durable);
	r->stage = CHECKPOINT_RECEIVING;
	r->repaired = false;
	r->discard = true;
}

/* D-42: a finished transfer is answered with its result, unless it is to be received anew, or is
 * being received anew: then there is a checkpoint beside the result. */
static bool receiver_is_answered(struct receiver *r, const struct transfer_event *event)
{
	const struct completed_row *completed = event->completed;
	bool same_place = strcmp(completed->final_name, r->settings.final_name) == 0;

	if (!r->offer.from_start && !event->of.checkpoint &&
	    identity_compare(&completed->source, &r->offer.source) == IDENTITY_SAME) {
		r->digest = completed->digest;
		r->outcome = completed->outcome;
		r->answers_completed = true;
		return true;
	}
	if (same_place && r->mode == TARGET_NEW)
		r->mode = TARGET_REPLACE; /* D-43: published by the same transfer id */
	if (same_place && r->mode == TARGET_APPEND && completed->mode == TARGET_APPEND) {
		r->has_earlier = true;
		r->earlier_base = completed->append_base_bytes;
		r->earlier_bytes = completed->bytes;
	}
	return false;
}

static bool receiver_same_place(const struct receiver *r, const struct checkpoint *checkpoint)
{
	return strcmp(checkpoint->folder, r->settings.folder) == 0 &&
	       strcmp(checkpoint->final_name, r->settings.final_name) == 0 &&
	       strcmp(checkpoint->part_name, r->part_name) == 0;
}

static bool receiver_same_source(const struct receiver *r, const struct checkpoint *checkpoint)
{
	if (identity_compare(&checkpoint->source, &r->offer.source) == IDENTITY_DIFFERENT)
		return false;
	return !checkpoint->total_known || r->offer.total_bytes == TOTAL_BYTES_UNKNOWN ||
	       checkpoint->total_bytes == r->offer.total_bytes;
}

/* Why an interrupted receive cannot go on; RESUME_NONE = it can. */
static enum resume_reason receiver_why_not(const struct receiver *r,
					   const struct checkpoint *checkpoint)
{
	if (!receiver_same_source(r, checkpoint))
		return RESUME_SOURCE_CHANGED;
	if (r->offer.from_start)
		return RESUME_ASKED_FROM_START;
	if (r->mode == TARGET_APPEND)
		return RESUME_MODE_APPEND;
	if (r->settings.on_failure != ON_FAILURE_KEEP || checkpoint->stage == CHECKPOINT_CLEANING)
		return RESUME_ON_FAILURE_NOT_KEEP;
	if (!receiver_same_place(r, checkpoint))
		return RESUME_PARTIAL_MISSING;
	if (checkpoint->chunk_bytes > r->settings.chunk_bytes_max)
		return RESUME_POSITION_MISMATCH;
	return RESUME_NONE;
}

static bool receiver_is_strict(const struct receiver *r)
{
	return (r->settings.strict || r->offer.strict) && !r->offer.from_start;
}

static enum receiver_state receiver_open_begin(struct receiver *r)
{
	receiver_step(r, STEP_OPEN_FOLDER);
	return RECEIVER_OPENING;
}

/* A receive that was interrupted while data came in, or must be started over. */
static enum receiver_state receiver_consider(struct receiver *r,
					     const struct checkpoint *checkpoint)
{
	enum resume_reason reason = receiver_why_not(r, checkpoint);

	if (checkpoint->coverage.count > 0)
		r->reason = reason;
	if (r->reason != RESUME_NONE && receiver_is_strict(r))
		return receiver_fail_resume(r);
	if (checkpoint->stage == CHECKPOINT_APPENDING)
		return receiver_publish_begin(r, UNDO_APPEND);
	if (reason != RESUME_NONE)
		receiver_forget_record(r);
	r->stage = CHECKPOINT_RECEIVING;
	return receiver_open_begin(r);
}

/* A publish that was interrupted is finished; the sender gets the result at once. */
static enum receiver_state receiver_recover(struct receiver *r, const struct checkpoint *checkpoint)
{
	r->mode = (enum target_mode)checkpoint->mode;
	r->digest = r->ledger.chain.value;
	r->answers_completed = true;
	(void)text_copy(r->answer_name, sizeof(r->answer_name), r->settings.final_name);
	if (checkpoint->stage == CHECKPOINT_CLEANING)
		return receiver_publish_begin(r, RECOVER_CLEAN_UP);
	if (checkpoint->stage == CHECKPOINT_APPENDING)
		return receiver_publish_begin(r, RECOVER_APPEND);
	if (checkpoint->stage == CHECKPOINT_PUBLISHED)
		return receiver_publish_begin(r, RECOVER_PUBLISHED);
	return receiver_publish_begin(r, r->mode == TARGET_NEW ? RECOVER_NEW : RECOVER_REPLACE);
}

static bool receiver_is_publishing_stage(const struct checkpoint *checkpoint)
{
	return checkpoint->stage == CHECKPOINT_VERIFIED ||
	       checkpoint->stage == CHECKPOINT_APPENDING ||
	       checkpoint->stage == CHECKPOINT_PUBLISHED;
}

/* Whether an interrupted publish is finished although something else is wanted now. What it
 * left may be under its final name already, and only its own completion tells the next
 * receive that this file is its own to replace (D-43). An append can be undone. */
static bool receiver_is_finished_first(const struct receiver *r,
				       const struct checkpoint *checkpoint)
{
	bool is_refused = receiver_is_strict(r) && checkpoint->coverage.count > 0;

	return checkpoint->stage != CHECKPOINT_APPENDING && !is_refused;
}

static enum receiver_state receiver_loaded(struct receiver *r, const struct checkpoint *checkpoint)
{
	if (!checkpoint) {
		if (r->offer.recorded_chunks > 0 && !r->offer.from_start)
			r->reason = RESUME_PARTIAL_MISSING;
		if (r->reason != RESUME_NONE && receiver_is_strict(r))
			return receiver_fail_resume(r);
		receiver_forget_record(r);
		r->discard = false;
		return receiver_open_begin(r);
	}
	receiver_adopt(r, checkpoint);
	if (receiver_is_publishing_stage(checkpoint) && receiver_same_place(r, checkpoint)) {
		bool is_wanted = receiver_same_source(r, checkpoint) && !r->offer.from_start;

		if (is_wanted || receiver_is_finished_first(r, checkpoint)) {
			r->begins_anew = !is_wanted;
			if (r->begins_anew)
				r->source = checkpoint->source;
			return receiver_recover(r, checkpoint);
		}
	}
	return receiver_consider(r, checkpoint);
}

enum receiver_state receiver_begin_anew(struct receiver *r)
{
	r->begins_anew = false;
	r->answers_completed = false;
	r->is_renamed = false;
	r->is_final = false;
	r->source = r->offer.source;
	r->mode = r->settings.mode;
	r->reason = r->offer.from_start ? RESUME_ASKED_FROM_START : RESUME_SOURCE_CHANGED;
	memset(&r->outcome, 0, sizeof(r->outcome));
	todo_plain(&r->todo, ACTION_LOAD_CHECKPOINT);
	return RECEIVER_LOADING;
}

/* From: init.
 * To:   OPENING; PUBLISHING when a publish was interrupted, UNDOING when an append was that is
 *       not wanted any more, ENDED when the transfer is done already, CLEANING on a refusal. */
enum receiver_state receiver_loading(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind != EVENT_CHECKPOINT_LOADED)
		return RECEIVER_LOADING;
	if (event->error < 0)
		return receiver_fail_journal(r, event->error);
	if (receiver_name_part(r) < 0) {
		outcome_set(&r->outcome, HFT_REFUSED, 0, "%s is not a name for a file",
			    r->settings.final_name);
		return receiver_fail(r, NOTICE_RESULT);
	}
	r->is_loaded = true;
	if (event->completed && receiver_is_answered(r, event)) {
		(void)text_copy(r->answer_name, sizeof(r->answer_name),
				event->completed->final_name);
		todo_message(&r->todo, MESSAGE_ACCEPT);
		return receiver_end(r);
	}
	return receiver_loaded(r, event->of.checkpoint);
}

enum receiver_state receiver_recover_begin(struct receiver *r, const struct checkpoint *checkpoint)
{
	r->is_loaded = true;
	receiver_adopt(r, checkpoint);
	if (receiver_name_part(r) < 0) {
		outcome_set(&r->outcome, HFT_REFUSED, 0, "%s is not a name for a file",
			    r->settings.final_name);
		return receiver_fail(r, NOTICE_NOTHING);
	}
	return receiver_recover(r, checkpoint);
}

/* From: LOADING. The rows of UNDO_APPEND are taken by receiver_publish_row().
 * To:   OPENING when the target is cut back. */
enum receiver_state receiver_undoing(struct receiver *r, const struct transfer_event *event)
{
	enum receiver_state next = receiver_publishing(r, event);

	/* The last row is followed by a new beginning. */
	if (next != RECEIVER_UNDOING || publish_row(&r->publish)->act != PUBLISH_OVER)
		return next;
	receiver_forget_record(r);
	return receiver_open_begin(r);
}

/* -- OPENING -------------------------------------------------------------- */

static enum receiver_state receiver_recheck_drive(struct receiver *r);

/* Chunks behind the end of the part file are not there, whatever the journal says. */
static void receiver_fit_coverage(struct receiver *r, uint64_t part_bytes)
{
	uint64_t whole = part_bytes / r->plan.chunk_bytes;
	uint64_t end = ranges_end(&r->durable);

	if (plan_is_bounded(&r->plan) && part_bytes >= r->plan.total_bytes)
		whole = r->plan.chunk_count;
	if (end <= whole)
		return;
	r->reason = part_bytes == 0 ? RESUME_PARTIAL_MISSING : RESUME_PARTIAL_DAMAGED;
	r->repaired = true;
	if (ranges_remove(&r->durable, whole, end) < 0)
		ranges_clear(&r->durable);
	r->written = r->durable;
	ledger_keep(&r->ledger, &r->durable);
}

static enum receiver_state receiver_part_opened(struct receiver *r, uint64_t part_bytes)
{
	r->part_is_open = true;
	r->is_named = part_bytes > 0 && r->durable.count > 0;
	receiver_fit_coverage(r, part_bytes);
	recheck_init(&r->recheck, &r->durable,
		     max_u32(r->settings.resume_check, r->offer.resume_check));
	return receiver_recheck_drive(r);
}

static enum receiver_state receiver_folder_ready(struct receiver *r)
{
	receiver_step(r, r->discard ? STEP_REMOVE_PART : STEP_OPEN_PART);
	return RECEIVER_OPENING;
}

static enum receiver_state receiver_target_checked(struct receiver *r, int error)
{
	if (error == -ENOENT)
		return receiver_folder_ready(r);
	if (error < 0)
		return receiver_fail_disk(r, r->settings.final_name, error);
	outcome_set(&r->outcome, HFT_TARGET_EXISTS, 0, "%s exists and the mode is new",
		    r->settings.final_name);
	return receiver_fail(r, NOTICE_RESULT);
}

/* From: LOADING, UNDOING.
 * To:   RECHECKING when the part file is open, CLEANING when something is in the way. */
enum receiver_state receiver_opening(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind != EVENT_STEP_DONE)
		return RECEIVER_OPENING;
	if (event->of.step.step == STEP_CHECK_TARGET)
		return receiver_target_checked(r, event->error);
	if (event->error < 0 && event->of.step.step == STEP_OPEN_FOLDER)
		return receiver_fail_disk(r, r->settings.folder, event->error);
	if (event->error < 0)
		return receiver_fail_disk(r, r->part_name, event->error);
	switch (event->of.step.step) {
	case STEP_OPEN_FOLDER:
		if (r->mode != TARGET_NEW)
			return receiver_folder_ready(r);
		receiver_step(r, STEP_CHECK_TARGET);
		return RECEIVER_OPENING;
	case STEP_REMOVE_PART:
		receiver_step(r, STEP_OPEN_PART);
		return RECEIVER_OPENING;
	case STEP_OPEN_PART:
		return receiver_part_opened(r, event->of.step.bytes);
	default:
		return RECEIVER_OPENING;
	}
}

/* -- RECHECKING ----------------------------------------------------------- */

static enum receiver_state receiver_rechecked(struct receiver *r)
{
	if (r->recheck.bad_count > 0) {
		r->reason = RESUME_PARTIAL_DAMAGED;
		r->repaired = true;
		r->durable = r->recheck.chunks;
		r->written = r->durable;
		ledger_keep(&r->ledger, &r->durable);
	}
	if (r->reason != RESUME_NONE && r->durable.count == 0 && receiver_is_strict(r))
		return receiver_fail_resume(r);
	return receiver_accept_begin(r);
}

static enum receiver_state receiver_recheck_drive(struct receiver *r)
{
	uint64_t chunk = 0;
	uint32_t count = 0;

	switch (recheck_next(&r->recheck, &chunk, &count)) {
	case RECHECK_LOAD:
		r->load = LOAD_RECHECK;
		todo_load(&r->todo, chunk, count);
		return RECEIVER_RECHECKING;
	case RECHECK_READ:
		todo_push(&r->todo, &(struct todo){.kind = ACTION_RECHECK, .chunk = chunk});
		return RECEIVER_RECHECKING;
	case RECHECK_DONE:
		break;
	}
	return receiver_rechecked(r);
}

/* From: OPENING.
 * To:   ACCEPTING when the last durable chunks were read again; bad ones are dropped,
 *       CLEANING when nothing is left and the resume is strict. */
enum receiver_state receiver_rechecking(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_DIGESTS_LOADED) {
		r->load = LOAD_NOTHING;
		if (event->error < 0)
			return receiver_fail_journal(r, event->error);
		recheck_loaded(&r->recheck, event->of.digests.first, event->of.digests.list,
			       event->of.digests.count);
		return receiver_recheck_drive(r);
	}
	if (event->kind != EVENT_RECHECKED)
		return RECEIVER_RECHECKING;
	recheck_read(&r->recheck, event->error < 0 ? NULL : &event->of.recheck.digest);
	return receiver_recheck_drive(r);
}
