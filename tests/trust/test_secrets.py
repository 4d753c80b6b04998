"""Secrets in text: every planted one is found, in every carrier, and ordinary source stays as it is."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretoken.trust.secret_rules import rules
from foretoken.trust.secrets import FILLER, find_secrets, is_placeholder, kinds, mask, redact
from planted_documents import DOCUMENTS
from planted_secrets import BLOCKS, KINDS, MAKERS, Planted, in_rust, planted, with_crlf

SEED = 20240607
CORPUS = [*planted(SEED), *with_crlf(planted(SEED)), *in_rust(SEED)]
# What is found under another name: what it is written in does not say more.
OTHER_KIND = {
    "hex_api_key": {"api_key", "password"},
    "basic_authorization": {"api_key"},
    "npmrc_token": {"api_key"},
    "connection_string": {"password"},
    **{kind: {"private_key"} for kind in BLOCKS},
}


def of(kind: str) -> list[Planted]:
    return [each for each in CORPUS if each.kind == kind]


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(KINDS) >= 45 and len(CORPUS) >= 2 * 8 * len(KINDS)
    assert all(len({each.value for each in of(kind)}) == 2 for kind in KINDS)
    assert planted(SEED) == CORPUS[: len(planted(SEED))] and {each.value for each in planted(SEED + 5)}.isdisjoint(
        e.value for e in CORPUS
    )


@pytest.mark.parametrize("kind", KINDS)
def test_found_in_every_carrier_and_nothing_else(kind: str) -> None:
    for each in of(kind):
        spans = find_secrets(each.text)
        assert len(spans) == 1, (each.carrier, each.text, spans)
        assert spans[0].kind in OTHER_KIND.get(kind, {kind}), (each.carrier, spans)
        assert each.value in each.text[spans[0].start : spans[0].end]


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_found_by_what_it_stands_in_and_nothing_else(kind: str) -> None:
    found = of(kind)
    assert len(found) == 4 and len({each.value for each in found}) == 2
    for each in found:
        spans = find_secrets(each.text)
        assert [each.value in each.text[span.start : span.end] for span in spans] == [True], (each, spans)
        logged = json.dumps({"text": each.text})  # as a client sends it
        assert each.value not in mask(logged) and each.value not in redact(logged).text


@pytest.mark.parametrize("kind", [*KINDS, *DOCUMENTS])
def test_no_value_is_left_by_redacting_or_masking(kind: str) -> None:
    for each in of(kind):
        done = redact(each.text)
        assert each.value not in done.text
        assert redact(done.text).text == done.text
        (placeholder, original), *more = done.placeholders.items()
        assert not more and is_placeholder(placeholder) and each.value in original
        assert done.text.replace(placeholder, original) == each.text
        masked = mask(each.text)
        assert each.value not in masked and len(masked) == len(each.text)
        assert [*re.finditer("[\r\n]", masked)].__len__() == [*re.finditer("[\r\n]", each.text)].__len__()
        assert find_secrets(masked) == ()


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind not in ("azure_storage_key", "connection_string")])
def test_the_rest_of_the_line_stays(kind: str) -> None:
    """The placeholder is a word, so what it stands in still reads as it did."""
    for each in of(kind):
        if each.carrier == "python":
            line = next(line for line in redact(each.text).text.split("\n") if "SECRET_" in line)
            assert re.fullmatch(r'    \w+ = "[^"]*SECRET_[A-Z0-9_]+_1[^"]*"', line)
            compile(redact(each.text).text, "settings.py", "exec")


def test_key_blocks_keep_their_first_and_last_line() -> None:
    for each in (each for kind in BLOCKS for each in of(kind)):
        text = redact(each.text).text
        title = BLOCKS[each.kind]
        assert f"-----BEGIN {title}-----" in text and f"-----END {title}-----" in text
        assert not re.search(r"[A-Za-z0-9+/]{40}", text)


def test_what_stands_between_a_key_and_its_first_and_last_line_stays() -> None:
    (each, *_) = (each for each in of("pkcs8_key") if each.carrier == "json")
    assert (
        '": "-----BEGIN PRIVATE KEY-----\\nSECRET_PRIVATE_KEY_1\\n-----END PRIVATE KEY-----\\n"'
        in redact(each.text).text
    )
    (each, *_) = (each for each in of("pkcs8_key") if each.carrier == "typescript")
    assert (
        "  '-----BEGIN PRIVATE KEY-----\\n' +\n  'SECRET_PRIVATE_KEY_1\\n' +\n  '-----END PRIVATE KEY-----\\n'"
        in redact(each.text).text
    )


def test_offsets_are_code_points_whatever_stands_before() -> None:
    """A capital I with a dot is two characters in lower case."""
    text = "\u0130" * 20 + "😀é password = 'hunter2'"
    assert [(span.start, span.end) for span in find_secrets(text)] == [(text.index("hunter2"), len(text) - 1)]


def test_a_token_behind_an_escape() -> None:
    value = of("github_token")[0].value
    assert redact(f'x = "a\\n{value}\\n"').text == 'x = "a\\nSECRET_GITHUB_TOKEN_1\\n"'
    assert find_secrets(f"x = a{value}") == ()


@pytest.mark.parametrize("escape", ["%22", "\\u0022", "\\x0a", "\\x1b[1m", "\\033[0m", "\\012", "&quot;", "令牌"])
def test_a_token_behind_any_escape(escape: str) -> None:
    value = of("github_token")[0].value
    assert redact(f"x = '{escape}{value}'").text == f"x = '{escape}SECRET_GITHUB_TOKEN_1'"


@pytest.mark.parametrize("end", ["<br>", "<br />", "&#10;", "&#xA;", "%0A", "\\r\\n", "\n> ", "\n// ", "\n * "])
def test_the_ends_of_lines_in_a_private_key(end: str) -> None:
    text = next(each for each in of("pkcs8_key") if each.carrier == "python").text.split('"""')[1].strip()
    assert not re.search(r"[A-Za-z0-9+/]{30}", redact(text.replace("\n", end)).text)


