"""Every mistake in a contract, and the whole of what is said about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_mlquality.checks import CHECKS, Between, NullShare, RowCount
from airflow_mlquality.contract import load_contract
from airflow_mlquality.contract.reading import contract_from
from airflow_mlquality.contract.yaml import read
from airflow_mlquality.errors import ContractError

HEAD = "version: 1\ncontract: flights\n"


def standing(scope: str) -> list[str]:
    """Return the checks that may stand in a part of a contract."""
    return [name for name, check in CHECKS.items() if scope in (check.scope, *check.other_scopes)]


TYPES = (
    "boolean, integer, float, decimal, number, string, date, time, timestamp, timestamp_tz, duration, binary, uuid, "
    "list, struct, map, json"
)
KEYS = (
    "version, contract, description, owner, runbook, dataset, sources, policy, false_discovery_rate, schema, columns, "
    "rows, table, labels, drift"
)
END = "A rule is a boolean expression over the columns of a row"


def case(name: str, text: str, *messages: str) -> object:
    return pytest.param(text, list(messages), id=name)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        case(
            "an_empty_file",
            "",
            "flights.yaml: the contract is empty. It starts with 'version: 1', 'contract: NAME'",
        ),
        case(
            "a_file_of_comments",
            "# nothing yet\n",
            "flights.yaml: the contract is empty. It starts with 'version: 1', 'contract: NAME'",
        ),
        case(
            "a_list",
            "- a\n",
            "flights.yaml: ['a'] is not a mapping",
        ),
        case(
            "no_version_and_no_name",
            "owner: x\n",
            "flights.yaml: needs 'version'",
            "flights.yaml: needs 'contract'",
        ),
        case(
            "another_version",
            "version: 2\ncontract: x\n",
            "flights.yaml:1: version: 2 is no version of contracts that is read here. Write 1",
        ),
        case(
            "a_version_in_quotes",
            "version: '1'\ncontract: x\n",
            "flights.yaml:1: version: '1' is no version of contracts that is read here. Write 1",
        ),
        case(
            "a_name_with_spaces",
            "version: 1\ncontract: my flights\n",
            ("flights.yaml:2: contract: 'my flights' is no name. Use letters, digits, '_', '.' and '-', at most 200"),
        ),
        case(
            "a_name_that_is_a_number",
            "version: 1\ncontract: 2013\n",
            "flights.yaml:2: contract: 2013 is not text. Put it in quotes",
        ),
        case(
            "an_unknown_key",
            HEAD + "ownr: me",
            "flights.yaml:3: unknown key 'ownr'. Did you mean 'owner'?",
        ),
        case(
            "a_key_unlike_any",
            HEAD + "zzz: me",
            f"flights.yaml:3: unknown key 'zzz'. Known are {KEYS}",
        ),
        case(
            "a_check_at_the_top",
            HEAD + "row_count: {fail: [1, 2]}",
            "flights.yaml:3: check 'row_count' does not belong here. Move it to table",
        ),
        case(
            "a_key_given_twice",
            HEAD
            + """columns:
  age: {not_null: true}
  age: {unique: true}
""",
            "flights.yaml:5: columns.age: given twice, first in line 4. Keep one of them",
        ),
        case(
            "no_yaml",
            HEAD + "owner: a: b",
            (
                "flights.yaml:3: cannot be read as YAML: mapping values are not allowed here. A colon inside "
                "a text needs quotes around the text; check the indentation too"
            ),
        ),
        case(
            "a_dataset_that_is_no_mapping",
            HEAD + "dataset: flight_id",
            "flights.yaml:3: dataset: 'flight_id' is not a mapping",
        ),
        case(
            "wrong_keys_of_the_dataset",
            HEAD
            + """dataset:
  key: 5
  tme: at
  allow_empty: yes
  csv: {delimitr: ';', header: no}
