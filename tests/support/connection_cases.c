/* SPDX-License-Identifier: Apache-2.0 */
/* connection_cases.c -- see connection_cases.h.
 *
 * A link is two connections that talk to each other, with what became of each call. A
 * callback from inside a call is caught here for all cases: `inside` is set around them. */
#include "support/connection_cases.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "io/connection.h"

#define MIB	     (1024u * 1024u)
#define CHUNK_BYTES  (1024u * 1024u)
#define HEADER_BYTES 64u
#define TURNS_MAX    20000000u
#define PENDING	     1 /* no callback yet; results are 0 or negative */
#define CROWD	     20
#define SETTLE_TURNS 8

enum call { CALL_HANDSHAKE, CALL_RECEIVE, CALL_SEND, CALLS };

struct end {
	struct connection *connection; /* NULL once freed */
	struct link *link;
	int result[CALLS];     /* PENDING, or what the callback said */
	unsigned count[CALLS]; /* callbacks so far */
	bool free_on_receive;  /* the next receive's callback frees the connection */
	bool abort_on_send;    /* the next send's callback aborts it */
};

struct link {
	struct connection_world *world;
	struct end end[2];
	bool inside; /* a call is running: no callback may come */
};

/* ---- callbacks and calls ---- */

static void end_note(struct end *end, enum call call, int result)
{
	assert(!end->link->inside);
	assert(result <= 0);
	assert(end->result[call] == PENDING);
	end->result[call] = result;
	end->count[call]++;
}

static void shaken(void *owner, int result)
{
	end_note(owner, CALL_HANDSHAKE, result);
}

static void received(void *owner, int result)
{
	struct end *end = owner;

	end_note(end, CALL_RECEIVE, result);
	if (end->free_on_receive) {
		connection_free(end->connection);
		end->connection = NULL;
	}
}

static void sent(void *owner, int result)
{
	struct end *end = owner;

	end_note(end, CALL_SEND, result);
	if (end->abort_on_send)
		connection_abort(end->connection);
}

static void end_shake(struct end *end)
{
	end->link->inside = true;
	end->result[CALL_HANDSHAKE] = PENDING;
	connection_handshake(end->connection, shaken);
	end->link->inside = false;
}

static void end_receive(struct end *end, void *data, size_t bytes)
{
	end->link->inside = true;
	end->result[CALL_RECEIVE] = PENDING;
	connection_receive(end->connection, data, bytes, received);
	end->link->inside = false;
}

static void end_send(struct end *end, const void *data, size_t bytes)
{
	end->link->inside = true;
	end->result[CALL_SEND] = PENDING;
	connection_send(end->connection, data, bytes, sent);
	end->link->inside = false;
}

static void until(struct end *end, enum call call)
{
	for (unsigned i = 0; end->result[call] == PENDING; i++) {
		bool more = end->link->world->turn(end->link->world);

		assert(more || end->result[call] != PENDING);
		assert(i < TURNS_MAX);
	}
}

static int receive_now(struct end *end, void *data, size_t bytes)
{
	end_receive(end, data, bytes);
	until(end, CALL_RECEIVE);
	return end->result[CALL_RECEIVE];
}

static int send_now(struct end *end, const void *data, size_t bytes)
{
	end_send(end, data, bytes);
	until(end, CALL_SEND);
	return end->result[CALL_SEND];
}

/* ---- links ---- */

static void end_new(struct link *link, int index, int fd, struct tls_context *tls)
{
	struct end *end = &link->end[index];
	struct connection_settings settings = {
		.ops = link->world->ops[index],
		.pool = link->world->pool,
		.tls = tls,
		.role = index == 0 ? CONNECTION_DIALED : CONNECTION_ACCEPTED,
		.fd = fd,
		.owner = end,
	};
	int error = connection_new(&settings, &end->connection);

	assert(error == 0);
	end->link = link;
	for (int call = 0; call < CALLS; call++)
		end->result[call] = PENDING;
}

