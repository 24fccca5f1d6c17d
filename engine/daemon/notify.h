/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h -- tells systemd that we are ready, alive, ending. Does nothing where it is not asked
 * for or not built in. */
#ifndef HFT_DAEMON_NOTIFY_H
#define HFT_DAEMON_NOTIFY_H

#include <stdint.h>

struct notify {
	uint64_t every_ns; /* between signs of life; 0 = nobody asks for them */
	uint64_t next_ns;  /* boot time of the next one; UINT64_MAX = never */
};

/* Finds out what the service manager wants. */
void notify_init(struct notify *notify, uint64_t now_ns);

/* The engine can be used. */
void notify_ready(const char *status);
/* The engine was asked to end. */
void notify_stopping(void);

/* To be called in each turn: sends a sign of life when one is due, which is twice in the time
 * the service manager allows. */
void notify_turn(struct notify *notify, uint64_t now_ns);

#endif
