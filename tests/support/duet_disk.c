/* SPDX-License-Identifier: Apache-2.0 */
/* duet_disk.c -- the receiver's disk in the world of duet.h, and what must hold on it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/duet_disk.h"

static bool is_zero(const struct digest *digest)
{
	static const struct digest zero;

	return digest_equal(digest, &zero);
}

static const struct digest rotten = {.bytes = {0xbb, 0xbb}};

/* Is this chunk n of the source as it is, or as it was? */
bool duet_is_source(const struct world *w, uint64_t chunk, const struct digest *digest)
{
	struct world *mutable = (struct world *)(uintptr_t)w;
	uint32_t version = w->version;
	bool found = false;

	for (uint32_t i = 1; i <= version && !found; i++) {
		struct digest wanted;

		mutable->version = i;
		wanted = duet_source_digest(w, chunk);
		found = digest_equal(&wanted, digest);
	}
	mutable->version = version;
	return found;
}

void duet_check_coverage(const struct world *w, const struct ranges *coverage, int part)
{
	for (uint32_t i = 0; i < coverage->count; i++) {
		for (uint64_t chunk = coverage->list[i].start; chunk < coverage->list[i].end;
		     chunk++) {
			const struct digest *digest = NULL;

			if (part < 0 || chunk >= duet_chunk_count(w))
				duet_fail(w, "coverage claims a chunk that cannot be");
			digest = &w->part[part].synced[chunk];
			if (!duet_is_source(w, chunk, digest) && !digest_equal(digest, &rotten))
				duet_fail(w, "coverage claims what is not on stable storage");
		}
	}
}

/* The whole file, on stable storage, of one version of the source. */
static bool is_whole(const struct world *w, int part)
{
	struct world *mutable = (struct world *)(uintptr_t)w;
	uint32_t version = w->version;
	bool whole = false;

	for (uint32_t v = 1; v <= version && !whole; v++) {
		whole = w->part[part].synced_bytes == w->options.bytes;
		mutable->version = v;
		for (uint64_t i = 0; i < duet_chunk_count(w) && whole; i++) {
			struct digest wanted = duet_source_digest(w, i);

			whole = digest_equal(&wanted, &w->part[part].synced[i]);
		}
	}
	mutable->version = version;
	return whole;
}

static uint64_t target_bytes(const struct world *w)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < w->piece_count; i++)
		bytes += w->piece[i].bytes;
	return bytes;
}

/* -- what a step does ------------------------------------------------------- */

static int disk_rename(struct world *w, bool never_replace)
{
	const struct duet_journal *journal = &w->receiver_journal;

	if (w->part_name < 0)
		return -ENOENT;
	if (never_replace && w->target_name != -1)
		return -EEXIST;
	if (!journal->has_checkpoint || journal->checkpoint.stage != CHECKPOINT_VERIFIED)
		duet_fail(w, "published before that was journaled");
	if (!is_whole(w, w->part_name))
		duet_fail(w, "published what is not whole on stable storage");
	w->target_name = w->part_name;
	w->part_name = -1;
	w->publishes++;
	return 0;
}

static int disk_open_part(struct world *w, uint64_t *ret_bytes)
{
	if (w->part_name < 0) {
		if (w->part_count == DUET_PARTS)
			duet_fail(w, "too many part files");
		w->part_name = (int)w->part_count++;
	}
	w->session_part = w->part_name;
	*ret_bytes = w->part[w->session_part].bytes;
	return 0;
}

static int disk_sync(struct world *w, const struct duet_item *item)
{
	const struct duet_file *snapshot = item->owned;
	struct duet_file *file = &w->part[item->count];

	if (duet_fault(w, w->options.sync_error_permille))
		return -EIO;
	for (uint32_t i = 0; i < DUET_CHUNKS; i++) {
		if (!is_zero(&snapshot->live[i]))
			file->synced[i] = snapshot->live[i];
	}
	file->synced_bytes = snapshot->bytes;
	return 0;
}

static int disk_cut_target(struct world *w)
{
	uint64_t base = receiver_append_base(w->receiver);

	while (w->piece_count > 0 &&
	       (target_bytes(w) > base || w->piece[w->piece_count - 1].bytes == 0))
		w->piece_count--;
	if (target_bytes(w) != base)
		duet_fail(w, "a target is cut back into what was there before");
	return 0;
}

/* The copy was half done since the step began; now it is whole. */
static int disk_copy(struct world *w, uint64_t *ret_bytes)
{
	const struct duet_file *file = &w->part[w->session_part];
	const struct duet_journal *journal = &w->receiver_journal;
	struct chain chain;

	if (duet_fault(w, w->options.no_space_permille))
		return -ENOSPC;
	if (!journal->has_checkpoint || journal->checkpoint.stage != CHECKPOINT_APPENDING)
		duet_fail(w, "appended before the base was journaled");
	if (!is_whole(w, w->session_part))
		duet_fail(w, "appended what is not whole on stable storage");
	chain_init(&chain);
	for (uint64_t i = 0; i < duet_chunk_count(w); i++)
		chain_add(&chain, &file->live[i]);
	w->piece[w->piece_count - 1].bytes = file->bytes;
	w->piece[w->piece_count - 1].digest = chain.value;
	*ret_bytes = file->bytes;
	w->publishes++;
	return 0;
}

