//go:build scaling

package discover

import (
	"net/url"
	"testing"

	"broadsheet/fetch/extract"
	"broadsheet/fetch/list"
	"broadsheet/fetch/text"
	"broadsheet/internal/scaletest"

	"github.com/PuerkitoBio/goquery"
)

func TestScalingOfDiscovery(t *testing.T) {
	u, _ := url.Parse("https://example.com/")
	for name, shape := range scaletest.HTMLShapes {
		t.Run(name, func(t *testing.T) {
			scaletest.Linear(t, shape, func(page string) {
				at := &pageResponse{url: u, mime: "text/html", body: []byte(page)}
				at.read([]byte(page))
				linkedFeeds(at)
				list.Propose(goquery.NewDocumentFromNode(extract.ParseHTML(text.Decode([]byte(page), "text/html"))), u)
			})
		})
	}
}
