"""The real engine with our language host, on small programs that need no provider."""

import json
import stat
from pathlib import Path

import pytest
import yaml

from sandbox.engine.workspace import CommandResult, PulumiWorkspace
from tests.engine.processes import PATIENCE_SECONDS
from tests.support.engine import deploy, preview, program_workspace, write_policy_pack, write_program

OUTPUTS = """
    import os
    import pulumi

    config = pulumi.Config()
    pulumi.export("greeting", config.require("greeting"))
    pulumi.export("password", config.require_secret("password"))
    pulumi.export("from the user's shell", sorted(name for name in os.environ if name.startswith("AWS_")))
    pulumi.export("names", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
    pulumi.export("dry run", pulumi.runtime.is_dry_run())
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> PulumiWorkspace:
    """A stack that was deployed from a shell with a cloud account."""
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
        shell.setenv("PULUMI_ACCESS_TOKEN", "the user's own")
        workspace = program_workspace(
            tmp_path_factory.mktemp("outputs"),
            OUTPUTS,
            configuration={"demo:greeting": "hello"},
        )
        workspace.capture("config", "set", "--secret", "demo:password", "hush-hush")
        result = deploy(workspace)
    assert result.exit_code == 0, result.output
    return workspace


@pytest.fixture(scope="module")
def again(deployed: PulumiWorkspace) -> CommandResult:
    """A second deployment of it, without a terminal, which is to tell all that it knows."""
    return deploy(deployed, "--expect-no-changes", "--debug")


class TestDeployment:
    def test_outputs_and_configuration_reach_the_stack(self, deployed: PulumiWorkspace) -> None:
        outputs = deployed.outputs()

        assert outputs["greeting"] == "hello"
        assert outputs["names"] == ["demo", "test", "organization"]
        assert outputs["dry run"] is False

    def test_a_secret_is_hidden_and_encrypted_in_the_state(self, deployed: PulumiWorkspace) -> None:
        assert deployed.outputs()["password"] == "[secret]"
        assert deployed.outputs(show_secrets=True)["password"] == "hush-hush"
        everything = b"".join(path.read_bytes() for path in deployed.state_directory.rglob("*") if path.is_file())
        assert b"hush-hush" not in everything

    def test_the_users_cloud_credentials_do_not_reach_the_program(self, deployed: PulumiWorkspace) -> None:
        assert deployed.outputs()["from the user's shell"] == ["AWS_EC2_METADATA_DISABLED"]

    def test_the_checkout_is_left_as_it_was(self, deployed: PulumiWorkspace) -> None:
        settings = (deployed.project_directory / "Pulumi.test.yaml").read_text()

        assert "encrypt" not in settings
        assert "password" not in settings

    def test_the_passphrase_is_readable_by_its_user_only(self, deployed: PulumiWorkspace) -> None:
        file = deployed.state_directory / "passphrase"

        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text().strip()) >= 40

    def test_a_second_deployment_changes_nothing(self, again: CommandResult) -> None:
        assert again.exit_code == 0, again.output

    def test_an_existing_stack_is_kept(self, deployed: PulumiWorkspace) -> None:
        deployed.ensure_stack()

        assert deployed.outputs()["greeting"] == "hello"

    def test_the_interpreter_and_its_packages_are_told(self, deployed: PulumiWorkspace) -> None:
        about = json.loads(deployed.capture("about", "--json"))

        assert about["runtime"]["language"] == "python"
        assert about["cliAbout"]["version"].removeprefix("v") == deployed.engine.version.removeprefix("v")
        assert "pulumi-policy" in {package["name"] for package in about["dependencies"]}

    def test_the_engine_does_without_its_debug_log(self, deployed: PulumiWorkspace) -> None:
        assert (deployed.state_directory / "pulumi-home" / "logs").is_file()
        assert not list((deployed.state_directory / "pulumi-home").rglob("*.log"))

    def test_output_without_a_terminal_has_no_colours_and_nothing_of_the_sdks_own_steps(
        self, again: CommandResult
    ) -> None:
        assert "\x1b" not in again.output
        assert "resource registration" not in again.output


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> PulumiWorkspace:
    """A stack whose program each test replaces with a broken one."""
    return program_workspace(tmp_path_factory.mktemp("failing"), "import pulumi\n")


class TestErrorsOfTheProgram:
    def test_a_run_error_shows_its_message_and_no_traceback(self, failing: PulumiWorkspace) -> None:
        write_program(failing.project_directory, "import pulumi\nraise pulumi.RunError('add a greeting')\n")

        result = preview(failing)

        assert result.exit_code != 0
        assert "error: add a greeting" in result.output
        assert "Traceback" not in result.output

    def test_an_exception_shows_the_users_part_of_the_traceback(self, failing: PulumiWorkspace) -> None:
        program = "def build():\n    raise ValueError('boom')\n\nbuild()\n"
        write_program(failing.project_directory, program)

        result = preview(failing)

        assert result.exit_code != 0
        assert "Program failed with an unhandled exception" in result.output
        assert 'program/__main__.py", line 4, in <module>' in result.output
        assert "ValueError: boom" in result.output
        assert "asyncio" not in result.output

    def test_a_syntax_error_shows_the_file_and_the_line(self, failing: PulumiWorkspace) -> None:
        write_program(failing.project_directory, "def build(:\n")

        result = preview(failing)

        assert result.exit_code != 0
        assert 'program/__main__.py", line 1' in result.output
        assert "SyntaxError" in result.output

    def test_an_exit_code_of_the_program_is_told(self, failing: PulumiWorkspace) -> None:
        write_program(failing.project_directory, "import sys\nprint('last words')\nsys.exit(7)\n")

        result = preview(failing)

        assert result.exit_code != 0
        assert "last words" in result.output
        assert "program exited with non-zero exit code: 7" in result.output

    def test_a_missing_program_is_told_by_its_folder(self, failing: PulumiWorkspace) -> None:
        (failing.project_directory / "__main__.py").unlink()

        result = preview(failing)

        assert result.exit_code != 0
        assert "unable to find main python program `__main__.py` in" in result.output

    def test_a_missing_setting_is_told_by_its_name(self, failing: PulumiWorkspace) -> None:
        write_program(failing.project_directory, "import pulumi\npulumi.Config().require('greeting')\n")

        result = preview(failing)

        assert result.exit_code != 0
        assert "Missing required configuration variable 'demo:greeting'" in result.output


def test_a_program_in_another_file_is_run(tmp_path: Path) -> None:
    workspace = program_workspace(tmp_path, "raise SystemExit('not this one')\n")
    project = workspace.project_directory / "Pulumi.yaml"
    project.write_text(project.read_text() + "main: other/entry.py\n")
    (workspace.project_directory / "other").mkdir()
    (workspace.project_directory / "other" / "entry.py").write_text("import pulumi\npulumi.export('name', 'found')\n")

    result = deploy(workspace)

    assert result.exit_code == 0, result.output
    assert workspace.outputs() == {"name": "found"}


def test_without_a_provider_no_plugin_is_downloaded(tmp_path: Path) -> None:
    workspace = program_workspace(tmp_path, "import pulumi_aws\npulumi_aws.s3.Bucket('bucket')\n")

    result = deploy(workspace)

    assert result.exit_code != 0
    assert "no resource plugin 'pulumi-resource-aws' found" in result.output
    assert "ownloading" not in result.output


BLOCKING_PACK = """
    import pulumi
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy, StackValidationPolicy

    def every_resource(args, report):
        if args.name == "forbidden":
            report("rename it: " + args.urn)

    def whole_stack(args, report):
        names = {resource.name for resource in args.resources}
        if pulumi.Config("demo").get("strict") == "yes" and "missing" not in names:
            report(f"{pulumi.get_project()}/{pulumi.get_stack()} lacks the component `missing`")

    PolicyPack(
        name="demo-pack",
        enforcement_level=EnforcementLevel.MANDATORY,
        policies=[
            ResourceValidationPolicy(name="no-forbidden-name", description="Names", validate=every_resource),
            StackValidationPolicy(name="has-all", description="Completeness", validate=whole_stack),
        ],
    )
