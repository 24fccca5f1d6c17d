/* SPDX-License-Identifier: Apache-2.0 */
/* test_log.c -- what stands in a line, and that a line never holds up its writer. */
#define _GNU_SOURCE 1 /* pipe2() */

#include "host/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/parse.h"
#include "base/text.h"

/* A log into a pipe whose other end the test reads. */
struct recorder {
	struct log log;			    /* under test */
	int ends[2];			    /* of the pipe: read, write */
	char text[16 * HFT_LOG_LINE_BYTES]; /* what the last read_log() found */
};

static void recorder_start(struct recorder *recorder, enum log_level level)
{
	cr_assert_eq(pipe2(recorder->ends, O_CLOEXEC), 0);
	cr_assert_eq(fcntl(recorder->ends[0], F_SETFL, O_NONBLOCK), 0);
	log_init(&recorder->log, recorder->ends[1], level);
}

/* All that was written since the last call. */
static const char *read_log(struct recorder *recorder)
{
	ssize_t count = read(recorder->ends[0], recorder->text, sizeof(recorder->text) - 1);

	recorder->text[count > 0 ? count : 0] = '\0';
	return recorder->text;
}

/* The part of the line that does not change from call to call. */
static const char *behind_time(const char *line)
{
	const char *level = strstr(line, "level=");

	return level ? level : "no level";
}

Test(log, a_line_has_level_event_and_values)
{
	static struct recorder recorder;

	recorder_start(&recorder, LOG_INFO);
	log_line(&recorder.log, LOG_WARN, "peer-dead", "host=%s tries=%d", "b", 3);
	cr_assert_str_eq(behind_time(read_log(&recorder)),
			 "level=warn event=peer-dead host=b tries=3\n");
	log_line(&recorder.log, LOG_INFO, "started", "%s", "");
	cr_assert_str_eq(behind_time(read_log(&recorder)), "level=info event=started\n");
}

Test(log, a_line_begins_with_the_time_in_utc)
{
	static struct recorder recorder;
	uint64_t year, month, milliseconds;

	recorder_start(&recorder, LOG_INFO);
	log_line(&recorder.log, LOG_ERROR, "a", "b=1");
	cr_assert_eq(strspn(read_log(&recorder), "time=0123456789-T:.Z"), 29, "%s", recorder.text);
	/* time=2026-11-21T10:40:00.123Z */
	recorder.text[9] = recorder.text[12] = recorder.text[28] = '\0';
	cr_assert_eq(parse_u64_between(recorder.text + 5, 2024, 2200, &year), 0);
	cr_assert_eq(parse_u64_between(recorder.text + 10, 1, 12, &month), 0);
	cr_assert_eq(parse_u64_between(recorder.text + 25, 0, 999, &milliseconds), 0);
}

Test(log, lines_beyond_the_level_are_not_written)
{
	static struct recorder recorder;

	recorder_start(&recorder, LOG_WARN);
	log_line(&recorder.log, LOG_INFO, "a", "b=1");
	log_line(&recorder.log, LOG_DEBUG, "a", "b=1");
	cr_assert_str_eq(read_log(&recorder), "");
	cr_assert_not(log_wants(&recorder.log, LOG_INFO));
	cr_assert(log_wants(&recorder.log, LOG_WARN));
	cr_assert(log_wants(&recorder.log, LOG_ERROR));
}

Test(log, no_log_discards)
{
	struct log nowhere;

	log_line(NULL, LOG_ERROR, "a", "b=%d", 1);
	cr_assert_not(log_wants(NULL, LOG_ERROR));
	log_init(&nowhere, -1, LOG_DEBUG);
	log_line(&nowhere, LOG_ERROR, "a", "b=%d", 1);
	cr_assert_eq(nowhere.dropped, 0);
}

Test(log, a_text_from_a_stranger_can_neither_end_the_line_nor_talk_to_the_terminal)
{
	static struct recorder recorder;

	recorder_start(&recorder, LOG_INFO);
	log_line(&recorder.log, LOG_INFO, "a", "b=%s", "x\nlevel=error\r\t\x1b[2J\x7f");
	cr_assert_str_eq(behind_time(read_log(&recorder)),
			 "level=info event=a b=x\\x0alevel=error\\x0d\\x09\\x1b[2J\\x7f\n");
	log_line(&recorder.log, LOG_INFO, "a", "b=%s", "\xc2\x9b[2J \xc2\xa0");
	cr_assert_str_eq(behind_time(read_log(&recorder)),
			 "level=info event=a b=\\x9b[2J \xc2\xa0\n");
}

