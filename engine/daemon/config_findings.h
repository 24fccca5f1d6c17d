/* SPDX-License-Identifier: Apache-2.0 */
/* config_findings.h -- what was found while reading the configuration, kept until all is read.
 *
 * Findings come in the order of the checks and are told in the order of files and lines, because
 * that is how somebody repairs them. At most HFT_CONFIG_FINDINGS_MAX; the rest is counted. */
#ifndef HFT_DAEMON_CONFIG_FINDINGS_H
#define HFT_DAEMON_CONFIG_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "daemon/config.h"

/* Room for a name or value in a finding. */
#define CONFIG_SHOWN_BYTES 104

/* Where something stands. */
struct config_place {
	uint32_t file; /* index, see config_findings_file() */
	uint32_t line; /* 0 = the file as a whole */
};

/* One finding and where it belongs. */
struct config_found {
	struct config_place place;     /* for the order */
	uint32_t order;		       /* of findings at one place */
	struct config_finding finding; /* as it will be told */
};

struct config_findings {
	char *file[HFT_CONFIG_FILES_MAX + 1]; /* names, in the order they were read */
	uint32_t file_count;		      /* in use */
	struct config_found *list;	      /* room for HFT_CONFIG_FINDINGS_MAX */
	uint32_t count;			      /* in use */
	uint32_t more_count;		      /* did not find room */
	uint32_t error_count;		      /* errors among them all */
};

/* Makes an empty one; -ENOMEM. */
HFT_MUST_USE int config_findings_new(struct config_findings **ret_findings);
/* Accepts NULL. */
void config_findings_free(struct config_findings *findings);

/* Registers a file by its name for people. -ENOMEM, or -E2BIG beyond HFT_CONFIG_FILES_MAX. */
HFT_MUST_USE int config_findings_file(struct config_findings *findings, const char *name,
				      uint32_t *ret_file);

/* Adds one: the format makes what stands behind "FILE:LINE: " or "FILE:LINE: warning: ". Cut to
 * HFT_SENTENCE_BYTES. */
void config_findings_add(struct config_findings *findings, struct config_place place, bool is_error,
			 const char *format, ...) HFT_PRINTF(4, 5);

/* "FILE:LINE" of a place, for a finding that names a second one; cut if too small. */
const char *config_findings_place(const struct config_findings *findings, struct config_place place,
				  char *text, size_t bytes);

/* Copies a name or value for a finding: a long one is cut at a character and ends in "...". Returns
 * `shown`. */
const char *config_shown(char shown[CONFIG_SHOWN_BYTES], const char *text);

/* Calls found() for each, in order, and for the number of those that found no room. */
void config_findings_tell(struct config_findings *findings, config_finding_fn found, void *arg);

#endif
