/* SPDX-License-Identifier: Apache-2.0 */
/* test_ops_storm.c -- connections under random receives, sends, cancels and aborts.
 *
 *   kernel_ops_storm [SEED]     replays one seed
 *
 * Whatever happens, every op ends exactly once, and the bytes that results speak of are the bytes
 * that moved: the stream that arrives is a prefix of the stream that was sent, also when a
 * cancel cut an op in the middle. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/parse.h"
#include "base/random.h"
#include "support/op_rig.h"

#define PAIRS	       8u
#define STEPS	       2000u
#define SEEDS	       4u
#define SEQUENCE_BYTES ((size_t)65521)
#define PIECE_BYTES    ((size_t)300000) /* more than a socket takes at once */

/* One direction of one connection, from one end to the other. */
struct stream {
	struct op_try sending;	 /* at the source */
	struct op_try receiving; /* at the sink */
	bool is_sending;	 /* the send was started and has not been looked at */
	bool is_receiving;	 /* the same for the receive */
	uint64_t sent;		 /* bytes by the results of sends */
	uint64_t received;	 /* bytes by the results of receives */
	uint8_t *sink;		 /* PIECE_BYTES */
};

struct storm {
	struct op_rig *rig;   /* checks and turns */
	uint8_t *sequence;    /* SEQUENCE_BYTES, and what follows on it */
	struct random random; /* all decisions */
	int ends[2 * PAIRS];  /* descriptors; 2n and 2n+1 are one connection; -1 = gone */
	bool is_calm;	      /* no more whole receives: they might wait for ever */
	struct stream streams[2 * PAIRS]; /* number n goes from ends[n] to ends[n ^ 1] */
};

/* Every stream is the same sequence again and again; its length is a prime, so that a piece in
 * the wrong place does not fit. */
static void make_sequence(struct storm *storm)
{
	storm->sequence = malloc(SEQUENCE_BYTES + PIECE_BYTES);
	for (size_t i = 0; i < SEQUENCE_BYTES + PIECE_BYTES; i++) {
		const size_t at = i % SEQUENCE_BYTES;

		storm->sequence[i] = (uint8_t)(at * 131 + (at >> 8) * 17);
	}
}

/* What stands at a position of a stream, and up to PIECE_BYTES behind it. */
static uint8_t *sequence_at(const struct storm *storm, uint64_t position)
{
	return storm->sequence + position % SEQUENCE_BYTES;
}

static uint32_t draw(struct storm *storm, uint32_t below)
{
	return (uint32_t)random_below(&storm->random, below);
}

/* ---- one stream ------------------------------------------------------------------- */

static void start(struct storm *storm, struct op_try *try, enum op_kind kind, int fd, uint8_t *data)
{
	const size_t bytes = 1 + draw(storm, PIECE_BYTES);

	try->op.kind = kind;
	try->op.fd = fd;
	try->op.args.data.data = data;
	try->op.args.data.bytes = bytes;
	try->op.args.data.offset = OP_NO_OFFSET;
	try->op.args.data.buffer_index = OP_NO_BUFFER;
	try->op.args.data.whole = draw(storm, 2) == 0 && !storm->is_calm;
	op_rig_start(storm->rig, try);
}

static void start_send(struct storm *storm, unsigned index)
{
	struct stream *stream = &storm->streams[index];

	if (stream->is_sending || storm->ends[index] < 0)
		return;
	stream->is_sending = true;
	start(storm, &stream->sending, OP_SEND, storm->ends[index],
	      sequence_at(storm, stream->sent));
}

static void start_receive(struct storm *storm, unsigned index)
{
	struct stream *stream = &storm->streams[index];

	if (stream->is_receiving || storm->ends[index ^ 1] < 0)
		return;
	stream->is_receiving = true;
	start(storm, &stream->receiving, OP_RECV, storm->ends[index ^ 1], stream->sink);
}

static void look_at_send(struct storm *storm, struct stream *stream)
{
	const int64_t result = stream->sending.op.result;

	if (!stream->is_sending || stream->sending.over_count == 0)
		return;
	EXPECT(storm->rig, stream->sending.over_count, 1);
	stream->is_sending = false;
	if (result > 0)
		stream->sent += (uint64_t)result;
	CHECK(storm->rig,
	      result > 0 || result == -ECANCELED || result == -ECONNRESET || result == -EPIPE);
}

static void look_at_receive(struct storm *storm, struct stream *stream)
{
	const int64_t result = stream->receiving.op.result;

	if (!stream->is_receiving || stream->receiving.over_count == 0)
		return;
	EXPECT(storm->rig, stream->receiving.over_count, 1);
	stream->is_receiving = false;
	CHECK(storm->rig, result >= 0 || result == -ECANCELED || result == -ECONNRESET);
	if (result <= 0)
		return;
	CHECK(storm->rig,
	      memcmp(stream->sink, sequence_at(storm, stream->received), (size_t)result) == 0);
	stream->received += (uint64_t)result;
}

