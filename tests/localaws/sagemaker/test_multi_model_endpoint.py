"""Multi-model endpoints: loaded on the first request, unloaded when memory is short."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def multi_model(workbench: Any, *, caching: str = "Enabled", most_models: int = 2) -> str:
    for name in ("red", "green", "blue"):
        workbench.put_archive(f"models/{name}.tar.gz", {"name.txt": name})
    endpoint: str = workbench.served(
        Mode="MultiModel",
        ModelDataUrl=f"s3://{workbench.bucket}/models/",
        MultiModelConfig={"ModelCacheSetting": caching},
        Environment={"MOST_MODELS": str(most_models)},
    )
    return endpoint


def ask(workbench: Any, endpoint: str, model: str) -> dict[str, Any]:
    answer: dict[str, Any] = workbench.answer(endpoint, {}, TargetModel=model)
    return answer


def test_each_target_model_answers_from_its_own_archive(workbench: Any) -> None:
    endpoint = multi_model(workbench)
    assert ask(workbench, endpoint, "red.tar.gz")["model"] == {"name.txt": "red"}
    both = ask(workbench, endpoint, "green.tar.gz")
    assert both["model"] == {"name.txt": "green"}
    assert len(both["loaded"]) == 2


def test_the_longest_unused_model_goes_when_memory_is_short(workbench: Any) -> None:
    endpoint = multi_model(workbench)
    ask(workbench, endpoint, "red.tar.gz")
    loaded = ask(workbench, endpoint, "green.tar.gz")["loaded"]
    ask(workbench, endpoint, "red.tar.gz")
    after = ask(workbench, endpoint, "blue.tar.gz")["loaded"]
    assert len(after) == 2
    assert loaded[0] in after, "red was used more recently than green"
    assert loaded[1] not in after


def test_without_caching_a_model_goes_after_its_request(workbench: Any) -> None:
    endpoint = multi_model(workbench, caching="Disabled", most_models=1)
    for model in ("red", "green", "red"):
        answer = ask(workbench, endpoint, f"{model}.tar.gz")
        assert answer["model"] == {"name.txt": model}
        assert len(answer["loaded"]) == 1


def test_a_model_that_is_added_later_answers(workbench: Any) -> None:
    endpoint = multi_model(workbench)
    workbench.put_archive("models/new/yellow.tar.gz", {"name.txt": "yellow"})
    assert ask(workbench, endpoint, "new/yellow.tar.gz")["model"] == {"name.txt": "yellow"}


def test_a_model_that_is_not_there_is_refused(workbench: Any) -> None:
    endpoint = multi_model(workbench)
    with pytest.raises(ClientError) as error:
        ask(workbench, endpoint, "none.tar.gz")
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert error.value.response["Error"]["Message"].startswith(
        f"Failed to download model data(bucket: {workbench.bucket}, key: models/none.tar.gz)."
    )


def test_more_memory_than_there_is_ends_in_507(workbench: Any) -> None:
    endpoint = multi_model(workbench, most_models=0)
    with pytest.raises(ClientError) as error:
        ask(workbench, endpoint, "red.tar.gz")
    assert error.value.response["OriginalStatusCode"] == 507


def test_a_request_must_name_its_model_and_cannot_stream(workbench: Any) -> None:
    endpoint = multi_model(workbench)
    with pytest.raises(ClientError, match="requires a target model header"):
        workbench.invoke(endpoint, {})
    with pytest.raises(ClientError, match="is a multi-model endpoint and does not support streaming"):
        workbench.runtime.invoke_endpoint_with_response_stream(EndpointName=endpoint, Body=b"{}")
