package fetch

import (
	"encoding/xml"
	"fmt"
	"net/url"
	"time"

	"broadsheet"
)

// parseSitemap reads a sitemap or a sitemap index.
func parseSitemap(body []byte, contentType string, base *url.URL) (document, error) {
	var told struct {
		URLs []struct {
			Loc     string `xml:"loc"`
			Lastmod string `xml:"lastmod"`
		} `xml:"url"`
		Sitemaps []struct {
			Loc string `xml:"loc"`
		} `xml:"sitemap"`
	}
	if err := xml.Unmarshal(decode(body, contentType), &told); err != nil {
		return document{}, fmt.Errorf("not a sitemap: %w; check the address", err)
	}
	var doc document
	for _, s := range told.Sitemaps {
		if link := safeLink(s.Loc, base); link != "" {
			doc.Children = append(doc.Children, link)
		}
	}
	for _, u := range told.URLs {
		if link := safeLink(u.Loc, base); link != "" {
			at, _ := time.Parse(time.RFC3339, u.Lastmod)
			doc.Told = append(doc.Told, broadsheet.Sighting{Link: link, GUID: link, Updated: at})
		}
	}
	return doc, nil
}
