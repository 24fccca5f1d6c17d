/* SPDX-License-Identifier: Apache-2.0 */
/* test_name.c -- names from strangers, and the names of our part files. */
#include "base/name.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "base/text.h"
#include "support/rule.h"

#define ID_TEXT "000102030405060708090a0b0c0d0e0f"

static struct id sample_id(void)
{
	struct id id;

	cr_assert_eq(id_parse(ID_TEXT, &id), 0);
	return id;
}

Test(name, ordinary_names_are_safe)
{
	const char *const good[] = {"a",       "report.csv",  ".hidden",
				    "...",     "..a",	      "with blank",
				    "-rf",     "back\\slash", "Gr\xc3\xbc\xc3\x9f\x65",
				    "\xc2\xa0"};

	for (size_t i = 0; i < ARRAY_COUNT(good); i++)
		cr_assert(name_is_safe(good[i]), "refused \"%s\"", good[i]);
}

Test(name, names_that_lead_elsewhere_or_break_lines_are_not_safe)
{
	const char *const bad[] = {
		"",	".",	     "..",	    "/",	"a/b",	       "/etc/passwd",
		"a\n",	"\r",	     "a\tb",	    "\x1b[2J",	"a\x7f",       "a\xff",
		"\xc3", "a\xc2\x85", "\xc2\x9b[2J", "\xc0\xaf", "\xed\xa0\x80"};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		cr_assert_not(name_is_safe(bad[i]), "took number %zu", i);
}

Test(name, a_name_has_at_most_255_bytes)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	cr_assert(name_is_safe(name));
	name[255] = 'a';
	name[256] = '\0';
	cr_assert_not(name_is_safe(name));
}

Test(name, relative_paths_of_safe_names_are_safe)
{
	cr_assert(name_relative_is_safe("a"));
	cr_assert(name_relative_is_safe("a/b/c.txt"));
	cr_assert(name_relative_is_safe(".a/..b/..."));
}

Test(name, paths_that_are_absolute_climb_or_have_holes_are_not_safe)
{
	const char *const bad[] = {"",	   "/",	     "/a",  "a/",    "a//b",   "../a",
				   "a/..", "a/../b", "./a", "a/./b", "a\nb/c", "a/b\xff"};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		cr_assert_not(name_relative_is_safe(bad[i]), "took \"%s\"", bad[i]);
}

Test(name, the_depth_of_a_path_is_bounded)
{
	char path[2 * HFT_PATH_DEPTH_MAX + 2] = "";

	for (size_t i = 0; i < HFT_PATH_DEPTH_MAX; i++) {
		path[2 * i] = 'a';
		path[2 * i + 1] = '/';
	}
	path[2 * HFT_PATH_DEPTH_MAX - 1] = '\0';
	cr_assert(name_relative_is_safe(path));
	path[2 * HFT_PATH_DEPTH_MAX - 1] = '/';
	path[2 * HFT_PATH_DEPTH_MAX] = 'a';
	cr_assert_not(name_relative_is_safe(path));
}

Test(name, a_part_file_is_named_by_file_and_transfer)
{
	struct id id = sample_id();
	char part[HFT_COMPONENT_BYTES];

	HFT_RULE(D_35);
	cr_assert_eq(name_part(part, sizeof(part), "report.csv", &id), 0);
	cr_assert_str_eq(part, ".report.csv." ID_TEXT ".part");
	cr_assert_eq(name_helper(part, sizeof(part), "report.csv", &id, "csv.part"), 0);
	cr_assert_str_eq(part, ".report.csv." ID_TEXT ".csv.part");
}

Test(name, a_long_name_is_shortened_so_that_its_part_file_fits)
{
	struct id id = sample_id();
	char name[HFT_COMPONENT_BYTES];
	char part[HFT_COMPONENT_BYTES];

	HFT_RULE(D_301);
	memset(name, 'a', 255);
	name[255] = '\0';
	cr_assert_eq(name_part(part, sizeof(part), name, &id), 0);
	cr_assert_eq(strlen(part), 255);
	cr_assert_str_eq(part + 255 - 38, "." ID_TEXT ".part");
}

Test(name, a_long_name_is_shortened_at_a_character)
{
	struct id id = sample_id();
	char name[HFT_COMPONENT_BYTES] = "";
	char part[HFT_COMPONENT_BYTES];

	HFT_RULE(D_301);
	/* 254 bytes in characters of two: 216 bytes of room, behind one dot, end between two. */
	for (size_t i = 0; i < 254; i += 2)
		memcpy(name + i, "\xc3\xbc", 3);
	for (size_t cut = 0; cut < 2; cut++) {
		if (cut == 1)
			name[0] = name[1] = 'a'; /* and now one ends where the room does */
		cr_assert_eq(name_part(part, sizeof(part), name + cut, &id), 0);
		cr_assert(text_is_utf8(part, strlen(part)));
		cr_assert_leq(strlen(part), 255);
		cr_assert_geq(strlen(part), 254);
		cr_assert(name_is_safe(part));
	}
}

Test(name, a_part_name_that_does_not_fit_its_buffer_is_refused)
{
	struct id id = sample_id();
	char part[8] = "before";

	cr_assert_eq(name_part(part, sizeof(part), "a", &id), -ENAMETOOLONG);
	cr_assert_str_eq(part, "before");
}

Test(name, a_part_file_of_an_unsafe_name_is_a_bug, .signal = SIGABRT)
{
	struct id id = sample_id();
	char part[HFT_COMPONENT_BYTES];

	(void)name_part(part, sizeof(part), "../a", &id);
}

Test(name, the_name_of_a_part_file_is_known_wherever_it_lies)
{
	cr_assert(name_is_helper(".a.0123456789abcdef0123456789abcdef.part"));
	cr_assert(name_is_helper("x/y/.a.b.0123456789ABCDEF0123456789abcdef.csv.part"));
	cr_assert(name_is_helper("..0123456789abcdef0123456789abcdef.snap"));
}

Test(name, other_names_are_not_taken_for_part_files)
{
	cr_assert_not(name_is_helper("a.0123456789abcdef0123456789abcdef.part"));
	cr_assert_not(name_is_helper(".a.0123456789abcdef0123456789abcde.part"));
	cr_assert_not(name_is_helper(".a.0123456789abcdef0123456789abcdef0.part"));
	cr_assert_not(name_is_helper(".a.0123456789abcdef0123456789abcdef"));
	cr_assert_not(name_is_helper(".hidden"));
	cr_assert_not(name_is_helper(""));
}
