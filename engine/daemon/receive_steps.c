/* SPDX-License-Identifier: Apache-2.0 */
/* receive_steps.c -- see receive_steps.h. */
#include "daemon/receive_steps.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/name.h"
#include "base/text.h"
#include "daemon/mover.h"

/* Bits for a part file until the definition's are set before publish: nobody else reads half a
 * file. */
#define PART_PERMISSIONS 0600

/* -- one step ----------------------------------------------------------- */

static void step_close_fd(struct receive_session *session, int *fd)
{
	if (*fd >= 0)
		ops_close(session->mover->ops, *fd);
	*fd = -1;
}

/* A receive that is over may have to wait for its peer, but nobody has to wait for its lock. */
static void receive_steps_unlock(struct receive_session *session)
{
	if (session->ended && !session->step_runs)
		step_close_fd(session, &session->target_fd);
}

static void step_tell(struct receive_session *session, int error, uint64_t bytes)
{
	struct transfer_event event = {
		.kind = EVENT_STEP_DONE,
		.error = error,
		.of.step =
			{
				.step = session->step,
				.bytes = bytes,
				.cost_ns = session->mover->now_ns - session->step_started_ns,
			},
	};

	session->step_runs = false;
	receive_steps_unlock(session);
	receive_session_answer(session, &event);
}

static void step_done(struct op *op)
{
	step_tell(op->owner, op->result < 0 ? (int)op->result : 0, 0);
}

static struct op *step_op(struct receive_session *session, enum op_kind kind, int fd)
{
	struct op *op = &session->step_op;

	memset(op, 0, sizeof(*op));
	op->kind = kind;
	op->fd = fd;
	op->owner = session;
	op->done = step_done;
	return op;
}

static void step_go(struct receive_session *session)
{
	ops_submit(session->mover->ops, &session->step_op);
}

static struct op *step_open(struct receive_session *session, int folder, const char *path,
			    uint32_t flags)
{
	struct op *op = step_op(session, OP_OPEN, folder);

	op->args.open.path = path;
	op->args.open.flags = flags;
	op->args.open.mode = PART_PERMISSIONS;
	return op;
}

/* -- opening ------------------------------------------------------------ */

/* Splits the final name and makes the part file's name. */
static int step_names(struct receive_session *session)
{
	const char *name = receiver_final_name(session->receiver);
	const char *slash = strrchr(name, '/');
	int error = 0;

	if (slash) {
		error = text_copy(session->subfolder, sizeof(session->subfolder), name);
		if (error < 0)
			return error;
		session->subfolder[slash - name] = '\0';
		name = slash + 1;
	}
	if (!name_is_safe(name))
		return -EINVAL;
	error = text_copy(session->target_name, sizeof(session->target_name), name);
	if (error < 0)
		return error;
	return name_part(session->part_name, sizeof(session->part_name), name,
			 receiver_transfer_id(session->receiver));
}

static void step_subfolder_opened(struct op *op)
{
	struct receive_session *session = op->owner;

	step_close_fd(session, &session->folder_fd);
	if (op->result >= 0)
		session->folder_fd = (int)op->result;
	step_done(op);
}

static void step_folder_opened(struct op *op)
{
	struct receive_session *session = op->owner;

	if (op->result < 0) {
		step_done(op);
		return;
	}
	session->folder_fd = (int)op->result;
	if (!session->subfolder[0]) {
		step_done(op);
		return;
	}
	step_open(session, session->folder_fd, session->subfolder,
		  OPEN_READ | OPEN_FOLDER | OPEN_BENEATH)
		->done = step_subfolder_opened;
	step_go(session);
}

static void step_open_folder(struct receive_session *session)
{
	int error = step_names(session);

	step_close_fd(session, &session->folder_fd);
	if (error < 0) {
		step_op(session, OP_NOTHING, -1);
		session->folder_fd = -1;
	} else {
		step_open(session, -1, receiver_folder(session->receiver), OPEN_READ | OPEN_FOLDER)
			->done = step_folder_opened;
	}
	step_go(session);
}

static void step_target_checked(struct op *op)
{
	struct receive_session *session = op->owner;

	if (op->result >= 0) {
		ops_close(session->mover->ops, (int)op->result);
		op->result = 0;
	} else if (op->result != -ENOENT) {
		/* Something is there, if only a link that we do not follow. */
		op->result = 0;
	}
	step_done(op);
}

static void step_check_target(struct receive_session *session)
{
	step_open(session, session->folder_fd, session->target_name,
		  OPEN_READ | OPEN_BENEATH | OPEN_NONBLOCK)
		->done = step_target_checked;
	step_go(session);
}

static void step_part_measured(struct op *op)
{
	struct receive_session *session = op->owner;
	int error = op->result < 0 ? (int)op->result : 0;

	if (error == 0 && !S_ISREG(op->args.stat.ret.mode))
		error = -EPERM;
	step_tell(session, error, op->args.stat.ret.bytes);
}

