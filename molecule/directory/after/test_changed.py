"""After the second converge: who stands in the inventory no more is gone, on both servers."""

import time

BASE = "dc=test,dc=bentre,dc=example"
SEARCH = f"ldapsearch -LLL -o ldif-wrap=no -Q -Y EXTERNAL -H ldapi:/// -b {BASE}"


def test_they_are_gone_and_the_rest_is_there(host):
    gone = {"uid=le-van-c,ou=people", "cn=van-thu,ou=groups", "cn=sssd,ou=services"}
    deadline = time.monotonic() + 90
    while True:
        there = host.check_output(f"{SEARCH} dn")
        mail = host.check_output(f"{SEARCH} '(uid=nguyen-van-a)' mail")
        if not any(name in there for name in gone) and "new@test.bentre.example" in mail:
            break
        assert time.monotonic() < deadline, there
        time.sleep(0.5)
    assert "uid=tran-thi-b,ou=people" in there


def test_the_password_of_who_stayed_is_kept(host):
    kept = host.check_output(f"{SEARCH} '(uid=nguyen-van-a)' userPassword")
    assert "userPassword:: " in kept
