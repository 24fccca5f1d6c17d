/* SPDX-License-Identifier: Apache-2.0 */
/* transfer_rig.c -- see transfer_rig.h. */
#include "support/transfer_rig.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/handshake.h"

static void *aligned(size_t bytes)
{
	void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);

	assert(memory);
	memset(memory, 0xa5, bytes); /* nobody promised that it is clear */
	return memory;
}

static void copy(char *target, size_t capacity, const char *source)
{
	int error = text_copy(target, capacity, source);

	assert(error == 0);
	(void)error;
}

static void rig_set_sending(struct sender_settings *s)
{
	memset(&s->transfer_id, 0x42, sizeof(s->transfer_id));
	s->attempt = 1;
	copy(s->host, sizeof(s->host), "tokyo");
	copy(s->name, sizeof(s->name), "daily.dat");
	copy(s->source_path, sizeof(s->source_path), "/data/daily.dat");
	copy(s->engine_name, sizeof(s->engine_name), "osaka");
	s->owner_epoch = 1;
	s->lanes_wanted = 1;
	s->chunk_bytes = RIG_CHUNK;
	s->resume_check = 0;
	s->address_count = 2;
	s->connect_timeout_ns = 10000 * RIG_MS;
	s->dead_after_ns = 2000 * RIG_MS;
	s->socket_timeout_ns = 3600000 * RIG_MS;
}

static void rig_set_receiving(struct receiver_settings *r)
{
	memset(&r->token, 0x17, sizeof(r->token));
	copy(r->peer, sizeof(r->peer), "osaka");
	copy(r->folder, sizeof(r->folder), "/data/in");
	copy(r->final_name, sizeof(r->final_name), "daily.dat");
	copy(r->engine_name, sizeof(r->engine_name), "tokyo");
	r->mode = TARGET_REPLACE;
	r->on_failure = ON_FAILURE_KEEP;
	r->verify = true;
	r->lanes_max = 4;
	r->chunk_bytes_max = HFT_CHUNK_BYTES_MAX;
	r->owner_epoch = 1;
	r->dead_after_ns = 2000 * RIG_MS;
	r->socket_timeout_ns = 3600000 * RIG_MS;
	r->checkpoint_bytes = UINT64_C(64) << 20;
	r->checkpoint_ns = 250 * RIG_MS;
}

struct rig *rig_new(uint64_t bytes)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert(rig);
	rig->now_ns = 1000 * RIG_MS;
	rig->identity = (struct source_identity){
		.inode = 7, .bytes = bytes, .mtime_ns = 1, .ctime_ns = 1, .type = SOURCE_FILE};
	rig_set_sending(&rig->sending);
	rig_set_receiving(&rig->receiving);
	rig->offer.transfer_id = rig->sending.transfer_id;
	rig->offer.attempt = 1;
	rig->offer.session_epoch = 1;
	rig->offer.total_bytes = bytes;
	rig->offer.chunk_bytes = RIG_CHUNK;
	rig->offer.lanes_wanted = 1;
	rig->offer.source = rig->identity;
	copy(rig->offer.name, sizeof(rig->offer.name), "daily.dat");
	copy(rig->offer.source_path, sizeof(rig->offer.source_path), "/data/daily.dat");
	return rig;
}

void rig_free(struct rig *rig)
{
	free(rig->memory);
	free(rig);
}

void rig_start_sender(struct rig *rig)
{
	rig->memory = aligned(sender_bytes());
	rig->sender = sender_init(rig->memory, &rig->sending, rig->now_ns);
	rig_take(rig);
}

void rig_start_receiver(struct rig *rig)
{
	struct message hello;

	handshake_hello(&hello, HELLO_SESSION, "osaka", 1);
	rig->memory = aligned(receiver_bytes());
	rig->receiver = receiver_init(rig->memory, &rig->receiving, &hello.of.hello, &rig->offer,
				      rig->now_ns);
	rig_take(rig);
}

/* -- events and actions ----------------------------------------------------- */

static bool rig_next(struct rig *rig, struct transfer_action *action)
{
	if (rig->sender)
		return sender_next_action(rig->sender, action, rig->now_ns);
	return receiver_next_action(rig->receiver, action, rig->now_ns);
}

