/* SPDX-License-Identifier: Apache-2.0 */
/* config_list.h -- values of the configuration that are lists: parts between commas.
 *
 * Each function reads one list into the fields of the section's struct, all of it or nothing. They
 * are the rows of config_value.c for these kinds and have its results and its arguments. */
#ifndef HFT_DAEMON_CONFIG_LIST_H
#define HFT_DAEMON_CONFIG_LIST_H

#include "base/compiler.h"
#include "daemon/config.h"
#include "daemon/config_keys.h"

/* Into listen of a struct config_engine: addresses in numbers, without ports. */
HFT_MUST_USE int config_list_listen(const struct config *config, const struct config_key *key,
				    const char *text, void *record);
/* Into services of a struct config_engine: words of the key, or-ed. */
HFT_MUST_USE int config_list_services(const struct config *config, const struct config_key *key,
				      const char *text, void *record);
/* Into address of a struct config_host: names or addresses, without ports. */
HFT_MUST_USE int config_list_addresses(const struct config *config, const struct config_key *key,
				       const char *text, void *record);
/* Into fingerprint of a struct config_host. */
HFT_MUST_USE int config_list_fingerprints(const struct config *config, const struct config_key *key,
					  const char *text, void *record);
/* Into host of a struct config_send, as indexes; -ENOENT for a host `config` does not have. */
HFT_MUST_USE int config_list_hosts(const struct config *config, const struct config_key *key,
				   const char *text, void *record);

#endif
