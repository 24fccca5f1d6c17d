/* SPDX-License-Identifier: Apache-2.0 */
/* log.c -- see log.h.
 *
 * A line is made on the stack and goes out in one write(). poll() says before whether the write
 * would wait: Linux calls a pipe writable when a page of it is free, and a line is shorter.
 * Texts in a line may come from strangers: without the escapes one of them could end the
 * line and forge the next, or talk to the terminal. */
#include "host/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/text.h"
#include "host/clock.h"

/* Both columns by enum log_level. The numbers are those of syslog(3), which the journal reads. */
static const char *const log_names[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};
static const int log_priorities[] = {
	[LOG_ERROR] = 3,
	[LOG_WARN] = 4,
	[LOG_INFO] = 6,
	[LOG_DEBUG] = 7,
};
static_assert(ARRAY_COUNT(log_names) == ARRAY_COUNT(log_priorities), "a level has no priority");

/* True when fd is the stream that systemd names in $JOURNAL_STREAM, as "device:inode". */
static bool log_is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat status;

	if (!stream || fstat(fd, &status) < 0)
		return false;
	if (text_format(ours, sizeof(ours), "%ju:%ju", (uintmax_t)status.st_dev,
			(uintmax_t)status.st_ino) < 0)
		return false;
	return strcmp(stream, ours) == 0;
}

void log_init(struct log *log, int fd, enum log_level level)
{
	assert(log);
	assert(fd >= -1);

	log->fd = fd;
	log->level = level;
	log->journal = fd >= 0 && log_is_journal(fd);
	atomic_init(&log->dropped, 0);
}

bool log_wants(const struct log *log, enum log_level level)
{
	return log && log->fd >= 0 && level <= log->level;
}

const char *log_level_name(enum log_level level)
{
	assert(level < ARRAY_COUNT(log_names));

	return log_names[level];
}

int log_level_parse(const char *text, enum log_level *ret_level)
{
	assert(text);
	assert(ret_level);

	for (size_t i = 0; i < ARRAY_COUNT(log_names); i++) {
		if (strcmp(text, log_names[i]) == 0) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A line being made; text beyond the room for it is left out and remembered. */
struct log_text {
	char bytes[HFT_LOG_LINE_BYTES]; /* the line; no NUL at its end */
	size_t count;			/* bytes in use */
	bool cut;			/* something did not fit */
};

#define LOG_TAIL "...\n"
#define LOG_ROOM (HFT_LOG_LINE_BYTES - (sizeof(LOG_TAIL) - 1)) /* for all but the end */

static void log_add(struct log_text *line, const char *piece, size_t count)
{
	if (line->cut || count > LOG_ROOM - line->count) {
		line->cut = true;
		return;
	}
	memcpy(line->bytes + line->count, piece, count);
	line->count += count;
}

/* Bytes of the character at `at`; in a text that is not UTF-8 each byte is one. */
static size_t log_character(const uint8_t *at, bool utf8)
{
	if (!utf8 || at[0] < 0xc2)
		return 1;
	if (at[0] < 0xe0)
		return 2;
	return at[0] < 0xf0 ? 3 : 4;
}

/* True for what must not go out as it is: control characters (in UTF-8 also C2 80..C2 9F), and all
 * above ASCII in a text that is not UTF-8. */
static bool log_must_escape(const uint8_t *at, bool utf8)
{
	if (at[0] < 0x80)
		return at[0] < 0x20 || at[0] == 0x7f;
	return !utf8 || (at[0] == 0xc2 && at[1] < 0xa0);
}

static void log_add_escaped(struct log_text *line, const char *text)
{
	bool utf8 = text_is_utf8(text, strlen(text));
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		size_t bytes = log_character(at, utf8);
		char escape[8];

		if (log_must_escape(at, utf8)) {
			(void)snprintf(escape, sizeof(escape), "\\x%02x", at[bytes - 1]);
			log_add(line, escape, 4);
		} else {
			log_add(line, (const char *)at, bytes);
		}
		at += bytes;
	}
}

/* The part before the event: priority or time, and the level. The journal has a time of its own. */
static void log_add_head(struct log_text *line, const struct log *log, enum log_level level)
{
	char head[64];
	char day[32];
	uint64_t now_ns = clock_wall_ns();
	time_t seconds = (time_t)(now_ns / 1000000000u);
	struct tm parts;
	int count;

	if (log->journal) {
		count = snprintf(head, sizeof(head), "<%d>level=%s event=", log_priorities[level],
				 log_names[level]);
	} else {
		(void)gmtime_r(&seconds, &parts);
		(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &parts);
		count = snprintf(head, sizeof(head), "time=%s.%03uZ level=%s event=", day,
				 (unsigned int)(now_ns / 1000000u % 1000u), log_names[level]);
	}
	assert(count > 0 && (size_t)count < sizeof(head));
	log_add(line, head, (size_t)count);
}

/* Writes the line if nobody has to wait for it, else counts it. */
static void log_write(struct log *log, const struct log_text *line)
{
	struct pollfd ready = {.fd = log->fd, .events = POLLOUT};
	bool gone = poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0 &&
		    write(log->fd, line->bytes, line->count) == (ssize_t)line->count;

	if (!gone || line->cut)
		atomic_fetch_add_explicit(&log->dropped, 1, memory_order_relaxed);
}

void log_line(struct log *log, enum log_level level, const char *event, const char *format, ...)
{
	struct log_text line = {.count = 0};
	char values[HFT_LOG_LINE_BYTES];
	va_list arguments;
	int kept = errno;
	int count;

	assert(event && format);
	assert(level < ARRAY_COUNT(log_names));

	if (!log_wants(log, level))
		return;

	va_start(arguments, format);
	count = vsnprintf(values, sizeof(values), format, arguments);
	va_end(arguments);
	if (count >= (int)sizeof(values))
		text_shorten_utf8(values, sizeof(values) - 2); /* may end within a character */

	log_add_head(&line, log, level);
	log_add_escaped(&line, event);
	if (count > 0) {
		log_add(&line, " ", 1);
		log_add_escaped(&line, values);
	}
	memcpy(line.bytes + line.count, line.cut ? LOG_TAIL : "\n", line.cut ? 4 : 1);
	line.count += line.cut ? 4 : 1;
	log_write(log, &line);
	errno = kept;
}