void rig_take(struct rig *rig)
{
	struct transfer_action extra;

	rig->count = 0;
	while (rig->count < RIG_ACTIONS && rig_next(rig, &rig->action[rig->count])) {
		if (rig->action[rig->count].kind == ACTION_RECORD && rig->sender)
			sender_take_record(rig->sender, &rig->checkpoint, rig->digest,
					   &rig->digest_count);
		else if (rig->action[rig->count].kind == ACTION_RECORD)
			receiver_take_record(rig->receiver, &rig->checkpoint, rig->digest,
					     &rig->digest_count);
		rig->count++;
	}
	assert(rig->count < RIG_ACTIONS || !rig_next(rig, &extra));
}

void rig_event(struct rig *rig, struct transfer_event event)
{
	if (rig->sender)
		sender_handle(rig->sender, &event, rig->now_ns);
	else
		receiver_handle(rig->receiver, &event, rig->now_ns);
	rig_take(rig);
}

void rig_message(struct rig *rig, const struct message *message)
{
	rig_event(rig, (struct transfer_event){.kind = EVENT_MESSAGE,
					       .connection = CONNECTION_CONTROL,
					       .of.message = message});
}

static uint64_t rig_deadline_ns(const struct rig *rig)
{
	return rig->sender ? sender_deadline_ns(rig->sender) : receiver_deadline_ns(rig->receiver);
}

void rig_wait(struct rig *rig, uint64_t ns)
{
	uint64_t until_ns = rig->now_ns + ns;

	while (rig_deadline_ns(rig) <= until_ns && rig_ended(rig) < 0) {
		rig->now_ns = max_u64(rig->now_ns, rig_deadline_ns(rig));
		rig_event(rig, (struct transfer_event){.kind = EVENT_TICK});
	}
	rig->now_ns = until_ns;
}

void rig_late_tick(struct rig *rig, uint64_t ns)
{
	rig->now_ns += ns;
	rig_event(rig, (struct transfer_event){.kind = EVENT_TICK});
}

const struct transfer_action *rig_find(const struct rig *rig, enum transfer_action_kind kind)
{
	for (uint32_t i = 0; i < rig->count; i++) {
		if (rig->action[i].kind == kind)
			return &rig->action[i];
	}
	return NULL;
}

uint32_t rig_count(const struct rig *rig, enum transfer_action_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < rig->count; i++)
		count += rig->action[i].kind == kind ? 1 : 0;
	return count;
}

const struct message *rig_said(const struct rig *rig, enum message_type type)
{
	for (uint32_t i = 0; i < rig->count; i++) {
		if (rig->action[i].kind == ACTION_SEND && rig->action[i].of.message.type == type)
			return &rig->action[i].of.message;
	}
	return NULL;
}

enum receive_step rig_step(const struct rig *rig)
{
	const struct transfer_action *action = rig_find(rig, ACTION_STEP);

	return action ? action->of.step : STEP_COUNT;
}

int rig_ended(const struct rig *rig)
{
	const struct transfer_action *action = rig_find(rig, ACTION_END);

	return action ? action->of.outcome.status : -1;
}

void rig_step_done(struct rig *rig, int error, uint64_t bytes)
{
	struct transfer_event event = {.kind = EVENT_STEP_DONE, .error = error};

	event.of.step.step = rig_step(rig);
	event.of.step.bytes = bytes;
	event.of.step.cost_ns = RIG_MS / 10;
	assert(event.of.step.step != STEP_COUNT);
	rig_event(rig, event);
}

void rig_recorded(struct rig *rig)
{
	rig_event(rig, (struct transfer_event){.kind = EVENT_RECORDED});
}

void rig_lost(struct rig *rig, int connection)
{
	rig_event(rig, (struct transfer_event){
			       .kind = EVENT_LOST, .connection = connection, .error = -104});
}

