/* SPDX-License-Identifier: Apache-2.0 */
/* api_engine.h -- control requests about the engine itself and its hosts. */
#ifndef HFT_DAEMON_API_ENGINE_H
#define HFT_DAEMON_API_ENGINE_H

#include "daemon/control_api.h"

void api_status(struct api_task *task);
void api_host_list(struct api_task *task);
void api_host_check(struct api_task *task);
void api_identity(struct api_task *task);

#endif
