/* SPDX-License-Identifier: Apache-2.0 */
/* sim_blob.c -- contents of files; see sim_blob.h. */
#include "sim/sim_blob.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/random.h"

#define TABLE_BYTES (2 * BLOB_BYTES_MAX)
#define PIECE_BYTES 65536u /* compared at once */

static uint8_t *blob_memory(uint64_t bytes)
{
	uint8_t *memory = malloc(bytes > 0 ? bytes : 1);

	if (!memory)
		abort(); /* a test instrument: without memory it proves nothing */
	return memory;
}

uint8_t *blob_table_new(void)
{
	uint8_t *table = blob_memory(TABLE_BYTES);
	struct random random;

	random_seed(&random, 20);
	for (size_t i = 0; i < TABLE_BYTES; i += sizeof(uint64_t)) {
		uint64_t number = random_u64(&random);

		memcpy(table + i, &number, sizeof(number));
	}
	return table;
}

struct blob blob_window(const uint8_t *table, uint64_t number, uint64_t bytes)
{
	struct random random;

	assert(bytes <= BLOB_BYTES_MAX);
	random_seed(&random, number);
	return (struct blob){
		.data = table + random_below(&random, TABLE_BYTES - bytes),
		.bytes = bytes,
	};
}

struct blob blob_edited(const struct blob *blob, uint64_t offset, uint64_t count)
{
	struct blob edited = {.bytes = blob->bytes, .owned = blob_memory(blob->bytes)};

	assert(offset <= blob->bytes && count <= blob->bytes - offset);
	memcpy(edited.owned, blob->data, blob->bytes);
	for (uint64_t i = offset; i < offset + count; i++)
		edited.owned[i] = (uint8_t)~edited.owned[i];
	edited.data = edited.owned;
	return edited;
}

struct blob blob_resized(const struct blob *blob, const struct blob *more, uint64_t bytes)
{
	struct blob resized = {.bytes = bytes, .owned = blob_memory(bytes)};
	uint64_t kept = min_u64(blob->bytes, bytes);

	assert(more->bytes >= bytes - kept);
	memcpy(resized.owned, blob->data, kept);
	memcpy(resized.owned + kept, more->data, bytes - kept);
	resized.data = resized.owned;
	return resized;
}

void blob_free(struct blob *blob)
{
	free(blob->owned);
	*blob = (struct blob){0};
}

bool blob_is_at(struct sim_host *host, const char *path, uint64_t skip, const struct blob *blob,
		struct range place)
{
	uint8_t piece[PIECE_BYTES];

	assert(place.end <= blob->bytes);
	for (uint64_t at = place.start; at < place.end; at += PIECE_BYTES) {
		size_t bytes = (size_t)min_u64(PIECE_BYTES, place.end - at);

		if (sim_disk_read_file(host, path, skip + at, piece, bytes) != (int64_t)bytes)
			return false;
		if (memcmp(piece, blob->data + at, bytes) != 0)
			return false;
	}
	return true;
}

bool blob_is_file(struct sim_host *host, const char *path, const struct blob *first,
		  const struct blob *second)
{
	uint64_t first_bytes = first ? first->bytes : 0;
	uint64_t bytes = first_bytes + (second ? second->bytes : 0);

	if (sim_disk_file_bytes(host, path) != (int64_t)bytes)
		return false;
	if (first && !blob_is_at(host, path, 0, first, (struct range){0, first->bytes}))
		return false;
	return !second ||
	       blob_is_at(host, path, first_bytes, second, (struct range){0, second->bytes});
}
