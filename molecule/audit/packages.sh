#!/bin/sh
# Usage: packages.sh FOLDER    makes the package bentre-test in versions 1 and 2
set -eu
umask 022
for version in 1 2; do
  root=$1/$version
  mkdir -p "$root/DEBIAN" "$root/etc" "$root/lib/bentre-test" "$root/usr/bin"
  printf 'Package: bentre-test\nVersion: %s\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: Test\n' "$version" > "$root/DEBIAN/control"
  printf '/etc/bentre-test.conf\n' > "$root/DEBIAN/conffiles"
  printf '#!/bin/sh\necho %s\n' "$version" > "$root/usr/bin/bentre-test"
  cp "$root/usr/bin/bentre-test" "$root/usr/bin/bentre-test-as-root"
  chmod 755 "$root/usr/bin/bentre-test"
  chmod 4755 "$root/usr/bin/bentre-test-as-root"
  echo "$version" > "$root/etc/bentre-test.conf"
  echo "$version" > "$root/lib/bentre-test/lib.so.$version" # another name in each version
  ln -s "lib.so.$version" "$root/lib/bentre-test/lib.so"
  dpkg-deb --root-owner-group --build "$root" "$1/$version.deb" > /dev/null
done
