/* SPDX-License-Identifier: Apache-2.0 */
/* duet_receiver.c -- the host of the receiver in the world of duet.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "support/duet.h"
#include "support/duet_disk.h"

struct receiver_commit {
	struct checkpoint checkpoint;
	uint32_t count;
	bool is_final;
	bool keeps;
	bool completes;
	struct completed_row completed;
	struct chunk_digest digests[HFT_CHECKPOINT_DIGESTS_MAX];
};

static void receiver_run(struct world *w);

void duet_receiver_event(struct world *w, struct transfer_event *event)
{
	if (!w->receiver)
		return;
	duet_trace(w, "receiver event %d error %d connection %d", event->kind, event->error,
		   event->connection);
	receiver_handle(w->receiver, event, w->now_ns);
	receiver_run(w);
}

void duet_receiver_tick(struct world *w)
{
	struct transfer_event event = {.kind = EVENT_TICK};

	duet_receiver_event(w, &event);
}

static struct duet_item *receiver_soon(struct world *w, duet_fn run, uint64_t most_ns)
{
	struct duet_item *item = duet_soon(w, run, most_ns);

	item->engine = w->receiver_engine;
	item->session = w->receiver_session;
	return item;
}

static bool hears(const struct world *w, const struct duet_item *item)
{
	return item->engine == w->receiver_engine && item->session == w->receiver_session &&
	       w->receiver;
}

/* -- journal ---------------------------------------------------------------- */

static void checkpoint_loaded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_CHECKPOINT_LOADED};

	if (!hears(w, item))
		return;
	if (w->receiver_journal.has_checkpoint)
		event.of.checkpoint = &w->receiver_journal.checkpoint;
	if (w->receiver_journal.has_completed)
		event.completed = &w->receiver_journal.completed;
	duet_receiver_event(w, &event);
}

static void digests_loaded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED};
	uint32_t count = 0;

	if (!hears(w, item))
		return;
	while (count < item->count && item->chunk + count < DUET_CHUNKS &&
	       w->receiver_journal.has_digest[item->chunk + count])
		count++;
	event.of.digests.first = item->chunk;
	event.of.digests.count = count;
	event.of.digests.list = count ? &w->receiver_journal.digest[item->chunk] : NULL;
	duet_receiver_event(w, &event);
}

static void recorded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_RECORDED};

	if (hears(w, item))
		duet_receiver_event(w, &event);
}

static void commit(struct world *w, struct duet_item *item)
{
	const struct receiver_commit *commit = item->owned;
	struct duet_journal *journal = &w->receiver_journal;

	if (item->engine != w->receiver_engine)
		return;
	for (uint32_t i = 0; i < commit->count; i++) {
		journal->has_digest[commit->digests[i].chunk] = true;
		journal->digest[commit->digests[i].chunk] = commit->digests[i].digest;
	}
	journal->checkpoint = commit->checkpoint;
	journal->has_checkpoint = !commit->is_final || commit->keeps;
	if (!journal->has_checkpoint)
		memset(journal->has_digest, 0, sizeof(journal->has_digest));
	journal->logs += commit->is_final ? 1 : 0;
	if (commit->completes) {
		journal->has_completed = true;
		journal->completed = commit->completed;
	}
	receiver_soon(w, recorded, DUET_MS)->session = item->session;
}

static void fill_completed(struct world *w, struct receiver_commit *copy)
{
	struct completed_row *row = &copy->completed;

	memset(row, 0, sizeof(*row));
	row->mode = copy->checkpoint.mode;
	row->bytes = copy->checkpoint.total_bytes;
	row->append_base_bytes = copy->checkpoint.append_base_bytes;
	row->source = copy->checkpoint.source;
	row->outcome = *receiver_outcome(w->receiver);
	receiver_digest(w->receiver, &row->digest);
	(void)text_copy(row->final_name, sizeof(row->final_name), receiver_final_name(w->receiver));
	copy->completes = true;
}

