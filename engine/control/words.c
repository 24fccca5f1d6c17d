/* SPDX-License-Identifier: Apache-2.0 */
/* words.c -- see words.h. */

#include "control/words.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "control/request.h"
#include "record/checkpoint.h"
#include "record/log_row.h"
#include "record/queue_row.h"

static const char *const queue_state_words[] = {
	[QUEUE_QUEUED] = "queued",	     [QUEUE_PRE_JOB] = "pre-job",
	[QUEUE_CONNECTING] = "connecting",   [QUEUE_SENDING] = "sending",
	[QUEUE_AUTO_WAIT] = "auto-wait",     [QUEUE_SUCCESS_JOB] = "success-job",
	[QUEUE_FAILURE_JOB] = "failure-job",
};
static_assert(ARRAY_COUNT(queue_state_words) == QUEUE_STATES, "a state has no word");

static const char *const queue_kind_words[] = {
	[QUEUE_SEND] = "send",
	[QUEUE_RESEND] = "resend",
	[QUEUE_REQUESTED] = "requested",
};
static_assert(ARRAY_COUNT(queue_kind_words) == QUEUE_KINDS, "a kind has no word");

static const char *const transfer_type_words[] = {
	[TRANSFER_BINARY] = "binary",
	[TRANSFER_TEXT] = "text",
	[TRANSFER_FORMAT] = "format",
};
static_assert(ARRAY_COUNT(transfer_type_words) == TRANSFER_TYPES, "a type has no word");

static const char *const log_kind_words[] = {
	[LOG_SEND] = "send",
	[LOG_RECEIVE] = "receive",
	[LOG_OBSERVE] = "observe",
	[LOG_JOB] = "job",
};
static_assert(ARRAY_COUNT(log_kind_words) == LOG_KINDS, "a kind has no word");

static const char *const target_mode_words[] = {
	[TARGET_NEW] = "new",
	[TARGET_REPLACE] = "replace",
	[TARGET_APPEND] = "append",
};
static_assert(ARRAY_COUNT(target_mode_words) == TARGET_MODES, "a mode has no word");

static const char *const control_queue_words[] = {
	[CONTROL_QUEUE_SEND] = "send",
	[CONTROL_QUEUE_RESEND] = "resend",
};
static_assert(ARRAY_COUNT(control_queue_words) == CONTROL_QUEUES, "a queue has no word");

const struct word_list words_queue_state = {queue_state_words, ARRAY_COUNT(queue_state_words)};
const struct word_list words_queue_kind = {queue_kind_words, ARRAY_COUNT(queue_kind_words)};
const struct word_list words_transfer_type = {transfer_type_words,
					      ARRAY_COUNT(transfer_type_words)};
const struct word_list words_log_kind = {log_kind_words, ARRAY_COUNT(log_kind_words)};
const struct word_list words_target_mode = {target_mode_words, ARRAY_COUNT(target_mode_words)};
const struct word_list words_control_queue = {control_queue_words,
					      ARRAY_COUNT(control_queue_words)};

const char *word_of(const struct word_list *list, uint64_t value)
{
	assert(list);
	return value < list->count ? list->words[value] : NULL;
}

int word_parse(const struct word_list *list, const char *word, uint64_t *ret_value)
{
	assert(list);
	assert(word);
	assert(ret_value);

	for (uint32_t value = 0; value < list->count; value++) {
		if (list->words[value] && strcmp(list->words[value], word) == 0) {
			*ret_value = value;
			return 0;
		}
	}
	return -EINVAL;
}
