"""PostgreSQL, RabbitMQ and Redis of a stack: their folders, their settings, their commands."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from groundwork import envfiles, tuning
from groundwork.waiting import Refused

from engine.programs import Program
from engine.stack import Stack, give, postgres_folder, server_user, tool


def prepared_servers(stack: Stack) -> list[Program]:
    """The servers' programs; their folders and configuration are written, again and again."""
    return [_epmd(stack), _postgres(stack), _redis(stack), _rabbitmq(stack)]


def _postgres(stack: Stack) -> Program:
    user = server_user("postgres")
    home = stack.home / "postgres"
    give(home, user)
    if not (home / "data").exists():
        _make_cluster(stack, home, user)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(stack.port("DOCFLIQ_POSTGRES_PORT")),
        # Everybody comes by TCP with a password: a socket's path may hold only 107 bytes.
        "unix_socket_directories": "",
        **tuning.POSTGRES,
        "log_line_prefix": "%m [%p] %q%u@%d ",
    }
    if not stack.main:
        # Tests may lose everything in a power cut, but no commit when PostgreSQL is killed.
        settings |= {"fsync": "off", "full_page_writes": "off"}
        # A client that gives up while it signs in holds up every DROP DATABASE for so long.
        settings["authentication_timeout"] = "3s"
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return Program(
        name="postgres",
        command=(f"{postgres_folder()}/postgres", "-D", str(home / "data"), *options),
        ports={"DOCFLIQ_POSTGRES_PORT": stack.port("DOCFLIQ_POSTGRES_PORT")},
        folder=home,
        user=user,
        # Fast shutdown: sessions are ended, nothing is lost.
        stop_signal="INT",
        stop_secs=60,
    )


def _make_cluster(stack: Stack, home: Path, user: str | None) -> None:
    """initdb into a folder of another name: an interrupted one is never taken for a cluster."""
    fresh = home / "data.new"
    if fresh.exists():
        shutil.rmtree(fresh)
    with tempfile.NamedTemporaryFile("w", dir=home, prefix="password-") as secret:
        secret.write(stack.settings["DOCFLIQ_POSTGRES_PASSWORD"] + "\n")
        secret.flush()
        if user:
            shutil.chown(secret.name, user)
        command = [
            f"{postgres_folder()}/initdb",
            *("--pgdata", str(fresh), "--username", envfiles.SUPERUSER, "--pwfile", secret.name),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            # Written to disk at the first checkpoint; an interrupted start begins anew.
            "--no-sync",
        ]
        run_as(user, command, log=stack.log / "initdb.log", folder=home, env=stack.subprocess_env())
    fresh.rename(home / "data")


def run_as(
    user: str | None, command: list[str], *, log: Path, folder: Path, env: dict[str, str]
) -> None:
    """Run a command as a server's user, its words in the log. Raises Refused if it fails."""
    with log.open("a") as stream:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            check=False,
        )
    if ended.returncode != 0:
        raise Refused(f"{command[0]} failed:\n{log.read_text()[-2000:]}")


def _redis(stack: Stack) -> Program:
    user = server_user("redis")
    home = stack.home / "redis"
    give(home, user)
    port = stack.port("DOCFLIQ_REDIS_PORT")
    conf = home / "redis.conf"
    # Never the only copy of anything: nothing is written to disk, and memory is bounded.
    text = (
        f'bind 127.0.0.1\nport {port}\ndir "{home}"\ndatabases 64\nsave ""\nappendonly no\n'
        "maxmemory 256mb\nmaxmemory-policy allkeys-lru\n"
        f"requirepass {stack.settings['DOCFLIQ_REDIS_PASSWORD']}\n"
    )
    _write_for(user, conf, text)
    return Program(
        name="redis",
        command=(tool("redis-server"), str(conf)),
        ports={"DOCFLIQ_REDIS_PORT": port},
        folder=home,
        user=user,
    )


def _epmd(stack: Stack) -> Program:
    """Erlang's port mapper, our own and supervised: one that RabbitMQ starts would outlive it."""
    user = server_user("rabbitmq")
    give(stack.home / "rabbitmq", user)
    port = stack.port("DOCFLIQ_EPMD_PORT")
    return Program(
        name="epmd",
        command=(tool("epmd"), "-port", str(port), "-address", "127.0.0.1"),
        ports={"DOCFLIQ_EPMD_PORT": port},
        folder=stack.home / "rabbitmq",
        user=user,
        # Relaxed, it may be told to leave while the broker is still registered.
        environment={"ERL_EPMD_RELAXED_COMMAND_CHECK": "1"},
    )


def _rabbitmq(stack: Stack) -> Program:
    user = server_user("rabbitmq")
    home = stack.home / "rabbitmq"
    give(home, user)
    port = stack.port("DOCFLIQ_BROKER_PORT")
    management = stack.port("DOCFLIQ_MANAGEMENT_PORT")
    _write_for(user, home / "enabled_plugins", "[rabbitmq_management].\n")
    _write_for(user, home / "rabbitmq.conf", _rabbitmq_conf(stack))
    return Program(
        name="rabbitmq",
        command=(tool("rabbitmq-server", "/usr/lib/rabbitmq/bin"),),
        ports={
            "DOCFLIQ_BROKER_PORT": port,
            "DOCFLIQ_MANAGEMENT_PORT": management,
            "DOCFLIQ_BROKER_DIST_PORT": stack.port("DOCFLIQ_BROKER_DIST_PORT"),
        },
        environment=broker_environment(stack),
        folder=home,
        user=user,
        stop_secs=60,
    )


def _rabbitmq_conf(stack: Stack) -> str:
    lines = {
        "listeners.tcp.1": f"127.0.0.1:{stack.port('DOCFLIQ_BROKER_PORT')}",
        "management.tcp.ip": "127.0.0.1",
        "management.tcp.port": str(stack.port("DOCFLIQ_MANAGEMENT_PORT")),
        "default_vhost": envfiles.BROKER_VHOST,
        "default_user": envfiles.SUPERUSER,
        "default_pass": stack.settings["DOCFLIQ_BROKER_PASSWORD"],
        "default_user_tags.administrator": "true",
        "collect_statistics_interval": tuning.BROKER_STATISTICS_MSECS,
        "log.console": "true",
        "log.console.level": "info",
        "log.file": "false",
        "vm_memory_high_watermark.relative": "0.4",
        "disk_free_limit.absolute": "200MB",
    }
    return "".join(f"{name} = {value}\n" for name, value in lines.items())


def broker_environment(stack: Stack) -> dict[str, str]:
    """What RabbitMQ's own scripts need to find this node and no other."""
    home = stack.home / "rabbitmq"
    loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
    return {
        "HOME": str(home),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_NODENAME": "docfliq@localhost",
        "RABBITMQ_DIST_PORT": str(stack.port("DOCFLIQ_BROKER_DIST_PORT")),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
        "ERL_EPMD_PORT": str(stack.port("DOCFLIQ_EPMD_PORT")),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        # Its start script then becomes the Erlang machine instead of a parent that must pass
        # signals on, so that supervisord's child is the broker itself.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _write_for(user: str | None, path: Path, text: str) -> None:
    envfiles.write_private(path, text)
    if user:
        shutil.chown(path, user, user)
