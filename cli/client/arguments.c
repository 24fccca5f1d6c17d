/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c -- see arguments.h. */

#include "client/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/value.h"

#define NAME_BYTES 32 /* longest name of an option, and NUL */

/* clang-format off */
const struct option_format option_formats[OPTION_COUNT] = {
	[OPTION_CONFIG] = {"config", 0, OPTION_TEXT, "FILE", 0, 0,
		"the configuration file (else $HFT_CONFIG, then the usual places)"},
	[OPTION_DETACH] = {"detach", 'd', OPTION_FLAG, NULL, 0, 0,
		"print the id when it is durable in the queue, and do not wait"},
	[OPTION_DROP] = {"drop", 0, OPTION_FLAG, NULL, 0, 0,
		"leave no record in the Resend Queue"},
	[OPTION_FILE] = {"file", 0, OPTION_TEXT, "PATH", 0, 0,
		"send this file instead of the definition's"},
	[OPTION_FILE_ID] = {"file-id", 0, OPTION_TEXT, "ID", 0, 0,
		"only what was sent under this file id"},
	[OPTION_FOLLOW] = {"follow", 'f', OPTION_FLAG, NULL, 0, 0,
		"go on as rows are written"},
	[OPTION_FROM_START] = {"from-start", 0, OPTION_FLAG, NULL, 0, 0,
		"send all of it, whatever the receiver has"},
	[OPTION_GROUP] = {"group", 'G', OPTION_TEXT, "GROUP", 0, 0,
		"to the hosts of this group"},
	[OPTION_HELP] = {"help", 'h', OPTION_FLAG, NULL, 0, 0,
		"print this"},
	[OPTION_HOST] = {"host", 'H', OPTION_TEXT, "HOST", 0, 0,
		"this host"},
	[OPTION_ID] = {"id", 0, OPTION_TEXT, "ID", 0, 0,
		"this transfer"},
	[OPTION_JSON] = {"json", 'j', OPTION_FLAG, NULL, 0, 0,
		"print JSON, one object per line"},
	[OPTION_LANES] = {"lanes", 'n', OPTION_NUMBER, "N", 1, HFT_LANES_MAX,
		"over so many connections"},
	[OPTION_LIMIT_RATE] = {"limit-rate", 'l', OPTION_BYTES, "BYTES", 1, INT64_MAX,
		"at most so many bytes a second; k, M and G are powers of 1024"},
	[OPTION_LIST_NO] = {"list-no", 0, OPTION_NUMBER, "N", 1, INT64_MAX,
		"this record of the Resend Queue"},
	[OPTION_PRIORITY] = {"priority", 'p', OPTION_NUMBER, "N", 1, 256,
		"1 to 256, small goes first"},
	[OPTION_RECURSIVE] = {"recursive", 'r', OPTION_FLAG, NULL, 0, 0,
		"send a folder (not yet)"},
	[OPTION_SINCE] = {"since", 0, OPTION_TEXT, "TIME", 0, 0,
		"ended then or later: 30m, 2h, 3d, 2026-11-21, 2026-11-21T10:40"},
	[OPTION_SOCKET] = {"socket", 'S', OPTION_TEXT, "PATH", 0, 0,
		"the engine's control socket (else $HFT_SOCKET, then the usual places)"},
	[OPTION_STATUS] = {"status", 0, OPTION_NUMBER, "STATUS", 0, UINT16_MAX,
		"only rows with this status"},
	[OPTION_VERSION] = {"version", 'V', OPTION_FLAG, NULL, 0, 0,
		"print the version"},
	[OPTION_WAIT] = {"wait", 'w', OPTION_NUMBER, "SECONDS", 1, 31536000,
		"wait at most so long"},
};
/* clang-format on */

HFT_PRINTF(2, 3) static int refuse(struct arguments *arguments, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	(void)vsnprintf(arguments->sentence, sizeof(arguments->sentence), format, values);
	va_end(values);
	return -EINVAL;
}

bool arguments_has(const struct arguments *arguments, enum option option)
{
	assert(option < OPTION_COUNT);
	return (arguments->given & OPTION_BIT(option)) != 0;
}

static bool find_letter(char letter, enum option *ret_option)
{
	for (unsigned int i = 0; i < OPTION_COUNT; i++) {
		if (option_formats[i].letter == letter) {
			*ret_option = (enum option)i;
			return true;
		}
	}
	return false;
}

static bool find_name(const char *name, size_t length, enum option *ret_option)
{
	for (unsigned int i = 0; i < OPTION_COUNT; i++) {
		if (strlen(option_formats[i].name) == length &&
		    strncmp(option_formats[i].name, name, length) == 0) {
			*ret_option = (enum option)i;
			return true;
		}
	}
	return false;
}

static int refuse_name(struct arguments *arguments, const char *name, size_t length)
{
	const char *names[OPTION_COUNT];
	char typed[NAME_BYTES];
	const char *nearest;

	for (unsigned int i = 0; i < OPTION_COUNT; i++)
		names[i] = option_formats[i].name;
	(void)snprintf(typed, sizeof(typed), "%.*s", (int)min_size(length, NAME_BYTES - 1), name);
	nearest = value_nearest(typed, names, OPTION_COUNT);
	if (nearest)
		return refuse(arguments, "unknown option --%s (did you mean --%s?)", typed,
			      nearest);
	return refuse(arguments, "unknown option --%s", typed);
}

