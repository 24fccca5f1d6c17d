/* SPDX-License-Identifier: Apache-2.0 */
/* duet_sender.c -- the host of the sender in the world of duet.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/duet.h"

struct sender_commit {
	struct checkpoint checkpoint;
	uint32_t count;
	struct chunk_digest digests[HFT_CHECKPOINT_DIGESTS_MAX];
};

static void sender_run(struct world *w);

void duet_sender_event(struct world *w, struct transfer_event *event)
{
	if (!w->sender)
		return;
	duet_trace(w, "sender   event %d error %d connection %d", event->kind, event->error,
		   event->connection);
	sender_handle(w->sender, event, w->now_ns);
	sender_run(w);
}

void duet_sender_tick(struct world *w)
{
	struct transfer_event event = {.kind = EVENT_TICK};

	duet_sender_event(w, &event);
}

static struct duet_item *sender_soon(struct world *w, duet_fn run, uint64_t most_ns)
{
	struct duet_item *item = duet_soon(w, run, most_ns);

	item->engine = w->sender_engine;
	item->session = w->sender_session;
	return item;
}

static bool is_stale(const struct world *w, const struct duet_item *item)
{
	return item->engine != w->sender_engine || item->session != w->sender_session || !w->sender;
}

/* -- source and journal ----------------------------------------------------- */

static void source_opened(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = (enum transfer_event_kind)item->number};

	if (is_stale(w, item))
		return;
	event.of.identity = w->identity;
	duet_sender_event(w, &event);
}

static void source_skipped(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_SOURCE_SKIPPED};

	if (is_stale(w, item))
		return;
	w->stream_next = item->chunk / DUET_CHUNK_BYTES;
	if (item->chunk > w->options.bytes)
		duet_fail(w, "more was skipped than the stream has");
	duet_sender_event(w, &event);
}

static void source_rechecked(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_RECHECKED};

	if (is_stale(w, item))
		return;
	event.of.recheck.chunk = item->chunk;
	event.of.recheck.digest = duet_source_digest(w, item->chunk);
	duet_sender_event(w, &event);
}

static void checkpoint_loaded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_CHECKPOINT_LOADED};

	if (is_stale(w, item))
		return;
	if (w->sender_journal.has_checkpoint)
		event.of.checkpoint = &w->sender_journal.checkpoint;
	duet_sender_event(w, &event);
}

static void digests_loaded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_DIGESTS_LOADED};
	uint32_t count = 0;

	if (is_stale(w, item))
		return;
	while (count < item->count && item->chunk + count < DUET_CHUNKS &&
	       w->sender_journal.has_digest[item->chunk + count])
		count++;
	event.of.digests.first = item->chunk;
	event.of.digests.count = count;
	event.of.digests.list = count ? &w->sender_journal.digest[item->chunk] : NULL;
	duet_sender_event(w, &event);
}

static void recorded(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_RECORDED};

	if (!is_stale(w, item))
		duet_sender_event(w, &event);
}

static void commit(struct world *w, struct duet_item *item)
{
	const struct sender_commit *commit = item->owned;

	if (item->engine != w->sender_engine)
		return;
	w->sender_journal.has_checkpoint = true;
	w->sender_journal.checkpoint = commit->checkpoint;
	for (uint32_t i = 0; i < commit->count; i++) {
		w->sender_journal.has_digest[commit->digests[i].chunk] = true;
		w->sender_journal.digest[commit->digests[i].chunk] = commit->digests[i].digest;
	}
	sender_soon(w, recorded, DUET_MS)->session = item->session;
}

static void record(struct world *w)
{
	struct sender_commit *copy = malloc(sizeof(*copy));
	struct duet_item *item = NULL;

	sender_take_record(w->sender, &copy->checkpoint, copy->digests, &copy->count);
	item = sender_soon(w, commit, 2 * DUET_MS);
	item->owned = copy;
	duet_in_order(&w->sender_journal, item);
}

/* -- connections ------------------------------------------------------------ */