static void record(struct world *w)
{
	struct receiver_commit *copy = calloc(1, sizeof(*copy));
	struct duet_item *item = NULL;
	int part = w->session_part >= 0 ? w->session_part : w->part_name;

	copy->is_final = receiver_record_is_final(w->receiver);
	copy->keeps = copy->is_final && receiver_keeps_checkpoint(w->receiver);
	receiver_take_record(w->receiver, &copy->checkpoint, copy->digests, &copy->count);
	/* Once it is published the part file has another name. */
	if ((!copy->is_final || copy->keeps) &&
	    (copy->checkpoint.stage == CHECKPOINT_RECEIVING || part >= 0))
		duet_check_coverage(w, &copy->checkpoint.coverage, part);
	if (copy->is_final && outcome_is_done(receiver_outcome(w->receiver)))
		fill_completed(w, copy);
	item = receiver_soon(w, commit, 2 * DUET_MS);
	item->owned = copy;
	duet_in_order(&w->receiver_journal, item);
}

/* -- disk ------------------------------------------------------------------- */

static void step_done(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_STEP_DONE};
	uint64_t bytes = 0;

	if (!hears(w, item))
		return; /* a step whose session ended in between: it may as well not happen */
	event.error = duet_disk_step(w, (enum receive_step)item->number, item, &bytes);
	event.of.step.step = (enum receive_step)item->number;
	event.of.step.bytes = bytes;
	event.of.step.cost_ns = DUET_MS / 100;
	duet_receiver_event(w, &event);
}

static void step(struct world *w, enum receive_step step)
{
	struct duet_item *item = receiver_soon(w, step_done, 3 * DUET_MS);

	duet_trace(w, "receiver step %d", step);

	item->number = (int)step;
	duet_disk_begin(w, step, item);
}

static void rechecked(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_RECHECKED};

	if (!hears(w, item))
		return;
	event.of.recheck.chunk = item->chunk;
	event.of.recheck.digest = w->part[w->session_part].live[item->chunk];
	duet_receiver_event(w, &event);
}

static void written(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_CHUNK_WRITTEN};
	struct duet_file *file = &w->part[item->number];

	if (item->engine != w->receiver_engine)
		return;
	if (duet_fault(w, w->options.no_space_permille)) {
		event.error = -ENOSPC;
	} else {
		file->live[item->chunk] = item->digest;
		file->bytes = max_u64(file->bytes, (item->chunk + 1) * DUET_CHUNK_BYTES);
	}
	event.of.written.chunk = item->chunk;
	if (hears(w, item))
		duet_receiver_event(w, &event);
}

/* -- chunks ----------------------------------------------------------------- */

static void breach(struct world *w, int lane)
{
	struct transfer_event event = {.kind = EVENT_LOST, .error = -EPROTO, .connection = lane};

	w->lane[lane].receiver_end = false;
	duet_cut_lane(w, lane);
	duet_receiver_event(w, &event);
}

static void chunk_whole(struct world *w, struct duet_item *item)
{
	enum chunk_verdict verdict = CHUNK_BREACH;
	struct duet_item *write = NULL;
	uint64_t offset = 0;

	if (!hears(w, item) || !w->lane[item->number].receiver_end ||
	    item->link != w->lane[item->number].link)
		return;
	verdict = receiver_arrived(w->receiver, &item->header, &item->digest, &item->sealed,
				   &offset, w->now_ns);
	if (verdict == CHUNK_BREACH) {
		breach(w, item->number);
		return;
	}
	if (verdict == CHUNK_KEEP) {
		if (offset != item->header.chunk * DUET_CHUNK_BYTES || w->session_part < 0)
			duet_fail(w, "a chunk is written to a wrong place");
		if (!digest_equal(&item->digest, &item->sealed))
			duet_fail(w, "a damaged chunk is written");
		write = receiver_soon(w, written, 5 * DUET_MS);
		write->number = w->session_part;
		write->chunk = item->header.chunk;
		write->digest = item->digest;
	}
	receiver_run(w);
}

void duet_receiver_chunk(struct world *w, struct duet_item *item)
{
	struct duet_item *whole = NULL;

	if (!w->receiver)
		return;
	if (receiver_admit(w->receiver, item->number, &item->header, w->now_ns) == CHUNK_BREACH) {
		breach(w, item->number);
		return;
	}
	whole = receiver_soon(w, chunk_whole, DUET_MS);
	whole->number = item->number;
	whole->link = item->link;
	whole->header = item->header;
	whole->digest = item->digest;
	whole->sealed = item->sealed;
	receiver_run(w);
}

