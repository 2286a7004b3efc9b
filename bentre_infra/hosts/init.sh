#!/bin/sh
# PID 1 of a host until systemd takes its place (exec at the end). The container engine gives a
# private cgroup namespace and CAP_SYS_ADMIN; what follows makes the rest look like a machine.
# Without it systemd leaves out ProtectSystem=, PrivateNetwork= and MemoryMax= without a word.
set -eu

# LoadCredential= and the mount propagation of units need a shared root
mount --make-rshared /

# The files that the engine binds over the root become plain files, which a role may replace by
# rename(2) as on any machine
bound=
while read -r _ _ _ _ point _; do
  case "$point" in
  /etc/hostname | /etc/hosts | /etc/resolv.conf | /run/.containerenv) bound="$bound $point" ;;
  esac
done </proc/self/mountinfo
# shellcheck disable=SC2086 # a list
umount --recursive $bound /sys/fs/cgroup
printf '%s\n' "$BENTRE_HOSTNAME" >/etc/hostname

# What is mounted, as lines of fstab(5): one program mounts all of it, where forty took a tenth of
# a second of the processor
mounts() {
  echo 'tmpfs /run tmpfs mode=755,nosuid,nodev,size=25%'

  # The controllers again, inside the private namespace and writable: the machine has either the
  # legacy hierarchies beside a unified one (hybrid) or the unified one alone
  flags=nosuid,nodev,noexec
  legacy=,
  while IFS=: read -r _ names _; do legacy="$legacy$names,"; done </proc/self/cgroup
  case "$legacy" in
  *[!,]*)
    echo "tmpfs /sys/fs/cgroup tmpfs mode=755,size=1m,$flags"
    echo "cgroup2 /sys/fs/cgroup/unified cgroup2 $flags,X-mount.mkdir"
    echo "cgroup /sys/fs/cgroup/systemd cgroup none,name=systemd,$flags,X-mount.mkdir"
    while read -r name _; do
      case "$legacy" in
      *",$name,"*) echo "cgroup /sys/fs/cgroup/$name cgroup $name,$flags,X-mount.mkdir" ;;
      esac
    done </proc/cgroups
    ;;
  *) echo "cgroup2 /sys/fs/cgroup cgroup2 $flags" ;;
  esac

  # sysctl.d(5) of a host reaches its own network; every other tree of /proc/sys is the machine's
  for tree in /proc/sys/*; do
    if [ "$tree" != /proc/sys/net ]; then echo "$tree $tree none bind,ro"; fi
  done
}
mounts >/dev/.bentre-mounts
mount --all --fstab /dev/.bentre-mounts
rm /dev/.bentre-mounts

# What udev would link for a disk with a serial number
for disk in $BENTRE_DISKS; do
  mkdir -p /dev/disk/by-id
  ln -s "../../${disk%%=*}" "/dev/disk/by-id/virtio-${disk#*=}"
done

unset BENTRE_HOSTNAME BENTRE_DISKS
exec /sbin/init
