"""A corpus of planted secrets: values of the shapes that services give out, drawn at run time and stood into sources.

No value stands in the repository: each is put together from pieces, so nothing that looks for secrets in it trips.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from drawn import ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, URL_SAFE, Draw
from planted_documents import DOCUMENTS

PER_KIND = 2


@dataclass(frozen=True, slots=True)
class Planted:
    """kind: what it is. value: the secret. carrier: the kind of text around it. text: a whole file with the value in it."""

    kind: str
    value: str
    carrier: str
    text: str


@dataclass(frozen=True, slots=True)
class Secret:
    """name: what it would be called. content: what it is written as, such as a URL. value: the secret part of that."""

    kind: str
    name: str
    content: str
    value: str


Maker = Callable[[Draw], tuple[str, str] | tuple[str, str, str]]

# kind -> (name, value) or (name, content, value)
MAKERS: dict[str, Maker] = {
    "aws_access_key": lambda d: ("aws_access_key_id", "AKI" + "A" + d.of(UPPER + DIGITS, 16)),
    "aws_secret_key": lambda d: ("aws_secret_access_key", d.of(BASE64, 40)),
    "aws_session_token": lambda d: ("aws_session_token", "IQo" + "Jb3JpZ2lu" + d.of(BASE64, 180)),
    "gcp_api_key": lambda d: ("maps_key", "AI" + "za" + d.of(URL_SAFE, 35)),
    "google_oauth_secret": lambda d: ("google_secret", "GOCS" + "PX-" + d.of(URL_SAFE, 28)),
    "azure_storage_key": lambda d: _within(
        "storage", d.of(BASE64, 86) + "==", "DefaultEndpointsProtocol=https;AccountName=a;Account" + "Key={};EndpointSuffix=x.net"
    ),
    "azure_sas": lambda d: _within("container", d.of(ALNUM, 43) + "%3D", "https://a.blob.example.org/c?sv=2022-11-02&s" + "ig={}"),
    "azure_client_secret": lambda d: ("client_secret", d.of(ALNUM, 3) + "8Q" + "~" + d.of(ALNUM, 34)),
    "digitalocean_token": lambda d: ("do_token", "dop" + "_v1_" + d.of(HEX, 64)),
    "heroku_api_key": lambda d: ("heroku_api_key", d.uuid()),
    "cloudflare_api_token": lambda d: ("cloudflare_api_token", d.of(ALNUM, 40)),
    "fastly_api_token": lambda d: ("fastly_api_token", d.of(ALNUM, 32)),
    "ibm_cloud_api_key": lambda d: ("ibm_cloud_api_key", d.of(ALNUM, 44)),
    "tailscale_key": lambda d: ("ts_key", "tsk" + "ey-auth-" + d.of(ALNUM, 12) + "-" + d.of(ALNUM, 32)),
    "github_token": lambda d: ("gh", "gh" + d.of("pousr", 1) + "_" + d.of(ALNUM, 36)),
    "github_pat": lambda d: ("gh", "github" + "_pat_" + d.of(ALNUM, 22) + "_" + d.of(ALNUM, 59)),
    "gitlab_token": lambda d: ("gl", "glp" + "at-" + d.of(URL_SAFE[:-2], 20)),
    "gitlab_runner_token": lambda d: ("runner", "gl" + "rt-" + d.of(ALNUM, 20)),
    "bitbucket_token": lambda d: ("bb", "AT" + "BB" + d.of(ALNUM, 32)),
    "atlassian_token": lambda d: ("jira", "ATAT" + "T3xFfG" + d.of(URL_SAFE[:-2], 180) + "=" + d.of(DIGITS + "ABCDEF", 8)),
    "npm_token": lambda d: ("npm", "np" + "m_" + d.of(ALNUM, 36)),
    "npmrc_token": lambda d: _within("line", d.uuid(), "//npm.example.org/:_auth" + "Token={}"),
    "pypi_token": lambda d: ("pypi", "py" + "pi-AgE" + "IcHlwaS5vcmc" + d.of(ALNUM, 100)),
    "rubygems_token": lambda d: ("gems", "ruby" + "gems_" + d.of(HEX, 48)),
    "crates_token": lambda d: ("crates", "ci" + "o" + d.of(ALNUM, 32)),
    "nuget_key": lambda d: ("nuget", "oy" + "2" + d.of(LOWER + DIGITS, 43)),
    "dockerhub_token": lambda d: ("hub", "dckr" + "_pat_" + d.of(ALNUM, 27)),
    "artifactory_token": lambda d: ("artifactory", "AK" + "Cp" + d.of(ALNUM, 69)),
    "postman_key": lambda d: ("postman", "PM" + "AK-" + d.of(HEX, 24) + "-" + d.of(HEX, 34)),
    "vault_token": lambda d: ("vault", "hv" + "s." + d.of(ALNUM, 90)),
    "terraform_cloud_token": lambda d: ("tfc", d.of(ALNUM, 14) + ".atlas" + "v1." + d.of(ALNUM, 67)),
    "doppler_token": lambda d: ("doppler", "dp." + "pt." + d.of(ALNUM, 43)),
    "pulumi_token": lambda d: ("pulumi", "pu" + "l-" + d.of(HEX, 40)),
    "planetscale_token": lambda d: ("pscale", "pscale" + "_tkn_" + d.of(ALNUM, 43)),
    "supabase_key": lambda d: ("supabase", "sb" + "p_" + d.of(HEX, 40)),
    "age_secret_key": lambda d: ("age", "AGE-SECRET" + "-KEY-1" + d.of(UPPER + DIGITS, 58)),
    "databricks_token": lambda d: ("dbx", "da" + "pi" + d.of(HEX, 32)),
    "datadog_key": lambda d: ("datadog_api_key", d.of(HEX, 32)),
    "new_relic_key": lambda d: ("newrelic", "NR" + "AK-" + d.of(UPPER + DIGITS, 27)),
    "sentry_token": lambda d: ("sentry", "sntr" + "ys_" + d.of(ALNUM, 90)),
    "sentry_dsn": lambda d: _within("dsn", d.of(HEX, 32), "https://{}@o12.ingest.example.org/42"),
    "grafana_token": lambda d: ("grafana", "gl" + "sa_" + d.of(ALNUM, 32) + "_" + d.of(HEX, 8)),
    "pagerduty_key": lambda d: ("pagerduty_api_key", d.of(ALNUM, 20)),
    "slack_token": lambda d: ("slack", "xo" + "xb-" + d.of(DIGITS, 12) + "-" + d.of(DIGITS, 12) + "-" + d.of(ALNUM, 24)),
    "slack_webhook": lambda d: _within(
        "hook", f"services/T{d.of(UPPER, 8)}/B{d.of(UPPER, 8)}/{d.of(ALNUM, 24)}", "https://hooks.sl" + "ack.com/{}"
    ),
    "discord_bot_token": lambda d: ("bot", "M" + d.of(ALNUM, 23) + "." + d.of(ALNUM, 6) + "." + d.of(ALNUM, 38)),
    "discord_webhook": lambda d: _within(
        "hook", d.of(DIGITS, 18) + "/" + d.of(ALNUM, 68), "https://discord.com/api/web" + "hooks/{}"
    ),
    "telegram_bot_token": lambda d: ("bot", "1" + d.of(DIGITS, 9) + ":AA" + d.of(ALNUM, 33)),
    "twilio_key": lambda d: ("twilio", "S" + "K" + d.of(HEX, 32)),
    "sendgrid_key": lambda d: ("sendgrid", "S" + "G." + d.of(ALNUM, 22) + "." + d.of(ALNUM, 43)),
    "mailgun_key": lambda d: ("mailgun", "ke" + "y-" + d.of(HEX, 32)),
    "mailchimp_key": lambda d: ("mailchimp", d.of(HEX, 32) + "-us" + d.of(DIGITS, 1)),
    "brevo_key": lambda d: ("brevo", "xkey" + "sib-" + d.of(HEX, 64) + "-" + d.of(ALNUM, 16)),
    "okta_token": lambda d: ("okta_api_token", "00" + d.of(ALNUM, 40)),
    "auth0_client_secret": lambda d: ("auth0_client_secret", d.of(ALNUM, 64)),
    "linear_key": lambda d: ("linear", "lin" + "_api_" + d.of(ALNUM, 40)),
    "notion_token": lambda d: ("notion", "nt" + "n_" + d.of(ALNUM, 46)),
    "asana_token": lambda d: ("asana", "1/" + "12" + d.of(DIGITS, 14) + ":" + d.of(HEX, 32)),
    "dropbox_token": lambda d: ("dropbox", "s" + "l." + d.of(ALNUM, 130)),
    "figma_token": lambda d: ("figma", "fi" + "gd_" + d.of(ALNUM, 40)),
    "airtable_token": lambda d: ("airtable", "pa" + "t" + d.of(ALNUM, 14) + "." + d.of(HEX, 64)),
    "hubspot_token": lambda d: ("hubspot", "pat-" + "na1-" + d.uuid()),
    "stripe_key": lambda d: ("stripe", d.of("sr", 1) + "k_li" + "ve_" + d.of(ALNUM, 24)),
    "stripe_webhook_secret": lambda d: ("stripe", "wh" + "sec_" + d.of(ALNUM, 32)),
    "square_secret": lambda d: ("square", "sq0" + "csp-" + d.of(ALNUM, 43)),
    "braintree_token": lambda d: (
        "braintree", "access_token" + "$production$" + d.of(LOWER + DIGITS, 16) + "$" + d.of(HEX, 32)
    ),
    "shopify_token": lambda d: ("shopify", "shp" + "at_" + d.of(HEX, 32)),
    "plaid_token": lambda d: ("plaid", "access-" + "production-" + d.uuid()),
    "anthropic_key": lambda d: ("anthropic", "sk-" + "ant-api03-" + d.of(ALNUM, 93) + "AA"),
    "openai_key": lambda d: ("openai", "sk-" + "proj-" + d.of(ALNUM, 74) + "T3Blbk" + "FJ" + d.of(ALNUM, 74)),
    "huggingface_token": lambda d: ("hf", "h" + "f_" + d.of(UPPER + LOWER, 34)),
    "cohere_key": lambda d: ("cohere_api_key", d.of(ALNUM, 40)),
    "groq_key": lambda d: ("groq", "gs" + "k_" + d.of(ALNUM, 52)),
    "replicate_token": lambda d: ("replicate", "r" + "8_" + d.of(ALNUM, 37)),
    "jwt": lambda d: ("session", d.jwt()),
    "url_password": lambda d: _within("remote", d.of(ALNUM, 14), "https://deploy:{}@git.example.org/app.git"),
    "database_password": lambda d: _within(
        "database", d.of(ALNUM, 14), d_scheme(d) + "://app:{}@db.example.org:5432/main"
    ),
    "password": lambda d: ("db_password", d.password()),
    "api_key": lambda d: ("internal_api_key", d.of(ALNUM, 32)),
    "hex_api_key": lambda d: ("service_secret_key", d.of(HEX, 48)),
    "basic_authorization": lambda d: _within("authorization", d.of(ALNUM, 28), "Basic {}"),
    "connection_string": lambda d: _within("connection", d.password(), "Server=db;User Id=app;Password={};Database=main"),
}  # fmt: skip
BLOCKS = {
    "rsa_key": "RSA PRIVATE KEY",
    "ec_key": "EC PRIVATE KEY",
    "dsa_key": "DSA PRIVATE KEY",
    "openssh_key": "OPENSSH PRIVATE KEY",
    "pkcs8_key": "PRIVATE KEY",
    "encrypted_pkcs8_key": "ENCRYPTED PRIVATE KEY",
    "pgp_key": "PGP PRIVATE KEY BLOCK",
}
KINDS = (*MAKERS, *BLOCKS)


def d_scheme(draw: Draw) -> str:
    return ("postgres", "mysql", "mongodb+srv", "redis", "amqp")[int(draw.of("01234", 1))]


def _within(name: str, value: str, around: str) -> tuple[str, str, str]:
    return name, around.format(value), value


def secrets(seed: int) -> list[Secret]:
    """``PER_KIND`` of each kind, but for the key blocks."""
    draw = Draw(seed)
    found = []
    for kind, maker in MAKERS.items():
        for _ in range(PER_KIND):
            name, content, *value = maker(draw)
            found.append(Secret(kind, name, content, value[0] if value else content))
    return found


def planted(seed: int) -> list[Planted]:
    """Every secret in every carrier: two of each kind, about a thousand files. The same seed gives the same."""
    found = [
        Planted(secret.kind, secret.value, carrier, write(secret.name, secret.content))
        for secret in secrets(seed)
        for carrier, write in CARRIERS.items()
    ]
    draw = Draw(seed + 1)
    for kind, title in BLOCKS.items():
        for _ in range(PER_KIND):
            block = draw.key_block(title, 8)
            # A line of the body: that is what may not survive, wherever the lines end.
            value = block.split("\n")[4]
            found += [Planted(kind, value, carrier, write(block)) for carrier, write in BLOCK_CARRIERS.items()]
    draw = Draw(seed + 2)
    found += [Planted(kind, *make(draw)) for kind, make in DOCUMENTS.items() for _ in range(PER_KIND)]
    return found


def in_rust(seed: int) -> list[Planted]:
    """Every secret as a constant with a type that has a lifetime."""

    def constant(name: str, value: str) -> str:
        return f'const {name.upper()}: &\'static str = "{value}";\n\nfn main() {{}}\n'

    return [Planted(each.kind, each.value, "rust", constant(each.name, each.content)) for each in secrets(seed)]


def with_crlf(corpus: list[Planted]) -> list[Planted]:
    """The same files with the other line ends."""
    return [
        replace(each, carrier=f"{each.carrier} crlf", text=each.text.replace("\n", "\r\n"))
        for each in corpus
        if "\r" not in each.text
    ]


CARRIERS: dict[str, Callable[[str, str], str]] = {
    "python": lambda name, value: (
        f'import os\n\n\nclass Settings:\n    {name} = "{value}"\n    debug = os.environ["DEBUG"]\n'
    ),
    "python call": lambda name, value: f"client = Client(url, {name}='{value}', retries=3)\nclient.run()\n",
    "json": lambda name, value: json.dumps({"name": "app", name: value, "port": 80}, indent=2) + "\n",
    "json in one line": lambda name, value: json.dumps({"id": 7, name: value, "x": [1, 2]}) + "\n",
    "yaml": lambda name, value: f"app:\n  debug: false\n  {name}: {value}\n  port: 80\n",
    "shell": lambda name, value: f"#!/bin/sh\nset -e\nexport {name.upper()}='{value}'\n./run --fast\n",
    "dotenv": lambda name, value: f"DEBUG=1\n{name.upper()}={value}\nPORT=80\n",
    "typescript": lambda name, value: f"export const config = {{\n  {_camel(name)}: '{value}',\n  port: 80,\n}};\n",
    "properties": lambda name, value: f"app.port=80\napp.{name.replace('_', '.')}={value}\napp.debug=false\n",
    "dockerfile": lambda name, value: f"FROM python:3\nENV {name.upper()}={value}\nRUN make\n",
    "comment": lambda name, value: f"def f():\n    # {name} = {value}\n    return 1\n",
    "go": lambda name, value: f'package main\n\nvar {_camel(name)} = "{value}"\n\nfunc main() {{}}\n',
    "escaped": lambda name, value: f'const text = "{{\\"{name}\\": \\"{value}\\"}}\\n";\n',
    "go typed": lambda name, value: f'package main\n\nconst {_camel(name)} string = "{value}"\n',
    "python typed": lambda name, value: f'def f(url: str, {name}: str | None = "{value}") -> None: ...\n',
    "markdown": lambda name, value: f"Run it:\n\n```sh\n{name.upper()}={value} make deploy\n```\n",
}
BLOCK_CARRIERS: dict[str, Callable[[str], str]] = {
    "python": lambda block: f'KEY = """{block}\n"""\n\nprint(KEY)\n',
    "python indented": lambda block: "def key():\n    return '''\n" + _indented(block) + "\n    '''\n",
    "json": lambda block: (
        json.dumps({"type": "service_account", "private_key": block + "\n", "id": 1}, indent=2) + "\n"
    ),
    "yaml": lambda block: "tls:\n  key: |\n" + _indented(block) + "\n  port: 443\n",
    "typescript": lambda block: "const key =\n" + " +\n".join(f"  '{line}\\n'" for line in block.split("\n")) + ";\n",
    "java": lambda block: (
        "String key = " + '"\n    + "'.join(line + "\\n" for line in block.split("\n")).join('""') + ";\n"
    ),
    "windows": lambda block: ("KEY = `" + block + "`\nrest()\n").replace("\n", "\r\n"),
    "comment": lambda block: "\n".join("# " + line for line in ("old key:", *block.split("\n"))) + "\nx = 1\n",
    "comment of a function": lambda block: (
        "/**\n" + "\n".join(" * " + line for line in block.split("\n")) + "\n */\nrun();\n"
    ),
    "typescript dotted": lambda block: (
        "$key = " + "\n    . ".join(f'"{line}\\n"' for line in block.split("\n")) + ";\n"
    ),
}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _indented(block: str) -> str:
    return "\n".join("    " + line for line in block.split("\n"))