Test(log, utf8_stays_and_what_is_not_utf8_is_escaped)
{
	static struct recorder recorder;

	recorder_start(&recorder, LOG_INFO);
	log_line(&recorder.log, LOG_INFO, "a", "b=%s", "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
	cr_assert_str_eq(behind_time(read_log(&recorder)),
			 "level=info event=a b=Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\n");
	log_line(&recorder.log, LOG_INFO, "a", "b=%s", "\xff\xc3\xbc");
	cr_assert_str_eq(behind_time(read_log(&recorder)),
			 "level=info event=a b=\\xff\\xc3\\xbc\n");
}

Test(log, a_line_that_is_too_long_is_cut_at_a_character_and_says_so)
{
	static struct recorder recorder;
	static char value[2 * HFT_LOG_LINE_BYTES];

	recorder_start(&recorder, LOG_INFO);
	for (size_t i = 0; i + 2 < sizeof(value); i += 2)
		memcpy(value + i, "\xc3\xbc", 2);
	for (size_t shift = 0; shift < 2; shift++) {
		size_t count;

		log_line(&recorder.log, LOG_INFO, shift ? "aa" : "a", "b=%s", value);
		count = strlen(read_log(&recorder));
		cr_assert_leq(count, HFT_LOG_LINE_BYTES);
		cr_assert_geq(count, HFT_LOG_LINE_BYTES - 8);
		cr_assert_str_eq(recorder.text + count - 4, "...\n");
		cr_assert(text_is_utf8(recorder.text, count));
		cr_assert_eq(recorder.log.dropped, shift + 1);
	}
}

Test(log, a_line_of_escapes_only_is_cut_as_well)
{
	static struct recorder recorder;
	static char value[HFT_LOG_LINE_BYTES];

	recorder_start(&recorder, LOG_INFO);
	memset(value, '\n', sizeof(value) - 1);
	log_line(&recorder.log, LOG_INFO, "a", "%s", value);
	cr_assert_leq(strlen(read_log(&recorder)), HFT_LOG_LINE_BYTES);
	cr_assert_str_eq(recorder.text + strlen(recorder.text) - 8, "\\x0a...\n");
}

Test(log, a_reader_that_does_not_read_costs_lines_and_no_time, .timeout = 10)
{
	static struct recorder recorder;
	uint64_t lines = 0;

	recorder_start(&recorder, LOG_INFO);
	while (recorder.log.dropped < 5) {
		log_line(&recorder.log, LOG_INFO, "a", "b=%0500d", 0);
		lines++;
	}
	cr_assert_gt(lines, 5);
	while (*read_log(&recorder))
		continue;
	log_line(&recorder.log, LOG_INFO, "a", "b=2");
	cr_assert_eq(recorder.log.dropped, 5);
	cr_assert_str_eq(behind_time(read_log(&recorder)), "level=info event=a b=2\n");
}

Test(log, logging_keeps_errno)
{
	static struct recorder recorder;

	recorder_start(&recorder, LOG_INFO);
	errno = ENOSPC;
	log_line(&recorder.log, LOG_INFO, "a", "b=%d", 1);
	cr_assert_eq(errno, ENOSPC);
}

Test(log, lines_to_the_journal_begin_with_their_priority)
{
	static struct recorder recorder;
	struct stat status;
	char stream[64];

	recorder_start(&recorder, LOG_DEBUG);
	cr_assert_eq(fstat(recorder.ends[1], &status), 0);
	cr_assert_eq(text_format(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
				 (uintmax_t)status.st_ino),
		     0);
	cr_assert_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_init(&recorder.log, recorder.ends[1], LOG_DEBUG);
	log_line(&recorder.log, LOG_ERROR, "a", "b=1");
	cr_assert_str_eq(read_log(&recorder), "<3>level=error event=a b=1\n");
	log_line(&recorder.log, LOG_DEBUG, "a", "b=1");
	cr_assert_str_eq(read_log(&recorder), "<7>level=debug event=a b=1\n");
}

Test(log, another_stream_than_the_journal_gets_no_priority)
{
	static struct recorder recorder;

	cr_assert_eq(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	recorder_start(&recorder, LOG_DEBUG);
	log_line(&recorder.log, LOG_ERROR, "a", "b=1");
	cr_assert_neq(*read_log(&recorder), '<');
}

Test(log, names_of_levels_are_read_again)
{
	enum log_level level = LOG_WARN;

	for (enum log_level i = LOG_ERROR; i <= LOG_DEBUG; i++) {
		cr_assert_eq(log_level_parse(log_level_name(i), &level), 0);
		cr_assert_eq(level, i);
	}
	cr_assert_eq(log_level_parse("loud", &level), -EINVAL);
	cr_assert_eq(level, LOG_DEBUG);
}
