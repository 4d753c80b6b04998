"""Files that hold secrets by their name: neither the index nor a prompt ever reads them.

Three things tell: what the file is called, the folders it stands in, and what an editor or a person called the copy of
such a file. Source code is never meant (it is searched for secrets instead), nor what says of itself that it is an
example, or that it is about secrets: ``secret_rules.toml``.
"""

import re

# What a file is called (its last part, or its last parts where a "/" stands in the pattern), in lower case.
_NAMES = (
    # environments and settings of programs
    r"\.env", r"\.env[-_.](?!(?:.+[-_.])?(?:example|sample|template|dist|defaults?|schema)$).+", r".+\.env",
    r"\.envrc(?:\..+)?", r"\.flaskenv", r"local\.settings\.json", r"\.(?:dev|prod)\.vars",
    # keys, certificates with keys, stores
    r".+\.(?:pem|key|p12|pfx|pkcs12|p8|jks|keystore|bcfks|ppk|kdbx?|gpg|pgp|asc\.key|ovpn|agekey|keytab)",
    r"secring\..+", r"id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk|xmss)(?:[-_.][^/]*)?", r"ssh_host_.+_key",
    r"(?:[^/]*[-_.])?(?:deploy|private|signing|api|ssh)[-_]?keys?(?:\.txt)?", r"api[-_]?keys?\.(?:json|ya?ml)",
    r"master\.key",
    r"credentials\.yml\.enc",
    # where programs keep what they log in with
    r"[._]netrc", r"\.pgpass", r"pgpass\.conf", r"\.my\.cnf", r"\.mylogin\.cnf", r"\.npmrc", r"\.yarnrc(?:\.yml)?",
    r"\.pypirc", r"\.git-credentials", r"\.dockercfg", r"\.docker/config\.json", r"\.dockerconfigjson",
    r"\.kube/config", r"kubeconfig", r"kubeconfig\.ya?ml", r".+\.kubeconfig",
    r"\.azure/[^/]+\.(?:json|bin)", r"\.config/gcloud/.+", r"\.config/op/config", r"\.netlify/config\.json",
    r"\.boto", r"\.s3cfg", r"\.vault-token",
    r"\.terraformrc", r"terraform\.rc", r"\.htpasswd", r"\.htdigest", r"\.cargo/credentials(?:\.toml)?",
    r"\.gem/credentials", r"\.m2/settings(?:-security)?\.xml", r"\.config/gh/hosts\.yml", r"\.config/hub",
    r"\.remote-sync\.json", r"sftp-config\.json", r"\.?(?:ftp|sftp)config", r"\.esmtprc", r"\.msmtprc",
    r"\.fetchmailrc", r"\.databrickscfg", r"\.snowflake/config", r"\.config/rclone/rclone\.conf", r"rclone\.conf",
    r"\.transifexrc", r"\.circleci/cli\.yml", r"\.pulumi/credentials\.json", r"\.credentials", r"wallet\.dat",
    r"auth\.json", r"tokens?\.(?:json|txt)", r"\.sentryclirc", r"cookies\.txt",
    # what was typed, passwords among it
    r"[^/.]*_history", r"\.[^/.]*_history",
    # infrastructure
    r".+\.tfstate(?:\..+)?", r".+\.tfvars(?:\.json)?", r"vault[-_]?pass(?:word)?(?:\.txt)?",
    r"\.vault[-_]pass(?:word)?(?:\.txt)?",
    r"(?:[^/]*[-_.])?(?:gcp|gcloud|firebase|service)[-_]?(?:account|adminsdk)[^/]*\.json",
    r"(?:[^/]*[-_.])?(?:gcp|gcloud|gke|google|firebase|aws|azure|sa|service)[-_.](?:[^/]*[-_.])?(?:keys?|creds?)\.json",
    r"google-services\.json", r"googleservice-info\.plist", r".+-firebase-adminsdk-[^/]*\.json",
    r"application_default_credentials\.json", r"client_secrets?[^/]*\.json",
    r"publish(?:settings|profile)", r".+\.publishsettings",
    # by word, when it is a file of settings and not of source
    r"credentials?(?:[-_.][^/]*)?", r"secrets?",
    r"\.?secrets?(?:[-_.][^/.]*)?\.(?:ya?ml|json5?|toml|ini|env|txt|cfg|conf|xml|properties|enc|sops|auto\.tfvars)",
    r"[^/]*[-_.](?:secrets?|secrets[-_.][^/.]*)\.(?:ya?ml|json|toml|ini|env|txt)",
    r"passwords?(?:\.(?:txt|csv|json|ya?ml|ini|xlsx?))?",
    r"htpasswd",
)  # fmt: skip
_SECRET = re.compile(rf"(?:^|/)(?:{'|'.join(_NAMES)})\Z")
# All in them, whatever it is called, but for source code and what every project has.
_FOLDERS = frozenset({".ssh", ".gnupg", ".aws", "secrets", ".secrets"})
_PLAIN = frozenset(
    "makefile dockerfile license licence copying readme codeowners build build.bazel cmakelists.txt .gitignore .gitkeep"
    " .gitattributes .editorconfig .dockerignore go.mod go.sum cargo.toml package.json tsconfig.json pyproject.toml"
    " pom.xml build.gradle".split()
)
# "secret_rules.toml" says what secrets look like, "secret_scanning.yml" where they are looked for.
_ABOUT = re.compile(
    r"\A\.?(?:secrets?|credentials?|tokens?|passwords?)[-_.]"
    r"(?:rules?|schemas?|polic(?:y|ies)|patterns?|kinds?|types?|scan|scanner|scanning|detection|allow-?list|ignore)"
    r"(?:\.[a-z0-9]{1,10})?\Z"
)
# Copies: an editor's own, and those that people and tools make before they change something.
_EDITORS_COPY = re.compile(r"#(.+)#|\.#(.+)|\.(.+)\.(?:sw[m-p]|un~)")
_COPY = re.compile(r"(.+?)(?:~|[-_.](?:bak|backup|bkp|old|orig|original|save|saved|sav|copy|sw[m-p]|un~)[0-9]{0,3})")
_COPYS_END = tuple("~ # bak backup bkp old orig original save saved sav copy swm swn swo swp".split())  # before digits
_MOST_COPIES = 4  # of copies of copies
# Shell and other scripts of that name set the variables of an environment; "env.sh" may do anything.
_ENVIRONMENT = re.compile(r"\.env[-_.](?:[^/]*[-_.])?(?:sh|bash|zsh|fish|ps1|bat|cmd|js|mjs|cjs|(?<!d\.)ts|py|rb|php)")
_PUBLIC = re.compile(r"[-_.](?:example|sample|template|dist)(?:\.(?!local|prod)[a-z0-9]{1,10})?\Z|\.pub\Z")
# "credentials.py" is about credentials; "credentials.json" holds them. A public key has a name of its own (.pub).
_SOURCE = frozenset(
    "py pyi ipynb js jsx mjs cjs ts tsx mts cts vue svelte rs go java kt kts scala swift c h cc cpp cxx hpp hh m mm cs"
    " fs vb rb php pl pm lua zig dart ex exs erl hrl hs ml mli clj cljs groovy r jl nim d sql css scss less html htm md"
    " rst adoc proto graphql thrift tf bicep ps1 psm1 sh bash zsh fish bat cmd el vim snap svg png jpg gif pub".split()
)


