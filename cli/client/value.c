/* SPDX-License-Identifier: Apache-2.0 */
/* value.c -- see value.h. */
#define _GNU_SOURCE 1

#include "client/value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/parse.h"
#include "base/text.h"
#include "control/rfc3339.h"

#define NS_IN_S	    UINT64_C(1000000000)
#define WORD_BYTES  32 /* longest word value_nearest() compares */
#define NEAR_ENOUGH 2  /* typing mistakes */

int value_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_value)
{
	return parse_u64_between(text, least, most, ret_value);
}

int value_bytes(const char *text, uint64_t *ret_bytes)
{
	return parse_bytes(text, ret_bytes);
}

/* ---- times ---------------------------------------------------------------------- */

static uint64_t seconds_of_unit(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

/* "30m" before now. */
static int time_ago(const char *text, uint64_t now_ns, uint64_t *ret_wall_ns)
{
	char digits[VALUE_BYTES];
	const size_t length = strlen(text);
	uint64_t unit_s = 0;
	uint64_t count = 0;

	if (length < 2 || text_copy(digits, sizeof(digits), text) < 0)
		return -EINVAL;
	unit_s = seconds_of_unit(text[length - 1]);
	digits[length - 1] = '\0';
	if (unit_s == 0 || parse_u64(digits, &count) < 0 || count > now_ns / NS_IN_S / unit_s)
		return -EINVAL;
	*ret_wall_ns = now_ns - count * unit_s * NS_IN_S;
	return 0;
}

/* A day, or a day and a time, where the user is. */
static int time_here(const char *text, uint64_t *ret_wall_ns)
{
	static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
					      "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"};

	for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
		struct tm parts = {.tm_isdst = -1};
		const char *end = strptime(text, formats[i], &parts);
		time_t seconds;

		if (!end || *end != '\0')
			continue;
		seconds = mktime(&parts);
		if (seconds < 0)
			return -EINVAL;
		*ret_wall_ns = (uint64_t)seconds * NS_IN_S;
		return 0;
	}
	return -EINVAL;
}

int value_time(const char *text, uint64_t now_ns, uint64_t *ret_wall_ns)
{
	assert(text);
	assert(ret_wall_ns);

	if (rfc3339_parse(text, ret_wall_ns) == 0 || time_ago(text, now_ns, ret_wall_ns) == 0)
		return 0;
	return time_here(text, ret_wall_ns);
}