def test_a_token_in_pieces() -> None:
    value = of("github_token")[0].value
    one, two, three = value[:18], value[18:30], value[30:]
    for text in (
        f'x = "{one}" + "{two}{three}"', f"x = ('{one}'\r\n    '{two}' '{three}')", f'$x = "{one}" .\n  "{two}{three}";',
        f'char *x = "{one}"\n          "{two}{three}";', f'x = "{one}" \\\n    "{two}{three}"',
    ):  # fmt: skip
        masked = mask(text)
        assert not any(piece in masked for piece in (one, two, three)) and len(masked) == len(text)
        assert find_secrets(masked) == ()
    for other in (f'x = ["{one}", "{two}{three}"]', f"x = '{one}' + other('{two}{three}')", f'x = "{one}" + "_words"'):
        assert find_secrets(other) == ()


def test_the_secret_that_belongs_to_an_access_key() -> None:
    key, secret = of("aws_access_key")[0].value, of("aws_secret_key")[0].value
    for text in (f"{key},{secret}", f'new Credentials("{key}", "{secret}")'):
        assert secret not in redact(text).text and redact(text).placeholders.keys() >= {"SECRET_AWS_SECRET_KEY_1"}


def test_what_stands_beside_a_placeholder() -> None:
    done = redact('password = "x9!Kq-SECRET_JWT_1"')
    assert done.text == 'password = "SECRET_PASSWORD_1-SECRET_JWT_1"' and redact(done.text).text == done.text
    assert find_secrets('password = "a1-SECRET_JWT_1"') == ()


def test_a_key_that_is_cut_off_counts_as_far_as_it_goes() -> None:
    for each in of("rsa_key"):
        if each.carrier == "python":
            for cut in range(each.text.index(each.value) + 40, each.text.index("-----END"), 7):
                assert each.value[:40] not in redact(each.text[:cut]).text


def test_the_same_value_has_the_same_placeholder_and_numbers_go_on() -> None:
    one, other = sorted({each.value for each in of("github_token")})
    text = f"a = '{one}'\nb = '{other}'\nc = '{one}'\n"
    done = redact(text)
    assert done.text == "a = 'SECRET_GITHUB_TOKEN_1'\nb = 'SECRET_GITHUB_TOKEN_2'\nc = 'SECRET_GITHUB_TOKEN_1'\n"
    assert done.placeholders == {"SECRET_GITHUB_TOKEN_1": one, "SECRET_GITHUB_TOKEN_2": other}
    later = redact(f"d = '{other}'", {"SECRET_GITHUB_TOKEN_7": other})
    assert later.text == "d = 'SECRET_GITHUB_TOKEN_7'"
    taken = redact(f"SECRET_GITHUB_TOKEN_1 = 1\nd = '{other}'")
    assert taken.text == "SECRET_GITHUB_TOKEN_1 = 1\nd = 'SECRET_GITHUB_TOKEN_2'"


