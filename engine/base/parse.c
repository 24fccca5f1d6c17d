/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c -- see parse.h.
 *
 * Not built on strtoull(): that takes blanks, signs and the empty text for numbers. */
#include "base/parse.h"

#include <errno.h>
#include <string.h>

/* Reads the digits of this base at the start of the text. *ret_rest is what follows them. -EINVAL
 * when there is none, -ERANGE when they are too many. */
static int parse_digits(const char *text, unsigned int base, uint64_t *ret_value,
			const char **ret_rest)
{
	const char *at = text;
	uint64_t value = 0;

	assert(text);
	assert(base <= 10);

	for (; *at >= '0' && *at < (char)('0' + base); at++) {
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return -ERANGE;
	}
	if (at == text)
		return -EINVAL;
	*ret_value = value;
	*ret_rest = at;
	return 0;
}

int parse_u64(const char *text, uint64_t *ret_value)
{
	return parse_u64_between(text, 0, UINT64_MAX, ret_value);
}

int parse_u64_between(const char *text, uint64_t least, uint64_t most, uint64_t *ret_value)
{
	const char *rest;
	uint64_t value;
	int error;

	assert(ret_value);
	assert(least <= most);

	error = parse_digits(text, 10, &value, &rest);
	if (error < 0)
		return error;
	if (*rest != '\0')
		return -EINVAL;
	if (value < least || value > most)
		return -ERANGE;
	*ret_value = value;
	return 0;
}

/* What the suffix multiplies by, as a power of two; -EINVAL for anything that is no suffix. */
static int parse_suffix(const char *suffix)
{
	if (suffix[0] == '\0')
		return 0;
	if (suffix[1] != '\0')
		return -EINVAL;
	switch (suffix[0]) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	default:
		return -EINVAL;
	}
}

int parse_bytes(const char *text, uint64_t *ret_bytes)
{
	const char *rest;
	uint64_t value;
	int shift;
	int error;

	assert(ret_bytes);

	error = parse_digits(text, 10, &value, &rest);
	if (error < 0)
		return error;
	shift = parse_suffix(rest);
	if (shift < 0)
		return shift;
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = value << shift;
	return 0;
}

int parse_bool(const char *text, bool *ret_value)
{
	assert(text);
	assert(ret_value);

	if (strcmp(text, "yes") == 0)
		*ret_value = true;
	else if (strcmp(text, "no") == 0)
		*ret_value = false;
	else
		return -EINVAL;
	return 0;
}

int parse_octal(const char *text, uint32_t *ret_mode)
{
	const char *rest;
	uint64_t value;
	int error;

	assert(ret_mode);

	error = parse_digits(text, 8, &value, &rest);
	if (error < 0)
		return error;
	if (*rest != '\0')
		return -EINVAL;
	if (value > 07777)
		return -ERANGE;
	*ret_mode = (uint32_t)value;
	return 0;
}
