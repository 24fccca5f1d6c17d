/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.h -- the command line of hft-engine, with defaults from the environment filled in.
 *
 * A table of options; the help text comes from the same table. */
#ifndef HFT_DAEMON_ARGUMENTS_H
#define HFT_DAEMON_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "daemon/paths.h"
#include "host/log.h"

/* What the program is to do. */
enum arguments_task {
	TASK_RUN,      /* be the engine */
	TASK_CHECK,    /* read the configuration and tell what is wrong */
	TASK_DOCTOR,   /* tell what this machine can do */
	TASK_IDENTITY, /* show our fingerprint, and make the key if there is none */
	TASK_VERSION,  /* show the version */
	TASK_HELP,     /* show the options */
};

struct arguments {
	enum arguments_task task;	   /* one of them */
	char config_path[HFT_PATH_BYTES];  /* never "" */
	bool config_named;		   /* by --config or $HFT_CONFIG: it has to be there */
	char state_folder[HFT_PATH_BYTES]; /* "" = none could be told */
	char socket_path[HFT_PATH_BYTES];  /* "" = none could be told */
	char services[HFT_CONTROL_ADDRESSES_BYTES]; /* as given; "" = as configured */
	enum log_level log_level;		    /* LOG_INFO */
};

/* Reads the command line; `user` gives the defaults. Returns 0, or -EINVAL with a sentence for
 * people. */
HFT_MUST_USE int arguments_read(int count, char *const *words, const struct paths_user *user,
				struct arguments *ret_arguments, char sentence[HFT_SENTENCE_BYTES]);

/* Writes the help text, made from the options, into `text`; cut if too small. */
const char *arguments_help(char *text, size_t bytes);

#endif
