/* SPDX-License-Identifier: Apache-2.0 */
/* screen.h -- progress on standard output: JSON, plain lines, or a terminal.
 *
 * Does what progress.h says is due; knows how to take drawn lines away again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/hft.h>

#include "client/progress.h"

struct screen {
	struct progress progress; /* what is shown */
	bool json;		  /* events as they come, nothing else */
	uint32_t drawn;		  /* lines on the terminal to take away before the next */
};

/* Finds out whether standard output is a terminal. */
void screen_init(struct screen *screen, bool json);

/* Shows an event of a transfer, at once or when it is due. */
void screen_take(struct screen *screen, const struct hft_event *event, uint64_t now_ms);

/* The same without a line that stays: for a result that is told elsewhere. */
void screen_take_quietly(struct screen *screen, const struct hft_event *event, uint64_t now_ms);

/* Draws what is due. */
void screen_tick(struct screen *screen, uint64_t now_ms);

/* Milliseconds until something is due; -1 = nothing is. */
int screen_wait_ms(const struct screen *screen, uint64_t now_ms);

/* Takes drawn lines away, before something else is printed or at the end. */
void screen_clear(struct screen *screen);