int duet_receiver_join(struct world *w, int lane)
{
	struct message join;
	int error = 0;

	if (!w->receiver || !w->sender)
		return -ENOENT;
	sender_join_message(w->sender, lane, &join);
	error = receiver_join(w->receiver, &join.of.join, w->now_ns);
	receiver_run(w);
	return error;
}

/* -- sessions --------------------------------------------------------------- */

static void settings_of(struct world *w, struct receiver_settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	settings->token.bytes[0] = 1;
	settings->token.bytes[1] = (uint8_t)w->receiver_session;
	settings->token.bytes[2] = (uint8_t)w->receiver_engine;
	settings->mode = w->options.mode;
	settings->on_failure = w->options.on_failure;
	settings->verify = true;
	settings->strict = w->options.strict;
	settings->resume_check = w->options.resume_check;
	settings->lanes_max = DUET_LANES;
	settings->chunk_bytes_max = DUET_CHUNK_BYTES;
	settings->owner_epoch = 1 + w->receiver_engine;
	settings->dead_after_ns = 300 * DUET_MS;
	settings->socket_timeout_ns = 10000 * DUET_MS;
	settings->checkpoint_bytes = 4 * DUET_CHUNK_BYTES;
	settings->checkpoint_ns = 10 * DUET_MS;
	(void)text_copy(settings->peer, sizeof(settings->peer), "osaka");
	(void)text_copy(settings->folder, sizeof(settings->folder), "/data/in");
	(void)text_copy(settings->final_name, sizeof(settings->final_name), "sub/daily.dat");
	(void)text_copy(settings->engine_name, sizeof(settings->engine_name), "tokyo");
}

static void *session_new(struct world *w, struct receiver_settings *settings)
{
	struct outcome outcome;
	struct transfer_event event = {.kind = EVENT_CANCEL, .of.outcome = &outcome};

	outcome_set(&outcome, HFT_READ_FAILED, 0, "a newer attempt took over");
	duet_receiver_event(w, &event);
	if (w->receiver)
		duet_fail(w, "a session did not give way to a newer attempt");
	w->receiver_session++;
	w->session_part = -1;
	settings_of(w, settings);
	return w->receiver_memory[w->receiver_session % 2];
}

static void refuse(struct world *w)
{
	struct message message = {.type = MESSAGE_REFUSE};

	outcome_set(&message.of.refuse.outcome, HFT_NOT_FOUND, 0, "no such session");
	duet_send(w, &message, false);
	duet_finish_control(w);
	w->receiver_end = false;
}

static void offered(struct world *w, const struct message_offer *offer)
{
	struct receiver_settings settings;
	void *memory = NULL;

	w->pending_hello = false;
	if (w->hello.purpose == HELLO_REJOIN) {
		if (!w->receiver || receiver_rejoin(w->receiver, offer, w->now_ns) < 0) {
			refuse(w);
			return;
		}
		w->standing = true;
	} else {
		memory = session_new(w, &settings);
		w->receiver = receiver_init(memory, &settings, &w->hello, offer, w->now_ns);
	}
	w->receiver_link = w->link;
	w->receiver_end = true;
	receiver_run(w);
}

void duet_receiver_message(struct world *w, const struct message *message)
{
	struct transfer_event event = {
		.kind = EVENT_MESSAGE, .connection = CONNECTION_CONTROL, .of.message = message};

	if (w->receiver_down || !w->receiver_end)
		return;
	if (message->type == MESSAGE_HELLO) {
		w->hello = message->of.hello;
		w->pending_hello = true;
	} else if (w->pending_hello && message->type == MESSAGE_OFFER) {
		offered(w, &message->of.offer);
	} else if (w->receiver && w->receiver_link == w->link) {
		duet_receiver_event(w, &event);
	}
}

static void ended(struct world *w, const struct outcome *outcome)
{
	w->received = *outcome;
	duet_trace(w, "receiver ended %u-%u %s", outcome->status, outcome->detail,
		   outcome->sentence);
	receiver_progress(w->receiver, &w->last_received);
	w->receiver = NULL;
	w->session_part = -1;
	if (w->receiver_link == w->link && w->receiver_end) {
		duet_finish_control(w);
		w->receiver_end = false;
	}
	for (int i = 0; i < DUET_LANES; i++) {
		duet_cut_lane(w, i);
		w->lane[i].receiver_end = false;
	}
}

