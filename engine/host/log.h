/* SPDX-License-Identifier: Apache-2.0 */
/* log.h -- what happened, one line each: an event and its key=value pairs.
 *
 * What it is: lines to a descriptor (stderr), bounded, and each in one write, so that lines of
 * several threads never mix. What it is not: a store: no rotation, no file names; the
 * journal of systemd or the shell does that. A line that the reader of the descriptor does
 * not take at once is dropped and counted: telling must never stop the work.
 * The line:  time=2026-11-21T10:40:00.123Z level=warn event=peer-dead host=b reason="no answer"
 * Values with blanks are quoted by whoever writes the format; control characters, and all that
 * is not UTF-8, become \xNN. The process ignores SIGPIPE, or a closed pipe ends it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

enum log_level {
	LOG_ERROR, /* a promise cannot be kept, somebody has to act */
	LOG_WARN,  /* a demotion, a repaired fault, a refused peer */
	LOG_INFO,  /* the life of transfers and services */
	LOG_DEBUG, /* for whoever looks for a mistake */
};

struct log {
	int fd;			  /* where lines go; not owned; -1: nowhere */
	enum log_level level;	  /* lines beyond it are not written */
	bool journal;		  /* fd is systemd's journal: lines begin with <N> */
	_Atomic uint64_t dropped; /* lines that were not taken, or cut for length */
};

/* Lines up to `level` go to `fd`, which stays the caller's. Finds out by $JOURNAL_STREAM whether
 * it is systemd's journal. Nothing to free. */
void log_init(struct log *log, int fd, enum log_level level);

/* Writes one line: `event` is a word with dashes, `format` makes the rest ("host=%s tries=%u") and
 * may be "". Longer than HFT_LOG_LINE_BYTES it is cut and ends in "...". A NULL log
 * discards it, as in the simulation. Keeps errno. Any thread. */
void log_line(struct log *log, enum log_level level, const char *event, const char *format, ...)
	HFT_PRINTF(4, 5);

/* True when a line of this level would be written: to spare the work for one that would not. */
bool log_wants(const struct log *log, enum log_level level);

/* error, warn, info or debug. */
const char *log_level_name(enum log_level level);

/* Reads such a word. -EINVAL, with *ret_level untouched, for anything else. */
HFT_MUST_USE int log_level_parse(const char *text, enum log_level *ret_level);
