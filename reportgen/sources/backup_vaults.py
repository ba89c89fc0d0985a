"""AWS Backup's vaults with their locks (API_ListBackupVaults)."""

from __future__ import annotations

from reportgen.sources.source import PAGE, Scope, Source, paged

SOURCE = Source(
    name="backup-vaults",
    about="AWS Backup's vaults and their locks",
    operations=("backup:ListBackupVaults",),
    read=paged("backup", "list_backup_vaults", "BackupVaultList", MaxResults=PAGE),
    keys=("BackupVaultList",),
    scope=Scope.REGION,
    exports=("list-backup-vaults.json",),
    rows={"BackupVaultList": [{"BackupVaultArn": str}]},
)
