/* SPDX-License-Identifier: Apache-2.0 */
/* text.c -- see text.h.
 *
 * UTF-8 by the table of the Unicode standard (table 3-7, well-formed byte sequences): the first
 * byte tells the length and the bounds of the second; all further ones are 80..BF. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <hft/limits.h>

int text_copy(char *target, size_t capacity, const char *source)
{
	size_t count;

	assert(target);
	assert(source);

	count = strlen(source) + 1;
	if (count > capacity)
		return -ENAMETOOLONG;
	memmove(target, source, count);
	return 0;
}

int text_format(char *target, size_t capacity, const char *format, ...)
{
	char result[HFT_TEXT_FORMAT_BYTES];
	va_list arguments;
	int count;

	assert(target);
	assert(format);

	va_start(arguments, format);
	count = vsnprintf(result, sizeof(result), format, arguments);
	va_end(arguments);
	if (count < 0 || (size_t)count >= sizeof(result))
		return -ENAMETOOLONG;
	return text_copy(target, capacity, result);
}

/* One row of the table: characters whose first byte is up to `last`. */
struct utf8_row {
	uint8_t last;	/* of the first byte */
	uint8_t bytes;	/* of the character; 0: no character begins so */
	uint8_t second; /* least value of the second byte */
	uint8_t most;	/* largest value of the second byte */
};

/* Bytes of the character at `at`, 0 when it is not one. Requires left > 0. */
static size_t utf8_character(const uint8_t *at, size_t left)
{
	/* clang-format off */
	static const struct utf8_row rows[] = {
		{0x7f, 1, 0x00, 0x00}, {0xc1, 0, 0x00, 0x00}, {0xdf, 2, 0x80, 0xbf},
		{0xe0, 3, 0xa0, 0xbf}, {0xec, 3, 0x80, 0xbf}, {0xed, 3, 0x80, 0x9f},
		{0xef, 3, 0x80, 0xbf}, {0xf0, 4, 0x90, 0xbf}, {0xf3, 4, 0x80, 0xbf},
		{0xf4, 4, 0x80, 0x8f}, {0xff, 0, 0x00, 0x00},
	};
	/* clang-format on */
	const struct utf8_row *row = rows;

	while (at[0] > row->last)
		row++;
	if (row->bytes > left)
		return 0;
	if (row->bytes > 1 && (at[1] < row->second || at[1] > row->most))
		return 0;
	for (size_t i = 2; i < row->bytes; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	return row->bytes;
}

bool text_is_utf8(const char *text, size_t count)
{
	const uint8_t *bytes = (const uint8_t *)text;

	assert(text || count == 0);

	for (size_t at = 0; at < count;) {
		size_t step = utf8_character(bytes + at, count - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

/* True for the bytes of a character that are not its first. */
static bool utf8_continues(char byte)
{
	return ((uint8_t)byte & 0xc0) == 0x80;
}

void text_shorten_utf8(char *text, size_t most_bytes)
{
	size_t cut = most_bytes;

	assert(text);

	if (strnlen(text, most_bytes + 1) <= most_bytes)
		return;
	while (cut > 0 && most_bytes - cut < 3 && utf8_continues(text[cut]))
		cut--;
	text[cut] = '\0';
}
