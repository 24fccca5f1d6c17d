/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h -- what people see of transfers under way: one line for each.
 *
 * Takes events and the time, gives lines; writes nothing itself. On a terminal the lines of active
 * transfers are redrawn at most ten times a second, elsewhere each is printed every five
 * seconds. What is shown never goes backwards: a transfer that begins again keeps its
 * percentage until it has passed it. What is worth keeping (a loss, a wait, the result) is a
 * line of its own. Texts that came from elsewhere are made harmless for a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/hft.h>

#include "base/compiler.h"

#define PROGRESS_LINES_MAX  64	 /* transfers shown at the same time: a large terminal */
#define PROGRESS_TEXT_BYTES 1024 /* one line of text with its NUL */
#define PROGRESS_DRAW_MS    100	 /* between two drawings on a terminal */
#define PROGRESS_PLAIN_MS   5000 /* between two lines elsewhere */
#define PROGRESS_WINDOW_MS  2000 /* a rate is that of the last one or two of these */
#define PROGRESS_NEVER	    UINT64_MAX

/* Where a transfer was at some time. */
struct progress_mark {
	uint64_t ms;	/* when; 0 = never */
	uint64_t bytes; /* what was durable */
};

struct progress_line {
	char id[HFT_DIGEST_BYTES];     /* of the transfer */
	char label[256];	       /* "daily.dat -> tokyo" */
	char state[128];	       /* instead of rate and time: "waits for try 2 of 6"; "" */
	uint64_t bytes;		       /* most that was durable */
	uint64_t bytes_total;	       /* HFT_UNKNOWN = a stream */
	uint64_t rate_bytes;	       /* told or computed; HFT_UNKNOWN = not yet */
	uint64_t eta_s;		       /* the same */
	struct progress_mark marks[2]; /* two and one windows ago, to compute a rate */
	uint64_t touched;	       /* when it was last told of: the oldest makes room */
};

struct progress {
	struct progress_line lines[PROGRESS_LINES_MAX]; /* in order of appearance */
	uint32_t count;					/* lines in use */
	bool terminal;					/* lines are redrawn */
	uint64_t told;					/* events taken */
	uint64_t next_ms;				/* when lines are due; PROGRESS_NEVER */
	uint64_t drawn_ms;				/* when they were drawn last */
};

/* Starts with no line. */
void progress_init(struct progress *progress, bool terminal);

/* Takes an event. Writes into text what is to be printed for good, without newline; "" = nothing.
 * Events that are not about a transfer under way do nothing. */
void progress_take(struct progress *progress, const struct hft_event *event, uint64_t now_ms,
		   char text[PROGRESS_TEXT_BYTES]);

/* True when the lines are to be drawn (terminal) or printed (elsewhere) now. */
bool progress_is_due(const struct progress *progress, uint64_t now_ms);

/* They were. */
void progress_drawn(struct progress *progress, uint64_t now_ms);

/* One line, at most width columns (characters) wide and never wider than the text has room:
 * "daily.dat -> tokyo   47%   481 MiB   98.2 MiB/s   0:05 left". Requires width > 0. */
void progress_print(const struct progress_line *line, uint32_t width,
		    char text[PROGRESS_TEXT_BYTES]);

/* The line of a result: "daily.dat -> tokyo: done, 1.00 GiB in 10.4 s, 98.5 MiB/s, 3.00 MiB
 * resent, digest 0123..", or what went wrong, with its code. */
void progress_print_result(const struct hft_transfer *transfer, char text[PROGRESS_TEXT_BYTES]);

/* "daily.dat -> tokyo": the name over there, or of the path, or the file id. */
void progress_label(const struct hft_transfer *transfer, char *text, size_t capacity);
