/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h -- is this still the file that was sent before?
 *
 * A source identity is what the file system says about a source without reading it.
 * It is taken when the source is opened, kept in queue row and checkpoint, and must
 * match before a transfer continues. It is no proof about content: that is what the
 * chunk digests are for. */
#ifndef HFT_RECORD_IDENTITY_H
#define HFT_RECORD_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum source_type {
	SOURCE_FILE = 1,   /* seekable, has a size */
	SOURCE_STREAM = 2, /* pipe, FIFO or standard input: read once, in order */
};

/* All fields 0: not known. A stream has only its type, the rest is 0. */
struct source_identity {
	uint64_t device;   /* st_dev */
	uint64_t inode;	   /* st_ino */
	uint64_t bytes;	   /* size; 0 for a stream */
	uint64_t mtime_ns; /* last change of content, wall clock */
	uint64_t ctime_ns; /* last change of content or attributes, wall clock */
	uint32_t type;	   /* enum source_type; 0 = identity not known */
};

enum identity_difference {
	IDENTITY_SAME,	      /* nothing differs */
	IDENTITY_ONLY_CTIME,  /* chmod, link, rename: durable chunks must be compared instead */
	IDENTITY_ONLY_DEVICE, /* the disk moved to another node: digests must decide; ctime may
			       * differ too */
	IDENTITY_DIFFERENT,   /* another file, or another content */
};

/* Compares what was recorded with what is there now. Two unknown identities, and two
 * streams, are the same. */
enum identity_difference identity_compare(const struct source_identity *before,
					  const struct source_identity *now);

/* Writes the first difference that matters as words, for the sentence of 903-0: "the
 * size was 1000 and is 2000 bytes". Always ends text with a NUL, cuts what does not
 * fit. Equal identities give "nothing differs". Requires text_bytes > 0. */
void identity_describe(const struct source_identity *before, const struct source_identity *now,
		       char *text, size_t text_bytes);

#endif
