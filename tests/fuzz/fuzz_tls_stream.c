/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_tls_stream.c -- anything at all arrives where TLS is spoken.
 *
 * OpenSSL's own parsers are its authors' business; this is about ours around it: windows, the
 * meter of record headers, the failure sentences. The first byte says who we are and whether
 * hands have been shaken before, the second in which pieces the rest arrives. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "io/tls.h"
#include "io/tls_stream.h"

#define WINDOW_BYTES 8192

enum choice {
	CHOICE_ACCEPTED = 1, /* we have accepted, else dialed */
	CHOICE_SHAKEN = 2,   /* the bytes come after the handshake */
};

struct side {
	struct tls_stream *stream;
	struct cipher_window in;
	struct cipher_window out;
	uint8_t memory[2][WINDOW_BYTES];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void side_init(struct side *side, struct tls_context *context, enum connection_role role)
{
	int error = 0;

	side->in = (struct cipher_window){.memory = side->memory[0], .capacity = WINDOW_BYTES};
	side->out = (struct cipher_window){.memory = side->memory[1], .capacity = WINDOW_BYTES};
	error = tls_stream_new(context, role, &side->in, &side->out, &side->stream);
	assert(error == 0);
}

static void carry(struct side *from, struct side *to)
{
	to->in.start = 0;
	to->in.end = from->out.end - from->out.start;
	memcpy(to->in.memory, from->out.memory + from->out.start, to->in.end);
	from->out.start = 0;
	from->out.end = 0;
}

static void shake(struct side *dialed, struct side *accepted)
{
	enum tls_progress ends[2] = {TLS_WANTS_INPUT, TLS_WANTS_INPUT};

	while (ends[0] != TLS_DONE || ends[1] != TLS_DONE) {
		ends[0] = tls_stream_handshake(dialed->stream);
		carry(dialed, accepted);
		ends[1] = tls_stream_handshake(accepted->stream);
		carry(accepted, dialed);
		assert(ends[0] != TLS_FAILED && ends[1] != TLS_FAILED);
	}
}

/* One piece has arrived. Returns false when it is over. */
static bool take(struct side *side, bool shaken)
{
	uint8_t plain[100];
	size_t moved = 0;
	enum tls_progress progress = shaken ? tls_stream_read(side->stream, plain, sizeof(plain),
							      &moved)
					    : tls_stream_handshake(side->stream);
	char sentence[HFT_CONNECTION_SENTENCE_BYTES] = "";

	assert(moved == 0);	      /* nobody can guess a tag */
	assert(progress != TLS_DONE); /* or hold our peer's key */
	tls_stream_failure(side->stream, sentence, sizeof(sentence));
	assert((progress == TLS_FAILED) == (sentence[0] != '\0'));
	if (progress != TLS_WANTS_INPUT)
		return false;
	assert(side->in.start == side->in.end);
	assert(tls_stream_needed(side->stream, sizeof(plain)) > 0);
	assert(tls_stream_needed(side->stream, 1) <=
	       HFT_TLS_RECORD_BYTES * 4 + TLS_RECORD_EXTRA_BYTES);
	side->out.start = 0;
	side->out.end = 0;
	return true;
}

static void feed(struct side *side, const uint8_t *data, size_t size, bool shaken)
{
	size_t piece = size > 0 ? data[0] + (size_t)1 : 1;

	for (size_t at = 1; at < size; at += piece) {
		size_t part = min_size(piece, size - at);

		memcpy(side->in.memory, data + at, part);
		side->in.start = 0;
		side->in.end = part;
		if (!take(side, shaken))
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct side *sides = calloc(2, sizeof(*sides));
	struct tls_context *context = NULL;
	int error = tls_context_new_ephemeral(&context);

	assert(sides && error == 0);
	side_init(&sides[0], context, CONNECTION_DIALED);
	side_init(&sides[1], context, CONNECTION_ACCEPTED);
	if (size > 0) {
		bool shaken = data[0] & CHOICE_SHAKEN;

		if (shaken)
			shake(&sides[0], &sides[1]);
		feed(&sides[data[0] & CHOICE_ACCEPTED], data + 1, size - 1, shaken);
	}
	tls_stream_free(sides[0].stream);
	tls_stream_free(sides[1].stream);
	tls_context_free(context);
	free(sides);
	return 0;
}
