/* SPDX-License-Identifier: Apache-2.0 */
/* sim_driver.h -- runs one seed from its first request to the last look at what is left.
 *
 * What it is: the loop of turns and steps, and the bounds within which a seed must come to its
 * end. What it is not: where things are decided: see sim_run.h for who does what. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sim/sim_run.h"

struct driver_settings {
	uint64_t seed;
	const char *family;	/* NULL = the seed chooses */
	const char *break_name; /* NULL = nothing is broken on purpose */
	const uint8_t *table;	/* blob_table_new() */
	int log_fd;		/* -1 = silent */
};

struct driver_result {
	bool has_failed;
	bool break_was_done;
	uint64_t trace; /* digest of all that happened */
	uint64_t events;
	const char *family;
	struct tally tally;
	char failure[RUN_FAILURE_BYTES];
};

/* Runs it. What dead programs held is not given back before the process ends. */
void driver_run(const struct driver_settings *settings, struct driver_result *ret_result);
