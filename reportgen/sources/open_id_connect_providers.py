"""OpenID Connect providers, each with its client ids and thumbprints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reportgen.sources.source import Aws, Source, having, malformed


def read(aws: Aws) -> Mapping[str, Any]:
    """List the providers, then ask for each."""
    listed = aws.call("iam", "list_open_id_connect_providers")
    if not isinstance(listed.get("OpenIDConnectProviderList"), list):
        raise malformed("the answer has no OpenIDConnectProviderList")
    arns = [str(item["Arn"]) for item in listed["OpenIDConnectProviderList"]]
    method = "get_open_id_connect_provider"
    asked = [
        having(aws.call("iam", method, OpenIDConnectProviderArn=arn), "ClientIDList", "Url")
        for arn in arns
    ]
    providers = [{"Arn": arn, **about} for arn, about in zip(arns, asked, strict=True)]
    return {"OpenIDConnectProviderList": providers}


SOURCE = Source(
    name="open-id-connect-providers",
    about="OpenID Connect providers with their client ids",
    operations=("iam:ListOpenIDConnectProviders", "iam:GetOpenIDConnectProvider"),
    read=read,
    keys=("OpenIDConnectProviderList",),
    exports=("list-open-id-connect-providers.json",),
)
