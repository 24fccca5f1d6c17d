/* SPDX-License-Identifier: Apache-2.0 */
/* test_crc32c.c -- the vectors of RFC 3720 B.4, by table and by processor. */
#include "base/crc32c.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/random.h"

Test(crc32c, gives_the_numbers_of_the_standard)
{
	uint8_t bytes[32];

	cr_assert_eq(crc32c(0, "123456789", 9), 0xe3069283);
	cr_assert_eq(crc32c_by_table(0, "123456789", 9), 0xe3069283);

	memset(bytes, 0, sizeof(bytes));
	cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x62a8ab43);
	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	cr_assert_eq(crc32c(0, bytes, sizeof(bytes)), 0x46dd794e);
	cr_assert_eq(crc32c_by_table(0, bytes, sizeof(bytes)), 0x46dd794e);
}

Test(crc32c, nothing_changes_nothing)
{
	cr_assert_eq(crc32c(0, NULL, 0), 0);
	cr_assert_eq(crc32c(0x12345678, NULL, 0), 0x12345678);
}

Test(crc32c, table_and_processor_agree_at_every_length_and_place)
{
	uint8_t bytes[80];
	struct random random;

	random_seed(&random, 1);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)random_u64(&random);
	for (size_t start = 0; start < 8; start++) {
		for (size_t count = 0; count <= sizeof(bytes) - start; count++)
			cr_assert_eq(crc32c(7, bytes + start, count),
				     crc32c_by_table(7, bytes + start, count));
	}
}

Test(crc32c, a_crc_is_continued_by_its_result)
{
	cr_assert_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}
