/* SPDX-License-Identifier: Apache-2.0 */
/* startup.h -- what the tasks of hft-engine begin with: configuration, state folder, key.
 *
 * And the two tasks that are nothing but that: --check and --identity. Everything here happens
 * before there are threads. */
#ifndef HFT_DAEMON_STARTUP_H
#define HFT_DAEMON_STARTUP_H

#include <stddef.h>

#include "base/compiler.h"
#include "daemon/arguments.h"
#include "daemon/config.h"
#include "io/tls.h"

/* Reads the configuration that the arguments name, and their --services over it. A file that
 * nobody named and that is not there gives the defaults and *ret_missing. Findings go to found().
 * Returns 0, or a negative errno with a sentence. */
HFT_MUST_USE int startup_config(const struct arguments *arguments, config_finding_fn found,
				void *arg, struct config **ret_config, bool *ret_missing,
				char sentence[HFT_SENTENCE_BYTES]);

/* Makes the state folder, and loads or makes the key in it. The same results. */
HFT_MUST_USE int startup_identity(const struct arguments *arguments, struct tls_context **ret_tls,
				  char sentence[HFT_SENTENCE_BYTES]);

/* A path of a file in the state folder; -ENAMETOOLONG. */
HFT_MUST_USE int startup_state_path(const struct arguments *arguments, const char *name,
				    char path[HFT_PATH_BYTES]);

/* --check: prints every finding to stdout. Returns the exit code, 0 when there is no error. */
int startup_check(const struct arguments *arguments);
/* --identity: prints our fingerprint to stdout. Returns the exit code. */
int startup_show_identity(const struct arguments *arguments);

#endif
