/* SPDX-License-Identifier: Apache-2.0 */
/* receive_policy.c -- see receive_policy.h. */
#include "daemon/receive_policy.h"

#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "base/text.h"

/* A definition with a path names folder and file itself. */
static int grant_by_path(const struct config_receive *definition, struct receive_grant *grant)
{
	const char *slash = strrchr(definition->path, '/');

	if (!slash || slash[1] == '\0')
		return -EINVAL;
	if (text_copy(grant->final_name, sizeof(grant->final_name), slash + 1) < 0 ||
	    text_copy(grant->folder, sizeof(grant->folder), definition->path) < 0)
		return -EINVAL;
	grant->folder[slash == definition->path ? 1 : slash - definition->path] = '\0';
	return 0;
}

static int grant_place(const struct message_offer *offer, struct receive_grant *grant,
		       struct outcome *refusal)
{
	const struct config_receive *definition = grant->definition;

	if (definition->path[0]) {
		if (grant_by_path(definition, grant) == 0)
			return 0;
		outcome_set(refusal, HFT_REFUSED, 0, "[receive %s] path = %s names no file",
			    definition->file_id, definition->path);
		return -EACCES;
	}
	if (name_is_helper(offer->name)) {
		outcome_set(refusal, HFT_REFUSED, 0,
			    "names of the form .NAME.ID.part are kept for files that are not yet "
			    "whole");
		return -EACCES;
	}
	if (!name_relative_is_safe(offer->name)) {
		outcome_set(refusal, HFT_REFUSED, 0,
			    "the wanted name is not a plain name below the receive folder: no "
			    "leading slash, no `..`, no control characters, valid UTF-8");
		return -EACCES;
	}
	if (text_copy(grant->folder, sizeof(grant->folder), definition->folder) < 0 ||
	    text_copy(grant->final_name, sizeof(grant->final_name), offer->name) < 0)
		return -EACCES;
	return 0;
}

int receive_policy(const struct config *config, const struct config_host *host,
		   const struct message_offer *offer, struct receive_grant *ret_grant,
		   struct outcome *ret_refusal)
{
	struct receive_grant grant = {.host = host};
	int error = 0;

	if (!(config->engine.services & SERVICE_RECEIVE)) {
		outcome_set(ret_refusal, HFT_NOT_READY, 0,
			    "the receive service is not running on %s", config->engine.name);
		return -EACCES;
	}
	grant.definition = config_find_receive(config, offer->file_id);
	if (!grant.definition) {
		outcome_set(ret_refusal, HFT_REFUSED, 0,
			    offer->file_id[0]
				    ? "no [receive %s] on %s"
				    : "no [receive *] for sends without a file id%s on %s",
			    offer->file_id, config->engine.name);
		return -EACCES;
	}
	error = grant_place(offer, &grant, ret_refusal);
	if (error == 0)
		*ret_grant = grant;
	return error;
}

int receive_policy_recover(const struct config *config, const struct checkpoint *checkpoint,
			   struct receive_grant *ret_grant)
{
	struct receive_grant grant = {0};

	grant.host = config_find_host(config, checkpoint->peer);
	grant.definition = config_find_receive(config, checkpoint->file_id);
	if (!grant.definition)
		return -ENOENT;
	if (text_copy(grant.folder, sizeof(grant.folder), checkpoint->folder) < 0 ||
	    text_copy(grant.final_name, sizeof(grant.final_name), checkpoint->final_name) < 0)
		return -EINVAL;
	*ret_grant = grant;
	return 0;
}
