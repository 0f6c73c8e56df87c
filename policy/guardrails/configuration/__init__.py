"""What an operator sets about the rules, in the policy pack's configuration file (`--policy-pack-config`).

    active        what a run goes by: rules with their levels and settings, and the exemptions
    exemptions    a rule that does not hold for some resources until a day, for a reason
    reading       from what is configured to what a run goes by, or to everything that is wrong with it
    file          the configuration file, for those who read it without the engine
    schema        the JSON schemas: of each rule for the engine, and of the whole file for editors and checks

The engine fills in defaults and checks values against the schemas before it hands a configuration over. What a schema
cannot say is checked here, and the values once more: a pack that is misconfigured judges nothing and says why.
"""
