/* SPDX-License-Identifier: Apache-2.0 */
/* walk.h -- one walk over the fields of a struct, which either writes them or reads them.
 *
 * Inside wire/ only. A format is a function that walks over its fields in the order of
 * their bytes. The same function serves encoder and decoder, so the two cannot
 * disagree about a layout or a bound. Failure sticks: a field that failed keeps the value it
 * had, and the caller looks at the end only (walk_end()). Numbers are little endian. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/compiler.h"
#include "base/id.h"
#include "base/ranges.h"
#include "record/identity.h"
#include "record/outcome.h"

struct walk {
	bool writes;		    /* struct to bytes; false = bytes to struct */
	bool invalid;		    /* a field was outside its bounds; never cleared */
	struct bytes_writer writer; /* where it stands, if it writes */
	struct bytes_reader reader; /* where it stands, if it reads */
};

/* Starts a walk that writes at most bytes, and one that reads exactly bytes. buffer may
 * be NULL if bytes is 0. A walk that writes leaves the struct as it is, so it may be one
 * that was const. */
void walk_begin_writing(struct walk *walk, void *buffer, size_t bytes);
void walk_begin_reading(struct walk *walk, const void *buffer, size_t bytes);

/* Says that the struct or the bytes are not valid unless holds: for rules that no single
 * field can tell. */
void walk_require(struct walk *walk, bool holds);

/* Ends it. Writing: 0, -EINVAL if a field was outside its bounds, -ENOBUFS if the
 * buffer was too small. Reading: 0, or -EBADMSG if a field was outside its bounds, or bytes were
 * missing or left over. */
HFT_MUST_USE int walk_end(const struct walk *walk);

/* Numbers within minimum..maximum. */
void walk_u8(struct walk *walk, uint8_t *value, uint8_t minimum, uint8_t maximum);
void walk_u16(struct walk *walk, uint16_t *value, uint16_t minimum, uint16_t maximum);
void walk_u32(struct walk *walk, uint32_t *value, uint32_t minimum, uint32_t maximum);
void walk_u64(struct walk *walk, uint64_t *value, uint64_t minimum, uint64_t maximum);

/* One byte, 0 or 1. */
void walk_bool(struct walk *walk, bool *value);

/* Exactly bytes bytes, anything. */
void walk_bytes(struct walk *walk, void *data, size_t bytes);

/* Bytes that must be zero. */
void walk_zeros(struct walk *walk, size_t bytes);

/* A text in an array of text_bytes: u16 length, then the bytes, without NUL. Its length
 * is in minimum..text_bytes - 1. After reading, the rest of the array is as it was. */
void walk_text(struct walk *walk, char *text, size_t text_bytes, size_t minimum);

/* Sixteen bytes each. */
void walk_id(struct walk *walk, struct id *id);
void walk_digest(struct walk *walk, struct digest *digest);

/* u16 count <= HFT_TAIL_DIGESTS_MAX, then the digests. */
void walk_digests(struct walk *walk, uint16_t *count, struct digest *list);

/* u16 count <= HFT_RANGES_MAX, then u64 start and u64 end of each: ascending, not empty, not
 * touching, end <= HFT_CHUNKS_MAX. */
void walk_ranges(struct walk *walk, struct ranges *ranges);

/* u16 status, u16 detail, sentence. The numbers are not checked against the list: a newer
 * peer may have new ones, and its sentence is worth more than a protocol error. */
void walk_outcome(struct walk *walk, struct outcome *outcome);

/* u32 type (1 or 2), then device, inode, bytes, mtime_ns, ctime_ns, u64 each. */
void walk_identity(struct walk *walk, struct source_identity *identity);
