/* SPDX-License-Identifier: Apache-2.0 */
/* sim_tally.h -- what the seeds have been through, counted.
 *
 * A seed that passes proves nothing about a fault that never hit. The table at the end of a run
 * says how often each thing happened, and a rule is only recorded as checked when it did. */
#pragma once

#include <stdint.h>
#include <stdio.h>

/* X(NAME, what it says at the end) */
#define TALLY_THINGS(X)                                                            \
	X(TRANSFERS, "transfers asked for")                                        \
	X(COMPLETED, "told 0-0, identical")                                        \
	X(FAILED, "told a named failure")                                          \
	X(RESENDS, "resends from the Resend Queue")                                \
	X(CALM_RESENDS, "last resends without faults")                             \
	X(WAITS, "auto-waits entered")                                             \
	X(RESUMES, "attempts that continued from a checkpoint")                    \
	X(REJOINS, "connections repaired inside an attempt")                       \
	X(SENDER_DEATHS, "deaths of the sender")                                   \
	X(RECEIVER_DEATHS, "deaths of the receiver")                               \
	X(JOURNAL_DEATHS, "deaths in the middle of a journal call")                \
	X(STOPS, "engines told to end and started again")                          \
	X(POWER_CUTS, "deaths that took unsynced data along")                      \
	X(PROMISES, "durable promises held against the disk after a death")        \
	X(KEPT_DONE, "files still whole after power was cut behind their 0-0")     \
	X(CUTS, "partitions")                                                      \
	X(FREEZES, "programs stopped for a while")                                 \
	X(SOURCE_CHANGES, "sources changed")                                       \
	X(PART_DAMAGES, "part files damaged")                                      \
	X(DISK_FULL, "disks filled up")                                            \
	X(JOURNAL_FAILS, "journal commits failed")                                 \
	X(CANCELS, "requests cancelled")                                           \
	X(STREAMS, "streams sent")                                                 \
	X(APPENDS, "files appended")                                               \
	X(REPEATS, "finished transfers answered with their stored result")         \
	X(SKIPPED_KIB, "KiB durable before an attempt and not read again to send") \
	X(TARGET_LOOKS, "looks at a file under its final name")

enum tally_thing {
#define TALLY_NAME(name, text) TALLY_##name,
	TALLY_THINGS(TALLY_NAME)
#undef TALLY_NAME
		TALLY_COUNT,
};

struct tally {
	uint64_t count[TALLY_COUNT]; /* by enum tally_thing */
};

void tally_add(struct tally *tally, const struct tally *more);
void tally_print(const struct tally *tally, FILE *file);
/* Records the rules (support/rule.h) that what happened has checked. */
void tally_record_rules(const struct tally *tally);
