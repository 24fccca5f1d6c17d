/* SPDX-License-Identifier: Apache-2.0 */
/* journal_memory.h -- the journal's twin for simulations, with crash points.
 *
 * Same promise, no disk, no thread, no clock: a request waits until the simulator calls
 * journal_memory_step(). What is "durable" lives in a struct journal_memory_disk, which
 * outlives the journal as a disk outlives a process: crash the engine, throw the journal
 * away, open a new one over the same disk. Rows are kept in encoded form, so the row
 * codec is part of every simulated transfer. */
#ifndef HFT_JOURNAL_JOURNAL_MEMORY_H
#define HFT_JOURNAL_JOURNAL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "journal/journal.h"

struct journal_memory_disk;

/* Where a crash happens relative to the step it hits. */
enum journal_crash_side {
	JOURNAL_CRASH_BEFORE, /* the step had no effect */
	JOURNAL_CRASH_AFTER,  /* the step took effect, its answer was never seen */
};

/* Called by journal_memory_step() in the middle of the step that crashes. The journal
 * answers nothing any more; the simulator stops the engine and frees it. */
typedef void (*journal_crash_fn)(void *arg);

/* An empty disk, or NULL without memory. */
struct journal_memory_disk *journal_memory_disk_new(void);

/* NULL is fine. Requires that no journal is open over it. */
void journal_memory_disk_free(struct journal_memory_disk *disk);

/* Opens a journal over disk, with the owner epoch raised by one. Opening over a disk
 * whose last journal was not freed is a takeover: that journal's requests get -ESTALE.
 * It is the simulator's to free both. */
HFT_MUST_USE int journal_memory_open(struct journal_memory_disk *disk,
				     const struct journal_settings *settings,
				     struct journal **ret_journal);

/* Works on the oldest waiting request and answers it: into reply_to, or by calling done()
 * if that is NULL. Returns whether there was one. One request is one step, so a crash
 * point lies between any two commits. */
bool journal_memory_step(struct journal *journal);

/* How many steps the disk has seen over all journals: to choose a crash point. */
uint64_t journal_memory_steps(const struct journal *journal);

/* The n-th step from now (1 = the next) crashes, before or after it took effect; crashed
 * is called then. n = 0 takes it back. */
void journal_memory_crash_at(struct journal *journal, uint64_t n, enum journal_crash_side side,
			     journal_crash_fn crashed, void *arg);

/* Crashes now: what waits is never worked on nor answered. For the engine that dies
 * elsewhere than in its journal. */
void journal_memory_crash(struct journal *journal);

/* The n-th commit from now (1 = the next) fails with error, a negative errno such as
 * -ENOSPC, and has no effect. n = 0 takes it back. */
void journal_memory_fail_at(struct journal *journal, uint64_t n, int error);

#endif
