"""Layers with small extensions for a test's sandbox, and a program for them that does what the test tells it to."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.support.sandbox import RunningSandbox

# Talks to the Extensions API with nothing but the standard library. What it does is in the function's variables, by its
# own file name: MODE_<name with _ for ->. It writes JSON lines.
EXTENSION = """#!/usr/bin/env python3
import json, os, signal, subprocess, sys, time, urllib.error, urllib.request

NAME = os.path.basename(sys.argv[0])
MODE = os.environ.get("MODE_" + NAME.replace("-", "_"), "")
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]

def say(**members):
    print(json.dumps({"extension": NAME, **members}), flush=True)

def call(method, path, headers=None, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(API + path, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.load(error)

def register(name=NAME, events=("INVOKE", "SHUTDOWN"), **headers):
    path = "/2020-01-01/extension/register"
    return call("POST", path, {"Lambda-Extension-Name": name, **headers}, {"events": list(events)})

if MODE == "exits at once":
    sys.exit(3)
if MODE == "asks":
    say(asked=[
        register("another-name")[::2],
        register("another-name", ["INVOKE", "DANCE"])[::2],
        call("GET", "/2020-01-01/extension/event/next")[::2],
        call("GET", "/2020-01-01/extension/event/next", {"Lambda-Extension-Identifier": "none"})[::2],
        call("GET", "/2020-01-01/extension/event/next",
             {"Lambda-Extension-Identifier": "6d0a2c3b-3a2a-4d3c-8b3a-111111111111"})[::2],
        call("PUT", "/2022-07-01/telemetry", body={})[::2],
        call("PUT", "/2020-08-15/logs", body={})[::2],
    ])
if MODE == "starts another":
    subprocess.Popen(["sleep", "600"])
events = ["SHUTDOWN"] if MODE == "only SHUTDOWN" else ["INVOKE"] if MODE == "only INVOKE" else ["INVOKE", "SHUTDOWN"]
status, headers, facts = register(events=events, **{"Lambda-Extension-Accept-Feature": "accountId"})
own = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
error = {**own, "Lambda-Extension-Function-Error-Type": "Extension.NotToday"}
say(registered=status, facts=facts, variables=sorted(os.environ), python=sys.executable, pid=os.getpid())
if MODE == "asks":
    say(again=register()[::2])
if MODE == "init error":
    say(told=call("POST", "/2020-01-01/extension/init/error", error, {})[::2])
    sys.exit(1)
while True:
    _, given, event = call("GET", "/2020-01-01/extension/event/next", own)
    say(event=event, at=int(time.time() * 1000))
    if MODE == "crashes" and event["eventType"] == "INVOKE":
        os.kill(os.getpid(), signal.SIGKILL)
    if MODE == "exit error" and event["eventType"] == "INVOKE":
        call("POST", "/2020-01-01/extension/exit/error", error, {})
        sys.exit(1)
    if MODE == "slow":
        time.sleep(0.4)
        say(done=event["eventType"])
    if MODE == "stubborn":
        time.sleep(60)
    if event["eventType"] == "SHUTDOWN":
        sys.exit(0)
"""


def layer_archive(files: Mapping[str, tuple[str, int]]) -> bytes:
    """A zip of texts with file modes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            opened.writestr(entry, content)
    return stream.getvalue()


def publish(sandbox: RunningSandbox, name: str, files: Mapping[str, tuple[str, int]]) -> str:
    """The ARN of a layer version with these files."""
    made: dict[str, Any] = sandbox.client("lambda").publish_layer_version(
        LayerName=name, Content={"ZipFile": layer_archive(files)}
    )
    return str(made["LayerVersionArn"])