static void step_part_opened(struct op *op)
{
	struct receive_session *session = op->owner;

	if (op->result < 0) {
		step_done(op);
		return;
	}
	session->part_fd = (int)op->result;
	session->part_align_bytes = op->args.open.ret_align_bytes;
	step_op(session, OP_STAT, session->part_fd)->done = step_part_measured;
	step_go(session);
}

static void step_open_part(struct receive_session *session)
{
	step_close_fd(session, &session->part_fd);
	step_open(session, session->folder_fd, session->part_name,
		  OPEN_READ | OPEN_WRITE | OPEN_CREATE | OPEN_DIRECT | OPEN_BENEATH)
		->done = step_part_opened;
	step_go(session);
}

static void step_part_removed(struct op *op)
{
	if (op->result == -ENOENT)
		op->result = 0;
	step_done(op);
}

static void step_remove_part(struct receive_session *session)
{
	struct op *op = step_op(session, OP_UNLINK, session->folder_fd);

	/* The part file stays open: chunks may still be on their way into it. */
	op->args.unlink.name = session->part_name;
	op->done = step_part_removed;
	step_go(session);
}

/* -- durable and published ---------------------------------------------- */

static void step_sync_data(struct receive_session *session)
{
	step_op(session, OP_DATASYNC, session->part_fd);
	step_go(session);
}

static void step_truncate_part(struct receive_session *session)
{
	step_op(session, OP_TRUNCATE, session->part_fd)->args.truncate.bytes =
		receiver_total_bytes(session->receiver);
	step_go(session);
}

static void step_set_mode(struct receive_session *session)
{
	struct op *op = step_op(session, OP_MODE, session->part_fd);

	op->args.mode.mode = session->grant.definition->permissions;
	op->args.mode.uid = session->grant.definition->uid;
	op->args.mode.gid = session->grant.definition->gid;
	step_go(session);
}

static void step_sync_part(struct receive_session *session)
{
	step_op(session, OP_SYNC, session->part_fd);
	step_go(session);
}

static void step_rename_as(struct receive_session *session, bool never_replace)
{
	struct op *op = step_op(session, OP_RENAME, session->folder_fd);

	op->args.rename.from = session->part_name;
	op->args.rename.to = session->target_name;
	op->args.rename.never_replace = never_replace;
	step_go(session);
}

static void step_rename(struct receive_session *session)
{
	step_rename_as(session, false);
}

static void step_rename_new(struct receive_session *session)
{
	step_rename_as(session, true);
}

static void step_sync_folder(struct receive_session *session)
{
	step_op(session, OP_SYNC, session->folder_fd);
	step_go(session);
}

/* -- append ------------------------------------------------------------- */

static void step_target_opened(struct op *op)
{
	struct receive_session *session = op->owner;

	if (op->result >= 0)
		session->target_fd = (int)op->result;
	step_done(op);
}

static void step_open_target(struct receive_session *session)
{
	struct op *op = step_open(session, session->folder_fd, session->target_name,
				  OPEN_READ | OPEN_WRITE | OPEN_CREATE | OPEN_BENEATH);

	step_close_fd(session, &session->target_fd);
	op->args.open.mode = session->grant.definition->permissions;
	op->done = step_target_opened;
	step_go(session);
}

static void step_lock_target(struct receive_session *session)
{
	step_op(session, OP_LOCK, session->target_fd);
	step_go(session);
}

static void step_target_measured(struct op *op)
{
	step_tell(op->owner, op->result < 0 ? (int)op->result : 0, op->args.stat.ret.bytes);
}

static void step_stat_target(struct receive_session *session)
{
	step_op(session, OP_STAT, session->target_fd)->done = step_target_measured;
	step_go(session);
}

static void step_truncate_target(struct receive_session *session)
{
	step_op(session, OP_TRUNCATE, session->target_fd)->args.truncate.bytes =
		receiver_append_base(session->receiver);
	step_go(session);
}

static void step_copy_more(struct receive_session *session);

static void step_copied(struct op *op)
{
	struct receive_session *session = op->owner;
	int error = op->result < 0 ? (int)op->result : 0;

	if (op->result > 0)
		session->copied_bytes += (uint64_t)op->result;
	if (op->result > 0 && !session->ended &&
	    session->copied_bytes < receiver_total_bytes(session->receiver)) {
		step_copy_more(session);
		return;
	}
	step_close_fd(session, &session->copy_fd);
	step_tell(session, error, session->copied_bytes);
}

static void step_copy_more(struct receive_session *session)
{
	struct op *op = step_op(session, OP_COPY, session->target_fd);

	op->args.copy.from_fd = session->copy_fd;
	op->args.copy.from_offset = session->copied_bytes;
	op->args.copy.to_offset = receiver_append_base(session->receiver) + session->copied_bytes;
	op->args.copy.bytes = receiver_total_bytes(session->receiver) - session->copied_bytes;
	op->done = step_copied;
	step_go(session);
}

