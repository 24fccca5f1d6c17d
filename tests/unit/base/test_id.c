/* SPDX-License-Identifier: Apache-2.0 */
/* test_id.c -- ids are compared byte by byte and printed as they are. */
#include "base/id.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define ID_TEXT "000102030405060708090a0b0c0d0eff"

static struct id sample_id(void)
{
	struct id id;

	cr_assert_eq(id_parse(ID_TEXT, &id), 0);
	return id;
}

Test(id, a_printed_id_is_read_again)
{
	struct id id = sample_id();
	char text[ID_TEXT_BYTES];

	cr_assert_eq(id.bytes[0], 0);
	cr_assert_eq(id.bytes[15], 0xff);
	id_print(&id, text);
	cr_assert_str_eq(text, ID_TEXT);
}

Test(id, both_comparisons_see_a_difference_in_any_bit)
{
	struct id a = sample_id();

	cr_assert(id_equal(&a, &a));
	cr_assert(id_equal_secret(&a, &a));
	for (size_t bit = 0; bit < 128; bit++) {
		struct id b = a;

		b.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_not(id_equal(&a, &b));
		cr_assert_not(id_equal_secret(&a, &b));
	}
}

Test(id, only_sixteen_zero_bytes_are_no_id)
{
	struct id id = {0};

	cr_assert(id_is_zero(&id));
	id.bytes[15] = 1;
	cr_assert_not(id_is_zero(&id));
}

Test(id, a_wrong_text_leaves_the_id_as_it_was)
{
	struct id id = sample_id();

	cr_assert_eq(id_parse("00", &id), -EINVAL);
	cr_assert_eq(id_parse(ID_TEXT "0", &id), -EINVAL);
	cr_assert_eq(id.bytes[15], 0xff);
}