uint32_t rig_say_yes(struct rig *rig, uint64_t part_bytes)
{
	uint32_t records = 0;

	for (;;) {
		if (rig_find(rig, ACTION_RECORD)) {
			records++;
			rig_recorded(rig);
		} else if (rig_step(rig) == STEP_CHECK_TARGET) {
			rig_step_done(rig, -2, 0);
		} else if (rig_step(rig) != STEP_COUNT) {
			rig_step_done(rig, 0, part_bytes);
		} else {
			return records;
		}
	}
}

struct digest rig_digest(uint64_t chunk)
{
	return digest_of(&chunk, sizeof(chunk));
}

struct chain rig_chain(uint64_t chunks)
{
	struct chain chain;

	chain_init(&chain);
	for (uint64_t i = 0; i < chunks; i++) {
		struct digest digest = rig_digest(i);

		chain_add(&chain, &digest);
	}
	return chain;
}

/* -- the sender ------------------------------------------------------------- */

void rig_offer(struct rig *rig, const struct checkpoint *checkpoint)
{
	struct transfer_event opened = {.kind = EVENT_SOURCE_OPENED};

	opened.of.identity = rig->identity;
	rig_event(rig, opened);
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED,
					       .of.checkpoint = checkpoint});
	if (rig_ended(rig) < 0)
		rig_event(rig, (struct transfer_event){.kind = EVENT_DIALED,
						       .connection = CONNECTION_CONTROL});
}

void rig_make_accept(const struct rig *rig, uint64_t chunks, struct message *ret_message)
{
	struct message_accept *accept = &ret_message->of.accept;
	struct chain chain = rig_chain(chunks);
	uint64_t first = chunks > HFT_TAIL_DIGESTS_MAX ? chunks - HFT_TAIL_DIGESTS_MAX : 0;

	memset(ret_message, 0, sizeof(*ret_message));
	ret_message->type = MESSAGE_ACCEPT;
	accept->version = WIRE_VERSION_MAX;
	accept->capabilities = CAPABILITIES_KNOWN;
	accept->owner_epoch = 1;
	accept->token = rig->receiving.token;
	accept->lanes = (uint8_t)rig->sending.lanes_wanted;
	accept->chunk_bytes = rig->sending.chunk_bytes;
	copy(accept->engine_name, sizeof(accept->engine_name), "tokyo");
	accept->root = chain.value;
	accept->prefix_chunks = chunks;
	for (uint64_t i = first; i < chunks; i++)
		accept->tail[accept->tail_count++] = rig_digest(i);
	if (chunks > 0 && ranges_add(&accept->durable, 0, chunks) < 0)
		abort();
}

void rig_join_lanes(struct rig *rig)
{
	for (uint32_t i = 0; i < rig->sending.lanes_wanted; i++)
		rig_event(rig, (struct transfer_event){.kind = EVENT_DIALED, .connection = (int)i});
	for (uint32_t i = 0; i < rig->sending.lanes_wanted; i++)
		rig_event(rig,
			  (struct transfer_event){.kind = EVENT_LANE_JOINED, .connection = (int)i});
}

void rig_sent(struct rig *rig, int lane, uint64_t chunk)
{
	struct transfer_event event = {.kind = EVENT_CHUNK_SENT, .connection = lane};

	event.of.sent.chunk = chunk;
	event.of.sent.bytes = (uint32_t)min_u64(RIG_CHUNK, rig->identity.bytes - chunk * RIG_CHUNK);
	event.of.sent.digest = rig_digest(chunk);
	rig_event(rig, event);
}

void rig_have(struct rig *rig, enum message_type type, uint64_t end)
{
	struct message message = {.type = type};
	struct ranges *ranges = type == MESSAGE_STORED ? &message.of.stored.ranges
						       : &message.of.durable.ranges;

	if (ranges_add(ranges, 0, end) < 0)
		abort();
	rig_message(rig, &message);
}

void rig_to_streaming(struct rig *rig)
{
	struct message accept;

	rig_start_sender(rig);
	rig_offer(rig, NULL);
	rig_make_accept(rig, 0, &accept);
	rig_message(rig, &accept);
	rig_recorded(rig);
	rig_join_lanes(rig);
}

/* -- the receiver ----------------------------------------------------------- */

