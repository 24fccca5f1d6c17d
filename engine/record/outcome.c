/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.c -- the list of <hft/status.h> as a table, and the questions asked of it. */

#include "record/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct outcome_entry {
	uint16_t status;      /* enum hft_status */
	uint16_t detail;      /* enum hft_detail; HFT_DETAIL_ANY = every one */
	uint8_t resend;	      /* enum hft_resend */
	uint8_t exit;	      /* enum hft_exit */
	const char *name;     /* "connect-failed" */
	const char *sentence; /* the template */
};

#define OUTCOME_ENTRY(status_, detail_, name_, sentence_, resend_, exit_) \
	{status_, detail_, resend_, exit_, name_, sentence_},

static const struct outcome_entry outcome_table[] = {HFT_OUTCOMES(OUTCOME_ENTRY)};

/* The row of an outcome, or NULL. The list is short and this is never on the data path. */
static const struct outcome_entry *find_entry(uint16_t status, uint16_t detail)
{
	for (size_t index = 0; index < sizeof(outcome_table) / sizeof(outcome_table[0]); index++) {
		const struct outcome_entry *entry = &outcome_table[index];

		if (entry->status == status &&
		    (entry->detail == detail || entry->detail == HFT_DETAIL_ANY))
			return entry;
	}
	return NULL;
}

/* A sentence that was cut may end in the middle of a character: takes the piece away. */
static void drop_broken_character(char *text)
{
	size_t length = strlen(text);
	size_t start = length;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && ((unsigned char)text[start - 1] & 0x80))
		start--;
	text[start] = '\0';
}

HFT_PRINTF(2, 0)
static void set_sentence(struct outcome *outcome, const char *format, va_list args)
{
	int length = vsnprintf(outcome->sentence, sizeof(outcome->sentence), format, args);

	if (length < 0)
		outcome->sentence[0] = '\0';
	else if ((size_t)length >= sizeof(outcome->sentence))
		drop_broken_character(outcome->sentence);
}

static void set_code(struct outcome *outcome, uint16_t status, uint16_t detail)
{
	assert(outcome);
	assert(outcome_is_known(status, detail));

	memset(outcome, 0, sizeof(*outcome));
	outcome->status = status;
	outcome->detail = detail;
}

void outcome_set(struct outcome *outcome, uint16_t status, uint16_t detail, const char *format, ...)
{
	va_list args;

	set_code(outcome, status, detail);
	va_start(args, format);
	set_sentence(outcome, format, args);
	va_end(args);
}

void outcome_set_errno(struct outcome *outcome, uint16_t status, uint16_t detail, int error,
		       const char *format, ...)
{
	va_list args;

	assert(error >= 0 && error <= UINT16_MAX);

	set_code(outcome, status, detail);
	outcome->cause_errno = (uint16_t)error;
	va_start(args, format);
	set_sentence(outcome, format, args);
	va_end(args);
}

void outcome_set_from_peer(struct outcome *outcome, uint16_t side, const char *host,
			   const struct outcome *peer)
{
	char sentence[HFT_SENTENCE_BYTES];

	assert(side == HFT_RECEIVER_FAILED || side == HFT_SENDER_FAILED);
	assert(host);
	assert(peer);

	/* peer may be *outcome, so its sentence is taken out first. */
	memcpy(sentence, peer->sentence, sizeof(sentence));
	sentence[sizeof(sentence) - 1] = '\0';
	uint16_t status = peer->status;
	uint16_t detail = peer->detail;

	if (sentence[0] == '\0') {
		const struct outcome_entry *entry = find_entry(status, detail);

		(void)snprintf(sentence, sizeof(sentence), "%s", entry ? entry->name : "no reason");
	}
	outcome_set(outcome, side, status, "%s ended the transfer: %s", host, sentence);
	outcome->peer_detail = detail;
}

bool outcome_is_done(const struct outcome *outcome)
{
	assert(outcome);
	return outcome->status == HFT_DONE;
}

bool outcome_is_known(uint16_t status, uint16_t detail)
{
	return find_entry(status, detail) != NULL;
}

/* The row that decides about an outcome: that of the other side's status where ours only
 * says "the other side ended it". NULL if the other side's code is not one we know. */
static const struct outcome_entry *deciding_entry(const struct outcome *outcome)
{
	if (outcome->status == HFT_RECEIVER_FAILED || outcome->status == HFT_SENDER_FAILED)
		return find_entry(outcome->detail, outcome->peer_detail);
	return find_entry(outcome->status, outcome->detail);
}

int outcome_exit_code(const struct outcome *outcome)
{
	const struct outcome_entry *entry;

	assert(outcome);

	if (outcome->status == HFT_SOURCE_UNREADABLE && outcome->cause_errno == ENOENT)
		return HFT_EXIT_NOT_FOUND;
	entry = deciding_entry(outcome);
	if (!entry)
		return HFT_EXIT_FAILED;
	/* What is missing over there is not missing here, and a peer that waits for its own
	 * restart is a failure for us. */
	if (entry->status != outcome->status &&
	    (entry->exit == HFT_EXIT_NOT_FOUND || entry->exit == HFT_EXIT_WAITING ||
	     entry->exit == HFT_EXIT_DONE))
		return HFT_EXIT_FAILED;
	return entry->exit;
}

enum hft_resend outcome_resend(const struct outcome *outcome)
{
	const struct outcome_entry *entry;

	assert(outcome);

	entry = deciding_entry(outcome);
	if (!entry || outcome->status == HFT_SENDER_FAILED)
		return HFT_RESEND_NO;
	if (outcome->status != HFT_RECEIVER_FAILED)
		return (enum hft_resend)entry->resend;
	/* Of what a receiver reports, only its forced stop (591-000), a failed verification and
	 * "too busy" are followed by another attempt; its own network errors are not. */
	if (entry->status == HFT_RECEIVE_STOPPED || entry->status == HFT_VERIFY_FAILED ||
	    entry->status == HFT_RECEIVER_BUSY)
		return (enum hft_resend)entry->resend;
	return HFT_RESEND_NO;
}

bool outcome_auto_resend(const struct outcome *outcome)
{
	return outcome_resend(outcome) == HFT_RESEND_CYCLE;
}

const char *outcome_name(const struct outcome *outcome)
{
	const struct outcome_entry *entry;

	assert(outcome);

	entry = find_entry(outcome->status, outcome->detail);
	return entry ? entry->name : "unknown";
}

const char *outcome_print(const struct outcome *outcome, char code[OUTCOME_CODE_BYTES])
{
	bool three_digits;

	assert(outcome);
	assert(code);

	/* The classic tables write the details of forced stops with three digits: 591-000. */
	three_digits = outcome->status >= HFT_SEND_STOPPED &&
		       outcome->status <= HFT_OBSERVE_STOPPED;
	(void)snprintf(code, OUTCOME_CODE_BYTES, three_digits ? "[%u-%03u]" : "[%u-%u]",
		       outcome->status, outcome->detail);
	return code;
}
