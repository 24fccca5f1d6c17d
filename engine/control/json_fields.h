/* SPDX-License-Identifier: Apache-2.0 */
/* json_fields.h -- a struct described as a table of JSON fields, and the walk over it.
 *
 * Inside control/ only: request.c and event.c have the tables, json_fields.c the one encoder
 * and the one decoder. Its one idea: what a name, a type and a limit can say is in the
 * table, so both directions and all messages come from the same line.
 * A field that is "nothing" is not written, and what is not there is read as "nothing". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "control/words.h"

struct json_t; /* jansson's */

enum json_kind {
	JSON_FIELD_TEXT,    /* char array; nothing = "" */
	JSON_FIELD_NUMBER,  /* unsigned of 1, 2, 4 or 8 bytes */
	JSON_FIELD_BOOL,    /* nothing = false */
	JSON_FIELD_WORD,    /* an enum of 1 or 4 bytes by its word; nothing = 0 */
	JSON_FIELD_REASON,  /* uint8_t, enum resume_reason by its name */
	JSON_FIELD_TIME,    /* uint64_t, wall time in ns, as RFC 3339; nothing = 0 */
	JSON_FIELD_RATE,    /* uint64_t bytes a second: "rate_bps" and "rate_bytes" */
	JSON_FIELD_ID,	    /* struct id; nothing = zero */
	JSON_FIELD_IDS,	    /* array of struct id with a count */
	JSON_FIELD_DIGEST,  /* struct digest, there when its flag is set */
	JSON_FIELD_OUTCOME, /* struct outcome, there when its flag is set; several fields */
	JSON_FIELD_TABLE,   /* an object: a struct within the struct */
	JSON_FIELD_LIST,    /* an array of objects with a count */
};

struct json_table;

struct json_field {
	const char *name;    /* in JSON; "" for OUTCOME and RATE, which have theirs */
	enum json_kind kind; /* how it is written */
	size_t offset;	     /* of the member */
	size_t bytes;	     /* size of the member; IDS, LIST: of the array */
	size_t flag_offset;  /* DIGEST, OUTCOME: of the bool that says it counts, 0 =
			      * always; IDS, LIST: of the uint32_t count */
	uint64_t minimum;    /* NUMBER: smallest valid value other than nothing */
	uint64_t maximum;    /* NUMBER: largest; 0 = what the member holds */
	uint64_t nothing;    /* NUMBER, RATE: value that is not written */
	bool always;	     /* NUMBER, BOOL, TEXT, OUTCOME: written even when it is nothing */
	bool required;	     /* must not be nothing, in either direction */
	const struct word_list *words;	/* WORD */
	const struct json_table *table; /* TABLE, LIST: of the member or element */
};

struct json_table {
	const struct json_field *fields; /* in the order they are written */
	size_t count;			 /* how many */
	size_t bytes;			 /* size of the struct, for LIST */
};

/* Where a member is; for tables. */
#define JSON_AT(type, member) \
	.offset = offsetof(struct type, member), .bytes = sizeof(((struct type *)0)->member)

/* The flag or count that belongs to it. */
#define JSON_FLAG(type, member) .flag_offset = offsetof(struct type, member)

/* A table of an array of fields that describes `struct type`. */
#define JSON_TABLE_OF(array, type)                                                         \
	{                                                                                  \
		.fields = array, .count = ARRAY_COUNT(array), .bytes = sizeof(struct type) \
	}

/* Makes every field of the table in record "nothing"; record must be zeroed. */
void json_fields_init(const struct json_table *table, void *record);

/* Adds the fields of record to object. With repair, a text that is not UTF-8 is mended, else it is
 * -EINVAL; so is a number or enum out of its bounds and a required field that is nothing.
 * -ENOMEM. */
HFT_MUST_USE int json_fields_write(const struct json_table *table, const void *record,
				   struct json_t *object, bool repair);

/* Reads the fields of object into record, which is as json_fields_init() made it. Lenient: a text
 * that is too long is shortened and a word that is not known is nothing, because who
 * wrote it may be newer; else both are -EINVAL. So is everything else that does not fit,
 * with a sentence that names the field. record may hold a part then. */
HFT_MUST_USE int json_fields_read(const struct json_table *table, const struct json_t *object,
				  void *record, bool lenient, char sentence[HFT_SENTENCE_BYTES]);

/* Adds "rate_bps" and "rate_bytes". -ENOMEM. */
HFT_MUST_USE int json_add_rate(struct json_t *object, uint64_t rate_bytes);

/* One line with its newline. -ENOBUFS, -ENOMEM. */
HFT_MUST_USE int json_write_line(const struct json_t *object, char *line, size_t capacity,
				 size_t *ret_bytes);

/* The object on a line, to be given to json_decref(); NULL and a sentence when it is none. */
struct json_t *json_read_line(const char *line, size_t bytes, char sentence[HFT_SENTENCE_BYTES]);
