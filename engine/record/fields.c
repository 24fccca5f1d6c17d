/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c -- one encoder and one decoder for every record that is a table of fields. */

#include "record/fields.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/ranges.h"

static const uint8_t *member_of(const struct field *field, const void *record)
{
	return (const uint8_t *)record + field->offset;
}

/* The value of a number member; its size in the struct is that of its kind. */
static uint64_t get_number(const struct field *field, const void *record)
{
	const uint8_t *member = member_of(field, record);

	switch (field->kind) {
	case FIELD_BOOL:
		return *(const bool *)(const void *)member;
	case FIELD_U8:
		return *member;
	case FIELD_U16:
		return *(const uint16_t *)(const void *)member;
	case FIELD_U32:
		return *(const uint32_t *)(const void *)member;
	default:
		assert(field->kind == FIELD_U64);
		return *(const uint64_t *)(const void *)member;
	}
}

static void set_number(const struct field *field, void *record, uint64_t value)
{
	uint8_t *member = (uint8_t *)record + field->offset;

	switch (field->kind) {
	case FIELD_BOOL:
		*(bool *)(void *)member = value != 0;
		break;
	case FIELD_U8:
		*member = (uint8_t)value;
		break;
	case FIELD_U16:
		*(uint16_t *)(void *)member = (uint16_t)value;
		break;
	case FIELD_U32:
		*(uint32_t *)(void *)member = (uint32_t)value;
		break;
	default:
		assert(field->kind == FIELD_U64);
		*(uint64_t *)(void *)member = value;
		break;
	}
}

static int write_number(struct bytes_writer *writer, const struct field *field, const void *record)
{
	uint64_t value = get_number(field, record);

	if (value < field->minimum || value > field->maximum)
		return -EINVAL;
	switch (field->kind) {
	case FIELD_BOOL:
	case FIELD_U8:
		bytes_write_u8(writer, (uint8_t)value);
		break;
	case FIELD_U16:
		bytes_write_u16(writer, (uint16_t)value);
		break;
	case FIELD_U32:
		bytes_write_u32(writer, (uint32_t)value);
		break;
	default:
		bytes_write_u64(writer, value);
		break;
	}
	return 0;
}

static int read_number(struct bytes_reader *reader, const struct field *field, void *record)
{
	uint64_t value;

	switch (field->kind) {
	case FIELD_BOOL:
	case FIELD_U8:
		value = bytes_read_u8(reader);
		break;
	case FIELD_U16:
		value = bytes_read_u16(reader);
		break;
	case FIELD_U32:
		value = bytes_read_u32(reader);
		break;
	default:
		value = bytes_read_u64(reader);
		break;
	}
	if (value < field->minimum || value > field->maximum)
		return -EBADMSG;
	set_number(field, record, value);
	return 0;
}

static int write_text(struct bytes_writer *writer, const struct field *field, const void *record)
{
	const char *text = (const char *)member_of(field, record);

	if (!memchr(text, '\0', field->bytes))
		return -EINVAL;
	bytes_write_text(writer, text);
	return 0;
}

static int write_ranges(struct bytes_writer *writer, const struct field *field, const void *record)
{
	const struct ranges *set = (const struct ranges *)(const void *)member_of(field, record);

	if (!ranges_is_valid(set))
		return -EINVAL;
	bytes_write_u32(writer, set->count);
	for (uint32_t index = 0; index < set->count; index++) {
		bytes_write_u64(writer, set->list[index].start);
		bytes_write_u64(writer, set->list[index].end);
	}
	return 0;
}

static int read_ranges(struct bytes_reader *reader, const struct field *field, void *record)
{
	struct ranges *set = (struct ranges *)(void *)((uint8_t *)record + field->offset);
	uint32_t count = bytes_read_u32(reader);

	if (count > HFT_RANGES_MAX)
		return -EBADMSG;
	for (uint32_t index = 0; index < count; index++) {
		set->list[index].start = bytes_read_u64(reader);
		set->list[index].end = bytes_read_u64(reader);
	}
	set->count = count;
	/* A reader that ran out gives zeros, which are no valid range either. */
	return ranges_is_valid(set) ? 0 : -EBADMSG;
}

static int write_table(struct bytes_writer *writer, const struct field_table *table,
		       const void *record);
static int read_table(struct bytes_reader *reader, const struct field_table *table, void *record);

static int write_field(struct bytes_writer *writer, const struct field *field, const void *record)
{
	switch (field->kind) {
	case FIELD_BYTES:
		bytes_write_block(writer, member_of(field, record), field->bytes);
		return 0;
	case FIELD_TEXT:
		return write_text(writer, field, record);
	case FIELD_RANGES:
		return write_ranges(writer, field, record);
	case FIELD_TABLE:
		return write_table(writer, field->table, member_of(field, record));
	default:
		return write_number(writer, field, record);
	}
}

static int read_field(struct bytes_reader *reader, const struct field *field, void *record)
{
	uint8_t *member = (uint8_t *)record + field->offset;

	switch (field->kind) {
	case FIELD_BYTES:
		bytes_read_block(reader, member, field->bytes);
		return 0;
	case FIELD_TEXT:
		bytes_read_text(reader, (char *)member, field->bytes);
		return 0;
	case FIELD_RANGES:
		return read_ranges(reader, field, record);
	case FIELD_TABLE:
		return read_table(reader, field->table, member);
	default:
		return read_number(reader, field, record);
	}
}

static int write_table(struct bytes_writer *writer, const struct field_table *table,
		       const void *record)
{
	if (table->is_valid && !table->is_valid(record))
		return -EINVAL;
	for (size_t index = 0; index < table->count; index++) {
		int error = write_field(writer, &table->fields[index], record);

		if (error < 0)
			return error;
	}
	return 0;
}

static int read_table(struct bytes_reader *reader, const struct field_table *table, void *record)
{
	for (size_t index = 0; index < table->count; index++) {
		int error = read_field(reader, &table->fields[index], record);

		if (error < 0)
			return error;
	}
	return !table->is_valid || table->is_valid(record) ? 0 : -EBADMSG;
}

int fields_encode(const struct field_table *table, const void *record, void *data, size_t capacity,
		  size_t *ret_bytes)
{
	struct bytes_writer writer;
	int error;

	assert(table);
	assert(record);
	assert(ret_bytes);

	bytes_writer_init(&writer, data, capacity);
	error = write_table(&writer, table, record);
	if (error < 0)
		return error;
	if (writer.failed)
		return -ENOBUFS;
	*ret_bytes = bytes_writer_count(&writer);
	return 0;
}

int fields_decode(const struct field_table *table, const void *data, size_t bytes, void *record)
{
	struct bytes_reader reader;
	int error;

	assert(table);
	assert(record);

	bytes_reader_init(&reader, data, bytes);
	error = read_table(&reader, table, record);
	if (error < 0)
		return error;
	return bytes_reader_done(&reader) ? 0 : -EBADMSG;
}
