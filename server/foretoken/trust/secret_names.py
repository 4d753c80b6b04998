"""Files that hold secrets by their name: neither the index nor a prompt ever reads them."""

import re

# What a file is called (its last part, or its last parts where a "/" stands in the pattern), in lower case.
_NAMES = (
    # environments and settings of programs
    r"\.env", r"\.env\.(?!(?:.+\.)?(?:example|sample|template|dist|defaults?|schema)$).+", r".+\.env", r"\.envrc",
    r"\.flaskenv", r"\.(?:dev|prod)\.vars",
    # keys, certificates with keys, stores
    r".+\.(?:pem|key|p12|pfx|pkcs12|p8|jks|keystore|bcfks|ppk|kdbx?|gpg|pgp|asc\.key|ovpn|agekey|keytab)",
    r"secring\..+", r"id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk|xmss)", r"ssh_host_.+_key", r"master\.key",
    r"credentials\.yml\.enc",
    # where programs keep what they log in with
    r"[._]netrc", r"\.pgpass", r"pgpass\.conf", r"\.my\.cnf", r"\.mylogin\.cnf", r"\.npmrc", r"\.yarnrc(?:\.yml)?",
    r"\.pypirc", r"\.git-credentials", r"\.dockercfg", r"\.docker/config\.json", r"\.aws/(?:credentials|config)",
    r"\.kube/config", r"kubeconfig", r"kubeconfig\.ya?ml", r".+\.kubeconfig",
    r"\.azure/(?:accesstokens|azureprofile|msal_token_cache)\.json", r"\.boto", r"\.s3cfg", r"\.vault-token",
    r"\.terraformrc", r"terraform\.rc", r"\.htpasswd", r"\.htdigest", r"\.cargo/credentials(?:\.toml)?",
    r"\.gem/credentials", r"\.m2/settings(?:-security)?\.xml", r"\.config/gh/hosts\.yml", r"\.config/hub",
    r"\.remote-sync\.json", r"sftp-config\.json", r"\.?(?:ftp|sftp)config", r"\.esmtprc", r"\.msmtprc",
    r"\.fetchmailrc", r"\.databrickscfg", r"\.snowflake/config", r"\.config/rclone/rclone\.conf", r"rclone\.conf",
    r"\.transifexrc", r"\.circleci/cli\.yml", r"\.pulumi/credentials\.json", r"\.credentials", r"wallet\.dat",
    # infrastructure
    r".+\.tfstate(?:\..+)?", r".+\.tfvars(?:\.json)?", r"vault[-_]?pass(?:word)?(?:\.txt)?",
    r"\.vault[-_]pass(?:word)?(?:\.txt)?",
    r"(?:[^/]*[-_.])?(?:gcp|gcloud|firebase|service)[-_]?(?:account|adminsdk)[^/]*\.json",
    r".+-firebase-adminsdk-[^/]*\.json", r"application_default_credentials\.json", r"client_secrets?[^/]*\.json",
    r"publish(?:settings|profile)", r".+\.publishsettings",
    # by word, when it is a file of settings and not of source
    r"credentials?(?:[-_.][^/]*)?", r"secrets?",
    r"\.?secrets?(?:[-_.][^/.]*)?\.(?:ya?ml|json5?|toml|ini|env|txt|cfg|conf|xml|properties|enc|sops|auto\.tfvars)",
    r"[^/]*[-_.]secrets?\.(?:ya?ml|json|toml|ini|env|txt)", r"passwords?(?:\.(?:txt|csv|json|ya?ml|ini|xlsx?))?",
    r"htpasswd",
)  # fmt: skip
_SECRET = re.compile(rf"(?:^|/)(?:{'|'.join(_NAMES)})\Z")
_PUBLIC = re.compile(r"[-_.](?:example|sample|template|dist)(?:\.(?!local|prod)[a-z0-9]{1,10})?\Z|\.pub\Z")
# "credentials.py" is about credentials; "credentials.json" holds them. A public key has a name of its own (.pub).
_SOURCE = frozenset(
    "py pyi ipynb js jsx mjs cjs ts tsx mts cts vue svelte rs go java kt kts scala swift c h cc cpp cxx hpp hh m mm cs"
    " fs vb rb php pl pm lua zig dart ex exs erl hrl hs ml mli clj cljs groovy r jl nim d sql css scss less html htm md"
    " rst adoc proto graphql thrift tf bicep ps1 psm1 sh bash zsh fish bat cmd el vim snap svg png jpg gif pub".split()
)


def secret_by_name(path: str) -> bool:
    """Whether the file holds secrets, by its name and the folders it stands in. path: with either kind of slash."""
    name = path.replace("\\", "/").rstrip("/").lower()
    last = name[name.rfind("/") + 1 :]
    stem, dot, extension = last.rpartition(".")
    if dot and stem and extension in _SOURCE:
        return False
    return _SECRET.search(name) is not None and _PUBLIC.search(last) is None
