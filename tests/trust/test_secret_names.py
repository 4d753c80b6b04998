"""Files that hold secrets by their name."""

from pathlib import Path

import pytest

from foretoken.trust import secret_rules
from foretoken.trust.kinds import left_by_name
from foretoken.trust.secret_names import secret_by_name

SECRET = """
.env .env.local .env.production app/.env.test prod.env .ENV .envrc server.pem tls/key.pem private.key Server.KEY id_rsa
.ssh/id_ed25519 C:\\Users\\a\\.ssh\\ID_ECDSA id_dsa id_ed25519_sk .netrc _netrc .pgpass .npmrc .pypirc .git-credentials .dockercfg
.docker/config.json home/.docker/config.json terraform.tfstate terraform.tfstate.backup prod.tfstate.1234 prod.tfvars
prod.auto.tfvars prod.tfvars.json vault.kdbx store.p12 store.pfx app.jks release.keystore .aws/credentials .aws/config
.kube/config kubeconfig staging.kubeconfig credentials credentials.json credentials.yml credentials.csv credentials.yml.enc
secrets.yml secrets.yaml secrets.json secrets.toml config/secrets.yml app-secrets.yaml service-account.json
service-account-prod.json serviceAccountKey.json gcp-service-account.json client_secret_123.json .htpasswd office.ovpn
.vault-token terraform.rc .terraformrc .my.cnf .s3cfg .boto putty.ppk AuthKey_ABC.p8 login.keytab master.key wallet.dat
.config/gh/hosts.yml .cargo/credentials.toml .m2/settings.xml rclone.conf x.publishsettings passwords.txt
application_default_credentials.json my-firebase-adminsdk-x1.json ssh_host_ed25519_key .env.example.local
.env~ #.env# .#.env .env.bak .env.old .env.orig .env.save .env.swp .env.swo .env.un~ .env.bak~ .env.local.bak2 .env-prod .env_prod
.env.sh .env.prod.sh .env.js .envrc.local id_rsa.bak id_rsa~ id_rsa.old .id_rsa.swp id_rsa_work deploy_key server.key.bak
server.pem~ secrets.yml.bak secrets.yml~ credentials~ credentials.bak .npmrc.bak .netrc~ .pypirc.old .htpasswd.old
.git-credentials~ prod.tfvars.bak terraform.tfstate.backup .kube/config.bak .ssh/config .ssh/work .ssh/known_hosts
.gnupg/trustdb.gpg .gnupg/private-keys-v1.d/a .aws/credentials .aws/sso/cache/a.json secrets/db.yaml secrets/db_password
secrets/prod/db.txt .secrets/api .secrets/a/b/c/d/e auth.json .composer/auth.json token.json tokens.json token.txt
api_key.txt apikey.txt local.settings.json google-services.json GoogleService-Info.plist .sentryclirc .bash_history
.psql_history .python_history .zsh_history .mysql_history fish_history .dockerconfigjson gcp-key.json gcp-prod-key.json
sa-key.json google-creds.json k8s-secrets-prod.yaml .config/gcloud/credentials.db .netlify/config.json cookies.txt
""".split()
OPEN = """
.env.example .env.sample .env.template .env.dist prod.env.example environment.ts env.py .environment credentials.py
Credentials.java credentials_provider.go Secrets.java secrets.py secrets.rs secrets.go secret.ts key.go keys.py KeyStore.java
keystore.ts id_rsa.pub id_ed25519.pub config.json docker/config.json config kube/config main.tf variables.tf settings.xml
secrets.example.yml credentials.sample.json credentials.md secrets.tf password.py passwords.js PasswordField.tsx
package.json pem.py key.rs monkey.txt donkey keyboard.json README.md npmrc.md htpasswd.go service_account.py envoy.yaml
aws/credentials_test.go secretary.yml credit.json public.crt cert.cer
secret_rules.toml server/trust/secret_rules.toml secret-rules.yml .secrets-schema.json secret_scanning.yml credentials.schema.json
token_types.json .env.example.bak .env.example~ .env-example .env_sample .env.prod.sample .env.local.example .env.example.sh
credentials.py.bak credentials.py~ secrets.py.orig env.sh env.js .env.d.ts main.py~ #main.py# .main.py.swp notes.old
README.md.bak config.json.bak secrets/vault.py secrets/README.md secrets/mod.rs secrets/Cargo.toml secrets/package.json
secrets/Makefile secrets/db.yaml.example internal/secrets/store_test.go .ssh/id_rsa.pub src/.aws/deploy.ts ssh/config
history order_history.py history.txt keys.json i18n-keys.json monkey.json key.json tokenizer.json author.json authn.json
settings.json services.json Info.plist gcp.json keyboard_key.json public_key api.txt
""".split()


@pytest.mark.parametrize("path", SECRET)
def test_holds_secrets(path: str) -> None:
    assert secret_by_name(path) and secret_by_name(path.upper()) and secret_by_name(f"deep/folder/{path}")


@pytest.mark.parametrize("path", OPEN)
def test_does_not(path: str) -> None:
    assert not secret_by_name(path) and not secret_by_name(f"deep/folder/{path}")


def test_a_folder_of_such_a_name_is_no_such_file() -> None:
    assert not secret_by_name("secrets/readme.md") and not secret_by_name(".env/bin/activate.py")
    assert secret_by_name("secrets/")


def test_the_own_rules_about_secrets_are_no_secret() -> None:
    """They say what secrets look like, and the workspace that they are written in has to find them."""
    rules = Path(secret_rules.__file__).with_suffix(".toml")
    assert rules.is_file() and not secret_by_name(str(rules)) and left_by_name(f"server/{rules.name}") is None


@pytest.mark.parametrize(
    "name", ["~" * 5000, ".bak" * 2000, "#" * 5000, ".env" + "-x" * 3000, "a/" * 3000 + "b", "_" * 5000]
)
def test_a_long_name_takes_no_long_time(name: str) -> None:
    secret_by_name(name)