def test_placeholders_are_known_by_their_kind() -> None:
    assert is_placeholder("SECRET_AWS_ACCESS_KEY_1") and is_placeholder("SECRET_PASSWORD_12")
    assert not is_placeholder("SECRET_NUMBER_1") and not is_placeholder("SECRET_PASSWORD")
    assert not is_placeholder("MY_SECRET_PASSWORD_1") and not is_placeholder("SECRET_PASSWORD_1x")
    for kind in kinds():
        word = f"SECRET_{kind.upper()}_3"
        assert is_placeholder(word)
        assert redact(f'{kind}_password = "{word}"\nurl = "https://a:{word}@b.org"\n').placeholders == {}


def test_every_rule_of_the_table_compiles_and_is_bounded() -> None:
    table = rules()
    every = [*table.shapes, *(r for found in (*table.tokens.values(), *table.named.values()) for r in found)]
    for rule in every:
        assert rule.regex.pattern
        assert not re.search(r"(?<!\\)\*(?!\+)|(?<!\\)[\])]\+(?!\+|/)(?![^\[]*\])", rule.source), rule
    assert len(kinds()) >= 100


SAMPLES = """
password = "{}"
password = None
password = ""
password = "changeme"
password = "xxxxxxxx"
password = "<password>"
password = "your-password-here"
password = "********"
password = "secret"
password = "${{DB_PASSWORD}}"
password = "%(password)s"
password = "{{{{ vault.password }}}}"
password = os.environ["DB_PASSWORD2"]
password = get_password(user1)
password = self.config.password2
password = getpass.getpass("Password for host1: ")
password = pw1
password: str
password: Optional[str] = None
password: u64
password_field = "user_password_2"
password_hash = "$2b$12$KIXQ1q8f9a0s7d6f5g4h3eUuQ1W2E3R4T5Y6U7I8O9P0A1S2D3F4G"
secret_name = "prod/db/main1"
secret = kms.decrypt(ciphertext2)
token = next(tokens2)
next_page_token = "CAUQAA2jK9x8Z7c6V5b4N3m2"
token_type = "Bearer"
api_key = API_KEYS["service1"]
api_key = "YOUR_API_KEY_1234567"
api_key: "<your api key>"
const password = process.env.PASSWORD1;
const label = { password: 'Passwort 1 eingeben' };
"password": "Your password must have 8 characters"
setPassword(password2);
if (password == other.password1) return;
DB_PASSWORD=${DB_PASSWORD1}
DB_PASSWORD=$DB_PASSWORD1
url = "postgres://user:password@localhost/db"
url = "https://${user}:${token}@example.org/x1"
url = f"https://{user}:{password1}@host"
url = "amqp://guest:guest@localhost"
commit = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
md5: d41d8cd98f00b204e9800998ecf8427e
"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
h1:4Kz1VVkN4+s2kEN4n2zR0mG4gkZyq0Yl7m0cMv8gUQ8=
id = "550e8400-e29b-41d4-a716-446655440000"
primary_key = "550e8400-e29b-41d4-a716-446655440000"
cache_key = "user:1234:profile:v2:eu-west-1"
<img src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==">
color: #1a2b3c; background: #A1B2C3D4;
.btn-primary-2x{margin:0 auto 12px -4px;transition:all .25s cubic-bezier(.4,0,.2,1)}
!function(e,t){"object"==typeof exports&&"undefined"!=typeof module?t(exports):e.a1b2c3d4=t()}(this,function(e){});
welcome.message.step2=Enter the password that we sent you
AbstractSingletonProxyFactoryBeanImplementation2 = get_abstract_singleton_proxy_factory_bean_v2()
-----BEGIN CERTIFICATE-----
if line.startswith("-----BEGIN RSA PRIVATE KEY-----"): return parse(line, "-----END RSA PRIVATE KEY-----")
-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7q8NpQ1aVd0hyXsq8kq2y4W7uYJZ0z1o9f5kz98k7s6d5f4g3h2j1k0l9z8x7c6v5b4n3m2 me@host
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
stripe.api_key = "sk_test_xxxxxxxxxxxxxxxxxxxxxxxx"
npm_config_registry_url_for_packages_2 = 1
test_fixture_password = "changeme123"
you can pass `stream=True` here
alternatively, you can pass "inline=False" to it
password = "pbkdf2_sha256$260000$Ab1Cd2$Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz3="
secret = "/run/keys/db+1"
secret = "https://keys.internal.net/v1/d4ta?x=1"
password = "${{DB_PW1}}"
password = "<db+pw1>"
password = "$DB_PASSWORD1"
password = "get_password(user1)"
password: "Your password must have 8 characters!"
password = "Enter 8 characters or more!"
curl -u $USER:$PASSWORD1 https://x
curl -u user:password https://x
mysql -u root -p database
password: Optional[str] = os.environ["DB_PASSWORD2"]
<password>${{db.password1}}</password>
"d": "M12.5 3c1.4 0 2.5 1.1 2.5 2.5z"
password = "%(pw1)s!"
arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1B2c3"
keyboard = "1234567890qwertyuiopasdfghjklzxcvbnm"
timestamp = "2024-06-07T12:34:56.789012+00:00"
password = "12345678"
password = "20240607"
password = "000000"
password = 84920175
secret = hmac("84920175")
api_key: "deadbeefcafebabe"
password = (getpass(), "x1y2z3")
password = [password1, password2]
mnemonic = "test test test test test test test test test test test junk"
mnemonic: "ldr"
seed phrase: twelve words that are drawn from a list which everybody may read in full
Basic setup2 of the service
Authorization: Basic realm1
auth: "YXV0aG9yaXphdGlvbg"
X-Amz-Signature={{signature}}
"d": "M12.5,3c1.4,0,2.5,1.1,2.5,2.5zM8a4b2"
postgres://{{user}}:{{pass}}@{{host1}}/db#main
http://a.org/x:y#z@b1
variable "password_length" {{ default = "16chars!" }}
connect(password=foo2bar, other=1)
new PDO($dsn, $user, $password1)
LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURYVENDQWtXZ0F3SUJBZ0lKQUpDMUhpSUFaQWlVTUEwR0NTcUdTSWIzRFFFQkJRVUFNRVV4Q3pBSkJnTlY=
Set-Cookie: theme=dark; path=/; max-age=31536000
redis-cli -a $REDIS_PASSWORD1 ping
kind: Secret2
version = "1.2.3-beta.4+build.20240607"
"""


