/* SPDX-License-Identifier: Apache-2.0 */
/* test_identity.c -- when a source is still the one that was sent before. */
#include <criterion/criterion.h>
#include <string.h>

#include "record/identity.h"
#include "support/rule.h"

static const struct source_identity file = {
	.device = 1,
	.inode = 2,
	.bytes = 1000,
	.mtime_ns = UINT64_C(5000000000),
	.ctime_ns = UINT64_C(6000000000),
	.type = SOURCE_FILE,
};

Test(identity, an_untouched_file_is_the_same)
{
	HFT_RULE(D_234);
	struct source_identity now = file;

	cr_assert_eq(identity_compare(&file, &now), IDENTITY_SAME);
}

Test(identity, chmod_changes_only_the_ctime)
{
	HFT_RULE(D_234);
	struct source_identity now = file;

	now.ctime_ns++;
	cr_assert_eq(identity_compare(&file, &now), IDENTITY_ONLY_CTIME);
}

Test(identity, a_disk_on_another_node_changes_only_the_device)
{
	HFT_RULE(D_234);
	struct source_identity now = file;

	now.device++;
	cr_assert_eq(identity_compare(&file, &now), IDENTITY_ONLY_DEVICE);
	now.ctime_ns++;
	cr_assert_eq(identity_compare(&file, &now), IDENTITY_ONLY_DEVICE);
}

Test(identity, size_content_time_inode_and_type_each_make_it_another_file)
{
	HFT_RULE(D_234);
	struct source_identity changed[4] = {file, file, file, file};

	changed[0].bytes++;
	changed[1].mtime_ns++;
	changed[2].inode++;
	changed[3].type = SOURCE_STREAM;
	for (int index = 0; index < 4; index++)
		cr_expect_eq(identity_compare(&file, &changed[index]), IDENTITY_DIFFERENT, "%d",
			     index);
}

Test(identity, an_unknown_identity_is_not_a_file)
{
	struct source_identity unknown = {0};

	cr_assert_eq(identity_compare(&unknown, &file), IDENTITY_DIFFERENT);
	cr_assert_eq(identity_compare(&unknown, &unknown), IDENTITY_SAME);
}

Test(identity, streams_have_nothing_to_compare)
{
	struct source_identity one = {.type = SOURCE_STREAM, .inode = 1};
	struct source_identity two = {.type = SOURCE_STREAM, .inode = 2};

	cr_assert_eq(identity_compare(&one, &two), IDENTITY_SAME);
}

Test(identity, the_sentence_names_what_differs)
{
	HFT_RULE(D_252);
	static const char *const words[] = {
		"the size was 1000 and is 1001 bytes",
		"it was written to again, 0.250000 s later",
		"another file has its name (inode 3, was 2)",
		"it was a file and is a stream",
		"it is on another device (2, was 1)",
		"its attributes changed, 1.000000 s earlier",
		"nothing differs",
	};
	struct source_identity now[7] = {file, file, file, file, file, file, file};
	char text[128];

	now[0].bytes++;
	now[1].mtime_ns += 250000000;
	now[2].inode++;
	now[3].type = SOURCE_STREAM;
	now[4].device++;
	now[5].ctime_ns -= UINT64_C(1000000000);
	for (int index = 0; index < 7; index++) {
		identity_describe(&file, &now[index], text, sizeof(text));
		cr_expect_str_eq(text, words[index]);
	}
}

Test(identity, a_short_buffer_gets_a_cut_sentence)
{
	struct source_identity now = file;
	char text[9];

	now.bytes = 5;
	identity_describe(&file, &now, text, sizeof(text));
	cr_assert_str_eq(text, "the size");
}
