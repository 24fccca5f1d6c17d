/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c -- see publish.h. */
#include "transfer/publish.h"

#include <assert.h>
#include <errno.h>

#include "base/compiler.h"

#define STEP(name)                                       \
	{                                                \
		.act = PUBLISH_STEP, .step = STEP_##name \
	}
#define STEP_OR(name, err)                                                   \
	{                                                                    \
		.act = PUBLISH_STEP, .step = STEP_##name, .tolerated = (err) \
	}
#define RECORD(name)                  \
	{                             \
		.act = PUBLISH_##name \
	}

/* D-38, D-44: sync, journal, exchange, sync of the folder, journal. */
static const struct publish_row replace_rows[] = {
	STEP(TRUNCATE_PART), STEP(SET_MODE),	STEP(SYNC_PART), RECORD(VERIFIED),
	STEP(RENAME),	     STEP(SYNC_FOLDER), RECORD(FINAL),	 RECORD(OVER),
};

static const struct publish_row new_rows[] = {
	STEP(TRUNCATE_PART), STEP(SET_MODE),	STEP(SYNC_PART), RECORD(VERIFIED),
	STEP(RENAME_NEW),    STEP(SYNC_FOLDER), RECORD(FINAL),	 RECORD(OVER),
};

/* D-45: the base is journaled before the first byte behind it is written. The part file goes
 * when the journal no longer needs it, and before the final record: nobody would look for
 * one that a loss of power brings back. */
static const struct publish_row append_rows[] = {
	STEP(TRUNCATE_PART), STEP(SYNC_PART),	STEP(OPEN_TARGET),     STEP(LOCK_TARGET),
	STEP(STAT_TARGET),   RECORD(APPENDING), STEP(TRUNCATE_TARGET), STEP(COPY_TO_TARGET),
	STEP(SYNC_TARGET),   STEP(SYNC_FOLDER), RECORD(PUBLISHED),     STEP(CLOSE_TARGET),
	STEP(REMOVE_PART),   STEP(SYNC_FOLDER), RECORD(FINAL),	       RECORD(OVER),
};

/* Only publishing takes the part file away, so when it is gone it was renamed. */
static const struct publish_row recover_replace_rows[] = {
	STEP(OPEN_FOLDER), STEP_OR(RENAME, -ENOENT), STEP(SYNC_FOLDER), RECORD(FINAL), RECORD(OVER),
};

static const struct publish_row recover_new_rows[] = {
	STEP(OPEN_FOLDER), STEP_OR(RENAME_NEW, -ENOENT), STEP(SYNC_FOLDER), RECORD(FINAL),
	RECORD(OVER),
};

static const struct publish_row recover_append_rows[] = {
	STEP(OPEN_FOLDER),     STEP(OPEN_PART),	     STEP(OPEN_TARGET), STEP(LOCK_TARGET),
	STEP(TRUNCATE_TARGET), STEP(COPY_TO_TARGET), STEP(SYNC_TARGET), STEP(SYNC_FOLDER),
	RECORD(PUBLISHED),     STEP(CLOSE_TARGET),   STEP(REMOVE_PART), STEP(SYNC_FOLDER),
	RECORD(FINAL),	       RECORD(OVER),
};

static const struct publish_row recover_published_rows[] = {
	STEP(OPEN_FOLDER), STEP(REMOVE_PART), STEP(SYNC_FOLDER), RECORD(FINAL), RECORD(OVER),
};

static const struct publish_row undo_append_rows[] = {
	STEP(OPEN_FOLDER), STEP(OPEN_TARGET),  STEP(LOCK_TARGET), STEP(TRUNCATE_TARGET),
	STEP(SYNC_TARGET), STEP(CLOSE_TARGET), RECORD(OVER),
};

static const struct publish_row cut_back_rows[] = {
	STEP(TRUNCATE_TARGET),
	STEP(SYNC_TARGET),
	STEP(CLOSE_TARGET),
	RECORD(OVER),
};

/* D-51: clean-up is journaled, so that a crash cannot leave it half done. */
static const struct publish_row clean_up_rows[] = {
	RECORD(CLEANING), STEP(REMOVE_PART), STEP(SYNC_FOLDER), RECORD(FINAL), RECORD(OVER),
};

static const struct publish_row recover_clean_up_rows[] = {
	STEP(OPEN_FOLDER), STEP(REMOVE_PART), STEP(SYNC_FOLDER), RECORD(FINAL), RECORD(OVER),
};

static const struct publish_row *const publish_ways[] = {
	[PUBLISH_REPLACE] = replace_rows,
	[PUBLISH_NEW] = new_rows,
	[PUBLISH_APPEND] = append_rows,
	[RECOVER_REPLACE] = recover_replace_rows,
	[RECOVER_NEW] = recover_new_rows,
	[RECOVER_APPEND] = recover_append_rows,
	[RECOVER_PUBLISHED] = recover_published_rows,
	[UNDO_APPEND] = undo_append_rows,
	[CUT_BACK] = cut_back_rows,
	[CLEAN_UP] = clean_up_rows,
	[RECOVER_CLEAN_UP] = recover_clean_up_rows,
};
static_assert(ARRAY_COUNT(publish_ways) == PUBLISH_WAYS, "a way has no rows");

void publish_begin(struct publish *publish, enum publish_way way)
{
	assert(way < PUBLISH_WAYS);
	publish->way = way;
	publish->next = 0;
}

const struct publish_row *publish_row(const struct publish *publish)
{
	return &publish_ways[publish->way][publish->next];
}

void publish_advance(struct publish *publish)
{
	assert(publish_row(publish)->act != PUBLISH_OVER);
	publish->next++;
}
