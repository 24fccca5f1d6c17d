/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c -- the fields of each record, in the order they are written.
 *
 * To change a record: change the table, raise its version in row_types, and keep the old
 * table as long as rows of that version may be on a disk. Enumerations are stored as
 * their numbers, so those are never reused. */

#include "record/codec.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "record/fields.h"
#include "record/resume_reason.h"

#define MEMBER_BYTES(type, member) sizeof(((type *)0)->member)
#define FIELD(kind_, type, member, minimum_, maximum_, table_)                                 \
	{                                                                                      \
		kind_, offsetof(type, member), MEMBER_BYTES(type, member), minimum_, maximum_, \
			table_                                                                 \
	}
#define CODE8(type, member, minimum_, maximum_) \
	FIELD(FIELD_U8, type, member, minimum_, maximum_, NULL)
#define CODE16(type, member, minimum_, maximum_) \
	FIELD(FIELD_U16, type, member, minimum_, maximum_, NULL)
#define CODE32(type, member, minimum_, maximum_) \
	FIELD(FIELD_U32, type, member, minimum_, maximum_, NULL)
#define U16(type, member)	    FIELD(FIELD_U16, type, member, 0, UINT16_MAX, NULL)
#define U32(type, member)	    FIELD(FIELD_U32, type, member, 0, UINT32_MAX, NULL)
#define U64(type, member)	    FIELD(FIELD_U64, type, member, 0, UINT64_MAX, NULL)
#define BOOL(type, member)	    FIELD(FIELD_BOOL, type, member, 0, 1, NULL)
#define BYTES(type, member)	    FIELD(FIELD_BYTES, type, member, 0, 0, NULL)
#define TEXT(type, member)	    FIELD(FIELD_TEXT, type, member, 0, 0, NULL)
#define RANGES(type, member)	    FIELD(FIELD_RANGES, type, member, 0, 0, NULL)
#define TABLE(type, member, table_) FIELD(FIELD_TABLE, type, member, 0, 0, table_)
#define COUNT_OF(list)		    (sizeof(list) / sizeof((list)[0]))

/* Texts, coverage and everything else of the largest row. */
static_assert(HFT_ROW_BYTES_MAX >= HFT_PATH_BYTES + 2 * HFT_NAME_BYTES + HFT_SENTENCE_BYTES +
					   16 * HFT_RANGES_MAX + 2048,
	      "a row buffer cannot hold the largest checkpoint");

/* The journal stores list numbers and sequences as SQLite integers, which have a sign. */
#define NUMBER_MAX ((uint64_t)INT64_MAX)

static const struct field identity_fields[] = {
	CODE32(struct source_identity, type, 0, SOURCE_STREAM),
	U64(struct source_identity, device),
	U64(struct source_identity, inode),
	U64(struct source_identity, bytes),
	U64(struct source_identity, mtime_ns),
	U64(struct source_identity, ctime_ns),
};
static const struct field_table identity_table = {identity_fields, COUNT_OF(identity_fields), NULL};

static bool outcome_is_valid(const void *record)
{
	const struct outcome *outcome = (const struct outcome *)record;

	return outcome_is_known(outcome->status, outcome->detail);
}

static const struct field outcome_fields[] = {
	U16(struct outcome, status),	  U16(struct outcome, detail),
	U16(struct outcome, peer_detail), U16(struct outcome, cause_errno),
	TEXT(struct outcome, sentence),
};
static const struct field_table outcome_fields_table = {outcome_fields, COUNT_OF(outcome_fields),
							outcome_is_valid};

static const struct field core_fields[] = {
	BYTES(struct request_core, transfer),
	CODE8(struct request_core, type, TRANSFER_BINARY, TRANSFER_TYPES - 1),
	BOOL(struct request_core, from_start),
	BOOL(struct request_core, detach),
	CODE16(struct request_core, priority, 1, 256),
	U32(struct request_core, uid),
	U32(struct request_core, gid),
	U32(struct request_core, attempts),
	U32(struct request_core, session_epoch),
	U64(struct request_core, limit_rate_bytes),
	U64(struct request_core, accepted_wall_ns),
	FIELD(FIELD_U64, struct request_core, resend_of, 0, NUMBER_MAX, NULL),
	U64(struct request_core, total_bytes),
	U64(struct request_core, durable_bytes),
	TABLE(struct request_core, source, &identity_table),
	TEXT(struct request_core, file_id),
	TEXT(struct request_core, host),
	TEXT(struct request_core, path),
	TEXT(struct request_core, name),
	TEXT(struct request_core, requester),
};
static const struct field_table core_table = {core_fields, COUNT_OF(core_fields), NULL};

