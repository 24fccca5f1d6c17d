/* SPDX-License-Identifier: Apache-2.0 */
/* test_bytes.c -- cursors read what was written, and nothing that is not there. */
#include "base/bytes.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

Test(bytes, numbers_lie_with_the_least_byte_first)
{
	uint8_t bytes[8];

	bytes_put_u64le(bytes, UINT64_C(0x8877665544332211));
	for (size_t i = 0; i < sizeof(bytes); i++)
		cr_assert_eq(bytes[i], 0x11 * (i + 1));
	cr_assert_eq(bytes_get_u16le(bytes + 1), 0x3322);
	cr_assert_eq(bytes_get_u32le(bytes + 1), 0x55443322);
	cr_assert_eq(bytes_get_u64le(bytes), UINT64_C(0x8877665544332211));
}

Test(bytes, what_was_written_is_read_again)
{
	uint8_t buffer[64];
	uint8_t block[3];
	char text[8];
	struct bytes_writer writer;
	struct bytes_reader reader;

	bytes_writer_init(&writer, buffer, sizeof(buffer));
	bytes_write_u8(&writer, 0xfe);
	bytes_write_u16(&writer, 0xfedc);
	bytes_write_u32(&writer, 0xfedcba98);
	bytes_write_u64(&writer, UINT64_C(0xfedcba9876543210));
	bytes_write_block(&writer, "abc", 3);
	bytes_write_text(&writer, "seven b");
	cr_assert_eq(bytes_writer_count(&writer), 1 + 2 + 4 + 8 + 3 + 2 + 7);

	bytes_reader_init(&reader, buffer, bytes_writer_count(&writer));
	cr_assert_eq(bytes_read_u8(&reader), 0xfe);
	cr_assert_eq(bytes_read_u16(&reader), 0xfedc);
	cr_assert_eq(bytes_read_u32(&reader), 0xfedcba98);
	cr_assert_eq(bytes_read_u64(&reader), UINT64_C(0xfedcba9876543210));
	bytes_read_block(&reader, block, sizeof(block));
	cr_assert_arr_eq(block, "abc", 3);
	cr_assert_not(bytes_reader_done(&reader));
	bytes_read_text(&reader, text, sizeof(text));
	cr_assert_str_eq(text, "seven b");
	cr_assert(bytes_reader_done(&reader));
}

Test(bytes, a_number_that_is_not_all_there_reads_as_zero)
{
	const uint8_t bytes[7] = {1, 1, 1, 1, 1, 1, 1};
	struct bytes_reader reader;

	bytes_reader_init(&reader, bytes, sizeof(bytes));
	cr_assert_eq(bytes_read_u64(&reader), 0);
	cr_assert(reader.failed);
	cr_assert_not(bytes_reader_done(&reader));
}

Test(bytes, a_reader_that_failed_stays_failed)
{
	const uint8_t bytes[4] = {1, 2, 3, 4};
	struct bytes_reader reader;

	bytes_reader_init(&reader, bytes, sizeof(bytes));
	(void)bytes_read_u64(&reader);
	cr_assert_eq(bytes_read_u8(&reader), 0);
	cr_assert_eq(bytes_read_u16(&reader), 0);
	cr_assert_eq(bytes_read_u32(&reader), 0);
	cr_assert_eq(bytes_reader_left(&reader), 0);
	cr_assert(reader.failed);
}

Test(bytes, a_block_that_is_not_all_there_is_zeros)
{
	uint8_t block[4] = {9, 9, 9, 9};
	struct bytes_reader reader;

	bytes_reader_init(&reader, "abc", 3);
	bytes_read_block(&reader, block, sizeof(block));
	cr_assert_arr_eq(block, "\0\0\0", 4);
	cr_assert(reader.failed);
}

Test(bytes, skipping_moves_by_the_count_and_fails_behind_the_end)
{
	struct bytes_reader reader;

	bytes_reader_init(&reader, "abcd", 4);
	bytes_read_skip(&reader, 3);
	cr_assert_eq(bytes_reader_left(&reader), 1);
	cr_assert_eq(bytes_read_u8(&reader), 'd');
	bytes_read_skip(&reader, 1);
	cr_assert(reader.failed);
}

