#!/bin/sh
# PID 1 of a host until systemd takes its place (exec at the end). The container engine gives a
# private cgroup namespace and CAP_SYS_ADMIN; what follows makes the rest look like a machine.
# Without it systemd leaves out ProtectSystem=, PrivateNetwork= and MemoryMax= without a word.
set -eu

# LoadCredential= and the mount propagation of units need a shared root
mount --make-rshared /

# The files that the engine binds over the root become plain files, which a role may replace by
# rename(2) as on any machine
for f in /etc/hostname /etc/hosts /etc/resolv.conf /run/.containerenv; do
  if mountpoint -q "$f"; then umount "$f"; fi
done
printf '%s\n' "$BENTRE_HOSTNAME" >/etc/hostname

mount -t tmpfs -o mode=755,nosuid,nodev,size=25% tmpfs /run

# The controllers again, inside the private namespace and writable: the machine has either the
# legacy hierarchies beside a unified one (hybrid) or the unified one alone
controllers=$(grep -v '^#' /proc/cgroups | cut -f1)
legacy=$(cut -d: -f2 /proc/self/cgroup | tr , ' ')
umount -R /sys/fs/cgroup
if [ -z "$(echo "$legacy" | tr -d ' \n')" ]; then
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
else
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec,size=1m tmpfs /sys/fs/cgroup
  mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/systemd
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd,nosuid,nodev,noexec cgroup /sys/fs/cgroup/systemd
  for c in $controllers; do
    case " $(echo $legacy) " in
    *" $c "*)
      mkdir "/sys/fs/cgroup/$c"
      mount -t cgroup -o "$c",nosuid,nodev,noexec cgroup "/sys/fs/cgroup/$c"
      ;;
    esac
  done
fi

# sysctl.d(5) of a host reaches its own network; every other tree of /proc/sys is the machine's
for tree in /proc/sys/*; do
  if [ "$tree" != /proc/sys/net ]; then
    mount --bind "$tree" "$tree"
    mount -o remount,bind,ro "$tree"
  fi
done

# What udev would link for a disk with a serial number
for disk in $BENTRE_DISKS; do
  mkdir -p /dev/disk/by-id
  ln -s "../../${disk%%=*}" "/dev/disk/by-id/virtio-${disk#*=}"
done

unset BENTRE_HOSTNAME BENTRE_DISKS
exec /sbin/init
