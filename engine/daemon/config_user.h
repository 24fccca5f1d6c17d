/* SPDX-License-Identifier: Apache-2.0 */
/* config_user.h -- names of users and groups to their numbers.
 *
 * Asks the machine's user database, which may wait for a name service: for reading configuration
 * only, never for a loop. Numbers are taken as they are. */
#ifndef HFT_DAEMON_CONFIG_USER_H
#define HFT_DAEMON_CONFIG_USER_H

#include <stdint.h>

#include "base/compiler.h"

/* A user by name or number. -ENOENT when there is no such name. */
HFT_MUST_USE int config_user_find(const char *text, uint32_t *ret_uid);

/* USER or USER:GROUP. Without a group *ret_gid becomes UINT32_MAX, "leave it". -ENOENT as above,
 * -EINVAL for an empty part. */
HFT_MUST_USE int config_owner_find(const char *text, uint32_t *ret_uid, uint32_t *ret_gid);

#endif
