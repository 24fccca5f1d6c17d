/* SPDX-License-Identifier: Apache-2.0 */
/* test_rfc3339.c -- wall times as text. */
#include <errno.h>
#include <time.h>

#include <criterion/criterion.h>

#include "control/rfc3339.h"

#define NS_IN_S UINT64_C(1000000000)

Test(rfc3339, the_beginning_of_1970_is_zero)
{
	char text[RFC3339_BYTES];

	rfc3339_print(0, text);
	cr_assert_str_eq(text, "1970-01-01T00:00:00.000Z");
}

Test(rfc3339, milliseconds_are_kept_and_the_rest_is_lost)
{
	char text[RFC3339_BYTES];
	uint64_t back = 0;

	rfc3339_print(UINT64_C(1795257600) * NS_IN_S + 123456789, text);
	cr_assert_str_eq(text, "2026-11-21T10:40:00.123Z");
	cr_assert_eq(rfc3339_parse(text, &back), 0);
	cr_assert_eq(back, UINT64_C(1795257600) * NS_IN_S + 123000000);
}

Test(rfc3339, every_value_prints_and_reads_back)
{
	char text[RFC3339_BYTES];
	uint64_t back = 0;

	for (uint64_t days = 0; days < 213000; days++) {
		const uint64_t ns = (days * 86400 + days % 86400) * NS_IN_S;

		rfc3339_print(ns, text);
		cr_assert_eq(rfc3339_parse(text, &back), 0, "%s", text);
		cr_assert_eq(back, ns, "%s", text);
	}
}

Test(rfc3339, the_calendar_is_that_of_the_c_library)
{
	char ours[RFC3339_BYTES];
	char theirs[RFC3339_BYTES];
	struct tm parts;

	for (uint64_t days = 0; days < 213000; days += 7) {
		const time_t seconds = (time_t)(days * 86400 + 86399);

		cr_assert_not_null(gmtime_r(&seconds, &parts));
		cr_assert_eq(strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000Z", &parts),
			     sizeof(theirs) - 1);
		rfc3339_print((uint64_t)seconds * NS_IN_S, ours);
		cr_assert_str_eq(ours, theirs);
	}
}

Test(rfc3339, the_last_value_still_prints)
{
	char text[RFC3339_BYTES];

	rfc3339_print(UINT64_MAX, text);
	cr_assert_str_eq(text, "2554-07-21T23:34:33.709Z");
}

Test(rfc3339, a_fraction_may_be_missing_or_have_nine_digits)
{
	uint64_t ns = 0;

	cr_assert_eq(rfc3339_parse("1970-01-01T00:00:01Z", &ns), 0);
	cr_assert_eq(ns, NS_IN_S);
	cr_assert_eq(rfc3339_parse("1970-01-01T00:00:01.5Z", &ns), 0);
	cr_assert_eq(ns, NS_IN_S + 500000000);
	cr_assert_eq(rfc3339_parse("1970-01-01T00:00:01.123456789Z", &ns), 0);
	cr_assert_eq(ns, NS_IN_S + 123456789);
}

Test(rfc3339, everything_else_is_refused_and_leaves_the_output)
{
	static const char *const texts[] = {
		"",
		"now",
		"2026-11-21",
		"2026-11-21T10:40:00",
		"2026-11-21T10:40:00+01:00",
		"2026-11-21 10:40:00Z",
		"2026-11-21T10:40:00.Z",
		"2026-11-21T10:40:00.1234567890Z",
		"2026-11-21T10:40:00Zx",
		"2026-11-21T10:40:00.1Zx",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-11-21T10:40:60Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"1969-12-31T23:59:59Z",
		"9999-01-01T00:00:00Z",
		"-026-01-01T00:00:00Z",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t ns = 77;

		cr_assert_eq(rfc3339_parse(texts[i], &ns), -EINVAL, "%s", texts[i]);
		cr_assert_eq(ns, 77, "%s", texts[i]);
	}
}

Test(rfc3339, the_29th_of_february_exists_in_leap_years)
{
	uint64_t ns = 0;

	cr_assert_eq(rfc3339_parse("2024-02-29T00:00:00Z", &ns), 0);
	cr_assert_eq(rfc3339_parse("2000-02-29T00:00:00Z", &ns), 0);
	cr_assert_eq(rfc3339_parse("2100-02-29T00:00:00Z", &ns), -EINVAL);
}
