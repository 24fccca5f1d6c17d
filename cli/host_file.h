/* SPDX-License-Identifier: Apache-2.0 */
/* host_file.h -- the piece of configuration that `hft host add` writes.
 *
 * conf.d/NAME.conf beside the configuration file: made whole under another name and then given
 * its own, and never in place of one that is there. */
#pragma once

#include <stddef.h>

#include "client/arguments.h"

/* What a host section says. */
struct host_entry {
	const char *name;	 /* "tokyo" */
	const char *address;	 /* one or several with commas */
	const char *fingerprint; /* "SHA256:..." */
};

/* What is wrong with an entry, for people; NULL = nothing. */
const char *host_entry_complaint(const struct host_entry *entry);

/* The conf.d beside config, or beside the configuration file found as the engine does (config
 * NULL): $HFT_CONFIG, ~/.config/hft/hft.conf for a user other than root, /etc/hft/hft.conf.
 * -ENAMETOOLONG. */
HFT_MUST_USE int host_file_folder(const char *config, char *folder, size_t capacity);

/* Writes folder/NAME.conf and makes the folder if it is not there. 0 with the path, -EEXIST when
 * the file is there, or another negative errno. Requires an entry without complaint. */
HFT_MUST_USE int host_file_write(const char *folder, const struct host_entry *entry, char *ret_path,
				 size_t capacity);
