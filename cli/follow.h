/* SPDX-License-Identifier: Apache-2.0 */
/* follow.h -- staying with transfers until they end: progress, Ctrl-C, a lost engine, --wait.
 *
 * Ctrl-C (or SIGTERM) asks the engine to cancel, as users of scp expect, and stays for its answer;
 * the second one leaves. Where there is nothing of ours to cancel, the first one leaves. When the
 * engine dies, what is in its queue goes on once it is back: for 60 s the socket is tried again,
 * and each transfer is watched further or found in the log. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"

struct follow_options {
	bool detach;	 /* print ids; the request ends by itself */
	bool may_cancel; /* Ctrl-C cancels what was queued by this request */
	uint32_t wait_s; /* 0 = no limit */
	const char *id;	 /* transfer that is watched; NULL = those the request queues */
	bool forever;	 /* watches all: ends by Ctrl-C only */
};

/* From here on Ctrl-C and SIGTERM wait for follow_run(). To be called before a request is sent, and
 * after what shall still be interrupted, such as opening a FIFO. */
void follow_hold_signals(void);

/* Takes over the handle, whose request was started, and returns an exit code when all have ended.
 */
int follow_run(const struct cli *cli, struct hft *handle, const struct follow_options *options);
