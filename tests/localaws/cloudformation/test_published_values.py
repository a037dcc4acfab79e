"""A value that a template reads from SSM is read again where the template changed, and only there, as on AWS.

https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/844
"""

from __future__ import annotations

from typing import Any

NAME = "/published/somewhere"


def template(description: str) -> dict[str, Any]:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": f"{{{{resolve:ssm:{NAME}}}}}"}}
    return {"Description": description, "Resources": {"Topic": topic}}


def shown(aws: Any) -> str:
    sns = aws.client("sns")
    [arn] = [one["TopicArn"] for one in sns.list_topics()["Topics"] if "reading-stack" in one["TopicArn"]]
    return str(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"])


def test_a_published_value_that_moved_is_noticed_where_a_template_changed_only(embedded_aws: Any) -> None:
    ssm = embedded_aws.client("ssm")
    ssm.put_parameter(Name=NAME, Value="first", Type="String")
    embedded_aws.deploy("reading-stack", template("one"))
    assert shown(embedded_aws) == "first"
    ssm.put_parameter(Name=NAME, Value="second", Type="String", Overwrite=True)
    embedded_aws.deploy("reading-stack", template("one"))
    assert shown(embedded_aws) == "first"
    embedded_aws.deploy("reading-stack", template("two"))
    assert shown(embedded_aws) == "second"
