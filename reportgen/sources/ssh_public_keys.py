"""SSH public keys of users for CodeCommit, read only on request.

No operation lists those of all users, and no report tells who has one, so each user takes a
request. The parameters of the evidence have UserNames, who were asked, and Refused, those of them
for whom AWS gave no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.evidence.answers import parse_credential_report
from reportgen.sources.asked_users import of_users
from reportgen.sources.source import Aws, Source


def read(aws: Aws) -> Mapping[str, Any]:
    """Ask for every user of the credential report; fails when all were refused."""
    rows = parse_credential_report(aws.earlier("credential-report").content or b"").rows
    names = [row["user"] for row in rows if row["user"] != "<root_account>"]
    return of_users(aws, "list_ssh_public_keys", "SSHPublicKeys", names)


SOURCE = Source(
    name="ssh-public-keys",
    about="SSH public keys of users",
    operations=("iam:ListSSHPublicKeys",),
    read=read,
    keys=("SSHPublicKeys",),
    exports=("list-ssh-public-keys.json",),
    after=("credential-report",),
    on_request=True,
)
