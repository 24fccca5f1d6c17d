/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c -- see bytes.h.
 *
 * Numbers are put together from single bytes: compilers make one load of it, and there is no
 * alignment and no byte order of the machine to think of. */
#include "base/bytes.h"

#include <string.h>

uint16_t bytes_get_u16le(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

uint32_t bytes_get_u32le(const uint8_t *at)
{
	return (uint32_t)bytes_get_u16le(at) | (uint32_t)bytes_get_u16le(at + 2) << 16;
}

uint64_t bytes_get_u64le(const uint8_t *at)
{
	return (uint64_t)bytes_get_u32le(at) | (uint64_t)bytes_get_u32le(at + 4) << 32;
}

void bytes_put_u16le(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

void bytes_put_u32le(uint8_t *at, uint32_t value)
{
	bytes_put_u16le(at, (uint16_t)value);
	bytes_put_u16le(at + 2, (uint16_t)(value >> 16));
}

void bytes_put_u64le(uint8_t *at, uint64_t value)
{
	bytes_put_u32le(at, (uint32_t)value);
	bytes_put_u32le(at + 4, (uint32_t)(value >> 32));
}

void bytes_reader_init(struct bytes_reader *reader, const void *data, size_t count)
{
	assert(reader);
	assert(data || count == 0);

	/* Instead of NULL, to which nothing may be added, any address: it is never read. */
	reader->at = data ? data : (const uint8_t *)reader;
	reader->end = reader->at + count;
	reader->failed = false;
}

/* Takes `count` bytes off the front; NULL, and the reader has failed, when they are not there. */
static const uint8_t *reader_take(struct bytes_reader *reader, size_t count)
{
	const uint8_t *at = reader->at;

	assert(reader->at <= reader->end);

	if (reader->failed || (size_t)(reader->end - at) < count) {
		reader->failed = true;
		return NULL;
	}
	reader->at += count;
	return at;
}

uint8_t bytes_read_u8(struct bytes_reader *reader)
{
	const uint8_t *at = reader_take(reader, 1);

	return at ? *at : 0;
}

uint16_t bytes_read_u16(struct bytes_reader *reader)
{
	const uint8_t *at = reader_take(reader, 2);

	return at ? bytes_get_u16le(at) : 0;
}

uint32_t bytes_read_u32(struct bytes_reader *reader)
{
	const uint8_t *at = reader_take(reader, 4);

	return at ? bytes_get_u32le(at) : 0;
}

uint64_t bytes_read_u64(struct bytes_reader *reader)
{
	const uint8_t *at = reader_take(reader, 8);

	return at ? bytes_get_u64le(at) : 0;
}

void bytes_read_block(struct bytes_reader *reader, void *target, size_t count)
{
	const uint8_t *at = reader_take(reader, count);

	assert(target || count == 0);

	if (count == 0)
		return;
	if (at)
		memcpy(target, at, count);
	else
		memset(target, 0, count);
}

void bytes_read_text(struct bytes_reader *reader, char *target, size_t capacity)
{
	uint16_t count = bytes_read_u16(reader);
	const uint8_t *at = reader_take(reader, count);

	assert(target);
	assert(capacity > 0);

	target[0] = '\0';
	if (!at)
		return;
	if (count >= capacity || memchr(at, '\0', count)) {
		reader->failed = true;
		return;
	}
	memcpy(target, at, count);
	target[count] = '\0';
}

void bytes_read_skip(struct bytes_reader *reader, size_t count)
{
	(void)reader_take(reader, count);
}

size_t bytes_reader_left(const struct bytes_reader *reader)
{
	return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}

bool bytes_reader_done(const struct bytes_reader *reader)
{
	return !reader->failed && reader->at == reader->end;
}

void bytes_writer_init(struct bytes_writer *writer, void *buffer, size_t capacity)
{
	assert(writer);
	assert(buffer || capacity == 0);

	/* Instead of NULL, to which nothing may be added, any address: it is never written. */
	writer->start = buffer ? buffer : (uint8_t *)writer;
	writer->at = writer->start;
	writer->end = writer->start + capacity;
	writer->failed = false;
}

/* Makes room for `count` bytes; NULL, and the writer has failed, when there is none. */
static uint8_t *writer_take(struct bytes_writer *writer, size_t count)
{
	uint8_t *at = writer->at;

	assert(writer->at <= writer->end);

	if (writer->failed || (size_t)(writer->end - at) < count) {
		writer->failed = true;
		return NULL;
	}
	writer->at += count;
	return at;
}

void bytes_write_u8(struct bytes_writer *writer, uint8_t value)
{
	uint8_t *at = writer_take(writer, 1);

	if (at)
		*at = value;
}

void bytes_write_u16(struct bytes_writer *writer, uint16_t value)
{
	uint8_t *at = writer_take(writer, 2);

	if (at)
		bytes_put_u16le(at, value);
}

void bytes_write_u32(struct bytes_writer *writer, uint32_t value)
{
	uint8_t *at = writer_take(writer, 4);

	if (at)
		bytes_put_u32le(at, value);
}

void bytes_write_u64(struct bytes_writer *writer, uint64_t value)
{
	uint8_t *at = writer_take(writer, 8);

	if (at)
		bytes_put_u64le(at, value);
}

void bytes_write_block(struct bytes_writer *writer, const void *data, size_t count)
{
	uint8_t *at = writer_take(writer, count);

	assert(data || count == 0);

	if (at && count > 0)
		memcpy(at, data, count);
}

void bytes_write_text(struct bytes_writer *writer, const char *text)
{
	size_t count;

	assert(text);

	count = strlen(text);
	if (count > UINT16_MAX) {
		writer->failed = true;
		return;
	}
	bytes_write_u16(writer, (uint16_t)count);
	bytes_write_block(writer, text, count);
}

size_t bytes_writer_count(const struct bytes_writer *writer)
{
	return writer->failed ? 0 : (size_t)(writer->at - writer->start);
}
