/* SPDX-License-Identifier: Apache-2.0 */
/* duet.c -- the world of duet.h: time, connections, faults. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/duet.h"
#include "wire/chain.h"
#include "wire/messages.h"

void duet_fail(const struct world *w, const char *what)
{
	fprintf(stderr, "seed %llu at %llu us: %s\n", (unsigned long long)w->seed,
		(unsigned long long)(w->now_ns / 1000), what);
	fflush(stderr);
	abort();
}

void duet_trace(const struct world *w, const char *format, ...)
{
	va_list arguments;

	if (!w->trace)
		return;
	fprintf(stderr, "%9llu ", (unsigned long long)(w->now_ns / 1000));
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* -- the source ------------------------------------------------------------ */

uint64_t duet_chunk_count(const struct world *w)
{
	return (w->options.bytes + DUET_CHUNK_BYTES - 1) / DUET_CHUNK_BYTES;
}

uint32_t duet_chunk_size(const struct world *w, uint64_t chunk)
{
	return (uint32_t)min_u64(DUET_CHUNK_BYTES, w->options.bytes - chunk * DUET_CHUNK_BYTES);
}

struct digest duet_source_digest(const struct world *w, uint64_t chunk)
{
	uint64_t content[3] = {w->version, chunk, duet_chunk_size(w, chunk)};

	return digest_of(content, sizeof(content));
}

struct digest duet_file_digest(const struct world *w)
{
	struct chain chain;

	chain_init(&chain);
	for (uint64_t i = 0; i < duet_chunk_count(w); i++) {
		struct digest digest = duet_source_digest(w, i);

		chain_add(&chain, &digest);
	}
	return chain.value;
}

/* -- time ------------------------------------------------------------------ */

struct duet_item *duet_soon(struct world *w, duet_fn run, uint64_t most_ns)
{
	struct duet_item *item = NULL;

	if (w->item_count == DUET_ITEMS)
		duet_fail(w, "too much is under way");
	item = &w->items[w->item_count++];
	memset(item, 0, sizeof(*item));
	item->at_ns = w->now_ns + 1 + random_below(&w->random, most_ns);
	item->order = w->order++;
	item->run = run;
	return item;
}

void duet_in_order(struct duet_journal *journal, struct duet_item *item)
{
	item->at_ns = max_u64(item->at_ns, journal->busy_ns);
	journal->busy_ns = item->at_ns;
}

static uint32_t duet_first(const struct world *w)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < w->item_count; i++) {
		const struct duet_item *a = &w->items[i];
		const struct duet_item *b = &w->items[best];

		if (a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order))
			best = i;
	}
	return best;
}

bool duet_fault(struct world *w, uint32_t permille)
{
	if (permille == 0 || w->faults >= w->options.faults ||
	    !random_chance(&w->random, permille, 1000))
		return false;
	w->faults++;
	return true;
}

/* -- connections ------------------------------------------------------------ */

static void world_lost_at_sender(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {
		.kind = EVENT_LOST, .error = -ECONNRESET, .connection = item->number};
	bool *end = item->number < 0 ? &w->sender_end : &w->lane[item->number].sender_end;
	uint32_t link = item->number < 0 ? w->link : w->lane[item->number].link;

	if (link != item->link || !*end || !w->sender)
		return;
	if (item->number < 0)
		*end = false;
	duet_sender_event(w, &event);
}

static void world_lost_at_receiver(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {
		.kind = EVENT_LOST, .error = -ECONNRESET, .connection = item->number};
	bool *end = item->number < 0 ? &w->receiver_end : &w->lane[item->number].receiver_end;
	uint32_t link = item->number < 0 ? w->link : w->lane[item->number].link;

	if (link != item->link || !*end)
		return;
	*end = false;
	if (w->receiver)
		duet_receiver_event(w, &event);
}

static void world_cut(struct world *w, int number, uint32_t link)
{
	struct duet_item *item = duet_soon(w, world_lost_at_sender, 3 * DUET_MS);

	item->number = number;
	item->link = link;
	item = duet_soon(w, world_lost_at_receiver, 3 * DUET_MS);
	item->number = number;
	item->link = link;
}

void duet_cut_control(struct world *w)
{
	w->is_broken = true;
	world_cut(w, CONNECTION_CONTROL, w->link);
}

void duet_cut_lane(struct world *w, int lane)
{
	w->lane[lane].is_broken = true;
	world_cut(w, lane, w->lane[lane].link);
}

