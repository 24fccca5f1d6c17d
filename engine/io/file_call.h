/* SPDX-License-Identifier: Apache-2.0 */
/* file_call.h -- one file op performed by plain system calls, on a worker's thread.
 *
 * What the pool (file_worker.h) runs; it knows no threads and no queues.
 * Its one idea: a name from the network is resolved in exactly one function, beneath a
 * folder and through no link of any sort; all else works on descriptors. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct op;

/* What a worker brings along. */
struct file_call {
	uint8_t *buffer;		  /* for copying where the kernel cannot */
	size_t buffer_bytes;		  /* its size */
	void *context;			  /* for must_stop */
	bool (*must_stop)(void *context); /* asked between two pieces of a long op */
};

/* Performs `op`, fills its ret_ fields and returns what belongs into op->result. Data ops go on
 * from op->backend.progress. -EINVAL for a kind that is not about files. */
HFT_MUST_USE int64_t file_call_perform(const struct file_call *call, struct op *op);
