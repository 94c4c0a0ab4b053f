"""What may be wrong with a backup, or with where it is to go: refusals with a sentence and a remedy."""

from pathlib import Path

from embedded.errors import StackError


class BackupRefused(StackError):
    """A backup is not made, or not put back: nothing was changed."""


def no_backup(where: Path) -> BackupRefused:
    """There is no backup at this place."""
    return BackupRefused(
        "no_backup",
        f"{where} is no backup.",
        f"{where} 不是备份。",
        do_en="Name a folder with a manifest.json; rectify db list FOLDER names those that a folder holds.",
        do_zh="请指定含 manifest.json 的目录；rectify db list 目录 可列出其中的备份。",
    )


def several_backups(where: Path, names: list[str]) -> BackupRefused:
    """The folder holds more than one."""
    listed = ", ".join(names[-5:])
    return BackupRefused(
        "several_backups",
        f"{where} holds {len(names)} backups, the newest: {listed}.",
        f"{where} 中有 {len(names)} 个备份，最近的为：{listed}。",
        do_en=f"Name one of them, such as {where / names[-1]}.",
        do_zh=f"请指定其中一个，如 {where / names[-1]}。",
    )


def damaged(file: str, why_en: str, why_zh: str) -> BackupRefused:
    """A part is not what was written."""
    return BackupRefused(
        "backup_damaged",
        f"The backup is damaged: {file} {why_en}.",
        f"备份已损坏：{file} {why_zh}。",
        do_en="Nothing was changed. Take another copy of this backup, or an older one.",
        do_zh="未作任何改动。请改用该备份的另一份拷贝，或更早的备份。",
    )


def of_another_backup(file: str, its: str, wanted: str) -> BackupRefused:
    """A part was taken from another backup: database and Temporal would not fit together."""
    return BackupRefused(
        "backup_mismatched",
        f"{file} belongs to the backup {its}, not to {wanted}: the databases would not be of one moment.",
        f"{file} 属于备份 {its}，而非 {wanted}：各数据库不在同一时点。",
        do_en="Nothing was changed. Take every part from one backup.",
        do_zh="未作任何改动。请使用同一备份的全部文件。",
    )


def forged(why_en: str, why_zh: str) -> BackupRefused:
    """The manifest is not the one that the installation signed."""
    return BackupRefused(
        "backup_forged",
        f"The manifest is not trusted: {why_en}.",
        f"备份清单不可信：{why_zh}。",
        do_en="Nothing was changed. Take another copy of this backup, and ask who could write where this one lay.",
        do_zh="未作任何改动。请改用另一份拷贝，并查明何人可改写其存放处。",
    )


def key_needed() -> BackupRefused:
    """A backup holds keys and personal data: it is sealed, or said aloud to be plain."""
    return BackupRefused(
        "backup_key_needed",
        "A backup holds personal data and the keys of the installation; no key to seal it with is set.",
        "备份含个人信息和系统密钥，但未设置用于加密的口令或密钥。",
        do_en="Write a passphrase of 16 signs or more, or random bytes, into a file, keep a copy of it elsewhere, and"
        " name it by RECTIFY_BACKUP_KEY or --key-file (- reads it from standard input). --plain writes an unsealed"
        " backup without the keys.",
        do_zh="请将 16 个字符以上的口令或随机字节写入文件并另行保存，用 RECTIFY_BACKUP_KEY 或 --key-file 指定"
        "（- 表示从标准输入读取）。--plain 则不加密，且不含密钥。",
    )


def key_unreadable(file: str) -> BackupRefused:
    """The file of the key cannot be read."""
    return BackupRefused(
        "backup_key_unreadable",
        f"The key of the backup cannot be read from {file}.",
        f"无法从 {file} 读取备份密钥。",
        do_en="Correct RECTIFY_BACKUP_KEY or --key-file.",
        do_zh="请更正 RECTIFY_BACKUP_KEY 或 --key-file。",
    )


def key_weak(shortest: int) -> BackupRefused:
    """Whoever has the backup could guess it."""
    return BackupRefused(
        "backup_key_weak",
        f"The key of the backup has fewer than {shortest} bytes: whoever has the backup could guess it.",
        f"备份密钥不足 {shortest} 字节，得到备份的人可以猜出。",
        do_en="Take a longer passphrase, or: head -c 32 /dev/urandom | base64 > FILE",
        do_zh="请改用更长的口令，或运行：head -c 32 /dev/urandom | base64 > 文件",
    )


def key_wrong() -> BackupRefused:
    """Another key sealed it."""
    return BackupRefused(
        "backup_key_wrong",
        "The key is not the one that this backup was sealed with.",
        "该密钥不是加密此备份所用的密钥。",
        do_en="Name the right one by --key-file; its copy lies where you keep it apart from the backups.",
        do_zh="请用 --key-file 指定正确的密钥（应与备份分开保存）。",
    )


def newer(what_en: str, what_zh: str, its: str, ours: str) -> BackupRefused:
    """The backup was made by a version that is newer than this one."""
    return BackupRefused(
        "backup_newer",
        f"The backup has {what_en} {its}; this version knows {ours}.",
        f"备份的{what_zh}为 {its}，当前版本只支持 {ours}。",
        do_en="Nothing was changed. Install the version that made the backup, or a newer one, and restore with that.",
        do_zh="未作任何改动。请安装制作该备份的版本或更新版本后再恢复。",
    )


