"""The IAM policy language: what a policy says, what it decides, what it leads to.

Stands alone: it needs the action database and nothing else of reportgen, no network, no clock.
What is listed here is the library's face; docs/policy.md, "As a library", shows it in use. Nothing
here raises on a policy, however broken it is.

- Read: ``parse``, ``parse_all``, ``Document``, ``Statement``, ``Condition``, ``Problem``; or with
  a bounded memory of what was read last, ``Documents``.
- Decide one request: ``decide`` on a ``Request`` and ``Policies`` gives a ``Decision``;
  ``simulate`` on lines of cases gives rows.
- Judge accounts: ``read_account`` on the answer of GetAccountAuthorizationDetails, ``levels_of``
  on SCPs, ``analyse_accounts``.
- Lint: ``lint_document``, ``lint_text``.
"""

from reportgen.policy.account import Account, read_account
from reportgen.policy.analyse import analyse as analyse_accounts
from reportgen.policy.analyse import scps_of
from reportgen.policy.cases import Documents, read_case, simulate
from reportgen.policy.conditions import Condition, Context, Missing
from reportgen.policy.decision import (
    ALLOWED,
    EXPLICIT_DENY,
    IMPLICIT_DENY,
    Decision,
    Policies,
    Request,
    decide,
    levels_of,
)
from reportgen.policy.document import Document, Problem, Statement, parse, parse_all
from reportgen.policy.lint import lint as lint_document
from reportgen.policy.lint import lint_text

__all__ = [
    "ALLOWED",
    "EXPLICIT_DENY",
    "IMPLICIT_DENY",
    "Account",
    "Condition",
    "Context",
    "Decision",
    "Document",
    "Documents",
    "Missing",
    "Policies",
    "Problem",
    "Request",
    "Statement",
    "analyse_accounts",
    "decide",
    "levels_of",
    "lint_document",
    "lint_text",
    "parse",
    "parse_all",
    "read_account",
    "read_case",
    "scps_of",
    "simulate",
]