""",
            "flights.yaml:4: dataset.key: 5 is not a column and not a list of columns",
            "flights.yaml:5: dataset: unknown key 'tme'. Did you mean 'time'?",
            "flights.yaml:6: dataset.allow_empty: 'yes' is not true or false",
            "flights.yaml:7: dataset.csv.header: 'no' is not true or false",
            "flights.yaml:7: dataset.csv: unknown key 'delimitr'. Did you mean 'delimiter'?",
        ),
        case(
            "a_delimiter_of_two_characters",
            HEAD + "dataset: {csv: {delimiter: ';;'}}",
            "flights.yaml:3: dataset.csv.delimiter: ';;' has the wrong size: it takes at most 1",
        ),
        case(
            "a_false_discovery_rate_of_one",
            HEAD + "false_discovery_rate: 1",
            "flights.yaml:3: false_discovery_rate: 1 is not below 1",
        ),
        case(
            "a_source_without_path",
            HEAD + "sources: {planes: 5}",
            "flights.yaml:3: sources.planes: 5 is not text. Put it in quotes",
        ),
        case(
            "an_environment_with_an_unknown_key",
            HEAD + "schema: {environments: {serve: {witout: [a]}}}",
            "flights.yaml:3: schema.environments.serve: unknown key 'witout'. Did you mean 'without'?",
        ),
        case(
            "an_unknown_word_for_extra_columns",
            HEAD
            + """schema:
  extra_columns: warm
  required_columns: true
""",
            ("flights.yaml:4: schema.extra_columns: 'warm' is not one of allow, warn, fail. Did you mean 'warn'?"),
            (
                "flights.yaml:5: schema.required_columns: true is not a mapping of options. It takes warn, "
                "fail, id, runbook, policy"
            ),
        ),
        case(
            "an_unknown_check",
            HEAD
            + """columns:
  carrier:
    acepted_values: [AA]
""",
            ("flights.yaml:5: columns.carrier: unknown check 'acepted_values'. Did you mean 'accepted_values'?"),
        ),
        case(
            "a_check_unlike_any",
            HEAD + "columns: {carrier: {zzz: 1}}",
            (
                "flights.yaml:3: columns.carrier: unknown check 'zzz'. Known are "
                f"{', '.join(standing('column'))}, optional, samples, description"
            ),
        ),
        case(
            "a_check_in_the_wrong_part",
            HEAD
            + """columns: {carrier: {row_count: {fail: [1, 2]}}}
table: {not_null: true, prior: 1}
""",
            "flights.yaml:3: columns.carrier: check 'row_count' does not belong here. Move it to table",
            "flights.yaml:4: table: check 'not_null' does not belong here. Move it to a column",
            "flights.yaml:4: table: check 'prior' does not belong here. Move it to labels",
        ),
        case(
            "a_column_that_is_no_mapping",
            HEAD + "columns: {carrier: string}",
            "flights.yaml:3: columns.carrier: 'string' is not a mapping",
        ),
        case(
            "columns_that_are_a_list",
            HEAD + "columns: [carrier]",
            "flights.yaml:3: columns: ['carrier'] is not a mapping",
        ),
        case(
            "an_unknown_logical_type",
            HEAD + "columns: {carrier: {type: strng}}",
            f"flights.yaml:3: columns.carrier.type: 'strng' is not one of {TYPES}. Did you mean 'string'?",
        ),
        case(
            "a_type_that_exists_in_no_language",
            HEAD + "columns: {carrier: {type: {expected: 5}}}",
            f"flights.yaml:3: columns.carrier.type.expected: 5 is not one of {TYPES}",
        ),
        case(
            "wrong_keys_of_a_column",
            HEAD + "columns: {carrier: {optional: no, samples: alow}}",
            "flights.yaml:3: columns.carrier.optional: 'no' is not true or false",
            ("flights.yaml:3: columns.carrier.samples: 'alow' is not one of allow, redact. Did you mean 'allow'?"),
        ),
        case(
            "an_unknown_option",
            HEAD
            + """columns:
  age:
    between:
      mn: 1
      max: 5
""",
            "flights.yaml:6: columns.age.between: unknown key 'mn'. Did you mean 'min'?",
        ),
        case(
            "an_option_that_the_contract_fills",
            HEAD + "columns: {age: {between: {min: 1, column: other}}}",
            (
                "flights.yaml:3: columns.age.between: unknown key 'column'. Known are min, max, warn, fail, "
                "mostly, id, runbook, policy"
            ),
        ),
        case(
            "a_check_without_value",
            HEAD
            + """columns:
  age:
    between:
    not_null:
    type:
""",
            "flights.yaml:5: columns.age.between: has no value. Write 'between: {min: …}'",
            "flights.yaml:6: columns.age.not_null: has no value. Write 'not_null: true'",
            "flights.yaml:7: columns.age.type: has no value. Write 'type: …'",
        ),
        case(
            "a_flag_that_is_false",
            HEAD + "columns: {age: {not_null: false, unique: false}}",
            "flights.yaml:3: columns.age.not_null: false turns nothing off. Delete the line",
            "flights.yaml:3: columns.age.unique: false turns nothing off. Delete the line",
        ),
        case(
            "a_flag_that_is_no_boolean_in_yaml_1_2",
            HEAD + "columns: {age: {not_null: yes}}",
            "flights.yaml:3: columns.age.not_null: 'yes' is not true or a mapping of options",
        ),
        case(
            "a_bare_value_where_options_belong",
            HEAD + "columns: {age: {between: 5, null_share: 0.1}}",
            (
                "flights.yaml:3: columns.age.between: 5 is not a mapping of options. It takes min, max, "
                "warn, fail, mostly, id, runbook, policy"
            ),
            (
                "flights.yaml:3: columns.age.null_share: 0.1 is not a mapping of options. It takes "
                "co_missing, warn, fail, mostly, id, runbook, policy"
            ),
        ),
        case(
            "a_level_beyond_a_share",
            HEAD
            + """columns:
  age:
    null_share:
      warn: -0.1
      fail: 1.5
""",
            "flights.yaml:6: columns.age.null_share.warn: -0.1 is not at least 0",
            ("flights.yaml:7: columns.age.null_share.fail: 1.5 is not at most 1. It is a share: write 1.5 % as 0.015"),
        ),
        case(
            "a_level_in_per_cent",
            HEAD + "columns: {age: {null_share: {fail: 5}}}",
            ("flights.yaml:3: columns.age.null_share.fail: 5 is not at most 1. It is a share: write 5 % as 0.05"),
        ),
        case(
            "a_level_that_is_no_number",
            HEAD + "columns: {age: {null_share: {warn: true, fail: 0.5}, between: {min: 1, fail: few}}}",
            "flights.yaml:3: columns.age.null_share.warn: true is not a number",
            "flights.yaml:3: columns.age.between.fail: 'few' is not a number",
        ),
        case(
            "warn_beyond_fail",
            HEAD + "columns: {age: {null_share: {warn: 0.3, fail: 0.1}}}",
            (
                "flights.yaml:3: columns.age.null_share: warn 0.3 lies beyond fail 0.1, so it could never "
                "warn. Warn comes first"
            ),
        ),
        case(
            "mostly_and_warn_beyond_it",
            HEAD + "columns: {age: {not_null: {warn: 0.3, mostly: 0.9}}}",
            (
                "flights.yaml:3: columns.age.not_null: warn 0.3 lies beyond fail 0.1, so it could never "
                "warn. Warn comes first"
            ),
        ),
        case(
            "mostly_and_fail",
            HEAD + "columns: {age: {not_null: {fail: 0.3, mostly: 0.9}}}",
            "flights.yaml:3: columns.age.not_null: mostly and fail say the same; give one of them",
        ),
        case(
            "mostly_in_per_cent",
            HEAD + "columns: {age: {not_null: {mostly: 99}}}",
            ("flights.yaml:3: columns.age.not_null.mostly: 99 is not at most 1. It is a share: write 99 % as 0.99"),
        ),
        case(
            "a_warn_range_around_the_fail_range",
            HEAD + "table: {row_count: {warn: [5_000, 20_000], fail: [9_000, 12_000]}}",
            (
                "flights.yaml:3: table.row_count: warn [5,000, 20,000] lies beyond fail [9,000, 12,000], so "
                "it could never warn. Warn comes first"
            ),
        ),
        case(
            "a_range_without_inside",
            HEAD + "table: {row_count: {fail: [20, 5]}}",
            ("flights.yaml:3: table.row_count: fail [20, 5] is a range without inside. Write [lowest, highest]"),
        ),
        case(
            "a_range_that_is_a_number",
            HEAD + "table: {row_count: {fail: 5}}",
            ("flights.yaml:3: table.row_count.fail: 5 is not a list. Write [lowest, highest]; null leaves a side open"),
        ),
        case(
            "a_range_with_one_side",
            HEAD + "table: {row_count: {fail: [5]}}",
            "flights.yaml:3: table.row_count.fail: [5] has the wrong size: it takes [lowest, highest]",
        ),
        case(
            "a_range_with_three_sides",
            HEAD + "table: {row_count: {fail: [1, 2, 3]}}",
            ("flights.yaml:3: table.row_count.fail: [1, 2, 3] has the wrong size: it takes [lowest, highest]"),
        ),
        case(
            "a_range_of_text",
            HEAD + "table: {row_count: {fail: [1, many]}}",
            "flights.yaml:3: table.row_count.fail[1]: 'many' is not a whole number",
        ),
        case(
            "bounds_the_wrong_way_round",
            HEAD + "columns: {age: {between: {min: 10, max: 5}, length: {min: 4, max: 3}}}",
            "flights.yaml:3: columns.age.between: min 10 lies above max 5",
            "flights.yaml:3: columns.age.length: min 4 lies above max 3",
        ),
        case(
            "no_bounds",
            HEAD + "columns: {age: {between: {fail: 0.1}}}",
            "flights.yaml:3: columns.age.between: needs min, max or both",
        ),
        case(
            "a_set_that_is_a_word",
            HEAD + "columns: {carrier: {accepted_values: AA}}",
            "flights.yaml:3: columns.carrier.accepted_values: 'AA' is not a list. Write [AA]",
        ),
        case(
            "an_empty_set",
            HEAD + "columns: {carrier: {accepted_values: []}}",
            "flights.yaml:3: columns.carrier.accepted_values: [] has the wrong size: it takes at least 1",
        ),
        case(
            "a_null_in_a_set",
            HEAD + "columns: {carrier: {accepted_values: [AA, null]}}",
            ("flights.yaml:3: columns.carrier.accepted_values[1]: null is not true or false, a number or text"),
        ),
        case(
            "a_pattern_that_is_no_regular_expression",
            HEAD + "columns: {carrier: {matches: '[A-Z'}}",
            (
                "flights.yaml:3: columns.carrier.matches: '[A-Z' is no regular expression: unterminated "
                "character set at position 0"
            ),
        ),
        case(
            "a_pattern_that_is_a_number",
            HEAD + "columns: {carrier: {matches: 0123}}",
            "flights.yaml:3: columns.carrier.matches: 123 is not text. Put it in quotes",
        ),
        case(
            "two_checks_of_a_kind_without_ids",
            HEAD
            + """columns:
  age:
    between:
      - {min: 1}
      - {max: 5}