void duet_disk_begin(struct world *w, enum receive_step step, struct duet_item *item)
{
	item->count = w->session_part >= 0 ? (uint32_t)w->session_part : 0;
	if (step == STEP_SYNC_DATA || step == STEP_SYNC_PART) {
		if (w->session_part < 0)
			duet_fail(w, "a sync without a part file");
		item->owned = malloc(sizeof(struct duet_file));
		memcpy(item->owned, &w->part[w->session_part], sizeof(struct duet_file));
	}
	if (step == STEP_COPY_TO_TARGET) {
		if (w->piece_count == DUET_PIECES)
			duet_fail(w, "too many pieces");
		w->piece[w->piece_count++] = (struct duet_piece){.bytes = w->options.bytes / 2};
	}
}

int duet_disk_step(struct world *w, enum receive_step step, struct duet_item *item,
		   uint64_t *ret_bytes)
{
	switch (step) {
	case STEP_CHECK_TARGET:
		return w->target_name == -1 ? -ENOENT : 0;
	case STEP_OPEN_PART:
		return disk_open_part(w, ret_bytes);
	case STEP_REMOVE_PART:
		w->part_name = -1;
		w->session_part = -1;
		return 0;
	case STEP_SYNC_DATA:
	case STEP_SYNC_PART:
		return disk_sync(w, item);
	case STEP_TRUNCATE_PART:
		w->part[item->count].bytes = receiver_total_bytes(w->receiver);
		return 0;
	case STEP_RENAME:
		return disk_rename(w, false);
	case STEP_RENAME_NEW:
		return disk_rename(w, true);
	case STEP_SYNC_FOLDER:
		w->part_name_synced = w->part_name;
		w->target_name_synced = w->target_name;
		return 0;
	case STEP_STAT_TARGET:
		*ret_bytes = target_bytes(w);
		return 0;
	case STEP_TRUNCATE_TARGET:
		return disk_cut_target(w);
	case STEP_COPY_TO_TARGET:
		return disk_copy(w, ret_bytes);
	case STEP_SYNC_TARGET:
		memcpy(w->piece_synced, w->piece, sizeof(w->piece));
		w->piece_synced_count = w->piece_count;
		return 0;
	default:
		return 0;
	}
}

/* -- crashes ---------------------------------------------------------------- */

/* Each write that was not synced is there, or not, or something else is. */
static void power_cut_file(struct world *w, struct duet_file *file)
{
	for (uint32_t i = 0; i < DUET_CHUNKS; i++) {
		if (digest_equal(&file->live[i], &file->synced[i]))
			continue;
		switch (random_below(&w->random, 3)) {
		case 0:
			file->synced[i] = file->live[i];
			break;
		case 1:
			memset(&file->synced[i], 0xcc, sizeof(file->synced[i]));
			break;
		default:
			break;
		}
		file->live[i] = file->synced[i];
	}
	if (random_chance(&w->random, 1, 2))
		file->bytes = max_u64(file->synced_bytes, 0);
	file->synced_bytes = file->bytes;
}

/* Damages one of the last chunks that the journal calls durable. */
static void rot(struct world *w)
{
	const struct duet_journal *journal = &w->receiver_journal;
	const struct ranges *coverage = &journal->checkpoint.coverage;
	uint64_t chunk = 0;

	if (!journal->has_checkpoint || journal->checkpoint.stage != CHECKPOINT_RECEIVING ||
	    coverage->count == 0 || w->options.resume_check == 0 || w->part_name < 0 ||
	    !duet_fault(w, w->options.rot_permille))
		return;
	chunk = ranges_end(coverage) - 1;
	w->part[w->part_name].live[chunk] = rotten;
	w->part[w->part_name].synced[chunk] = rotten;
	w->has_rotten = true;
}

void duet_disk_crash(struct world *w)
{
	if (random_chance(&w->random, 1, 2)) { /* not only the process: the power */
		for (uint32_t i = 0; i < w->part_count; i++)
			power_cut_file(w, &w->part[i]);
		if (random_chance(&w->random, 1, 2)) {
			w->part_name = w->part_name_synced;
			w->target_name = w->target_name_synced;
		}
		if (random_chance(&w->random, 1, 2)) {
			memcpy(w->piece, w->piece_synced, sizeof(w->piece));
			w->piece_count = w->piece_synced_count;
		}
	}
	rot(w);
	w->session_part = -1;
}

void duet_check_published(const struct world *w)
{
	struct digest wanted = duet_file_digest(w);
	uint32_t count = 0;

	if (w->options.mode != TARGET_APPEND) {
		if (w->target_name < 0 || w->target_name_synced != w->target_name)
			duet_fail(w, "done, but the target is not durable under its name");
		if (!is_whole(w, w->target_name))
			duet_fail(w, "done, but the target is not the source");
		return;
	}
	for (uint32_t i = 0; i < w->piece_count; i++) {
		count += digest_equal(&w->piece[i].digest, &wanted) ? 1 : 0;
		if (i >= w->piece_synced_count || is_zero(&w->piece[i].digest))
			duet_fail(w, "done, but a piece of the target is half or not durable");
	}
	if (count != 1 && !w->options.source_changes)
		duet_fail(w, "done, but not appended exactly once");
}
