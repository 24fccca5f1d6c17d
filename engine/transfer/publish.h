/* SPDX-License-Identifier: Apache-2.0 */
/* publish.h -- the order in which a verified part file becomes the target, and what undoes it.
 *
 * Each way is a table of steps and records, so that the order can be read in one place and a crash
 * placed between any two rows. Half a file never has its final name: a rename only follows the
 * sync of what is renamed, and an append first journals the length it can be cut back to. */
#pragma once

#include <stdint.h>

#include "transfer/step.h"

enum publish_way {
	PUBLISH_REPLACE,   /* new content in one step */
	PUBLISH_NEW,	   /* the same, never replacing */
	PUBLISH_APPEND,	   /* behind what is there */
	RECOVER_REPLACE,   /* the journal says VERIFIED: finish it */
	RECOVER_NEW,	   /* the same, never replacing */
	RECOVER_APPEND,	   /* the journal says APPENDING: cut back and copy again */
	RECOVER_PUBLISHED, /* the journal says PUBLISHED: only the part file is left */
	UNDO_APPEND,	   /* the journal says APPENDING, but something else is wanted now */
	CUT_BACK,	   /* an append failed half way: target is open and locked */
	CLEAN_UP,	   /* failed: the part file goes */
	RECOVER_CLEAN_UP,  /* the journal says CLEANING: finish it */
	PUBLISH_WAYS,	   /* how many; not a way */
};

enum publish_act {
	PUBLISH_STEP,	   /* take `step` */
	PUBLISH_VERIFIED,  /* record stage VERIFIED with the whole coverage */
	PUBLISH_APPENDING, /* record stage APPENDING with the base length */
	PUBLISH_PUBLISHED, /* record stage PUBLISHED: the target is whole and durable */
	PUBLISH_CLEANING,  /* record stage CLEANING */
	PUBLISH_FINAL,	   /* the final record */
	PUBLISH_OVER,	   /* nothing is left */
};

struct publish_row {
	enum publish_act act;	/* what to do */
	enum receive_step step; /* PUBLISH_STEP: which */
	int tolerated;		/* an error of it that is no failure; 0 = none */
};

struct publish {
	enum publish_way way;
	uint32_t next; /* row to do, or being done */
};

/* Goes to the first row of that way. */
void publish_begin(struct publish *publish, enum publish_way way);

/* The present row; PUBLISH_OVER behind the last one. */
const struct publish_row *publish_row(const struct publish *publish);

/* The present row is done. */
void publish_advance(struct publish *publish);
