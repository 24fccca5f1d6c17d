/* SPDX-License-Identifier: Apache-2.0 */
/* test_slab.c -- things are taken, given back and counted. */
#include "base/slab.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include <hft/limits.h>

#define THINGS	     5
#define THING_BYTES  21
#define LARGE_THINGS (HFT_SLAB_WARM_MAX + 3)
#define LARGE_BYTES  (2 * HFT_SLAB_PAGED_BYTES - 1)
#define PAGES_MAX    (2 * HFT_SLAB_PAGED_BYTES / 4096)

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

/* Pages of a large thing that are in memory. */
static size_t resident_pages(void *thing)
{
	unsigned char resident[PAGES_MAX] = {0};
	size_t count = 0;

	cr_assert_eq(mincore(thing, LARGE_BYTES, resident), 0);
	for (size_t i = 0; i < PAGES_MAX; i++)
		count += resident[i] & 1;
	return count;
}

static struct slab *new_large_slab(uint8_t *things[LARGE_THINGS])
{
	struct slab *slab = NULL;

	cr_assert_eq(slab_new(&slab, LARGE_BYTES, LARGE_THINGS), 0);
	for (size_t i = 0; i < LARGE_THINGS; i++)
		cr_assert_not_null(things[i] = slab_take(slab));
	cr_assert_null(slab_take(slab));
	return slab;
}

static void dirty_all(uint8_t *things[LARGE_THINGS])
{
	for (size_t i = 0; i < LARGE_THINGS; i++)
		memset(things[i], (int)i + 1, LARGE_BYTES);
}

static bool is_all(const uint8_t *thing, uint8_t value)
{
	for (size_t at = 0; at < LARGE_BYTES; at++) {
		if (thing[at] != value)
			return false;
	}
	return true;
}

Test(slab, of_a_large_thing_only_what_is_touched_takes_memory)
{
	uint8_t *things[LARGE_THINGS];
	struct slab *slab = new_large_slab(things);

	cr_assert_eq(resident_pages(things[0]), 0);
	things[0][0] = 1;
	things[0][LARGE_BYTES - 1] = 1;
	cr_assert_eq(resident_pages(things[0]), 2);
	slab_free(slab);
}

Test(slab, large_things_that_were_used_come_zeroed_again)
{
	uint8_t *things[LARGE_THINGS];
	struct slab *slab = new_large_slab(things);

	for (int round = 0; round < 2; round++) {
		dirty_all(things);
		for (size_t i = 0; i < LARGE_THINGS; i++)
			slab_give(slab, things[i]);
		for (size_t i = 0; i < LARGE_THINGS; i++) {
			cr_assert_not_null(things[i] = slab_take(slab));
			cr_assert(is_all(things[i], 0));
		}
	}
	cr_assert_null(slab_take(slab));
	slab_free(slab);
}

Test(slab, all_but_a_few_large_things_give_their_memory_back)
{
	uint8_t *things[LARGE_THINGS];
	struct slab *slab = new_large_slab(things);
	size_t kept = 0;

	dirty_all(things);
	for (size_t i = 0; i + 1 < LARGE_THINGS; i++)
		slab_give(slab, things[i]);
	for (size_t i = 0; i + 1 < LARGE_THINGS; i++)
		kept += resident_pages(things[i]) > 0;
	cr_assert_eq(kept, HFT_SLAB_WARM_MAX);
	cr_assert(is_all(things[LARGE_THINGS - 1], LARGE_THINGS), "a neighbour lost its bytes");
	slab_free(slab);
}

Test(slab, a_large_thing_that_is_used_again_and_again_keeps_its_pages)
{
	uint8_t *things[LARGE_THINGS];
	struct slab *slab = new_large_slab(things);

	dirty_all(things);
	for (size_t i = 0; i < LARGE_THINGS; i++)
		slab_give(slab, things[i]);
	for (int round = 0; round < 3; round++) {
		uint8_t *thing = slab_take(slab);

		cr_assert(resident_pages(thing) > 0);
		slab_give(slab, thing);
	}
	slab_free(slab);
}

Test(slab, large_things_that_are_locked_into_memory_come_zeroed_again)
{
	uint8_t *things[LARGE_THINGS];
	struct slab *slab = new_large_slab(things);

	for (size_t i = 0; i < LARGE_THINGS; i++) {
		if (mlock(things[i], LARGE_BYTES) < 0)
			cr_skip_test("no right to lock memory");
	}
	dirty_all(things);
	for (size_t i = 0; i < LARGE_THINGS; i++)
		slab_give(slab, things[i]);
	for (size_t i = 0; i < LARGE_THINGS; i++)
		cr_assert(is_all(slab_take(slab), 0));
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
