#!/bin/bash
# clients.sh NUMBER: behind this router a unit and a partner, each a network namespace, and what listens there
set -eu
number=$1
client() { # name, IPv4 and IPv6 prefix
    ip netns add "$1"
    ip link add "$1" type veth peer name eth0 netns "$1"
    ip address add "$2.1/24" dev "$1"
    ip address add "$3::1/64" dev "$1" nodad
    ip link set "$1" up
    ip -netns "$1" link set lo up
    ip -netns "$1" address add "$2.2/24" dev eth0
    ip -netns "$1" address add "$3::2/64" dev eth0 nodad
    ip -netns "$1" link set eth0 up
    ip -netns "$1" route add default via "$2.1"
    ip -netns "$1" route add default via "$3::1"
    systemd-run --quiet --unit="test-$1" ip netns exec "$1" talk listen 8080 8081
}
client unit "10.$number.0" "2001:db8:a$number"
client partner "10.1$number.0" "2001:db8:b$number"
systemd-run --quiet --unit=test-outside talk listen 8080
