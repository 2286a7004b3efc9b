"""What the directory answers, to whom, and over what."""

import sys
import time
import unicodedata
from pathlib import Path

import pytest
import testinfra

from tests.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent))
from support import (
    BASE,
    EPHEMERAL,
    ROOT,
    TLS,
    over,
    secret,
    set_password,
    sssd,
    uri,
    values,
)

SEARCH = "ldapsearch -LLL -o ldif-wrap=no"
PERSON = f"uid=nguyen-van-a,ou=people,{BASE}"
ADMIN = f"uid=tran-thi-b,ou=people,{BASE}"
OTHER = f"uid=le-van-c,ou=people,{BASE}"


def addresses(host):
    return host.backend.get_variables()["bentre_addresses"]


def whoami(host, person, password):
    bind = f"-x -D {person} {secret(host, password)}"
    return host.run(f"{TLS} ldapwhoami -H {uri(host)} {bind}")


def test_ldaps_on_both_families_with_the_certificate_verified(host):
    search = f"{SEARCH} -H {uri(host)} {sssd(host)} -b ou=people,{BASE}"
    for address in addresses(host):
        said = over(host, address, f"{TLS} {search} '(uid=nguyen-van-a)' cn ou userPassword")
        assert said.rc == 0, said.stderr
        assert values(said.stdout, "cn") == ["Nguyễn Văn A"]
        assert values(said.stdout, "ou") == ["so-y-te"]
        assert "userPassword" not in said.stdout
    # where nobody is trusted the same is refused
    none = TLS.replace("/etc/bentre/pki/authorities.pem", "/dev/null")
    assert host.run(f"{none} {search} || exit 1").rc == 1


def test_in_clear_nothing_is_answered_starttls_is(host):
    plain, service = uri(host, "ldap"), sssd(host)
    for address in addresses(host):
        said = over(host, address, f"ldapwhoami -H {plain} {service}")
        assert said.rc == 13, said.stderr  # confidentiality required
        assert over(host, address, f"ldapsearch -x -H {plain} -s base -b ''").rc != 0
        said = over(host, address, f"{TLS} ldapwhoami -ZZ -H {plain} {service}")
        assert f"cn=sssd,ou=services,{BASE}" in said.stdout, said.stderr


def test_who_gives_no_name_reads_nothing(host):
    address = uri(host)
    for base in (f"'{BASE}'", "''", "cn=Subschema", "cn=config"):
        said = host.run(f"{TLS} {SEARCH} -x -H {address} -s base -b {base} '(objectClass=*)' '*' +")
        assert said.rc != 0
        assert "dn:" not in said.stdout


def test_names_for_people_are_composed_vietnamese(host):
    said = host.check_output(f"{SEARCH} {ROOT} -b ou=so-y-te,ou=units,{BASE} description")
    assert values(said, "description") == ["Sở Y tế"]
    assert unicodedata.is_normalized("NFC", values(said, "description")[0])


def test_groups(host):
    said = host.check_output(
        f"{SEARCH} {ROOT} -b ou=groups,{BASE} '(member={PERSON})' cn description"
    )
    assert values(said, "cn") == ["van-thu"]
    assert values(said, "description") == ["Văn thư"]


def test_a_person_changes_the_own_password_only_and_the_hash_is_argon2(host):
    number = time.time_ns()  # a former password is refused
    first, second = f"Mat-khau-dau-{number}-tien", f"Mat-khau-thu-{number}-hai"
    assert set_password(host, PERSON, first).rc == 0
    assert whoami(host, PERSON, first).rc == 0
    mine = f"-x -H {uri(host)} -D {PERSON} {secret(host, first)}"
    assert "(19)" in set_password(host, PERSON, "ngan", mine, first).stdout  # too short
    assert set_password(host, PERSON, second, mine, first).rc == 0
    assert whoami(host, PERSON, first).rc == 49
    assert whoami(host, PERSON, second).rc == 0
    mine = f"-x -H {uri(host)} -D {PERSON} {secret(host, second)}"
    assert "(50)" in set_password(host, OTHER, first, mine).stdout  # insufficient access
    assert "(19)" in set_password(host, PERSON, first, mine, second).stdout  # a former one
    stored = host.check_output(f"{SEARCH} {ROOT} -b {PERSON} -s base userPassword")
    assert values(stored, "userPassword")[0].startswith("{ARGON2}$argon2i")
    assert "$v=19$m=19456,t=2," in values(stored, "userPassword")[0]
    # nor does a person change anything else
    change = f"dn: {PERSON}\\nchangetype: modify\\nreplace: mail\\nmail: x@example.org\\n"
    mine = f"-x -H {uri(host)} -D {PERSON} {secret(host, second)}"
    assert host.run(f"printf '{change}' | {TLS} ldapmodify {mine}").rc == 50