static const struct field queue_fields[] = {
	TABLE(struct queue_row, core, &core_table),
	CODE8(struct queue_row, kind, QUEUE_SEND, QUEUE_KINDS - 1),
	CODE8(struct queue_row, state, QUEUE_QUEUED, QUEUE_STATES - 1),
	BOOL(struct queue_row, pre_job_done),
	U32(struct queue_row, auto_resends_left),
	U32(struct queue_row, cycle),
	U32(struct queue_row, next_try),
	U64(struct queue_row, wait_from_wall_ns),
	U64(struct queue_row, wait_until_wall_ns),
	TABLE(struct queue_row, last, &outcome_fields_table),
};
static const struct field_table queue_table = {queue_fields, COUNT_OF(queue_fields), NULL};

static const struct field resend_fields[] = {
	TABLE(struct resend_row, core, &core_table),
	FIELD(FIELD_U64, struct resend_row, list_no, 0, NUMBER_MAX, NULL),
	BOOL(struct resend_row, taken),
	U64(struct resend_row, ended_wall_ns),
	U64(struct resend_row, source_offset_bytes),
	U64(struct resend_row, target_offset_bytes),
	U64(struct resend_row, records),
	TABLE(struct resend_row, outcome, &outcome_fields_table),
};
static const struct field_table resend_table = {resend_fields, COUNT_OF(resend_fields), NULL};

static const struct field checkpoint_fields[] = {
	BYTES(struct checkpoint, transfer),
	CODE8(struct checkpoint, role, CHECKPOINT_SENDER, CHECKPOINT_ROLES - 1),
	CODE8(struct checkpoint, stage, CHECKPOINT_SENDING, CHECKPOINT_STAGES - 1),
	CODE8(struct checkpoint, mode, 0, TARGET_MODES - 1),
	CODE8(struct checkpoint, on_failure, 0, ON_FAILURE_CHOICES - 1),
	BOOL(struct checkpoint, repaired),
	BOOL(struct checkpoint, total_known),
	U32(struct checkpoint, attempt),
	U32(struct checkpoint, session_epoch),
	U32(struct checkpoint, chunk_bytes),
	CODE32(struct checkpoint, permissions, 0, 07777),
	U64(struct checkpoint, owner_epoch),
	U64(struct checkpoint, total_bytes),
	U64(struct checkpoint, prefix_chunks),
	U64(struct checkpoint, append_base_bytes),
	U64(struct checkpoint, started_wall_ns),
	U64(struct checkpoint, changed_wall_ns),
	BYTES(struct checkpoint, chain),
	TABLE(struct checkpoint, source, &identity_table),
	RANGES(struct checkpoint, coverage),
	TEXT(struct checkpoint, peer),
	TEXT(struct checkpoint, file_id),
	TEXT(struct checkpoint, folder),
	TEXT(struct checkpoint, final_name),
	TEXT(struct checkpoint, part_name),
};
static const struct field_table checkpoint_table = {checkpoint_fields, COUNT_OF(checkpoint_fields),
						    NULL};

static const struct field log_fields[] = {
	FIELD(FIELD_U64, struct log_row, sequence, 0, NUMBER_MAX, NULL),
	CODE8(struct log_row, kind, LOG_SEND, LOG_KINDS - 1),
	CODE8(struct log_row, type, 0, TRANSFER_TYPES - 1),
	CODE8(struct log_row, mode, 0, TARGET_MODES - 1),
	CODE8(struct log_row, reason, 0, RESUME_REASONS - 1),
	BOOL(struct log_row, has_digest),
	U16(struct log_row, verdict),
	U32(struct log_row, attempt),
	U32(struct log_row, cycle),
	U32(struct log_row, generation),
	U32(struct log_row, noticed_ms),
	U64(struct log_row, started_wall_ns),
	U64(struct log_row, ended_wall_ns),
	U64(struct log_row, bytes_total),
	U64(struct log_row, bytes_moved),
	U64(struct log_row, bytes_skipped),
	U64(struct log_row, bytes_resent),
	U64(struct log_row, records),
	FIELD(FIELD_U64, struct log_row, list_no, 0, NUMBER_MAX, NULL),
	FIELD(FIELD_U64, struct log_row, resend_of, 0, NUMBER_MAX, NULL),
	U64(struct log_row, owner_epoch),
	BYTES(struct log_row, transfer),
	BYTES(struct log_row, digest),
	TABLE(struct log_row, outcome, &outcome_fields_table),
	TEXT(struct log_row, file_id),
	TEXT(struct log_row, host),
	TEXT(struct log_row, address),
	TEXT(struct log_row, path),
	TEXT(struct log_row, requester),
	TEXT(struct log_row, node),
};
static const struct field_table log_table = {log_fields, COUNT_OF(log_fields), NULL};

