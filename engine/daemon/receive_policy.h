/* SPDX-License-Identifier: Apache-2.0 */
/* receive_policy.h -- may this host send that here, and where does it land?
 *
 * The answer from the configuration alone, before anything is made or opened (D-33). Pure. */
#ifndef HFT_DAEMON_RECEIVE_POLICY_H
#define HFT_DAEMON_RECEIVE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "daemon/config.h"
#include "record/outcome.h"
#include "wire/messages.h"

struct receive_grant {
	const struct config_host *host;		 /* who sends */
	const struct config_receive *definition; /* the section that permits it */
	char folder[HFT_PATH_BYTES];		 /* absolute; trusted, from the configuration */
	char final_name[HFT_NAME_BYTES];	 /* beneath folder; from the network, but safe */
};

/* 0 with a grant, or -EACCES with the refusal (905-0, 912-0, 909-0 for a name that cannot be). */
HFT_MUST_USE int receive_policy(const struct config *config, const struct config_host *host,
				const struct message_offer *offer, struct receive_grant *ret_grant,
				struct outcome *ret_refusal);

/* The same for a checkpoint that is recovered without a peer; -ENOENT: its definition is gone. */
HFT_MUST_USE int receive_policy_recover(const struct config *config,
					const struct checkpoint *checkpoint,
					struct receive_grant *ret_grant);

#endif