/* What "none" means to queue change. */
static bool is_no_limit(enum option option, const char *text)
{
	return option == OPTION_LIMIT_RATE && strcmp(text, "none") == 0;
}

static int take_number(struct arguments *arguments, enum option option, const char *text)
{
	const struct option_format *format = &option_formats[option];
	uint64_t value = 0;
	int error;

	if (is_no_limit(option, text))
		return 0;
	if (format->kind == OPTION_BYTES)
		error = value_bytes(text, &value);
	else
		error = value_number(text, format->least, format->most, &value);
	if (error == 0 && (value < format->least || value > format->most))
		error = -ERANGE;
	if (error == -ERANGE)
		return refuse(arguments, "--%s %s: from %llu to %llu is allowed", format->name,
			      text, (unsigned long long)format->least,
			      (unsigned long long)format->most);
	if (error < 0)
		return refuse(arguments, "--%s %s: not a %s", format->name, text,
			      format->kind == OPTION_BYTES ? "number of bytes like 500k or 100M"
							   : "whole number");
	arguments->number[option] = value;
	return 0;
}

/* Takes an option; text is its value, NULL for a flag. */
static int take_option(struct arguments *arguments, enum option option, const char *text)
{
	const struct option_format *format = &option_formats[option];

	if (arguments_has(arguments, option))
		return refuse(arguments, "--%s is given twice", format->name);
	arguments->given |= OPTION_BIT(option);
	arguments->text[option] = text;
	if (format->kind == OPTION_FLAG)
		return 0;
	assert(text);
	if (text[0] == '\0')
		return refuse(arguments, "--%s: a %s is missing", format->name, format->value);
	if (format->kind == OPTION_TEXT)
		return 0;
	return take_number(arguments, option, text);
}

/* "--name", "--name=value", "--name value". *ret_used: arguments taken. */
static int take_long(struct arguments *arguments, const char *text, const char *next, int *ret_used)
{
	const size_t length = strcspn(text, "=");
	const char *value = text[length] == '=' ? text + length + 1 : NULL;
	enum option option = OPTION_HELP;

	*ret_used = 1;
	if (!find_name(text, length, &option))
		return refuse_name(arguments, text, length);
	if (option_formats[option].kind == OPTION_FLAG) {
		if (value)
			return refuse(arguments, "--%s takes no value",
				      option_formats[option].name);
		return take_option(arguments, option, NULL);
	}
	if (!value) {
		value = next;
		*ret_used = 2;
	}
	if (!value)
		return refuse(arguments, "--%s: a %s is missing", option_formats[option].name,
			      option_formats[option].value);
	return take_option(arguments, option, value);
}

/* "-f", "-fj", "-Htokyo", "-H tokyo". */
static int take_letters(struct arguments *arguments, const char *letters, const char *next,
			int *ret_used)
{
	enum option option = OPTION_HELP;

	*ret_used = 1;
	for (const char *at = letters; *at != '\0'; at++) {
		const char *value = at + 1;
		int error;

		if (!find_letter(*at, &option))
			return refuse(arguments, "unknown option -%c", *at);
		if (option_formats[option].kind == OPTION_FLAG) {
			error = take_option(arguments, option, NULL);
			if (error < 0)
				return error;
			continue;
		}
		if (*value == '\0') {
			value = next;
			*ret_used = 2;
		}
		if (!value)
			return refuse(arguments, "-%c: a %s is missing", *at,
				      option_formats[option].value);
		return take_option(arguments, option, value);
	}
	return 0;
}

static int take_operand(struct arguments *arguments, const char *text)
{
	if (arguments->operand_count == OPERANDS_MAX)
		return refuse(arguments, "too many arguments");
	arguments->operands[arguments->operand_count++] = text;
	return 0;
}

int arguments_parse(struct arguments *arguments, int count, char *const *texts)
{
	bool only_operands = false;
	int used = 1;

	assert(arguments);
	memset(arguments, 0, sizeof(*arguments));

	for (int i = 0; i < count; i += used) {
		const char *text = texts[i];
		const char *next = i + 1 < count ? texts[i + 1] : NULL;
		int error = 0;

		used = 1;
		if (only_operands || text[0] != '-' || text[1] == '\0')
			error = take_operand(arguments, text);
		else if (strcmp(text, "--") == 0)
			only_operands = true;
		else if (text[1] == '-')
			error = take_long(arguments, text + 2, next, &used);
		else
			error = take_letters(arguments, text + 1, next, &used);
		if (error < 0)
			return error;
	}
	return 0;
}

int arguments_allow(struct arguments *arguments, const char *verb, uint32_t mask)
{
	for (unsigned int i = 0; i < OPTION_COUNT; i++) {
		if (arguments_has(arguments, (enum option)i) && !(mask & OPTION_BIT(i)))
			return refuse(arguments, "%s takes no --%s", verb, option_formats[i].name);
	}
	return 0;
}
