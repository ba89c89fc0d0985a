"""The account's primary contact: who AWS writes to and calls (API_GetContactInformation)."""

from __future__ import annotations

from reportgen.sources.source import Source, single

SOURCE = Source(
    name="contact-information",
    about="the account's primary contact",
    operations=("account:GetContactInformation",),
    read=single("account", "get_contact_information", "ContactInformation"),
    keys=("ContactInformation",),
    exports=("get-contact-information.json",),
    absent=frozenset({"ResourceNotFoundException"}),
)
