"""The policy pack: ``pulumi preview --policy-pack policies``. The rules are in docs/policies.md."""

from pulumi_policy import PolicyPack

from exchange_policies import RULES, refuse_wrong_configuration

refuse_wrong_configuration(RULES)
PolicyPack("exchange-automation", [rule.policy() for rule in RULES])
