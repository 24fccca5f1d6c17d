/* SPDX-License-Identifier: Apache-2.0 */
/* verb_engine.c -- hft identity, check, doctor: what works without a running engine.
 *
 * Check and doctor are hft-engine's own work, in place of this process. The identity comes from
 * the running engine, and from its files when none runs. */

#include <errno.h>
#include <stdio.h>

#include "cli.h"
#include "client/value.h"

static int become(const struct cli *cli, const char *what)
{
	const char *config = cli_option(cli, OPTION_CONFIG);
	char name[] = "hft-engine";
	char option[] = "--config";
	/* exec takes them as writable and writes nothing */
	char *texts[] = {name, (char *)(uintptr_t)what, config ? option : NULL,
			 (char *)(uintptr_t)config, NULL};

	return cli_become_engine(texts);
}

int verb_check(const struct cli *cli)
{
	return become(cli, "--check");
}

int verb_doctor(const struct cli *cli)
{
	return become(cli, "--doctor");
}

static void print_identity(const struct hft_event *event)
{
	char plain[HFT_FINGERPRINT_TEXT_BYTES];

	if (event->kind == HFT_EVENT_IDENTITY)
		(void)puts(value_plain(plain, sizeof(plain), event->identity.fingerprint));
}

int verb_identity(const struct cli *cli)
{
	struct hft *handle = NULL;
	const bool wants_files = cli_option(cli, OPTION_CONFIG) != NULL;
	const int error = wants_files ? -ENOENT : hft_open(cli->socket, &handle);
	int exit_code;

	if (error == -ENOENT || error == -ECONNREFUSED) {
		hft_close(handle);
		return become(cli, "--identity");
	}
	if (error < 0)
		exit_code = cli_fail_handle(handle, error);
	else
		exit_code = cli_take_events(cli, handle, hft_ask_identity(handle), print_identity,
					    NULL);
	hft_close(handle);
	return exit_code;
}
