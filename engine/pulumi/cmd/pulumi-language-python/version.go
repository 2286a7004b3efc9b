package main

import (
	"fmt"
	"regexp"
	"strings"
)

// pep440 is the part of PEP 440 that plugin versions can follow: no epoch, no local version.
var pep440 = regexp.MustCompile(`^(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?$`)

var preReleases = map[string]string{"a": "alpha", "b": "beta", "rc": "rc"}

// pluginVersion turns a Python package's version (PEP 440) into its plugin's (semver): 1.0 is 1.0.0,
// 1.2.3rc4 is 1.2.3-rc.4, 1.2.3.post4.dev5 is 1.2.3+post4dev5.
func pluginVersion(packageVersion string) (string, error) {
	m := pep440.FindStringSubmatch(packageVersion)
	if m == nil {
		return "", fmt.Errorf("no plugin version follows from package version %q", packageVersion)
	}
	segments := strings.Split(m[1], ".")
	for len(segments) < 3 {
		segments = append(segments, "0")
	}
	version := strings.Join(segments, ".")
	if m[2] != "" {
		version += "-" + preReleases[m[2]] + "." + m[3]
	}
	build := ""
	if m[4] != "" {
		build += "post" + m[4]
	}
	if m[5] != "" {
		build += "dev" + m[5]
	}
	if build != "" {
		version += "+" + build
	}
	return version, nil
}
