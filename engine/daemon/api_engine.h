/* SPDX-License-Identifier: Apache-2.0 */
/* api_engine.h -- control requests about the engine itself and its hosts. */
#ifndef HFT_DAEMON_API_ENGINE_H
#define HFT_DAEMON_API_ENGINE_H

#include "daemon/control_api.h"

/* CONTROL_STATUS: the state, then a line of progress for each session. */
void api_status(struct api_task *task);
/* CONTROL_HOST_LIST. */
void api_host_list(struct api_task *task);
/* CONTROL_HOST_CHECK: dials it; ends when it has answered or the time is over. */
void api_host_check(struct api_task *task);
/* CONTROL_IDENTITY. */
void api_identity(struct api_task *task);

#endif
