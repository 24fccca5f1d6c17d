/* SPDX-License-Identifier: Apache-2.0 */
/* api_transfers.h -- control requests about transfers: send, resend, watch, cancel; and their news.
 */
#ifndef HFT_DAEMON_API_TRANSFERS_H
#define HFT_DAEMON_API_TRANSFERS_H

#include "daemon/control_api.h"

/* source_fd is owned; -1 = none. */
void api_send(struct api_task *task, int source_fd);
void api_resend(struct api_task *task);
void api_watch(struct api_task *task);
void api_cancel(struct api_task *task);

/* Observers of requests (control_loop.h). */
void api_news(void *arg, struct request_entry *entry, enum request_news news,
	      const struct outcome *outcome);
void api_progress(void *arg, struct request_entry *entry, const struct transfer_progress *progress);

#endif
