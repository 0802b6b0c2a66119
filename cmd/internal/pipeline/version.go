package pipeline

import (
	"cmp"
	"runtime/debug"

	"broadsheet/internal/config"
)

// Version returns the version of the module, or the commit that the program was built from, or "" if neither is known.
// It is a valid product version in a User-Agent header (RFC 9110, section 10.1.5).
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return ""
}

// userAgent returns the User-Agent of all requests: the program, its version, and a contact address for the sites.
func userAgent(c config.Config) string {
	agent := "broadsheet"
	if v := Version(); v != "" {
		agent += "/" + v
	}
	if contact := cmp.Or(c.Contact, c.URL); contact != "" {
		agent += " (+" + contact + ")"
	}
	return agent
}
