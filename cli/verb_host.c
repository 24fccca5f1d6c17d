/* SPDX-License-Identifier: Apache-2.0 */
/* verb_host.c -- hft host list | check HOST | add NAME ADDRESS FINGERPRINT. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "client/value.h"
#include "host_file.h"

static void print_host(const struct hft_event *event)
{
	const struct hft_host *host = &event->host;
	char addresses[HFT_CONTROL_ADDRESSES_BYTES];

	if (event->kind != HFT_EVENT_HOST)
		return;
	(void)printf("%-16s  %s  port %u  %s  %u sending, %u receiving\n", host->name,
		     value_plain(addresses, sizeof(addresses), host->addresses), host->receive_port,
		     host->plain ? "plain" : "tls", host->sending, host->receiving);
}

static void print_check(const struct hft_event *event)
{
	const struct hft_host *host = &event->host;
	char sentence[HFT_SENTENCE_BYTES];

	if (event->kind != HFT_EVENT_HOST)
		return;
	(void)printf("%s: %s", host->name, host->reachable ? "ready" : "not ready");
	if (host->address[0] != '\0')
		(void)printf(", %s", host->address);
	if (host->rtt_us != HFT_UNKNOWN)
		(void)printf(", round trip %llu.%03llu ms", (unsigned long long)host->rtt_us / 1000,
			     (unsigned long long)host->rtt_us % 1000);
	if (host->verdict != 0)
		(void)printf(", verdict %u", host->verdict);
	if (host->sentence[0] != '\0')
		(void)printf(": %s", value_plain(sentence, sizeof(sentence), host->sentence));
	(void)printf("\n");
}

static int list_hosts(const struct cli *cli)
{
	struct hft *handle = NULL;
	int exit_code = cli_open(cli, &handle);

	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	exit_code = cli_take_events(cli, handle, hft_host_list(handle), print_host, NULL);
	hft_close(handle);
	return exit_code;
}

static int check_host(const struct cli *cli)
{
	struct hft *handle = NULL;
	int exit_code = cli_open(cli, &handle);

	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	exit_code = cli_take_events(cli, handle, hft_host_check(handle, cli_operand(cli, 1)),
				    print_check, NULL);
	hft_close(handle);
	return exit_code;
}

static int tell_added(const struct cli *cli, const struct host_entry *entry, const char *path)
{
	char text[6 * HFT_PATH_BYTES];

	if (cli->json)
		(void)printf("{\"event\":\"host-added\",\"name\":\"%s\",\"path\":%s}\n",
			     entry->name, value_json(text, sizeof(text), path));
	else
		(void)printf(
			"%s is written; hft check looks at it, and hft-engine reads it when it "
			"starts\n",
			value_plain(text, sizeof(text), path));
	return HFT_EXIT_DONE;
}

static int add_host(const struct cli *cli)
{
	const struct host_entry entry = {.name = cli_operand(cli, 1),
					 .address = cli_operand(cli, 2),
					 .fingerprint = cli_operand(cli, 3)};
	const char *complaint = host_entry_complaint(&entry);
	char folder[HFT_PATH_BYTES];
	char path[HFT_PATH_BYTES];
	int error;

	if (complaint)
		return cli_fail(HFT_EXIT_USAGE, "%s", complaint);
	error = host_file_folder(cli_option(cli, OPTION_CONFIG), folder, sizeof(folder));
	if (error == 0)
		error = host_file_write(folder, &entry, path, sizeof(path));
	if (error == -EEXIST)
		return cli_fail(HFT_EXIT_FAILED,
				"%s/%s.conf is there already, and stays: edit or remove it", folder,
				entry.name);
	if (error < 0)
		return cli_fail(error == -EACCES ? HFT_EXIT_REFUSED : HFT_EXIT_FAILED,
				"%s/%s.conf cannot be written: %s", folder, entry.name,
				strerror(-error));
	return tell_added(cli, &entry, path);
}

/* Ways to go on behind hft host. */
struct host_verb {
	const char *name;		   /* "list" */
	uint32_t operands;		   /* exactly so many behind it */
	const char *usage;		   /* what they are */
	int (*run)(const struct cli *cli); /* does it */
};

static const struct host_verb host_verbs[] = {
	{"list", 0, "", list_hosts},
	{"check", 1, " HOST", check_host},
	{"add", 3, " NAME ADDRESS FINGERPRINT", add_host},
};

int verb_host(const struct cli *cli)
{
	const char *word = cli_operand(cli, 0);
	const uint32_t operands = cli->arguments->operand_count - 1;

	if (!word)
		return list_hosts(cli);
	for (size_t i = 0; i < ARRAY_COUNT(host_verbs); i++) {
		const struct host_verb *verb = &host_verbs[i];

		if (strcmp(verb->name, word) != 0)
			continue;
		if (operands - 1 != verb->operands)
			return cli_fail(HFT_EXIT_USAGE, "usage: hft host %s%s", verb->name,
					verb->usage);
		return verb->run(cli);
	}
	return cli_fail(HFT_EXIT_USAGE, "host %s: list, check or add? see hft host --help", word);
}