void duet_finish_control(struct world *w)
{
	uint32_t before = w->item_count;

	duet_cut_control(w);
	for (uint32_t i = before; i < w->item_count; i++) {
		struct duet_item *item = &w->items[i];

		item->at_ns = max_u64(item->at_ns, max_u64(w->to_receiver_ns, w->to_sender_ns) + 1);
	}
}

static void world_message_arrives(struct world *w, struct duet_item *item)
{
	struct transfer_event event = {.kind = EVENT_MESSAGE, .connection = CONNECTION_CONTROL};

	if (item->link != w->link || item->link == w->silent_link)
		return;
	event.of.message = item->owned;
	if (item->number)
		duet_receiver_message(w, item->owned);
	else if (w->sender_end && w->sender)
		duet_sender_event(w, &event);
}

void duet_send(struct world *w, const struct message *message, bool to_receiver)
{
	static uint8_t bytes[HFT_MESSAGE_BYTES_MAX];
	uint64_t *busy_ns = to_receiver ? &w->to_receiver_ns : &w->to_sender_ns;
	struct message *copy = malloc(sizeof(*copy));
	struct frame_header header;
	struct duet_item *item = NULL;
	size_t count = 0;

	if (message_encode(message, bytes, sizeof(bytes), &count) < 0) {
		fprintf(stderr, "message %s: ", message_type_name(message->type));
		duet_fail(w, "a message cannot be encoded");
	}
	if (frame_decode(bytes, &header) < 0 ||
	    message_decode(&header, bytes + HFT_FRAME_BYTES, copy) < 0)
		duet_fail(w, "a message of ours does not decode");
	if (message_is_from_sender(message->type) != to_receiver &&
	    message_is_from_receiver(message->type) == to_receiver)
		duet_fail(w, "a message of the other side");
	duet_trace(w, "%s says %s", to_receiver ? "sender" : "receiver",
		   message_type_name(message->type));
	item = duet_soon(w, world_message_arrives, DUET_MS);
	item->at_ns = max_u64(item->at_ns, *busy_ns);
	*busy_ns = item->at_ns;
	item->number = to_receiver;
	item->link = w->link;
	item->owned = copy;
}

/* -- running ---------------------------------------------------------------- */

static void world_make_trouble(struct world *w)
{
	const struct duet_options *o = &w->options;

	if (duet_fault(w, o->cut_control_permille)) {
		duet_trace(w, "-- control cut");
		duet_cut_control(w);
	}
	if (duet_fault(w, o->cut_lane_permille)) {
		duet_trace(w, "-- lane cut");
		duet_cut_lane(w, (int)random_below(&w->random, o->lanes));
	}
	if (duet_fault(w, o->silence_permille)) {
		duet_trace(w, "-- silence");
		w->silent_link = w->link;
	}
	if (duet_fault(w, o->pause_permille)) {
		duet_trace(w, "-- pause");
		w->now_ns += random_below(&w->random, 15000 * DUET_MS);
	}
	if (w->sender && duet_fault(w, o->crash_sender_permille))
		duet_crash_sender(w);
	if (!w->receiver_down && duet_fault(w, o->crash_receiver_permille))
		duet_crash_receiver(w);
	if (o->source_changes && !o->is_stream && duet_fault(w, 5)) {
		w->version++;
		w->identity.mtime_ns++;
		w->identity.ctime_ns++;
	}
}

/* Lets time pass to the next thing; false when nothing will ever happen. */
static bool world_step(struct world *w)
{
	uint64_t tick_ns = UINT64_MAX;
	uint32_t first = duet_first(w);
	struct duet_item item;

	if (w->sender)
		tick_ns = min_u64(tick_ns, w->sender_tick_ns);
	if (w->receiver)
		tick_ns = min_u64(tick_ns, w->receiver_tick_ns);
	if (w->item_count == 0 || tick_ns <= w->items[first].at_ns) {
		if (tick_ns == UINT64_MAX)
			return false;
		w->now_ns = max_u64(w->now_ns, tick_ns);
		if (w->sender && w->sender_tick_ns <= w->now_ns)
			duet_sender_tick(w);
		if (w->receiver && w->receiver_tick_ns <= w->now_ns)
			duet_receiver_tick(w);
		return true;
	}
	item = w->items[first];
	w->items[first] = w->items[--w->item_count];
	w->now_ns = max_u64(w->now_ns, item.at_ns);
	item.run(w, &item);
	free(item.owned);
	world_make_trouble(w);
	return true;
}

