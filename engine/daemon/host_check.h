/* SPDX-License-Identifier: Apache-2.0 */
/* host_check.h -- is that host there, is it itself, and how far is it? For `hft host check`.
 *
 * On mover 0: dials each address in turn, says HELLO, takes the answer, measures. One at a time per
 * client; bounded by a deadline. */
#ifndef HFT_DAEMON_HOST_CHECK_H
#define HFT_DAEMON_HOST_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/dial.h"
#include "daemon/frame_channel.h"
#include "daemon/mover.h"
#include "daemon/send_task.h"

struct host_check {
	/* Filled in by control. */
	struct engine *engine;
	const struct config_host *host;
	void *owner;
	void (*done)(struct host_check *check); /* on control's thread */
	struct mover_order order;
	struct mover_report report;
	/* The mover's own. */
	struct mover *mover;
	struct dial dial;
	struct frame_channel channel;
	struct timer deadline;
	bool ending;
	uint32_t address; /* index being tried */
	uint64_t dialed_ns;
	/* The answer. */
	int exit_code;	      /* enum hft_exit, when it is not reachable */
	bool reachable;	      /* it answered as itself */
	uint64_t rtt_ns;      /* from connect to answer, TLS included; 0 = none */
	uint64_t owner_epoch; /* it showed */
	char address_text[HFT_ADDRESS_BYTES];
	char sentence[HFT_SENTENCE_BYTES]; /* what was seen */
};

/* Asks; done() follows. `check` stays the caller's and must stay alive until then. */
void host_check_start(struct engine *engine, struct host_check *check,
		      const struct config_host *host, void *owner,
		      void (*done)(struct host_check *check));

/* ORDER_CHECK, on the mover's thread. */
void host_check_run(struct mover *mover, struct host_check *check);

#endif
