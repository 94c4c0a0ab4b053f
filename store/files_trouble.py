"""Why files of cases cannot be kept or given out: by one word, with a sentence and a remedy for whoever runs it all."""

from typing import Literal

Why = Literal[
    "disk", "full", "away", "busy", "refused", "no_bucket", "no_credentials", "open_credentials", "of_another"
]
# why: what it is in Chinese and English, what to do about it in Chinese and English
_WORDS: dict[Why, tuple[str, str, str, str]] = {
    "disk": (
        "{where} 无法读写（{told}）",
        "{where} cannot be read or written ({told})",
        "检查磁盘和文件夹权限",
        "look at the disk, and at who may use the folder",
    ),
    "full": (
        "{where} 所在的磁盘已满",
        "the disk of {where} is full",
        "清理磁盘或扩容",
        "make room on the disk",
    ),
    "away": (
        "{where} 没有应答或出错（{told}）",
        "{where} does not answer, or fails ({told})",
        "检查 RECTIFY_EVIDENCE_ENDPOINT、RECTIFY_EVIDENCE_REGION、网络和证书（RECTIFY_EVIDENCE_CA）",
        "look at RECTIFY_EVIDENCE_ENDPOINT, RECTIFY_EVIDENCE_REGION, the network, and the store's certificate "
        "(RECTIFY_EVIDENCE_CA)",
    ),
    "busy": (
        "{where} 应答太慢，等候的文件过多",
        "{where} answers slowly, and too many files wait for it",
        "稍后重试；检查网络和对象存储的负载",
        "try again later; look at the network, and at what else the store has to do",
    ),
    "refused": (
        "{where} 拒绝访问（{told}）",
        "{where} refuses access ({told})",
        "核对密钥，并授予该账号列举存储桶及读、写、删对象的权限",
        "see whether the key is right, and let its account list the bucket, and read, write and delete its objects",
    ),
    "no_bucket": (
        "{where} 的存储桶不存在",
        "there is no bucket for {where}",
        "创建存储桶，或更正 RECTIFY_EVIDENCE",
        "make the bucket, or correct RECTIFY_EVIDENCE",
    ),
    "no_credentials": (
        "{where} 没有可用的密钥（{told}）",
        "there is no key for {where} ({told})",
        "用 RECTIFY_EVIDENCE_CREDENTIALS 指明密钥文件，或设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY",
        "name a file with the key by RECTIFY_EVIDENCE_CREDENTIALS, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    ),
    "open_credentials": (
        "密钥文件 {told} 可被其他账户读取，不予使用",
        "other accounts can read the key file {told}: it is not used",
        "运行 chmod 600 {told}",
        "run chmod 600 {told}",
    ),
    "of_another": (
        "{where} 属于另一系统（{told}）",
        "{where} is another installation's ({told})",
        "本系统请用 RECTIFY_EVIDENCE 另设存储桶或前缀；确认该系统不再运行后，可删除对象 installation.json",
        "name another bucket or prefix by RECTIFY_EVIDENCE; once that installation runs no more, its object "
        "installation.json may be deleted",
    ),
}


class FilesTrouble(Exception):
    """The place of the files does not take, or does not give, a file; `told`: a code or a name, never a secret."""

    def __init__(self, why: Why, where: object, told: str = "") -> None:
        super().__init__(why)
        self.why: Why = why
        self.zh, self.en, self.remedy_zh, self.remedy_en = (
            said.format(where=where, told=told or why) for said in _WORDS[why]
        )

    @property
    def problem(self) -> dict[str, str]:
        """As a verb tells it."""
        told = {"code": "files_unavailable", "zh": self.zh, "en": self.en}
        return {**told, "remedy_zh": self.remedy_zh, "remedy_en": self.remedy_en}


def of_disk(error: OSError, where: object) -> FilesTrouble:
    """What the disk said."""
    full = error.errno in (28, 122)  # no space, no quota
    return FilesTrouble("full" if full else "disk", where, error.strerror or type(error).__name__)