static const struct field completed_fields[] = {
	BYTES(struct completed_row, transfer),
	CODE8(struct completed_row, mode, 0, TARGET_MODES - 1),
	U32(struct completed_row, generation),
	U64(struct completed_row, completed_wall_ns),
	U64(struct completed_row, bytes),
	U64(struct completed_row, append_base_bytes),
	BYTES(struct completed_row, digest),
	TABLE(struct completed_row, source, &identity_table),
	TABLE(struct completed_row, outcome, &outcome_fields_table),
	TEXT(struct completed_row, folder),
	TEXT(struct completed_row, final_name),
};
static const struct field_table completed_table = {completed_fields, COUNT_OF(completed_fields),
						   NULL};

#define ROW_HEAD_BYTES 2 /* kind and version */

struct row_type {
	uint8_t version;		 /* the only one written and read */
	const struct field_table *table; /* its fields */
};

static const struct row_type row_types[ROW_KINDS] = {
	[ROW_QUEUE] = {1, &queue_table},	   [ROW_RESEND] = {1, &resend_table},
	[ROW_CHECKPOINT] = {1, &checkpoint_table}, [ROW_LOG] = {1, &log_table},
	[ROW_COMPLETED] = {1, &completed_table},
};

static int row_encode(enum row_kind kind, const void *row, void *buffer, size_t capacity,
		      size_t *ret_bytes)
{
	uint8_t *head = (uint8_t *)buffer;
	size_t bytes = 0;
	int error;

	assert(row);
	assert(buffer);
	assert(ret_bytes);

	if (capacity < ROW_HEAD_BYTES)
		return -ENOBUFS;
	head[0] = (uint8_t)kind;
	head[1] = row_types[kind].version;
	error = fields_encode(row_types[kind].table, row, head + ROW_HEAD_BYTES,
			      capacity - ROW_HEAD_BYTES, &bytes);
	if (error < 0)
		return error;
	*ret_bytes = ROW_HEAD_BYTES + bytes;
	return 0;
}

static int row_decode(enum row_kind kind, const void *data, size_t bytes, void *row)
{
	const uint8_t *head = (const uint8_t *)data;

	assert(data);

	if (bytes < ROW_HEAD_BYTES || head[0] != kind)
		return -EBADMSG;
	if (head[1] != row_types[kind].version)
		return -EPROTONOSUPPORT;
	return fields_decode(row_types[kind].table, head + ROW_HEAD_BYTES, bytes - ROW_HEAD_BYTES,
			     row);
}

int queue_row_encode(const struct queue_row *row, void *buffer, size_t capacity, size_t *ret_bytes)
{
	return row_encode(ROW_QUEUE, row, buffer, capacity, ret_bytes);
}

int resend_row_encode(const struct resend_row *row, void *buffer, size_t capacity,
		      size_t *ret_bytes)
{
	return row_encode(ROW_RESEND, row, buffer, capacity, ret_bytes);
}

int checkpoint_encode(const struct checkpoint *row, void *buffer, size_t capacity,
		      size_t *ret_bytes)
{
	return row_encode(ROW_CHECKPOINT, row, buffer, capacity, ret_bytes);
}

int log_row_encode(const struct log_row *row, void *buffer, size_t capacity, size_t *ret_bytes)
{
	return row_encode(ROW_LOG, row, buffer, capacity, ret_bytes);
}

int completed_row_encode(const struct completed_row *row, void *buffer, size_t capacity,
			 size_t *ret_bytes)
{
	return row_encode(ROW_COMPLETED, row, buffer, capacity, ret_bytes);
}

int queue_row_decode(const void *data, size_t bytes, struct queue_row *ret_row)
{
	struct queue_row row = {0};
	int error = row_decode(ROW_QUEUE, data, bytes, &row);

	assert(ret_row);
	if (error < 0)
		return error;
	*ret_row = row;
	return 0;
}

int resend_row_decode(const void *data, size_t bytes, struct resend_row *ret_row)
{
	struct resend_row row = {0};
	int error = row_decode(ROW_RESEND, data, bytes, &row);

	assert(ret_row);
	if (error < 0)
		return error;
	*ret_row = row;
	return 0;
}

int checkpoint_decode(const void *data, size_t bytes, struct checkpoint *ret_row)
{
	struct checkpoint row = {0};
	int error = row_decode(ROW_CHECKPOINT, data, bytes, &row);

	assert(ret_row);
	if (error < 0)
		return error;
	*ret_row = row;
	return 0;
}

int log_row_decode(const void *data, size_t bytes, struct log_row *ret_row)
{
	struct log_row row = {0};
	int error = row_decode(ROW_LOG, data, bytes, &row);

	assert(ret_row);
	if (error < 0)
		return error;
	*ret_row = row;
	return 0;
}

int completed_row_decode(const void *data, size_t bytes, struct completed_row *ret_row)
{
	struct completed_row row = {0};
	int error = row_decode(ROW_COMPLETED, data, bytes, &row);

	assert(ret_row);
	if (error < 0)
		return error;
	*ret_row = row;
	return 0;
}
