/* SPDX-License-Identifier: Apache-2.0 */
/* api_lists.h -- control requests about queues and logs: page by page from the journal. */
#ifndef HFT_DAEMON_API_LISTS_H
#define HFT_DAEMON_API_LISTS_H

#include "daemon/control_api.h"

/* CONTROL_QUEUE_LIST: one page of rows, then the end with `more`. */
void api_queue_list(struct api_task *task);
/* CONTROL_QUEUE_SHOW, _REMOVE and _CHANGE: every row that is selected; the end says how many. */
void api_queue_show(struct api_task *task);
/* See above. A record being resent is left alone (D-59). */
void api_queue_remove(struct api_task *task);
/* See above; only what is not yet over. */
void api_queue_change(struct api_task *task);
/* CONTROL_LOG: one page of records, or without end when they are followed. */
void api_log(struct api_task *task);

#endif
