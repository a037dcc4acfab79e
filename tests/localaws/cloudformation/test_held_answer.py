import pytest

from localaws.cloudformation.held_answer import asks_for_stack

CDK = "aws-cdk/2.1146.1 aws-sdk-js/3.1"
QUESTION = b"Action=DescribeStacks&StackName=arn%3Aaws%3Acloudformation%3Aus-east-1%3A1%3Astack%2Fchat%2Fid&Version=1"


def test_the_cdk_cli_s_question_about_a_stack_is_recognised() -> None:
    assert asks_for_stack(CDK, QUESTION) == "arn:aws:cloudformation:us-east-1:1:stack/chat/id"


@pytest.mark.parametrize(
    ("user_agent", "body"),
    [
        ("Boto3/1.43", QUESTION),
        (CDK, b"Action=DescribeStacks&Version=1"),
        (CDK, b"Action=DescribeStackEvents&StackName=chat"),
        (CDK, b"Action=CreateStack&StackName=DescribeStacks"),
    ],
)
def test_every_other_request_is_answered_at_once(user_agent: str, body: bytes) -> None:
    assert asks_for_stack(user_agent, body) is None
