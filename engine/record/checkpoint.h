/* SPDX-License-Identifier: Apache-2.0 */
/* checkpoint.h -- what makes an interrupted transfer continue.
 *
 * The receiver's checkpoint says what is durable in which part file and how far its
 * publishing has come; the sender's says what the receiver has reported durable. Chunk
 * digests are not in it: they are appended beside it (journal.h, JOURNAL_ADD_DIGESTS),
 * so that a checkpoint of 1 TiB is not larger than one of 1 MiB. */
#ifndef HFT_RECORD_CHECKPOINT_H
#define HFT_RECORD_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/id.h"
#include "base/ranges.h"
#include "record/identity.h"

enum checkpoint_role {
	CHECKPOINT_SENDER = 1,
	CHECKPOINT_RECEIVER = 2,
	CHECKPOINT_ROLES, /* one more than the last; not a role */
};

/* How far the transfer has come here. A receiver goes down the list; what was begun
 * when it crashed is finished, or undone, by what the stage says. */
enum checkpoint_stage {
	CHECKPOINT_SENDING = 1, /* sender: chunks are on their way */
	CHECKPOINT_RECEIVING,	/* chunks go into the part file */
	CHECKPOINT_VERIFIED,	/* complete, publishing begun: final_name is decided */
	CHECKPOINT_APPENDING,	/* append: target is being extended from append_base_bytes on */
	CHECKPOINT_PUBLISHED,	/* under its final name; result not yet reported */
	CHECKPOINT_CLEANING,	/* failed: part file and target are put in the agreed state */
	CHECKPOINT_STAGES,	/* one more than the last; not a stage */
};

/* What publishing does to the target. */
enum target_mode {
	TARGET_NEW = 1, /* creates, never replaces */
	TARGET_REPLACE, /* exchanged in one step */
	TARGET_APPEND,	/* added to the end */
	TARGET_MODES,	/* one more than the last; not a mode */
};

/* What is left behind by a failed receive. */
enum target_on_failure {
	ON_FAILURE_KEEP = 1, /* the part file is kept, for a resume */
	ON_FAILURE_DELETE,   /* the part file is removed */
	ON_FAILURE_RESTORE,  /* removed, and the earlier content of the target put back */
	ON_FAILURE_CHOICES,  /* one more than the last; not a choice */
};

struct checkpoint {
	struct id transfer;	       /* transfer id */
	uint8_t role;		       /* enum checkpoint_role */
	uint8_t stage;		       /* enum checkpoint_stage */
	uint8_t mode;		       /* enum target_mode; 0 at the sender */
	uint8_t on_failure;	       /* enum target_on_failure; 0 at the sender */
	bool repaired;		       /* chunks were dropped and sent again after a re-check */
	bool total_known;	       /* total_bytes is final (false: a stream goes on) */
	uint32_t attempt;	       /* attempt that wrote it, from 1 */
	uint32_t session_epoch;	       /* session that may write the part file */
	uint32_t chunk_bytes;	       /* bytes of a chunk; the last one may be shorter */
	uint32_t permissions;	       /* receiver: mode bits of the final file; 0 = default */
	uint64_t owner_epoch;	       /* journal owner that wrote it (fencing) */
	uint64_t total_bytes;	       /* size of the file; see total_known */
	uint64_t prefix_chunks;	       /* chunks 0..n-1 are in chain */
	uint64_t append_base_bytes;    /* APPENDING: length of the target before */
	uint64_t started_wall_ns;      /* first attempt */
	uint64_t changed_wall_ns;      /* last write of this row, for partial_keep */
	struct digest chain;	       /* file digest chain over the first prefix_chunks digests */
	struct source_identity source; /* of the sender's file */
	struct ranges coverage;	       /* durable chunks, as chunk indexes */
	char peer[HFT_HOST_BYTES];     /* the other host */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = ad hoc */
	char folder[HFT_PATH_BYTES];	 /* receiver: absolute allowed folder; "" at the sender */
	char final_name[HFT_NAME_BYTES]; /* receiver: target beneath folder; "" = not decided */
	char part_name[HFT_NAME_BYTES];	 /* receiver: part file beneath folder; "" = none */
};

#endif
