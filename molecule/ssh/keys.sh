#!/bin/sh
# keys.sh FOLDER: two authorities, keys of people, and certificates: good, revoked, expired, for another name
set -eu
cd "$1"
for name in user-ca host-ca other-ca person lost; do
  rm -f "$name" "$name.pub"
  ssh-keygen -q -t ed25519 -N "" -C "$name" -f "$name"
done
certificate() { # NAME AUTHORITY PRINCIPAL VALIDITY SERIAL
  cp person.pub "$1.pub"
  ssh-keygen -q -s "$2" -I "$1" -n "$3" -V "$4" -z "$5" "$1.pub"
  rm "$1.pub"
}
certificate good user-ca an-nguyen -5m:+1d 6
certificate revoked user-ca an-nguyen -5m:+1d 7
certificate expired user-ca an-nguyen -2h:-1h 8
certificate elsewhere user-ca binh-tran -5m:+1d 9
certificate stranger other-ca an-nguyen -5m:+1d 10
