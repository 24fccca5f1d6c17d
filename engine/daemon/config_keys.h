/* SPDX-License-Identifier: Apache-2.0 */
/* config_keys.h -- the one table of all keys: names, values, defaults, and where each is stored.
 *
 * It is domain.md section 16 as data. Reading, the sentence of what is allowed, the defaults and
 * the table test all come from it, so a key cannot be known in one place and not in another. It
 * is not the code that reads a value: config_value.h.
 * Its one idea: a default is a value as an operator would write it, read by the same code. */
#ifndef HFT_DAEMON_CONFIG_KEYS_H
#define HFT_DAEMON_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of sections; or-ed in config_key.sections. */
enum config_section {
	SECTION_ENGINE = 1 << 0,
	SECTION_RETRY = 1 << 1,	  /* the retry keys of [engine] in another place (D-270) */
	SECTION_HOST = 1 << 2,	  /* [host NAME] */
	SECTION_SEND = 1 << 3,	  /* [send FILEID] */
	SECTION_RECEIVE = 1 << 4, /* [receive FILEID] and [receive *] */
	SECTION_JOB = 1 << 5,	  /* [job ID] */
};

/* What a value looks like. */
enum config_kind {
	KIND_NUMBER,	   /* decimal, least to most, or the one word */
	KIND_OCTAL,	   /* permissions */
	KIND_RATE,	   /* bytes with k, M or G; 0, or least to most */
	KIND_WORD,	   /* one of words */
	KIND_VERIFY,	   /* one of words, kept in two fields of struct config_receive */
	KIND_TEXT,	   /* anything that fits and is not empty */
	KIND_ID,	   /* id of a file, job, group or format */
	KIND_NAME,	   /* name of a host or a user group */
	KIND_PATH,	   /* absolute */
	KIND_COMMAND,	   /* absolute, and arguments */
	KIND_USER,	   /* a user this machine knows */
	KIND_OWNER,	   /* USER[:GROUP] that this machine knows */
	KIND_LISTEN,	   /* list of addresses in numbers */
	KIND_SERVICES,	   /* list of words */
	KIND_ADDRESSES,	   /* list of names or addresses of a host */
	KIND_FINGERPRINTS, /* list of SHA256:... */
	KIND_HOSTS,	   /* list of names of [host] sections */
	KIND_COUNT,	   /* how many; not a kind */
};

/* One allowed word. */
struct config_word {
	const char *word; /* as written; NULL ends a list */
	uint32_t value;	  /* what is stored */
	bool classic;	  /* the classic letter or digit; named last where words are listed */
	bool later;	  /* known, and not implemented in this version */
};

struct config_key {
	const char *name;		 /* ours, lower case */
	const char *alias;		 /* classic names, lower case, by blanks; NULL = none */
	uint32_t sections;		 /* enum config_section, or-ed */
	enum config_kind kind;		 /* how to read it */
	const char *preset;		 /* the default; NULL = none */
	uint64_t least;			 /* NUMBER, OCTAL, RATE */
	uint64_t most;			 /* NUMBER, OCTAL, RATE */
	const char *word;		 /* NUMBER: a word for word_value; NULL = none */
	uint64_t word_value;		 /* what `word` means */
	const struct config_word *words; /* WORD, VERIFY, SERVICES */
	const char *unit;		 /* for people; NULL = none */
	bool later;	 /* not implemented in this version: nothing but the default is taken */
	uint32_t offset; /* of the field in the section's struct, see config_value.h */
	uint32_t bytes;	 /* size of the field; 0 = it is stored nowhere */
};

/* The table; *ret_count becomes its length. */
const struct config_key *config_keys(size_t *ret_count);

/* The key a section of that kind knows by this name: ours as it is, or a classic name in any letter
 * case. NULL = none. */
const struct config_key *config_key_find(enum config_section section, const char *name);

/* "engine", "retry", "host", "send", "receive" or "job". */
const char *config_section_word(enum config_section section);

#endif
