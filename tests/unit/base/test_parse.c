/* SPDX-License-Identifier: Apache-2.0 */
/* test_parse.c -- what is taken, what is refused, and that a refusal touches nothing. */
#include "base/parse.h"

#include <criterion/criterion.h>
#include <errno.h>

Test(parse, numbers_are_read_up_to_the_largest)
{
	uint64_t value;

	cr_assert_eq(parse_u64("0", &value), 0);
	cr_assert_eq(value, 0);
	cr_assert_eq(parse_u64("007", &value), 0);
	cr_assert_eq(value, 7);
	cr_assert_eq(parse_u64("18446744073709551615", &value), 0);
	cr_assert_eq(value, UINT64_MAX);
}

Test(parse, what_is_not_only_digits_is_no_number)
{
	const char *const wrong[] = {"", " 1", "1 ", "+1", "-1", "0x1", "1k", "1.0", "a", "\n"};
	uint64_t value = 7;

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		cr_assert_eq(parse_u64(wrong[i], &value), -EINVAL, "took \"%s\"", wrong[i]);
		cr_assert_eq(value, 7);
	}
}

Test(parse, numbers_that_do_not_fit_are_out_of_range)
{
	uint64_t value = 7;

	cr_assert_eq(parse_u64("18446744073709551616", &value), -ERANGE);
	cr_assert_eq(parse_u64("99999999999999999999999", &value), -ERANGE);
	cr_assert_eq(parse_u64_between("4", 5, 9, &value), -ERANGE);
	cr_assert_eq(parse_u64_between("10", 5, 9, &value), -ERANGE);
	cr_assert_eq(value, 7);
	cr_assert_eq(parse_u64_between("5", 5, 9, &value), 0);
	cr_assert_eq(parse_u64_between("9", 5, 9, &value), 0);
	cr_assert_eq(value, 9);
}

Test(parse, suffixes_of_bytes_are_powers_of_1024)
{
	uint64_t bytes;

	cr_assert_eq(parse_bytes("17", &bytes), 0);
	cr_assert_eq(bytes, 17);
	cr_assert_eq(parse_bytes("2k", &bytes), 0);
	cr_assert_eq(bytes, 2048);
	cr_assert_eq(parse_bytes("3M", &bytes), 0);
	cr_assert_eq(bytes, 3145728);
	cr_assert_eq(parse_bytes("1g", &bytes), 0);
	cr_assert_eq(bytes, 1073741824);
	cr_assert_eq(parse_bytes("17179869183G", &bytes), 0);
	cr_assert_eq(bytes, UINT64_C(17179869183) << 30);
}

Test(parse, wrong_bytes_are_refused)
{
	const char *const wrong[] = {"", "k", "1kb", "1 k", "1T", "-1k", "1.5M", "1kk"};
	uint64_t bytes = 7;

	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
		cr_assert_eq(parse_bytes(wrong[i], &bytes), -EINVAL, "took \"%s\"", wrong[i]);
	cr_assert_eq(parse_bytes("17179869184G", &bytes), -ERANGE);
	cr_assert_eq(bytes, 7);
}

Test(parse, only_yes_and_no_are_yes_and_no)
{
	const char *const wrong[] = {"", "Yes", "true", "1", "on", "noo", "y"};
	bool value = false;

	cr_assert_eq(parse_bool("yes", &value), 0);
	cr_assert(value);
	for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
		cr_assert_eq(parse_bool(wrong[i], &value), -EINVAL, "took \"%s\"", wrong[i]);
		cr_assert(value);
	}
	cr_assert_eq(parse_bool("no", &value), 0);
	cr_assert_not(value);
}

Test(parse, permissions_are_octal_and_nothing_beyond_them)
{
	uint32_t mode = 1;

	cr_assert_eq(parse_octal("0640", &mode), 0);
	cr_assert_eq(mode, 0640);
	cr_assert_eq(parse_octal("7777", &mode), 0);
	cr_assert_eq(mode, 07777);
	cr_assert_eq(parse_octal("0", &mode), 0);
	cr_assert_eq(mode, 0);
	cr_assert_eq(parse_octal("10000", &mode), -ERANGE);
	cr_assert_eq(parse_octal("648", &mode), -EINVAL);
	cr_assert_eq(parse_octal("", &mode), -EINVAL);
	cr_assert_eq(parse_octal("u+r", &mode), -EINVAL);
	cr_assert_eq(mode, 0);
}