"""
COMPONENTS = """
    import pulumi

    for name in pulumi.Config().require_object("names"):
        pulumi.ComponentResource("demo:index:Thing", name)
"""


class TestPolicyPacks:
    @staticmethod
    def workspace(folder: Path, *names: str, strict: str = "no") -> tuple[PulumiWorkspace, Path]:
        pack = write_policy_pack(folder / "pack", BLOCKING_PACK)
        configuration = {"demo:names": json.dumps(names), "demo:strict": strict}
        return program_workspace(folder, COMPONENTS, configuration=configuration), pack

    def test_what_a_pack_does_not_object_to_is_deployed(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed")

        result = deploy(workspace, "--policy-pack", str(pack))

        assert result.exit_code == 0, result.output
        assert "demo-pack@v0.0.1" in result.output
        assert len(workspace.export()["deployment"]["resources"]) == 2

    def test_a_mandatory_rule_for_resources_blocks_the_update(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "forbidden")

        result = deploy(workspace, "--policy-pack", str(pack))

        assert result.exit_code != 0
        assert "[mandatory]  no-forbidden-name" in result.output
        assert "rename it: urn:pulumi:test::demo::demo:index:Thing::forbidden" in result.output
        resources = workspace.export()["deployment"].get("resources", [])
        assert "demo:index:Thing" not in {resource["type"] for resource in resources}

    def test_a_mandatory_rule_for_the_stack_sees_its_configuration_and_blocks_the_preview(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed", strict="yes")

        result = preview(workspace, "--policy-pack", str(pack))

        assert result.exit_code != 0
        assert "demo/test lacks the component `missing`" in result.output

    def test_a_pack_that_does_not_import_stops_the_update_and_shows_why(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed")
        (pack / "__main__.py").write_text("import nothing_of_this_name\n")

        result = deploy(workspace, "--policy-pack", str(pack))

        assert result.exit_code != 0
        assert "No module named 'nothing_of_this_name'" in result.output
        assert "the policy pack did not start" in result.output
        assert not workspace.export()["deployment"].get("resources")

    def test_a_pack_that_the_engine_calls_itself_stops_the_update_when_it_does_not_import(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed")
        description = pack / "PulumiPolicy.yaml"
        project = yaml.safe_load(description.read_text())
        project["runtime"] = {"name": "python", "options": {"configuredByCall": True}}
        description.write_text(yaml.safe_dump(project))
        (pack / "__main__.py").write_text("import nothing_of_this_name\n")

        result = deploy(workspace, "--policy-pack", str(pack))

        assert result.exit_code != 0
        assert "No module named 'nothing_of_this_name'" in result.output
        assert not workspace.export()["deployment"].get("resources")

    def test_a_pack_that_ends_before_it_serves_stops_the_update(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed")
        (pack / "__main__.py").write_text("print('nothing to see here')\n")

        result = workspace.complete("preview", "--policy-pack", str(pack), timeout_seconds=PATIENCE_SECONDS)

        assert result.exit_code != 0
        assert "the policy pack did not start" in result.output

    def test_a_pack_that_dies_while_it_judges_stops_the_update(self, tmp_path: Path) -> None:
        workspace, pack = self.workspace(tmp_path, "allowed")
        rules = (pack / "__main__.py").read_text()
        (pack / "__main__.py").write_text(
            rules.replace('if args.name == "forbidden":', "__import__('os')._exit(3)\n    if 0:")
        )

        result = deploy(workspace, "--policy-pack", str(pack))

        assert result.exit_code != 0
        resources = workspace.export()["deployment"].get("resources", [])
        assert "demo:index:Thing" not in {resource["type"] for resource in resources}


class TestWaiting:
    def test_a_program_with_many_outputs_waits_for_them_in_one_look_and_exports_them(self, tmp_path: Path) -> None:
        program = """
            import asyncio
            import json
            import pulumi

            looks = []
            wait = asyncio.wait

            async def counted(awaited, **options):
                looks.append(len(awaited))
                return await wait(awaited, **options)

            asyncio.wait = counted

            async def late(number):
                await asyncio.sleep(0.001 * number)
                return number

            outputs = [pulumi.Output.from_input(late(number)) for number in range(200)]

            def note(numbers):
                with open("noted.json", "w") as file:
                    json.dump([sum(numbers), len(looks)], file)

            pulumi.Output.all(*outputs).apply(note)
        """
        workspace = program_workspace(tmp_path, program)
        result = preview(workspace)

        assert result.exit_code == 0, result.output
        total, looks = json.loads((workspace.project_directory / "noted.json").read_text())
        assert total == 19900
        assert looks < 20

    def test_an_error_among_many_outputs_is_told_at_once(self, tmp_path: Path) -> None:
        program = """
            import asyncio
            import pulumi

            async def never():
                await asyncio.sleep(3600)

            def fail(_):
                raise ValueError("one of many")

            pulumi.Output.from_input(never())
            pulumi.Output.from_input(1).apply(fail)
        """
        result = preview(program_workspace(tmp_path, program))

        assert result.exit_code != 0
        assert "one of many" in result.output