/* Before the handshake. */
static struct link *link_raw(struct connection_world *world, bool plain_dialer)
{
	struct link *link = calloc(1, sizeof(*link));
	int fd[2] = {-1, -1};

	assert(link);
	link->world = world;
	world->connect(world, fd);
	end_new(link, 0, fd[0], plain_dialer ? NULL : world->tls[0]);
	end_new(link, 1, fd[1], world->tls[1]);
	return link;
}

static struct link *link_new(struct connection_world *world)
{
	struct link *link = link_raw(world, false);

	end_shake(&link->end[0]);
	end_shake(&link->end[1]);
	until(&link->end[0], CALL_HANDSHAKE);
	until(&link->end[1], CALL_HANDSHAKE);
	assert(link->end[0].result[CALL_HANDSHAKE] == 0);
	assert(link->end[1].result[CALL_HANDSHAKE] == 0);
	return link;
}

static void end_free(struct end *end)
{
	connection_free(end->connection);
	end->connection = NULL;
}

/* Frees both ends and lets what was in flight come to its end. */
static void link_free(struct link *link)
{
	struct connection_world *world = link->world;

	end_free(&link->end[0]);
	end_free(&link->end[1]);
	for (unsigned i = 0; i < SETTLE_TURNS; i++)
		(void)world->turn(world);
	free(link);
}

static uint8_t *bytes_new(size_t bytes, uint32_t seed)
{
	uint8_t *data = malloc(bytes);

	assert(data);
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * 1664525u + 1013904223u;
		data[i] = (uint8_t)(seed >> 24);
	}
	return data;
}

/* ---- bytes move ---- */

static void move_both_ways(struct link *link, size_t bytes)
{
	uint8_t *out[2] = {bytes_new(bytes, 1), bytes_new(bytes, 2)};
	uint8_t *in[2] = {bytes_new(bytes, 3), bytes_new(bytes, 4)};

	for (int i = 0; i < 2; i++) {
		end_receive(&link->end[i], in[i], bytes);
		end_send(&link->end[i], out[i], bytes);
		assert(connection_is_sending(link->end[i].connection));
	}
	for (int i = 0; i < 2; i++) {
		until(&link->end[i], CALL_RECEIVE);
		until(&link->end[i], CALL_SEND);
		assert(link->end[i].result[CALL_RECEIVE] == 0);
		assert(link->end[i].result[CALL_SEND] == 0);
		assert(memcmp(in[i], out[1 - i], bytes) == 0);
		assert(!connection_is_sending(link->end[i].connection));
	}
	for (int i = 0; i < 2; i++) {
		free(in[i]);
		free(out[i]);
	}
}

static void case_all_sizes(struct connection_world *world)
{
	static const size_t sizes[] = {1,
				       22,
				       HEADER_BYTES,
				       4096,
				       HFT_CONNECTION_INLINE_BYTES,
				       HFT_CONNECTION_INLINE_BYTES + 1,
				       16384,
				       16385,
				       70001,
				       MIB,
				       5 * MIB + 1};
	struct link *link = link_new(world);
	uint64_t total = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		move_both_ways(link, sizes[i]);
		total += sizes[i];
		assert(buffer_pool_in_use(world->pool) == 0);
	}
	for (int i = 0; i < 2; i++) {
		assert(connection_bytes_received(link->end[i].connection) == total);
		assert(connection_bytes_sent(link->end[i].connection) == total);
		assert(strcmp(connection_failure(link->end[i].connection), "") == 0);
	}
	link_free(link);
}

