/* SPDX-License-Identifier: Apache-2.0 */
/* verb_log.c -- hft log [send|receive|observe|job]: a line for each attempt. */

#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client/progress.h"
#include "client/value.h"

static void print_row(const struct hft_event *event)
{
	const struct hft_transfer *transfer = &event->transfer;
	const struct hft_row *row = &event->row;
	char label[256];
	char when[VALUE_BYTES];
	char took[VALUE_BYTES];
	char bytes[VALUE_BYTES];
	char rate[VALUE_BYTES];
	char plain[HFT_SENTENCE_BYTES];

	if (event->kind != HFT_EVENT_LOG_ROW)
		return;
	progress_label(transfer, label, sizeof(label));
	(void)printf("%s  %-7s  %s  %u  %s  %s in %s, %s/s  %u-%u %s%s%s\n",
		     value_print_time(row->ended_ns, when), row->kind, transfer->id,
		     transfer->attempt, label, value_print_bytes(transfer->bytes_sent, bytes),
		     value_print_duration(row->ended_ns > row->started_ns
						  ? (row->ended_ns - row->started_ns) / 1000000
						  : 0,
					  took),
		     value_print_bytes(transfer->rate_bytes, rate), transfer->status,
		     transfer->detail, transfer->outcome, transfer->sentence[0] != '\0' ? ": " : "",
		     value_plain(plain, sizeof(plain), transfer->sentence));
	(void)fflush(stdout);
}

static int read_kind(const char *word, enum hft_log *ret_kind)
{
	static const char *const words[] = {
		[HFT_LOG_SEND] = "send",
		[HFT_LOG_RECEIVE] = "receive",
		[HFT_LOG_OBSERVE] = "observe",
		[HFT_LOG_JOB] = "job",
	};

	*ret_kind = HFT_LOG_EVERY;
	if (!word)
		return HFT_EXIT_DONE;
	for (unsigned int i = HFT_LOG_SEND; i < ARRAY_COUNT(words); i++) {
		if (strcmp(words[i], word) == 0) {
			*ret_kind = (enum hft_log)i;
			return HFT_EXIT_DONE;
		}
	}
	return cli_fail(HFT_EXIT_USAGE, "log %s: send, receive, observe or job?", word);
}

static int read_options(const struct cli *cli, struct hft_log_options *options)
{
	const char *since = cli_option(cli, OPTION_SINCE);

	options->by_status = arguments_has(cli->arguments, OPTION_STATUS);
	options->status = (uint16_t)cli_number(cli, OPTION_STATUS);
	options->host = cli_option(cli, OPTION_HOST);
	options->file_id = cli_option(cli, OPTION_FILE_ID);
	if (since && value_time(since, cli_wall_ns(), &options->since_ns) < 0)
		return cli_fail(
			HFT_EXIT_USAGE,
			"--since %s: neither a time like 2026-11-21 10:40 nor one like 30m, "
			"2h, 3d",
			since);
	return read_kind(cli_operand(cli, 0), &options->kind);
}

/* What is there page by page, then, with --follow, what comes. */
static int print_log(const struct cli *cli, struct hft *handle, struct hft_log_options *options)
{
	struct hft_end end = {.more = false};
	int exit_code;

	options->follow = arguments_has(cli->arguments, OPTION_FOLLOW);
	do {
		exit_code = cli_take_events(cli, handle, hft_log_list(handle, options), print_row,
					    &end);
		options->after = end.after;
	} while (exit_code == HFT_EXIT_DONE && end.more);
	return exit_code;
}

int verb_log(const struct cli *cli)
{
	struct hft_log_options options = {.kind = HFT_LOG_EVERY};
	struct hft *handle = NULL;
	int exit_code = read_options(cli, &options);

	if (exit_code == HFT_EXIT_DONE)
		exit_code = cli_open(cli, &handle);
	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	exit_code = print_log(cli, handle, &options);
	hft_close(handle);
	return exit_code;
}
