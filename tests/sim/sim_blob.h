/* SPDX-License-Identifier: Apache-2.0 */
/* sim_blob.h -- the content of a file that a simulated transfer moves.
 *
 * What it is: bytes that differ from place to place, without the cost of making them anew for
 * each seed. What it is not: a file. Its one idea: all contents are windows into one table of
 * random bytes, made once; only an edited content is a copy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/ranges.h"
#include "io/backend_sim.h"

#define BLOB_BYTES_MAX (UINT64_C(3) << 20)

struct blob {
	const uint8_t *data; /* never NULL, also for 0 bytes */
	uint64_t bytes;
	uint8_t *owned; /* to be freed; NULL = a window */
};

/* The table that windows look into. The caller frees it. */
uint8_t *blob_table_new(void);

/* A window of so many bytes (at most BLOB_BYTES_MAX); another number gives other bytes. */
struct blob blob_window(const uint8_t *table, uint64_t number, uint64_t bytes);
/* A copy with `count` bytes from `offset` on inverted. */
struct blob blob_edited(const struct blob *blob, uint64_t offset, uint64_t count);
/* A copy of its first bytes; what is missing behind them comes from `more`. */
struct blob blob_resized(const struct blob *blob, const struct blob *more, uint64_t bytes);
void blob_free(struct blob *blob);

/* Whether the file is exactly `first`, then `second` (either may be NULL = nothing). A file
 * that is not there is not equal to anything. */
bool blob_is_file(struct sim_host *host, const char *path, const struct blob *first,
		  const struct blob *second);
/* Whether the file has, `skip` bytes further on, what the blob has at `place`. */
bool blob_is_at(struct sim_host *host, const char *path, uint64_t skip, const struct blob *blob,
		struct range place);
