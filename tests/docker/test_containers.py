"""What the engine says of each container: its rights, its bounds, its doors."""

from typing import Any

# What anybody may reach: the gateway and live video.
PUBLIC = {"8000/tcp", "1935/tcp"}


def test_no_container_runs_as_root_or_may_become_it(platform: Any) -> None:
    told = platform.inspect()

    assert len(told) >= 19
    for name, one in told.items():
        user = one["Config"]["User"].partition(":")[0]
        host = one["HostConfig"]
        assert user not in {"", "root", "0"}, name
        assert host["CapDrop"] == ["ALL"], name
        assert not host["CapAdd"], name
        assert not host["Privileged"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name


def test_every_container_reads_only_is_bounded_and_comes_back(platform: Any) -> None:
    for name, one in platform.inspect().items():
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["Init"], name
        assert 0 < host["Memory"] <= 2 * 1024**3, name
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, name
        wanted = "no" if name == "provision-1" else "unless-stopped"
        assert host["RestartPolicy"]["Name"] == wanted, name
        assert name == "provision-1" or one["State"]["Health"]["Status"] == "healthy", name


def test_only_the_gateway_listens_beyond_loopback(platform: Any) -> None:
    opened = {
        (name, inner, binding["HostIp"])
        for name, one in platform.inspect().items()
        for inner, bindings in one["HostConfig"]["PortBindings"].items()
        for binding in bindings
    }

    beyond = {(name, inner) for name, inner, address in opened if address != "127.0.0.1"}
    assert beyond == {("gateway-1", port) for port in PUBLIC}
    inside = {int(inner.removesuffix("/tcp")) for name, inner, _ in opened if name == "gateway-1"}
    assert {*range(8000, 8007), *range(8101, 8108)} <= inside


def test_no_container_is_told_another_services_secrets(platform: Any) -> None:
    for name, one in platform.inspect().items():
        service = name.partition("-")[0].upper()
        told = dict(line.split("=", 1) for line in one["Config"]["Env"] or [])
        if name.startswith(("provision", "postgres", "rabbitmq", "redis", "sandbox", "gateway")):
            continue
        others = [each for each in told if each.endswith(("_DATABASE_URL", "_BROKER_URL"))]
        assert sorted(others) == [f"{service}_BROKER_URL", f"{service}_DATABASE_URL"], name
        assert ("DOCFLIQ_SEALING_KEYS" in told) is (service in {"AUTH", "NOTIFICATION"}), name


def test_the_compose_file_is_clean(platform: Any) -> None:
    for files in ((), ("-f", "docker-compose.yml", "-f", "docker-compose.dev.yml")):
        assert platform.compose(*files, "config", "--quiet") == ""
