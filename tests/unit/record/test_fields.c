/* SPDX-License-Identifier: Apache-2.0 */
/* test_fields.c -- a table of fields as bytes: layout, bounds, refusals. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "record/fields.h"

struct inner {
	uint16_t code;
	char word[4];
};

struct outer {
	uint8_t tiny;
	bool flag;
	uint32_t wide;
	uint64_t huge;
	uint8_t raw[3];
	struct inner inner;
};

static bool code_is_not_13(const void *record)
{
	return ((const struct inner *)record)->code != 13;
}

static const struct field inner_fields[] = {
	{FIELD_U16, offsetof(struct inner, code), 2, 0, UINT16_MAX, NULL},
	{FIELD_TEXT, offsetof(struct inner, word), 4, 0, 0, NULL},
};
static const struct field_table inner_table = {inner_fields, 2, code_is_not_13};

static const struct field outer_fields[] = {
	{FIELD_U8, offsetof(struct outer, tiny), 1, 1, 3, NULL},
	{FIELD_BOOL, offsetof(struct outer, flag), 1, 0, 1, NULL},
	{FIELD_U32, offsetof(struct outer, wide), 4, 0, UINT32_MAX, NULL},
	{FIELD_U64, offsetof(struct outer, huge), 8, 0, UINT64_MAX, NULL},
	{FIELD_BYTES, offsetof(struct outer, raw), 3, 0, 0, NULL},
	{FIELD_TABLE, offsetof(struct outer, inner), sizeof(struct inner), 0, 0, &inner_table},
};
static const struct field_table outer_table = {outer_fields, 6, NULL};

static const struct outer sample = {
	.tiny = 2,
	.flag = true,
	.wide = 0x01020304,
	.huge = UINT64_C(0x1112131415161718),
	.raw = {0xaa, 0xbb, 0xcc},
	.inner = {.code = 0x0506, .word = "hi"},
};

static const uint8_t sample_bytes[] = {
	2,    1,    4,	  3,	2,    1,    0x18, 0x17, 0x16, 0x15, 0x14, 0x13,
	0x12, 0x11, 0xaa, 0xbb, 0xcc, 0x06, 0x05, 2,	0,    'h',  'i',
};

static int decode(const uint8_t *data, size_t bytes)
{
	struct outer record = {0};

	return fields_decode(&outer_table, data, bytes, &record);
}

Test(fields, are_written_little_endian_in_the_order_of_the_table)
{
	uint8_t data[64];
	size_t bytes = 0;

	cr_assert_eq(fields_encode(&outer_table, &sample, data, sizeof(data), &bytes), 0);
	cr_assert_eq(bytes, sizeof(sample_bytes));
	cr_assert_arr_eq(data, sample_bytes, sizeof(sample_bytes));
}

Test(fields, come_back_as_they_were)
{
	struct outer record = {0};

	cr_assert_eq(fields_decode(&outer_table, sample_bytes, sizeof(sample_bytes), &record), 0);
	cr_expect_eq(record.tiny, sample.tiny);
	cr_expect_eq(record.flag, sample.flag);
	cr_expect_eq(record.wide, sample.wide);
	cr_expect_eq(record.huge, sample.huge);
	cr_expect_arr_eq(record.raw, sample.raw, 3);
	cr_expect_eq(record.inner.code, sample.inner.code);
	cr_expect_str_eq(record.inner.word, "hi");
}

Test(fields, every_shorter_buffer_is_too_small)
{
	uint8_t data[64];
	size_t bytes = 77;

	for (size_t capacity = 0; capacity < sizeof(sample_bytes); capacity++)
		cr_expect_eq(fields_encode(&outer_table, &sample, data, capacity, &bytes),
			     -ENOBUFS);
	cr_assert_eq(bytes, 77);
}

Test(fields, every_shorter_input_and_a_longer_one_is_refused)
{
	uint8_t data[sizeof(sample_bytes) + 1];

	memcpy(data, sample_bytes, sizeof(sample_bytes));
	data[sizeof(sample_bytes)] = 0;
	for (size_t bytes = 0; bytes < sizeof(sample_bytes); bytes++)
		cr_expect_eq(decode(data, bytes), -EBADMSG, "%zu", bytes);
	cr_expect_eq(decode(data, sizeof(data)), -EBADMSG);
}

Test(fields, a_number_outside_its_bounds_is_refused_both_ways)
{
	struct outer record = sample;
	uint8_t data[64];
	size_t bytes;

	record.tiny = 4;
	cr_expect_eq(fields_encode(&outer_table, &record, data, sizeof(data), &bytes), -EINVAL);
	record.tiny = 0;
	cr_expect_eq(fields_encode(&outer_table, &record, data, sizeof(data), &bytes), -EINVAL);
	memcpy(data, sample_bytes, sizeof(sample_bytes));
	data[0] = 4;
	cr_expect_eq(decode(data, sizeof(sample_bytes)), -EBADMSG);
}

Test(fields, a_bool_is_0_or_1)
{
	uint8_t data[sizeof(sample_bytes)];

	memcpy(data, sample_bytes, sizeof(data));
	data[1] = 2;
	cr_assert_eq(decode(data, sizeof(data)), -EBADMSG);
}

Test(fields, text_without_an_end_cannot_be_written)
{
	struct outer record = sample;
	uint8_t data[64];
	size_t bytes;

	memcpy(record.inner.word, "long", 4);
	cr_assert_eq(fields_encode(&outer_table, &record, data, sizeof(data), &bytes), -EINVAL);
}

Test(fields, text_with_a_nul_or_without_room_for_one_is_refused)
{
	uint8_t data[sizeof(sample_bytes) + 2];

	memcpy(data, sample_bytes, sizeof(sample_bytes));
	data[22] = 0;
	cr_expect_eq(decode(data, sizeof(sample_bytes)), -EBADMSG);
	memcpy(data + 19, "\4\0abcd", 6);
	cr_expect_eq(decode(data, 25), -EBADMSG);
}

Test(fields, what_the_table_calls_invalid_is_refused_both_ways)
{
	struct outer record = sample;
	uint8_t data[64];
	size_t bytes;

	record.inner.code = 13;
	cr_expect_eq(fields_encode(&outer_table, &record, data, sizeof(data), &bytes), -EINVAL);
	memcpy(data, sample_bytes, sizeof(sample_bytes));
	data[17] = 13;
	data[18] = 0;
	cr_expect_eq(decode(data, sizeof(sample_bytes)), -EBADMSG);
}
