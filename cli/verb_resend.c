/* SPDX-License-Identifier: Apache-2.0 */
/* verb_resend.c -- hft resend [LISTNO]: sends again what waits in the Resend Queue.
 *
 * Queues them and prints their ids, as --detach does for send; with --wait it stays until they
 * have ended. */

#include "cli.h"
#include "client/value.h"
#include "follow.h"

static int read_options(const struct cli *cli, struct hft_resend_options *options)
{
	const char *list_no = cli_operand(cli, 0);

	options->host = cli_option(cli, OPTION_HOST);
	options->file_id = cli_option(cli, OPTION_FILE_ID);
	options->from_start = arguments_has(cli->arguments, OPTION_FROM_START);
	options->wait_s = (uint32_t)cli_number(cli, OPTION_WAIT);
	options->detach = options->wait_s == 0;
	options->list_no = cli_number(cli, OPTION_LIST_NO);
	if (!list_no)
		return HFT_EXIT_DONE;
	if (options->list_no != 0)
		return cli_fail(HFT_EXIT_USAGE, "one list number at a time");
	if (value_number(list_no, 1, INT64_MAX, &options->list_no) < 0)
		return cli_fail(HFT_EXIT_USAGE, "%s: no list number; see hft queue resend list",
				list_no);
	return HFT_EXIT_DONE;
}

int verb_resend(const struct cli *cli)
{
	struct hft_resend_options options = {.list_no = 0};
	struct follow_options follow = {.may_cancel = false};
	struct hft *handle = NULL;
	int exit_code = read_options(cli, &options);
	int error;

	if (exit_code == HFT_EXIT_DONE)
		exit_code = cli_open(cli, &handle);
	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	follow.detach = options.detach;
	follow.wait_s = options.wait_s;
	follow_hold_signals();
	error = hft_resend(handle, &options);
	if (error == 0)
		return follow_run(cli, handle, &follow);
	exit_code = cli_fail_handle(handle, error);
	hft_close(handle);
	return exit_code;
}
