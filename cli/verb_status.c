/* SPDX-License-Identifier: Apache-2.0 */
/* verb_status.c -- hft status: what the engine does right now.
 *
 * The state first, then a line (as JSON a progress event) for each transfer under way. */

#include <stdio.h>

#include "cli.h"
#include "client/progress.h"
#include "client/value.h"

static void print_port(const char *name, uint16_t port)
{
	if (port != 0)
		(void)printf("  %s %u", name, port);
}

static void print_status(const struct hft_engine_status *status)
{
	char text[VALUE_BYTES];
	char plain[HFT_SENTENCE_BYTES];

	(void)printf("engine        %s, hft-engine %s, pid %u, since %s\n",
		     value_plain(plain, sizeof(plain), status->name), status->version, status->pid,
		     value_print_time(status->started_ns, text));
	(void)printf("io            %s, %u movers%s%s\n", status->io, status->movers,
		     status->demotion[0] != '\0' ? "; not uring: " : "", status->demotion);
	(void)printf("services      send %s, receive %s, observe %s\n", status->send,
		     status->receive, status->observe);
	(void)printf("ports       ");
	print_port("receive", status->receive_port);
	print_port("observe", status->observe_port);
	print_port("probe", status->probe_port);
	if (status->receive_port == 0 && status->observe_port == 0 && status->probe_port == 0)
		(void)printf("  none");
	(void)printf("\nsessions      %u sending, %u receiving, %u waiting for a try\n",
		     status->sending, status->receiving, status->waiting);
	(void)printf("queues        %llu in the Send Queue, %llu in the Resend Queue\n",
		     (unsigned long long)status->send_queue,
		     (unsigned long long)status->resend_queue);
	for (uint32_t i = 0; i < status->capability_count; i++) {
		const struct hft_capability *capability = &status->capabilities[i];

		if (!capability->available)
			(void)printf("missing       %s: %s%s%s\n", capability->name,
				     capability->reason, capability->remedy[0] != '\0' ? ": " : "",
				     capability->remedy);
	}
}

static void print_transfer(const struct hft_transfer *transfer)
{
	struct progress_line line = {.bytes_total = transfer->bytes_total,
				     .rate_bytes = transfer->rate_bytes,
				     .eta_s = transfer->eta_s};
	char text[PROGRESS_TEXT_BYTES];

	line.bytes = transfer->bytes != HFT_UNKNOWN ? transfer->bytes : 0;
	progress_label(transfer, line.label, sizeof(line.label));
	progress_print(&line, PROGRESS_TEXT_BYTES - 1, text);
	(void)printf("%s  %s\n", transfer->id, text);
}

static bool print_event(void *arg, const struct hft_event *event)
{
	const struct cli *cli = arg;

	if (cli->json && (event->kind == HFT_EVENT_STATUS || event->kind == HFT_EVENT_PROGRESS))
		(void)puts(event->json);
	else if (event->kind == HFT_EVENT_STATUS)
		print_status(&event->status);
	else if (event->kind == HFT_EVENT_PROGRESS)
		print_transfer(&event->transfer);
	else if (event->kind == HFT_EVENT_END && event->end.message[0] != '\0')
		(void)cli_fail(0, "%s", cli_message(&event->end));
	return true;
}

int verb_status(const struct cli *cli)
{
	struct cli copy = *cli;
	struct hft *handle = NULL;
	int result = cli_open(cli, &handle);

	if (result != HFT_EXIT_DONE)
		return result;
	result = hft_ask_status(handle);
	if (result == 0)
		result = hft_for_each_event(handle, print_event, &copy);
	if (result < 0)
		result = cli_fail_handle(handle, result);
	hft_close(handle);
	return result;
}