bool duet_run(struct world *w)
{
	duet_start_sender(w);
	for (w->events = 0; w->events < 400000; w->events++) {
		if (!world_step(w))
			return w->sender_over;
	}
	return false;
}

struct world *duet_new(uint64_t seed, const struct duet_options *options)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w);
	w->seed = seed;
	w->trace = getenv("HFT_TRACE") != NULL;
	random_seed(&w->random, seed * 2 + 1);
	w->options = *options;
	w->now_ns = 1000 * DUET_MS;
	w->version = 1;
	w->sender_memory = aligned_alloc(64, (sender_bytes() + 63) / 64 * 64);
	for (int i = 0; i < 2; i++)
		w->receiver_memory[i] = aligned_alloc(64, (receiver_bytes() + 63) / 64 * 64);
	w->identity.type = options->is_stream ? SOURCE_STREAM : SOURCE_FILE;
	if (!options->is_stream) {
		w->identity.inode = 7;
		w->identity.bytes = options->bytes;
		w->identity.mtime_ns = 5;
		w->identity.ctime_ns = 5;
	}
	w->part_name = -1;
	w->part_name_synced = -1;
	w->session_part = -1;
	w->target_name = options->target_exists ? -2 : -1;
	w->target_name_synced = w->target_name;
	if (options->mode == TARGET_APPEND && options->target_exists) {
		w->piece[0] = (struct duet_piece){.bytes = 1000};
		memset(&w->piece[0].digest, 0xee, sizeof(w->piece[0].digest));
		w->piece_count = 1;
		w->piece_synced[0] = w->piece[0];
		w->piece_synced_count = 1;
	}
	return w;
}

void duet_free(struct world *w)
{
	for (uint32_t i = 0; i < w->item_count; i++)
		free(w->items[i].owned);
	free(w->sender_memory);
	free(w->receiver_memory[0]);
	free(w->receiver_memory[1]);
	free(w);
}

static uint32_t choose_permille(struct random *random, uint32_t most)
{
	return random_chance(random, 1, 2) ? 0 : (uint32_t)random_below(random, most);
}

void duet_choose(uint64_t seed, struct duet_options *o)
{
	struct random random;

	random_seed(&random, seed);
	*o = (struct duet_options){
		.bytes = random_below(&random, (uint64_t)DUET_CHUNK_BYTES * (DUET_CHUNKS - 2)),
		.is_stream = random_chance(&random, 1, 4),
		.mode = TARGET_REPLACE,
		.on_failure = random_chance(&random, 1, 5) ? ON_FAILURE_DELETE : ON_FAILURE_KEEP,
		.lanes = 1 + (uint32_t)random_below(&random, DUET_LANES),
		.target_exists = random_chance(&random, 1, 4),
		.resume_check = (uint32_t)random_below(&random, 5),
		.cut_control_permille = choose_permille(&random, 8),
		.cut_lane_permille = choose_permille(&random, 30),
		.silence_permille = choose_permille(&random, 6),
		.pause_permille = choose_permille(&random, 6),
		.crash_sender_permille = choose_permille(&random, 6),
		.crash_receiver_permille = choose_permille(&random, 6),
		.bad_chunk_permille = choose_permille(&random, 40),
		.no_space_permille = random_chance(&random, 1, 10) ? 20 : 0,
		.sync_error_permille = random_chance(&random, 1, 10) ? 60 : 0,
		.rot_permille = random_chance(&random, 1, 4) ? 500 : 0,
		.source_changes = random_chance(&random, 1, 8),
		.faults = (uint32_t)random_below(&random, 12),
	};
	if (random_chance(&random, 1, 4))
		o->bytes = o->bytes / DUET_CHUNK_BYTES * DUET_CHUNK_BYTES;
	if (random_chance(&random, 1, 20))
		o->bytes = 0;
	if (random_chance(&random, 1, 20))
		o->resume_check = UINT32_MAX;
	if (random_chance(&random, 1, 4))
		o->mode = TARGET_NEW;
	if (random_chance(&random, 1, 4))
		o->mode = TARGET_APPEND;
	if (o->mode == TARGET_NEW)
		o->target_exists = random_chance(&random, 1, 10);
}
