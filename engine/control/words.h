/* SPDX-License-Identifier: Apache-2.0 */
/* words.h -- the words that enums of records have in JSON and in print.
 *
 * A word, once used, never changes its meaning. A list is indexed by the enum's value;
 * NULL where the value has no word. */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

struct word_list {
	const char *const *words; /* [count], by value; NULL = no such value */
	uint32_t count;		  /* one more than the largest value */
};

/* queued, pre-job, connecting, sending, auto-wait, success-job, failure-job. */
extern const struct word_list words_queue_state;
/* send, resend, requested: enum queue_kind. */
extern const struct word_list words_queue_kind;
/* binary, text, format: enum transfer_type. */
extern const struct word_list words_transfer_type;
/* send, receive, observe, job: enum log_kind. */
extern const struct word_list words_log_kind;
/* new, replace, append: enum target_mode. */
extern const struct word_list words_target_mode;
/* send, resend: enum control_queue. */
extern const struct word_list words_control_queue;

/* The word of the value; NULL when it has none. */
const char *word_of(const struct word_list *list, uint64_t value);

/* The value with that word. -EINVAL, with *ret_value untouched, when there is none. */
HFT_MUST_USE int word_parse(const struct word_list *list, const char *word, uint64_t *ret_value);
