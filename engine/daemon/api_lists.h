/* SPDX-License-Identifier: Apache-2.0 */
/* api_lists.h -- control requests about queues and logs: page by page from the journal. */
#ifndef HFT_DAEMON_API_LISTS_H
#define HFT_DAEMON_API_LISTS_H

#include "daemon/control_api.h"

void api_queue_list(struct api_task *task);
void api_queue_show(struct api_task *task);
void api_queue_remove(struct api_task *task);
void api_queue_change(struct api_task *task);
void api_log(struct api_task *task);

#endif