/* Reads `bytes` as one text of at most 3 characters; true when the reader took it. */
static bool reads_as_text(const void *bytes, size_t count, char text[4])
{
	struct bytes_reader reader;

	memset(text, 'x', 4);
	bytes_reader_init(&reader, bytes, count);
	bytes_read_text(&reader, text, 4);
	return bytes_reader_done(&reader);
}

Test(bytes, a_text_that_fills_the_room_to_its_nul_is_read)
{
	char text[4];

	cr_assert(reads_as_text("\3\0abc", 5, text));
	cr_assert_str_eq(text, "abc");
	cr_assert(reads_as_text("\0\0", 2, text));
	cr_assert_str_eq(text, "");
}

Test(bytes, a_text_too_long_for_the_room_fails_and_is_empty)
{
	char text[4];

	cr_assert_not(reads_as_text("\4\0abcd", 6, text));
	cr_assert_str_eq(text, "");
}

Test(bytes, a_text_with_a_nul_inside_fails_and_is_empty)
{
	char text[4];

	cr_assert_not(reads_as_text("\3\0a\0c", 5, text));
	cr_assert_str_eq(text, "");
}

Test(bytes, a_text_that_ends_early_fails_and_is_empty)
{
	char text[4];

	cr_assert_not(reads_as_text("\3\0ab", 4, text));
	cr_assert_str_eq(text, "");
	cr_assert_not(reads_as_text("\3", 1, text));
	cr_assert_str_eq(text, "");
}

Test(bytes, nothing_is_read_from_nothing)
{
	struct bytes_reader reader;
	uint8_t block[1];

	bytes_reader_init(&reader, NULL, 0);
	bytes_read_block(&reader, block, 0);
	cr_assert(bytes_reader_done(&reader));
	cr_assert_eq(bytes_read_u8(&reader), 0);
	cr_assert(reader.failed);
}

Test(bytes, a_writer_that_is_full_writes_nothing_and_counts_nothing)
{
	uint8_t buffer[4] = {7, 7, 7, 7};
	struct bytes_writer writer;

	bytes_writer_init(&writer, buffer, 3);
	bytes_write_u16(&writer, 1);
	bytes_write_u16(&writer, 2);
	cr_assert(writer.failed);
	cr_assert_eq(bytes_writer_count(&writer), 0);
	bytes_write_u8(&writer, 3);
	cr_assert_eq(buffer[2], 7);
	cr_assert_eq(buffer[3], 7);
}

Test(bytes, nothing_is_written_to_nothing)
{
	struct bytes_writer writer;

	bytes_writer_init(&writer, NULL, 0);
	bytes_write_block(&writer, NULL, 0);
	cr_assert_not(writer.failed);
	bytes_write_u8(&writer, 1);
	bytes_write_u32(&writer, 1);
	bytes_write_u64(&writer, 1);
	cr_assert(writer.failed);
}

Test(bytes, a_text_longer_than_its_length_field_fails)
{
	static char text[UINT16_MAX + 2];
	static uint8_t buffer[2 * UINT16_MAX];
	struct bytes_writer writer;

	memset(text, 'a', sizeof(text) - 1);
	bytes_writer_init(&writer, buffer, sizeof(buffer));
	bytes_write_text(&writer, text);
	cr_assert(writer.failed);

	text[UINT16_MAX] = '\0';
	bytes_writer_init(&writer, buffer, sizeof(buffer));
	bytes_write_text(&writer, text);
	cr_assert_eq(bytes_writer_count(&writer), 2 + UINT16_MAX);
}

Test(bytes, reading_a_text_without_room_for_its_nul_is_a_bug, .signal = SIGABRT)
{
	struct bytes_reader reader;
	char text[1];

	bytes_reader_init(&reader, "\0\0", 2);
	bytes_read_text(&reader, text, 0);
}