/* A frame is one send and three receives, and the next header is awaited without a slot. */
static void case_frames(struct connection_world *world)
{
	const size_t frame = HEADER_BYTES + CHUNK_BYTES + HEADER_BYTES;
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(frame, 7);
	uint8_t *in = bytes_new(frame, 8);

	for (int i = 0; i < 8; i++) {
		end_receive(&link->end[1], in, HEADER_BYTES);
		assert(buffer_pool_in_use(world->pool) == 0);
		end_send(&link->end[0], out, frame);
		until(&link->end[1], CALL_RECEIVE);
		assert(receive_now(&link->end[1], in + HEADER_BYTES, CHUNK_BYTES) == 0);
		assert(receive_now(&link->end[1], in + HEADER_BYTES + CHUNK_BYTES, HEADER_BYTES) ==
		       0);
		until(&link->end[0], CALL_SEND);
		assert(memcmp(in, out, frame) == 0);
		assert(buffer_pool_in_use(world->pool) == 0);
		memset(in, 0, frame);
	}
	free(in);
	free(out);
	link_free(link);
}

/* Two sends become one receive, and one send becomes many. */
static void case_other_cuts(struct connection_world *world)
{
	const size_t bytes = 200000;
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(bytes, 9);
	uint8_t *in = bytes_new(bytes, 10);
	size_t step = 1;

	end_receive(&link->end[1], in, bytes);
	assert(send_now(&link->end[0], out, 60000) == 0);
	assert(send_now(&link->end[0], out + 60000, bytes - 60000) == 0);
	until(&link->end[1], CALL_RECEIVE);
	assert(memcmp(in, out, bytes) == 0);

	memset(in, 0, bytes);
	end_send(&link->end[0], out, bytes);
	for (size_t at = 0; at < bytes; at += step, step = step * 3 % 9973) {
		if (step > bytes - at)
			step = bytes - at;
		assert(receive_now(&link->end[1], in + at, step) == 0);
		assert(buffer_pool_in_use(world->pool) <= 1); /* the sender's */
	}
	until(&link->end[0], CALL_SEND);
	assert(memcmp(in, out, bytes) == 0);
	free(in);
	free(out);
	link_free(link);
}

static void crowd_move(struct connection_world *world)
{
	const size_t bytes = 300000;
	struct link *link[CROWD];
	uint8_t *out = bytes_new(bytes, 11);
	uint8_t *in[CROWD];

	for (int i = 0; i < CROWD; i++) {
		link[i] = link_new(world);
		in[i] = bytes_new(bytes, 12);
	}
	for (int i = 0; i < CROWD; i++) {
		end_receive(&link[i]->end[1], in[i], bytes);
		end_send(&link[i]->end[0], out, bytes);
	}
	for (int i = 0; i < CROWD; i++) {
		until(&link[i]->end[1], CALL_RECEIVE);
		until(&link[i]->end[0], CALL_SEND);
		assert(memcmp(in[i], out, bytes) == 0);
		free(in[i]);
		link_free(link[i]);
	}
	free(out);
}

static void case_a_crowd_on_few_slots(struct connection_world *world)
{
	crowd_move(world);
}

static void case_a_crowd_without_a_slot(struct connection_world *world)
{
	struct slot *taken[64];
	unsigned count = 0;

	while ((taken[count] = buffer_pool_take(world->pool)) != NULL)
		count++;
	crowd_move(world);
	assert(buffer_pool_in_use(world->pool) == count);
	while (count > 0)
		buffer_pool_give(world->pool, taken[--count]);
}

static void case_moves_to_another_loop(struct connection_world *world)
{
	struct link *link = link_new(world);
	struct buffer_pool *pool = NULL;
	int error = buffer_pool_new(2, 65536, &pool);
	uint8_t byte = 7;

	assert(error == 0);
	/* Bytes of the next frame may already be there. */
	assert(send_now(&link->end[0], "ab", 2) == 0);
	assert(receive_now(&link->end[1], &byte, 1) == 0);
	connection_move(link->end[1].connection, world->spare, pool, &link->end[1]);
	assert(receive_now(&link->end[1], &byte, 1) == 0);
	assert(byte == 'b');
	move_both_ways(link, MIB);
	link_free(link);
	buffer_pool_free(pool);
}

