/* SPDX-License-Identifier: Apache-2.0 */
/* verb_queue.c -- hft queue [send|resend] list|show|remove|change. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "client/progress.h"
#include "client/value.h"

static void print_amount(const struct hft_transfer *transfer)
{
	char have[VALUE_BYTES];
	char total[VALUE_BYTES];

	if (transfer->bytes_total == HFT_UNKNOWN)
		(void)printf("%s", value_print_bytes(transfer->bytes, have));
	else
		(void)printf("%s of %s", value_print_bytes(transfer->bytes, have),
			     value_print_bytes(transfer->bytes_total, total));
}

static void print_reason(const struct hft_transfer *transfer)
{
	char plain[HFT_SENTENCE_BYTES];

	if (transfer->has_outcome)
		(void)printf("  %s [%u-%u]",
			     value_plain(plain, sizeof(plain),
					 transfer->sentence[0] != '\0' ? transfer->sentence
								       : transfer->outcome),
			     transfer->status, transfer->detail);
}

static void print_row(const struct hft_event *event)
{
	const struct hft_transfer *transfer = &event->transfer;
	char label[256];

	if (event->kind != HFT_EVENT_QUEUE_ROW && event->kind != HFT_EVENT_RESEND_ROW)
		return;
	progress_label(transfer, label, sizeof(label));
	if (event->kind == HFT_EVENT_QUEUE_ROW)
		(void)printf("%s  %-11s  %3u  ", transfer->id, event->row.state,
			     transfer->priority);
	else
		(void)printf("%6llu  %s%s  ", (unsigned long long)transfer->list_no, transfer->id,
			     event->row.taken ? "  being sent" : "");
	(void)printf("%s  ", label);
	print_amount(transfer);
	print_reason(transfer);
	(void)printf("\n");
}

static void print_field(const char *name, const char *value)
{
	char plain[HFT_PATH_BYTES];

	if (value[0] != '\0')
		(void)printf("%-12s  %s\n", name, value_plain(plain, sizeof(plain), value));
}

static void print_whole(const struct hft_event *event)
{
	const struct hft_transfer *transfer = &event->transfer;
	const struct hft_row *row = &event->row;
	char text[VALUE_BYTES];

	if (event->kind != HFT_EVENT_QUEUE_ROW && event->kind != HFT_EVENT_RESEND_ROW)
		return;
	print_field("id", transfer->id);
	if (transfer->list_no != 0)
		(void)printf("%-12s  %llu\n", "list number", (unsigned long long)transfer->list_no);
	print_field("state", row->state);
	print_field("file id", transfer->file_id);
	print_field("path", transfer->path);
	print_field("host", transfer->host);
	print_field("name", transfer->name);
	print_field("asked by", row->requester);
	print_field("asked", row->accepted_ns ? value_print_time(row->accepted_ns, text) : "");
	print_field("ended", row->ended_ns ? value_print_time(row->ended_ns, text) : "");
	(void)printf("%-12s  %u\n", "priority", transfer->priority);
	(void)printf("%-12s  %u\n", "attempts", transfer->attempt);
	if (row->limit_rate_bytes != 0)
		(void)printf("%-12s  %s/s\n", "rate limit",
			     value_print_bytes(row->limit_rate_bytes, text));
	(void)printf("%-12s  ", "durable");
	print_amount(transfer);
	(void)printf("\n");
	if (transfer->next_try != 0)
		(void)printf("%-12s  %u, until %s\n", "next try", transfer->next_try,
			     value_print_time(transfer->until_ns, text));
	if (transfer->has_outcome)
		(void)printf("%-12s", "last");
	print_reason(transfer);
	(void)printf("%s\n", transfer->has_outcome ? "\n" : "");
}

/* ---- which -------------------------------------------------------------------- */

/* Operands: ids, and list numbers where the Resend Queue is meant. */
static int select_operand(struct hft_selection *selection, const char *text, uint32_t *id_count)
{
	uint64_t list_no = 0;

	if (value_is_id(text)) {
		if (*id_count == HFT_CONTROL_IDS_MAX)
			return cli_fail(HFT_EXIT_USAGE, "at most %d ids at a time",
					HFT_CONTROL_IDS_MAX);
		selection->ids[(*id_count)++] = text;
		return HFT_EXIT_DONE;
	}
	if (selection->queue != HFT_QUEUE_SEND && value_number(text, 1, INT64_MAX, &list_no) == 0) {
		if (selection->list_no != 0)
			return cli_fail(HFT_EXIT_USAGE, "one list number at a time");
		selection->list_no = list_no;
		return HFT_EXIT_DONE;
	}
	return cli_fail(HFT_EXIT_USAGE, "%s: neither an id nor a list number", text);
}

static int select_rows(const struct cli *cli, uint32_t first, struct hft_selection *selection)
{
	const char *id = cli_option(cli, OPTION_ID);
	uint32_t id_count = 0;
	int exit_code = HFT_EXIT_DONE;

	selection->list_no = cli_number(cli, OPTION_LIST_NO);
	selection->host = cli_option(cli, OPTION_HOST);
	selection->file_id = cli_option(cli, OPTION_FILE_ID);
	if (id)
		exit_code = select_operand(selection, id, &id_count);
	for (uint32_t i = first; exit_code == HFT_EXIT_DONE && cli_operand(cli, i); i++)
		exit_code = select_operand(selection, cli_operand(cli, i), &id_count);
	if (exit_code == HFT_EXIT_DONE && id_count == 0 && selection->list_no == 0 &&
	    !selection->host && !selection->file_id)
		return cli_fail(HFT_EXIT_USAGE, "which? an id, a list number, --host or --file-id");
	return exit_code;
}

