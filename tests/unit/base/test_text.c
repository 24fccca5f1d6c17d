/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c -- texts fit or are refused; UTF-8 is told from what only looks like it. */
#include "base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include <hft/limits.h>

Test(text, a_text_is_copied_when_its_nul_fits_too)
{
	char target[4] = "xyz";

	cr_assert_eq(text_copy(target, sizeof(target), "abc"), 0);
	cr_assert_str_eq(target, "abc");
	cr_assert_eq(text_copy(target, sizeof(target), ""), 0);
	cr_assert_str_eq(target, "");
}

Test(text, a_text_that_does_not_fit_leaves_the_target_untouched)
{
	char target[4] = "xyz";

	cr_assert_eq(text_copy(target, sizeof(target), "abcd"), -ENAMETOOLONG);
	cr_assert_eq(text_format(target, sizeof(target), "%d", 1234), -ENAMETOOLONG);
	cr_assert_eq(text_copy(target, 0, ""), -ENAMETOOLONG);
	cr_assert_str_eq(target, "xyz");
}

Test(text, formatting_fills_the_room_to_its_nul)
{
	char target[4];

	cr_assert_eq(text_format(target, sizeof(target), "%d%s", 12, "c"), 0);
	cr_assert_str_eq(target, "12c");
	cr_assert_eq(text_format(target, sizeof(target), "%s", ""), 0);
	cr_assert_str_eq(target, "");
}

Test(text, the_target_of_formatting_may_be_an_argument)
{
	char target[16] = "b";

	cr_assert_eq(text_format(target, sizeof(target), "a%sc", target), 0);
	cr_assert_str_eq(target, "abc");
}

Test(text, formatting_has_a_bound_of_its_own)
{
	static char target[HFT_TEXT_FORMAT_BYTES * 2];

	cr_assert_eq(text_format(target, sizeof(target), "%*d", HFT_TEXT_FORMAT_BYTES, 1),
		     -ENAMETOOLONG);
	cr_assert_eq(text_format(target, sizeof(target), "%*d", HFT_TEXT_FORMAT_BYTES - 1, 1), 0);
}

Test(text, characters_of_all_lengths_are_utf8)
{
	const char *const good[] = {"",
				    "plain",
				    "\xc2\x80",
				    "\xdf\xbf",
				    "\xe0\xa0\x80",
				    "\xed\x9f\xbf",
				    "\xee\x80\x80",
				    "\xef\xbf\xbf",
				    "\xf0\x90\x80\x80",
				    "\xf4\x8f\xbf\xbf",
				    "Gr\xc3\xbc\xc3\x9f\x65 \xe6\x97\xa5\xe6\x9c\xac"};

	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		cr_assert(text_is_utf8(good[i], strlen(good[i])), "refused number %zu", i);
	cr_assert(text_is_utf8("a\0b", 3));
	cr_assert(text_is_utf8(NULL, 0));
}

Test(text, what_breaks_the_rules_of_utf8_is_not_utf8)
{
	const char *const bad[] = {
		"\x80",		    /* nothing to continue */
		"\xc3",		    /* ends early */
		"\xe2\x82",	    /* ends early */
		"\xf0\x9f\x98",	    /* ends early */
		"\xc3(",	    /* wrong second byte */
		"\xe2\x82(",	    /* wrong third byte */
		"\xf0\x9f\x98(",    /* wrong fourth byte */
		"\xc0\xaf",	    /* a slash, longer than it has to be */
		"\xc1\xbf",	    /* the same */
		"\xe0\x9f\xbf",	    /* the same with three bytes */
		"\xf0\x8f\xbf\xbf", /* the same with four */
		"\xed\xa0\x80",	    /* a surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xff",
	};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		cr_assert_not(text_is_utf8(bad[i], strlen(bad[i])), "took number %zu", i);
}

/* Cuts a copy of the text and compares. */
static void assert_cut(const char *text, size_t most_bytes, const char *expected)
{
	char copy[64];

	cr_assert_eq(text_copy(copy, sizeof(copy), text), 0);
	text_shorten_utf8(copy, most_bytes);
	cr_assert_str_eq(copy, expected, "%zu bytes of \"%s\": \"%s\"", most_bytes, text, copy);
}

Test(text, shortening_cuts_between_characters)
{
	assert_cut("abc", 3, "abc");
	assert_cut("abc", 100, "abc");
	assert_cut("abc", SIZE_MAX, "abc");
	assert_cut("abc", 2, "ab");
	assert_cut("abc", 0, "");
	assert_cut("a\xc3\xbc", 2, "a");
	assert_cut("a\xc3\xbc", 3, "a\xc3\xbc");
	assert_cut("a\xf0\x9f\x98\x80z", 4, "a");
	assert_cut("a\xf0\x9f\x98\x80z", 5, "a\xf0\x9f\x98\x80");
	assert_cut("\xe6\x97\xa5", 2, "");
}

Test(text, shortening_what_is_not_utf8_ends)
{
	assert_cut("\x80\x80\x80\x80\x80\x80\x80\x80", 7, "\x80\x80\x80\x80");
	assert_cut("\x80\x80\x80", 2, "");
}