static void dialed(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_DIALED, .connection = item->number};

	if (is_stale(w, item))
		return;
	if (item->number < 0) {
		if (item->link != w->link)
			return;
		event.error = w->receiver_down || w->is_broken ? -ECONNREFUSED : 0;
		w->sender_end = event.error == 0;
		w->receiver_end = event.error == 0;
		w->pending_hello = false;
	} else {
		if (item->link != w->lane[item->number].link)
			return;
		event.error = w->receiver_down ? -ECONNREFUSED : 0;
	}
	duet_sender_event(w, &event);
}

static void dial(struct world *w, int number)
{
	struct duet_item *item = sender_soon(w, dialed, DUET_MS);

	item->number = number;
	item->link = number < 0 ? ++w->link : ++w->lane[number].link;
	if (number < 0) {
		w->sender_end = false;
		w->receiver_end = false;
		w->is_broken = false;
	} else {
		w->lane[number].is_broken = false;
		w->lane[number].sender_end = false;
		w->lane[number].receiver_end = false;
		w->lane_jobs[number] = 0;
	}
}

static void joined(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_LANE_JOINED, .connection = item->number};
	struct duet_lane *lane = &w->lane[item->number];

	if (is_stale(w, item) || item->link != lane->link)
		return;
	event.error = lane->is_broken ? -ECONNRESET : (int)item->chunk;
	lane->sender_end = event.error == 0;
	duet_sender_event(w, &event);
}

static void join_arrives(struct world *w, struct duet_item *item)
{
	struct duet_lane *lane = &w->lane[item->number];
	struct duet_item *answer = NULL;
	int error = -ECONNRESET;

	if (is_stale(w, item) || item->link != lane->link)
		return;
	if (!w->receiver_down)
		error = duet_receiver_join(w, item->number);
	lane->receiver_end = error == 0;
	answer = sender_soon(w, joined, DUET_MS);
	answer->number = item->number;
	answer->link = item->link;
	answer->chunk = (uint64_t)(int64_t)error;
}

static void join(struct world *w, int number)
{
	struct duet_item *item = sender_soon(w, join_arrives, DUET_MS);

	item->number = number;
	item->link = w->lane[number].link;
}

/* The other side notices a close some time later. */
static void close_connection(struct world *w, int number)
{
	if (number >= 0) {
		duet_cut_lane(w, number);
		w->lane[number].sender_end = false;
		return;
	}
	duet_cut_control(w);
	w->sender_end = false;
	for (int i = 0; i < DUET_LANES; i++)
		close_connection(w, i);
}

/* -- chunks ----------------------------------------------------------------- */

static void chunk_arrives(struct world *w, struct duet_item *item)
{
	if (item->link == w->lane[item->number].link && w->lane[item->number].receiver_end &&
	    w->silent_link != w->link)
		duet_receiver_chunk(w, item);
}

static void chunk_sent(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT, .connection = item->number};
	struct duet_lane *lane = &w->lane[item->number];

	if (is_stale(w, item) || item->link != lane->link || !lane->sender_end)
		return;
	w->lane_jobs[item->number]--;
	event.of.sent.chunk = item->chunk;
	event.of.sent.bytes = item->count;
	event.of.sent.last = item->header.flags & CHUNK_LAST;
	event.of.sent.digest = item->digest;
	duet_sender_event(w, &event);
}

/* How much the source gives for a chunk, and whether a stream ends there. */
static uint32_t read_chunk(struct world *w, const struct transfer_action *action, bool *ret_last)
{
	uint64_t chunk = action->of.chunk.chunk;
	uint32_t bytes = 0;

	if (chunk < duet_chunk_count(w))
		bytes = min_u32(duet_chunk_size(w, chunk), action->of.chunk.bytes);
	*ret_last = w->options.is_stream &&
		    (chunk + 1 > duet_chunk_count(w) || bytes < DUET_CHUNK_BYTES);
	if (!w->options.is_stream)
		return bytes;
	if (chunk > w->stream_next)
		duet_fail(w, "a stream is read out of order");
	if (chunk < w->stream_next && !w->held[chunk])
		duet_fail(w, "a chunk of a stream is wanted that was released");
	if (chunk == w->stream_next) {
		w->stream_next++;
		w->held[chunk] = true;
	}
	return bytes;
}

