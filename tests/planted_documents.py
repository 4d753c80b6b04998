"""Planted secrets that are secret because of what they stand in: configuration, commands, connection strings."""

import base64
from collections.abc import Callable

from drawn import ALNUM, BASE64, HEX, LOWER, URL_SAFE, Draw


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _one_line(block: str) -> str:
    return block.replace("\n", "\\n")


# Files whose own form says what is secret in them: kind -> (value, carrier, text), one secret in each.
DOCUMENTS: dict[str, Callable[[Draw], tuple[str, str, str]]] = {
    "kubernetes data": lambda d: _document(
        _encoded(d.of(ALNUM, 18)), "yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ntype: Opaque\ndata:\n  dsn: {}\n---\nkind: ConfigMap\ndata:\n  a: b\n",
    ),
    "kubernetes string data": lambda d: _document(
        d.password(), "yaml", 'kind: ConfigMap\ndata:\n  plain: value\n---\nstringData:\n  # here\n  login: "{}"\nkind: Secret\n'
    ),
    "kubernetes environment": lambda d: _document(
        d.password(), "yaml", "    env:\n      - name: DB_PASSWORD\n        value: {}\n      - name: PORT\n        value: '80'\n"
    ),
    "kubeconfig": lambda d: _document(
        _encoded(d.key_block("RSA PRIVATE" + " KEY", 12)), "yaml", "users:\n- name: me\n  user:\n    client-key-data: {}\n"
    ),
    "compose list": lambda d: _document(
        d.password(), "yaml", "services:\n  db:\n    environment:\n      - POSTGRES_USER=app\n      - POSTGRES_PASSWORD={}\n"
    ),
    "compose mapping": lambda d: _document(
        d.password(), "yaml", "services:\n  db:\n    environment:\n      MYSQL_ROOT_PASSWORD: {}\n      TZ: UTC\n"
    ),
    "npmrc password": lambda d: _document(
        _encoded(d.of(ALNUM, 18)), "properties", "registry=https://npm.example.org/\n//npm.example.org/:_password={}\n"
    ),
    "npmrc auth": lambda d: _document(_encoded("ci:" + d.of(ALNUM, 20)), "properties", "always-auth=true\n_auth={}\n"),
    "terraform values": lambda d: _document(d.password(), "properties", 'region      = "eu-1"\ndb_password = "{}"\n'),
    "terraform variable": lambda d: _document(
        d.password(), "properties", 'variable "db_password" {{\n  type    = string\n  default = "{}"\n}}\n'
    ),
    "java properties": lambda d: _document(
        d.mixed(), "properties", "spring.datasource.username=app\nspring.datasource.password={}\n"
    ),
    "jdbc parameters": lambda d: _document(
        d.mixed(), "properties", "url=jdbc:mysql://db:3306/main?user=app&password={}&useSSL=false\n"
    ),
    "jdbc oracle": lambda d: _document(d.of(ALNUM, 14), "properties", "url=jdbc:oracle:thin:app/{}@db:1521:main\n"),
    "odbc": lambda d: _document(d.password(), "python", 'c = connect("Driver={{ODBC 18}};Server=db;UID=app;PWD={};Encrypt=yes")\n'),
    "redis connection": lambda d: _document(
        d.of(ALNUM, 20), "json", '{{"Redis": "cache:6380,password={},ssl=True,abortConnect=False"}}\n'
    ),
    "libpq": lambda d: _document(d.mixed(), "python", 'c = connect("host=db user=app password={} dbname=main")\n'),
    "unescaped url": lambda d: _document(
        d.of(ALNUM, 5) + "#" + d.of(ALNUM, 4) + "@" + d.of(ALNUM, 5), "properties", "DATABASE=postgres://app:{}@db.example.org/main\n"
    ),
    "basic authorization": lambda d: _document(
        _encoded("admin:" + d.password()), "shell", "curl -H 'Authorization: Basic {}' https://api.example.org/\n"
    ),
    "registry": lambda d: _document(
        _encoded("bot:" + d.password()), "json", '{{"auths": {{"registry.example.org": {{"auth": "{}"}}}}}}\n'
    ),
    "netrc": lambda d: _document(d.of(ALNUM, 14), "shell", "machine git.example.org\n  login deploy\n  password {}\n"),
    "netrc in one line": lambda d: _document(d.of(ALNUM, 14), "shell", "machine git.example.org login deploy password {}\n"),
    "pgpass": lambda d: _document(d.of(ALNUM, 14), "shell", "db.example.org:5432:main:app:{}\n"),
    "signed url": lambda d: _document(
        d.of(HEX, 64), "python",
        'u = "https://b.example.org/k?X-Amz-Algorithm=AWS4&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Sign" "ature={}"\n'
        .replace('" "', ""),
    ),
    "function key": lambda d: _document(d.of(ALNUM, 54), "python", 'u = "https://f.example.org/api/run?code={}"\n'),
    "service bus": lambda d: _document(
        d.of(BASE64, 43) + "=", "json",
        '{{"bus": "Endpoint=sb://b.example.org/;SharedAccessKeyName=Root;SharedAccess' + 'Key={}"}}\n',
    ),
    "cookie": lambda d: _document(d.of(ALNUM, 32), "shell", "curl -H 'Cookie: lang=en; sessionid={}' https://example.org\n"),
    "seed phrase": lambda d: _document(
        " ".join(d.of(LOWER[number : number + 8], 4 + number % 4) for number in range(12)), "typescript", "const mnemonic = '{}';\n"
    ),
    "key in one line": lambda d: _line_of(d.key_block("PRIVATE" + " KEY", 4), "PRIVATE_KEY=\"{}\"\nPORT=80\n"),
    "wireless": lambda d: _document(d.password(), "properties", 'network={{\n  ssid="home"\n  psk="{}"\n}}\n'),
    "powershell": lambda d: _document(d.password(), "shell", '$env:DB_PASSWORD = "{}"\n./run.ps1\n'),
    "fish": lambda d: _document(d.of(ALNUM, 14), "shell", "#!/usr/bin/env fish\nset -gx DB_PASSWORD {}\n"),
    "helm": lambda d: _document(d.mixed(), "shell", "helm install db x/postgresql --set auth.password={} --wait\n"),
    "kubectl": lambda d: _document(
        d.mixed(), "shell", "kubectl create secret generic db --from-literal=password={} -n app\n"
    ),
    "openssl": lambda d: _document(d.password(), "shell", "openssl rsa -in a.pem -passin pass:{} -out b.pem\n"),
    "redis command": lambda d: _document(d.of(ALNUM, 16), "shell", "redis-cli -h cache -a {} PING\n"),
    "ldap command": lambda d: _document(d.of(ALNUM, 16), "shell", "ldapsearch -x -D cn=admin -w {} -b dc=example\n"),
    "ansible": lambda d: _document(d.mixed(), "properties", "[web]\nhost1 ansible_user=deploy ansible_ssh_pass={}\n"),
    "systemd": lambda d: _document(d.mixed(), "properties", '[Service]\nEnvironment="DB_PASSWORD={}"\n'),
    "mysqli": lambda d: _document(d.password(), "properties", "$db = mysqli_connect('db', 'app', '{}', 'main');\n"),
    "pdo": lambda d: _document(d.password(), "properties", '$db = new PDO("mysql:host=db;dbname=main", "app", "{}");\n'),
    "java connection": lambda d: _document(d.password(), "java", 'c = DriverManager.getConnection(url, "app", "{}");\n'),
    "json web key": lambda d: _document(
        d.of(URL_SAFE[:-2], 43), "json", '{{\n  "crv": "P-256",\n  "d": "{}",\n  "ext": true,\n  "kty": "EC"\n}}\n'
    ),
    "number": lambda d: _document(
        "".join(d.of(pair, 1) for pair in ("84", "39", "71", "06", "52", "98", "14", "63")), "python", 'password = "{}"\n'
    ),
    "short hexadecimal": lambda d: _document("1b" + d.of(HEX, 14) + "4e50", "typescript", "const c = {{ apiKey: '{}' }};\n"),
    "brackets": lambda d: _document(d.password(), "python", 'password = ("{}")\n'),
    "brackets below": lambda d: _document(d.password(), "python", 'password = (\n    "{}"\n)\n'),
}  # fmt: skip


def _document(value: str, carrier: str, form: str) -> tuple[str, str, str]:
    return value, carrier, form.format(value)


def _line_of(block: str, form: str) -> tuple[str, str, str]:
    """Of a key's lines one is what may not survive."""
    return block.split("\n")[2], "dotenv", form.format(_one_line(block))
