"""What attribution rules may match: names that a gateway gives to keys, teams and requests. Pure.

Attributes are matched at the edge and dropped there; they never become labels.
"""

from __future__ import annotations

import re
from typing import Final

from collectors.litellm.payload import Payload, inner, text

MOST: Final = 32  #: of the usage event
_LONGEST: Final = 256
_NAME: Final = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
#: attribute -> name in LiteLLM's metadata.
_METADATA: Final = {
    "key_alias": "user_api_key_alias",
    "team_alias": "user_api_key_team_alias",
    "team_id": "user_api_key_team_id",
    "org_alias": "user_api_key_org_alias",
    "org_id": "user_api_key_org_id",
    "project_alias": "user_api_key_project_alias",
    "project_id": "user_api_key_project_id",
    "route": "user_api_key_request_route",
}
_PAYLOAD: Final = ("call_type", "model_group")
#: attribute's prefix -> name in LiteLLM's metadata of what the key's owner or the caller wrote.
_OWN: Final = {
    "key": "user_api_key_auth_metadata",
    "spend": "spend_logs_metadata",
    "metadata": "requester_metadata",
}
_NOT_OWN: Final = frozenset({"headers", "tags", "spend_logs_metadata", "used_client_oauth_token"})
_MOST_OWN: Final = 6
_AGENT_TAG: Final = "User-Agent:"


def attributes(payload: Payload) -> dict[str, str]:
    """Attribute -> value, at most MOST, each of at most 256 characters."""
    metadata = inner(payload, "metadata")
    found = {name: text(metadata, key) for name, key in _METADATA.items()}
    found |= {name: text(payload, name) for name in _PAYLOAD}
    found["team_alias"] = found["team_alias"] or text(metadata, "team_alias")
    found["tags"] = _tags(payload.get("request_tags"))
    found["user_domain"] = text(metadata, "user_api_key_user_email").rpartition("@")[2].lower()
    for prefix, key in _OWN.items():
        found |= _own(prefix, inner(metadata, key))
    return {name: value[:_LONGEST] for name, value in found.items() if value}


def _tags(tags: object) -> str:
    """``,checkout,beta,``: so that ``*,beta,*`` fits one tag whole. Without LiteLLM's user-agent tags."""
    if not isinstance(tags, list):
        return ""
    kept = [tag for tag in tags if isinstance(tag, str) and tag and not tag.startswith(_AGENT_TAG)]
    return f",{','.join(kept)}," if kept else ""


def _own(prefix: str, written: Payload) -> dict[str, str]:
    """Short texts and numbers somebody wrote, the first in the order of their names."""
    found: dict[str, str] = {}
    for name in sorted(written):
        value = written[name]
        if isinstance(value, str | int) and not isinstance(value, bool) and name not in _NOT_OWN:
            shown = str(value) if isinstance(value, str) or abs(value) < 10**18 else ""
            if _NAME.fullmatch(name) and 0 < len(shown) <= _LONGEST:
                found[f"{prefix}.{name}"] = shown
        if len(found) == _MOST_OWN:
            break
    return found
