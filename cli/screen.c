/* SPDX-License-Identifier: Apache-2.0 */
/* screen.c -- see screen.h. */
#define _GNU_SOURCE 1

#include "screen.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_DEFAULT 80
#define ROWS_DEFAULT	24
#define UP_AND_ERASE	"\033[A\r\033[K" /* ECMA-48: cursor up, start of line, erase to its end */

void screen_init(struct screen *screen, bool json)
{
	progress_init(&screen->progress, isatty(STDOUT_FILENO) == 1);
	screen->json = json;
	screen->drawn = 0;
}

static struct winsize size_of_terminal(void)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0)
		return (struct winsize){.ws_col = COLUMNS_DEFAULT, .ws_row = ROWS_DEFAULT};
	return size;
}

void screen_clear(struct screen *screen)
{
	for (; screen->drawn > 0; screen->drawn--)
		(void)fputs(UP_AND_ERASE, stdout);
	(void)fflush(stdout);
}

/* Of more transfers than rows the first are shown. */
static void draw(struct screen *screen)
{
	const struct winsize size = size_of_terminal();
	const bool terminal = screen->progress.terminal;
	const uint32_t rows = size.ws_row > 1 ? size.ws_row - 1u : 1u;
	char text[PROGRESS_TEXT_BYTES];

	for (uint32_t i = 0; i < screen->progress.count; i++) {
		if (terminal && i >= rows)
			break;
		progress_print(&screen->progress.lines[i],
			       terminal ? size.ws_col : PROGRESS_TEXT_BYTES - 1, text);
		(void)puts(text);
		screen->drawn += terminal ? 1 : 0;
	}
	(void)fflush(stdout);
}

void screen_take(struct screen *screen, const struct hft_event *event, uint64_t now_ms)
{
	char text[PROGRESS_TEXT_BYTES];

	if (screen->json) {
		(void)puts(event->json);
		(void)fflush(stdout);
		return;
	}
	progress_take(&screen->progress, event, now_ms, text);
	if (text[0] == '\0')
		return;
	screen_clear(screen);
	(void)puts(text);
	(void)fflush(stdout);
	if (screen->progress.terminal) {
		draw(screen);
		progress_drawn(&screen->progress, now_ms);
	}
}

void screen_take_quietly(struct screen *screen, const struct hft_event *event, uint64_t now_ms)
{
	char text[PROGRESS_TEXT_BYTES];

	if (screen->json)
		screen_take(screen, event, now_ms);
	else
		progress_take(&screen->progress, event, now_ms, text);
}

void screen_tick(struct screen *screen, uint64_t now_ms)
{
	if (screen->json || !progress_is_due(&screen->progress, now_ms))
		return;
	screen_clear(screen);
	draw(screen);
	progress_drawn(&screen->progress, now_ms);
}

int screen_wait_ms(const struct screen *screen, uint64_t now_ms)
{
	const uint64_t next_ms = screen->progress.next_ms;

	if (screen->json || next_ms == PROGRESS_NEVER)
		return -1;
	return next_ms <= now_ms ? 0 : (int)(next_ms - now_ms);
}
