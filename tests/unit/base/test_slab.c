/* SPDX-License-Identifier: Apache-2.0 */
/* test_slab.c -- things are taken, given back and counted. */
#include "base/slab.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <string.h>

#define THINGS	    5
#define THING_BYTES 21

static struct slab *new_slab(void)
{
	struct slab *slab = NULL;

	cr_assert_eq(slab_new(&slab, THING_BYTES, THINGS), 0);
	return slab;
}

Test(slab, gives_out_as_many_things_as_it_has)
{
	struct slab *slab = new_slab();

	for (uint32_t i = 0; i < THINGS; i++) {
		cr_assert_eq(slab_in_use(slab), i);
		cr_assert_not_null(slab_take(slab));
	}
	cr_assert_null(slab_take(slab));
	cr_assert_eq(slab_in_use(slab), THINGS);
	cr_assert_eq(slab_capacity(slab), THINGS);
	slab_free(slab);
}

Test(slab, things_are_aligned_and_do_not_overlap)
{
	struct slab *slab = new_slab();
	uint8_t *things[THINGS];

	for (uint8_t i = 0; i < THINGS; i++) {
		things[i] = slab_take(slab);
		cr_assert_eq((uintptr_t)things[i] % alignof(max_align_t), 0);
		memset(things[i], i + 1, THING_BYTES);
	}
	for (uint8_t i = 0; i < THINGS; i++) {
		for (size_t at = 0; at < THING_BYTES; at++)
			cr_assert_eq(things[i][at], i + 1);
	}
	slab_free(slab);
}

Test(slab, a_thing_that_was_used_comes_zeroed_again)
{
	struct slab *slab = new_slab();
	uint8_t *thing = slab_take(slab);

	memset(thing, 0xff, THING_BYTES);
	slab_give(slab, thing);
	cr_assert_eq(slab_in_use(slab), 0);
	cr_assert_eq(slab_take(slab), thing);
	for (size_t at = 0; at < THING_BYTES; at++)
		cr_assert_eq(thing[at], 0);
	slab_free(slab);
}

Test(slab, all_things_can_be_taken_again_after_all_were_given_back)
{
	struct slab *slab = new_slab();

	for (int round = 0; round < 3; round++) {
		void *things[THINGS];

		for (int i = 0; i < THINGS; i++)
			cr_assert_not_null(things[i] = slab_take(slab));
		for (int i = 0; i < THINGS; i++)
			slab_give(slab, things[i]);
	}
	cr_assert_eq(slab_in_use(slab), 0);
	slab_free(slab);
}

Test(slab, an_index_names_a_thing_while_it_is_taken)
{
	struct slab *slab = new_slab();
	void *thing = slab_take(slab);
	uint32_t index = slab_index(slab, thing);

	cr_assert_eq(slab_at(slab, index), thing);
	cr_assert_null(slab_at(slab, THINGS));
	cr_assert_null(slab_at(slab, UINT32_MAX));
	slab_give(slab, thing);
	cr_assert_null(slab_at(slab, index));
	slab_free(slab);
}

Test(slab, freeing_nothing_is_fine)
{
	slab_free(NULL);
}

Test(slab, a_size_that_cannot_be_aligned_is_refused)
{
	struct slab *slab = NULL;

	cr_assert_eq(slab_new(&slab, SIZE_MAX, 1), -EOVERFLOW);
	cr_assert_null(slab);
}

Test(slab, giving_a_thing_back_twice_is_a_bug, .signal = SIGABRT)
{
	struct slab *slab = new_slab();
	void *thing = slab_take(slab);

	slab_give(slab, thing);
	slab_give(slab, thing);
}

Test(slab, giving_a_stranger_back_is_a_bug, .signal = SIGABRT)
{
	struct slab *slab = new_slab();
	uint8_t *thing = slab_take(slab);

	slab_give(slab, thing + 1);
}
