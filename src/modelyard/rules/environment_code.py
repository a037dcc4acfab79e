"""No variable makes a container load other code, or take other credentials, than its image and its role say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

# What makes a loader, an interpreter or a shell run something before the image's own program.
LOADS_CODE = re.compile(
    r"PYTHON(?:PATH|STARTUP|HOME|USERBASE|BREAKPOINT|WARNINGS|EXECUTABLE|PLATLIBDIR|PYCACHEPREFIX|INSPECT)"
    r"|LD_\w+|DYLD_\w+|GCONV_PATH|GLIBC_TUNABLES|LOCPATH|PATH|BASH_ENV|BASH_FUNC_\w+|ENV|IFS|PS4|SHELLOPTS|BASHOPTS"
    r"|PROMPT_COMMAND|NODE_OPTIONS|NODE_PATH|PERL5(?:LIB|OPT|DB)|PERLLIB|RUBY(?:OPT|LIB)|CLASSPATH"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|JAVA_OPTS|OPENSSL_(?:CONF|MODULES|ENGINES)"
    r"|NCCL_\w*PLUGIN|TRITON_\w*_PATH|CC|CXX|CUDA_INJECTION64_PATH|PIP_\w+|UV_\w+|CONDA_\w+|GIT_(?:SSH|CONFIG|EXEC)\w*"
)
# Where the SDKs look for credentials before they ask the role.
TAKES_CREDENTIALS = re.compile(
    r"AWS_(?:CONTAINER_\w+|CONFIG_FILE|SHARED_CREDENTIALS_FILE|CREDENTIAL_\w+|PROFILE|DEFAULT_PROFILE|ROLE_\w+"
    r"|WEB_IDENTITY_\w+|EC2_METADATA_\w+|SDK_LOAD_CONFIG|DATA_PATH|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SECURITY_TOKEN"
    r"|SESSION_TOKEN)|BOTO_CONFIG"
)

RULE = Rule(
    id="MY083",
    severity="error",
    title="no environment variable loads code or takes credentials from elsewhere",
    reason="such a variable runs somebody's code before the image's own, or has it act as somebody else; on a laptop "
    "that is code for whoever runs the demo.",
    source="https://docs.python.org/3/using/cmdline.html#environment-variables, "
    "https://man7.org/linux/man-pages/man8/ld.so.8.html and "
    "https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html",
    fix="put code into an image of your own, and permissions on the endpoint's execution role",
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {PYTHONPATH: /opt/ml/model/code}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {SM_VLLM_DTYPE: bfloat16}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for name in entry.endpoint.serving.environment:
        upper = name.upper()
        if LOADS_CODE.fullmatch(upper):
            message = f"{name} makes the container run other code than its image's: put the code into an image"
        elif TAKES_CREDENTIALS.fullmatch(upper):
            message = f"{name} makes the container act as somebody else: grant what it needs to the execution role"
        else:
            continue
        yield Violation(("serving", "environment", name), message, at_key=True)