/* ---- the end in good order ---- */

static void case_shutdown(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(MIB, 13);
	uint8_t *in = bytes_new(MIB, 14);

	end_send(&link->end[0], out, MIB);
	connection_shutdown(link->end[0].connection);
	connection_shutdown(link->end[0].connection);
	assert(receive_now(&link->end[1], in, MIB) == 0);
	until(&link->end[0], CALL_SEND);
	assert(link->end[0].result[CALL_SEND] == 0);
	assert(memcmp(in, out, MIB) == 0);
	assert(receive_now(&link->end[1], in, 1) == -ENODATA);
	assert(receive_now(&link->end[1], in, 1) == -ENODATA);
	assert(strcmp(connection_failure(link->end[1].connection),
		      "the peer closed the connection") == 0);
	assert(send_now(&link->end[0], out, 1) == -EPIPE);

	/* The other direction goes on. */
	assert(send_now(&link->end[1], out, 1000) == 0);
	assert(receive_now(&link->end[0], in, 1000) == 0);
	free(in);
	free(out);
	link_free(link);
}

static void case_shutdown_and_free_at_once(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t data[100] = {1};
	uint8_t got[100] = {0};

	end_receive(&link->end[0], got, 1); /* a reader that waits does not hinder */
	assert(send_now(&link->end[0], data, sizeof(data)) == 0);
	connection_shutdown(link->end[0].connection);
	end_free(&link->end[0]);
	assert(receive_now(&link->end[1], got, sizeof(got)) == 0);
	assert(receive_now(&link->end[1], got, 1) == -ENODATA);
	assert(link->end[0].count[CALL_RECEIVE] == 0);
	link_free(link);
}

static void case_closed_in_mid_sentence(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t data[100] = {1};

	assert(send_now(&link->end[0], data, 99) == 0);
	connection_shutdown(link->end[0].connection);
	assert(receive_now(&link->end[1], data, 100) == -ECONNRESET);
	assert(strcmp(connection_failure(link->end[1].connection), "") != 0);
	link_free(link);
}

/* A peer that died says no farewell; under TLS that must not look like the end of the data. */
static void case_no_farewell(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t byte = 0;

	end_receive(&link->end[1], &byte, 1);
	end_free(&link->end[0]);
	until(&link->end[1], CALL_RECEIVE);
	assert(link->end[1].result[CALL_RECEIVE] == (world->tls[0] ? -ECONNRESET : -ENODATA));
	link_free(link);
}

/* ---- the hard end ---- */

static void case_abort(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(64 * MIB, 15);
	uint8_t *in = bytes_new(MIB, 16);

	end_receive(&link->end[0], in, MIB);
	end_send(&link->end[0], out, 64 * MIB); /* more than sockets hold */
	assert(receive_now(&link->end[1], in, 1) == 0);
	link->inside = true;
	connection_abort(link->end[0].connection);
	connection_abort(link->end[0].connection);
	link->inside = false;
	until(&link->end[0], CALL_RECEIVE);
	until(&link->end[0], CALL_SEND);
	assert(link->end[0].result[CALL_RECEIVE] == -ECANCELED);
	assert(link->end[0].result[CALL_SEND] == -ECANCELED);
	assert(receive_now(&link->end[0], in, 1) == -ECANCELED);
	assert(send_now(&link->end[0], in, 1) == -ECANCELED);
	while (receive_now(&link->end[1], in, MIB) == 0)
		;
	assert(link->end[1].result[CALL_RECEIVE] == -ECONNRESET);
	free(in);
	free(out);
	link_free(link);
}

static void case_abort_before_the_callback(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t data[10] = {1};

	end_send(&link->end[0], data, sizeof(data));
	connection_abort(link->end[0].connection);
	until(&link->end[0], CALL_SEND);
	assert(link->end[0].result[CALL_SEND] == -ECANCELED);
	link_free(link);
}

