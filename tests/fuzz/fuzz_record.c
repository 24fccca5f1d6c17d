/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_record.c -- rows as a damaged disk would give them.
 *
 * Each input goes to every decoder. What one accepts must encode to exactly the same
 * bytes: then nothing was lost, and no two byte strings mean the same row. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

union any_row {
	struct queue_row queue;
	struct resend_row resend;
	struct checkpoint checkpoint;
	struct log_row log;
	struct completed_row completed;
};

static int decode(enum row_kind kind, const uint8_t *data, size_t size, union any_row *row)
{
	switch (kind) {
	case ROW_QUEUE:
		return queue_row_decode(data, size, &row->queue);
	case ROW_RESEND:
		return resend_row_decode(data, size, &row->resend);
	case ROW_CHECKPOINT:
		return checkpoint_decode(data, size, &row->checkpoint);
	case ROW_LOG:
		return log_row_decode(data, size, &row->log);
	default:
		return completed_row_decode(data, size, &row->completed);
	}
}

static int encode(enum row_kind kind, const union any_row *row, uint8_t *data, size_t capacity,
		  size_t *ret_bytes)
{
	switch (kind) {
	case ROW_QUEUE:
		return queue_row_encode(&row->queue, data, capacity, ret_bytes);
	case ROW_RESEND:
		return resend_row_encode(&row->resend, data, capacity, ret_bytes);
	case ROW_CHECKPOINT:
		return checkpoint_encode(&row->checkpoint, data, capacity, ret_bytes);
	case ROW_LOG:
		return log_row_encode(&row->log, data, capacity, ret_bytes);
	default:
		return completed_row_encode(&row->completed, data, capacity, ret_bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t again[HFT_ROW_BYTES_MAX];

	for (int kind = ROW_QUEUE; kind < ROW_KINDS; kind++) {
		union any_row row;
		size_t bytes = 0;

		if (decode((enum row_kind)kind, data, size, &row) < 0)
			continue;
		if (encode((enum row_kind)kind, &row, again, sizeof(again), &bytes) < 0)
			abort();
		if (bytes != size || memcmp(data, again, size) != 0)
			abort();
	}
	return 0;
}