/* ---- what --------------------------------------------------------------------- */

static int list_queue(const struct cli *cli, struct hft *handle, enum hft_queue queue)
{
	struct hft_end end = {.after = 0};
	int exit_code;

	do {
		exit_code = cli_take_events(cli, handle, hft_queue_list(handle, queue, end.after),
					    print_row, &end);
	} while (exit_code == HFT_EXIT_DONE && end.more);
	return exit_code;
}

static int list_rows(const struct cli *cli, struct hft *handle,
		     const struct hft_selection *selection)
{
	int exit_code = HFT_EXIT_DONE;

	if (selection->queue != HFT_QUEUE_RESEND)
		exit_code = list_queue(cli, handle, HFT_QUEUE_SEND);
	if (exit_code == HFT_EXIT_DONE && selection->queue != HFT_QUEUE_SEND)
		exit_code = list_queue(cli, handle, HFT_QUEUE_RESEND);
	return exit_code;
}

static int show_rows(const struct cli *cli, struct hft *handle,
		     const struct hft_selection *selection)
{
	return cli_take_events(cli, handle, hft_queue_show(handle, selection), print_whole, NULL);
}

static void print_count(const struct cli *cli, const char *done, const struct hft_end *end)
{
	if (end->count == HFT_UNKNOWN)
		return;
	if (cli->json)
		(void)printf("{\"event\":\"%s\",\"count\":%llu}\n", done,
			     (unsigned long long)end->count);
	else
		(void)printf("%llu %s\n", (unsigned long long)end->count, done);
}

static int remove_rows(const struct cli *cli, struct hft *handle,
		       const struct hft_selection *selection)
{
	struct hft_end end = {.count = HFT_UNKNOWN};
	const int exit_code = cli_take_events(cli, handle, hft_queue_remove(handle, selection),
					      NULL, &end);

	print_count(cli, "removed", &end);
	return exit_code;
}

static int change_rows(const struct cli *cli, struct hft *handle,
		       const struct hft_selection *selection)
{
	const bool has_rate = arguments_has(cli->arguments, OPTION_LIMIT_RATE);
	const uint16_t priority = (uint16_t)cli_number(cli, OPTION_PRIORITY);
	struct hft_end end = {.count = HFT_UNKNOWN};
	int exit_code;

	if (priority == 0 && !has_rate)
		return cli_fail(HFT_EXIT_USAGE,
				"to what? --priority N, --limit-rate BYTES or none");
	exit_code = cli_take_events(
		cli, handle,
		hft_queue_change(handle, selection, priority,
				 has_rate ? cli_number(cli, OPTION_LIMIT_RATE) : HFT_UNKNOWN),
		NULL, &end);
	print_count(cli, "changed", &end);
	return exit_code;
}

/* Ways to go on behind hft queue [send|resend]. */
struct queue_verb {
	const char *name; /* "list" */
	bool selects;	  /* takes ids and what else selects rows */
	int (*run)(const struct cli *cli, struct hft *handle,
		   const struct hft_selection *selection); /* does it */
};

static const struct queue_verb queue_verbs[] = {
	{"list", false, list_rows},
	{"show", true, show_rows},
	{"remove", true, remove_rows},
	{"change", true, change_rows},
};

static const struct queue_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(queue_verbs); i++) {
		if (name && strcmp(queue_verbs[i].name, name) == 0)
			return &queue_verbs[i];
	}
	return NULL;
}

static int run_verb(const struct cli *cli, const struct queue_verb *verb, uint32_t first,
		    struct hft_selection *selection)
{
	struct hft *handle = NULL;
	int exit_code = HFT_EXIT_DONE;

	if (verb->selects)
		exit_code = select_rows(cli, first, selection);
	else if (cli_operand(cli, first))
		exit_code = cli_fail(HFT_EXIT_USAGE,
				     "queue %s takes no arguments; queue show "
				     "selects rows",
				     verb->name);
	if (exit_code == HFT_EXIT_DONE)
		exit_code = cli_open(cli, &handle);
	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	exit_code = verb->run(cli, handle, selection);
	hft_close(handle);
	return exit_code;
}

int verb_queue(const struct cli *cli)
{
	struct hft_selection selection = {.queue = (enum hft_queue)0};
	const struct queue_verb *verb = NULL;
	const char *word = cli_operand(cli, 0);
	uint32_t next = 0;

	if (word && strcmp(word, "send") == 0)
		selection.queue = HFT_QUEUE_SEND;
	else if (word && strcmp(word, "resend") == 0)
		selection.queue = HFT_QUEUE_RESEND;
	next = selection.queue != 0 ? 1 : 0;
	word = cli_operand(cli, next);
	if (!word)
		return run_verb(cli, &queue_verbs[0], next, &selection);
	verb = find_verb(word);
	if (!verb)
		return cli_fail(HFT_EXIT_USAGE,
				"queue %s: list, show, remove or change? see hft queue --help",
				word);
	return run_verb(cli, verb, next + 1, &selection);
}