""",
            (
                "flights.yaml:7: columns.age.between[1]: id 'age.between' is taken by the check at "
                "flights.yaml:6. Give one of them another 'id'"
            ),
        ),
        case(
            "an_id_given_twice",
            HEAD
            + """columns: {age: {not_null: {id: same}}}
rows:
  - {id: same, rule: a > 1}
""",
            (
                "flights.yaml:5: rows[0]: id 'same' is taken by the check at flights.yaml:3. Give one of "
                "them another 'id'"
            ),
        ),
        case(
            "a_rule_that_is_no_condition",
            HEAD
            + """rows:
  - rule: a + b
""",
            f'flights.yaml:4: rows[0].rule: rule "a + b": it is not a condition. {END}',
        ),
        case(
            "a_rule_with_a_subquery",
            HEAD
            + """rows:
  - {id: r, rule: x > (select 1)}
""",
            f'flights.yaml:4: rows[0].rule: rule "x > (select 1)": a sub-query is not allowed. {END}',
        ),
        case(
            "a_rule_with_an_unknown_function",
            HEAD
            + """rows:
  - {rule: lenght(a) > 1, wran: 0.1}
""",
            "flights.yaml:4: rows[0]: unknown key 'wran'. Did you mean 'warn'?",
            (
                "flights.yaml:4: rows[0].rule: rule \"lenght(a) > 1\": the function 'lenght' is not allowed. "
                f"Did you mean 'length'? {END}"
            ),
        ),
        case(
            "a_rule_that_is_a_number",
            HEAD + "rows: [{rule: 5}]",
            "flights.yaml:3: rows[0].rule: 5 is not text. Put it in quotes",
        ),
        case(
            "rows_that_are_a_mapping",
            HEAD + "rows: {rule: a > 1}",
            "flights.yaml:3: rows: {rule: 'a > 1'} is not a list",
        ),
        case(
            "an_item_that_is_no_mapping",
            HEAD + "rows: [a > 1]",
            "flights.yaml:3: rows[0]: 'a > 1' is not a mapping",
        ),
        case(
            "an_item_without_a_check",
            HEAD + "rows: [{rul: a > 1}]",
            f"flights.yaml:3: rows[0]: names no check. Give it one of {', '.join(standing('rows'))}",
        ),
        case(
            "an_item_with_two_checks",
            HEAD + "rows: [{rule: a > 1, unique: [a]}]",
            "flights.yaml:3: rows[0]: names 'unique' and 'rule'. Give each an item of its own",
        ),
        case(
            "a_composite_key_that_is_a_word",
            HEAD + "rows: [{unique: day}]",
            "flights.yaml:3: rows[0].unique: 'day' is not a list. Write [day]",
        ),
        case(
            "a_composite_key_without_columns",
            HEAD + "table: {unique: {fail: 0.1}}",
            "flights.yaml:3: table.unique: needs 'key'",
        ),
        case(
            "a_flag_where_a_key_is_needed",
            HEAD + "table: {unique: true}",
            (
                "flights.yaml:3: table.unique: true is not a mapping of options. It takes key, warn, fail, "
                "mostly, id, runbook, policy"
            ),
        ),
        case(
            "a_key_of_several_columns_under_one",
            HEAD + "columns: {a: {unique: {key: [a, b]}}}",
            (
                "flights.yaml:3: columns.a.unique: a key of several columns stands under rows or table, not "
                "under one column"
            ),
        ),
        case(
            "a_freshness_without_time",
            HEAD + "table: {freshness: {fail: 6h}}",
            (
                "flights.yaml:3: table.freshness: needs a column of time. Set dataset.time, or move "
                "'freshness' under its column"
            ),
        ),
        case(
            "a_duration_that_is_none",
            HEAD
            + """dataset: {time: at}
