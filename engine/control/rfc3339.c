/* SPDX-License-Identifier: Apache-2.0 */
/* rfc3339.c -- see rfc3339.h.
 *
 * The calendar is computed here (days are counted in eras of 400 years, which all have the
 * same length), so that no time zone and no locale has a say. */

#include "control/rfc3339.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define NS_IN_S	      UINT64_C(1000000000)
#define NS_IN_MS      UINT64_C(1000000)
#define S_IN_DAY      86400u
#define DAYS_IN_ERA   146097u /* 400 years */
#define DAYS_TO_1970  719468u /* from 1 March of the year 0 */
#define FRACTION_MOST 9

struct date {
	uint32_t year;	/* 1970 and later */
	uint32_t month; /* 1..12 */
	uint32_t day;	/* 1..31 */
};

/* Years begin in March in here, so that the leap day is the last of a year. */
static struct date date_of(uint64_t days_since_1970)
{
	const uint64_t days = days_since_1970 + DAYS_TO_1970;
	const uint32_t era = (uint32_t)(days / DAYS_IN_ERA);
	const uint32_t rest = (uint32_t)(days % DAYS_IN_ERA);
	const uint32_t year = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
	const uint32_t day = rest - (365 * year + year / 4 - year / 100);
	const uint32_t month = (5 * day + 2) / 153;
	struct date date = {.day = day - (153 * month + 2) / 5 + 1};

	date.month = month < 10 ? month + 3 : month - 9;
	date.year = era * 400 + year + (date.month <= 2 ? 1 : 0);
	return date;
}

static uint64_t days_of(const struct date *date)
{
	const uint32_t years = date->year - (date->month <= 2 ? 1 : 0);
	const uint32_t month = date->month > 2 ? date->month - 3 : date->month + 9;
	const uint64_t era = years / 400;
	const uint32_t year = years % 400;
	const uint32_t day = (153 * month + 2) / 5 + date->day - 1;

	return era * DAYS_IN_ERA + year * 365 + year / 4 - year / 100 + day - DAYS_TO_1970;
}

void rfc3339_print(uint64_t wall_ns, char text[static RFC3339_BYTES])
{
	const uint64_t seconds = wall_ns / NS_IN_S;
	const uint32_t in_day = (uint32_t)(seconds % S_IN_DAY);
	const struct date date = date_of(seconds / S_IN_DAY);

	(void)snprintf(text, RFC3339_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
		       date.year % 10000u, date.month % 100u, date.day % 100u, in_day / 3600u % 24u,
		       in_day / 60u % 60u, in_day % 60u,
		       (uint32_t)(wall_ns % NS_IN_S / NS_IN_MS) % 1000u);
}

/* `count` digits and the character behind them; false when they are not there. */
static bool take_number(const char **at, unsigned count, char behind, uint32_t *ret_value)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < count; i++) {
		const char digit = (*at)[i];

		if (digit < '0' || digit > '9')
			return false;
		value = value * 10 + (uint32_t)(digit - '0');
	}
	if ((*at)[count] != behind)
		return false;
	*at += count + 1;
	*ret_value = value;
	return true;
}

/* What is between the seconds and the end: ".123Z" behind the point. */
static bool take_fraction(const char *at, uint64_t *ret_ns)
{
	const size_t digits = strspn(at, "0123456789");
	uint64_t ns = 0;

	if (digits == 0 || digits > FRACTION_MOST || strcmp(at + digits, "Z") != 0)
		return false;
	for (size_t i = 0; i < FRACTION_MOST; i++)
		ns = ns * 10 + (i < digits ? (uint64_t)(at[i] - '0') : 0);
	*ret_ns = ns;
	return true;
}

/* A day that does not exist comes back as another one. */
static bool date_exists(const struct date *date)
{
	struct date again;

	if (date->year < 1970 || date->year > 2553 || date->month < 1 || date->month > 12 ||
	    date->day < 1 || date->day > 31)
		return false;
	again = date_of(days_of(date));
	return again.day == date->day && again.month == date->month;
}

int rfc3339_parse(const char *text, uint64_t *ret_wall_ns)
{
	struct date date;
	uint32_t hour = 0, minute = 0, second = 0;
	uint64_t ns = 0;

	assert(text);
	assert(ret_wall_ns);

	if (!take_number(&text, 4, '-', &date.year) || !take_number(&text, 2, '-', &date.month) ||
	    !take_number(&text, 2, 'T', &date.day) || !take_number(&text, 2, ':', &hour) ||
	    !take_number(&text, 2, ':', &minute))
		return -EINVAL;
	if (!take_number(&text, 2, 'Z', &second)) {
		if (!take_number(&text, 2, '.', &second) || !take_fraction(text, &ns))
			return -EINVAL;
	} else if (*text != '\0') {
		return -EINVAL;
	}
	if (!date_exists(&date) || hour > 23 || minute > 59 || second > 59)
		return -EINVAL;
	*ret_wall_ns =
		(days_of(&date) * S_IN_DAY + hour * 3600u + minute * 60u + second) * NS_IN_S + ns;
	return 0;
}