const char *value_print_time(uint64_t wall_ns, char text[VALUE_BYTES])
{
	const time_t seconds = (time_t)(wall_ns / NS_IN_S);
	struct tm parts;

	if (wall_ns == 0 || !localtime_r(&seconds, &parts) ||
	    strftime(text, VALUE_BYTES, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		(void)snprintf(text, VALUE_BYTES, "-");
	return text;
}

const char *value_print_duration(uint64_t duration_ms, char text[VALUE_BYTES])
{
	const uint64_t seconds = duration_ms / 1000;

	if (seconds < 120)
		(void)snprintf(text, VALUE_BYTES, "%u.%u s", (unsigned)seconds,
			       (unsigned)(duration_ms % 1000 / 100));
	else if (seconds < 7200)
		(void)snprintf(text, VALUE_BYTES, "%u min %02u s", (unsigned)(seconds / 60),
			       (unsigned)(seconds % 60));
	else
		(void)snprintf(text, VALUE_BYTES, "%llu h %02u min",
			       (unsigned long long)(seconds / 3600), (unsigned)(seconds / 60 % 60));
	return text;
}

const char *value_print_countdown(uint64_t seconds, char text[VALUE_BYTES])
{
	if (seconds < 3600)
		(void)snprintf(text, VALUE_BYTES, "%u:%02u", (unsigned)(seconds / 60),
			       (unsigned)(seconds % 60));
	else
		(void)snprintf(text, VALUE_BYTES, "%llu:%02u:%02u",
			       (unsigned long long)(seconds / 3600), (unsigned)(seconds / 60 % 60),
			       (unsigned)(seconds % 60));
	return text;
}

/* ---- amounts and texts ---------------------------------------------------------- */

bool value_is_id(const char *text)
{
	struct id id;

	return id_parse(text, &id) == 0 && !id_is_zero(&id);
}

const char *value_print_bytes(uint64_t bytes, char text[VALUE_BYTES])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t whole = bytes;
	uint64_t rest = 0;
	size_t unit = 0;

	while (whole >= 1000) { /* "0.98 KiB" reads better than "1000 B" */
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (unit == 0)
		(void)snprintf(text, VALUE_BYTES, "%u B", (unsigned)whole);
	else if (whole >= 100)
		(void)snprintf(text, VALUE_BYTES, "%u %s", (unsigned)whole, units[unit]);
	else if (whole >= 10)
		(void)snprintf(text, VALUE_BYTES, "%u.%u %s", (unsigned)whole,
			       (unsigned)(rest * 10 / 1024), units[unit]);
	else
		(void)snprintf(text, VALUE_BYTES, "%u.%02u %s", (unsigned)whole,
			       (unsigned)(rest * 100 / 1024), units[unit]);
	return text;
}

/* Bytes of the character at `at`; 0 when it is not UTF-8. */
static size_t character_bytes(const char *at)
{
	for (size_t bytes = 1; bytes <= 4 && at[bytes - 1] != '\0'; bytes++) {
		if (text_is_utf8(at, bytes))
			return bytes;
	}
	return 0;
}

/* U+0000..U+001F, U+007F..U+009F. */
static bool is_control(const char *at, size_t bytes)
{
	const uint8_t *raw = (const uint8_t *)at;

	if (bytes == 1)
		return raw[0] < 0x20 || raw[0] == 0x7f;
	return bytes == 2 && raw[0] == 0xc2 && raw[1] < 0xa0;
}

char *value_plain(char *target, size_t capacity, const char *source)
{
	size_t used = 0;

	assert(capacity > 0);

	while (*source != '\0') {
		const size_t bytes = character_bytes(source);
		const bool is_bad = bytes == 0 || is_control(source, bytes);
		const size_t needed = is_bad ? 1 : bytes;

		if (used + needed >= capacity)
			break;
		memcpy(target + used, is_bad ? "?" : source, needed);
		used += needed;
		source += bytes > 0 ? bytes : 1;
	}
	target[used] = '\0';
	return target;
}

char *value_json(char *target, size_t capacity, const char *source)
{
	size_t used = 0;

	assert(capacity > 2);

	target[used++] = '"';
	while (*source != '\0') {
		const size_t bytes = character_bytes(source);
		char piece[8] = "?";

		if (bytes == 1 && (*source == '"' || *source == '\\'))
			(void)snprintf(piece, sizeof(piece), "\\%c", *source);
		else if (bytes == 1 && (uint8_t)*source < 0x20)
			(void)snprintf(piece, sizeof(piece), "\\u%04x", (unsigned)*source);
		else if (bytes > 0)
			(void)snprintf(piece, sizeof(piece), "%.*s", (int)bytes, source);
		if (used + strlen(piece) + 2 > capacity)
			break;
		memcpy(target + used, piece, strlen(piece));
		used += strlen(piece);
		source += bytes > 0 ? bytes : 1;
	}
	target[used++] = '"';
	target[used] = '\0';
	return target;
}

/* How many letters must be added, removed or changed (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_BYTES + 1];
	const size_t columns = strlen(b);

	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			const size_t above = row[j];
			const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);

			row[j] = min_size(change, min_size(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[columns];
}

const char *value_nearest(const char *typed, const char *const *words, size_t count)
{
	const char *nearest = NULL;
	size_t least = NEAR_ENOUGH + 1;

	if (strlen(typed) > WORD_BYTES)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const size_t length = strlen(words[i]);
		const size_t far = length <= WORD_BYTES ? distance(typed, words[i]) : least;

		if (far < least && far < length) {
			least = far;
			nearest = words[i];
		}
	}
	return nearest;
}
