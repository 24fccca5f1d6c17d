/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c -- see walk.h. Each field is the same three lines: take the value from the struct or
 * from the bytes, check it, put it where it was not. Bounds of buffers are the business
 * of base/bytes. */
#include "wire/walk.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <hft/limits.h>

static_assert(HFT_RANGES_MAX <= UINT16_MAX, "ranges are counted in 16 bits");
static_assert(HFT_TAIL_DIGESTS_MAX <= UINT16_MAX, "digests are counted in 16 bits");
static_assert(sizeof(struct digest) == 16, "a digest is 16 bytes on the wire");
static_assert(sizeof(struct id) == 16, "an id is 16 bytes on the wire");

void walk_begin_writing(struct walk *walk, void *buffer, size_t bytes)
{
	assert(walk);

	*walk = (struct walk){.writes = true};
	bytes_writer_init(&walk->writer, buffer, bytes);
}

void walk_begin_reading(struct walk *walk, const void *buffer, size_t bytes)
{
	assert(walk);

	*walk = (struct walk){.writes = false};
	bytes_reader_init(&walk->reader, buffer, bytes);
}

void walk_require(struct walk *walk, bool holds)
{
	if (!holds)
		walk->invalid = true;
}

int walk_end(const struct walk *walk)
{
	assert(walk);

	if (!walk->writes)
		return !walk->invalid && bytes_reader_done(&walk->reader) ? 0 : -EBADMSG;
	if (walk->invalid)
		return -EINVAL;
	return walk->writer.failed ? -ENOBUFS : 0;
}

void walk_u64(struct walk *walk, uint64_t *value, uint64_t minimum, uint64_t maximum)
{
	uint64_t number = walk->writes ? *value : bytes_read_u64(&walk->reader);

	walk_require(walk, number >= minimum && number <= maximum);
	if (walk->writes)
		bytes_write_u64(&walk->writer, number);
	else if (!walk->invalid && !walk->reader.failed)
		*value = number;
}

void walk_u32(struct walk *walk, uint32_t *value, uint32_t minimum, uint32_t maximum)
{
	uint32_t number = walk->writes ? *value : bytes_read_u32(&walk->reader);

	walk_require(walk, number >= minimum && number <= maximum);
	if (walk->writes)
		bytes_write_u32(&walk->writer, number);
	else if (!walk->invalid && !walk->reader.failed)
		*value = number;
}

void walk_u16(struct walk *walk, uint16_t *value, uint16_t minimum, uint16_t maximum)
{
	uint16_t number = walk->writes ? *value : bytes_read_u16(&walk->reader);

	walk_require(walk, number >= minimum && number <= maximum);
	if (walk->writes)
		bytes_write_u16(&walk->writer, number);
	else if (!walk->invalid && !walk->reader.failed)
		*value = number;
}

void walk_u8(struct walk *walk, uint8_t *value, uint8_t minimum, uint8_t maximum)
{
	uint8_t number = walk->writes ? *value : bytes_read_u8(&walk->reader);

	walk_require(walk, number >= minimum && number <= maximum);
	if (walk->writes)
		bytes_write_u8(&walk->writer, number);
	else if (!walk->invalid && !walk->reader.failed)
		*value = number;
}

void walk_bool(struct walk *walk, bool *value)
{
	uint8_t number = *value ? 1 : 0;

	walk_u8(walk, &number, 0, 1);
	if (!walk->writes)
		*value = number == 1;
}

void walk_bytes(struct walk *walk, void *data, size_t bytes)
{
	if (walk->writes)
		bytes_write_block(&walk->writer, data, bytes);
	else
		bytes_read_block(&walk->reader, data, bytes);
}

void walk_zeros(struct walk *walk, size_t bytes)
{
	uint8_t zero = 0;

	for (size_t i = 0; i < bytes; i++)
		walk_u8(walk, &zero, 0, 0);
}

void walk_text(struct walk *walk, char *text, size_t text_bytes, size_t minimum)
{
	assert(text_bytes > 0 && text_bytes - 1 <= UINT16_MAX);

	if (!walk->writes)
		bytes_read_text(&walk->reader, text, text_bytes);
	walk_require(walk, strnlen(text, text_bytes) >= minimum);
	walk_require(walk, strnlen(text, text_bytes) < text_bytes);
	if (walk->writes && !walk->invalid)
		bytes_write_text(&walk->writer, text);
}

void walk_id(struct walk *walk, struct id *id)
{
	walk_bytes(walk, id, sizeof(*id));
}

void walk_digest(struct walk *walk, struct digest *digest)
{
	walk_bytes(walk, digest, sizeof(*digest));
}

void walk_digests(struct walk *walk, uint16_t *count, struct digest *list)
{
	walk_u16(walk, count, 0, HFT_TAIL_DIGESTS_MAX);
	for (size_t i = 0; i < *count && !walk->invalid; i++)
		walk_digest(walk, &list[i]);
}

void walk_ranges(struct walk *walk, struct ranges *ranges)
{
	uint16_t count = (uint16_t)min_u32(ranges->count, UINT16_MAX);
	uint64_t smallest = 0;

	walk_u16(walk, &count, 0, HFT_RANGES_MAX);
	for (size_t i = 0; i < count && !walk->invalid; i++) {
		struct range *range = &ranges->list[i];

		walk_u64(walk, &range->start, smallest, HFT_CHUNKS_MAX - 1);
		walk_u64(walk, &range->end, range->start + 1, HFT_CHUNKS_MAX);
		smallest = range->end + 1;
	}
	if (!walk->writes)
		ranges->count = count;
}

void walk_outcome(struct walk *walk, struct outcome *outcome)
{
	walk_u16(walk, &outcome->status, 0, UINT16_MAX);
	walk_u16(walk, &outcome->detail, 0, UINT16_MAX);
	walk_text(walk, outcome->sentence, sizeof(outcome->sentence), 0);
}

void walk_identity(struct walk *walk, struct source_identity *identity)
{
	walk_u32(walk, &identity->type, SOURCE_FILE, SOURCE_STREAM);
	walk_u64(walk, &identity->device, 0, UINT64_MAX);
	walk_u64(walk, &identity->inode, 0, UINT64_MAX);
	walk_u64(walk, &identity->bytes, 0, UINT64_MAX);
	walk_u64(walk, &identity->mtime_ns, 0, UINT64_MAX);
	walk_u64(walk, &identity->ctime_ns, 0, UINT64_MAX);
}
