/* SPDX-License-Identifier: Apache-2.0 */
/* sim_content.c -- see sim_content.h.
 *
 * Old bytes are copied per chunk, on its first unsafe write; a chunk that was never written
 * needs no copy, because a hole is zeros. So appending, the usual case, copies once. */
#include "io/sim_content.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool sector_is_in(const struct sim_sectors *set, uint32_t sector)
{
	return set->bits[sector / 64] >> (sector % 64) & 1;
}

static void sector_add(struct sim_sectors *set, uint32_t sector)
{
	set->bits[sector / 64] |= 1ull << (sector % 64);
}

static void sector_drop(struct sim_sectors *set, uint32_t sector)
{
	set->bits[sector / 64] &= ~(1ull << (sector % 64));
}

static bool sectors_are_none(const struct sim_sectors *set)
{
	return (set->bits[0] | set->bits[1]) == 0;
}

static uint64_t sectors_bytes(const struct sim_sectors *set)
{
	return (uint64_t)(__builtin_popcountll(set->bits[0]) + __builtin_popcountll(set->bits[1])) *
	       SIM_SECTOR_BYTES;
}

static_assert(SIM_CHUNK_SECTORS == 128, "the functions above know two words");

static struct sim_sectors unsafe_sectors(const struct sim_chunk *chunk)
{
	struct sim_sectors unsafe;
	uint32_t i;

	for (i = 0; i < 2; i++)
		unsafe.bits[i] = chunk->fresh.bits[i] | chunk->syncing.bits[i] |
				 chunk->abandoned.bits[i];
	return unsafe;
}

static bool chunk_is_safe(const struct sim_chunk *chunk)
{
	struct sim_sectors unsafe = unsafe_sectors(chunk);

	return sectors_are_none(&unsafe);
}

