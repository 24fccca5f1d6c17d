/* SPDX-License-Identifier: Apache-2.0 */
/* sim_tally.c -- counting; see sim_tally.h. */
#include "sim/sim_tally.h"

#include <inttypes.h>

#include "support/rule.h"

void tally_add(struct tally *tally, const struct tally *more)
{
	for (int i = 0; i < TALLY_COUNT; i++)
		tally->count[i] += more->count[i];
}

void tally_print(const struct tally *tally, FILE *file)
{
	static const char *const texts[] = {
#define TALLY_TEXT(name, text) text,
		TALLY_THINGS(TALLY_TEXT)
#undef TALLY_TEXT
	};

	for (int i = 0; i < TALLY_COUNT; i++)
		(void)fprintf(file, "%12" PRIu64 "  %s\n", tally->count[i], texts[i]);
}

/* Every seed that ran was held against these. */
static void tally_record_always(void)
{
	HFT_RULE(D_26);	 /* one log record per attempt */
	HFT_RULE(D_30);	 /* 0 bytes are legal */
	HFT_RULE(D_38);	 /* half a file is never visible under its final name */
	HFT_RULE(D_229); /* record and queue change are one commit, neither lost nor doubled */
	HFT_RULE(D_236); /* 0-0 only when complete, verified, durable, in place */
}

void tally_record_rules(const struct tally *tally)
{
	const uint64_t *count = tally->count;

	if (count[TALLY_COMPLETED] > 0)
		tally_record_always();
	if (count[TALLY_PROMISES] > 0)
		HFT_RULE(D_36);
	if (count[TALLY_REPEATS] > 0)
		HFT_RULE(D_42);
	if (count[TALLY_APPENDS] > 0)
		HFT_RULE(D_45);
	if (count[TALLY_RESENDS] > 0) {
		HFT_RULE(D_56);
		HFT_RULE(D_57);
		HFT_RULE(D_66);
	}
	if (count[TALLY_SENDER_DEATHS] > 0) {
		HFT_RULE(D_64);
		HFT_RULE(D_126);
	}
	if (count[TALLY_RESUMES] > 0) {
		HFT_RULE(D_84);
		HFT_RULE(D_87);
		HFT_RULE(D_127);
	}
	if (count[TALLY_SKIPPED_KIB] > 0)
		HFT_RULE(D_88);
	if (count[TALLY_RECEIVER_DEATHS] > 0)
		HFT_RULE(D_94);
	if (count[TALLY_SOURCE_CHANGES] > 0)
		HFT_RULE(D_235);
	if (count[TALLY_REJOINS] > 0)
		HFT_RULE(D_300);
}