static void close_connection(struct world *w, int number)
{
	if (number >= 0) {
		duet_cut_lane(w, number);
		w->lane[number].receiver_end = false;
		return;
	}
	/* After a rejoin it is the older connection that is closed, and that is gone here. */
	if (w->standing) {
		w->standing = false;
	} else if (w->receiver_link == w->link && w->receiver_end) {
		duet_cut_control(w);
		w->receiver_end = false;
	}
	for (int i = 0; i < DUET_LANES; i++)
		close_connection(w, i);
}

static void start_again(struct world *w, struct duet_item *item)
{
	struct duet_journal *journal = &w->receiver_journal;
	struct receiver_settings settings;
	void *memory = NULL;

	(void)item;
	w->receiver_down = false;
	if (!journal->has_checkpoint || journal->checkpoint.stage == CHECKPOINT_RECEIVING)
		return;
	memory = session_new(w, &settings);
	w->receiver_link = 0;
	w->receiver = receiver_init_recovery(memory, &settings, &journal->checkpoint, w->now_ns);
	receiver_run(w);
}

void duet_crash_receiver(struct world *w)
{
	duet_trace(w, "-- receiver crashes");
	w->receiver = NULL;
	w->receiver_down = true;
	w->receiver_engine++;
	duet_cut_control(w);
	w->receiver_end = false;
	for (int i = 0; i < DUET_LANES; i++) {
		duet_cut_lane(w, i);
		w->lane[i].receiver_end = false;
	}
	duet_disk_crash(w);
	duet_soon(w, start_again, 500 * DUET_MS);
}

static void check_durable(struct world *w, const struct message *message)
{
	const struct duet_journal *journal = &w->receiver_journal;
	const struct ranges *durable = &message->of.durable.ranges;
	struct ranges beyond;

	if (message->type != MESSAGE_DURABLE)
		return;
	duet_check_coverage(w, durable, w->session_part);
	if (!journal->has_checkpoint ||
	    ranges_subtract(&beyond, durable, &journal->checkpoint.coverage) < 0 ||
	    beyond.count > 0)
		duet_fail(w, "DURABLE before the journal knows");
}

static void session_action(struct world *w, const struct transfer_action *action)
{
	struct duet_item *item = NULL;

	duet_trace(w, "receiver action %d", action->kind);
	switch (action->kind) {
	case ACTION_SEND:
		check_durable(w, &action->of.message);
		w->standing = false;
		if (w->receiver_end && w->receiver_link == w->link)
			duet_send(w, &action->of.message, false);
		return;
	case ACTION_CLOSE:
		close_connection(w, action->of.connection.connection);
		return;
	case ACTION_LOAD_CHECKPOINT:
		duet_in_order(&w->receiver_journal, receiver_soon(w, checkpoint_loaded, DUET_MS));
		return;
	case ACTION_LOAD_DIGESTS:
		item = receiver_soon(w, digests_loaded, DUET_MS);
		item->chunk = action->of.digests.first;
		item->count = action->of.digests.count;
		duet_in_order(&w->receiver_journal, item);
		return;
	case ACTION_RECHECK:
		receiver_soon(w, rechecked, DUET_MS)->chunk = action->of.chunk.chunk;
		return;
	case ACTION_RECORD:
		record(w);
		return;
	case ACTION_STEP:
		step(w, action->of.step);
		return;
	case ACTION_PROGRESS:
		return;
	default:
		duet_fail(w, "an action of the sender came from the receiver");
	}
}

static void receiver_run(struct world *w)
{
	static struct transfer_action action;

	while (w->receiver && receiver_next_action(w->receiver, &action, w->now_ns)) {
		if (action.kind == ACTION_END) {
			ended(w, &action.of.outcome);
			return;
		}
		session_action(w, &action);
	}
	w->receiver_tick_ns = w->receiver ? receiver_deadline_ns(w->receiver) : UINT64_MAX;
}