def secret_by_name(path: str) -> bool:
    """Whether the file holds secrets, by its name and the folders it stands in. path: with either kind of slash."""
    *folders, last = path.replace("\\", "/").rstrip("/").lower().split("/")
    names = {last}
    for _ in range(_MOST_COPIES):
        # Most files are no copies, and a walk asks of each of them.
        if not last.rstrip("0123456789").endswith(_COPYS_END) and not last.startswith(".#"):
            break
        copy = _EDITORS_COPY.fullmatch(last) or _COPY.fullmatch(last)
        if copy is None:
            break
        last = next(group for group in copy.groups() if group)
        # Vim calls its copies of ".env" and of "env" alike.
        names = {last, f".{last}"} if copy.re is _EDITORS_COPY and copy[3] else {last}
    return any(_called_so(folders, name) for name in names)


def _called_so(folders: list[str], last: str) -> bool:
    return _meant(folders, last) and _PUBLIC.search(last) is None and _ABOUT.match(last) is None


def _meant(folders: list[str], last: str) -> bool:
    if last.startswith(".env") and _ENVIRONMENT.fullmatch(last):
        return True
    stem, dot, extension = last.rpartition(".")
    if dot and stem and extension in _SOURCE:
        return False
    if not _FOLDERS.isdisjoint(folders) and last not in _PLAIN:
        return True
    return _SECRET.search("/".join((*folders[-3:], last))) is not None
