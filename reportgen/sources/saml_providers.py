"""SAML identity providers that roles may trust."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="saml-providers",
    about="SAML identity providers",
    operations=("iam:ListSAMLProviders",),
    read=single("iam", "list_saml_providers", "SAMLProviderList"),
    keys=("SAMLProviderList",),
    exports=("list-saml-providers.json",),
)
