"""Lambda functions: their roles, and where secrets sit in their environment.

ListFunctions gives each variable with its value. The name is kept, and what the value looks like.
"""

from __future__ import annotations

from reportgen.sources.mask import Mask, only
from reportgen.sources.rows import LOOKED_AT, Each, Maybe
from reportgen.sources.secret import variables
from reportgen.sources.source import Scope, Source, paged

SOURCE = Source(
    name="lambda-functions",
    about="Lambda functions, their roles and the names of their variables",
    operations=("lambda:ListFunctions",),
    read=paged("lambda", "list_functions", "Functions"),
    keys=("Functions",),
    scope=Scope.REGION,
    exports=("list-functions.json",),
    mask=Mask(
        {
            "Functions": only(
                "FunctionName",
                "FunctionArn",
                "Runtime",
                "Role",
                "PackageType",
                "LastModified",
                "KMSKeyArn",
                Environment=only(Variables=variables),
            )
        },
        ("values of Environment.Variables", "Description"),
    ),
    rows={
        "Functions": [
            {
                "FunctionName": str,
                "Role": Maybe(str),
                "Environment": Maybe({"Variables": Maybe(Each(LOOKED_AT))}),
            }
        ]
    },
)
