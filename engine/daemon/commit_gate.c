/* SPDX-License-Identifier: Apache-2.0 */
/* commit_gate.c -- see commit_gate.h. */
#include "daemon/commit_gate.h"

#include <assert.h>
#include <string.h>

int commit_gate_init(struct commit_gate *gate, struct journal *journal, struct log *log,
		     uint32_t answers_capacity, void (*wake)(void *), void *wake_arg)
{
	assert(journal);
	memset(gate, 0, sizeof(*gate));
	gate->journal = journal;
	gate->log = log;
	return mailbox_new(answers_capacity, wake, wake_arg, &gate->answers);
}

void commit_gate_done(struct commit_gate *gate)
{
	mailbox_free(gate->answers);
	gate->answers = NULL;
}

void commit_gate_begin(struct commit_gate *gate, struct journal_request *request, void *owner,
		       void (*done)(struct journal_request *request))
{
	journal_commit_begin(request, owner, done, gate->answers);
}

void commit_gate_ask(struct commit_gate *gate, struct journal_request *request,
		     enum journal_request_kind kind, void *owner,
		     void (*done)(struct journal_request *request))
{
	memset(request, 0, sizeof(*request));
	request->kind = kind;
	request->owner = owner;
	request->done = done;
	request->reply_to = gate->answers;
}

void commit_gate_post(struct commit_gate *gate, struct journal_request *request)
{
	int error = journal_post(gate->journal, request);

	gate->in_flight++;
	if (error == 0)
		return;
	log_line(gate->log, LOG_ERROR, "journal-refused", "error=%d waiting=%u", error,
		 gate->in_flight);
	request->result = error;
	/* The answer takes the same way as all answers, so no caller sees it early. */
	error = mailbox_post(gate->answers, request);
	assert(error == 0);
}

unsigned commit_gate_turn(struct commit_gate *gate, unsigned budget)
{
	unsigned answered = 0;

	while (answered < budget) {
		struct journal_request *request = mailbox_take(gate->answers);

		if (!request)
			break;
		assert(gate->in_flight > 0);
		gate->in_flight--;
		answered++;
		if (request->result < 0 && request->kind == JOURNAL_COMMIT)
			gate->refused++;
		else if (request->kind == JOURNAL_COMMIT)
			gate->passed++;
		request->done(request);
	}
	return answered;
}
