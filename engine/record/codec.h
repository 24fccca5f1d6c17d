/* SPDX-License-Identifier: Apache-2.0 */
/* codec.h -- journal rows as bytes, and back.
 *
 * The layout of each record is a table of fields in rows.c; one encoder and one decoder
 * walk the table, so the two can never disagree. Integers are little endian, text is a
 * 16-bit length and bytes without NUL.
 *
 *   offset 0  u8   kind of row (enum row_kind)
 *          1  u8   version of this kind
 *          2  ...  the fields, in the order of the table
 *
 * A row is valid if and only if kind and version are ours, every field is inside its
 * bounds (table), text holds no NUL, and nothing follows the last field. The decoder is
 * fed from disk: it believes nothing and changes nothing before it has checked all. */
#ifndef HFT_RECORD_CODEC_H
#define HFT_RECORD_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "record/checkpoint.h"
#include "record/completed_row.h"
#include "record/log_row.h"
#include "record/queue_row.h"

/* Numbers on disk: never reused. */
enum row_kind {
	ROW_QUEUE = 1,
	ROW_RESEND = 2,
	ROW_CHECKPOINT = 3,
	ROW_LOG = 4,
	ROW_COMPLETED = 5,
	ROW_KINDS, /* one more than the last; not a kind */
};

/* Each encoder writes the row into the capacity bytes at buffer and says how many it
 * used. Returns -ENOBUFS if it does not fit (HFT_ROW_BYTES_MAX always suffices) and
 * -EINVAL if a field is outside its bounds or text has no NUL. */
HFT_MUST_USE int queue_row_encode(const struct queue_row *row, void *buffer, size_t capacity,
				  size_t *ret_bytes);
HFT_MUST_USE int resend_row_encode(const struct resend_row *row, void *buffer, size_t capacity,
				   size_t *ret_bytes);
HFT_MUST_USE int checkpoint_encode(const struct checkpoint *row, void *buffer, size_t capacity,
				   size_t *ret_bytes);
HFT_MUST_USE int log_row_encode(const struct log_row *row, void *buffer, size_t capacity,
				size_t *ret_bytes);
HFT_MUST_USE int completed_row_encode(const struct completed_row *row, void *buffer,
				      size_t capacity, size_t *ret_bytes);

/* Each decoder reads exactly bytes at data. Returns -EPROTONOSUPPORT for a version that
 * is not known, -EBADMSG for anything else that is wrong; *ret_row is untouched then. */
HFT_MUST_USE int queue_row_decode(const void *data, size_t bytes, struct queue_row *ret_row);
HFT_MUST_USE int resend_row_decode(const void *data, size_t bytes, struct resend_row *ret_row);
HFT_MUST_USE int checkpoint_decode(const void *data, size_t bytes, struct checkpoint *ret_row);
HFT_MUST_USE int log_row_decode(const void *data, size_t bytes, struct log_row *ret_row);
HFT_MUST_USE int completed_row_decode(const void *data, size_t bytes,
				      struct completed_row *ret_row);

#endif