static void step_copy_opened(struct op *op)
{
	struct receive_session *session = op->owner;

	if (op->result < 0 || receiver_total_bytes(session->receiver) == 0) {
		if (op->result >= 0)
			ops_close(session->mover->ops, (int)op->result);
		step_done(op);
		return;
	}
	session->copy_fd = (int)op->result;
	session->copied_bytes = 0;
	step_copy_more(session);
}

/* The part file is open with O_DIRECT, which cannot copy a last block that is not full. */
static void step_copy_to_target(struct receive_session *session)
{
	step_open(session, session->folder_fd, session->part_name, OPEN_READ | OPEN_BENEATH)->done =
		step_copy_opened;
	step_go(session);
}

static void step_sync_target(struct receive_session *session)
{
	step_op(session, OP_SYNC, session->target_fd);
	step_go(session);
}

static void step_close_target(struct receive_session *session)
{
	step_close_fd(session, &session->target_fd);
	step_op(session, OP_NOTHING, -1);
	step_go(session);
}

typedef void (*step_fn)(struct receive_session *session);

static const step_fn step_table[] = {
	[STEP_OPEN_FOLDER] = step_open_folder,
	[STEP_CHECK_TARGET] = step_check_target,
	[STEP_OPEN_PART] = step_open_part,
	[STEP_REMOVE_PART] = step_remove_part,
	[STEP_SYNC_DATA] = step_sync_data,
	[STEP_TRUNCATE_PART] = step_truncate_part,
	[STEP_SET_MODE] = step_set_mode,
	[STEP_SYNC_PART] = step_sync_part,
	[STEP_RENAME] = step_rename,
	[STEP_RENAME_NEW] = step_rename_new,
	[STEP_SYNC_FOLDER] = step_sync_folder,
	[STEP_OPEN_TARGET] = step_open_target,
	[STEP_LOCK_TARGET] = step_lock_target,
	[STEP_STAT_TARGET] = step_stat_target,
	[STEP_TRUNCATE_TARGET] = step_truncate_target,
	[STEP_COPY_TO_TARGET] = step_copy_to_target,
	[STEP_SYNC_TARGET] = step_sync_target,
	[STEP_CLOSE_TARGET] = step_close_target,
};
static_assert(ARRAY_COUNT(step_table) == STEP_COUNT, "a step has no function");

void receive_step(struct receive_session *session, enum receive_step step)
{
	session->step = step;
	session->step_started_ns = session->mover->now_ns;
	session->step_runs = true;
	session->holds++;
	step_table[step](session);
}

/* -- re-check ----------------------------------------------------------- */

static void check_done(struct op *op)
{
	struct receive_session *session = op->owner;
	struct transfer_event event = {.kind = EVENT_RECHECKED};
	struct slot *slot = session->check_slot;

	event.of.recheck.chunk = session->check_chunk;
	event.error = op->result < 0 ? (int)op->result : 0;
	if (op->result >= 0 && (uint64_t)op->result < session->check_bytes)
		event.error = -ENODATA;
	if (event.error == 0)
		event.of.recheck.digest = digest_of(slot->payload, session->check_bytes);
	session->mover->recheck_bytes_read += op->result > 0 ? (uint64_t)op->result : 0;
	session->check_slot = NULL;
	buffer_pool_give(session->mover->pool, slot);
	receive_session_answer(session, &event);
}

static void check_slot_ready(struct slot_waiter *waiter, struct slot *slot)
{
	struct receive_session *session = waiter->owner;
	struct op *op = &session->check_op;

	session->check_slot = slot;
	op->args.data.data = slot->payload;
	op->args.data.buffer_index = slot->buffer_index;
	ops_submit(session->mover->ops, op);
}

void receive_recheck(struct receive_session *session, const struct transfer_action *action)
{
	struct op *op = &session->check_op;
	uint32_t align = session->part_align_bytes;
	uint32_t bytes = action->of.chunk.bytes;

	memset(op, 0, sizeof(*op));
	op->kind = OP_READ;
	op->fd = session->part_fd;
	op->owner = session;
	op->done = check_done;
	op->args.data.bytes = align > 1 ? (bytes + align - 1) / align * align : bytes;
	op->args.data.offset = action->of.chunk.offset;
	op->args.data.whole = true;
	session->check_chunk = action->of.chunk.chunk;
	session->check_bytes = bytes;
	session->check_waiter.owner = session;
	session->check_waiter.ready = check_slot_ready;
	session->holds++;
	buffer_pool_wait(session->mover->pool, &session->check_waiter);
}

void receive_steps_cancel(struct receive_session *session)
{
	receive_steps_unlock(session);
	if (!list_node_is_linked(&session->check_waiter.node))
		return;
	buffer_pool_leave(session->mover->pool, &session->check_waiter);
	assert(session->holds > 0);
	session->holds--;
}

void receive_steps_close(struct receive_session *session)
{
	step_close_fd(session, &session->copy_fd);
	step_close_fd(session, &session->target_fd);
	step_close_fd(session, &session->part_fd);
	step_close_fd(session, &session->folder_fd);
}
