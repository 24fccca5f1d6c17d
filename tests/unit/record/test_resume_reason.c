/* SPDX-License-Identifier: Apache-2.0 */
/* test_resume_reason.c -- reasons have names, and names have reasons. */
#include <criterion/criterion.h>

#include "record/resume_reason.h"
#include "support/rule.h"

Test(resume_reason, every_reason_can_be_named_and_read_back)
{
	HFT_RULE(D_91);
	for (unsigned int value = 0; value < RESUME_REASONS; value++) {
		enum resume_reason reason = RESUME_REASONS;

		cr_expect(resume_reason_parse(resume_reason_name((enum resume_reason)value),
					      &reason));
		cr_expect_eq(reason, (enum resume_reason)value);
	}
}

Test(resume_reason, the_names_are_those_of_the_rule)
{
	HFT_RULE(D_91);
	cr_expect_str_eq(resume_reason_name(RESUME_NONE), "");
	cr_expect_str_eq(resume_reason_name(RESUME_MODE_APPEND), "mode-append");
	cr_expect_str_eq(resume_reason_name(RESUME_ON_FAILURE_NOT_KEEP), "on-failure-not-keep");
	cr_expect_str_eq(resume_reason_name(RESUME_RECEIVE_MULTIPLE), "receive-multiple");
	cr_expect_str_eq(resume_reason_name(RESUME_PARTIAL_MISSING), "partial-missing");
	cr_expect_str_eq(resume_reason_name(RESUME_PARTIAL_DAMAGED), "partial-damaged");
	cr_expect_str_eq(resume_reason_name(RESUME_SOURCE_CHANGED), "source-changed");
	cr_expect_str_eq(resume_reason_name(RESUME_SNAPSHOT_MISSING), "snapshot-missing");
	cr_expect_str_eq(resume_reason_name(RESUME_POSITION_MISMATCH), "position-mismatch");
	cr_expect_str_eq(resume_reason_name(RESUME_DIGEST_MISMATCH), "digest-mismatch");
	cr_expect_str_eq(resume_reason_name(RESUME_FENCING_UNSURE), "fencing-unsure");
	cr_expect_str_eq(resume_reason_name(RESUME_ASKED_FROM_START), "asked-from-start");
}

Test(resume_reason, an_unknown_name_leaves_the_output_alone)
{
	enum resume_reason reason = RESUME_SOURCE_CHANGED;

	cr_assert_not(resume_reason_parse("source-changed ", &reason));
	cr_assert_eq(reason, RESUME_SOURCE_CHANGED);
}

Test(resume_reason, only_the_listed_numbers_are_valid)
{
	cr_assert(resume_reason_is_valid(RESUME_NONE));
	cr_assert(resume_reason_is_valid(RESUME_ASKED_FROM_START));
	cr_assert_not(resume_reason_is_valid(RESUME_REASONS));
	cr_assert_not(resume_reason_is_valid(UINT64_MAX));
}