@pytest.mark.parametrize("line", SAMPLES.strip().split("\n"))
def test_what_is_no_secret_stays(line: str) -> None:
    assert find_secrets(line) == ()


def test_ordinary_files_stay() -> None:
    """All samples in one text: nothing on one line makes a secret of something on another."""
    assert find_secrets(SAMPLES) == ()
    assert redact(SAMPLES).text is SAMPLES and mask(SAMPLES) is SAMPLES


POSITIVE = {
    'password = "hunter2"': "hunter2",
    "pwd: 'Tr0ub4dor&3'": "Tr0ub4dor&3",
    'private String dbPass = "q8Zr!two";': "q8Zr!two",
    'user.setPassword("q8Zr!two");': "q8Zr!two",
    'if password != "q8Zr!two": pass': "q8Zr!two",
    'map.put("password", "q8Zr!two")': "q8Zr!two",
    "config['secret'] = 'q8Zr!two'": "q8Zr!two",
    'char pass_[32] = "q8Zr!two";': None,
    "password := `q8Zr!two`": "q8Zr!two",
    "mysql --password=q8Zr2twoX9vb -u root": None,
    "    password: q8Zr!two": "q8Zr!two",
    "db.password=hunter2": "hunter2",
    "ENV DB_PASSWORD hunter2": "hunter2",
    "\\nDB_PASSWORD=hunter2\\nPORT=1": "hunter2",
    "see ?access_token=aB3dE6gH9jK2mN5pQ8sT1vW4&x=1": "aB3dE6gH9jK2mN5pQ8sT1vW4",
    "curl -H 'Authorization: Bearer aB3dE6gH9jK2mN5pQ8sT1vW4' x": "aB3dE6gH9jK2mN5pQ8sT1vW4",
    'password = "hunter2': "hunter2",
    'const PASSWORD: &str = "q8Zr!two";': "q8Zr!two",
    'static DB_PASSWORD: &\'static str = "q8Zr!two";': "q8Zr!two",
    'const dbPassword string = "q8Zr!two"': "q8Zr!two",
    'password: str | None = "q8Zr!two"': "q8Zr!two",
    'password: string | undefined = "q8Zr!two";': "q8Zr!two",
    'String password = "q8Zr!two";': "q8Zr!two",
    'char *password = "q8Zr!two";': "q8Zr!two",
    'val password: String? = "q8Zr!two"': "q8Zr!two",
    'std::string password{"q8Zr!two"};': "q8Zr!two",
    "password: q8Zr!two\r\nport: 80\r\n": "q8Zr!two",
    "PASSWORD=correcthorse9\r\n": "correcthorse9",
    "curl -u admin:q8Zr!two https://x": "q8Zr!two",
    "mysql -uroot -pq8Zr!two db": "q8Zr!two",
    'password = ("q8Zr!two")': "q8Zr!two",
    'password = (b"q8Zr!two",)': "q8Zr!two",
    'password = ["q8Zr!two"]': "q8Zr!two",
    "sshpass -p 'q8Zr!two' ssh h": "q8Zr!two",
    "docker login -u me -p q8Zr!two": "q8Zr!two",
    "CREATE USER a IDENTIFIED BY 'q8Zr!two';": "q8Zr!two",
    'ConvertTo-SecureString "q8Zr!two" -AsPlainText': "q8Zr!two",
    'get(u, auth=("admin", "q8Zr!two"))': "q8Zr!two",
    "<password>q8Zr!two</password>": "q8Zr!two",
    '<add key="DbPassword" value="q8Zr!two" />': "q8Zr!two",
    '{"name": "DB_PASSWORD", "value": "q8Zr!two"}': "q8Zr!two",
    '- name: DB_PASSWORD\n  value: "q8Zr!two"\n': "q8Zr!two",
    'password = \\\n    "q8Zr!two"\n': "q8Zr!two",
    '"password":\n   "q8Zr!two"': "q8Zr!two",
    'password = """q8Zr!two"""': "q8Zr!two",
    "local password = [[q8Zr!two]]": "q8Zr!two",
    'password = "q8Zr!\\"two9"': 'q8Zr!\\"two9',
    'password = "my dog Rex 1984!"': "my dog Rex 1984!",
    'passphrase = "correct horse battery staple 77"': "correct horse battery staple 77",
    'password = "$ecr3tPa55"': "$ecr3tPa55",
    'password = "@dm1nP4x"': "@dm1nP4x",
    'password = "k9(Zt!2q"': "k9(Zt!2q",
    'password = "Contest!99xZ"': "Contest!99xZ",
    'password = "MyPassw0rd!2024"': "MyPassw0rd!2024",
    **{
        f'{name} = "q8Zr!two"': "q8Zr!two"
        for name in ("passwort", "senha", "contraseña", "mot_de_passe", "haslo", "пароль", "密码", "pw")
    },
    "SECRET_KEY = 'django-insecure-k3$w!x@9#f(h_2+p=z&q7r*b)m'": "django-insecure-k3$w!x@9#f(h_2+p=z&q7r*b)m",
    "secret_key_base: 4fb78c8d5f08b79affd2b49c12a4b006": "4fb78c8d5f08b79affd2b49c12a4b006",
    "APP_KEY=base64:gacm06EMXQdYG6INyNjORSSM4RfncQODOWlgQl3cAXg=": "gacm06EMXQdYG6INyNjORSSM4RfncQODOWlgQl3cAXg=",
    '{"kty":"EC","d":"DjqG96EnLqNGpuxcmlzkO7rRu5ykYYqhXHdO2x93CJH"}': "DjqG96EnLqNGpuxcmlzkO7rRu5ykYYqhXHdO2x93CJH",
    "https://h/v1?key=TbyvHNsG9eh6Yo4gfqrc5XlrWi0B26R0": "TbyvHNsG9eh6Yo4gfqrc5XlrWi0B26R0",
    'password = "x9!Kq-SECRET_JWT_1"': "x9!Kq",
}


