/* SPDX-License-Identifier: Apache-2.0 */
/* engine_process.h -- an hft-engine of a test's own: started, looked at, ended by its id.
 *
 * For plain test programs that need the real program, its descriptors and its memory. It lives in
 * a folder below /var/tmp that goes away with it, and ends when the test does, however that
 * happens. What it is not: a way to talk to it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"

struct engine_process {
	pid_t pid;	 /* 0 = does not run */
	uint16_t port;	 /* it receives on, at 127.0.0.1 */
	char folder[64]; /* its own; has `inbox` and `log` in it; "" = none */
};

/* What a test wants to know of it now. */
struct engine_usage {
	uint64_t resident_bytes; /* VmRSS */
	uint32_t fd_count;	 /* open descriptors */
};

/* True when there is a program to start: $HFT_BUILD/hft-engine. */
bool engine_process_exists(void);

/* Makes the folder, writes the configuration (`sections` behind an [engine] with `engine_keys`;
 * everything may be received into the inbox, under `receive_keys`), starts it and waits until it
 * is ready. Ends the test with a message when it does not. `struct engine_process` needs no
 * earlier init. */
void engine_process_start(struct engine_process *process, const char *engine_keys,
			  const char *sections, const char *receive_keys);

/* Asks it to end, waits, and removes its folder. Returns its exit code, or -1 when it had to be
 * killed. */
HFT_MUST_USE int engine_process_end(struct engine_process *process);

/* False, after a message, when it does not run any more. */
bool engine_process_runs(struct engine_process *process);

/* Reads what it uses from /proc. */
void engine_process_usage(const struct engine_process *process, struct engine_usage *ret_usage);

/* Lines of its log so far that have `word` in them. */
uint32_t engine_process_log_count(const struct engine_process *process, const char *word);

/* Prints the last lines of its log, for who has to find out. */
void engine_process_log_show(const struct engine_process *process);
