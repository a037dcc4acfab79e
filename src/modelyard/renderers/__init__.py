"""A blueprint written down for an engine: CloudFormation's JSON, or a CDK app."""
