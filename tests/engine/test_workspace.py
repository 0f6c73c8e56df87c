"""What keeps a workspace in order: passphrase, settings, environment, and the traces of an engine that was killed."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.engine.environment import engine_environment
from sandbox.engine.passphrase import ensure_passphrase
from sandbox.engine.release import Engine
from sandbox.engine.stack_settings import sync_settings
from sandbox.engine.workspace import PulumiWorkspace
from sandbox.errors import SandboxError
from tests.engine.fake_tools import installed_pulumi, script
from tests.engine.processes import PATIENCE_SECONDS


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine that records how it was called."""
    folder = installed_pulumi(tmp_path / "engine")
    script(folder / "pulumi", f'echo "$PWD: $@" >> {folder}/calls; exit ${{EXIT_CODE:-0}}')
    return Engine(executable=folder / "pulumi", version="3.255.0", built=True, search_path=(folder,))


@pytest.fixture
def workspace(tmp_path: Path, engine: Engine) -> PulumiWorkspace:
    project = tmp_path / "program"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: demo\nruntime: python\n")
    return PulumiWorkspace(engine=engine, project_directory=project, state_directory=tmp_path / "state", stack="test")


def calls(engine: Engine) -> list[str]:
    file = engine.search_path[0] / "calls"
    return file.read_text().splitlines() if file.exists() else []


class TestPassphrase:
    def test_it_is_random_and_readable_by_its_user_only(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            (tmp_path / name).mkdir()

        files = [ensure_passphrase(tmp_path / name) for name in ("one", "two")]

        assert files[0].read_text() != files[1].read_text()
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
        assert [path.name for path in (tmp_path / "one").iterdir()] == ["passphrase"]

    def test_it_is_kept_and_closed_to_others(self, tmp_path: Path) -> None:
        (tmp_path / "passphrase").write_text("mine\n")
        (tmp_path / "passphrase").chmod(0o644)

        file = ensure_passphrase(tmp_path)

        assert file.read_text() == "mine\n"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_it_is_not_made_anew_beside_a_state_that_needs_the_lost_one(self, tmp_path: Path) -> None:
        state = tmp_path / "pulumi" / ".pulumi" / "stacks" / "demo" / "test.json"
        state.parent.mkdir(parents=True)
        state.write_text("{}")

        with pytest.raises(SandboxError, match=r"is missing.*run `make reset`"):
            ensure_passphrase(tmp_path)

    def test_an_empty_one_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "passphrase").write_text("\n")

        with pytest.raises(SandboxError, match=r"is empty.*run `make reset`"):
            ensure_passphrase(tmp_path)


