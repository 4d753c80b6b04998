"""Files that hold secrets by their name."""

import pytest

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
""".split()
OPEN = """
.env.example .env.sample .env.template .env.dist prod.env.example environment.ts env.py .environment credentials.py
Credentials.java credentials_provider.go Secrets.java secrets.py secrets.rs secrets.go secret.ts key.go keys.py KeyStore.java
keystore.ts id_rsa.pub id_ed25519.pub config.json docker/config.json config kube/config main.tf variables.tf settings.xml
secrets.example.yml credentials.sample.json credentials.md secrets.tf password.py passwords.js PasswordField.tsx tokens.json
package.json pem.py key.rs monkey.txt donkey keyboard.json README.md npmrc.md htpasswd.go service_account.py envoy.yaml
aws/credentials_test.go secretary.yml credit.json public.crt cert.cer
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
