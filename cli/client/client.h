/* SPDX-License-Identifier: Apache-2.0 */
/* client.h -- the inside of a handle of libhft.
 *
 * Inside cli/client/ only; programs, `hft` too, know <hft/hft.h>. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <hft/hft.h>

#include "base/checksum.h"
#include "base/compiler.h"
#include "base/id.h"
#include "control/event.h"
#include "control/request.h"

/* Longest time the engine may need to take a request off the socket. */
#define CLIENT_SEND_MS 10000

struct hft {
	int fd;				     /* connection, non-blocking; -1 = none */
	bool running;			     /* a request was sent and has not ended */
	size_t in_bytes;		     /* of in in use */
	size_t taken_bytes;		     /* of in told already: the line of the last event */
	struct control_event event;	     /* what the last line said */
	struct hft_event told;		     /* the same for programs; points into event and here */
	char id[ID_TEXT_BYTES];		     /* of event, in print */
	char digest[DIGEST_TEXT_BYTES];	     /* of event, in print */
	char sentence[HFT_SENTENCE_BYTES];   /* what went wrong in the last call; "" = nothing */
	char in[HFT_CONTROL_LINE_BYTES + 1]; /* lines being received; one for a NUL */
	char out[HFT_CONTROL_LINE_BYTES];    /* the request being sent */
};

/* Sets the sentence and returns error. */
HFT_MUST_USE int client_fail(struct hft *handle, int error, const char *format, ...)
	HFT_PRINTF(3, 4);

/* Starts a request: clears the sentence, then -EBUSY while another runs. */
HFT_MUST_USE int client_begin(struct hft *handle);

/* Sends the request, and fd_to_pass beside it unless it is -1. Errors as in hft.h. */
HFT_MUST_USE int client_ask(struct hft *handle, const struct control_request *request,
			    int fd_to_pass);

/* Makes handle->told an event of which nothing is known. */
void client_tell_nothing(struct hft *handle);

/* Fills such a one out of handle->event. The line is the caller's to set. */
void client_tell(struct hft *handle);
