/* SPDX-License-Identifier: Apache-2.0 */
/* sample_rows.h -- records with every field set, for tests of codec and journal.
 *
 * The number makes records differ: equal numbers give equal records. */
#ifndef HFT_TESTS_SAMPLE_ROWS_H
#define HFT_TESTS_SAMPLE_ROWS_H

#include <stdint.h>

#include "base/id.h"
#include "record/checkpoint.h"
#include "record/completed_row.h"
#include "record/log_row.h"
#include "record/queue_row.h"

/* A transfer id; ascending numbers give ascending ids. */
struct id sample_id(uint32_t number);

/* A digest. */
struct digest sample_digest(uint64_t number);

/* A request that waits for its next try. */
struct queue_row sample_queue_row(uint32_t number);

/* A failed request without a list number. */
struct resend_row sample_resend_row(uint32_t number);

/* A receiver's checkpoint with a gap in its coverage. */
struct checkpoint sample_checkpoint(uint32_t number);

/* A send log record without a list number; ended `number` seconds after the epoch. */
struct log_row sample_log_row(uint32_t number);

/* A published transfer; `number` seconds after the epoch. */
struct completed_row sample_completed_row(uint32_t number);

#endif