static void case_abort_inside_a_callback(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t data[10] = {1};

	link->end[0].abort_on_send = true;
	end_receive(&link->end[0], data, 1);
	assert(send_now(&link->end[0], data, 1) == 0);
	until(&link->end[0], CALL_RECEIVE);
	assert(link->end[0].result[CALL_RECEIVE] == -ECANCELED);
	link_free(link);
}

static void case_free_inside_a_callback(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(64 * MIB, 17);
	uint8_t data[10] = {1};

	link->end[0].free_on_receive = true;
	end_receive(&link->end[0], data, 1);
	end_send(&link->end[0], out, 64 * MIB);
	assert(send_now(&link->end[1], data, 1) == 0);
	until(&link->end[0], CALL_RECEIVE);
	for (unsigned i = 0; i < SETTLE_TURNS; i++)
		(void)world->turn(world);
	assert(link->end[0].count[CALL_SEND] == 0);
	link_free(link);
	free(out);
}

static void case_abort_in_the_handshake(struct connection_world *world)
{
	struct link *link = link_raw(world, false);

	end_shake(&link->end[0]);
	connection_abort(link->end[0].connection);
	until(&link->end[0], CALL_HANDSHAKE);
	assert(link->end[0].result[CALL_HANDSHAKE] == -ECANCELED);
	link_free(link);

	link = link_raw(world, false);
	end_shake(&link->end[1]);
	(void)world->turn(world);
	connection_abort(link->end[1].connection);
	if (world->tls[0]) {
		until(&link->end[1], CALL_HANDSHAKE);
		assert(link->end[1].result[CALL_HANDSHAKE] == -ECANCELED);
	}
	link_free(link);
}

static void case_free_in_the_handshake(struct connection_world *world)
{
	struct link *link = link_raw(world, false);

	end_shake(&link->end[0]);
	end_shake(&link->end[1]);
	end_free(&link->end[0]);
	until(&link->end[1], CALL_HANDSHAKE);
	assert(!world->tls[0] || link->end[1].result[CALL_HANDSHAKE] < 0);
	assert(link->end[0].count[CALL_HANDSHAKE] == 0);
	link_free(link);
}

static void case_abort_then_handshake(struct connection_world *world)
{
	struct link *link = link_raw(world, false);

	connection_abort(link->end[0].connection);
	end_shake(&link->end[0]);
	until(&link->end[0], CALL_HANDSHAKE);
	assert(link->end[0].result[CALL_HANDSHAKE] == -ECANCELED);
	link_free(link);
}

/* ---- who the peer is, and peers that are not as they should be ---- */

static void case_the_peer_is_known_by_its_key(struct connection_world *world)
{
	struct link *link = link_new(world);

	for (int i = 0; i < 2; i++) {
		struct fingerprint seen;
		struct fingerprint own;
		int error = connection_peer(link->end[i].connection, &seen);

		assert(error == (world->tls[0] ? 0 : -ENOKEY));
		if (error < 0)
			continue;
		tls_context_fingerprint(world->tls[1 - i], &own);
		assert(memcmp(&seen, &own, sizeof(own)) == 0);
	}
	link_free(link);
}

static void case_plain_text_meets_tls(struct connection_world *world)
{
	struct link *link = link_raw(world, true);
	uint8_t answer[64];
	char garbage[300];

	memset(garbage, 'x', sizeof(garbage));
	end_shake(&link->end[0]);
	end_shake(&link->end[1]);
	until(&link->end[0], CALL_HANDSHAKE);
	end_send(&link->end[0], garbage, sizeof(garbage));
	until(&link->end[1], CALL_HANDSHAKE);
	assert(link->end[1].result[CALL_HANDSHAKE] == -EBADMSG);
	assert(strstr(connection_failure(link->end[1].connection), "not TLS"));
	assert(receive_now(&link->end[1], answer, 1) == -EBADMSG);
	assert(send_now(&link->end[1], answer, 1) == -EBADMSG);
	link_free(link);
}

