"""Nonsense, on purpose: whatever arrives, no exception escapes, nothing is half stored, nothing is lost in silence.

Where each parser is fuzzed:

- the login's parameters, the launch's form, the claims of a well signed token, headers that are none:
  `tests/lti/test_mangled_claims.py`; through the whole application into the database: `test_launches.py`
- a Pix Orga export, random bytes and cells: `tests/pix/test_orga_properties.py`; uploaded, previewed, confirmed:
  `test_forms.py`
- the student's form: `tests/pix/test_share.py`; over HTTP: `test_forms.py`
- every address, method, header and body; the cookie of a visit, the state of a login: `test_addresses.py`
- what platforms answer (key sets, tokens, results, columns, Retry-After, Link): `test_platform_answers.py`
- files of rules, situations in JSON, settings: `test_files.py`
- links, files, API readings, certificates, decisions and undoings in any order: `arrival_story.py`, `test_arrivals.py`
- desired scores against a model: `score_machine.py`, run by `test_scores_against_a_model.py`

`make test` runs few examples, always the same; `make fuzz` runs twenty times as many, from a seed it prints.
"""