def test_an_administrator_sets_the_password_of_another(host):
    number = time.time_ns()  # a former password is refused
    own, given = f"Quan-tri-vien-{number}", f"Duoc-cap-lai-{number}"
    assert set_password(host, ADMIN, own).rc == 0
    mine = f"-x -H {uri(host)} -D {ADMIN} {secret(host, own)}"
    # set by the administrator of the server: it has to be changed first
    assert set_password(host, ADMIN, own + "-moi", mine, own).rc == 0
    mine = f"-x -H {uri(host)} -D {ADMIN} {secret(host, own + '-moi')}"
    done = set_password(host, OTHER, given, mine)
    assert done.rc == 0, done.stderr
    assert whoami(host, OTHER, given).rc == 0


def test_wrong_passwords_lock_a_person_out_but_no_service(host):
    number = time.time_ns()  # a former password is refused
    right = f"Dung-mat-khau-{number}"
    assert set_password(host, PERSON, right).rc == 0
    assert whoami(host, PERSON, right).rc == 0
    for _ in range(3):
        assert whoami(host, PERSON, "sai").rc == 49
    assert whoami(host, PERSON, right).rc == 49
    # a new one ends it
    assert set_password(host, PERSON, right + "-moi").rc == 0
    assert whoami(host, PERSON, right + "-moi").rc == 0
    service = f"cn=sssd,ou=services,{BASE}"
    for _ in range(5):
        assert whoami(host, service, "sai").rc == 49
    assert host.run(f"{TLS} ldapwhoami -H {uri(host)} {sssd(host)}").rc == 0


@pytest.mark.parametrize("kind", ["inventory", "person"])
def test_what_one_server_takes_the_other_has(host, kind):
    names = host.backend.get_variables()["directory_servers"]
    peer = next(name for name in names if name != host.backend.get_hostname())
    other = testinfra.get_host(f"ssh://{peer}", ssh_config=str(EPHEMERAL / "ssh_config"))
    if kind == "person":
        value = f"Sua-tren-{host.backend.get_hostname()}"
        change = f"dn: {ADMIN}\\nchangetype: modify\\nreplace: title\\ntitle: {value}\\n"
        host.check_output(f"printf '{change}' | ldapmodify {ROOT}")
        query = f"{SEARCH} {ROOT} -b {ADMIN} -s base title"
        assert eventually(lambda: values(other.run(query).stdout, "title") == [value], 90)
        host.check_output(
            f"printf 'dn: {ADMIN}\\nchangetype: modify\\ndelete: title\\n' | ldapmodify {ROOT}"
        )
        assert eventually(lambda: values(other.run(query).stdout, "title") == [], 90)
    else:
        query = f"{SEARCH} {ROOT} -b {BASE} dn"
        mine = set(values(host.check_output(query), "dn"))
        assert eventually(lambda: set(values(other.run(query).stdout, "dn")) == mine, 90)


def test_no_password_in_arguments_or_in_the_log(host):
    files = (EPHEMERAL / "secrets").iterdir()
    secrets = [file.read_text().split()[0] for file in files]
    assert len(secrets) == 2
    seen = host.check_output(
        "journalctl --no-pager -o cat; cat /proc/[0-9]*/cmdline | tr '\\0' ' '"
    )
    assert not any(text in seen for text in secrets)
    for file in ("/etc/bentre/directory/config.ldif", "/etc/bentre/directory/.used.ldif"):
        assert host.file(file).mode == 0o600


def test_host_is_whole(host):
    assert host.service("slapd").is_running
    assert host.check_output("systemctl --failed --no-legend") == ""