static void case_closed_in_the_handshake(struct connection_world *world)
{
	struct link *link = link_raw(world, true);

	end_shake(&link->end[0]);
	end_shake(&link->end[1]);
	until(&link->end[0], CALL_HANDSHAKE);
	connection_shutdown(link->end[0].connection);
	until(&link->end[1], CALL_HANDSHAKE);
	assert(link->end[1].result[CALL_HANDSHAKE] == -ECONNRESET);
	link_free(link);
}

static void case_lost_in_the_middle(struct connection_world *world)
{
	struct link *link = link_new(world);
	uint8_t *out = bytes_new(64 * MIB, 18);
	uint8_t *in = bytes_new(65 * MIB, 19);

	end_receive(&link->end[1], in, 65 * MIB); /* more than there is: it cannot end well */
	end_send(&link->end[0], out, 64 * MIB);
	for (int i = 0; i < 3; i++)
		(void)world->turn(world);
	connection_abort(link->end[0].connection);
	until(&link->end[1], CALL_RECEIVE);
	assert(link->end[1].result[CALL_RECEIVE] == -ECONNRESET);
	assert(buffer_pool_in_use(world->pool) <= 1);
	until(&link->end[0], CALL_SEND);
	assert(buffer_pool_in_use(world->pool) == 0);
	free(in);
	free(out);
	link_free(link);
}

/* clang-format off */
const struct connection_case connection_cases[] = {
	{"bytes of all sizes arrive, both ways at once", case_all_sizes, false},
	{"a frame is received in three parts, no slot is kept", case_frames, false},
	{"cuts of sends and receives need not match", case_other_cuts, false},
	{"twenty connections share a slot or two", case_a_crowd_on_few_slots, false},
	{"twenty connections move without any slot", case_a_crowd_without_a_slot, false},
	{"it moves to another loop", case_moves_to_another_loop, false},
	{"a shutdown ends one direction in good order", case_shutdown, false},
	{"what was said before shutdown and free arrives", case_shutdown_and_free_at_once, false},
	{"the end in mid-sentence is an error", case_closed_in_mid_sentence, false},
	{"the end without farewell is no good end under TLS", case_no_farewell, false},
	{"an abort cancels what is in flight and resets", case_abort, false},
	{"an abort wins against a callback on its way", case_abort_before_the_callback, false},
	{"abort inside a callback", case_abort_inside_a_callback, false},
	{"free inside a callback", case_free_inside_a_callback, false},
	{"abort in the handshake", case_abort_in_the_handshake, false},
	{"free in the handshake", case_free_in_the_handshake, false},
	{"handshake after an abort is cancelled", case_abort_then_handshake, false},
	{"the peer is known by its key", case_the_peer_is_known_by_its_key, false},
	{"plain text meets TLS", case_plain_text_meets_tls, true},
	{"the peer closes in the handshake", case_closed_in_the_handshake, true},
	{"the peer is lost in the middle", case_lost_in_the_middle, false},
};
/* clang-format on */

const size_t connection_case_count = sizeof(connection_cases) / sizeof(connection_cases[0]);

void connection_cases_start(struct connection_world *world, bool tls, unsigned slot_count)
{
	int error = buffer_pool_new(slot_count, CHUNK_BYTES, &world->pool);

	assert(error == 0);
	for (int i = 0; i < 2; i++) {
		world->tls[i] = NULL;
		error = tls ? tls_context_new_ephemeral(&world->tls[i]) : 0;
		assert(error == 0);
	}
}

void connection_cases_end(struct connection_world *world)
{
	assert(buffer_pool_in_use(world->pool) == 0);
	buffer_pool_free(world->pool);
	tls_context_free(world->tls[0]);
	tls_context_free(world->tls[1]);
}
