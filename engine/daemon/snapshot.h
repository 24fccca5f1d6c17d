/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h -- what runs at this moment, for `hft status`: asked of each mover in turn.
 *
 * Control owns the snapshot, sends it from mover to mover as an order, and gets it back as a
 * report. Bounded: of more sessions than fit only the number is told. */
#ifndef HFT_DAEMON_SNAPSHOT_H
#define HFT_DAEMON_SNAPSHOT_H

#include <stdint.h>

#include "daemon/mover.h"
#include "daemon/send_task.h"

struct session_line {
	struct id transfer;	   /* transfer id */
	bool sending;		   /* else receiving */
	bool over;		   /* has its outcome and only waits for its ends to close */
	uint32_t attempt;	   /* from 1 */
	char host[HFT_HOST_BYTES]; /* the other host */
	char name[HFT_NAME_BYTES]; /* final name, or wanted name */
	struct transfer_progress progress;
};

struct engine_snapshot {
	struct engine *engine;
	void *owner;					/* the asker's own */
	void (*done)(struct engine_snapshot *snapshot); /* on control's thread */
	struct mover_order order;
	struct mover_report report;
	uint32_t next_mover;				  /* who is asked next */
	struct session_line line[HFT_SNAPSHOT_LINES_MAX]; /* one for each session */
	uint32_t line_count;				  /* lines in use */
	uint32_t session_count;	     /* also those for which there was no line */
	uint32_t slots;		     /* chunk buffers of all movers */
	uint32_t slots_in_use;	     /* of these are lent */
	uint64_t source_bytes_read;  /* from sources, to send */
	uint64_t recheck_bytes_read; /* read again to prove a prefix */
	uint64_t commits;	     /* of the movers */
};

/* Asks all movers; done() follows. `snapshot` stays the caller's. */
void snapshot_take(struct engine *engine, struct engine_snapshot *snapshot, void *owner,
		   void (*done)(struct engine_snapshot *snapshot));

/* ORDER_SNAPSHOT, on a mover's thread. */
void snapshot_fill(struct mover *mover, struct engine_snapshot *snapshot);
/* REPORT_SNAPSHOT, on control's thread. */
void snapshot_filled(struct engine_snapshot *snapshot);

#endif
