/* SPDX-License-Identifier: Apache-2.0 */
/* receiver_checkpoint.c -- the order that every promise rests on (D-36): written, synced,
 * journaled, told. One checkpoint at a time; what it covers is fixed when its sync begins. */
#include <assert.h>

#include "transfer/receiver_state.h"

void receiver_step(struct receiver *r, enum receive_step step)
{
	assert(!r->step_busy);
	r->step_busy = true;
	todo_step(&r->todo, step);
}

void receiver_record(struct receiver *r, bool is_final)
{
	assert(!r->record_busy);
	r->record_busy = true;
	r->record_final = is_final;
	todo_plain(&r->todo, ACTION_RECORD);
}

void receiver_say_stored(struct receiver *r)
{
	if (r->stored_queued || !r->is_talking)
		return;
	r->stored_queued = true;
	todo_message(&r->todo, MESSAGE_STORED);
}

void receiver_say_durable(struct receiver *r)
{
	todo_plain(&r->todo, ACTION_PROGRESS);
	if (r->durable_queued || !r->is_talking || !r->is_accepted)
		return;
	r->durable_queued = true;
	todo_message(&r->todo, MESSAGE_DURABLE);
}

void receiver_checkpoint(struct receiver *r, bool force)
{
	if (r->cycle != CYCLE_IDLE || r->step_busy || r->record_busy || r->disk_failed)
		return;
	if (!force && !cadence_is_due(&r->cadence, r->now_ns))
		return;
	r->recording = r->written;
	cadence_begin(&r->cadence, r->now_ns);
	r->cycle = CYCLE_SYNCING;
	receiver_step(r, STEP_SYNC_DATA);
}

void receiver_name(struct receiver *r)
{
	if (r->is_named)
		return;
	r->cycle = CYCLE_NAMING;
	receiver_step(r, STEP_SYNC_FOLDER);
}

/* After a failed sync the kernel may have dropped what it could not write: nothing that was
 * not recorded before may ever be claimed. */
static void receiver_sync_failed(struct receiver *r, int error)
{
	r->cycle = CYCLE_IDLE;
	r->disk_failed = true;
	r->written = r->durable;
	r->recording = r->durable;
	r->state = receiver_fail_disk(r, r->part_name, error);
}

static void receiver_checkpoint_stepped(struct receiver *r, const struct transfer_event *event)
{
	if (event->error < 0) {
		receiver_sync_failed(r, event->error);
		return;
	}
	if (r->cycle == CYCLE_NAMING) {
		r->is_named = true;
		r->cycle = CYCLE_IDLE;
		return;
	}
	r->cost_ns = event->of.step.cost_ns;
	r->cycle = CYCLE_RECORDING;
	receiver_record(r, false);
}

bool receiver_take_cycle(struct receiver *r, const struct transfer_event *event)
{
	if (event->kind == EVENT_STEP_DONE &&
	    (r->cycle == CYCLE_SYNCING || r->cycle == CYCLE_NAMING)) {
		receiver_checkpoint_stepped(r, event);
		return true;
	}
	if (event->kind == EVENT_RECORDED && r->cycle == CYCLE_RECORDING) {
		r->cycle = CYCLE_IDLE;
		cadence_done(&r->cadence, r->cost_ns);
		r->durable = r->recording;
		receiver_say_durable(r);
		receiver_drive_loads(r);
		return true;
	}
	return false;
}
