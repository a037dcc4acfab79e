"""What the loader asks of every catalog file before any rule sees it, explained in the form of rules."""

from __future__ import annotations

from modelyard.catalog.problem import (
    AMBIGUOUS_VALUE,
    DYNAMIC_REFERENCE,
    LOADER_CHECKS,
    MISPLACED_FILE,
    MISSING_KEY,
    NOT_LOCKED,
    REFUSED_YAML,
    SECRET_TEXT,
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    UNREADABLE,
    WRONG_VALUE,
)
from modelyard.rules.rule import Rule

_SCHEMA = (
    "src/modelyard/catalog/schema.py; the limits of single values are those of the botocore 1.44.5 sagemaker model"
)
_ENTRY = "# catalog/endpoints/chat.yaml\n"


def _file_check(rule_id: str, *, reason: str, source: str, fix: str, fails: str, passes: str) -> Rule:
    return Rule(
        id=rule_id,
        severity="error",
        title=LOADER_CHECKS[rule_id],
        reason=reason,
        source=source,
        fix=fix,
        fails=_ENTRY + fails,
        passes=_ENTRY + passes,
    )


FILE_CHECKS = (
    _file_check(
        UNREADABLE,
        reason="what cannot be read cannot be checked, and a byte order mark or a tab is invisible in most editors.",
        source="https://yaml.org/spec/1.2.2/",
        fix="correct the line that is named: indent with spaces, close quotes and brackets, save as UTF-8",
        fails="kind: real-time\nserving: {instance: ml.g5.2xlarge\n",
        passes="kind: real-time\nserving: {instance: ml.g5.2xlarge}\n",
    ),
    _file_check(
        REFUSED_YAML,
        reason="anchors can grow a small file without limit, and of two equal keys YAML readers keep different ones.",
        source="https://yaml.org/spec/1.2.2/ (3.2.1.1: keys are unique)",
        fix="write the value out; what entries share belongs into the environment's defaults",
        fails="kind: real-time\nlog_keep_days: 7\nlog_keep_days: 30\n",
        passes="kind: real-time\nlog_keep_days: 30\n",
    ),
    _file_check(
        AMBIGUOUS_VALUE,
        reason="YAML 1.1 and 1.2 read such a value differently: `no` is a text or false, `010` is ten or eight.",
        source="https://yaml.org/type/ (YAML 1.1) and https://yaml.org/spec/1.2.2/#103-core-schema",
        fix="quote a text; write numbers out in digits, and true or false",
        fails="kind: real-time\ndetailed_observability: no\n",
        passes="kind: real-time\ndetailed_observability: false\n",
    ),
    _file_check(
        UNKNOWN_KEY,
        reason="a key that nothing reads would be a default that nobody chose.",
        source=_SCHEMA,
        fix="take the key that the message proposes, or remove it; editors complete keys from catalog/schema/",
        fails="kind: real-time\nserving: {max_contxt_tokens: 4096}\n",
        passes="kind: real-time\nserving: {max_context_tokens: 4096}\n",
    ),
    _file_check(
        MISSING_KEY,
        reason="only what has a sensible default for everybody may be left out.",
        source=_SCHEMA,
        fix="add the key to the entry, or to the environment's defaults",
        fails="kind: real-time\nlicence_accepted: {by: support-ml}\n",
        passes='kind: real-time\nlicence_accepted: {by: support-ml, on: "2026-11-02", version: llama3.1}\n',
    ),
    _file_check(
        WRONG_VALUE,
        reason="AWS refuses values outside its forms and ranges minutes into a deploy; here it takes a blink.",
        source=_SCHEMA,
        fix="write a value of the form that the message names",
        fails="kind: real-time\nslo: {client_error_percent: 200}\n",
        passes="kind: real-time\nslo: {client_error_percent: 20}\n",
    ),
    _file_check(
        UNKNOWN_NAME,
        reason="an entry is deployed with its team's tags and its model's weights, so both must exist.",
        source="catalog/organisation.yaml, catalog/models/",
        fix="correct the name, or add the team or the model",
        fails="kind: real-time\nmodel: open-modle\n",
        passes="kind: real-time\nmodel: open-model\n",
    ),
    _file_check(
        MISPLACED_FILE,
        reason="a file that the loader does not look at would seem to be deployed and is not.",
        source="docs/adding-a-model.md",
        fix="rename or move the file: endpoints/<endpoint>.yaml, models/<model>.yaml, environments/<environment>.yaml",
        fails="kind: real-time\n# catalog/endpoints/Chat_2.yaml\nkind: real-time\n",
        passes="kind: real-time\n# catalog/endpoints/chat-2.yaml\nkind: real-time\n",
    ),
    _file_check(
        NOT_LOCKED,
        reason="a synth chooses nothing: two synths of one commit are equal, and no new price moves an endpoint.",
        source="docs/decisions/0005-instances-are-locked.md",
        fix="run `modelyard lock` and commit instances.lock.json, or name an instance",
        fails="kind: real-time\nserving: {instance: auto}\n",
        passes="kind: real-time\nserving: {instance: ml.g5.2xlarge}\n",
    ),
    _file_check(
        DYNAMIC_REFERENCE,
        reason="what the secret becomes is readable: in mails and addresses of alarms, tags, DescribeModel.",
        source="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html",
        fix="remove the reference; give a secret's ARN to an image of your own that reads it, and stage gated weights",
        fails="kind: real-time\nserving: {environment: {HUB: '{{resolve:secretsmanager:hub:SecretString:token}}'}}\n",
        passes="kind: real-time\n"
        "serving: {environment: {HUB: 'arn:aws:secretsmanager:us-east-1:111122223333:secret:x'}}\n",
    ),
    _file_check(
        SECRET_TEXT,
        reason="the file is in version control, and most of its texts become tags, mails and descriptions.",
        source="how those who issue tokens spell them; "
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html",
        fix="remove the secret, and have whoever issued it revoke it: version control keeps it",
        fails="kind: real-time\nowner: hf_aBcDeFgHiJkLmNoPqRsT\n",
        passes="kind: real-time\nowner: support-ml\n",
    ),
)
