"""Server certificates that are kept in IAM."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Source, paged

SOURCE = Source(
    name="server-certificates",
    about="server certificates kept in IAM",
    operations=("iam:ListServerCertificates",),
    read=paged("iam", "list_server_certificates", "ServerCertificateMetadataList", MaxItems=PAGE),
    keys=("ServerCertificateMetadataList",),
    exports=("list-server-certificates.json",),
)
