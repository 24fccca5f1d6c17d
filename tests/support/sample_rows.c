/* SPDX-License-Identifier: Apache-2.0 */
/* sample_rows.c -- records with every field set.
 *
 * Each is cleared as a whole first, so that two of the same number are equal byte by
 * byte, padding included. */
#include "support/sample_rows.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_SECOND UINT64_C(1000000000)

struct id sample_id(uint32_t number)
{
	struct id id = {.bytes = {0xa5}};

	for (int index = 0; index < 4; index++)
		id.bytes[4 + index] = (uint8_t)(number >> (24 - 8 * index));
	return id;
}

struct digest sample_digest(uint64_t number)
{
	return digest_of(&number, sizeof(number));
}

static void fill_source(struct source_identity *source, uint32_t number)
{
	source->device = 64769;
	source->inode = 1000 + number;
	source->bytes = UINT64_C(3) << 40;
	source->mtime_ns = UINT64_C(1700000000123456789);
	source->ctime_ns = UINT64_C(1700000000987654321);
	source->type = SOURCE_FILE;
}

static void fill_core(struct request_core *core, uint32_t number)
{
	core->transfer = sample_id(number);
	core->type = TRANSFER_TEXT;
	core->from_start = true;
	core->detach = true;
	core->priority = 256;
	core->uid = 1001;
	core->gid = 1002;
	core->attempts = 3;
	core->session_epoch = 17;
	core->limit_rate_bytes = 1024;
	core->accepted_wall_ns = UINT64_C(1700000000000000000) + number;
	core->resend_of = 41;
	core->total_bytes = UINT64_C(3) << 40;
	core->durable_bytes = UINT64_C(1) << 40;
	fill_source(&core->source, number);
	(void)snprintf(core->file_id, sizeof(core->file_id), "FILE%u", number % 3);
	(void)snprintf(core->host, sizeof(core->host), "host%u", number % 2);
	(void)snprintf(core->path, sizeof(core->path), "/data/out/%u.dat", number);
	(void)snprintf(core->name, sizeof(core->name), "in/%u.dat", number);
	(void)snprintf(core->requester, sizeof(core->requester), "anna");
}

struct queue_row sample_queue_row(uint32_t number)
{
	struct queue_row row;

	memset(&row, 0, sizeof(row));
	fill_core(&row.core, number);
	row.kind = QUEUE_REQUESTED;
	row.state = QUEUE_AUTO_WAIT;
	row.pre_job_done = true;
	row.auto_resends_left = 2;
	row.cycle = 1;
	row.next_try = 4;
	row.wait_from_wall_ns = UINT64_C(1700000100000000000);
	row.wait_until_wall_ns = UINT64_C(1700000280000000000);
	outcome_set_errno(&row.last, HFT_READ_FAILED, HFT_DETAIL_HOST_DEAD, 104,
			  "reading from tokyo failed after 1048576: no answer");
	return row;
}

struct resend_row sample_resend_row(uint32_t number)
{
	struct resend_row row;
	struct outcome peer;

	memset(&row, 0, sizeof(row));
	fill_core(&row.core, number);
	row.taken = true;
	row.ended_wall_ns = UINT64_C(1700000300000000000);
	row.source_offset_bytes = UINT64_C(1) << 40;
	row.target_offset_bytes = (UINT64_C(1) << 40) + 7;
	row.records = 12345;
	outcome_set(&peer, HFT_RECEIVE_STOPPED, HFT_DETAIL_FOR_GOOD, "stopped for good");
	outcome_set_from_peer(&row.outcome, HFT_RECEIVER_FAILED, "tokyo", &peer);
	return row;
}

struct checkpoint sample_checkpoint(uint32_t number)
{
	struct checkpoint row;
	int error;

	memset(&row, 0, sizeof(row));
	row.transfer = sample_id(number);
	row.role = CHECKPOINT_RECEIVER;
	row.stage = CHECKPOINT_RECEIVING;
	row.mode = TARGET_APPEND;
	row.on_failure = ON_FAILURE_RESTORE;
	row.repaired = true;
	row.total_known = true;
	row.attempt = 2;
	row.session_epoch = 9;
	row.chunk_bytes = 1 << 20;
	row.permissions = 0640;
	row.owner_epoch = 5;
	row.total_bytes = UINT64_C(3) << 40;
	row.prefix_chunks = 100;
	row.append_base_bytes = 4711;
	row.started_wall_ns = UINT64_C(1700000000000000001);
	row.changed_wall_ns = UINT64_C(1700000000000000002);
	row.chain = sample_digest(number);
	fill_source(&row.source, number);
	error = ranges_add(&row.coverage, 0, 100);
	error |= ranges_add(&row.coverage, 200, 300 + number);
	if (error)
		row.coverage.count = UINT32_MAX; /* no codec takes it */
	(void)snprintf(row.peer, sizeof(row.peer), "osaka");
	(void)snprintf(row.file_id, sizeof(row.file_id), "FILE1");
	(void)snprintf(row.folder, sizeof(row.folder), "/srv/in");
	(void)snprintf(row.final_name, sizeof(row.final_name), "sub/%u.dat", number);
	(void)snprintf(row.part_name, sizeof(row.part_name), "sub/.%u.dat.part", number);
	return row;
}

struct log_row sample_log_row(uint32_t number)
{
	struct log_row row;

	memset(&row, 0, sizeof(row));
	row.kind = LOG_SEND;
	row.type = TRANSFER_BINARY;
	row.mode = TARGET_REPLACE;
	row.reason = 5;
	row.has_digest = true;
	row.verdict = HFT_DETAIL_PATH_DEAD;
	row.attempt = 1;
	row.cycle = 2;
	row.generation = 3;
	row.noticed_ms = 250;
	row.started_wall_ns = number * NS_PER_SECOND - NS_PER_SECOND / 2;
	row.ended_wall_ns = number * NS_PER_SECOND;
	row.bytes_total = 1 << 30;
	row.bytes_moved = 1 << 29;
	row.bytes_skipped = 1 << 28;
	row.bytes_resent = 1 << 20;
	row.records = 99;
	row.resend_of = 40;
	row.owner_epoch = 5;
	row.transfer = sample_id(number);
	row.digest = sample_digest(number);
	outcome_set(&row.outcome, HFT_WRITE_FAILED, HFT_DETAIL_PATH_DEAD, "writing failed");
	(void)snprintf(row.file_id, sizeof(row.file_id), "FILE%u", number % 3);
	(void)snprintf(row.host, sizeof(row.host), "host%u", number % 2);
	(void)snprintf(row.address, sizeof(row.address), "10.0.0.2:30000");
	(void)snprintf(row.path, sizeof(row.path), "/data/out/%u.dat", number);
	(void)snprintf(row.requester, sizeof(row.requester), "anna@osaka");
	(void)snprintf(row.node, sizeof(row.node), "node1");
	return row;
}

struct completed_row sample_completed_row(uint32_t number)
{
	struct completed_row row;

	memset(&row, 0, sizeof(row));
	row.transfer = sample_id(number);
	row.mode = TARGET_NEW;
	row.generation = 7;
	row.completed_wall_ns = number * NS_PER_SECOND;
	row.bytes = UINT64_C(5) << 30;
	row.append_base_bytes = 11;
	row.digest = sample_digest(number);
	fill_source(&row.source, number);
	outcome_set(&row.outcome, HFT_DONE, HFT_DETAIL_NONE, "%u.dat is complete", number);
	(void)snprintf(row.folder, sizeof(row.folder), "/srv/in");
	(void)snprintf(row.final_name, sizeof(row.final_name), "%u.dat.0007", number);
	return row;
}
