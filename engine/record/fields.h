/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h -- a record described as a table of fields, and the walk over it.
 *
 * Inside record/ only: rows.c has the tables, fields.c the one encoder and the one
 * decoder. The bytes are as drawn in codec.h. */
#ifndef HFT_RECORD_FIELDS_H
#define HFT_RECORD_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

enum field_kind {
	FIELD_U8,     /* 1 byte */
	FIELD_U16,    /* 2 bytes */
	FIELD_U32,    /* 4 bytes */
	FIELD_U64,    /* 8 bytes */
	FIELD_BOOL,   /* 1 byte, 0 or 1 */
	FIELD_BYTES,  /* as many bytes as the member has: ids and digests */
	FIELD_TEXT,   /* u16 length, then the bytes; a NUL-terminated array in the struct */
	FIELD_RANGES, /* u32 count, then u64 start and u64 end of each, ascending, apart */
	FIELD_TABLE,  /* the fields of another table: a struct within the struct */
};

struct field_table;

struct field {
	enum field_kind kind;		 /* how it is written */
	size_t offset;			 /* of the member in the struct */
	size_t bytes;			 /* size of the member */
	uint64_t minimum;		 /* numbers: smallest valid value */
	uint64_t maximum;		 /* numbers: largest valid value */
	const struct field_table *table; /* FIELD_TABLE: of the member */
};

struct field_table {
	const struct field *fields; /* in the order they are written */
	size_t count;		    /* how many */
	/* What no single field can tell; NULL = nothing more to check. */
	bool (*is_valid)(const void *record);
};

/* Appends the fields of record, and only them, at data. Returns -ENOBUFS if they need
 * more than capacity bytes, -EINVAL if a member is outside its bounds. */
HFT_MUST_USE int fields_encode(const struct field_table *table, const void *record, void *data,
			       size_t capacity, size_t *ret_bytes);

/* Reads a record from exactly bytes at data. record must be zeroed; on -EBADMSG it may
 * hold a part of what was read. */
HFT_MUST_USE int fields_decode(const struct field_table *table, const void *data, size_t bytes,
			       void *record);

#endif
