/* SPDX-License-Identifier: Apache-2.0 */
/* completed_row.h -- a transfer id that is done, and what its result was.
 *
 * Kept for complete_keep days, so that a resend of a transfer whose result was lost on
 * the way gets the stored result: no bytes, no second publish, no second job. It never
 * answers for another source identity. */
#ifndef HFT_RECORD_COMPLETED_ROW_H
#define HFT_RECORD_COMPLETED_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/id.h"
#include "record/identity.h"
#include "record/outcome.h"

struct completed_row {
	struct id transfer;		 /* transfer id */
	uint8_t mode;			 /* enum target_mode it was published with */
	uint32_t generation;		 /* generation number; 0 = none */
	uint64_t completed_wall_ns;	 /* when it was published */
	uint64_t bytes;			 /* size of what was published */
	uint64_t append_base_bytes;	 /* append: where its piece starts; else 0 */
	struct digest digest;		 /* file digest */
	struct source_identity source;	 /* identity it answers for */
	struct outcome outcome;		 /* the result given to the sender */
	char folder[HFT_PATH_BYTES];	 /* absolute allowed folder */
	char final_name[HFT_NAME_BYTES]; /* name beneath folder */
};

#endif
