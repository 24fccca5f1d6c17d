/* SPDX-License-Identifier: Apache-2.0 */
/* test_sender.c -- thousands of seeds: whatever happens on the way, a transfer ends with the
 * file in place, or with a reason that the seed explains. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/duet.h"
#include "support/duet_disk.h"
#include "support/rule.h"

#define SEEDS 4000

static void play(uint64_t seed)
{
	struct duet_options options;
	struct world *w = NULL;

	duet_choose(seed, &options);
	w = duet_new(seed, &options);
	if (!duet_run(w))
		duet_fail(w, "it never ends");
	if (outcome_is_done(&w->sent))
		duet_check_published(w);
	else if (w->sent.status == HFT_SOURCE_CHANGED && options.source_changes)
		;
	else if (w->sent.status == HFT_RECEIVER_FAILED && w->sent.detail == HFT_TARGET_EXISTS &&
		 options.mode == TARGET_NEW && options.target_exists)
		;
	else {
		fprintf(stderr, "%u-%u %s\n", w->sent.status, w->sent.detail, w->sent.sentence);
		duet_fail(w, "it ended with a reason that the seed does not explain");
	}
	duet_free(w);
}

static uint64_t seed_from_environment(void)
{
	const char *text = getenv("HFT_SEED");

	return text ? strtoull(text, NULL, 10) : 0;
}

Test(sender, every_seed_ends_with_the_file_in_place_or_a_named_reason, .timeout = 300)
{
	uint64_t only = seed_from_environment();

	HFT_RULE(D_24);
	HFT_RULE(D_36);
	HFT_RULE(D_87);
	HFT_RULE(D_231);
	HFT_RULE(D_236);
	if (only > 0) {
		play(only);
		return;
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		play(seed);
}
