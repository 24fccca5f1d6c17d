/* SPDX-License-Identifier: Apache-2.0 */
/* test_hex.c -- digits and nothing but digits. */
#include "base/hex.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(hex, prints_every_byte_as_two_lower_case_digits)
{
	const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
	char text[9];

	hex_print(bytes, sizeof(bytes), text);
	cr_assert_str_eq(text, "000fa0ff");
}

Test(hex, reads_both_cases)
{
	uint8_t bytes[3];

	cr_assert_eq(hex_parse("0aBcD9", 3, bytes), 0);
	cr_assert_arr_eq(bytes, "\x0a\xbc\xd9", 3);
}

Test(hex, knows_every_digit)
{
	uint8_t bytes[11];

	cr_assert_eq(hex_parse("0123456789abcdefABCDEF", 11, bytes), 0);
	cr_assert_arr_eq(bytes, "\x01\x23\x45\x67\x89\xab\xcd\xef\xab\xcd\xef", 11);
}

Test(hex, refuses_what_is_not_exactly_the_digits_wanted)
{
	const char *const wrong[] = {"",     "0",    "012",  "01234", "012345", "01 2", "0x12",
				     "012g", "01:2", "-012", "012/",  "012@",	"012`"};
	uint8_t bytes[2] = {7, 7};

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		cr_assert_eq(hex_parse(wrong[i], 2, bytes), -EINVAL, "took \"%s\"", wrong[i]);
		cr_assert_arr_eq(bytes, "\7\7", 2);
	}
}