/* ---- the storm ---------------------------------------------------------------------- */

static void look_at_all(struct storm *storm)
{
	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		look_at_send(storm, &storm->streams[i]);
		look_at_receive(storm, &storm->streams[i]);
	}
}

static void abort_end(struct storm *storm, unsigned index)
{
	if (storm->ends[index] < 0)
		return;
	ops_abort(storm->rig->ops, storm->ends[index]);
	storm->ends[index] = -1;
}

static void step(struct storm *storm)
{
	const unsigned index = draw(storm, 2 * PAIRS);
	struct stream *stream = &storm->streams[index];

	switch (draw(storm, 12)) {
	case 0:
		ops_cancel(storm->rig->ops, &stream->sending.op);
		break;
	case 1:
		ops_cancel(storm->rig->ops, &stream->receiving.op);
		break;
	case 2:
		if (draw(storm, 50) == 0)
			abort_end(storm, index);
		break;
	case 3:
	case 4:
	case 5:
		start_send(storm, index);
		break;
	case 6:
	case 7:
	case 8:
		start_receive(storm, index);
		break;
	default:
		op_rig_turn(storm->rig);
		look_at_all(storm);
		break;
	}
}

/* Cancels all that is under way. */
static void calm_down(struct storm *storm)
{
	storm->is_calm = true;
	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		struct stream *stream = &storm->streams[i];

		ops_cancel(storm->rig->ops, &stream->sending.op);
		ops_cancel(storm->rig->ops, &stream->receiving.op);
		if (stream->is_sending)
			(void)op_rig_finish(storm->rig, &stream->sending);
		if (stream->is_receiving)
			(void)op_rig_finish(storm->rig, &stream->receiving);
	}
	look_at_all(storm);
}

/* Takes what is left in the sockets: it must be all that was sent, and no more. */
static void drain(struct storm *storm)
{
	for (unsigned i = 0; i < 2 * PAIRS; i++) {
		struct stream *stream = &storm->streams[i];

		if (storm->ends[i] < 0 || storm->ends[i ^ 1] < 0)
			continue;
		while (stream->received < stream->sent) {
			start_receive(storm, i);
			if (op_rig_finish(storm->rig, &stream->receiving) <= 0)
				break;
			look_at_all(storm);
		}
		EXPECT(storm->rig, (int64_t)stream->received, (int64_t)stream->sent);
	}
	for (unsigned i = 0; i < 2 * PAIRS; i++)
		abort_end(storm, i);
}

static void run_seed(struct op_rig *rig, uint64_t seed)
{
	struct storm *storm = calloc(1, sizeof(*storm));
	const unsigned before = rig->failures;

	storm->rig = rig;
	random_seed(&storm->random, seed);
	make_sequence(storm);
	for (unsigned i = 0; i < 2 * PAIRS; i++)
		storm->streams[i].sink = malloc(PIECE_BYTES);
	for (unsigned i = 0; i < PAIRS; i++)
		op_rig_connect(rig, i % 2 == 0 ? AF_INET : AF_INET6, &storm->ends[2 * i]);
	for (unsigned i = 0; i < STEPS; i++)
		step(storm);
	calm_down(storm);
	drain(storm);
	op_rig_turn(rig);
	look_at_all(storm);
	if (rig->failures > before)
		printf("    replay: kernel_ops_storm %llu\n", (unsigned long long)seed);
	for (unsigned i = 0; i < 2 * PAIRS; i++)
		free(storm->streams[i].sink);
	free(storm->sequence);
	free(storm);
}

static void results_speak_of_the_bytes_that_moved(struct op_rig *rig)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run_seed(rig, seed);
}

/* The one seed of the command line, which main() has put into the environment. */
static void replay(struct op_rig *rig)
{
	const char *text = getenv("HFT_STORM_SEED");
	uint64_t seed = 0;

	CHECK(rig, text && parse_u64(text, &seed) == 0);
	run_seed(rig, seed);
}

static const struct op_test tests[] = {
	{"results speak of the bytes that moved", results_speak_of_the_bytes_that_moved},
};

static const struct op_test replays[] = {
	{"replay of a seed", replay},
};

int main(int count, char **arguments)
{
	if (count < 2)
		return op_rig_main(tests, ARRAY_COUNT(tests));
	if (setenv("HFT_STORM_SEED", arguments[1], 1) < 0)
		return 1;
	return op_rig_main(replays, ARRAY_COUNT(replays));
}
