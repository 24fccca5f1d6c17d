/* SPDX-License-Identifier: Apache-2.0 */
/* config_source.h -- all sections and keys of all files, as written, before any value is read.
 *
 * Knows which sections and keys exist and that nothing may be said twice in two ways. What the
 * values mean is config_build.h. */
#ifndef HFT_DAEMON_CONFIG_SOURCE_H
#define HFT_DAEMON_CONFIG_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "daemon/config_findings.h"
#include "daemon/config_keys.h"

#define NO_ENTRY UINT32_MAX

/* One KEY = VALUE. */
struct config_entry {
	struct config_place place;    /* of the line */
	const struct config_key *key; /* its row of the table */
	const char *name;	      /* as written: may be a classic name */
	const char *value;	      /* as written */
	uint32_t next;		      /* of the same section; NO_ENTRY = last */
};

/* One section. [engine] and [retry], wherever they stand, are one together: the first. */
struct config_part {
	struct config_place place; /* of the heading */
	enum config_section kind;  /* never SECTION_RETRY */
	const char *name;	   /* "" for [engine] */
	uint32_t first;		   /* entry; NO_ENTRY = none */
	uint32_t index;		   /* in the config's array of that kind, once built */
};

struct config_source {
	struct config_findings *findings; /* not owned */
	char **text;			  /* of the files, written into */
	uint32_t text_count;		  /* files read */
	struct config_part *part;	  /* [0] is the engine */
	uint32_t part_count;		  /* in use */
	struct config_entry *entry;	  /* of all parts */
	uint32_t entry_count;		  /* in use */
};

/* Makes an empty one that tells to `findings`. -ENOMEM. */
HFT_MUST_USE int config_source_new(struct config_findings *findings,
				   struct config_source **ret_source);
/* Accepts NULL. */
void config_source_free(struct config_source *source);

/* Reads one file, registered as `file`, from `bytes` bytes at `text`, which are copied. What is
 * wrong in it becomes findings; returns 0 or -ENOMEM. */
HFT_MUST_USE int config_source_read(struct config_source *source, uint32_t file, const char *text,
				    size_t bytes);

#endif
