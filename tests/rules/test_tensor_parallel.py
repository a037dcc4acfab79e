from __future__ import annotations


def degree(house, value, **serving):
    return house.entry("real-time", serving={"tensor_parallel_degree": value, **serving}).found("MY019")


def test_a_degree_that_does_not_divide_the_heads_is_refused(house):
    [said] = degree(house, 8, instance="ml.g5.48xlarge")
    assert said.startswith("tensor_parallel_degree is 8, which does not divide the 12 attention heads of open-model")


def test_a_degree_above_the_number_of_gpus_is_refused(house):
    [said] = degree(house, 4, instance="ml.g5.16xlarge")
    assert said == "tensor_parallel_degree is 4, but ml.g5.16xlarge has 1 accelerator: use at most 1"


def test_g7e_12xlarge_has_two_gpus_and_g6e_12xlarge_has_four(house):
    assert len(degree(house, 4, instance="ml.g7e.12xlarge")) == 1
    assert degree(house, 4, instance="ml.g6e.12xlarge") == []


def test_a_neuron_chip_counts_as_its_cores(house):
    assert degree(house, 2, engine="neuron", instance="ml.inf2.8xlarge") == []
    [said] = degree(house, 4, engine="neuron", instance="ml.inf2.8xlarge")
    assert "has 2 NeuronCores" in said


def test_a_cpu_has_nothing_to_split_across(house):
    [said] = degree(house, 2, engine="custom", image="own/engine:1", instance="ml.m5.xlarge")
    assert "ml.m5.xlarge has no accelerator" in said


def test_every_type_of_a_list_is_looked_at(house):
    assert len(degree(house, 4, instance=["ml.g5.12xlarge", "ml.g5.16xlarge"])) == 1


def test_heads_are_padded_on_neuron_so_24_cores_take_12_heads_and_a_gpu_does_not(house):
    assert degree(house, 24, engine="neuron", instance="ml.inf2.48xlarge") == []
    assert len(degree(house, 8, engine="vllm", instance="ml.g5.48xlarge")) == 1


def test_the_engines_own_variable_is_held_against_heads_and_devices_too(house):
    told = house.entry(
        "real-time", serving={"instance": "ml.g5.16xlarge", "environment": {"SM_VLLM_TENSOR_PARALLEL_SIZE": "8"}}
    ).found("MY019")
    assert [words.split(",")[0] for words in told] == ["SM_VLLM_TENSOR_PARALLEL_SIZE is 8"] * 2
