"""Writes the rules' pages in `docs/policies` from their metadata and their fixtures (`python -m tests.policy.pages`).

    provider    which properties a resource type of the AWS provider has, and which of them a program can set
    example     a fixture's stack as a Pulumi YAML program
    page        the page of one rule
    index       the tables of all rules in `docs/policies/README.md`, one per family

The examples are the tests' own stacks, so a page cannot show what the rule does not say. `test_documentation` fails
where a page is not what these modules make.
"""