@pytest.mark.parametrize("line", [line for line, value in POSITIVE.items() if value])
def test_ways_to_write_an_assignment(line: str) -> None:
    spans = find_secrets(line)
    assert [line[span.start : span.end] for span in spans] == [POSITIVE[line]]


PIECES = st.sampled_from(
    [each.value for each in CORPUS[::61]]
    + [
        "password",
        "secret",
        "api_key",
        " = ",
        ": ",
        '"',
        "'",
        "\n",
        "\r\n",
        "://",
        "a:",
        "@",
        "-----BEGIN PRIVATE KEY-----",
    ]
    + [
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "-----END PRIVATE KEY-----",
        "\\n",
        "é",
        "\u0130",
        "😀",
        "hunter2",
        "=",
        "eyJ",
        " ",
    ]
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=16).map("".join))
def test_whatever_the_text(text: str) -> None:
    spans = find_secrets(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:]))
    masked = mask(text)
    assert len(masked) == len(text)
    for number, ch in enumerate(text):
        inside = any(span.start <= number < span.end for span in spans)
        assert masked[number] == (FILLER if inside and ch not in "\r\n" else ch)
    done = redact(text)
    assert redact(done.text).text == done.text
    assert all(is_placeholder(word) and value in text for word, value in done.placeholders.items())
