/* SPDX-License-Identifier: Apache-2.0 */
/* run.h -- the engine as a process: its parts from the machine, its threads, its end.
 *
 * Control runs on the calling thread and each mover on one of its own. It ends in order: doors
 * and sockets are closed so that peers notice at once, what was under way is left to the journal
 * as a crash would leave it, and no memory is freed while the kernel may still use it. That takes
 * HFT_STOP_NS at most; what has not ended by then, ends with the process. */
#ifndef HFT_DAEMON_RUN_H
#define HFT_DAEMON_RUN_H

#include "daemon/arguments.h"

/* Runs until SIGTERM or SIGINT. Returns the exit code: 0 asked to end, 1 start failed (a line on
 * stderr says why) or a loop could not go on. */
int run_engine(const struct arguments *arguments);

#endif
