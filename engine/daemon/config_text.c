/* SPDX-License-Identifier: Apache-2.0 */
/* config_text.c -- see config_text.h. */
#include "daemon/config_text.h"

#include <string.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "base/text.h"

void config_text_init(struct config_text *reader, char *text, size_t bytes)
{
	assert(text[bytes] == '\0');

	reader->at = text;
	reader->end = text + bytes;
	reader->number = 0;
	/* Editors of other systems put a mark of UTF-8 before the first line. */
	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		reader->at += 3;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the blanks at both ends; returns the new start. */
static char *trim(char *text)
{
	size_t count = 0;

	while (is_blank(*text))
		text++;
	count = strlen(text);
	while (count > 0 && is_blank(text[count - 1]))
		text[--count] = '\0';
	return text;
}

/* A # begins a comment at the start and behind a blank: /data/a#b is a path. */
static void cut_comment(char *text)
{
	for (char *at = text; (at = strchr(at, '#')) != NULL; at++) {
		if (at == text || is_blank(at[-1])) {
			*at = '\0';
			return;
		}
	}
}

/* Why these bytes cannot be a line; NULL when they can. */
static const char *refuse_bytes(const char *text, size_t count)
{
	if (count > HFT_CONFIG_LINE_BYTES)
		return "the line is too long";
	if (!text_is_utf8(text, count))
		return "the line is not UTF-8";
	for (size_t i = 0; i < count; i++) {
		if ((unsigned char)text[i] < ' ' && text[i] != '\t')
			return "there is a control character in the line";
	}
	return NULL;
}

static void read_section(char *text, struct config_line *line)
{
	char *close = strchr(text, ']');
	char *name = text + 1;

	line->kind = LINE_BAD;
	line->reason = "a section is [WORD] or [WORD NAME], and nothing behind it";
	if (!close || close[1] != '\0')
		return;
	*close = '\0';
	name = trim(name);
	if (!*name)
		return;
	line->kind = LINE_SECTION;
	line->name = name;
	name += strcspn(name, " \t");
	line->value = *name ? trim(name + 1) : name;
	*name = '\0';
}

static void read_key(char *text, struct config_line *line)
{
	char *equals = strchr(text, '=');

	line->kind = LINE_BAD;
	line->reason = "neither [SECTION] nor KEY = VALUE";
	if (!equals || equals == text)
		return;
	*equals = '\0';
	line->kind = LINE_KEY;
	line->name = trim(text);
	line->value = trim(equals + 1);
}

bool config_text_next(struct config_text *reader, struct config_line *ret_line)
{
	while (reader->at < reader->end) {
		char *text = reader->at;
		char *newline = memchr(text, '\n', (size_t)(reader->end - text));
		char *end = newline ? newline : reader->end;

		reader->at = newline ? newline + 1 : reader->end;
		reader->number++;
		if (end > text && end[-1] == '\r')
			end--;
		ret_line->number = reader->number;
		ret_line->kind = LINE_BAD;
		ret_line->reason = refuse_bytes(text, (size_t)(end - text));
		if (ret_line->reason)
			return true;
		*end = '\0';
		cut_comment(text);
		text = trim(text);
		if (!*text)
			continue;
		if (*text == '[')
			read_section(text, ret_line);
		else
			read_key(text, ret_line);
		return true;
	}
	return false;
}
