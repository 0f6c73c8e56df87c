"""The language host's service, called over gRPC as the engine does, and its pure parts."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from sandbox.engine.language_host import packages, programs
from sandbox.engine.language_host.packages import InstalledPackage
from sandbox.engine.language_host.plugins import plugin_command
from sandbox.engine.language_host.program import seldom_used
from sandbox.engine.language_host.service import LanguageHost, serve
from sandbox.engine.release import ENGINE_VERSION
from tests.engine.processes import PATIENCE_SECONDS, wait_for, wait_until_gone

CALL_SECONDS = PATIENCE_SECONDS


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Any]:
    """A client of a host whose executor is a Python script in `tmp_path` (`executor`), written by the test."""
    host = LanguageHost(executor=tmp_path / "executor", engine_address="127.0.0.1:9", tracing="")
    server, port = serve(host)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield language_pb2_grpc.LanguageRuntimeStub(channel)
    host.children.terminate_all()
    server.stop(grace=None).wait()


def information(folder: Path, **options: str | bool) -> language_pb2.ProgramInfo:
    runtime_options = struct_pb2.Struct()
    runtime_options.update(options)
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point=".", options=runtime_options
    )


def plugin_request(
    folder: Path, *arguments: str, kind: str = "tool", **options: str | bool
) -> language_pb2.RunPluginRequest:
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    return language_pb2.RunPluginRequest(
        info=information(folder, **options),
        pwd=str(folder),
        args=arguments,
        env=[*environment, "MARK=given"],
        kind=kind,
    )


class TestPrograms:
    def test_the_executor_is_given_what_the_engine_said_and_no_empty_values(self) -> None:
        request = language_pb2.RunRequest(
            project="demo",
            stack="test",
            pwd="/program",
            monitor_address="127.0.0.1:1",
            dryRun=True,
            parallel=16,
            args=["one"],
            info=language_pb2.ProgramInfo(root_directory="/program", entry_point="main.py"),
        )

        arguments = programs.executor_arguments(request, engine_address="127.0.0.1:2", tracing="")

        assert [" ".join(pair) for pair in zip(arguments[::2], arguments[1::2], strict=True)] == [
            "--monitor 127.0.0.1:1",
            "--engine 127.0.0.1:2",
            "--project demo",
            "--root_directory /program",
            "--stack test",
            "--pwd /program",
            "--dry_run true",
            "--parallel 16",
            "main.py one",
        ]

    def test_configuration_and_secret_keys_reach_the_program_as_json(self) -> None:
        request = language_pb2.RunRequest(config={"demo:greeting": 'say "ä"'}, configSecretKeys=["demo:password"])

        environment = programs.program_environment({"HOME": "/home"}, request)

        assert environment["HOME"] == "/home"
        assert json.loads(environment["PULUMI_CONFIG"]) == {"demo:greeting": 'say "ä"'}
        assert json.loads(environment["PULUMI_CONFIG_SECRET_KEYS"]) == ["demo:password"]

    @pytest.mark.parametrize(
        ("exit_code", "error", "bail"),
        [
            (0, "", False),
            (32, "", True),
            (1, "program exited with non-zero exit code: 1", False),
            (-9, "program exited unexpectedly: signal 9", False),
        ],
    )
    def test_exit_codes_mean_what_they_mean_to_the_official_host(self, exit_code: int, error: str, bail: bool) -> None:
        response = programs.run_response(exit_code)

        assert (response.error, response.bail) == (error, bail)

    def test_the_program_runs_with_the_executor_on_the_hosts_interpreter(self, stub: Any, tmp_path: Path) -> None:
        seen = tmp_path / "seen.json"
        (tmp_path / "executor").write_text(
            f"import json, os, sys\n"
            f"seen = [sys.executable, sys.argv[1:], os.environ['PULUMI_CONFIG']]\n"
            f"open({str(seen)!r}, 'w').write(json.dumps(seen))\n"
        )

        request = language_pb2.RunRequest(config={"a:b": "c"}, info=information(tmp_path), dryRun=False, parallel=1)
        response = stub.Run(request, timeout=CALL_SECONDS)

        interpreter, arguments, configuration = json.loads(seen.read_text())
        assert response == language_pb2.RunResponse()
        assert interpreter == sys.executable
        assert arguments[-1] == "."
        assert "127.0.0.1:9" in arguments
        assert json.loads(configuration) == {"a:b": "c"}

    def test_what_programs_seldom_use_of_the_sdk_is_loaded_by_its_first_use(self, stub: Any, tmp_path: Path) -> None:
        seen = tmp_path / "seen.json"
        (tmp_path / "executor").write_text(
            f"import json, sys\n"
            f"import pulumi\n"
            f"names = ('dill', 'pulumi.automation._stack', 'opentelemetry.sdk.trace')\n"
            f"seen = [name in sys.modules for name in names]\n"
            f"class Provider(pulumi.dynamic.ResourceProvider): ...\n"
            f"from pulumi.automation import Stack\n"
            f"seen += [pulumi.dynamic.ResourceProvider.__module__, Stack.__module__]\n"
            f"open({str(seen)!r}, 'w').write(json.dumps(seen))\n"
        )

        assert stub.Run(language_pb2.RunRequest(info=information(tmp_path)), timeout=CALL_SECONDS).error == ""

        used = ["pulumi.dynamic.dynamic", "pulumi.automation._stack"]
        assert json.loads(seen.read_text()) == [False, False, False, *used]

    def test_what_sends_traces_is_loaded_at_once_where_they_are_wanted(self) -> None:
        assert seldom_used({}) - seldom_used({"TRACEPARENT": "00-1-2-01"}) == {"pulumi.runtime._instrumentation"}

    def test_a_program_ends_when_the_engine_cancels(self, stub: Any, tmp_path: Path) -> None:
        started = tmp_path / "started"
        (tmp_path / "executor").write_text(
            f"import os, pathlib, time\n"
            f"mark = pathlib.Path({str(started)!r})\n"
            f"mark.with_suffix('.tmp').write_text(str(os.getpid()))\n"
            f"mark.with_suffix('.tmp').rename(mark)\n"
            f"time.sleep(600)\n"
        )

        running = stub.Run.future(language_pb2.RunRequest(info=information(tmp_path)))
        wait_for(started)
        stub.Cancel(empty_pb2.Empty(), timeout=CALL_SECONDS)

        assert running.result(timeout=CALL_SECONDS).error == "program exited unexpectedly: signal 15"
        wait_until_gone(int(started.read_text()))

    def test_a_program_ends_when_its_call_is_cancelled(self, stub: Any, tmp_path: Path) -> None:
        started = tmp_path / "started"
        (tmp_path / "executor").write_text(
            f"import os, pathlib, time\n"
            f"mark = pathlib.Path({str(started)!r})\n"
            f"mark.with_suffix('.tmp').write_text(str(os.getpid()))\n"
            f"mark.with_suffix('.tmp').rename(mark)\n"
            f"time.sleep(600)\n"
        )

        running = stub.Run.future(language_pb2.RunRequest(info=information(tmp_path)))
        wait_for(started)
        running.cancel()

        wait_until_gone(int(started.read_text()))

    def test_a_type_checker_is_refused_rather_than_left_out(self, stub: Any, tmp_path: Path) -> None:
        request = language_pb2.RunRequest(info=information(tmp_path, typechecker="mypy"))

        assert "remove the runtime option `typechecker`" in stub.Run(request, timeout=CALL_SECONDS).error


class TestPlugins:
    def test_output_and_exit_code_are_streamed(self, stub: Any, tmp_path: Path) -> None:
        (tmp_path / "__main__.py").write_text(
            "import os, sys\n"
            "print('out', sys.argv[1:], os.environ['MARK'], flush=True)\n"
            "print('err', file=sys.stderr, flush=True)\n"
            "sys.exit(3)\n"
        )

        responses = list(stub.RunPlugin(plugin_request(tmp_path, "127.0.0.1:7"), timeout=CALL_SECONDS))

        assert b"".join(answer.stdout for answer in responses) == b"out ['127.0.0.1:7'] given\n"
        assert b"".join(answer.stderr for answer in responses) == b"err\n"
        assert responses[-1].WhichOneof("output") == "exitcode"
        assert responses[-1].exitcode == 3

    def test_a_plugin_ends_when_its_call_is_cancelled(self, stub: Any, tmp_path: Path) -> None:
        (tmp_path / "__main__.py").write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n")

        call = stub.RunPlugin(plugin_request(tmp_path))
        process = int(next(call).stdout)
        call.cancel()

        wait_until_gone(process)

    def test_a_policy_pack_is_given_its_folder_last(self, tmp_path: Path) -> None:
        command = plugin_command(plugin_request(tmp_path, "127.0.0.1:7", kind="analyzer"))

        assert command == [sys.executable, "-u", str(programs.START), "pulumi.policy", "127.0.0.1:7", str(tmp_path)]

    def test_a_policy_pack_that_is_configured_by_call_tells_its_own_port(self, stub: Any, tmp_path: Path) -> None:
        (tmp_path / "__main__.py").write_text("import os\nprint(7)\nprint(os.getcwd(), os.environ['MARK'])\n")

        request = plugin_request(tmp_path, "127.0.0.1:7", kind="analyzer", configuredByCall=True)
        responses = list(stub.RunPlugin(request, timeout=CALL_SECONDS))

        assert b"".join(answer.stdout for answer in responses) == f"7\n{tmp_path} given\n".encode()
        assert responses[-1].exitcode == 0

    def test_a_policy_pack_that_is_configured_by_call_loads_the_sdk_if_it_uses_it(
        self, stub: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "__main__.py").write_text(
            "import json, sys\n"
            "import grpc\n"
            "import pulumi\n"
            "from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc\n"
            "said = [[name in sys.modules for name in ('asyncio.events', 'grpc.aio._channel', 'pulumi.resource')]]\n"
            "said.append(pulumi.runtime.proto.analyzer_pb2 is analyzer_pb2)\n"
            "used = (grpc.aio.Channel, pulumi.Resource, pulumi.runtime.Settings)\n"
            "said.append([each.__module__ for each in used])\n"
            "said.append(pulumi.runtime.proto.analyzer_pb2 is analyzer_pb2)\n"
            "print(json.dumps(said))\n"
        )

        request = plugin_request(tmp_path, "127.0.0.1:7", kind="analyzer", configuredByCall=True)
        responses = list(stub.RunPlugin(request, timeout=CALL_SECONDS))

        assert json.loads(b"".join(answer.stdout for answer in responses)) == [
            [False, False, False],
            True,
            ["grpc.aio._base_channel", "pulumi.resource", "pulumi.runtime.settings"],
            True,
        ]

    def test_a_policy_pack_that_is_not_waits_behind_another_port_until_it_is_asked(
        self, stub: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "__main__.py").write_text("from pathlib import Path\nPath('started').touch()\n")

        call = stub.RunPlugin(plugin_request(tmp_path, "127.0.0.1:7", kind="analyzer"), timeout=CALL_SECONDS)

        assert int(next(call).stdout) > 0
        assert not (tmp_path / "started").exists()
        call.cancel()

    def test_a_package_is_run_by_its_project_name(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "my-plugin"\nversion = "1"\n')

        command = plugin_command(plugin_request(tmp_path, "127.0.0.1:7"))

        assert command == [sys.executable, "-u", "-m", "pulumi.run.plugin", "my-plugin", "127.0.0.1:7"]

    def test_a_folder_that_is_no_plugin_is_refused_by_name(self, stub: Any, tmp_path: Path) -> None:
        with pytest.raises(grpc.RpcError, match=r"is no plugin: it has neither __main__\.py"):
            list(stub.RunPlugin(plugin_request(tmp_path), timeout=CALL_SECONDS))


class TestInformation:
    def test_the_interpreter_in_use_is_told(self, stub: Any) -> None:
        about = stub.About(language_pb2.AboutRequest(), timeout=CALL_SECONDS)

        assert about.executable == sys.executable
        assert about.version == ".".join(map(str, sys.version_info[:3]))

    def test_the_host_is_of_the_engines_version(self, stub: Any) -> None:
        assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=CALL_SECONDS).version == ENGINE_VERSION

    def test_the_aws_plugin_of_the_installed_package_is_required(self, stub: Any) -> None:
        required = stub.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(), timeout=CALL_SECONDS)

        assert [(package.name, package.kind) for package in required.packages] == [("aws", "resource")]

    def test_direct_dependencies_leave_out_what_others_require(self, stub: Any) -> None:
        def names(transitive: bool) -> set[str]:
            request = language_pb2.GetProgramDependenciesRequest(transitiveDependencies=transitive)
            return {found.name for found in stub.GetProgramDependencies(request, timeout=CALL_SECONDS).dependencies}

        everything, direct = names(True), names(False)

        assert {"pulumi", "pulumi-aws", "pulumi-policy"} <= everything
        assert {"pulumi-aws", "pulumi-policy"} <= direct
        assert "pulumi" not in direct
        assert direct < everything

    def test_installing_does_nothing_and_says_so(self, stub: Any, tmp_path: Path) -> None:
        request = language_pb2.InstallDependenciesRequest(directory=str(tmp_path))

        answers = list(stub.InstallDependencies(request, timeout=CALL_SECONDS))

        assert b"there is nothing to do" in answers[0].stdout
        assert list(tmp_path.iterdir()) == []

    def test_code_generation_is_not_pretended(self, stub: Any) -> None:
        with pytest.raises(grpc.RpcError) as refusal:
            stub.GenerateProgram(language_pb2.GenerateProgramRequest(), timeout=CALL_SECONDS)

        assert cast(grpc.Call, refusal.value).code() is grpc.StatusCode.UNIMPLEMENTED


class TestPackages:
    @staticmethod
    def installed(folder: Path, name: str, plugin: object | None = None, version: str = "1.2.3") -> InstalledPackage:
        module = folder / name.replace("-", "_")
        module.mkdir()
        if plugin is not None:
            (module / "pulumi-plugin.json").write_text(plugin if isinstance(plugin, str) else json.dumps(plugin))
        return InstalledPackage(name=name, version=version, requirements=(), location=folder)

    def test_a_plugin_file_gives_name_version_and_server(self, tmp_path: Path) -> None:
        declared = {"resource": True, "name": "cloud", "version": "9.8.7", "server": "https://plugins.example"}

        [plugin] = packages.required_plugins([self.installed(tmp_path, "some-cloud", declared)])

        assert (plugin.name, plugin.version, plugin.server) == ("cloud", "v9.8.7", "https://plugins.example")

    def test_without_a_plugin_file_a_pulumi_package_gives_its_own_name_and_version(self, tmp_path: Path) -> None:
        [plugin] = packages.required_plugins([self.installed(tmp_path, "pulumi-random")])

        assert (plugin.name, plugin.version) == ("random", "v1.2.3")

    def test_packages_without_a_plugin_are_left_out(self, tmp_path: Path) -> None:
        without = [
            self.installed(tmp_path, "requests"),
            self.installed(tmp_path, "pulumi-policy"),
            self.installed(tmp_path, "pulumi-std", {"resource": False}),
            self.installed(tmp_path, "pulumi-odd", {"resource": True}, version="1!2.0"),
        ]

        assert packages.required_plugins(without) == []

    def test_a_parameterized_package_keeps_its_parameter(self, tmp_path: Path) -> None:
        parameter = {"name": "child", "version": "2.0.0", "value": "aGVsbG8="}
        declared = {"resource": True, "name": "base", "version": "1.0.0", "parameterization": parameter}

        [plugin] = packages.required_plugins([self.installed(tmp_path, "pulumi-child", declared)])

        assert (plugin.parameterization.name, plugin.parameterization.value) == ("child", b"hello")

    def test_what_file_names_tell_is_what_the_packages_say_of_themselves(self) -> None:
        by_names = packages.required_plugins(packages.pulumi_packages(sys.path))

        assert by_names == packages.required_plugins(packages.installed_packages())
        assert "aws" in {plugin.name for plugin in by_names}

    def test_a_package_with_a_plugin_file_needs_no_name_of_pulumis(self, tmp_path: Path) -> None:
        for name in ("some_cloud", "requests"):
            described = tmp_path / f"{name}-1.2.3.dist-info"
            described.mkdir()
            (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n")
        self.installed(tmp_path, "some-cloud", {"resource": True})

        [package] = packages.pulumi_packages([str(tmp_path / "nothing"), str(tmp_path)])

        assert (package.name, package.version, package.location) == ("some-cloud", "1.2.3", tmp_path)

    @pytest.mark.parametrize("content", ["{", "[]"])
    def test_a_damaged_plugin_file_is_told_by_its_path(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(ValueError, match=r"pulumi_bad/pulumi-plugin\.json"):
            packages.required_plugins([self.installed(tmp_path, "pulumi-bad", content)])

    @pytest.mark.parametrize(
        ("package", "plugin"),
        [
            ("1.2.3", "1.2.3"),
            ("1.0", "1.0.0"),
            ("1.0rc2", "1.0.0-rc.2"),
            ("2.1.0a5", "2.1.0-alpha.5"),
            ("1.dev1", None),
        ],
    )
    def test_package_versions_become_plugin_versions(self, package: str, plugin: str | None) -> None:
        assert packages.plugin_version(package) == plugin


def test_a_requirement_of_an_extra_does_not_count_as_required() -> None:
    def package(name: str, *requirements: str) -> InstalledPackage:
        return InstalledPackage(name=name, version="1", requirements=requirements, location=Path())

    found = packages.dependencies(
        [package("app", "Lib_B>=1", 'lib-c; extra == "more"'), package("lib-b"), package("lib-c")], transitive=False
    )

    assert [dependency.name for dependency in found] == ["app", "lib-c"]
