/* SPDX-License-Identifier: Apache-2.0 */
/* sim_content.h -- the bytes of one simulated file, in the cache and on the medium.
 *
 * What it is: sparse content in chunks of 64 KiB that remembers which sectors a crash may
 * take back. What it is not: it knows no names, no descriptors and no time.
 * Its one idea: a sector is safe, or fresh (written since the last sync began), or being
 * synced, or abandoned (a sync failed on it: Linux marks such pages clean, so no later
 * sync saves them). What is not safe has its old bytes kept beside the new ones. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/sim_world.h"

#define SIM_CHUNK_BYTES	  65536u
#define SIM_CHUNK_SECTORS (SIM_CHUNK_BYTES / SIM_SECTOR_BYTES)

/* One bit per sector of a chunk. */
struct sim_sectors {
	uint64_t bits[SIM_CHUNK_SECTORS / 64]; /* sector n is bit n % 64 of word n / 64 */
};

struct sim_chunk {
	uint64_t index;		 /* offset / SIM_CHUNK_BYTES */
	uint8_t *data;		 /* as a reader sees it */
	uint8_t *durable;	 /* as the medium has it; NULL = zeros, or same as data when safe */
	struct sim_sectors used; /* ever written: counted as space */
	struct sim_sectors fresh;     /* written since the last sync began */
	struct sim_sectors syncing;   /* covered by a sync that is not over */
	struct sim_sectors abandoned; /* a sync failed on them */
};

struct sim_content {
	uint64_t bytes;		   /* length as a reader sees it */
	uint64_t durable_bytes;	   /* length on the medium */
	struct sim_chunk **chunks; /* by index */
	uint32_t chunk_count;	   /* in chunks */
	uint32_t chunk_capacity;   /* room in chunks */
};

/* The space of one disk; contents draw from it. */
struct sim_space {
	uint64_t used_bytes;	 /* taken by all contents */
	uint64_t capacity_bytes; /* UINT64_MAX = no limit */
};

/* Frees the chunks and gives their space back; leaves an empty content. */
void sim_content_done(struct sim_content *content, struct sim_space *space);

/* Reads what is there; returns how much, 0 at and behind the end. */
uint64_t sim_content_read(const struct sim_content *content, uint64_t offset, void *data,
			  uint64_t bytes);
/* Writes as much as there is space for; returns how much, or -ENOSPC for nothing. */
int64_t sim_content_write(struct sim_content *content, struct sim_space *space, uint64_t offset,
			  const void *data, uint64_t bytes);
void sim_content_truncate(struct sim_content *content, struct sim_space *space, uint64_t bytes);

/* A sync covers what was written before it began, and no more is promised. */
void sim_content_sync_begin(struct sim_content *content);
void sim_content_sync_end(struct sim_content *content);
void sim_content_sync_fail(struct sim_content *content);
/* Everything is on the medium. */
void sim_content_settle(struct sim_content *content);

/* Power loss: each unsafe sector and the length are kept or lost. */
void sim_content_crash(struct sim_content *content, struct sim_world *world);

/* Flips one bit, in cache and on the medium. */
void sim_content_corrupt(struct sim_content *content, uint64_t offset);
