/* SPDX-License-Identifier: Apache-2.0 */
/* paths.h -- where configuration, state and socket are when nobody says (interface.md section 1).
 *
 * From the environment and the user alone; nothing is looked for on the disk but the user's own
 * configuration. */
#ifndef HFT_DAEMON_PATHS_H
#define HFT_DAEMON_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include <hft/limits.h>

#include "base/compiler.h"

/* What the paths depend on; see paths_of_process(). */
struct paths_user {
	bool root;		    /* runs as root */
	const char *home;	    /* $HOME; NULL = none */
	const char *config;	    /* $HFT_CONFIG; NULL = none */
	const char *socket;	    /* $HFT_SOCKET; NULL = none */
	const char *state_folder;   /* $XDG_STATE_HOME; NULL = none */
	const char *runtime_folder; /* $XDG_RUNTIME_DIR; NULL = none */
};

/* Those of this process; the texts are the environment's. */
void paths_of_process(struct paths_user *ret_user);

/* Each writes a path and returns 0, or -ENAMETOOLONG, or -ENOENT when the variables it needs are
 * not set; the path is untouched then. */

/* $HFT_CONFIG, else ~/.config/hft/hft.conf if it is there (not root), else /etc/hft/hft.conf. */
HFT_MUST_USE int paths_config(const struct paths_user *user, char path[HFT_PATH_BYTES]);
/* /var/lib/hft (root), else $XDG_STATE_HOME/hft, else ~/.local/state/hft. */
HFT_MUST_USE int paths_state(const struct paths_user *user, char path[HFT_PATH_BYTES]);
/* $HFT_SOCKET, else /run/hft/control.sock (root), else $XDG_RUNTIME_DIR/hft/control.sock. */
HFT_MUST_USE int paths_socket(const struct paths_user *user, char path[HFT_PATH_BYTES]);

/* Makes a folder and those above it, all 0700 that are made. 0, also when it is there already, or
 * the negative errno of the first that cannot be made. */
HFT_MUST_USE int paths_make_folder(const char *path);

#endif