def other_kind(what_en: str, what_zh: str) -> BackupRefused:
    """The backup does not fit where it is to go."""
    return BackupRefused(
        "backup_other_kind",
        f"The backup does not fit here: {what_en}.",
        f"备份与本机设置不符：{what_zh}。",
        do_en="Nothing was changed. Correct RECTIFY_DATABASE_URL, RECTIFY_TEMPORAL_ADDRESS or RECTIFY_ENGINE to be as"
        " they were where the backup was made.",
        do_zh="未作任何改动。"
        "请将 RECTIFY_DATABASE_URL、RECTIFY_TEMPORAL_ADDRESS、RECTIFY_ENGINE 设为与制作备份时相同。",
    )


def evidence_elsewhere(where: str) -> BackupRefused:
    """Photos and papers are not in the backup, and nothing says where they are."""
    return BackupRefused(
        "backup_without_evidence",
        f"The backup has no photos and papers: they were in {where}, and RECTIFY_EVIDENCE names no bucket.",
        f"备份不含照片和材料（原在 {where}），而 RECTIFY_EVIDENCE 未指明存储桶。",
        do_en="Nothing was changed. Set RECTIFY_EVIDENCE to that bucket, or to one that has the same objects; where all"
        " are lost, to a new one: what is missing is told.",
        do_zh="未作任何改动。请将 RECTIFY_EVIDENCE 设为该存储桶，或内容相同的另一存储桶；对象已全部丢失时，"
        "可设为新的存储桶，缺失的文件会逐一列出。",
    )


def evidence_away(zh: str, en: str, remedy_zh: str, remedy_en: str) -> StackError:
    """The bucket of photos and papers does not answer."""
    return StackError("files_unavailable", f"{en}.", f"{zh}。", do_en=f"{remedy_en}.", do_zh=f"{remedy_zh}。")


def home_in_use(home: Path) -> BackupRefused:
    """Something runs in the home."""
    return BackupRefused(
        "home_in_use",
        f"The installation in {home} runs.",
        f"{home} 中的系统正在运行。",
        do_en="Nothing was changed. Stop it with rectify down, or set RECTIFY_HOME to another folder.",
        do_zh="未作任何改动。请先运行 rectify down，或将 RECTIFY_HOME 设为另一目录。",
    )


def home_not_empty(home: Path) -> BackupRefused:
    """The home holds an installation, or something else."""
    return BackupRefused(
        "home_not_empty",
        f"{home} is not empty.",
        f"{home} 不是空目录。",
        do_en="Nothing was changed. Set RECTIFY_HOME to a new folder; or --replace moves what is there aside, into a"
        " folder of the home, and puts the backup in its place.",
        do_zh="未作任何改动。请将 RECTIFY_HOME 设为新目录；或用 --replace 将原有内容移到主目录下的另一目录后再恢复。",
    )


def database_not_empty(name: str) -> BackupRefused:
    """The database elsewhere holds tables."""
    return BackupRefused(
        "database_not_empty",
        f"The database {name} is not empty.",
        f"数据库 {name} 不是空的。",
        do_en="Nothing was changed. Name another one by RECTIFY_DATABASE_URL; or --replace gives it another name and"
        " puts the backup in its place.",
        do_zh="未作任何改动。请用 RECTIFY_DATABASE_URL 指定另一数据库；或用 --replace 将其改名后再恢复。",
    )


def database_in_use(name: str) -> BackupRefused:
    """Somebody is connected to the database that is to be replaced: it may be the live one."""
    return BackupRefused(
        "database_in_use",
        f"Somebody is connected to the database {name}.",
        f"数据库 {name} 仍有连接。",
        do_en="Nothing was changed. Stop the installation that works on it (rectify down there), or name another"
        " database by RECTIFY_DATABASE_URL.",
        do_zh="未作任何改动。请先停止使用该数据库的系统（在其机器上运行 rectify down），"
        "或用 RECTIFY_DATABASE_URL 指定另一数据库。",
    )


def backup_exists(where: Path) -> BackupRefused:
    """A file of that name is there."""
    return BackupRefused(
        "backup_exists",
        f"{where} is no folder, or is a backup already.",
        f"{where} 不是目录，或已是一个备份。",
        do_en="Name a folder for backups, or a new name for this one.",
        do_zh="请指定存放备份的目录，或另取新的名称。",
    )


def backup_busy(lock: Path) -> BackupRefused:
    """One backup of an installation at a time."""
    return BackupRefused(
        "backup_busy",
        f"Another backup of this installation is being made (lock {lock}).",
        f"正在制作本系统的另一个备份（锁文件 {lock}）。",
        do_en="Wait for it to end.",
        do_zh="请等待其完成。",
    )


def backup_failed(what: str, said: str) -> StackError:
    """A program of PostgreSQL failed."""
    return StackError(
        "backup_failed",
        f"{what} failed: {said or 'no reason was given'}",
        f"{what} 失败：{said or '未说明原因'}",
        do_en="Nothing half made stays. Mend the cause and call again; rectify doctor looks at the services.",
        do_zh="不会留下不完整的备份。请排除原因后重试；rectify doctor 可检查各项服务。",
    )


def restore_unfinished(home: Path) -> StackError:
    """A restore was interrupted: what is in the home is neither the old state nor the new one."""
    return StackError(
        "restore_unfinished",
        f"A restore into {home} was interrupted.",
        f"{home} 中有一次未完成的恢复。",
        do_en="Call rectify db restore with the same backup again: it goes on, or begins anew.",
        do_zh="请用同一备份再次运行 rectify db restore：将继续完成，或重新开始。",
    )
