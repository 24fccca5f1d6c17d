/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest_group.c -- 64 digests that live together. */
#include <criterion/criterion.h>

#include "journal/digest_group.h"
#include "support/sample_rows.h"

Test(digest_group, takes_as_long_as_the_chunks_are_its_own)
{
	struct digest_group group = {.index = 1};
	struct chunk_digest list[4] = {
		{.chunk = 64}, {.chunk = 127}, {.chunk = 100}, {.chunk = 128}};

	cr_assert_eq(digest_group_take(&group, list, 4), 3);
	cr_assert_eq(group.present, UINT64_C(1) | UINT64_C(1) << 63 | UINT64_C(1) << 36);
}

Test(digest_group, gives_only_what_is_asked_for_and_there)
{
	struct digest_group group = {.index = 2};
	struct chunk_digest list[3] = {{.chunk = 130, .digest = sample_digest(1)},
				       {.chunk = 131, .digest = sample_digest(2)},
				       {.chunk = 140, .digest = sample_digest(3)}};
	struct digest digests[3] = {0};
	bool present[3] = {false};
	struct journal_load_digests load = {
		.first = 131, .count = 3, .ret_digests = digests, .ret_present = present};

	cr_assert_eq(digest_group_take(&group, list, 3), 3);
	digest_group_give(&group, &load);
	cr_assert_eq(load.ret_present_count, 1);
	cr_assert(present[0] && !present[1] && !present[2]);
	cr_assert(digest_equal(&digests[0], &list[1].digest));
}

Test(digest_group, a_range_over_two_groups_is_given_by_both)
{
	struct digest_group low = {.index = 0, .present = UINT64_MAX};
	struct digest_group high = {.index = 1, .present = UINT64_MAX};
	struct digest digests[128];
	bool present[128] = {false};
	struct journal_load_digests load = {
		.first = 60, .count = 8, .ret_digests = digests, .ret_present = present};

	digest_group_give(&low, &load);
	cr_assert_eq(load.ret_present_count, 4);
	digest_group_give(&high, &load);
	cr_assert_eq(load.ret_present_count, 8);
	cr_assert(present[0] && present[7] && !present[8]);
}

Test(digest_group, groups_are_64_chunks_wide)
{
	cr_assert_eq(digest_group_of(0), 0);
	cr_assert_eq(digest_group_of(63), 0);
	cr_assert_eq(digest_group_of(64), 1);
	cr_assert_eq(digest_group_of(UINT64_MAX), UINT64_MAX / 64);
}
