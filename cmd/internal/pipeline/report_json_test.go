package pipeline

import (
	"regexp"
	"runtime/debug"
	"testing"

	"broadsheet/internal/config"
)

// TestVersionOf checks that the version is that of the module, else the commit, else empty.
func TestVersionOf(t *testing.T) {
	commit := debug.BuildSetting{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}
	for _, tt := range []struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", []debug.BuildSetting{commit}, "v1.2.3"},
		{"(devel)", []debug.BuildSetting{{Key: "vcs", Value: "git"}, commit}, "0123456789ab"},
		{"(devel)", nil, ""},
		{"", nil, ""},
	} {
		if got := versionOf(&debug.BuildInfo{Main: debug.Module{Version: tt.version}, Settings: tt.settings}); got != tt.want {
			t.Errorf("%q, %v: %q, want %q", tt.version, tt.settings, got, tt.want)
		}
	}
}

// TestUserAgent_ValidByRFC9110 compares the header with the grammar of RFC 9110. A test binary has no version.
func TestUserAgent_ValidByRFC9110(t *testing.T) {
	product := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+(/[-!#$%&'*+.^_`|~0-9A-Za-z]+)?( \\([^()]*\\))?$")
	for _, c := range []config.Config{{}, {URL: "https://paper.example/"}, {Contact: "ann@paper.example"}} {
		if got := userAgent(c); !product.MatchString(got) {
			t.Errorf("%q is not a valid User-Agent", got)
		}
	}
}
