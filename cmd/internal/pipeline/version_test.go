package pipeline

import (
	"regexp"
	"runtime/debug"
	"testing"

	"broadsheet/internal/config"
)

// TestVersionOf: what is told of the program is a version, a commit, or nothing.
func TestVersionOf(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	for _, tt := range []struct {
		told     string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", []debug.BuildSetting{commit}, "v1.2.3"},
		{"(devel)", []debug.BuildSetting{{Key: "vcs", Value: "git"}, commit}, "0123456789ab"},
		{"(devel)", nil, ""},
		{"", nil, ""},
	} {
		if got := versionOf(&debug.BuildInfo{Main: debug.Module{Version: tt.told}, Settings: tt.settings}); got != tt.want {
			t.Errorf("%q, %v: %q, want %q", tt.told, tt.settings, got, tt.want)
		}
	}
}

// TestUserAgentIsProper holds the header against the grammar of RFC 9110, as a test binary has no version.
func TestUserAgentIsProper(t *testing.T) {
	product := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+(/[-!#$%&'*+.^_`|~0-9A-Za-z]+)?( \\([^()]*\\))?$")
	for _, c := range []config.Config{{}, {URL: "https://paper.example/"}, {Contact: "ann@paper.example"}} {
		if got := userAgent(c); !product.MatchString(got) {
			t.Errorf("%q is no User-Agent", got)
		}
	}
}