table: {freshness: {warn: 6 hours}}
""",
            (
                "flights.yaml:4: table.freshness.warn: '6 hours' is no duration. Write a number and a unit: "
                "30m, 6h, 2d, 1w"
            ),
        ),
        case(
            "a_source_that_is_not_declared",
            HEAD
            + """sources: {planes: p.csv}
columns: {tailnum: {relationships: {to: plane}}}
""",
            (
                "flights.yaml:4: columns.tailnum.relationships: source 'plane' is not declared under "
                "sources. Did you mean 'planes'?"
            ),
        ),
        case(
            "a_relationship_without_source",
            HEAD + "columns: {tailnum: {relationships: {column: tailnum}}}",
            "flights.yaml:3: columns.tailnum.relationships: needs 'to'",
        ),
        case(
            "labels_without_column",
            HEAD + "labels: {allowed: [a, b]}",
            "flights.yaml:3: labels: needs 'column'",
        ),
        case(
            "labels_without_check",
            HEAD + "labels:\n  column: y",
            (
                "flights.yaml:3: labels: names no check of 'y'. Give it one of conflicting_labels, missing_share, "
                "allowed, prior, class_rows, new_classes, label_maturity, proxy_agreement, annotators, label_noise, "
                "label_shift, leakage, known_before_label"
            ),
        ),
        case(
            "labels_whose_only_check_is_mistyped",
            HEAD + "labels: {column: y, alowed: [a]}",
            "flights.yaml:3: labels: unknown check 'alowed'. Did you mean 'allowed'?",
        ),
        case(
            "an_unknown_key_of_drift_beside_another_check",
            HEAD + "drift: {dependence_stable: {}, colums: all}",
            "flights.yaml:3: drift: unknown key 'colums'. Did you mean 'columns'?",
        ),
        case(
            "shares_that_do_not_sum_to_one",
            HEAD + "labels: {column: y, prior: {true: 0.2, false: 0.7}}",
            "flights.yaml:3: labels.prior: the shares sum to 0.9, not 1",
        ),
        case(
            "a_share_that_is_no_number",
            HEAD + "labels: {column: y, prior: {expected: {true: few, false: 0.8}}}",
            "flights.yaml:3: labels.prior.expected.true: 'few' is not a number",
        ),
        case(
            "an_unknown_key_of_drift",
            HEAD + "drift: {colums: all, method: kl}",
            "flights.yaml:3: drift: unknown key 'colums'. Did you mean 'columns'?",
            "flights.yaml:3: drift.method: 'kl' is not one of psi, js, ks, wasserstein, tv, hellinger",
        ),
        case(
            "columns_of_drift_that_are_a_word",
            HEAD + "drift: {columns: most, warn: 0.3, fail: 0.2}",
            "flights.yaml:3: drift.columns: 'most' is not 'all' or a list",
        ),
        case(
            "a_wrong_policy_word",
            HEAD + "policy: {fail: stopp, undecided: {no_data: ask}}",
            ("flights.yaml:3: policy.fail: 'stopp' is not one of proceed, degrade, stop. Did you mean 'stop'?"),
            "flights.yaml:3: policy.undecided.no_data: 'ask' is not one of proceed, degrade, stop",
        ),
        case(
            "a_wrong_policy_of_a_check",
            HEAD + "columns: {age: {not_null: {policy: {fale: stop}}}}",
            "flights.yaml:3: columns.age.not_null.policy: unknown key 'fale'. Did you mean 'fail'?",
        ),
        case(
            "a_policy_of_undecided_that_is_a_number",
            HEAD + "policy: {undecided: 5}",
            "flights.yaml:3: policy.undecided: 5 is not one of proceed, degrade, stop or a mapping",
        ),
        case(
            "a_long_value",
            HEAD + f"columns: {{carrier: {{type: {'x' * 200}}}}}",
            (
                "flights.yaml:3: columns.carrier.type: "
                "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is not one "
                f"of {TYPES}"
            ),
        ),
    ],
)
def test_a_wrong_contract_is_refused_with_everything_that_is_wrong(text: str, messages: list[str]) -> None:
    with pytest.raises(ContractError) as refused:
        contract_from(read(text, "flights.yaml"), "flights.yaml")

    assert [str(problem) for problem in refused.value.problems] == messages


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "flights.yaml"
    file.write_text(
        """
