/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.h -- the lines of a configuration file.
 *
 *   # comment                  a line, or the rest of one behind a blank
 *   [WORD] or [WORD NAME]      begins a section
 *   KEY = VALUE                blanks around both are no part of them
 *
 * Blanks before a line mean nothing, and no line continues another. UTF-8; a line has at most
 * HFT_CONFIG_LINE_BYTES. Nothing is ever cut: a line that is not one of these is told as such. */
#ifndef HFT_DAEMON_CONFIG_TEXT_H
#define HFT_DAEMON_CONFIG_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_line_kind {
	LINE_SECTION, /* name, value: the word and the name, "" if there is none */
	LINE_KEY,     /* name, value */
	LINE_BAD,     /* reason */
};

struct config_line {
	enum config_line_kind kind; /* which of the fields below count */
	uint32_t number;	    /* from 1 */
	char *name;		    /* in the text, ended by NUL */
	char *value;		    /* in the text, ended by NUL; may be "" */
	const char *reason;	    /* why the line is bad */
};

/* Where a reader stands. The text is the caller's, outlives the lines, and is written into. */
struct config_text {
	char *at;	 /* next line */
	char *end;	 /* the NUL behind the last byte */
	uint32_t number; /* lines read */
};

/* Begins at the first of `bytes` bytes; text[bytes] is NUL. */
void config_text_init(struct config_text *reader, char *text, size_t bytes);

/* The next line that says anything; false at the end. */
bool config_text_next(struct config_text *reader, struct config_line *ret_line);

#endif
