"""The `LanguageRuntime` service: each call of the engine handed to the module that knows the answer.

The engine starts two hosts for an update or a preview, and asks the first one nothing but `About`. So what a call alone
needs is imported by that call: packages and plugins are a seventh of a host's time.
"""

# Names and parameters of the methods are those that the generated service calls them by.
# ruff: noqa: ARG002, N802

import os
import sys
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox.engine.language_host import programs
from sandbox.engine.language_host.children import Children
from sandbox.engine.language_host.policy_packs import CHANNEL_OPTIONS

WORKERS = 32
"""Calls at a time: a program or a plugin keeps one for as long as it runs."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Calls not defined here (code generation, linking, templates) answer UNIMPLEMENTED, which the engine reports."""

    def __init__(self, *, executor: Path, engine_address: str, tracing: str) -> None:
        self._executor = executor
        self._engine_address = engine_address
        self._tracing = tracing
        self.children = Children()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Tells the engine's address when the engine did not start the host itself (PULUMI_DEBUG_LANGUAGES)."""
        self._engine_address = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The host is of the engine's version."""
        from sandbox.engine.release import ENGINE_VERSION

        return plugin_pb2.PluginInfo(version=ENGINE_VERSION)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The provider plugins that the installed Pulumi packages belong to."""
        from sandbox.engine.language_host import packages

        try:
            required = packages.required_plugins(packages.pulumi_packages(sys.path))
        except ValueError as error:
            _refuse(context, str(error))
        return language_pb2.GetRequiredPackagesResponse(packages=required)

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """The interpreter that programs run on."""
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split(maxsplit=1)[0])

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """The installed packages."""
        from sandbox.engine.language_host import packages

        found = packages.dependencies(packages.installed_packages(), transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Installs nothing and says so."""
        line = f"Programs run on {sys.executable}, whose locked packages `make` installs; there is nothing to do.\n"
        yield language_pb2.InstallDependenciesResponse(stdout=line.encode())

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Runs a program to its end; its output is the host's own and so reaches the engine."""
        unsupported = programs.unsupported_option(dict(request.info.options.items()))
        if unsupported is not None:
            return language_pb2.RunResponse(error=unsupported)
        arguments = programs.executor_arguments(request, engine_address=self._engine_address, tracing=self._tracing)
        command = [sys.executable, "-u", str(programs.START), str(self._executor), *arguments]
        environment = programs.program_environment(os.environ, request)
        try:
            process = self.children.start(command, environment=environment, directory=None, capture=False)
        except OSError as error:
            return language_pb2.RunResponse(error=f"the program could not be started: {error}")
        if not context.add_callback(process.terminate):  # does nothing once the process has ended
            process.terminate()
        return programs.run_response(self.children.wait(process))

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Runs a policy pack or another plugin to its end."""
        from sandbox.engine.language_host import plugins

        try:
            yield from plugins.run_plugin(request, self.children, context.add_callback)
        except (OSError, ValueError) as error:
            _refuse(context, f"the plugin could not be started: {error}")

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Ends what still runs."""
        self.children.terminate_all()
        return empty_pb2.Empty()


def serve(host: LanguageHost) -> tuple[grpc.Server, int]:
    """Serves on a free loopback port; the server and the port."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=WORKERS), options=CHANNEL_OPTIONS)
    register: Callable[[LanguageHost, grpc.Server], None] = language_pb2_grpc.add_LanguageRuntimeServicer_to_server
    register(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _refuse(context: grpc.ServicerContext, reason: str) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, reason)
    raise AssertionError("abort raises")
