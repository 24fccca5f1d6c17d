/* SPDX-License-Identifier: Apache-2.0 */
/* step.h -- the single things the receiving side asks of the disk, one at a time.
 *
 * Each is one operation of io/op.h, so that a crash can be placed between any two.
 * Which come in which order is decided in receiver.c and publish.c. */
#pragma once

enum receive_step {
	STEP_OPEN_FOLDER,     /* the folder the definition allows; -ENOENT: not there */
	STEP_CHECK_TARGET,    /* is there a file under the final name? 0 = yes, -ENOENT = no */
	STEP_OPEN_PART,	      /* opens the part file, makes it if missing; bytes = its length */
	STEP_REMOVE_PART,     /* unlinks the part file; -ENOENT is success */
	STEP_SYNC_DATA,	      /* fdatasync of the part file; cost_ns = how long */
	STEP_TRUNCATE_PART,   /* cuts the part file to the exact size */
	STEP_SET_MODE,	      /* permission bits and owner of the part file */
	STEP_SYNC_PART,	      /* fsync of the part file */
	STEP_RENAME,	      /* part name -> final name */
	STEP_RENAME_NEW,      /* the same, never replacing; -EEXIST: target exists */
	STEP_SYNC_FOLDER,     /* fsync of the folder */
	STEP_OPEN_TARGET,     /* append: opens the target, makes it if missing */
	STEP_LOCK_TARGET,     /* append: whole-file write lock; -EAGAIN: locked elsewhere */
	STEP_STAT_TARGET,     /* append: bytes = length of the target */
	STEP_TRUNCATE_TARGET, /* append: cuts the target back to the journaled base */
	STEP_COPY_TO_TARGET,  /* append: copies the part file behind the base; bytes = copied in all
			       */
	STEP_SYNC_TARGET,     /* append: fsync of the target */
	STEP_CLOSE_TARGET,    /* append: closes it, which gives the lock back */
	STEP_COUNT,	      /* how many; not a step */
};
