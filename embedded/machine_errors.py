"""Troubles of an installation on several machines."""

from pathlib import Path

from embedded.errors import StackError


def servers_of_this_machine() -> StackError:
    """No other machine can reach a server that listens on loopback."""
    return StackError(
        "servers_of_this_machine",
        "PostgreSQL and Temporal are this machine's own: no other machine could reach them.",
        "PostgreSQL 和 Temporal 是本机内置的，其他机器无法连接。",
        do_en="Set RECTIFY_DATABASE_URL and RECTIFY_TEMPORAL_ADDRESS to servers that every machine reaches.",
        do_zh="请将 RECTIFY_DATABASE_URL 和 RECTIFY_TEMPORAL_ADDRESS 设为各台机器都能连接的服务器。",
    )


def owner_elsewhere() -> StackError:
    """This machine may not migrate, rebuild or back up."""
    return StackError(
        "owner_elsewhere",
        "This machine does not have the database owner's way in.",
        "本机没有数据库所有者账号。",
        do_en="Run this on the first machine, or join with a file of rectify machine pack --with-owner.",
        do_zh="请在首台机器上运行，或用 rectify machine pack --with-owner 生成的文件重新加入。",
    )


def member_starts_nothing(home: Path) -> StackError:
    """`up` is for the first machine: it migrates, and starts servers."""
    return StackError(
        "member_starts_nothing",
        f"{home} is a member of an installation that another machine started.",
        f"{home} 是成员机器，系统由首台机器启动。",
        do_en="Run rectify web and rectify worker QUEUE here, best as services (rectify install --member).",
        do_zh="在本机运行 rectify web 和 rectify worker QUEUE，宜作为系统服务（rectify install --member）。",
    )


def not_a_member(home: Path) -> StackError:
    """A home with keys of its own would lose them."""
    return StackError(
        "not_a_member",
        f"{home} is an installation of its own, whose keys would be lost.",
        f"{home} 本身就是一套系统，加入会丢失其密钥。",
        do_en="Set RECTIFY_HOME to an empty folder.",
        do_zh="请将 RECTIFY_HOME 设为空目录。",
    )


def member_elsewhere(home: Path, of: str) -> StackError:
    """A member of one installation does not become another's by mistake."""
    return StackError(
        "member_elsewhere",
        f"{home} is a member of another installation ({of}).",
        f"{home} 属于另一套系统（{of}）。",
        do_en="Set RECTIFY_HOME to an empty folder, or remove this one first.",
        do_zh="请将 RECTIFY_HOME 设为空目录，或先删除该目录。",
    )


def no_machine_file(file: Path, why_en: str, why_zh: str) -> StackError:
    """What is to be joined by is no such file."""
    return StackError(
        "no_machine_file",
        f"{file} is no file to join by: {why_en}.",
        f"{file} 不能用于加入：{why_zh}。",
        do_en="Make one on the first machine: rectify machine pack FILE.",
        do_zh="请在首台机器上生成：rectify machine pack 文件。",
    )


def heads_elsewhere() -> StackError:
    """Who serves the queue `notices` signs the heads of the logs, which one machine keeps."""
    return StackError(
        "heads_elsewhere",
        "The signed heads of the logs are kept on another machine, which serves the queue notices.",
        "日志签名由另一台机器保管，notices 队列由该机器运行。",
        do_en="To have it here instead: pack with --with-heads, bring its folder of heads along, and stop it there.",
        do_zh="若改由本机运行：用 --with-heads 打包，连同签名目录一并迁来，并停止原机器上的该进程。",
    )


def service_has_it(home: Path) -> StackError:
    """A service manager started it, and it alone stops it."""
    return StackError(
        "service_has_it",
        f"{home} is in the hands of the service rectify.",
        f"{home} 由系统服务 rectify 管理。",
        do_en="systemctl start, stop and reload rectify do what up and down do; reload brings a new version.",
        do_zh="请用 systemctl start、stop、reload rectify 代替 up 和 down；升级后执行 reload。",
    )


def program_closed(file: Path, account: str) -> StackError:
    """A unit that runs as the account could not start."""
    return StackError(
        "program_closed",
        f"The account {account} cannot read {file}.",
        f"账户 {account} 无法读取 {file}。",
        do_en="Install the program where every account may read it, such as /opt/rectify, and run this from there.",
        do_zh="请将程序安装到所有账户可读的位置（如 /opt/rectify），再从那里运行本命令。",
    )


def no_systemd() -> StackError:
    """Only units of systemd are written."""
    return StackError(
        "no_systemd",
        "This machine is not run by systemd.",
        "本机不使用 systemd。",
        do_en="Write the files somewhere with --root FOLDER, or have your service manager call rectify run.",
        do_zh="用 --root 目录 把文件写到别处，或由本机的服务管理程序调用 rectify run。",
    )


def not_root() -> StackError:
    """The machine's own folders are root's."""
    return StackError(
        "not_root",
        "Only root writes units.",
        "只有 root 能写入系统服务文件。",
        do_en="Run it with sudo, or with --root FOLDER to look at the files.",
        do_zh="请用 sudo 运行；只想查看文件时加 --root 目录。",
    )
