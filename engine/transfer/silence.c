/* SPDX-License-Identifier: Apache-2.0 */
/* silence.c -- see silence.h. */
#include "transfer/silence.h"

#include <hft/limits.h>

#include "base/compiler.h"

void silence_init(struct silence *silence, uint64_t dead_after_ns, uint64_t bound_ns,
		  uint64_t now_ns)
{
	*silence = (struct silence){
		.dead_after_ns = dead_after_ns,
		/* Whoever wants to be told so soon is told often enough, as the peer, by the same
		 * configuration, tells us. */
		.alive_ns = min_u64(HFT_ALIVE_NS, dead_after_ns / 4),
		.bound_ns = bound_ns,
		.heard_ns = now_ns,
		.said_ns = now_ns,
	};
}

void silence_heard(struct silence *silence, uint64_t now_ns)
{
	silence->heard_ns = max_u64(silence->heard_ns, now_ns);
	silence->late_ns = 0;
}

void silence_said(struct silence *silence, uint64_t now_ns)
{
	silence->said_ns = now_ns;
}

uint64_t silence_tick(struct silence *silence, uint64_t wanted_ns, uint64_t now_ns)
{
	uint64_t late_ns = 0;

	if (wanted_ns == UINT64_MAX || now_ns <= wanted_ns || now_ns - wanted_ns < HFT_LATE_NS)
		return 0;
	late_ns = now_ns - max_u64(wanted_ns, silence->heard_ns);
	silence->late_ns += late_ns;
	return late_ns;
}

enum silence_state silence_check(const struct silence *silence, uint64_t now_ns)
{
	if (now_ns >= silence->heard_ns + silence->bound_ns)
		return SILENCE_TOO_LONG;
	if (now_ns >= silence->heard_ns + silence->late_ns + silence->dead_after_ns)
		return SILENCE_DEAD;
	return SILENCE_FINE;
}

bool silence_alive_due(const struct silence *silence, uint64_t now_ns)
{
	return now_ns >= silence->said_ns + silence->alive_ns;
}

uint64_t silence_deadline_ns(const struct silence *silence)
{
	uint64_t dead_ns = silence->heard_ns + silence->late_ns + silence->dead_after_ns;

	return min_u64(min_u64(dead_ns, silence->heard_ns + silence->bound_ns),
		       silence->said_ns + silence->alive_ns);
}

uint64_t silence_ms(const struct silence *silence, uint64_t now_ns)
{
	return now_ns > silence->heard_ns ? (now_ns - silence->heard_ns) / 1000000 : 0;
}
