/* SPDX-License-Identifier: Apache-2.0 */
/* test_walk.c -- one walk writes and reads, checks bounds both ways, and fails once. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "wire/walk.h"

TestSuite(walk, .timeout = 10);

/* Writes one u32 within 1..max and says how that ended. */
static int write_u32(uint32_t value, uint32_t maximum, uint8_t *buffer, size_t bytes)
{
	struct walk walk;

	walk_begin_writing(&walk, buffer, bytes);
	walk_u32(&walk, &value, 1, maximum);
	return walk_end(&walk);
}

/* Reads ranges from these bytes. */
static int read_ranges(const void *bytes, size_t count, struct ranges *ret_ranges)
{
	struct walk walk;

	memset(ret_ranges, 0, sizeof(*ret_ranges));
	walk_begin_reading(&walk, bytes, count);
	walk_ranges(&walk, ret_ranges);
	return walk_end(&walk);
}

static int write_ranges(struct ranges *ranges)
{
	static uint8_t buffer[8192];
	struct walk walk;

	walk_begin_writing(&walk, buffer, sizeof(buffer));
	walk_ranges(&walk, ranges);
	return walk_end(&walk);
}

Test(walk, numbers_are_little_endian)
{
	uint8_t bytes[15];
	uint8_t expected[15] = {1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8};
	uint8_t u8 = 1;
	uint16_t u16 = 0x0203;
	uint32_t u32 = 0x04050607;
	uint64_t u64 = UINT64_C(0x08090a0b0c0d0e0f);
	struct walk walk;

	walk_begin_writing(&walk, bytes, sizeof(bytes));
	walk_u8(&walk, &u8, 0, UINT8_MAX);
	walk_u16(&walk, &u16, 0, UINT16_MAX);
	walk_u32(&walk, &u32, 0, UINT32_MAX);
	walk_u64(&walk, &u64, 0, UINT64_MAX);
	cr_assert_eq(walk_end(&walk), 0);
	cr_expect_arr_eq(bytes, expected, sizeof(bytes));
}

Test(walk, a_number_of_ours_out_of_bounds_is_invalid)
{
	uint8_t buffer[4];

	cr_expect_eq(write_u32(0, 5, buffer, 4), -EINVAL);
	cr_expect_eq(write_u32(1, 5, buffer, 4), 0);
	cr_expect_eq(write_u32(5, 5, buffer, 4), 0);
	cr_expect_eq(write_u32(6, 5, buffer, 4), -EINVAL);
}

Test(walk, a_buffer_too_small_is_named)
{
	uint8_t buffer[4];

	cr_expect_eq(write_u32(1, 5, buffer, 3), -ENOBUFS);
}

Test(walk, a_number_read_out_of_bounds_stays_away_from_the_struct)
{
	const uint8_t bytes[] = {6, 0, 0, 0};
	uint32_t value = 77;
	struct walk walk;

	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_u32(&walk, &value, 1, 5);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
	cr_expect_eq(value, 77);
}

Test(walk, bytes_left_over_are_refused)
{
	const uint8_t bytes[] = {5, 0, 0, 0, 0};
	uint32_t value = 0;
	struct walk walk;

	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_u32(&walk, &value, 1, 5);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
}

Test(walk, bytes_missing_are_refused)
{
	const uint8_t bytes[] = {5, 0, 0};
	uint32_t value = 0;
	struct walk walk;

	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_u32(&walk, &value, 0, 5);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
}

Test(walk, nothing_at_all_is_a_valid_empty_payload)
{
	struct walk walk;

	walk_begin_reading(&walk, NULL, 0);
	cr_expect_eq(walk_end(&walk), 0);
	walk_begin_writing(&walk, NULL, 0);
	cr_expect_eq(walk_end(&walk), 0);
}

Test(walk, a_failure_is_not_forgotten)
{
	const uint8_t bytes[] = {9, 1};
	uint8_t value = 0;
	struct walk walk;

	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_u8(&walk, &value, 0, 5);
	walk_u8(&walk, &value, 0, 5);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
}

Test(walk, a_bool_is_zero_or_one)
{
	const uint8_t two = 2;
	bool value = false;
	struct walk walk;

	walk_begin_reading(&walk, &two, 1);
	walk_bool(&walk, &value);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
}

Test(walk, zeros_must_be_zero)
{
	const uint8_t bytes[] = {0, 0, 1};
	struct walk walk;

	walk_begin_reading(&walk, bytes, 2);
	walk_zeros(&walk, 2);
	cr_expect_eq(walk_end(&walk), 0);
	walk_begin_reading(&walk, bytes, 3);
	walk_zeros(&walk, 3);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
}

/* A text of an array of 4: 0 to 3 bytes. */
static int read_text(const void *bytes, size_t count, size_t minimum)
{
	char text[4];
	struct walk walk;

	walk_begin_reading(&walk, bytes, count);
	walk_text(&walk, text, sizeof(text), minimum);
	return walk_end(&walk);
}

