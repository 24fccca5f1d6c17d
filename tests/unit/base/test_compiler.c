/* SPDX-License-Identifier: Apache-2.0 */
/* test_compiler.c -- the macros give what their names say. */
#include "base/compiler.h"

#include <criterion/criterion.h>

struct outer {
	char before; /* so that the offset is not 0 */
	int member;  /* what is pointed to */
};

Test(compiler, array_count_counts_elements)
{
	uint64_t numbers[7];

	cr_assert_eq(ARRAY_COUNT(numbers), 7);
}

Test(compiler, container_of_finds_the_struct_around_a_member)
{
	struct outer outer = {0};

	cr_assert_eq(container_of(&outer.member, struct outer, member), &outer);
}

Test(compiler, the_smaller_and_the_larger_keep_all_64_bits)
{
	cr_assert_eq(min_u64(UINT64_MAX, 1), 1);
	cr_assert_eq(max_u64(1, UINT64_MAX), UINT64_MAX);
	cr_assert_eq(min_u32(2, 1), 1);
	cr_assert_eq(max_u32(2, 1), 2);
	cr_assert_eq(min_size(SIZE_MAX, 3), 3);
	cr_assert_eq(max_size(SIZE_MAX, 3), SIZE_MAX);
}
