/* SPDX-License-Identifier: Apache-2.0 */
/* test_publish.c -- the order of publishing, for every way. */
#include "transfer/publish.h"

#include <criterion/criterion.h>

#include "support/rule.h"

/* Position of a step in a way; -1 when it is not in it. */
static int place_of_step(enum publish_way way, enum receive_step step)
{
	struct publish publish;
	int place = 0;

	publish_begin(&publish, way);
	while (publish_row(&publish)->act != PUBLISH_OVER) {
		if (publish_row(&publish)->act == PUBLISH_STEP &&
		    publish_row(&publish)->step == step)
			return place;
		publish_advance(&publish);
		place++;
	}
	return -1;
}

static int place_of(enum publish_way way, enum publish_act act)
{
	struct publish publish;
	int place = 0;

	publish_begin(&publish, way);
	while (publish_row(&publish)->act != PUBLISH_OVER) {
		if (publish_row(&publish)->act == act)
			return place;
		publish_advance(&publish);
		place++;
	}
	return act == PUBLISH_OVER ? place : -1;
}

Test(publish, every_way_ends)
{
	for (int way = 0; way < PUBLISH_WAYS; way++)
		cr_assert_gt(place_of((enum publish_way)way, PUBLISH_OVER), 0);
}

Test(publish, a_rename_follows_the_sync_and_the_record_of_what_is_renamed)
{
	HFT_RULE(D_38);
	HFT_RULE(D_44);
	cr_assert_lt(place_of_step(PUBLISH_REPLACE, STEP_TRUNCATE_PART),
		     place_of_step(PUBLISH_REPLACE, STEP_SYNC_PART));
	cr_assert_lt(place_of_step(PUBLISH_REPLACE, STEP_SYNC_PART),
		     place_of(PUBLISH_REPLACE, PUBLISH_VERIFIED));
	cr_assert_lt(place_of(PUBLISH_REPLACE, PUBLISH_VERIFIED),
		     place_of_step(PUBLISH_REPLACE, STEP_RENAME));
	cr_assert_lt(place_of_step(PUBLISH_REPLACE, STEP_RENAME),
		     place_of_step(PUBLISH_REPLACE, STEP_SYNC_FOLDER));
	cr_assert_lt(place_of_step(PUBLISH_REPLACE, STEP_SYNC_FOLDER),
		     place_of(PUBLISH_REPLACE, PUBLISH_FINAL));
}

Test(publish, mode_new_never_replaces)
{
	HFT_RULE(D_43);
	cr_assert_eq(place_of_step(PUBLISH_NEW, STEP_RENAME), -1);
	cr_assert_geq(place_of_step(PUBLISH_NEW, STEP_RENAME_NEW), 0);
	cr_assert_eq(place_of_step(RECOVER_NEW, STEP_RENAME), -1);
}

Test(publish, an_append_journals_its_base_before_it_writes)
{
	HFT_RULE(D_45);
	cr_assert_lt(place_of_step(PUBLISH_APPEND, STEP_LOCK_TARGET),
		     place_of_step(PUBLISH_APPEND, STEP_STAT_TARGET));
	cr_assert_lt(place_of_step(PUBLISH_APPEND, STEP_STAT_TARGET),
		     place_of(PUBLISH_APPEND, PUBLISH_APPENDING));
	cr_assert_lt(place_of(PUBLISH_APPEND, PUBLISH_APPENDING),
		     place_of_step(PUBLISH_APPEND, STEP_COPY_TO_TARGET));
}

Test(publish, an_appended_part_file_is_gone_for_good_before_the_final_record)
{
	cr_assert_lt(place_of_step(PUBLISH_APPEND, STEP_SYNC_TARGET),
		     place_of(PUBLISH_APPEND, PUBLISH_PUBLISHED));
	cr_assert_lt(place_of(PUBLISH_APPEND, PUBLISH_PUBLISHED),
		     place_of_step(PUBLISH_APPEND, STEP_REMOVE_PART));
	cr_assert_lt(place_of_step(PUBLISH_APPEND, STEP_REMOVE_PART),
		     place_of(PUBLISH_APPEND, PUBLISH_FINAL));
	cr_assert_eq(place_of_step(RECOVER_PUBLISHED, STEP_COPY_TO_TARGET), -1);
	cr_assert_lt(place_of_step(RECOVER_PUBLISHED, STEP_REMOVE_PART),
		     place_of(RECOVER_PUBLISHED, PUBLISH_FINAL));
}

Test(publish, a_recovered_append_is_cut_back_first)
{
	cr_assert_lt(place_of_step(RECOVER_APPEND, STEP_LOCK_TARGET),
		     place_of_step(RECOVER_APPEND, STEP_TRUNCATE_TARGET));
	cr_assert_lt(place_of_step(RECOVER_APPEND, STEP_TRUNCATE_TARGET),
		     place_of_step(RECOVER_APPEND, STEP_COPY_TO_TARGET));
}

Test(publish, a_part_file_that_is_gone_was_renamed)
{
	struct publish publish;

	publish_begin(&publish, RECOVER_REPLACE);
	while (publish_row(&publish)->step != STEP_RENAME)
		publish_advance(&publish);
	cr_assert_neq(publish_row(&publish)->tolerated, 0);
}

Test(publish, clean_up_is_journaled_before_and_after)
{
	HFT_RULE(D_51);
	cr_assert_lt(place_of(CLEAN_UP, PUBLISH_CLEANING),
		     place_of_step(CLEAN_UP, STEP_REMOVE_PART));
	cr_assert_lt(place_of_step(CLEAN_UP, STEP_REMOVE_PART), place_of(CLEAN_UP, PUBLISH_FINAL));
}
