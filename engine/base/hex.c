/* SPDX-License-Identifier: Apache-2.0 */
/* hex.c -- see hex.h.
 *
 * Reads in two passes, so that the output is untouched when the last digit is wrong. */
#include "base/hex.h"

#include <errno.h>
#include <string.h>

void hex_print(const void *data, size_t count, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	assert(data || count == 0);
	assert(text);

	for (size_t i = 0; i < count; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * count] = '\0';
}

/* The value of a digit, or -1. */
static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

int hex_parse(const char *text, size_t count, void *ret_data)
{
	uint8_t *bytes = ret_data;

	assert(text);
	assert(ret_data || count == 0);

	for (size_t i = 0; i < 2 * count; i++) {
		if (hex_digit(text[i]) < 0)
			return -EINVAL;
	}
	if (text[2 * count] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return 0;
}
