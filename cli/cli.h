/* SPDX-License-Identifier: Apache-2.0 */
/* cli.h -- what every verb of hft gets, and how it ends.
 *
 * A verb is a function that returns an exit code (enum hft_exit). It says what went wrong on
 * standard error, in one line that begins with "hft: ", and its result on standard output. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/hft.h>

#include "client/arguments.h"

/* Ended by a second Ctrl-C, or a Ctrl-C where there is nothing to cancel, as shells show it. */
#define EXIT_INTERRUPTED 130

struct cli {
	const struct arguments *arguments; /* operand 0 is the verb */
	const char *socket;		   /* --socket; NULL = the usual places */
	bool json;			   /* --json */
};

/* A line of the table of verbs. */
struct verb {
	const char *name;		   /* "send" */
	int (*run)(const struct cli *cli); /* does it */
	uint32_t options;		   /* mask of those it takes */
	uint32_t least;			   /* operands behind the verb, at least */
	uint32_t most;			   /* and at most */
	const char *arguments;		   /* usage; lines after the first begin with a verb */
	const char *help;		   /* a line */
};

/* Sends a file, or by definition. */
int verb_send(const struct cli *cli);
/* Shows progress of one transfer or all. */
int verb_watch(const struct cli *cli);
/* Shows what the engine does. */
int verb_status(const struct cli *cli);
/* Lists, shows, removes and changes what is queued. */
int verb_queue(const struct cli *cli);
/* Stops a transfer. */
int verb_cancel(const struct cli *cli);
/* Shows the logs. */
int verb_log(const struct cli *cli);
/* Sends again from the Resend Queue. */
int verb_resend(const struct cli *cli);
/* Shows the own fingerprint. */
int verb_identity(const struct cli *cli);
/* Lists, checks and adds hosts. */
int verb_host(const struct cli *cli);
/* Prints the engine's digest of a file. */
int verb_digest(const struct cli *cli);
/* Has hft-engine check the configuration. */
int verb_check(const struct cli *cli);
/* Has hft-engine look at this host. */
int verb_doctor(const struct cli *cli);

/* Operand number `index` behind the verb; NULL when there is none. */
const char *cli_operand(const struct cli *cli, uint32_t index);

/* The text of an option; NULL when it is not there. */
const char *cli_option(const struct cli *cli, enum option option);

/* The number of an option; 0 when it is not there. */
uint64_t cli_number(const struct cli *cli, enum option option);

/* Prints "hft: ..." and returns exit_code. */
int cli_fail(int exit_code, const char *format, ...) HFT_PRINTF(2, 3);

/* The same with what libhft says about error, and the exit code that belongs to it. */
int cli_fail_handle(const struct hft *handle, int error);

/* What the end of a request says, without the "hft: " it may begin with. */
const char *cli_message(const struct hft_end *end);

/* Opens a handle. HFT_EXIT_DONE, or an exit code after a message; *ret_handle is set with
 * HFT_EXIT_DONE only. */
int cli_open(const struct cli *cli, struct hft **ret_handle);

/* How a verb prints an event that is not the end. */
typedef void (*cli_print_fn)(const struct hft_event *event);

/* Takes the events of a request that ends by itself, whose start returned `error`: prints each as
 * JSON or by print (NULL = not at all), and the message of the end. Returns its exit code, and the
 * end in *ret_end unless that is NULL. */
int cli_take_events(const struct cli *cli, struct hft *handle, int error, cli_print_fn print,
		    struct hft_end *ret_end);

/* Milliseconds that never go back, and wall time. */
uint64_t cli_now_ms(void);
uint64_t cli_wall_ns(void);

/* Runs hft-engine, found beside this program or in $PATH, with these arguments in place of this
 * process. Returns only on failure, after a message. texts ends with NULL. */
int cli_become_engine(char *const *texts);