Test(walk, a_text_fills_its_array_and_no_more)
{
	cr_expect_eq(read_text("\3\0abc", 5, 0), 0);
	cr_expect_eq(read_text("\4\0abcd", 6, 0), -EBADMSG);
}

Test(walk, a_text_with_a_nul_inside_is_refused)
{
	cr_expect_eq(read_text("\3\0a\0c", 5, 0), -EBADMSG);
}

Test(walk, a_text_shorter_than_its_length_is_refused)
{
	cr_expect_eq(read_text("\3\0ab", 4, 0), -EBADMSG);
}

Test(walk, an_empty_text_is_refused_where_one_is_needed)
{
	cr_expect_eq(read_text("\0\0", 2, 0), 0);
	cr_expect_eq(read_text("\0\0", 2, 1), -EBADMSG);
}

Test(walk, a_text_of_ours_without_its_end_is_invalid)
{
	char text[4] = {'a', 'b', 'c', 'd'};
	uint8_t buffer[16];
	struct walk walk;

	walk_begin_writing(&walk, buffer, sizeof(buffer));
	walk_text(&walk, text, sizeof(text), 0);
	cr_expect_eq(walk_end(&walk), -EINVAL);
}

Test(walk, writing_leaves_a_constant_struct_alone)
{
	static const struct outcome constant = {.status = 905, .sentence = "no"};
	uint8_t buffer[16];
	struct walk walk;

	walk_begin_writing(&walk, buffer, sizeof(buffer));
	walk_outcome(&walk, (struct outcome *)&constant);
	cr_expect_eq(walk_end(&walk), 0);
	cr_expect_eq(bytes_writer_count(&walk.writer), 8);
}

Test(walk, ranges_that_touch_are_refused)
{
	const uint8_t touching[34] = {2, [2] = 0, [10] = 4, [18] = 4, [26] = 5};
	const uint8_t apart[34] = {2, [2] = 0, [10] = 4, [18] = 5, [26] = 6};
	struct ranges ranges;

	cr_expect_eq(read_ranges(touching, sizeof(touching), &ranges), -EBADMSG);
	cr_expect_eq(read_ranges(apart, sizeof(apart), &ranges), 0);
	cr_expect_eq(ranges.count, 2);
	cr_expect(ranges_is_valid(&ranges));
}

Test(walk, ranges_out_of_order_are_refused)
{
	const uint8_t bytes[34] = {2, [2] = 8, [10] = 9, [18] = 1, [26] = 2};
	struct ranges ranges;

	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), -EBADMSG);
}

Test(walk, an_empty_range_is_refused)
{
	const uint8_t bytes[18] = {1, [2] = 8, [10] = 8};
	struct ranges ranges;

	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), -EBADMSG);
}

Test(walk, a_range_beyond_the_largest_file_is_refused)
{
	uint8_t bytes[18] = {1, [2] = 8, [15] = 0x80};
	struct ranges ranges;

	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), 0, "end = 2^47");
	bytes[10] = 1;
	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), -EBADMSG);
}

Test(walk, a_range_at_the_end_of_numbers_does_not_wrap_around)
{
	uint8_t bytes[18] = {1};
	struct ranges ranges;

	memset(bytes + 2, 0xff, 16);
	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), -EBADMSG);
}

Test(walk, more_ranges_than_the_limit_are_refused_before_they_are_read)
{
	const uint8_t bytes[2] = {(HFT_RANGES_MAX + 1) & 0xff, (HFT_RANGES_MAX + 1) >> 8};
	struct ranges ranges;

	cr_expect_eq(read_ranges(bytes, sizeof(bytes), &ranges), -EBADMSG);
	cr_expect_eq(ranges.count, 0);
}

Test(walk, ranges_of_ours_that_are_not_a_set_are_invalid)
{
	struct ranges ranges = {.list = {{5, 6}, {6, 7}}, .count = 2};

	cr_expect_eq(write_ranges(&ranges), -EINVAL);
	ranges.count = HFT_RANGES_MAX + 1;
	cr_expect_eq(write_ranges(&ranges), -EINVAL);
	ranges.count = 65536;
	cr_expect_eq(write_ranges(&ranges), -EINVAL);
	ranges.count = 1;
	cr_expect_eq(write_ranges(&ranges), 0);
}

Test(walk, more_digests_than_the_limit_are_refused)
{
	struct digest list[1];
	uint16_t count = HFT_TAIL_DIGESTS_MAX + 1;
	uint8_t buffer[64];
	struct walk walk;

	walk_begin_writing(&walk, buffer, sizeof(buffer));
	walk_digests(&walk, &count, list);
	cr_expect_eq(walk_end(&walk), -EINVAL);
}

Test(walk, an_identity_of_unknown_type_is_refused)
{
	uint8_t bytes[44] = {3};
	struct source_identity identity = {0};
	struct walk walk;

	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_identity(&walk, &identity);
	cr_expect_eq(walk_end(&walk), -EBADMSG);
	bytes[0] = SOURCE_STREAM;
	walk_begin_reading(&walk, bytes, sizeof(bytes));
	walk_identity(&walk, &identity);
	cr_expect_eq(walk_end(&walk), 0);
}
