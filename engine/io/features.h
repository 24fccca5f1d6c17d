/* SPDX-License-Identifier: Apache-2.0 */
/* features.h -- what this kernel, under these limits, lets io/ do.
 *
 * Asked once, at start, by trying: the answer is of the running kernel and not of the
 * headers this was built with. For `hft doctor` (one line each, with what would enable
 * it) and for one log line. It decides nothing: the backends try for themselves and step
 * down on their own evidence.
 * Its one idea: a capability that is missing always comes with a reason and a remedy. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

#define FEATURE_REASON_BYTES 96

enum feature_id {
	FEATURE_IO_URING,      /* a ring can be made at all */
	FEATURE_SINGLE_ISSUER, /* set-up flags, each see ring.c for what it brings */
	FEATURE_DEFER_TASKRUN,
	FEATURE_COOP_TASKRUN,
	FEATURE_SUBMIT_ALL,
	FEATURE_SEND_ZC, /* opcodes */
	FEATURE_RECV_ZC,
	FEATURE_SPLICE,
	FEATURE_FIXED_BUFFERS,	/* 1 MiB can be registered (memlock) */
	FEATURE_PIPE_1MIB,	/* a pipe can be made 1 MiB large */
	FEATURE_OPENAT2,	/* names from the network can be resolved beneath a folder */
	FEATURE_STATX_DIOALIGN, /* the kernel tells the alignment O_DIRECT needs */
	FEATURE_COUNT,		/* how many; not a feature */
};

struct feature {
	const char *name;		   /* key of the log line: "defer_taskrun" */
	bool available;			   /* it worked */
	char reason[FEATURE_REASON_BYTES]; /* what was seen, in words; never empty */
	const char *remedy;		   /* what would enable it; "" when available */
};

struct features {
	struct feature list[FEATURE_COUNT]; /* indexed by enum feature_id */
};

/* Asks the kernel everything. Makes and closes a ring, a pipe and a few descriptors; takes a
 * few milliseconds. Never fails: what cannot be asked is not available, with that reason. */
void features_probe(struct features *ret_features);

/* Writes `io_uring=yes single_issuer=yes ... recv_zc="no: operation 58 is not listed"` into `line`,
 * ended by 0 and cut if too small; 1024 bytes are enough. Requires bytes > 0. Returns `line`. */
const char *features_line(const struct features *features, char *line, size_t bytes);