static void check_held(struct world *w)
{
	uint32_t count = 0;

	for (uint64_t i = 0; i < ARRAY_COUNT(w->held); i++)
		count += w->held[i] ? 1 : 0;
	if (count > HFT_STREAM_HELD_MAX)
		duet_fail(w, "too many chunks of a stream are held");
}

static void send_chunk(struct world *w, const struct transfer_action *action)
{
	int number = action->of.chunk.lane;
	struct duet_lane *lane = &w->lane[number];
	struct duet_item *sent = NULL;
	struct duet_item *arrives = NULL;
	bool last = false;
	uint32_t bytes = read_chunk(w, action, &last);

	check_held(w);
	if (++w->lane_jobs[number] > HFT_LANE_DEPTH)
		duet_fail(w, "a lane has more to do than it can");
	if (!lane->sender_end)
		duet_fail(w, "a chunk for a lane that is not there");
	sent = sender_soon(w, chunk_sent, 2 * DUET_MS);
	sent->at_ns = max_u64(sent->at_ns, max_u64(lane->busy_ns, action->of.chunk.not_before_ns));
	lane->busy_ns = sent->at_ns;
	sent->number = number;
	sent->link = lane->link;
	sent->chunk = action->of.chunk.chunk;
	sent->count = bytes;
	sent->header.type = FRAME_CHUNK;
	sent->header.flags = last ? CHUNK_LAST : 0;
	sent->header.payload_bytes = bytes;
	sent->header.chunk = sent->chunk;
	sent->header.lane = (uint8_t)number;
	sent->header.tries = action->of.chunk.tries;
	if (bytes > 0)
		sent->digest = duet_source_digest(w, sent->chunk);
	sent->sealed = sent->digest;
	if (!w->options.is_stream && bytes < action->of.chunk.bytes)
		return;
	arrives = duet_soon(w, chunk_arrives, DUET_MS);
	arrives->at_ns = sent->at_ns + 1;
	arrives->number = number;
	arrives->link = sent->link;
	arrives->chunk = sent->chunk;
	arrives->header = sent->header;
	arrives->digest = sent->digest;
	arrives->sealed = sent->sealed;
	if (duet_fault(w, w->options.bad_chunk_permille))
		arrives->digest.bytes[0] ^= 1;
}

/* -- the end ---------------------------------------------------------------- */

static void start_again(struct world *w, struct duet_item *item)
{
	(void)item;
	w->sender_down = false;
	duet_start_sender(w);
}

static bool follows(const struct world *w)
{
	if (w->attempt > 60)
		duet_fail(w, "attempts without end");
	if (outcome_is_done(&w->sent))
		return false;
	/* Beyond the retry rules, a user who resends by hand, and never one who sends from start.
	 */
	return w->sent.status != HFT_SOURCE_CHANGED && w->sent.status != HFT_RESUME_REFUSED &&
	       !(w->sent.status == HFT_RECEIVER_FAILED && w->sent.detail == HFT_TARGET_EXISTS);
}

static void ended(struct world *w, const struct outcome *outcome)
{
	struct digest digest;

	w->sent = *outcome;
	duet_trace(w, "sender   ended %u-%u %s", outcome->status, outcome->detail,
		   outcome->sentence);
	sender_progress(w->sender, &w->last);
	sender_digest(w->sender, &digest);
	if (outcome_is_done(outcome)) {
		struct digest wanted = duet_file_digest(w);

		if (!w->options.source_changes && !digest_equal(&digest, &wanted))
			duet_fail(w, "the sender's file digest is wrong");
		if (w->publishes == 0)
			duet_fail(w, "done, but nothing is published");
	}
	w->sender = NULL;
	duet_finish_control(w);
	w->sender_end = false;
	for (int i = 0; i < DUET_LANES; i++) {
		duet_cut_lane(w, i);
		w->lane[i].sender_end = false;
	}
	if (follows(w))
		duet_soon(w, start_again, 100 * DUET_MS);
	else
		w->sender_over = true;
}