version: 1
contract: flights
rows:
  - {rule: a + b}
columns:
  carrier:
    type: strng
    acepted_values: [AA, B6]
    type: string
table:
  row_count: {fail: [20, 5]}
ownr: me
""",
    )

    with pytest.raises(ContractError) as refused:
        load_contract(file)

    assert str(refused.value).splitlines() == [
        f'{file}:5: rows[0].rule: rule "a + b": it is not a condition. {END}',
        f"{file}:8: columns.carrier.type: 'strng' is not one of {TYPES}. Did you mean 'string'?",
        f"{file}:9: columns.carrier: unknown check 'acepted_values'. Did you mean 'accepted_values'?",
        f"{file}:10: columns.carrier.type: given twice, first in line 8. Keep one of them",
        f"{file}:12: table.row_count: fail [20, 5] is a range without inside. Write [lowest, highest]",
        f"{file}:13: unknown key 'ownr'. Did you mean 'owner'?",
    ]


def test_levels_that_contradict_each_other_are_refused_in_python_too() -> None:
    with pytest.raises(ValueError, match=r"warn 0\.3 lies beyond fail 0\.1, so it could never warn"):
        NullShare(column="a", warn=0.3, fail=0.1)
    with pytest.raises(ValueError, match=r"warn 0\.3 lies beyond fail 0, so it could never warn"):
        Between(column="a", min=1, warn=0.3, mostly=1)
    with pytest.raises(ValueError, match=r"warn \[7, 3\] is a range without inside. Write \[lowest, highest\]"):
        RowCount(warn=(7, 3))


def test_an_open_side_of_a_range_contradicts_nothing() -> None:
    assert RowCount(warn=(9, None), fail=(5, 20)).warn == (9, None)
    assert RowCount(warn=(1, 30), fail=(None, None)).fail == (None, None)
