/* SPDX-License-Identifier: Apache-2.0 */
/* test_value.c -- what people type and read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "client/value.h"

#define NS_IN_S UINT64_C(1000000000)

static void assert_bytes(uint64_t bytes, const char *expected)
{
	char text[VALUE_BYTES];

	cr_assert_str_eq(value_print_bytes(bytes, text), expected);
}

Test(value, amounts_have_three_digits_that_count)
{
	assert_bytes(0, "0 B");
	assert_bytes(999, "999 B");
	assert_bytes(1000, "0.97 KiB");
	assert_bytes(1024, "1.00 KiB");
	assert_bytes(10240, "10.0 KiB");
	assert_bytes(102400, "100 KiB");
	assert_bytes(UINT64_C(1) << 30, "1.00 GiB");
	assert_bytes(UINT64_MAX, "15.9 EiB");
}

static void assert_duration(uint64_t duration_ms, const char *expected)
{
	char text[VALUE_BYTES];

	cr_assert_str_eq(value_print_duration(duration_ms, text), expected);
}

Test(value, durations_are_as_fine_as_they_are_short)
{
	assert_duration(0, "0.0 s");
	assert_duration(10450, "10.4 s");
	assert_duration(200 * 1000, "3 min 20 s");
	assert_duration(125 * 60 * 1000, "2 h 05 min");
}

Test(value, what_is_left_is_a_clock)
{
	char text[VALUE_BYTES];

	cr_assert_str_eq(value_print_countdown(5, text), "0:05");
	cr_assert_str_eq(value_print_countdown(727, text), "12:07");
	cr_assert_str_eq(value_print_countdown(3723, text), "1:02:03");
}

Test(value, no_time_is_a_dash)
{
	char text[VALUE_BYTES];

	cr_assert_str_eq(value_print_time(0, text), "-");
}

Test(value, times_are_absolute_or_ago)
{
	const uint64_t now_ns = 1000000 * NS_IN_S;
	uint64_t wall_ns = 0;

	cr_assert_eq(setenv("TZ", "UTC", 1), 0);
	cr_assert_eq(value_time("30m", now_ns, &wall_ns), 0);
	cr_assert_eq(wall_ns, now_ns - 1800 * NS_IN_S);
	cr_assert_eq(value_time("2h", now_ns, &wall_ns), 0);
	cr_assert_eq(wall_ns, now_ns - 7200 * NS_IN_S);
	cr_assert_eq(value_time("1970-01-02", now_ns, &wall_ns), 0);
	cr_assert_eq(wall_ns, 86400 * NS_IN_S);
	cr_assert_eq(value_time("1970-01-02 01:00", now_ns, &wall_ns), 0);
	cr_assert_eq(wall_ns, 90000 * NS_IN_S);
	cr_assert_eq(value_time("1970-01-02T00:00:01Z", now_ns, &wall_ns), 0);
	cr_assert_eq(wall_ns, 86401 * NS_IN_S);
}

Test(value, what_is_no_time_leaves_the_output)
{
	static const char *const texts[] = {"",	   "m",	  "-5m",       "5",	     "5y",
					    "5 m", "now", "yesterday", "999999999d", "2026-13-01"};
	uint64_t wall_ns = 7;

	for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
		cr_assert_eq(value_time(texts[i], NS_IN_S, &wall_ns), -EINVAL, "%s", texts[i]);
	cr_assert_eq(wall_ns, 7);
}

Test(value, ids_are_32_digits_and_not_zero)
{
	cr_assert(value_is_id("0102030405060708090a0b0c0d0e0f10"));
	cr_assert_not(value_is_id("00000000000000000000000000000000"));
	cr_assert_not(value_is_id("0102030405060708090a0b0c0d0e0f1"));
	cr_assert_not(value_is_id("17"));
}

Test(value, a_terminal_gets_no_control_characters)
{
	char text[64];

	cr_assert_str_eq(value_plain(text, sizeof(text), "a\033[2Jb\n\x7f\xc2\x9b\xff\xc3\xbc"),
			 "a?[2Jb????\xc3\xbc");
}

Test(value, a_plain_text_is_cut_at_a_character)
{
	char text[4];

	cr_assert_str_eq(value_plain(text, sizeof(text), "ab\xc3\xbc"), "ab");
	cr_assert_str_eq(value_plain(text, sizeof(text), "abcd"), "abc");
	cr_assert_str_eq(value_plain(text, 1, "abcd"), "");
}

Test(value, a_json_text_is_quoted)
{
	char text[64];

	cr_assert_str_eq(value_json(text, sizeof(text), "a\"b\\\n\xff\xc3\xbc"),
			 "\"a\\\"b\\\\\\u000a?\xc3\xbc\"");
	cr_assert_str_eq(value_json(text, 4, "abc"), "\"a\"");
}

Test(value, the_nearest_word_is_at_most_two_mistakes_away)
{
	static const char *const words[] = {"send", "status", "queue"};

	cr_assert_str_eq(value_nearest("stauts", words, 3), "status");
	cr_assert_str_eq(value_nearest("sned", words, 3), "send");
	cr_assert_str_eq(value_nearest("send", words, 3), "send");
	cr_assert_null(value_nearest("banana", words, 3));
	cr_assert_null(value_nearest("x", words, 3));
	cr_assert_null(value_nearest("", words, 3));
	cr_assert_null(value_nearest("a-word-that-is-longer-than-any-of-the-verbs", words, 3));
}

Test(value, numbers_and_bytes_are_strict)
{
	uint64_t value = 7;

	cr_assert_eq(value_number("5", 1, 9, &value), 0);
	cr_assert_eq(value, 5);
	cr_assert_eq(value_number("10", 1, 9, &value), -ERANGE);
	cr_assert_eq(value_number("5 ", 1, 9, &value), -EINVAL);
	cr_assert_eq(value_bytes("2k", &value), 0);
	cr_assert_eq(value, 2048);
	cr_assert_eq(value_bytes("2kb", &value), -EINVAL);
}