void duet_crash_sender(struct world *w)
{
	duet_trace(w, "-- sender crashes");
	w->sender = NULL;
	w->sender_engine++;
	w->sender_down = true;
	duet_cut_control(w);
	w->sender_end = false;
	for (int i = 0; i < DUET_LANES; i++) {
		duet_cut_lane(w, i);
		w->lane[i].sender_end = false;
	}
	duet_soon(w, start_again, 500 * DUET_MS);
}

void duet_start_sender(struct world *w)
{
	struct sender_settings settings = {
		.attempt = ++w->attempt,
		.host = "tokyo",
		.name = "daily.dat",
		.source_path = "/data/daily.dat",
		.engine_name = "osaka",
		.owner_epoch = 1,
		.strict = w->options.strict,
		.lanes_wanted = w->options.lanes,
		.chunk_bytes = DUET_CHUNK_BYTES,
		.resume_check = w->options.resume_check,
		.address_count = 2,
		.connect_timeout_ns = 2000 * DUET_MS,
		.dead_after_ns = 300 * DUET_MS,
		.socket_timeout_ns = 10000 * DUET_MS,
	};

	memset(&settings.transfer_id, 0x42, sizeof(settings.transfer_id));
	w->sender_session++;
	w->stream_next = 0;
	memset(w->held, 0, sizeof(w->held));
	w->sender = sender_init(w->sender_memory, &settings, w->now_ns);
	sender_run(w);
}

/* Questions to journal and source. */
static void answer_later(struct world *w, const struct transfer_action *action)
{
	struct duet_item *item = NULL;

	switch (action->kind) {
	case ACTION_RECORD:
		record(w);
		return;
	case ACTION_LOAD_CHECKPOINT:
		duet_in_order(&w->sender_journal, sender_soon(w, checkpoint_loaded, DUET_MS));
		return;
	case ACTION_LOAD_DIGESTS:
		item = sender_soon(w, digests_loaded, DUET_MS);
		item->chunk = action->of.digests.first;
		item->count = action->of.digests.count;
		duet_in_order(&w->sender_journal, item);
		return;
	case ACTION_RECHECK:
		sender_soon(w, source_rechecked, DUET_MS)->chunk = action->of.chunk.chunk;
		return;
	case ACTION_OPEN_SOURCE:
		sender_soon(w, source_opened, DUET_MS)->number = EVENT_SOURCE_OPENED;
		return;
	case ACTION_IDENTIFY_SOURCE:
		sender_soon(w, source_opened, DUET_MS)->number = EVENT_SOURCE_IDENTIFIED;
		return;
	case ACTION_SKIP_SOURCE:
		sender_soon(w, source_skipped, DUET_MS)->chunk = action->of.skip.bytes;
		return;
	case ACTION_PROGRESS:
		return;
	default:
		duet_fail(w, "an action of the receiver came from the sender");
	}
}

static void session_action(struct world *w, const struct transfer_action *action)
{
	duet_trace(w, "sender   action %d", action->kind);
	switch (action->kind) {
	case ACTION_SEND:
		if (w->sender_end)
			duet_send(w, &action->of.message, true);
		return;
	case ACTION_CLOSE:
		close_connection(w, action->of.connection.connection);
		return;
	case ACTION_DIAL:
		dial(w, action->of.connection.connection);
		return;
	case ACTION_JOIN_LANE:
		join(w, action->of.connection.connection);
		return;
	case ACTION_SEND_CHUNK:
		send_chunk(w, action);
		return;
	case ACTION_RELEASE_CHUNK:
		w->held[action->of.chunk.chunk] = false;
		return;
	default:
		answer_later(w, action);
	}
}

static void sender_run(struct world *w)
{
	static struct transfer_action action;

	while (w->sender && sender_next_action(w->sender, &action, w->now_ns)) {
		if (action.kind == ACTION_END) {
			ended(w, &action.of.outcome);
			return;
		}
		session_action(w, &action);
	}
	w->sender_tick_ns = w->sender ? sender_deadline_ns(w->sender) : UINT64_MAX;
}
