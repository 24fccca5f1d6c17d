/* SPDX-License-Identifier: Apache-2.0 */
/* config_check.h -- what no single value of the configuration can tell. */
#ifndef HFT_DAEMON_CONFIG_CHECK_H
#define HFT_DAEMON_CONFIG_CHECK_H

#include "daemon/config.h"
#include "daemon/config_source.h"

/* Looks at every part of `source`, which `config` was built from, and adds findings:
 * a host without a key where TLS needs one, a key or a plain address that belongs to two
 * hosts, a definition that does not say where a file goes, a job without a command. */
void config_check(struct config_source *source, const struct config *config);

#endif
