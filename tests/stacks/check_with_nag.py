"""Run cdk-nag's AwsSolutions over the templates of a folder; print [["<stack>/<logical id>", "<rule>"], ...].

cdk-nag judges typed constructs, and the stacks write CloudFormation's own words: reading a template back with
cloudformation-include gives the typed ones.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from aws_cdk import App, LegacyStackSynthesizer, Stack, Validations
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks


def main(folder: Path) -> None:
    """Print the findings of every `<stack>.json` in the folder."""
    with tempfile.TemporaryDirectory() as output:
        app = App(outdir=output, builtin_cloud_formation_validation=False, analytics_reporting=False)
        for path in sorted(folder.glob("*.json")):
            stack = Stack(app, path.stem, synthesizer=LegacyStackSynthesizer())
            CfnInclude(stack, "Template", template_file=str(path))
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        try:
            app.synth()
        except RuntimeError as error:
            # A finding of severity error fails a synth; the report is complete by then.
            if "ValidationFailed" not in str(error):
                raise
        report = json.loads((Path(output) / "validation-report.json").read_text("utf-8"))
    findings = {
        (construct["constructPath"].replace("/Template/", "/"), violation["ruleName"].split("[")[0])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
    print(json.dumps(sorted(findings)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