void rig_loaded(struct rig *rig, const struct checkpoint *checkpoint)
{
	rig_event(rig, (struct transfer_event){.kind = EVENT_CHECKPOINT_LOADED,
					       .of.checkpoint = checkpoint});
}

void rig_to_receiving(struct rig *rig)
{
	struct message begin = {.type = MESSAGE_BEGIN};

	rig_start_receiver(rig);
	rig_loaded(rig, NULL);
	(void)rig_say_yes(rig, 0);
	rig_message(rig, &begin);
}

enum chunk_verdict rig_arrive(struct rig *rig, uint64_t chunk, uint8_t tries, bool good)
{
	struct frame_header header = {.type = FRAME_CHUNK, .chunk = chunk, .tries = tries};
	struct digest sealed = rig_digest(chunk);
	struct digest ours = good ? sealed : rig_digest(chunk + 1000000);
	enum chunk_verdict verdict = CHUNK_BREACH;
	uint64_t offset = 0;

	header.payload_bytes = (uint32_t)min_u64(RIG_CHUNK,
						 rig->identity.bytes - chunk * RIG_CHUNK);
	verdict = receiver_admit(rig->receiver, 0, &header, rig->now_ns);
	if (verdict != CHUNK_BREACH)
		verdict = receiver_arrived(rig->receiver, &header, &ours, &sealed, &offset,
					   rig->now_ns);
	assert(verdict != CHUNK_KEEP || offset == chunk * RIG_CHUNK);
	rig_take(rig);
	return verdict;
}

void rig_written(struct rig *rig, uint64_t chunk)
{
	struct transfer_event event = {.kind = EVENT_CHUNK_WRITTEN};

	event.of.written.chunk = chunk;
	rig_event(rig, event);
}

void rig_finish(struct rig *rig, const struct digest *digest)
{
	struct message finish = {.type = MESSAGE_FINISH};

	finish.of.finish.total_bytes = rig->identity.bytes;
	finish.of.finish.chunk_count = (rig->identity.bytes + RIG_CHUNK - 1) / RIG_CHUNK;
	finish.of.finish.digest = *digest;
	finish.of.finish.source = rig->identity;
	rig_message(rig, &finish);
}

void rig_receive_all(struct rig *rig)
{
	uint64_t chunks = (rig->identity.bytes + RIG_CHUNK - 1) / RIG_CHUNK;
	struct chain chain = rig_chain(chunks);

	for (uint64_t i = 0; i < chunks; i++) {
		if (rig_arrive(rig, i, 0, true) == CHUNK_KEEP)
			rig_written(rig, i);
	}
	rig_finish(rig, &chain.value);
}

void rig_make_checkpoint(const struct rig *rig, uint64_t chunks, struct checkpoint *ret_checkpoint)
{
	struct chain chain = rig_chain(chunks);

	memset(ret_checkpoint, 0, sizeof(*ret_checkpoint));
	ret_checkpoint->transfer = rig->offer.transfer_id;
	ret_checkpoint->role = rig->sender ? CHECKPOINT_SENDER : CHECKPOINT_RECEIVER;
	ret_checkpoint->stage = rig->sender ? CHECKPOINT_SENDING : CHECKPOINT_RECEIVING;
	ret_checkpoint->mode = rig->sender ? 0 : (uint8_t)rig->receiving.mode;
	ret_checkpoint->total_known = true;
	ret_checkpoint->total_bytes = rig->identity.bytes;
	ret_checkpoint->attempt = 1;
	ret_checkpoint->chunk_bytes = RIG_CHUNK;
	ret_checkpoint->prefix_chunks = chunks;
	ret_checkpoint->chain = chain.value;
	ret_checkpoint->source = rig->identity;
	if (chunks > 0 && ranges_add(&ret_checkpoint->coverage, 0, chunks) < 0)
		abort();
	copy(ret_checkpoint->folder, HFT_PATH_BYTES, "/data/in");
	copy(ret_checkpoint->final_name, HFT_NAME_BYTES, "daily.dat");
	copy(ret_checkpoint->part_name, HFT_NAME_BYTES,
	     ".daily.dat.42424242424242424242424242424242.part");
}