/* Where the chunk is in the list, or where it would go. */
static uint32_t chunk_place(const struct sim_content *content, uint64_t index)
{
	uint32_t low = 0;
	uint32_t high = content->chunk_count;

	/* Files grow at their end: look there first. */
	if (high > 0 && content->chunks[high - 1]->index < index)
		return high;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (content->chunks[middle]->index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct sim_chunk *chunk_find(const struct sim_content *content, uint64_t index)
{
	uint32_t place = chunk_place(content, index);

	if (place == content->chunk_count || content->chunks[place]->index != index)
		return NULL;
	return content->chunks[place];
}

static struct sim_chunk *chunk_get(struct sim_content *content, uint64_t index)
{
	uint32_t place = chunk_place(content, index);
	struct sim_chunk *chunk;

	if (place < content->chunk_count && content->chunks[place]->index == index)
		return content->chunks[place];
	content->chunks = sim_grow(content->chunks, content->chunk_count, &content->chunk_capacity,
				   sizeof(struct sim_chunk *));
	memmove(&content->chunks[place + 1], &content->chunks[place],
		(content->chunk_count - place) * sizeof(struct sim_chunk *));
	chunk = sim_allocate(sizeof(*chunk));
	chunk->index = index;
	chunk->data = sim_allocate(SIM_CHUNK_BYTES);
	content->chunks[place] = chunk;
	content->chunk_count++;
	return chunk;
}

static void chunk_free(struct sim_chunk *chunk)
{
	free(chunk->data);
	free(chunk->durable);
	free(chunk);
}

void sim_content_done(struct sim_content *content, struct sim_space *space)
{
	uint32_t i;

	for (i = 0; i < content->chunk_count; i++) {
		space->used_bytes -= sectors_bytes(&content->chunks[i]->used);
		chunk_free(content->chunks[i]);
	}
	free(content->chunks);
	*content = (struct sim_content){0};
}

uint64_t sim_content_read(const struct sim_content *content, uint64_t offset, void *data,
			  uint64_t bytes)
{
	uint8_t *to = data;
	uint64_t done = 0;

	if (offset >= content->bytes)
		return 0;
	if (bytes > content->bytes - offset)
		bytes = content->bytes - offset;
	while (done < bytes) {
		const struct sim_chunk *chunk = chunk_find(content,
							   (offset + done) / SIM_CHUNK_BYTES);
		uint64_t start = (offset + done) % SIM_CHUNK_BYTES;
		uint64_t part = SIM_CHUNK_BYTES - start;

		if (part > bytes - done)
			part = bytes - done;
		if (chunk)
			memcpy(to + done, chunk->data + start, part);
		else
			memset(to + done, 0, part);
		done += part;
	}
	return bytes;
}

/* Keeps the old bytes of a chunk that is about to become unsafe. */
static void chunk_keep_old(struct sim_chunk *chunk)
{
	if (!chunk_is_safe(chunk) || sectors_are_none(&chunk->used))
		return;
	assert(!chunk->durable);
	chunk->durable = sim_allocate(SIM_CHUNK_BYTES);
	memcpy(chunk->durable, chunk->data, SIM_CHUNK_BYTES);
}

/* How many sectors of [start, end) the chunk would have to take from the disk's space. */
static uint64_t sectors_wanted(const struct sim_chunk *chunk, uint32_t first, uint32_t last)
{
	uint64_t count = 0;
	uint32_t i;

	for (i = first; i <= last; i++)
		count += !sector_is_in(&chunk->used, i);
	return count;
}

/* Writes into one chunk; `data` NULL writes zeros. Returns how much there was space for. */
static uint64_t chunk_write(struct sim_chunk *chunk, struct sim_space *space, uint64_t start,
			    const uint8_t *data, uint64_t bytes)
{
	uint32_t first = (uint32_t)(start / SIM_SECTOR_BYTES);
	uint32_t last = (uint32_t)((start + bytes - 1) / SIM_SECTOR_BYTES);
	uint64_t room = space->capacity_bytes > space->used_bytes
				? (space->capacity_bytes - space->used_bytes) / SIM_SECTOR_BYTES
				: 0;
	uint32_t i;

	while (sectors_wanted(chunk, first, last) > room) {
		if (last == first)
			return 0;
		bytes = (uint64_t)last * SIM_SECTOR_BYTES - start;
		last--;
	}
	chunk_keep_old(chunk);
	for (i = first; i <= last; i++) {
		if (!sector_is_in(&chunk->used, i))
			space->used_bytes += SIM_SECTOR_BYTES;
		sector_add(&chunk->used, i);
		sector_add(&chunk->fresh, i);
		sector_drop(&chunk->abandoned, i);
	}
	if (data)
		memcpy(chunk->data + start, data, bytes);
	else
		memset(chunk->data + start, 0, bytes);
	return bytes;
}

int64_t sim_content_write(struct sim_content *content, struct sim_space *space, uint64_t offset,
			  const void *data, uint64_t bytes)
{
	const uint8_t *from = data;
	uint64_t done = 0;

	while (done < bytes) {
		struct sim_chunk *chunk = chunk_get(content, (offset + done) / SIM_CHUNK_BYTES);
		uint64_t start = (offset + done) % SIM_CHUNK_BYTES;
		uint64_t part = SIM_CHUNK_BYTES - start;
		uint64_t written;

		if (part > bytes - done)
			part = bytes - done;
		written = chunk_write(chunk, space, start, from + done, part);
		done += written;
		if (written < part)
			break;
	}
	if (done == 0 && bytes > 0)
		return -ENOSPC;
	if (offset + done > content->bytes)
		content->bytes = offset + done;
	return (int64_t)done;
}

/* Bytes behind the new end read as zeros if the file grows again. The medium may still have
 * the old ones, so the chunks stay until a sync makes the truncation safe. */
void sim_content_truncate(struct sim_content *content, struct sim_space *space, uint64_t bytes)
{
	uint32_t i = chunk_place(content, bytes / SIM_CHUNK_BYTES);
	struct sim_space no_limit = {.used_bytes = 0, .capacity_bytes = UINT64_MAX};

	for (; bytes < content->bytes && i < content->chunk_count; i++) {
		struct sim_chunk *chunk = content->chunks[i];
		uint64_t from = chunk->index * SIM_CHUNK_BYTES;
		uint64_t start = bytes > from ? bytes - from : 0;
		uint32_t sector;

		for (sector = (uint32_t)(start / SIM_SECTOR_BYTES); sector < SIM_CHUNK_SECTORS;
		     sector++) {
			uint64_t at = (uint64_t)sector * SIM_SECTOR_BYTES;

			if (!sector_is_in(&chunk->used, sector))
				continue;
			if (at < start) {
				(void)chunk_write(chunk, &no_limit, start, NULL,
						  at + SIM_SECTOR_BYTES - start);
				continue;
			}
			(void)chunk_write(chunk, &no_limit, at, NULL, SIM_SECTOR_BYTES);
			sector_drop(&chunk->used, sector);
			space->used_bytes -= SIM_SECTOR_BYTES;
		}
	}
	content->bytes = bytes;
}

/* ---- Sync and crash ---- */

void sim_content_sync_begin(struct sim_content *content)
{
	uint32_t i;

	for (i = 0; i < content->chunk_count; i++) {
		struct sim_chunk *chunk = content->chunks[i];

		chunk->syncing.bits[0] |= chunk->fresh.bits[0];
		chunk->syncing.bits[1] |= chunk->fresh.bits[1];
		chunk->fresh = (struct sim_sectors){0};
	}
}

/* What was being synced is safe now. A sector written again meanwhile stays fresh, and
 * may fall back to what the medium got: its bytes of now, which a disk may well have taken. */
static void chunk_sync_end(struct sim_chunk *chunk)
{
	uint32_t i;

	if (sectors_are_none(&chunk->syncing))
		return;
	if (sectors_are_none(&chunk->fresh) && sectors_are_none(&chunk->abandoned)) {
		chunk->syncing = (struct sim_sectors){0};
		free(chunk->durable);
		chunk->durable = NULL;
		return;
	}
	if (!chunk->durable)
		chunk->durable = sim_allocate(SIM_CHUNK_BYTES);
	for (i = 0; i < SIM_CHUNK_SECTORS; i++) {
		if (sector_is_in(&chunk->syncing, i))
			memcpy(chunk->durable + i * SIM_SECTOR_BYTES,
			       chunk->data + i * SIM_SECTOR_BYTES, SIM_SECTOR_BYTES);
	}
	chunk->syncing = (struct sim_sectors){0};
}

void sim_content_sync_end(struct sim_content *content)
{
	uint32_t i;

	for (i = 0; i < content->chunk_count; i++)
		chunk_sync_end(content->chunks[i]);
	content->durable_bytes = content->bytes;
}

void sim_content_sync_fail(struct sim_content *content)
{
	uint32_t i;

	for (i = 0; i < content->chunk_count; i++) {
		struct sim_chunk *chunk = content->chunks[i];

		chunk->abandoned.bits[0] |= chunk->syncing.bits[0];
		chunk->abandoned.bits[1] |= chunk->syncing.bits[1];
		chunk->syncing = (struct sim_sectors){0};
	}
}

void sim_content_settle(struct sim_content *content)
{
	uint32_t i;

	for (i = 0; i < content->chunk_count; i++) {
		struct sim_chunk *chunk = content->chunks[i];

		chunk->fresh = (struct sim_sectors){0};
		chunk->syncing = (struct sim_sectors){0};
		chunk->abandoned = (struct sim_sectors){0};
		free(chunk->durable);
		chunk->durable = NULL;
	}
	content->durable_bytes = content->bytes;
}

enum fate { FATE_KEPT, FATE_LOST, FATE_TORN, FATE_COUNT };

/* Unsafe sectors from `lost_from` (in the chunk) on are lost in any case. */
static void chunk_crash(struct sim_chunk *chunk, struct sim_world *world, uint64_t lost_from)
{
	struct sim_sectors unsafe = unsafe_sectors(chunk);
	enum fate fate = (enum fate)sim_draw(world, FATE_COUNT);
	uint32_t i;

	for (i = 0; i < SIM_CHUNK_SECTORS; i++) {
		uint64_t at = (uint64_t)i * SIM_SECTOR_BYTES;
		bool lost = fate == FATE_LOST || (fate == FATE_TORN && sim_draw(world, 2) == 0);

		if (!sector_is_in(&unsafe, i) || !(lost || at >= lost_from))
			continue;
		if (chunk->durable)
			memcpy(chunk->data + at, chunk->durable + at, SIM_SECTOR_BYTES);
		else
			memset(chunk->data + at, 0, SIM_SECTOR_BYTES);
	}
}

/* A cut that took effect may share its last sector with bytes that were lost or kept. */
static void clear_behind_end(struct sim_content *content)
{
	struct sim_chunk *chunk = chunk_find(content, content->bytes / SIM_CHUNK_BYTES);
	uint64_t start = content->bytes % SIM_CHUNK_BYTES;
	uint32_t i;

	if (chunk)
		memset(chunk->data + start, 0, SIM_CHUNK_BYTES - start);
	for (i = chunk_place(content, content->bytes / SIM_CHUNK_BYTES + 1);
	     i < content->chunk_count; i++)
		memset(content->chunks[i]->data, 0, SIM_CHUNK_BYTES);
}

/* The length is metadata: it is the new one or the old one. Where a truncation is lost, the
 * bytes behind it are as they were, because they were never touched. */
void sim_content_crash(struct sim_content *content, struct sim_world *world)
{
	uint64_t lost_from = UINT64_MAX;
	uint32_t i;

	if (content->bytes != content->durable_bytes && sim_draw(world, 2) == 0) {
		if (content->durable_bytes > content->bytes)
			lost_from = content->bytes / SIM_SECTOR_BYTES * SIM_SECTOR_BYTES;
		content->bytes = content->durable_bytes;
	}
	for (i = 0; i < content->chunk_count; i++) {
		struct sim_chunk *chunk = content->chunks[i];
		uint64_t start = chunk->index * SIM_CHUNK_BYTES;

		if (!chunk_is_safe(chunk))
			chunk_crash(chunk, world, lost_from > start ? lost_from - start : 0);
	}
	clear_behind_end(content);
	sim_content_settle(content);
}

void sim_content_corrupt(struct sim_content *content, uint64_t offset)
{
	struct sim_chunk *chunk;
	uint64_t at = offset % SIM_CHUNK_BYTES;

	assert(offset < content->bytes);
	chunk = chunk_find(content, offset / SIM_CHUNK_BYTES);
	assert(chunk); /* a hole has no bits on the medium */
	chunk->data[at] ^= 1;
	if (chunk->durable)
		chunk->durable[at] ^= 1;
}
