"""What a deployment consists of, said once: stacks with resources, outputs and assets, in CloudFormation's own words.

Constructs describe it, renderers write it, `modelyard plan` compares two of them and prices walk one. It needs the
standard library only.
"""
