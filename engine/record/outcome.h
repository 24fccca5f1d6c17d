/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.h -- how something ended: STATUS-DETAIL and a sentence.
 *
 * The numbers, names and rules are the list in <hft/status.h>; this is the struct that
 * carries one of them through the deciders, the journal and the control protocol. An
 * outcome that was never set is done (0-0) with an empty sentence. */
#ifndef HFT_RECORD_OUTCOME_H
#define HFT_RECORD_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>
#include <hft/status.h>

#include "base/compiler.h"

/* Longest text of outcome_print() with its NUL: "[65535-65535]". */
#define OUTCOME_CODE_BYTES 16

struct outcome {
	uint16_t status;		   /* enum hft_status; 0 = done */
	uint16_t detail;		   /* enum hft_detail, or the peer's status for 250, 917 */
	uint16_t peer_detail;		   /* the peer's own detail for 250, 917; 0 = none */
	uint16_t cause_errno;		   /* positive errno behind it; 0 = none */
	char sentence[HFT_SENTENCE_BYTES]; /* for people, UTF-8, ends with NUL; "" = none */
};

/* Sets all of it: peer_detail and cause_errno become 0. A sentence that does not fit is
 * cut at a character. Requires that status and detail are in HFT_OUTCOMES. */
void outcome_set(struct outcome *outcome, uint16_t status, uint16_t detail, const char *format, ...)
	HFT_PRINTF(4, 5);

/* As outcome_set(), and remembers the errno that caused it; 908-0 with ENOENT is the
 * "no such file" that a client exits with HFT_EXIT_NOT_FOUND for. Requires error >= 0. */
void outcome_set_errno(struct outcome *outcome, uint16_t status, uint16_t detail, int error,
		       const char *format, ...) HFT_PRINTF(5, 6);

/* Makes what a peer reported into ours: 250-x (we send) or 917-x (we receive), where x is
 * the peer's status, keeping the peer's detail, with the sentence "HOST ended the
 * transfer: SENTENCE". Anything from the network is allowed in peer. Requires
 * side == HFT_RECEIVER_FAILED or HFT_SENDER_FAILED. */
void outcome_set_from_peer(struct outcome *outcome, uint16_t side, const char *host,
			   const struct outcome *peer);

/* True for 0-0. */
bool outcome_is_done(const struct outcome *outcome);

/* True if STATUS-DETAIL is in HFT_OUTCOMES: what the decoders check. */
bool outcome_is_known(uint16_t status, uint16_t detail);

/* What a waiting client exits with (enum hft_exit). For 250-x and 917-x that of x, where
 * "not found there" is HFT_EXIT_FAILED. */
int outcome_exit_code(const struct outcome *outcome);

/* Whether the engine sends again by itself, and how. 250-x is resolved by x and the
 * peer's detail, so HFT_RESEND_BY_DETAIL is never returned. */
enum hft_resend outcome_resend(const struct outcome *outcome);

/* True if the outcome is eligible for auto-wait (HFT_RESEND_CYCLE). */
bool outcome_auto_resend(const struct outcome *outcome);

/* Name in the list, "connect-failed"; "unknown" for what is not in it. */
const char *outcome_name(const struct outcome *outcome);

/* Writes the code as people read it, "[202-0]", "[591-000]", and returns code. */
const char *outcome_print(const struct outcome *outcome, char code[OUTCOME_CODE_BYTES]);

#endif
