/* SPDX-License-Identifier: Apache-2.0 */
/* config_build.h -- sections and keys as written become a config with all its values.
 *
 * Reads every value and then asks what no single value can tell: does the host have a key, does
 * the definition say where. What is wrong becomes findings. */
#ifndef HFT_DAEMON_CONFIG_BUILD_H
#define HFT_DAEMON_CONFIG_BUILD_H

#include "base/compiler.h"
#include "daemon/config.h"
#include "daemon/config_source.h"

/* Fills `config`, fresh from config_new(), from all that `source` has, and tells its findings to
 * those of the source. Returns 0, also with findings, or -ENOMEM. */
HFT_MUST_USE int config_build(struct config_source *source, struct config *config);

#endif
