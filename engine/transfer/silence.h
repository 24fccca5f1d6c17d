/* SPDX-License-Identifier: Apache-2.0 */
/* silence.h -- how long nothing was heard from the peer, and what that means.
 *
 * Two clocks over the same silence. The fair one (dead_after) does not count time in
 * which our own timer came late: a suspended or overloaded machine must not blame its peer
 * (LOCAL_FAULT, D-130). The hard one (bound) counts everything (D-128). It also
 * says when our own alive frame is due. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum silence_state {
	SILENCE_FINE,
	SILENCE_DEAD,	  /* dead_after without a sign, own ticks in time (D-129) */
	SILENCE_TOO_LONG, /* socket_timeout without a sign, whatever the reason (D-128) */
};

struct silence {
	uint64_t dead_after_ns; /* setting */
	uint64_t alive_ns;	/* pause between our own alive frames */
	uint64_t bound_ns;	/* setting: socket_timeout */
	uint64_t heard_ns;	/* last sign of the peer */
	uint64_t late_ns;	/* time since then that our own timer lost; not counted */
	uint64_t said_ns;	/* when we said something last */
};

/* Counts as heard and said just now. */
void silence_init(struct silence *silence, uint64_t dead_after_ns, uint64_t bound_ns,
		  uint64_t now_ns);

/* Anything arrived from the peer. */
void silence_heard(struct silence *silence, uint64_t now_ns);

/* We sent something on the control connection. */
void silence_said(struct silence *silence, uint64_t now_ns);

/* A tick came that was wanted at wanted_ns. Returns how late it was if that is a
 * LOCAL_FAULT, else 0: other deadlines are to be moved by as much. */
uint64_t silence_tick(struct silence *silence, uint64_t wanted_ns, uint64_t now_ns);

enum silence_state silence_check(const struct silence *silence, uint64_t now_ns);

/* True when it is time for an alive frame. */
bool silence_alive_due(const struct silence *silence, uint64_t now_ns);

/* When to look again: an alive frame or a verdict is due. */
uint64_t silence_deadline_ns(const struct silence *silence);

/* Milliseconds since the last sign. */
uint64_t silence_ms(const struct silence *silence, uint64_t now_ns);
