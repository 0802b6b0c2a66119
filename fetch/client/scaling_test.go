//go:build scaling

package client

import (
	"net/url"
	"strings"
	"testing"

	"broadsheet/internal/scaletest"
)

func TestScalingOfRobots(t *testing.T) {
	for name, unit := range map[string]string{
		"rules": "Disallow: /a#*b\n", "stars": "Disallow: /*a*a*a*a*a*a*a*a*b$\n", "agents": "User-agent: x#\n", "escapes": "Allow: /%41%zz%e9\n", "returns": "Disallow: /\r", "one line": "Disallow: ", "comments": "# x\n",
	} {
		t.Run(name, func(t *testing.T) {
			long, _ := url.Parse("https://example.com/" + strings.Repeat("a", 4000))
			scaletest.Linear(t, scaletest.Between("User-agent: *\n", unit, ""), func(text string) {
				parseRobots([]byte(text), map[string]bool{"broadsheet": true}).allow(long)
			})
		})
	}
	t.Run("one pattern", func(t *testing.T) {
		scaletest.Linear(t, scaletest.Between("User-agent: *\nDisallow: /", "*a", "b"), func(text string) {
			u, _ := url.Parse("https://example.com/" + strings.Repeat("a", 2000))
			parseRobots([]byte(text), map[string]bool{"broadsheet": true}).allow(u)
		})
	})
}