class TestSettings:
    @staticmethod
    def sync(tmp_path: Path, additions: dict[str, Any] | None = None) -> Path:
        return sync_settings(
            project_directory=tmp_path, state_directory=tmp_path / "state", stack="test", additions=additions
        )

    def test_the_engine_gets_a_copy_that_it_may_write_to(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.test.yaml").write_text("config: {demo:a: b}\n")

        copy = self.sync(tmp_path)
        copy.write_text("config: {demo:a: b}\nencryptionsalt: v1:salt\n")

        assert self.sync(tmp_path) == copy
        assert "encryptionsalt" in copy.read_text()
        assert (tmp_path / "Pulumi.test.yaml").read_text() == "config: {demo:a: b}\n"

    def test_a_changed_original_replaces_the_copy(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.test.yaml").write_text("config: {demo:a: b}\n")
        self.sync(tmp_path)
        (tmp_path / "Pulumi.test.yaml").write_text("config: {demo:a: c}\n")

        assert self.sync(tmp_path).read_text() == "config: {demo:a: c}\n"

    def test_an_interrupted_renewal_is_done_again(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.test.yaml").write_text("config: {demo:a: b}\n")
        copy = self.sync(tmp_path)
        copy.with_suffix(".sha256").unlink()
        copy.write_text("half")

        assert self.sync(tmp_path).read_text() == "config: {demo:a: b}\n"

    def test_a_stack_without_settings_has_empty_ones(self, tmp_path: Path) -> None:
        assert self.sync(tmp_path).read_text() == "{}\n"

    def test_what_only_this_machine_knows_is_added_and_replaces_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.test.yaml").write_text("config: {demo:a: b}\nother: kept\n")
        copy = self.sync(tmp_path, {"demo:a": "replaced", "demo:urls": ["http://127.0.0.1:1"]})

        assert yaml.safe_load(copy.read_text()) == {
            "config": {"demo:a": "b", "demo:urls": ["http://127.0.0.1:1"]},
            "other": "kept",
        }
        assert (tmp_path / "Pulumi.test.yaml").read_text() == "config: {demo:a: b}\nother: kept\n"

    def test_another_addition_renews_the_copy_and_the_same_one_does_not(self, tmp_path: Path) -> None:
        copy = self.sync(tmp_path, {"demo:a": 1})
        copy.write_text("encryptionsalt: v1:salt\n")
        assert self.sync(tmp_path, {"demo:a": 1}).read_text() == "encryptionsalt: v1:salt\n"

        assert yaml.safe_load(self.sync(tmp_path, {"demo:a": 2}).read_text()) == {"config": {"demo:a": 2}}
        assert self.sync(tmp_path).read_text() == "{}\n"

    @pytest.mark.parametrize(("text", "problem"), [("a: [", "is not valid YAML"), ("- a\n", "must be a mapping")])
    def test_settings_that_nothing_can_be_added_to_are_told(self, tmp_path: Path, text: str, problem: str) -> None:
        (tmp_path / "Pulumi.test.yaml").write_text(text)
        with pytest.raises(SandboxError, match=f"Pulumi.test.yaml {problem}"):
            self.sync(tmp_path, {"demo:a": 1})


class TestEnvironment:
    @staticmethod
    def variables(
        engine: Engine, tmp_path: Path, *, port: int | None = 4567, interactive: bool = False
    ) -> dict[str, str]:
        return engine_environment(
            {
                "HOME": "/home/user",
                "PATH": "/usr/bin",
                "AWS_PROFILE": "production",
                "AWS_SECRET_ACCESS_KEY": "key",
                "PULUMI_BACKEND_URL": "https://api.pulumi.com",
                "PULUMI_CONFIG_PASSPHRASE": "mine",
                "PULUMI_STACK": "production",
                "VAULT_NAMESPACE": "production",
            },
            engine=engine,
            stack="sandbox",
            state_directory=tmp_path,
            passphrase_file=tmp_path / "passphrase",
            settings_file=tmp_path / "Pulumi.sandbox.yaml",
            provider_port=port,
            interactive=interactive,
        )

    def test_nothing_of_the_users_cloud_is_left(self, engine: Engine, tmp_path: Path) -> None:
        variables = self.variables(engine, tmp_path)

        assert [name for name in variables if name.startswith("AWS_")] == ["AWS_EC2_METADATA_DISABLED"]
        assert "PULUMI_CONFIG_PASSPHRASE" not in variables
        assert [name for name in variables if name.startswith("VAULT_")] == []
        assert variables["PULUMI_STACK"] == "sandbox"
        assert variables["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/pulumi?metadata=skip"
        assert variables["HOME"] == "/home/user"

    def test_engine_language_host_and_interpreter_come_first_on_path(self, engine: Engine, tmp_path: Path) -> None:
        variables = self.variables(engine, tmp_path)

        folders = variables["PATH"].split(os.pathsep)
        assert folders == [str(engine.search_path[0]), str(Path(sys.executable).parent), "/usr/bin"]
        assert Path(variables["GATEHOUSE_LANGUAGE_HOST"]).is_file()

    def test_the_provider_is_attached_and_no_plugin_ever_downloaded(self, engine: Engine, tmp_path: Path) -> None:
        assert self.variables(engine, tmp_path)["PULUMI_DEBUG_PROVIDERS"] == "aws:4567"
        assert "PULUMI_DEBUG_PROVIDERS" not in self.variables(engine, tmp_path, port=None)
        assert self.variables(engine, tmp_path)["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"

    def test_garbage_is_collected_seldom_unless_the_user_says_how_often(self, engine: Engine, tmp_path: Path) -> None:
        assert self.variables(engine, tmp_path)["GOGC"] == "400"

    def test_only_a_terminal_gets_colours_and_questions(self, engine: Engine, tmp_path: Path) -> None:
        assert self.variables(engine, tmp_path)["PULUMI_OPTION_COLOR"] == "never"
        assert "PULUMI_OPTION_COLOR" not in self.variables(engine, tmp_path, interactive=True)


class TestEngineLogs:
    def test_the_engine_finds_no_folder_for_its_logs_and_those_of_before_are_gone(
        self, workspace: PulumiWorkspace
    ) -> None:
        logs = workspace.state_directory / "pulumi-home" / "logs"
        logs.mkdir(parents=True)
        (logs / "pulumi-up.log").write_text("what a command said", encoding="utf-8")

        for _ in range(2):
            assert Path(workspace.environment(interactive=False)["PULUMI_HOME"]) == logs.parent.resolve()
            assert logs.is_file()


class TestCommands:
    def test_a_command_runs_in_the_programs_folder(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        assert workspace.run("up", "--yes") == 0
        assert calls(engine) == [f"{workspace.project_directory}: up --yes"]

    def test_a_failing_command_gives_its_exit_code(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        script(engine.executable, "exit 3")

        assert workspace.run("up") == 3
        assert workspace.complete("up").exit_code == 3

    def test_a_failing_capture_is_one_line_with_the_last_of_what_was_said(
        self, workspace: PulumiWorkspace, engine: Engine
    ) -> None:
        script(engine.executable, "echo warning: first >&2; echo error: no such stack >&2; exit 255")

        with pytest.raises(SandboxError, match=r"^`pulumi stack export` failed: no such stack$"):
            workspace.export()

    def test_an_engine_that_was_killed_is_told_by_its_signal(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        script(engine.executable, "kill -9 $$")

        assert workspace.run("up") == 128 + 9


class TestStack:
    def test_it_is_created_in_a_folder_of_its_own(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        workspace.ensure_stack()

        [call] = calls(engine)
        assert call.endswith(": stack init test --no-select --secrets-provider hashivault://sandbox")
        assert call.startswith(str(workspace.state_directory.resolve() / "stack-init-"))
        assert [path.name for path in workspace.project_directory.iterdir()] == ["Pulumi.yaml"]
        assert not list(workspace.state_directory.glob("stack-init-*"))

    def test_one_that_exists_is_left_alone(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        file = workspace.state_directory / "pulumi" / ".pulumi" / "stacks" / "demo" / "test.json"
        file.parent.mkdir(parents=True)
        file.write_text("{}")

        workspace.ensure_stack()

        assert calls(engine) == []

    @pytest.mark.parametrize("content", [None, "runtime: python\n", "[]\n", "name: [\n"])
    def test_a_project_file_without_a_name_is_one_line(self, workspace: PulumiWorkspace, content: str | None) -> None:
        file = workspace.project_directory / "Pulumi.yaml"
        if content is None:
            file.unlink()
        else:
            file.write_text(content)

        with pytest.raises(SandboxError) as failure:
            workspace.ensure_stack()

        assert str(file) in str(failure.value)
        assert "\n" not in str(failure.value)


class TestLocks:
    @staticmethod
    def lock(workspace: PulumiWorkspace, content: str) -> Path:
        stacks = workspace.state_directory / "pulumi" / ".pulumi"
        (stacks / "stacks" / "demo").mkdir(parents=True)
        (stacks / "stacks" / "demo" / "test.json").write_text("{}")
        (workspace.state_directory / "passphrase").write_text("mine\n")
        file = stacks / "locks" / "organization" / "demo" / "test" / "1.json"
        file.parent.mkdir(parents=True)
        file.write_text(content)
        return file

    @staticmethod
    def held_by(pid: int, hostname: str) -> str:
        return json.dumps({"pid": pid, "username": "user", "hostname": hostname, "timestamp": "2026-01-01T00:00:00Z"})

    def test_a_lock_whose_engine_is_gone_is_cancelled(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait(PATIENCE_SECONDS)
        self.lock(workspace, self.held_by(ended.pid, socket.gethostname()))

        workspace.ensure_stack()

        assert calls(engine) == [f"{workspace.project_directory}: cancel --yes"]

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
    def test_a_lock_that_was_cut_short_is_cancelled(
        self, workspace: PulumiWorkspace, engine: Engine, content: str
    ) -> None:
        self.lock(workspace, content)

        workspace.ensure_stack()

        assert calls(engine) == [f"{workspace.project_directory}: cancel --yes"]

    def test_a_lock_of_an_engine_that_still_runs_is_respected(self, workspace: PulumiWorkspace, engine: Engine) -> None:
        sleep = shutil.which("sleep")
        assert sleep is not None
        running = subprocess.Popen([shutil.copy(sleep, workspace.project_directory / "pulumi"), "600"])
        try:
            self.lock(workspace, self.held_by(running.pid, socket.gethostname()))

            with pytest.raises(SandboxError, match=f"still running \\(process {running.pid}\\)"):
                workspace.ensure_stack()
        finally:
            running.kill()
            running.wait(PATIENCE_SECONDS)

        assert calls(engine) == []

    def test_a_process_that_got_the_number_of_an_engine_is_not_taken_for_it(
        self, workspace: PulumiWorkspace, engine: Engine
    ) -> None:
        self.lock(workspace, self.held_by(os.getpid(), socket.gethostname()))

        workspace.ensure_stack()

        assert calls(engine) == [f"{workspace.project_directory}: cancel --yes"]

    def test_a_lock_of_another_machine_is_not_mistaken_for_a_process_of_this_one(
        self, workspace: PulumiWorkspace, engine: Engine
    ) -> None:
        self.lock(workspace, self.held_by(os.getpid(), "another-machine"))

        workspace.ensure_stack()

        assert calls(engine) == [f"{workspace.project_directory}: cancel --yes"]
