/* SPDX-License-Identifier: Apache-2.0 */
/* sender_end.c -- how an attempt ends at the sending side: every outcome, once.
 *
 * What waited to be done is forgotten, a receiver that still listens is told why, and
 * ACTION_END is the last thing that goes out. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "transfer/sender_state.h"

enum sender_state sender_end(struct sender *s)
{
	struct todo todo;
	struct todo_list kept = {0};

	/* What was said before, CONFIRM above all, still goes out. */
	while (todo_take(&s->todo, &todo)) {
		if (todo.kind == ACTION_SEND && todo.number != MESSAGE_ALIVE && s->is_talking)
			todo_push(&kept, &todo);
	}
	while (todo_take(&kept, &todo))
		todo_push(&s->todo, &todo);
	todo_plain(&s->todo, ACTION_END);
	return SENDER_ENDED;
}

enum sender_state sender_end_cancel(struct sender *s)
{
	if (s->is_talking && s->is_accepted)
		todo_message(&s->todo, MESSAGE_CANCEL);
	return sender_end(s);
}

enum sender_state sender_end_by_peer(struct sender *s, const struct outcome *peer)
{
	outcome_set_from_peer(&s->outcome, HFT_RECEIVER_FAILED, s->settings.host, peer);
	return sender_end(s);
}

enum sender_state sender_end_breach(struct sender *s, const char *what)
{
	outcome_set(&s->outcome, HFT_NO_AGREEMENT, 0, "%s broke the protocol: %s", s->settings.host,
		    what);
	return sender_end_cancel(s);
}

/* Chunks that the socket did not take: it was writing that failed. */
static bool sender_was_writing(const struct sender *s)
{
	for (uint32_t i = 0; i < s->window.count; i++) {
		if (s->window.list[i].state != WINDOW_SENT)
			return true;
	}
	return false;
}

enum sender_state sender_end_lost(struct sender *s, uint16_t detail, const char *reason)
{
	bool was_writing = sender_was_writing(s);
	uint64_t bytes = plan_covered_bytes(&s->plan, &s->durable);

	outcome_set(&s->outcome, was_writing ? HFT_WRITE_FAILED : HFT_READ_FAILED, detail,
		    "%s %s failed after %" PRIu64 " bytes: %s",
		    was_writing ? "writing to" : "reading from", s->settings.host, bytes, reason);
	s->is_talking = false;
	return sender_end(s);
}

enum sender_state sender_end_not_connected(struct sender *s, const char *reason)
{
	outcome_set(&s->outcome, HFT_CONNECT_FAILED, 0, "%s: %s", s->settings.host,
		    reason && reason[0] ? reason : "no answer in time");
	s->is_talking = false;
	return sender_end(s);
}

enum sender_state sender_end_source(struct sender *s, int error)
{
	outcome_set_errno(&s->outcome, HFT_SOURCE_UNREADABLE, 0, -error, "cannot read %s: %s",
			  s->settings.source_path, strerror(-error));
	return sender_end_cancel(s);
}

enum sender_state sender_end_resume_refused(struct sender *s)
{
	outcome_set(&s->outcome, HFT_RESUME_REFUSED, 0,
		    "cannot continue: %s; `--from-start` sends all", resume_reason_name(s->reason));
	return sender_end_cancel(s);
}

enum sender_state sender_end_source_changed(struct sender *s, const struct source_identity *now)
{
	char difference[HFT_SENTENCE_BYTES] = "it is gone";

	if (now)
		identity_describe(&s->source, now, difference, sizeof(difference));
	outcome_set(&s->outcome, HFT_SOURCE_CHANGED, 0,
		    "%s is not the file that was sent before: %s", s->settings.source_path,
		    difference);
	return sender_end_cancel(s);
}

enum sender_state sender_end_journal(struct sender *s, int error)
{
	if (error == -ESTALE)
		outcome_set_errno(&s->outcome, HFT_FENCED, 0, -error,
				  "another node owns this journal");
	else
		outcome_set_errno(&s->outcome, HFT_SEND_STOPPED, 0, -error,
				  "the journal cannot be written: %s", strerror(-error));
	return sender_end_cancel(s);
}
