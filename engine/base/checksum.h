/* SPDX-License-Identifier: Apache-2.0 */
/* checksum.h -- the digest of a chunk or a file: XXH3 with 128 bits.
 *
 * What it is: a check against damage, fast enough to run over every byte. What it is not: a
 * proof against malice; TLS does that. Its one idea: a digest is 16 bytes in one order
 * (the canonical, big-endian one of xxHash), the same in memory, on the wire, in the
 * journal and in print. The only place that knows xxHash. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define DIGEST_TEXT_BYTES 33 /* 32 hexadecimal digits and NUL */

struct digest {
	uint8_t bytes[16]; /* canonical form: the most significant byte first */
};

/* A digest over data that comes in pieces. Zeroed or uninitialised it is nothing yet. It may lie
 * in any memory, but must not be copied or moved: its state is aligned within itself. */
struct digest_stream {
	struct digest_stream *self; /* its own address; a copy is found by it */
	uint8_t opaque[640];	    /* xxHash's state: 576 bytes, and up to 63 to align it */
};

/* The digest of `count` bytes; `data` may be NULL when `count` is 0. */
struct digest digest_of(const void *data, size_t count);

/* Starts, or starts again. There is nothing to free. */
void digest_stream_init(struct digest_stream *stream);

/* Adds `count` bytes; `data` may be NULL when `count` is 0. */
void digest_stream_add(struct digest_stream *stream, const void *data, size_t count);

/* The digest of all bytes added so far: the same as digest_of() over them. Does not disturb the
 * stream; more may be added. */
struct digest digest_stream_value(const struct digest_stream *stream);

/* True when both are the same. */
bool digest_equal(const struct digest *a, const struct digest *b);

/* Prints 32 lower-case hexadecimal digits and NUL. */
void digest_print(const struct digest *digest, char text[static DIGEST_TEXT_BYTES]);

/* Reads what digest_print() prints, capitals too. -EINVAL, with *ret_digest untouched, for
 * anything else. */
HFT_MUST_USE int digest_parse(const char *text, struct digest *ret_digest);
