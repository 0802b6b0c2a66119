//go:build scaling

package discover

import (
	"net/url"
	"testing"

	"broadsheet/fetch/list"
	"broadsheet/internal/scaletest"
)

func TestScalingOfDiscovery(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) {
				doc := &document{url: u, contentType: "text/html", body: []byte(page)}
				doc.parse([]byte(page))
				linkedFeeds(doc)
				list.Propose(parseHTML(doc), u)
			})
		})
	}
}
