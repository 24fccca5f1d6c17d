/* SPDX-License-Identifier: Apache-2.0 */
/* test_words.c -- words of enums. */
#include <errno.h>

#include <criterion/criterion.h>

#include "control/words.h"
#include "record/queue_row.h"

static const struct word_list *const lists[] = {
	&words_queue_state, &words_queue_kind,	&words_transfer_type,
	&words_log_kind,    &words_target_mode, &words_control_queue,
};

Test(words, every_value_but_zero_has_a_word_of_its_own)
{
	for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
		cr_assert_null(word_of(lists[i], 0));
		for (uint64_t value = 1; value < lists[i]->count; value++) {
			uint64_t back = 0;

			cr_assert_not_null(word_of(lists[i], value));
			cr_assert_eq(word_parse(lists[i], word_of(lists[i], value), &back), 0);
			cr_assert_eq(back, value);
		}
		cr_assert_null(word_of(lists[i], lists[i]->count));
		cr_assert_null(word_of(lists[i], UINT64_MAX));
	}
}

Test(words, what_is_none_leaves_the_output)
{
	uint64_t value = 7;

	cr_assert_eq(word_parse(&words_queue_state, "", &value), -EINVAL);
	cr_assert_eq(word_parse(&words_queue_state, "Queued", &value), -EINVAL);
	cr_assert_eq(value, 7);
}

Test(words, states_are_called_as_people_see_them)
{
	cr_assert_str_eq(word_of(&words_queue_state, QUEUE_AUTO_WAIT), "auto-wait");
}
